//! Columns that come, and what has no plan.

use insta::assert_snapshot;

use super::{NOTE, OWNER, STATUS, TOTAL, models, planned, replaced, shown};

#[test]
fn nothing_unsafe_has_no_plan() {
    assert_snapshot!(planned(&models(&[STATUS, NOTE, TOTAL, OWNER, "    memo = models.TextField(null=True)\n"])), @"");
}

#[test]
fn a_column_with_one_default() {
    assert_snapshot!(planned(&models(&[STATUS, NOTE, TOTAL, OWNER, "    reference = models.CharField(max_length=20, default=\"it's\")\n"])), @r#"
    add-not-null-column

    1. Add Order.reference
    --- 0002_order_reference.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.AddField(
                model_name="order",
                name="reference",
                field=models.CharField(db_default="it's", max_length=20),
            ),
        ],
        state_operations=[
            migrations.AddField(
                model_name="order",
                name="reference",
                field=models.CharField(default="it's", max_length=20),
            ),
        ],
    ),

    2. Drop the default of Order.reference in the database
    --- 0003_order_reference_drop_default.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ALTER COLUMN "reference" DROP DEFAULT',
        reverse_sql="ALTER TABLE \"shop_order\" ALTER COLUMN \"reference\" SET DEFAULT 'it''s'",
    ),
    "#);
}

#[test]
fn a_column_that_python_fills() {
    assert_snapshot!(planned(&models(&[STATUS, NOTE, TOTAL, OWNER, "    code = models.CharField(max_length=40, default=make_code)\n"])), @r#"
    add-not-null-column

    1. Add Order.code, filled in batches
    --- 0002_order_code.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.AddField(
                model_name="order",
                name="code",
                field=models.CharField(max_length=40, null=True),
            ),
        ],
        state_operations=[
            migrations.AddField(
                model_name="order",
                name="code",
                field=models.CharField(
                    default=shop.models.make_code,
                    max_length=40,
                ),
            ),
        ],
    ),
    --- 0003_order_code_fill.py
    not atomic
    row.code = shop.models.make_code()
    migrations.RunPython(fill, migrations.RunPython.noop),

    2. Fill what is left of Order.code
    --- 0004_order_code_fill.py
    not atomic
    row.code = shop.models.make_code()
    migrations.RunPython(fill, migrations.RunPython.noop),
    --- 0005_order_code_check.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_code_15db80c4_notnull" CHECK ("code" IS NOT NULL) NOT VALID',
        reverse_sql='ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_code_15db80c4_notnull"',
    ),
    --- 0006_order_code_validate.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" VALIDATE CONSTRAINT "shop_order_code_15db80c4_notnull"',
        reverse_sql=migrations.RunSQL.noop,
    ),
    --- 0007_order_code_not_null.py
    migrations.RunSQL(
        sql=[
            'ALTER TABLE "shop_order" ALTER COLUMN "code" SET NOT NULL',
            'ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_code_15db80c4_notnull"',
        ],
        reverse_sql='ALTER TABLE "shop_order" ALTER COLUMN "code" DROP NOT NULL',
    ),
    "#);
}

