//! A table that is made anew beside the one in use, where PostgreSQL has no other way than to write all of
//! it: each row goes into both by a trigger, those there are are copied in batches, foreign keys lead to
//! the new table, and then both swap their names.

use luthier_project::migrations::{Code, Definitions, Import, Operation, Value};

use super::recipe::{Because, Part, Release, Written};
use super::sql::{Backwards, Sql, Table, drop_foreign_keys, name, run_python, separate, text};
use super::subject::{Subject, name_of_index};

/// The table, the one beside it, and what becomes of the table when that has its place.
struct Rebuilt<'a> {
    subject: &'a Subject<'a>,
    operation: &'a Operation,
    table: Table,
    new: Table,
    old: Table,
    key: String,
    stem: String,
}

/// The releases in which a table is made anew with what an operation adds to it.
pub(super) fn releases(
    subject: &Subject<'_>,
    operation: &Operation,
    what: &str,
    end: &str,
) -> Result<Vec<Release>, Because> {
    let model = subject.before()?;
    let table = Table::of(model);
    let beside = |end: &str| Table {
        name: named_beside(&table.name, end),
    };
    let rebuilt = Rebuilt {
        subject,
        operation,
        new: beside("new"),
        old: beside("old"),
        key: subject.key(model)?,
        stem: format!("{}_{end}", model.name.to_lowercase()),
        table,
    };
    let old = &rebuilt.old.name;
    // On its own: who deletes a row that it refers to has these tables the other way round.
    let loosened = Sql::one_way([drop_foreign_keys(old, None)]);
    let drop = Sql {
        forwards: [
            rebuilt.mirror(&rebuilt.table, &rebuilt.old).1,
            vec![format!("DROP TABLE {}", name(old))],
        ]
        .concat(),
        backwards: Backwards::Impossible,
        state: Vec::new(),
    };
    Ok(vec![
        Release {
            title: format!("Make the table of {} anew with {what}", model.name),
            why: format!(
                "PostgreSQL writes the whole table for it. A second one beside it gets every row, by a trigger and in batches, until both swap their names; for a while they take twice the space. It refuses to start where something hangs on the table that a copy does not have: triggers, views, policies, partitions; afterwards the table before is there as {old}"
            ),
            parts: vec![
                rebuilt.beside()?,
                rebuilt.mirrored(),
                rebuilt.copied(),
                rebuilt.led(),
                rebuilt.swapped()?,
            ],
            ..Release::default()
        },
        Release {
            title: format!("Drop what the table of {} was", model.name),
            why: "no process uses it since the swap".to_owned(),
            parts: vec![
                Part::alone(
                    format!("{}_loosen_old", rebuilt.stem),
                    vec![loosened.written(format!("Drop the foreign keys of {old}"))],
                ),
                Part::alone(
                    format!("{}_drop_old", rebuilt.stem),
                    vec![drop.written(format!("Drop the table {old}"))],
                ),
            ],
            irreversible: Some(format!(
                "the table {old} is gone; {} has all its rows",
                rebuilt.table.name
            )),
            ..Release::default()
        },
    ])
}

/// A name that is short enough.
fn named_beside(table: &str, end: &str) -> String {
    const LONGEST: usize = 58;
    let plain = table.trim_matches('"');
    let cut: String = plain.chars().take(LONGEST).collect();
    format!("{cut}_{end}")
}

