//! Another field becomes the primary key.

use insta::assert_snapshot;

use super::from_tables;

/// A first migration whose orders have these fields.
fn tables(fields: &str) -> String {
    format!(
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    initial = True\n    dependencies = []\n    operations = [\n        migrations.CreateModel(name=\"Order\", fields=[{fields}]),\n    ]\n"
    )
}

const ID: &str = r#"("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),"#;

fn planned(fields: &str, lines: &str) -> String {
    let models = format!(
        "import uuid\n\nfrom django.db import models\n\n\ndef make():\n    return 1\n\n\nclass Order(models.Model):\n{lines}"
    );
    from_tables(&tables(fields), "postgresql", "5.2", &models, None)
}

#[test]
fn a_field_that_comes() {
    let planned = |field: &str| planned(ID, &format!("    code = models.{field}\n"));
    assert_snapshot!(planned("UUIDField(primary_key=True, default=uuid.uuid4)"), @r#"
    primary-key-change

    1. Make Order.code ready to be the primary key
    --- 0002_remove_order_id_order_code.py
    migrations.SeparateDatabaseAndState(
        state_operations=[
            migrations.RemoveField(
                model_name="order",
                name="id",
            ),
        ],
    ),
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.AddField(
                model_name="order",
                name="code",
                field=models.UUIDField(null=True),
            ),
        ],
        state_operations=[
            migrations.AddField(
                model_name="order",
                name="code",
                field=models.UUIDField(
                    default=uuid.uuid4,
                    primary_key=True,
                    serialize=False,
                ),
            ),
        ],
    ),
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ALTER COLUMN "code" SET DEFAULT gen_random_uuid()',
        reverse_sql='ALTER TABLE "shop_order" ALTER COLUMN "code" DROP DEFAULT',
    ),
    --- 0003_order_code_fill.py
    not atomic
    update = 'UPDATE "shop_order" SET "code" = gen_random_uuid() WHERE "code" IS NULL AND "id" >= %s'
    migrations.RunPython(fill, migrations.RunPython.noop),
    --- 0004_order_code_check.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_code_15db80c4_notnull" CHECK ("code" IS NOT NULL) NOT VALID',
        reverse_sql='ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_code_15db80c4_notnull"',
    ),
    --- 0005_order_code_validate.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" VALIDATE CONSTRAINT "shop_order_code_15db80c4_notnull"',
        reverse_sql=migrations.RunSQL.noop,
    ),
    --- 0006_order_code_not_null.py
    migrations.RunSQL(
        sql=[
            'ALTER TABLE "shop_order" ALTER COLUMN "code" SET NOT NULL',
            'ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_code_15db80c4_notnull"',
        ],
        reverse_sql='ALTER TABLE "shop_order" ALTER COLUMN "code" DROP NOT NULL',
    ),
    --- 0007_order_code_unique.py
    not atomic
    migrations.RunSQL(
        sql=[
            'DROP INDEX CONCURRENTLY IF EXISTS "shop_order_code_15db80c4_pkey"',
            'CREATE UNIQUE INDEX CONCURRENTLY "shop_order_code_15db80c4_pkey" ON "shop_order" ("code")',
        ],
        reverse_sql='DROP INDEX CONCURRENTLY IF EXISTS "shop_order_code_15db80c4_pkey"',
    ),

    2. Make Order.code the primary key in the database
    cannot be taken back: what Order.id held is gone
    --- 0008_order_code_drop_default.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ALTER COLUMN "code" DROP DEFAULT',
        reverse_sql='ALTER TABLE "shop_order" ALTER COLUMN "code" SET DEFAULT gen_random_uuid()',
    ),
    --- 0009_order_code_key.py
    migrations.RunSQL(
        sql=[
            """
    DO $$
    DECLARE
        known text;
    BEGIN
        SELECT conname INTO known FROM pg_constraint
        WHERE conrelid = '"shop_order"'::regclass AND contype = 'p';
        EXECUTE format('ALTER TABLE "shop_order" DROP CONSTRAINT %I', known);
        EXECUTE format(
    'ALTER TABLE "shop_order" ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I',
    known, 'shop_order_code_15db80c4_pkey'
        );
    END
    $$
    """,
            'ALTER TABLE "shop_order" DROP COLUMN "id"',
        ],
    ),
    "#);
    // What is not there in each row as soon as this release runs.
    assert_snapshot!(planned("IntegerField(primary_key=True, default=make)"), @r"
    no plan: Add field code to order
      rows of the release before would come without a value for code, by which this one finds them, as the database works none out: add code as a unique field first, and make it the primary key when every row has one
    ");
    assert_snapshot!(planned("IntegerField(primary_key=True, default=3)"), @r"
    no plan: Add field code to order
      every row would get the same value in code, which is to be the primary key: give it a `default` that is called for each row
    ");
}

#[test]
fn a_field_that_is_there() {
    let fields = format!(r#"{ID} ("code", models.CharField(max_length=60, unique=True))"#);
    let key = "    code = models.CharField(max_length=60, primary_key=True)\n";
    assert_snapshot!(planned(&fields, key), @r#"
    primary-key-change

    1. Make Order.code ready to be the primary key
    --- 0002_remove_order_id_alter_order_code.py
    migrations.SeparateDatabaseAndState(
        state_operations=[
            migrations.RemoveField(
                model_name="order",
                name="id",
            ),
        ],
    ),
    migrations.SeparateDatabaseAndState(
        state_operations=[
            migrations.AlterField(
                model_name="order",
                name="code",
                field=models.CharField(
                    max_length=60,
                    primary_key=True,
                    serialize=False,
                ),
            ),
        ],
    ),
    --- 0003_order_code_unique.py
    not atomic
    migrations.RunSQL(
        sql=[
            'DROP INDEX CONCURRENTLY IF EXISTS "shop_order_code_15db80c4_pkey"',
            'CREATE UNIQUE INDEX CONCURRENTLY "shop_order_code_15db80c4_pkey" ON "shop_order" ("code")',
        ],
        reverse_sql='DROP INDEX CONCURRENTLY IF EXISTS "shop_order_code_15db80c4_pkey"',
    ),

    2. Make Order.code the primary key in the database
    cannot be taken back: what Order.id held is gone
    --- 0004_order_code_key.py
    migrations.RunSQL(
        sql=[
            """
    DO $$
    DECLARE
        known text;
    BEGIN
        SELECT conname INTO known FROM pg_constraint
        WHERE conrelid = '"shop_order"'::regclass AND contype = 'p';
        EXECUTE format('ALTER TABLE "shop_order" DROP CONSTRAINT %I', known);
        EXECUTE format(
    'ALTER TABLE "shop_order" ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I',
    known, 'shop_order_code_15db80c4_pkey'
        );
    END
    $$
    """,
            """
    DO $$
    DECLARE
        found record;
    BEGIN
        FOR found IN
    SELECT conname FROM pg_constraint
    WHERE conrelid = '"shop_order"'::regclass AND contype = 'u' AND ARRAY['code'] = ARRAY(
        SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS key (number, place)
        JOIN pg_attribute ON attrelid = conrelid AND attnum = number
        ORDER BY place
    )
        LOOP
    EXECUTE format('ALTER TABLE "shop_order" DROP CONSTRAINT %I', found.conname);
        END LOOP;
    END
    $$
    """,
            'ALTER TABLE "shop_order" DROP COLUMN "id"',
        ],
    ),
    "#);
    let fields = fields.replace("unique=True", "null=True");
    assert_snapshot!(planned(&fields, key), @r"
    no plan: Alter field code on order
      code may be NULL, which a primary key may not: forbid that first, in a change of its own
    ");
}

#[test]
fn a_number_in_place_of_a_text() {
    let fields = r#"("code", models.CharField(max_length=60, primary_key=True, serialize=False))"#;
    let planned = |more: &str| {
        planned(
            fields,
            &format!("    code = models.CharField(max_length=60{more})\n"),
        )
    };
    assert_snapshot!(planned(", unique=True"), @r#"
    primary-key-change

    1. Make Order.id ready to be the primary key
    --- 0002_order_id.py
    migrations.RunSQL(
        sql=[
            'CREATE SEQUENCE "shop_order_id_1e6e0cde_seq" AS bigint',
            'ALTER TABLE "shop_order" ADD COLUMN "id" bigint',
            'ALTER SEQUENCE "shop_order_id_1e6e0cde_seq" OWNED BY "shop_order"."id"',
            "ALTER TABLE \"shop_order\" ALTER COLUMN \"id\" SET DEFAULT nextval('\"shop_order_id_1e6e0cde_seq\"')",
        ],
        reverse_sql='ALTER TABLE "shop_order" DROP COLUMN "id"',
        state_operations=[
            migrations.AddField(
                model_name="order",
                name="id",
                field=models.BigAutoField(
                    auto_created=True,
                    primary_key=True,
                    serialize=False,
                    verbose_name="ID",
                ),
            ),
        ],
    ),
    migrations.SeparateDatabaseAndState(
        state_operations=[
            migrations.AlterField(
                model_name="order",
                name="code",
                field=models.CharField(max_length=60, unique=True),
            ),
        ],
    ),
    --- 0003_order_id_fill.py
    not atomic
    update = "UPDATE \"shop_order\" SET \"id\" = nextval('\"shop_order_id_1e6e0cde_seq\"') WHERE \"id\" IS NULL AND \"code\" >= %s"
    migrations.RunPython(fill, migrations.RunPython.noop),
    --- 0004_order_id_check.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_id_1e6e0cde_notnull" CHECK ("id" IS NOT NULL) NOT VALID',
        reverse_sql='ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_id_1e6e0cde_notnull"',
    ),
    --- 0005_order_id_validate.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" VALIDATE CONSTRAINT "shop_order_id_1e6e0cde_notnull"',
        reverse_sql=migrations.RunSQL.noop,
    ),
    --- 0006_order_id_not_null.py
    migrations.RunSQL(
        sql=[
            'ALTER TABLE "shop_order" ALTER COLUMN "id" SET NOT NULL',
            'ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_id_1e6e0cde_notnull"',
        ],
        reverse_sql='ALTER TABLE "shop_order" ALTER COLUMN "id" DROP NOT NULL',
    ),
    --- 0007_order_id_identity.py
    migrations.RunSQL(
        sql="""
    DO $$
    DECLARE
        following bigint;
    BEGIN
        ALTER TABLE "shop_order" ALTER COLUMN "id" DROP DEFAULT;
        following := nextval('"shop_order_id_1e6e0cde_seq"');
        DROP SEQUENCE "shop_order_id_1e6e0cde_seq";
        EXECUTE format(
    'ALTER TABLE "shop_order" ALTER COLUMN "id" '
    'ADD GENERATED BY DEFAULT AS IDENTITY (START WITH %s)', following
        );
    END
    $$
    """,
        reverse_sql=[
            'ALTER TABLE "shop_order" ALTER COLUMN "id" DROP IDENTITY IF EXISTS',
            'ALTER TABLE "shop_order" ALTER COLUMN "id" DROP NOT NULL',
        ],
    ),
    --- 0008_order_id_unique.py
    not atomic
    migrations.RunSQL(
        sql=[
            'DROP INDEX CONCURRENTLY IF EXISTS "shop_order_id_1e6e0cde_pkey"',
            'CREATE UNIQUE INDEX CONCURRENTLY "shop_order_id_1e6e0cde_pkey" ON "shop_order" ("id")',
        ],
        reverse_sql='DROP INDEX CONCURRENTLY IF EXISTS "shop_order_id_1e6e0cde_pkey"',
    ),

    2. Make Order.id the primary key in the database
    --- 0009_order_code_unique.py
    not atomic
    migrations.RunSQL(
        sql=[
            'DROP INDEX CONCURRENTLY IF EXISTS "shop_order_code_15db80c4_uniq"',
            'CREATE UNIQUE INDEX CONCURRENTLY "shop_order_code_15db80c4_uniq" ON "shop_order" ("code")',
        ],
        reverse_sql='DROP INDEX CONCURRENTLY IF EXISTS "shop_order_code_15db80c4_uniq"',
    ),
    --- 0010_order_code_constraint.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_code_15db80c4_uniq" UNIQUE USING INDEX "shop_order_code_15db80c4_uniq"',
        reverse_sql='ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_code_15db80c4_uniq"',
    ),
    --- 0011_order_id_key.py
    migrations.RunSQL(
        sql="""
    DO $$
    DECLARE
        known text;
    BEGIN
        SELECT conname INTO known FROM pg_constraint
        WHERE conrelid = '"shop_order"'::regclass AND contype = 'p';
        EXECUTE format('ALTER TABLE "shop_order" DROP CONSTRAINT %I', known);
        EXECUTE format(
    'ALTER TABLE "shop_order" ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I',
    known, 'shop_order_id_1e6e0cde_pkey'
        );
    END
    $$
    """,
        reverse_sql=[
            """
    DO $$
    DECLARE
        known text;
    BEGIN
        SELECT conname INTO known FROM pg_constraint
        WHERE conrelid = '"shop_order"'::regclass AND contype = 'p';
        EXECUTE format('ALTER TABLE "shop_order" DROP CONSTRAINT %I', known);
        EXECUTE format(
    'ALTER TABLE "shop_order" ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I',
    known, 'shop_order_code_15db80c4_pkey'
        );
    END
    $$
    """,
            'ALTER INDEX "shop_order_id_1e6e0cde_again" RENAME TO "shop_order_id_1e6e0cde_pkey"',
        ],
    ),
    --- 0012_order_id_if_taken_back.py
    not atomic
    migrations.RunSQL(
        sql=migrations.RunSQL.noop,
        reverse_sql=[
            'DROP INDEX CONCURRENTLY IF EXISTS "shop_order_code_15db80c4_pkey"',
            'CREATE UNIQUE INDEX CONCURRENTLY "shop_order_code_15db80c4_pkey" ON "shop_order" ("code")',
            'DROP INDEX CONCURRENTLY IF EXISTS "shop_order_id_1e6e0cde_again"',
            'CREATE UNIQUE INDEX CONCURRENTLY "shop_order_id_1e6e0cde_again" ON "shop_order" ("id")',
        ],
    ),
    "#);
    assert_snapshot!(planned(""), @r"
    no plan: Add field id to order
      the release before finds rows by code: let it be unique and without NULL for now, as a field that does not count, and change that afterwards
    ");
}

#[test]
fn two_fields_that_stay() {
    let fields = r#"("code", models.CharField(max_length=60, primary_key=True, serialize=False)), ("number", models.BigIntegerField(unique=True))"#;
    let lines = "    code = models.CharField(max_length=60, unique=True)\n    number = models.BigIntegerField(primary_key=True)\n";
    let shown = planned(fields, lines);
    let (_, last) = shown.split_once("_order_number_key.py").unwrap_or_default();
    assert_snapshot!(last, @r#"

    migrations.RunSQL(
        sql=[
            """
    DO $$
    DECLARE
        known text;
    BEGIN
        SELECT conname INTO known FROM pg_constraint
        WHERE conrelid = '"shop_order"'::regclass AND contype = 'p';
        EXECUTE format('ALTER TABLE "shop_order" DROP CONSTRAINT %I', known);
        EXECUTE format(
    'ALTER TABLE "shop_order" ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I',
    known, 'shop_order_number_d6408b6d_pkey'
        );
    END
    $$
    """,
            """
    DO $$
    DECLARE
        found record;
    BEGIN
        FOR found IN
    SELECT conname FROM pg_constraint
    WHERE conrelid = '"shop_order"'::regclass AND contype = 'u' AND ARRAY['number'] = ARRAY(
        SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS key (number, place)
        JOIN pg_attribute ON attrelid = conrelid AND attnum = number
        ORDER BY place
    )
        LOOP
    EXECUTE format('ALTER TABLE "shop_order" DROP CONSTRAINT %I', found.conname);
        END LOOP;
    END
    $$
    """,
        ],
        reverse_sql=[
            """
    DO $$
    DECLARE
        known text;
    BEGIN
        SELECT conname INTO known FROM pg_constraint
        WHERE conrelid = '"shop_order"'::regclass AND contype = 'p';
        EXECUTE format('ALTER TABLE "shop_order" DROP CONSTRAINT %I', known);
        EXECUTE format(
    'ALTER TABLE "shop_order" ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I',
    known, 'shop_order_code_15db80c4_pkey'
        );
    END
    $$
    """,
            'ALTER INDEX "shop_order_number_d6408b6d_again" RENAME TO "shop_order_number_d6408b6d_pkey"',
            'ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_number_d6408b6d_uniq" UNIQUE USING INDEX "shop_order_number_d6408b6d_uniq"',
        ],
    ),
    --- 0007_order_number_if_taken_back.py
    not atomic
    migrations.RunSQL(
        sql=migrations.RunSQL.noop,
        reverse_sql=[
            'DROP INDEX CONCURRENTLY IF EXISTS "shop_order_code_15db80c4_pkey"',
            'CREATE UNIQUE INDEX CONCURRENTLY "shop_order_code_15db80c4_pkey" ON "shop_order" ("code")',
            'DROP INDEX CONCURRENTLY IF EXISTS "shop_order_number_d6408b6d_again"',
            'CREATE UNIQUE INDEX CONCURRENTLY "shop_order_number_d6408b6d_again" ON "shop_order" ("number")',
            'DROP INDEX CONCURRENTLY IF EXISTS "shop_order_number_d6408b6d_uniq"',
            'CREATE UNIQUE INDEX CONCURRENTLY "shop_order_number_d6408b6d_uniq" ON "shop_order" ("number")',
        ],
    ),
    "#);
    assert!(!shown.contains("cannot be taken back"), "{shown}");
}

#[test]
fn what_others_refer_to_keeps_its_key() {
    let lines = "    code = models.UUIDField(primary_key=True, default=uuid.uuid4)\n\n\nclass Line(models.Model):\n    order = models.ForeignKey(Order, on_delete=models.CASCADE)\n";
    assert_snapshot!(planned(ID, lines), @r"
    no plan: Add field code to order
      Line gets a relation to Order in the same change: let that wait for a plan of its own, which comes after this one
    ");
}

#[test]
fn a_parent_takes_its_children_along() {
    let fields = r#"("id", models.AutoField(primary_key=True))"#;
    let before = tables(fields).replace(
            "]),\n    ]",
            "]),\n        migrations.CreateModel(name=\"Rush\", bases=(\"shop.order\",), fields=[(\"order_ptr\", models.OneToOneField(auto_created=True, on_delete=models.CASCADE, parent_link=True, primary_key=True, serialize=False, to=\"shop.order\"))]),\n    ]",
        );
    let models = "from django.db import models\n\n\nclass Order(models.Model):\n    id = models.BigAutoField(primary_key=True)\n\n\nclass Rush(Order):\n    pass\n";
    let shown = from_tables(&before, "postgresql", "5.2", models, None);
    let titles = shown
        .lines()
        .filter(|line| line.starts_with(['1', '2']) || line.starts_with("---"));
    assert_snapshot!(titles.collect::<Vec<_>>().join("\n"), @r"
    1. Give Order.id a larger type, with order_ptr_id of shop_rush
    --- 0002_order_id.py
    --- 0003_order_id_copy.py
    --- 0004_order_id_unique.py
    --- 0005_order_id_check.py
    --- 0006_order_id_validate.py
    --- 0007_order_id_not_null.py
    --- 0008_rush_order_ptr.py
    --- 0009_rush_order_ptr_copy.py
    --- 0010_rush_order_ptr_check.py
    --- 0011_rush_order_ptr_validate.py
    --- 0012_rush_order_ptr_not_null.py
    --- 0013_rush_order_ptr_unique.py
    --- 0014_rush_order_ptr_foreign_key.py
    --- 0015_rush_order_ptr_validate.py
    --- 0016_rush_order_ptr_swap.py
    --- 0017_order_id_swap.py
    2. Drop the old columns of Order.id
    --- 0018_rush_order_ptr_drop_old.py
    --- 0019_order_id_drop_old.py
    ");
}
