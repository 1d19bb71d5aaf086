use std::fmt::Write as _;

use super::{Dialect, lint, statements, without_placeholders};

/// Each statement with what it is, a line each.
fn read(text: &str, dialect: Dialect) -> String {
    let Some(statements) = statements(text, dialect) else {
        return "not understood".to_owned();
    };
    let mut shown = String::new();
    for statement in statements {
        let written = statement.span.text(text);
        let _ = writeln!(shown, "{written}\n  {:?}", statement.kind);
    }
    shown
}

#[test]
fn statements_of_postgresql() {
    let text = "
        -- first
        CREATE UNIQUE INDEX CONCURRENTLY \"Mixed\" ON public.shop_order (status);
        ALTER TABLE ONLY shop_order ADD COLUMN note text NOT NULL DEFAULT '', DROP COLUMN IF EXISTS total;
        UPDATE shop_order SET note = 'x';
        DELETE FROM shop_order USING shop_line WHERE true;
        SET LOCAL lock_timeout = '3s';
        LOCK TABLE shop_order, shop_line in share row
            exclusive mode;
        LOCK shop_order;
        WITH gone AS (DELETE FROM shop_order RETURNING id) SELECT * FROM gone;
        DO $$ BEGIN DELETE FROM shop_order; END $$;
    ";
    insta::assert_snapshot!(read(text, Dialect::PostgreSql), @r#"
    CREATE UNIQUE INDEX CONCURRENTLY "Mixed" ON public.shop_order (status);
      CreateIndex { name: Some("Mixed"), table: "shop_order", is_concurrent: true }
    ALTER TABLE ONLY shop_order ADD COLUMN note text NOT NULL DEFAULT '', DROP COLUMN IF EXISTS total;
      AlterTable { table: "shop_order", actions: [AddColumn(NewColumn { name: "note", of_type: Some(Type { name: "text", sizes: [] }), is_not_null: true, filling: Literal, is_primary_key: false, is_unique: false, is_checked: false, references: None }), DropColumn("total")] }
    UPDATE shop_order SET note = 'x';
      Update { table: "shop_order", is_filtered: false }
    DELETE FROM shop_order USING shop_line WHERE true;
      Delete { table: "shop_order", is_filtered: true }
    SET LOCAL lock_timeout = '3s';
      Set("lock_timeout")
    LOCK TABLE shop_order, shop_line in share row
                exclusive mode;
      Lock { tables: ["shop_order", "shop_line"], mode: Some("SHARE ROW EXCLUSIVE") }
    LOCK shop_order;
      Lock { tables: ["shop_order"], mode: Some("ACCESS EXCLUSIVE") }
    WITH gone AS (DELETE FROM shop_order RETURNING id) SELECT * FROM gone;
      Other
    DO $$ BEGIN DELETE FROM shop_order; END $$;
      Other
    "#);
}

#[test]
fn statements_of_mysql_and_sqlite() {
    let text = "ALTER TABLE `shop_order` ADD INDEX `fast` (`status`), MODIFY COLUMN `note` longtext NOT NULL;
        DROP INDEX fast ON shop_order; RENAME TABLE shop_order TO shop_sale; UPDATE shop_order SET a = 'ä;' -- done
        ;";
    insta::assert_snapshot!(read(text, Dialect::MySql), @r#"
    ALTER TABLE `shop_order` ADD INDEX `fast` (`status`), MODIFY COLUMN `note` longtext NOT NULL
      AlterTable { table: "shop_order", actions: [AddIndex, Modify { column: "note", to: "note" }] }
    DROP INDEX fast ON shop_order
      DropIndexes { table: Some("shop_order"), names: ["fast"], is_concurrent: false }
    RENAME TABLE shop_order TO shop_sale
      AlterTable { table: "shop_order", actions: [RenameTable("shop_sale")] }
    UPDATE shop_order SET a = 'ä;'
      Update { table: "shop_order", is_filtered: false }
    "#);
    let text = "DELETE FROM shop_order; PRAGMA foreign_keys = OFF";
    insta::assert_snapshot!(read(text, Dialect::Sqlite), @r#"
    DELETE FROM shop_order
      Delete { table: "shop_order", is_filtered: false }
    PRAGMA foreign_keys = OFF
      Set("foreign_keys")
    "#);
}

#[test]
fn a_text_is_understood_as_a_whole_or_not_at_all() {
    let trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = 1; DELETE FROM d; END";
    for (text, dialect) in [
        ("DELETE FROM a; GIBBERISH b", Dialect::PostgreSql),
        ("DELETE FROM a; GIBBERISH b", Dialect::MySql),
        (trigger, Dialect::PostgreSql),
    ] {
        assert_eq!(read(text, dialect), "not understood", "{text}");
    }
    assert!(!read(trigger, Dialect::Sqlite).contains("Delete"));
}

#[test]
fn parameters_leave_places_as_they_are() {
    let text = "UPDATE a SET b = %s WHERE c LIKE 'x%%'";
    let without = without_placeholders(text, Dialect::PostgreSql);
    assert_eq!(without, "UPDATE a SET b = $1 WHERE c LIKE 'x% '");
}

#[test]
fn squawk_knows_of_transactions_releases_and_its_own_comments() {
    let says = |rule: &str, text, release, is_in_transaction| {
        let mut found = lint(text, release, is_in_transaction).into_iter();
        found.any(|violation| violation.rule == rule)
    };
    let commit = "ALTER TABLE shop_order DROP COLUMN a; COMMIT";
    assert!(says("transaction-nesting", commit, 16, true));
    let default = "ALTER TABLE shop_order ADD COLUMN a int DEFAULT 1";
    assert!(says("adding-field-with-default", default, 10, true));
    assert!(!says("adding-field-with-default", default, 16, true));
    let drop = "-- squawk-ignore ban-drop-table\nDROP TABLE shop_order";
    assert!(!says("ban-drop-table", drop, 16, true));
}

#[test]
fn hostile_texts_take_linear_time() {
    let deep = 20_000;
    for part in [
        "(",
        "- ",
        "NOT ",
        "not\n",
        "a.",
        "a OR ",
        "CASE WHEN ",
        "[",
        "f(",
        "-- x\n",
        "a,",
    ] {
        let text = format!("SELECT {}", part.repeat(deep));
        for dialect in [Dialect::PostgreSql, Dialect::MySql, Dialect::Sqlite] {
            statements(&text, dialect);
        }
        lint(&text, 16, true);
    }
    let long = format!("SELECT '{}'", "x".repeat(1024 * 1024));
    assert_eq!(statements(&long, Dialect::PostgreSql), None);
}