impl Rebuilt<'_> {
    /// The second table, which is empty, so that what takes long on the first one takes no time.
    fn beside(&self) -> Result<Part, Because> {
        let (rows, new) = (name(&self.table.name), name(&self.new.name));
        let made = Sql::new(
            [
                expect_plain(&rows),
                format!("CREATE TABLE {new} (LIKE {rows} INCLUDING ALL)"),
                foreign_keys_of(&rows, &new),
            ],
            [format!("DROP TABLE IF EXISTS {new}")],
        )
        .written(format!(
            "Make the table {} like {}",
            self.new.name, self.table.name
        ));
        let model = self.subject.model_name();
        let renamed = Operation::AlterModelTable {
            name: model.to_lowercase().into(),
            table: Value::text(&self.new.name),
        };
        let renamed = self.subject.written_as(&renamed)?.code;
        let written = self.subject.written_as(self.operation)?;
        let changed = Written {
            code: separate(
                vec![separate(Vec::new(), vec![renamed]), written.code],
                Vec::new(),
            ),
            summary: format!("{}, in {}", written.summary, self.new.name),
            ..written
        };
        Ok(Part::alone(
            format!("{}_table", self.stem),
            vec![made, changed],
        ))
    }

    /// Taken back, the second table is empty again: what nobody keeps in step would refer to rows that
    /// are deleted, and be taken for copied.
    fn mirrored(&self) -> Part {
        let (make, mut drop) = self.mirror(&self.table, &self.new);
        drop.push(format!("TRUNCATE {}", name(&self.new.name)));
        Part::alone(
            format!("{}_mirror", self.stem),
            vec![Sql::new(make, drop).written(format!(
                "Put every row that is written to {} into {}, too",
                self.table.name, self.new.name
            ))],
        )
    }

    /// The statements that make one table follow another one, and those that end it.
    fn mirror(&self, from: &Table, to: &Table) -> (Vec<String>, Vec<String>) {
        let mirror = name(&name_of_index(&self.table, &to.name, "_mirror"));
        let rows = name(&from.name);
        let drop_trigger = format!("DROP TRIGGER IF EXISTS {mirror} ON {rows}");
        let [function, other, key] = [mirror.as_str(), &name(&to.name), &name(&self.key)]
            .map(|name| name.replace('%', "%%"));
        let make = format!(
            "DO $$\n\
             DECLARE\n\
             \x20   columns text;\n\
             \x20   given text;\n\
             \x20   set_to text;\n\
             BEGIN\n\
             \x20   SELECT string_agg(quote_ident(attname), ', '),\n\
             \x20          string_agg('NEW.' || quote_ident(attname), ', '),\n\
             \x20          string_agg(format('%1$I = NEW.%1$I', attname), ', ')\n\
             \x20   INTO columns, given, set_to\n\
             \x20   FROM pg_attribute\n\
             \x20   WHERE attrelid = {}::regclass AND attnum > 0\n\
             \x20     AND NOT attisdropped AND attgenerated = '';\n\
             \x20   EXECUTE format($function$\n\
             CREATE OR REPLACE FUNCTION {function}() RETURNS trigger AS $body$\n\
             BEGIN\n\
             \x20   IF TG_OP = 'DELETE' THEN\n\
             \x20       DELETE FROM {other} WHERE {key} = OLD.{key};\n\
             \x20       RETURN NULL;\n\
             \x20   END IF;\n\
             \x20   IF TG_OP = 'UPDATE' THEN\n\
             \x20       UPDATE {other} SET %s WHERE {key} = OLD.{key};\n\
             \x20       IF FOUND THEN\n\
             \x20           RETURN NULL;\n\
             \x20       END IF;\n\
             \x20   END IF;\n\
             \x20   INSERT INTO {other} (%s) VALUES (%s);\n\
             \x20   RETURN NULL;\n\
             END\n\
             $body$ LANGUAGE plpgsql\n\
             \x20   $function$, set_to, columns, given);\n\
             END\n\
             $$",
            text(&rows)
        );
        let forwards = vec![
            make,
            drop_trigger.clone(),
            format!(
                "CREATE TRIGGER {mirror} AFTER INSERT OR UPDATE OR DELETE ON {rows}\n\
                 FOR EACH ROW EXECUTE FUNCTION {mirror}()"
            ),
        ];
        let backwards = vec![drop_trigger, format!("DROP FUNCTION IF EXISTS {mirror}()")];
        (forwards, backwards)
    }

    /// Rows are locked while they are copied, so that none is changed or deleted in between.
    fn copied(&self) -> Part {
        let (rows, new, key) = (
            name(&self.table.name),
            name(&self.new.name),
            name(&self.key),
        );
        let python = |sql: &str| Code::text(sql).laid_out(0, 0, 0);
        let text = format!(
            r#"BATCH = 1000


def copy(apps, schema_editor):
    """Copies rows in batches, by primary key: stopped, it can be run again.

    Rows that come meanwhile are not its business: a trigger puts them into both tables.
    """
    last_key = {last}
    first_key = {first}
    following_key = {following}
    insert = {insert}
    with schema_editor.connection.cursor() as cursor:
        cursor.execute({columns}, [{quoted}])
        columns = cursor.fetchone()[0].replace("%", "%%")
        cursor.execute(last_key)
        last = cursor.fetchone()
        cursor.execute(first_key)
        first = cursor.fetchone()
        while first and last:
            cursor.execute(following_key, [*first, *last, BATCH])
            following = cursor.fetchone()
            sign, end = ("<", following) if following else ("<=", last)
            cursor.execute(insert.format(columns=columns, sign=sign), [*first, *end])
            first = following
"#,
            last = python(&format!(
                "SELECT {key} FROM {rows} ORDER BY {key} DESC LIMIT 1"
            )),
            first = python(&format!("SELECT {key} FROM {rows} ORDER BY {key} LIMIT 1")),
            following = python(&format!(
                "SELECT {key} FROM {rows} WHERE {key} >= %s AND {key} <= %s ORDER BY {key} LIMIT 1 OFFSET %s"
            )),
            insert = python(&format!(
                "INSERT INTO {new} ({{columns}}) SELECT {{columns}} FROM {rows} WHERE {key} >= %s AND {key} {{sign}} %s FOR SHARE ON CONFLICT ({key}) DO NOTHING"
            )),
            columns = python(
                "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
            ),
            quoted = python(&rows),
        );
        run(
            format!("{}_copy", self.stem),
            text,
            [],
            ("copy", None),
            format!("Copy the rows of {} in batches", self.table.name),
        )
    }

    /// Foreign keys lead to the second one, one after the other; those of its own rows, too.
    fn led(&self) -> Part {
        let python = |sql: &str| Code::text(sql).laid_out(0, 0, 0);
        let text = format!(
            r#"TABLE = {table}
NEW = {new}


def lead_to_new(apps, schema_editor):
    lead(schema_editor, TABLE, NEW)


def lead_back(apps, schema_editor):
    lead(schema_editor, NEW, TABLE)


def lead(schema_editor, table, other):
    """Lets every foreign key that leads to one table lead to the other: stopped, it can be run again."""
    found = """
        SELECT conrelid::regclass::text, quote_ident(conname), quote_ident(left(conname, 58) || '_new'),
               replace(
                   pg_get_constraintdef(oid),
                   ' REFERENCES ' || confrelid::regclass || '(',
                   ' REFERENCES ' || %s::regclass || '('
               )
        FROM pg_constraint
        WHERE confrelid = %s::regclass AND contype = 'f' AND conparentid = 0
        ORDER BY conname
    """
    alias = schema_editor.connection.alias
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(found, [other, table])
        for owner, constraint, new, definition in cursor.fetchall():
            with transaction.atomic(alias):
                cursor.execute({patience})
                cursor.execute(f"ALTER TABLE {{owner}} DROP CONSTRAINT IF EXISTS {{new}}")
                cursor.execute(f"ALTER TABLE {{owner}} ADD CONSTRAINT {{new}} {{definition}} NOT VALID")
            cursor.execute(f"ALTER TABLE {{owner}} VALIDATE CONSTRAINT {{new}}")
            with transaction.atomic(alias):
                cursor.execute({patience})
                cursor.execute(f"ALTER TABLE {{owner}} DROP CONSTRAINT {{constraint}}")
                cursor.execute(f"ALTER TABLE {{owner}} RENAME CONSTRAINT {{new}} TO {{constraint}}")
"#,
            table = python(&name(&self.table.name)),
            new = python(&name(&self.new.name)),
            patience = python(super::sql::PATIENCE),
        );
        run(
            format!("{}_references", self.stem),
            text,
            [Import {
                module: "django.db".to_owned(),
                name: Some("transaction".to_owned()),
            }],
            ("lead_to_new", Some("lead_back")),
            format!(
                "Let foreign keys lead to {}, and look them up while others write",
                self.new.name
            ),
        )
    }

    /// The moment in which the second table takes the place of the first one, which follows it from
    /// then on.
    fn swapped(&self) -> Result<Part, Because> {
        let (table, new, old) = (&self.table, &self.new, &self.old);
        let rename = |from: &Table, to: &Table| {
            format!(
                "ALTER TABLE {} RENAME TO {}",
                name(&from.name),
                name(&to.name)
            )
        };
        let (back, back_end) = self.mirror(table, old);
        let (forth, forth_end) = self.mirror(table, new);
        let forwards = [
            forth_end,
            vec![rename(table, old), rename(new, table), names(table, old)],
            back,
        ];
        let backwards = [
            back_end,
            vec![rename(table, new), rename(old, table), names(table, new)],
            forth,
        ];
        let written = self.subject.written_as(self.operation)?;
        let sql = Sql::new(forwards.concat(), backwards.concat())
            .with_state(written.code)
            .written(format!(
                "Put {} in place of {}, which is {} from then on",
                new.name, table.name, old.name
            ));
        Ok(Part::alone(
            format!("{}_swap", self.stem),
            vec![sql.needing(written.needs)],
        ))
    }
}