#[test]
fn a_unique_column_that_the_database_fills() {
    assert_snapshot!(planned(&models(&[STATUS, NOTE, TOTAL, OWNER, "    token = models.UUIDField(default=uuid.uuid4, unique=True)\n"])), @r#"
    unique-with-shared-default

    1. Add Order.token, filled in batches
    --- 0002_order_token.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.AddField(
                model_name="order",
                name="token",
                field=models.UUIDField(null=True),
            ),
        ],
        state_operations=[
            migrations.AddField(
                model_name="order",
                name="token",
                field=models.UUIDField(default=uuid.uuid4, unique=True),
            ),
        ],
    ),
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ALTER COLUMN "token" SET DEFAULT gen_random_uuid()',
        reverse_sql='ALTER TABLE "shop_order" ALTER COLUMN "token" DROP DEFAULT',
    ),
    --- 0003_order_token_unique.py
    not atomic
    migrations.RunSQL(
        sql=[
            'DROP INDEX CONCURRENTLY IF EXISTS "shop_order_token_key"',
            'CREATE UNIQUE INDEX CONCURRENTLY "shop_order_token_key" ON "shop_order" ("token")',
        ],
        reverse_sql='DROP INDEX CONCURRENTLY IF EXISTS "shop_order_token_key"',
    ),
    --- 0004_order_token_constraint.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_token_key" UNIQUE USING INDEX "shop_order_token_key"',
        reverse_sql='ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_token_key"',
    ),
    --- 0005_order_token_fill.py
    not atomic
    update = 'UPDATE "shop_order" SET "token" = gen_random_uuid() WHERE "token" IS NULL AND "id" >= %s'
    migrations.RunPython(fill, migrations.RunPython.noop),
    --- 0006_order_token_check.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_token_02467206_notnull" CHECK ("token" IS NOT NULL) NOT VALID',
        reverse_sql='ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_token_02467206_notnull"',
    ),
    --- 0007_order_token_validate.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" VALIDATE CONSTRAINT "shop_order_token_02467206_notnull"',
        reverse_sql=migrations.RunSQL.noop,
    ),
    --- 0008_order_token_not_null.py
    migrations.RunSQL(
        sql=[
            'ALTER TABLE "shop_order" ALTER COLUMN "token" SET NOT NULL',
            'ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_token_02467206_notnull"',
        ],
        reverse_sql='ALTER TABLE "shop_order" ALTER COLUMN "token" DROP NOT NULL',
    ),

    2. Drop the default of Order.token in the database
    --- 0009_order_token_drop_default.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ALTER COLUMN "token" DROP DEFAULT',
        reverse_sql='ALTER TABLE "shop_order" ALTER COLUMN "token" SET DEFAULT gen_random_uuid()',
    ),
    "#);
}

#[test]
fn a_column_without_a_value() {
    assert_snapshot!(planned(&models(&[STATUS, NOTE, TOTAL, OWNER, "    reference = models.CharField(max_length=20)\n"])), @r"
    no plan: Add field reference to order
      nothing says what the rows there are get in reference: give the field a `default` or a `db_default`
    ");
}

#[test]
fn a_foreign_key_that_is_added() {
    assert_snapshot!(planned(&models(&[STATUS, NOTE, TOTAL, OWNER, "    payer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name=\"+\")\n"])), @r#"
    add-foreign-key-validating

    1. Add Order.payer
    --- 0002_order_payer.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.AddField(
                model_name="order",
                name="payer",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=models.CASCADE,
                    related_name="+",
                    to="shop.customer",
                ),
            ),
        ],
        state_operations=[
            migrations.AddField(
                model_name="order",
                name="payer",
                field=models.ForeignKey(
                    null=True,
                    on_delete=models.CASCADE,
                    related_name="+",
                    to="shop.customer",
                ),
            ),
        ],
    ),
    --- 0003_order_payer_index.py
    not atomic
    migrations.RunSQL(
        sql=[
            'DROP INDEX CONCURRENTLY IF EXISTS "shop_order_payer_id_f577eef1"',
            'CREATE INDEX CONCURRENTLY "shop_order_payer_id_f577eef1" ON "shop_order" ("payer_id")',
        ],
        reverse_sql='DROP INDEX CONCURRENTLY IF EXISTS "shop_order_payer_id_f577eef1"',
    ),
    "#);
}