fn run<const N: usize>(
    part: String,
    text: String,
    imports: [Import; N],
    (forwards, backwards): (&str, Option<&str>),
    summary: String,
) -> Part {
    let code = run_python(forwards, backwards.unwrap_or("migrations.RunPython.noop"));
    Part {
        definitions: Some(Definitions {
            text,
            imports: imports.into(),
        }),
        ..Part::outside_transaction(part, vec![Written::new(code, summary)])
    }
}

/// Ends with an error where a copy of a table would lack something.
fn expect_plain(rows: &str) -> String {
    format!(
        "DO $$\n\
         DECLARE\n\
         \x20   rows regclass := {};\n\
         BEGIN\n\
         \x20   IF EXISTS (SELECT FROM pg_class WHERE oid = rows AND (relkind <> 'r' OR relrowsecurity))\n\
         \x20       OR EXISTS (SELECT FROM pg_trigger WHERE tgrelid = rows AND NOT tgisinternal)\n\
         \x20       OR EXISTS (SELECT FROM pg_policy WHERE polrelid = rows)\n\
         \x20       OR EXISTS (SELECT FROM pg_inherits WHERE rows IN (inhrelid, inhparent))\n\
         \x20       OR EXISTS (SELECT FROM pg_publication_rel WHERE prrelid = rows)\n\
         \x20       OR EXISTS (SELECT FROM pg_depend WHERE refobjid = rows AND classid = 'pg_rewrite'::regclass)\n\
         \x20   THEN\n\
         \x20       RAISE EXCEPTION '% has triggers, views, policies, partitions or publications', rows;\n\
         \x20   END IF;\n\
         END\n\
         $$",
        text(rows)
    )
}

/// Gives a copy the foreign keys and the rights of a table, which `LIKE` leaves out.
fn foreign_keys_of(rows: &str, new: &str) -> String {
    format!(
        "DO $$\n\
         DECLARE\n\
         \x20   found record;\n\
         BEGIN\n\
         \x20   FOR found IN\n\
         \x20       SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint\n\
         \x20       WHERE conrelid = {rows}::regclass AND contype = 'f'\n\
         \x20   LOOP\n\
         \x20       EXECUTE format(\n\
         \x20           'ALTER TABLE %s ADD CONSTRAINT %I %s',\n\
         \x20           {new}::regclass, found.conname, found.definition\n\
         \x20       );\n\
         \x20   END LOOP;\n\
         \x20   FOR found IN\n\
         \x20       SELECT grantee, privilege_type, is_grantable\n\
         \x20       FROM pg_class, aclexplode(relacl) WHERE oid = {rows}::regclass\n\
         \x20   LOOP\n\
         \x20       EXECUTE format(\n\
         \x20           'GRANT %s ON %s TO %s%s',\n\
         \x20           found.privilege_type, {new}::regclass,\n\
         \x20           CASE found.grantee WHEN 0 THEN 'PUBLIC' ELSE found.grantee::regrole::text END,\n\
         \x20           CASE WHEN found.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END\n\
         \x20       );\n\
         \x20   END LOOP;\n\
         END\n\
         $$",
        rows = text(rows),
        new = text(new)
    )
}

/// Swaps the names of indexes that two tables have alike, and lets the columns of the first one count on
/// where those of the other one are.
fn names(table: &Table, other: &Table) -> String {
    format!(
        "DO $$\n\
         DECLARE\n\
         \x20   found record;\n\
         \x20   following record;\n\
         BEGIN\n\
         \x20   FOR found IN\n\
         \x20       WITH built AS (\n\
         \x20           SELECT indrelid, relname, definition,\n\
         \x20                  row_number() OVER (PARTITION BY indrelid, definition ORDER BY relname) AS place\n\
         \x20           FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid,\n\
         \x20                substring(pg_get_indexdef(indexrelid) FROM ' USING .*$') AS definition\n\
         \x20       )\n\
         \x20       SELECT one.relname AS one, two.relname AS two\n\
         \x20       FROM built one JOIN built two USING (definition, place)\n\
         \x20       WHERE one.indrelid = {table}::regclass AND two.indrelid = {other}::regclass\n\
         \x20   LOOP\n\
         \x20       EXECUTE format('ALTER INDEX %I RENAME TO %I', found.one, left(found.one, 57) || '_swap');\n\
         \x20       EXECUTE format('ALTER INDEX %I RENAME TO %I', found.two, found.one);\n\
         \x20       EXECUTE format('ALTER INDEX %I RENAME TO %I', left(found.one, 57) || '_swap', found.two);\n\
         \x20   END LOOP;\n\
         \x20   FOR found IN\n\
         \x20       SELECT attname, pg_get_serial_sequence({table}, attname) AS one,\n\
         \x20              pg_get_serial_sequence({other}, attname) AS two\n\
         \x20       FROM pg_attribute\n\
         \x20       WHERE attrelid = {other}::regclass AND attnum > 0\n\
         \x20         AND NOT attisdropped AND attgenerated = ''\n\
         \x20   LOOP\n\
         \x20       IF found.two IS NOT NULL AND found.one IS NULL THEN\n\
         \x20           EXECUTE format(\n\
         \x20               'ALTER SEQUENCE %s OWNED BY %s.%I', found.two, {table}::regclass, found.attname\n\
         \x20           );\n\
         \x20       ELSIF found.two IS NOT NULL THEN\n\
         \x20           EXECUTE format('SELECT last_value, is_called FROM %s', found.two) INTO following;\n\
         \x20           PERFORM setval(found.one::regclass, following.last_value, following.is_called);\n\
         \x20       END IF;\n\
         \x20   END LOOP;\n\
         END\n\
         $$",
        table = text(&name(&table.name)),
        other = text(&name(&other.name)),
    )
}