#[test]
fn code_of_its_own_keeps_its_place() {
    assert_snapshot!(replaced("\n        migrations.AddField(\"order\", \"reference\", models.CharField(max_length=20, default=\"\")),\n        # One.\n        migrations.RunSQL(\"SELECT 1\"), migrations.RunSQL([\n            \"SELECT 2\",  # Two.\n        ]),\n        migrations.RemoveField(\"order\", \"note\"),\n        migrations.RunSQL(\"SELECT 3\")", &models(&[STATUS, TOTAL, OWNER, "    reference = models.CharField(max_length=20, default=\"\")\n"])), @r#"
    add-not-null-column remove-column

    1. Add Order.reference

    1. Run what 0002_change runs of its own

    1. Stop using Order.note

    1. Run what 0002_change runs of its own
    remove shop/migrations/0002_change.py
    --- 0002_order_reference.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.AddField(
                model_name="order",
                name="reference",
                field=models.CharField(db_default="", max_length=20),
            ),
        ],
        state_operations=[
            migrations.AddField(
                model_name="order",
                name="reference",
                field=models.CharField(default="", max_length=20),
            ),
        ],
    ),
    --- 0003_change_run.py
    migrations.RunSQL("SELECT 1"),
    migrations.RunSQL([
        "SELECT 2",  # Two.
    ]),
    --- 0004_remove_order_note.py
    migrations.SeparateDatabaseAndState(
        state_operations=[
            migrations.RemoveField(
                model_name="order",
                name="note",
            ),
        ],
    ),
    --- 0005_change_run.py
    migrations.RunSQL("SELECT 3"),

    2. Drop the default of Order.reference in the database

    2. Drop Order.note in the database
    cannot be taken back: what Order.note held is gone
    --- 0006_order_reference_drop_default_drop_order_note.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ALTER COLUMN "reference" DROP DEFAULT',
        reverse_sql="ALTER TABLE \"shop_order\" ALTER COLUMN \"reference\" SET DEFAULT ''",
    ),
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.SeparateDatabaseAndState(
                state_operations=[
                    migrations.AddField(
                        model_name="order",
                        name="note",
                        field=models.TextField(blank=True, null=True),
                    ),
                ],
            ),
            migrations.RemoveField(
                model_name="order",
                name="note",
            ),
        ],
    ),
    "#);
}

#[test]
fn sqlite_has_nothing_to_plan() {
    assert_snapshot!(shown("sqlite3", "5.2", &models(&[NOTE, TOTAL, OWNER]), None), @r"
    no plan: Remove field status from order
      SQLite has one writer at a time, and releases that share a file stop for each other anyway: there is nothing to plan
    ");
}

#[test]
fn mysql_gets_its_default_with_the_column() {
    assert_snapshot!(shown("mysql", "5.2", &models(&[STATUS, NOTE, TOTAL, OWNER, "    reference = models.CharField(max_length=20, default=\"x\")\n"]), None), @r#"
    add-not-null-column

    1. Add Order.reference
    --- 0002_order_reference.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.AddField(
                model_name="order",
                name="reference",
                field=models.CharField(db_default="x", max_length=20),
            ),
        ],
        state_operations=[
            migrations.AddField(
                model_name="order",
                name="reference",
                field=models.CharField(default="x", max_length=20),
            ),
        ],
    ),

    2. Drop the default of Order.reference in the database
    --- 0003_order_reference_drop_default.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.SeparateDatabaseAndState(
                state_operations=[
                    migrations.AlterField(
                        model_name="order",
                        name="reference",
                        field=models.CharField(db_default="x", max_length=20),
                    ),
                ],
            ),
            migrations.AlterField(
                model_name="order",
                name="reference",
                field=models.CharField(default="x", max_length=20),
            ),
        ],
    ),
    "#);
}

#[test]
fn changes_of_two_tables_do_not_share_a_transaction() {
    let reference = "    reference = models.CharField(max_length=20, default=\"\")\n";
    let models = models(&[STATUS, NOTE, TOTAL, OWNER, reference]);
    let models = models.replacen("    pass\n", reference, 1);
    let plan = planned(&models);
    let files: Vec<&str> = plan
        .lines()
        .filter(|line| line.starts_with("---"))
        .collect();
    assert_eq!(
        files,
        [
            "--- 0002_customer_reference.py",
            "--- 0003_order_reference.py",
            "--- 0004_customer_reference_drop_default.py",
            "--- 0005_order_reference_drop_default.py",
        ]
    );
}

#[test]
fn code_of_its_own_alone_needs_no_plan() {
    let models = models(&[STATUS, NOTE, TOTAL, OWNER]);
    assert_eq!(replaced("migrations.RunSQL(\"SELECT 1\")", &models), "");
}
