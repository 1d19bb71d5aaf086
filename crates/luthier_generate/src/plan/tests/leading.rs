//! Another field becomes the primary key of a model that others lead to.

use insta::assert_snapshot;

use super::from_tables;

const ID: &str = r#"("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))"#;

/// A first migration with these models, by name and fields.
fn tables(models: &[(&str, &str)]) -> String {
    let made = models.iter().map(|(name, fields)| {
        format!("        migrations.CreateModel(name=\"{name}\", fields=[{fields}]),\n")
    });
    format!(
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    initial = True\n    dependencies = []\n    operations = [\n{}    ]\n",
        made.collect::<String>()
    )
}

fn planned(before: &[(&str, &str)], models: &str) -> String {
    let models = format!("import uuid\n\nfrom django.db import models\n\n\n{models}");
    from_tables(&tables(before), "postgresql", "5.2", &models, None)
}

/// The releases with the names of their files, and what some of those do.
fn outlined(shown: &str, wanted: &[&str]) -> String {
    let mut is_wanted = true;
    let lines = shown.lines().filter(|line| {
        if let Some(file) = line.strip_prefix("--- ") {
            is_wanted = wanted
                .iter()
                .any(|end| file.ends_with(&format!("_{end}.py")));
            return true;
        }
        let is_outside = line.starts_with(|first: char| first.is_ascii_digit())
            || line.starts_with("cannot be taken back")
            || line.starts_with("shop/");
        is_wanted || is_outside
    });
    lines.collect::<Vec<_>>().join("\n")
}

const CODE: &str = "    code = models.UUIDField(primary_key=True, default=uuid.uuid4)\n";

fn customer(line: &str) -> String {
    let field = format!(
        r#"{ID}, ("customer", models.ForeignKey(on_delete=models.CASCADE, to="shop.customer"))"#
    );
    planned(
        &[("Customer", ID), ("Order", &field)],
        &format!("class Customer(models.Model):\n{CODE}\n\nclass Order(models.Model):\n{line}"),
    )
}

#[test]
fn a_foreign_key() {
    let line = "    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)\n";
    let files = [
        "order_customer",
        "order_customer_foreign_key",
        "order_customer_copy",
        "order_customer_if_taken_back",
        "order_customer_in_place",
        "order_customer_in_place_foreign_key",
        "customer_code_key",
        "order_customer_drop_old",
        "customer_code_drop_index",
        "customer_code_drop_old",
    ];
    assert_snapshot!(outlined(&customer(line), &files), @r#"
    primary-key-change

    1. Make Customer.code ready to be the primary key, with Order.customer
    shop/models.py:     customer = models.ForeignKey(Customer, db_column="customer_id_new", on_delete=models.CASCADE)
    --- 0002_remove_customer_id_customer_code.py
    --- 0003_customer_code_fill.py
    --- 0004_customer_code_check.py
    --- 0005_customer_code_validate.py
    --- 0006_customer_code_not_null.py
    --- 0007_customer_code_unique.py
    --- 0008_order_customer.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.AddField(
                model_name="order",
                name="customer_new",
                field=models.ForeignKey(
                    db_column="customer_id_new",
                    db_constraint=False,
                    db_index=False,
                    null=True,
                    on_delete=models.CASCADE,
                    to="shop.customer",
                ),
            ),
        ],
        state_operations=[
            migrations.AlterField(
                model_name="order",
                name="customer",
                field=models.ForeignKey(
                    db_column="customer_id_new",
                    on_delete=models.CASCADE,
                    to="shop.customer",
                ),
            ),
        ],
    ),
    --- 0009_order_customer_index.py
    --- 0010_order_customer_foreign_key.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_customer_id_new_ff208b6d_fk_shop_customer_code" FOREIGN KEY ("customer_id_new") REFERENCES "shop_customer" ("code") ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED NOT VALID',
        reverse_sql='ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_customer_id_new_ff208b6d_fk_shop_customer_code"',
    ),
    --- 0011_order_customer_follow.py
    --- 0012_order_customer_copy.py
    not atomic
    update = 'UPDATE "shop_order" SET "customer_id_new" = (SELECT target."code" FROM "shop_customer" AS target WHERE target."id" = "shop_order"."customer_id") WHERE "customer_id_new" IS NULL AND "id" >= %s'
    migrations.RunPython(fill, migrations.RunPython.noop),
    --- 0013_order_customer_check.py
    --- 0014_order_customer_validate.py
    --- 0015_order_customer_not_null.py
    --- 0016_order_customer_validate.py
    2. Make Customer.code the primary key in the database, with Order.customer
    --- 0017_customer_code_drop_default.py
    --- 0018_order_customer_if_taken_back.py
    migrations.RunSQL(
        sql=migrations.RunSQL.noop,
        reverse_sql='ALTER TABLE "shop_order" VALIDATE CONSTRAINT "shop_order_customer_id_f638df20_fk_shop_customer_id"',
    ),
    --- 0019_order_customer_in_place.py
    migrations.RunSQL(
        sql=[
            'DROP TRIGGER IF EXISTS "shop_order_customer_id_new_ff208b6d_follow" ON "shop_order"',
            'DROP FUNCTION IF EXISTS "shop_order_customer_id_new_ff208b6d_follow"()',
            """
    DO $$
    DECLARE
        found record;
    BEGIN
        FOR found IN
    SELECT conname FROM pg_constraint
    WHERE conrelid = '"shop_order"'::regclass AND contype = 'f' AND conkey = ARRAY(
        SELECT attnum FROM pg_attribute
        WHERE attrelid = '"shop_order"'::regclass AND attname = 'customer_id'
    )
        LOOP
    EXECUTE format('ALTER TABLE "shop_order" DROP CONSTRAINT %I', found.conname);
        END LOOP;
    END
    $$
    """,
            'ALTER TABLE "shop_order" RENAME COLUMN "customer_id" TO "customer_id_old"',
        ],
        reverse_sql=[
            'ALTER TABLE "shop_order" RENAME COLUMN "customer_id_old" TO "customer_id"',
            """
    CREATE OR REPLACE FUNCTION "shop_order_customer_id_new_ff208b6d_follow"() RETURNS trigger AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
    IF NEW."customer_id_new" IS NOT NULL THEN
        NEW."customer_id" := (SELECT target."id" FROM "shop_customer" AS target WHERE target."code" = NEW."customer_id_new");
    ELSE
        NEW."customer_id_new" := (SELECT target."code" FROM "shop_customer" AS target WHERE target."id" = NEW."customer_id");
    END IF;
        ELSIF NEW."customer_id_new" IS DISTINCT FROM OLD."customer_id_new" THEN
    IF (SELECT target."code" FROM "shop_customer" AS target WHERE target."id" = NEW."customer_id") IS DISTINCT FROM NEW."customer_id_new" THEN
        NEW."customer_id" := (SELECT target."id" FROM "shop_customer" AS target WHERE target."code" = NEW."customer_id_new");
    END IF;
        ELSIF NEW."customer_id" IS DISTINCT FROM OLD."customer_id" THEN
    IF (SELECT target."id" FROM "shop_customer" AS target WHERE target."code" = NEW."customer_id_new") IS DISTINCT FROM NEW."customer_id" THEN
        NEW."customer_id_new" := (SELECT target."code" FROM "shop_customer" AS target WHERE target."id" = NEW."customer_id");
    END IF;
        END IF;
        RETURN NEW;
    END
    $$ LANGUAGE plpgsql
    """,
            'DROP TRIGGER IF EXISTS "shop_order_customer_id_new_ff208b6d_follow" ON "shop_order"',
            """
    CREATE TRIGGER "shop_order_customer_id_new_ff208b6d_follow" BEFORE INSERT OR UPDATE ON "shop_order"
    FOR EACH ROW EXECUTE FUNCTION "shop_order_customer_id_new_ff208b6d_follow"()
    """,
            'ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_customer_id_f638df20_fk_shop_customer_id" FOREIGN KEY ("customer_id") REFERENCES "shop_customer" ("id") DEFERRABLE INITIALLY DEFERRED NOT VALID',
        ],
    ),
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.AddField(
                model_name="order",
                name="customer_in_place",
                field=models.ForeignKey(
                    db_column="customer_id",
                    db_constraint=False,
                    db_index=False,
                    null=True,
                    on_delete=models.CASCADE,
                    to="shop.customer",
                ),
            ),
        ],
        state_operations=[
            migrations.AlterField(
                model_name="order",
                name="customer",
                field=models.ForeignKey(
                    on_delete=models.CASCADE,
                    to="shop.customer",
                ),
            ),
        ],
    ),
    migrations.RunSQL(
        sql=[
            """
    CREATE OR REPLACE FUNCTION "shop_order_customer_id_f638df20_follow"() RETURNS trigger AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
    IF NEW."customer_id" IS NOT NULL THEN
        NEW."customer_id_new" := NEW."customer_id";
    ELSE
        NEW."customer_id" := NEW."customer_id_new";
    END IF;
        ELSIF NEW."customer_id" IS DISTINCT FROM OLD."customer_id" THEN
    NEW."customer_id_new" := NEW."customer_id";
        ELSIF NEW."customer_id_new" IS DISTINCT FROM OLD."customer_id_new" THEN
    NEW."customer_id" := NEW."customer_id_new";
        END IF;
        IF (SELECT target."code" FROM "shop_customer" AS target WHERE target."id" = NEW."customer_id_old") IS DISTINCT FROM NEW."customer_id_new" THEN
    NEW."customer_id_old" := (SELECT target."id" FROM "shop_customer" AS target WHERE target."code" = NEW."customer_id_new");
        END IF;
        RETURN NEW;
    END
    $$ LANGUAGE plpgsql
    """,
            'DROP TRIGGER IF EXISTS "shop_order_customer_id_f638df20_follow" ON "shop_order"',
            """
    CREATE TRIGGER "shop_order_customer_id_f638df20_follow" BEFORE INSERT OR UPDATE ON "shop_order"
    FOR EACH ROW EXECUTE FUNCTION "shop_order_customer_id_f638df20_follow"()
    """,
        ],
        reverse_sql=[
            'DROP TRIGGER IF EXISTS "shop_order_customer_id_f638df20_follow" ON "shop_order"',
            'DROP FUNCTION IF EXISTS "shop_order_customer_id_f638df20_follow"()',
        ],
    ),
    --- 0020_order_customer_in_place_copy.py
    --- 0021_order_customer_in_place_index.py
    --- 0022_order_customer_in_place_check.py
    --- 0023_order_customer_in_place_validate.py
    --- 0024_order_customer_in_place_not_null.py
    --- 0025_customer_code_unique.py
    --- 0026_customer_code_old_unique.py
    --- 0027_customer_code_key.py
    migrations.RunSQL(
        sql="""
    DO $$
    DECLARE
        known text;
    BEGIN
        SELECT conname INTO known FROM pg_constraint
        WHERE conrelid = '"shop_customer"'::regclass AND contype = 'p';
        EXECUTE format('ALTER TABLE "shop_customer" DROP CONSTRAINT %I', known);
        EXECUTE format(
    'ALTER TABLE "shop_customer" ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I',
    known, 'shop_customer_code_a46664c8_pkey'
        );
    END
    $$
    """,
        reverse_sql="""
    DO $$
    DECLARE
        known text;
    BEGIN
        SELECT conname INTO known FROM pg_constraint
        WHERE conrelid = '"shop_customer"'::regclass AND contype = 'p';
        EXECUTE format('ALTER TABLE "shop_customer" DROP CONSTRAINT %I', known);
        EXECUTE format(
    'ALTER TABLE "shop_customer" ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I',
    known, 'shop_customer_id_fd501c3e_pkey'
        );
    END
    $$
    """,
    ),
    --- 0028_order_customer_in_place_foreign_key.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_customer_id_f638df20_fk_shop_customer_code" FOREIGN KEY ("customer_id") REFERENCES "shop_customer" DEFERRABLE INITIALLY DEFERRED NOT VALID',
        reverse_sql='ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_customer_id_f638df20_fk_shop_customer_code"',
    ),
    --- 0029_order_customer_in_place_validate.py
    3. Drop what held the old keys of Customer
    cannot be taken back: what Customer.id held, and what led there by it, is gone
    --- 0030_order_customer_drop_old.py
    migrations.RunSQL(
        sql=[
            'DROP TRIGGER IF EXISTS "shop_order_customer_id_f638df20_follow" ON "shop_order"',
            'DROP FUNCTION IF EXISTS "shop_order_customer_id_f638df20_follow"()',
            'ALTER TABLE "shop_order" DROP COLUMN "customer_id_old", DROP COLUMN "customer_id_new"',
            'ALTER INDEX "shop_order_order_customer_in_place_cc07c8f7" RENAME TO "shop_order_customer_id_f638df20"',
        ],
    ),
    --- 0031_customer_code_drop_index.py
    not atomic
    migrations.RunSQL(
        sql='DROP INDEX CONCURRENTLY IF EXISTS "shop_customer_code_a46664c8_uniq_beside"',
        reverse_sql=migrations.RunSQL.noop,
    ),
    --- 0032_customer_code_drop_old.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_customer" DROP COLUMN "id"',
    ),
    "#);
}

#[test]
fn a_model_that_leads_to_itself() {
    let before = format!(
        r#"{ID}, ("code", models.CharField(max_length=60, unique=True)), ("parent", models.ForeignKey(null=True, on_delete=models.SET_NULL, to="shop.customer"))"#
    );
    let models = "class Customer(models.Model):\n    code = models.CharField(max_length=60, primary_key=True)\n    parent = models.ForeignKey(\"self\", null=True, on_delete=models.SET_NULL)\n";
    let shown = planned(&[("Customer", &before)], models);
    let files = [
        "customer_parent_follow",
        "customer_parent_copy",
        "customer_code_drop_old",
    ];
    assert_snapshot!(outlined(&shown, &files), @r#"
    primary-key-change

    1. Make Customer.code ready to be the primary key, with Customer.parent
    shop/models.py:     parent = models.ForeignKey("self", db_column="parent_id_new", null=True, on_delete=models.SET_NULL)
    --- 0002_remove_customer_id_alter_customer_code.py
    --- 0003_customer_parent.py
    --- 0004_customer_parent_index.py
    --- 0005_customer_parent_like.py
    --- 0006_customer_parent_foreign_key.py
    --- 0007_customer_parent_follow.py
    migrations.RunSQL(
        sql=[
            """
    CREATE OR REPLACE FUNCTION "shop_customer_parent_id_new_018ea44c_follow"() RETURNS trigger AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
    IF NEW."parent_id_new" IS NOT NULL THEN
        NEW."parent_id" := (CASE WHEN NEW."parent_id_new" = NEW."code" THEN NEW."id" ELSE (SELECT target."id" FROM "shop_customer" AS target WHERE target."code" = NEW."parent_id_new") END);
    ELSE
        NEW."parent_id_new" := (CASE WHEN NEW."parent_id" = NEW."id" THEN NEW."code" ELSE (SELECT target."code" FROM "shop_customer" AS target WHERE target."id" = NEW."parent_id") END);
    END IF;
        ELSIF NEW."parent_id_new" IS DISTINCT FROM OLD."parent_id_new" THEN
    IF (CASE WHEN NEW."parent_id" = NEW."id" THEN NEW."code" ELSE (SELECT target."code" FROM "shop_customer" AS target WHERE target."id" = NEW."parent_id") END) IS DISTINCT FROM NEW."parent_id_new" THEN
        NEW."parent_id" := (CASE WHEN NEW."parent_id_new" = NEW."code" THEN NEW."id" ELSE (SELECT target."id" FROM "shop_customer" AS target WHERE target."code" = NEW."parent_id_new") END);
    END IF;
        ELSIF NEW."parent_id" IS DISTINCT FROM OLD."parent_id" THEN
    IF (CASE WHEN NEW."parent_id_new" = NEW."code" THEN NEW."id" ELSE (SELECT target."id" FROM "shop_customer" AS target WHERE target."code" = NEW."parent_id_new") END) IS DISTINCT FROM NEW."parent_id" THEN
        NEW."parent_id_new" := (CASE WHEN NEW."parent_id" = NEW."id" THEN NEW."code" ELSE (SELECT target."code" FROM "shop_customer" AS target WHERE target."id" = NEW."parent_id") END);
    END IF;
        END IF;
        RETURN NEW;
    END
    $$ LANGUAGE plpgsql
    """,
            'DROP TRIGGER IF EXISTS "shop_customer_parent_id_new_018ea44c_follow" ON "shop_customer"',
            """
    CREATE TRIGGER "shop_customer_parent_id_new_018ea44c_follow" BEFORE INSERT OR UPDATE ON "shop_customer"
    FOR EACH ROW EXECUTE FUNCTION "shop_customer_parent_id_new_018ea44c_follow"()
    """,
        ],
        reverse_sql=[
            'DROP TRIGGER IF EXISTS "shop_customer_parent_id_new_018ea44c_follow" ON "shop_customer"',
            'DROP FUNCTION IF EXISTS "shop_customer_parent_id_new_018ea44c_follow"()',
        ],
    ),
    --- 0008_customer_parent_copy.py
    not atomic
    update = 'UPDATE "shop_customer" SET "parent_id_new" = (SELECT target."code" FROM "shop_customer" AS target WHERE target."id" = "shop_customer"."parent_id") WHERE "parent_id_new" IS NULL AND "code" >= %s'
    migrations.RunPython(fill, migrations.RunPython.noop),
    --- 0009_customer_parent_validate.py
    2. Make Customer.code the primary key in the database, with Customer.parent
    --- 0010_customer_parent_if_taken_back.py
    --- 0011_customer_parent_in_place.py
    --- 0012_customer_parent_in_place_copy.py
    --- 0013_customer_parent_in_place_index.py
    --- 0014_customer_parent_in_place_like.py
    --- 0015_customer_code_unique.py
    --- 0016_customer_code_old_unique.py
    --- 0017_customer_code_key.py
    --- 0018_customer_parent_in_place_foreign_key.py
    --- 0019_customer_parent_in_place_validate.py
    3. Drop what held the old keys of Customer
    cannot be taken back: what Customer.id held, and what led there by it, is gone
    --- 0020_customer_parent_drop_old.py
    --- 0021_customer_code_drop_old.py
    migrations.RunSQL(
        sql=[
            """
    DO $$
    DECLARE
        found record;
    BEGIN
        FOR found IN
    SELECT conname FROM pg_constraint
    WHERE conrelid = '"shop_customer"'::regclass AND contype = 'u' AND ARRAY['code'] = ARRAY(
        SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS key (number, place)
        JOIN pg_attribute ON attrelid = conrelid AND attnum = number
        ORDER BY place
    )
        LOOP
    EXECUTE format('ALTER TABLE "shop_customer" DROP CONSTRAINT %I', found.conname);
        END LOOP;
    END
    $$
    """,
            'ALTER TABLE "shop_customer" DROP COLUMN "id"',
        ],
    ),
    "#);
}

#[test]
fn a_relation_of_many_to_many() {
    let tags = format!(r#"{ID}, ("customers", models.ManyToManyField(to="shop.customer"))"#);
    let models = format!(
        "class Customer(models.Model):\n{CODE}\n\nclass Tag(models.Model):\n    customers = models.ManyToManyField(Customer)\n"
    );
    let shown = planned(&[("Customer", ID), ("Tag", &tags)], &models);
    let files = [
        "tag_customers_customer",
        "tag_customers_view",
        "tag_customers_drop_old",
    ];
    assert_snapshot!(outlined(&shown, &files), @r#"
    primary-key-change

    1. Make Customer.code ready to be the primary key, with Tag.customers
    shop/models.py:     customers = models.ManyToManyField(Customer, db_table="shop_tag_customers_new")
    --- 0002_remove_customer_id_customer_code.py
    --- 0003_customer_code_fill.py
    --- 0004_customer_code_check.py
    --- 0005_customer_code_validate.py
    --- 0006_customer_code_not_null.py
    --- 0007_customer_code_unique.py
    --- 0008_tag_customers_customer.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_tag_customers" ADD COLUMN "customer_id_new" uuid',
        reverse_sql='ALTER TABLE "shop_tag_customers" DROP COLUMN "customer_id_new"',
    ),
    --- 0009_tag_customers_customer_index.py
    --- 0010_tag_customers_customer_foreign_key.py
    --- 0011_tag_customers_customer_follow.py
    --- 0012_tag_customers_customer_copy.py
    --- 0013_shop_tag_customers_tag_id_customer_id_new_b29fbcb8_u.py
    --- 0014_shop_tag_customers_tag_id_customer_id_new_b29fbcb8_u.py
    --- 0015_tag_customers_customer_check.py
    --- 0016_tag_customers_customer_validate.py
    --- 0017_tag_customers_customer_not_null.py
    --- 0018_tag_customers_customer_validate.py
    --- 0019_tag_customers_view.py
    migrations.RunSQL(
        sql='CREATE VIEW "shop_tag_customers_new" AS SELECT "id", "tag_id", "customer_id_new" AS "customer_id" FROM "shop_tag_customers"',
        reverse_sql='DROP VIEW IF EXISTS "shop_tag_customers_new"',
        state_operations=[
            migrations.AlterField(
                model_name="tag",
                name="customers",
                field=models.ManyToManyField(
                    db_table="shop_tag_customers_new",
                    to="shop.customer",
                ),
            ),
        ],
    ),

    2. Make Customer.code the primary key in the database, with Tag.customers
    --- 0020_customer_code_drop_default.py
    --- 0021_tag_customers_customer_if_taken_back.py
    --- 0022_tag_customers_in_place.py
    --- 0023_customer_code_unique.py
    --- 0024_customer_code_old_unique.py
    --- 0025_customer_code_key.py
    --- 0026_tag_customers_customer_in_place_foreign_key.py
    --- 0027_tag_customers_customer_in_place_validate.py
    3. Drop what held the old keys of Customer
    cannot be taken back: what Customer.id held, and what led there by it, is gone
    --- 0028_tag_customers_drop_old.py
    migrations.RunSQL(
        sql=[
            'DROP VIEW IF EXISTS "shop_tag_customers_new"',
            'DROP TRIGGER IF EXISTS "shop_tag_customers_customer_id_5d72120b_follow" ON "shop_tag_customers"',
            'DROP FUNCTION IF EXISTS "shop_tag_customers_customer_id_5d72120b_follow"()',
            'ALTER TABLE "shop_tag_customers" DROP CONSTRAINT "shop_tag_customers_customer_id_new_a81874c2_fk_shop_cust", DROP COLUMN "customer_id_old"',
            'ALTER INDEX "shop_tag_customers_customer_id_new_a81874c2" RENAME TO "shop_tag_customers_customer_id_5d72120b"',
            'ALTER INDEX "shop_tag_customers_tag_id_customer_id_new_b29fbcb8_uniq" RENAME TO "shop_tag_customers_tag_id_customer_id_f25fca32_uniq"',
        ],
    ),
    --- 0029_customer_code_drop_index.py
    --- 0030_customer_code_drop_old.py
    "#);
}

#[test]
fn the_models_never_have_two_keys() {
    let field = r#"("code", models.CharField(max_length=60, primary_key=True, serialize=False))"#;
    let order = format!(
        r#"{ID}, ("customer", models.ForeignKey(on_delete=models.CASCADE, to="shop.customer"))"#
    );
    let models = "class Customer(models.Model):\n    code = models.CharField(max_length=60, unique=True)\n\n\nclass Order(models.Model):\n    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)\n";
    let shown = planned(&[("Customer", field), ("Order", &order)], models);
    let files = [
        "customer_id",
        "customer_id_key",
        "customer_id_if_taken_back",
    ];
    assert_snapshot!(outlined(&shown, &files), @r#"
    primary-key-change

    1. Make Customer.id ready to be the primary key, with Order.customer
    shop/models.py:     customer = models.ForeignKey(Customer, db_column="customer_id_new", on_delete=models.CASCADE)
    --- 0002_customer_id.py
    migrations.RunSQL(
        sql=[
            'CREATE SEQUENCE "shop_customer_id_fd501c3e_seq" AS bigint',
            'ALTER TABLE "shop_customer" ADD COLUMN "id" bigint',
            'ALTER SEQUENCE "shop_customer_id_fd501c3e_seq" OWNED BY "shop_customer"."id"',
            "ALTER TABLE \"shop_customer\" ALTER COLUMN \"id\" SET DEFAULT nextval('\"shop_customer_id_fd501c3e_seq\"')",
        ],
        reverse_sql='ALTER TABLE "shop_customer" DROP COLUMN "id"',
        state_operations=[
            migrations.AddField(
                model_name="customer",
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
                model_name="customer",
                name="code",
                field=models.CharField(max_length=60, unique=True),
            ),
        ],
    ),
    --- 0003_customer_id_fill.py
    --- 0004_customer_id_check.py
    --- 0005_customer_id_validate.py
    --- 0006_customer_id_not_null.py
    --- 0007_customer_id_identity.py
    --- 0008_customer_id_unique.py
    --- 0009_order_customer.py
    --- 0010_order_customer_index.py
    --- 0011_order_customer_foreign_key.py
    --- 0012_order_customer_follow.py
    --- 0013_order_customer_copy.py
    --- 0014_order_customer_check.py
    --- 0015_order_customer_validate.py
    --- 0016_order_customer_not_null.py
    --- 0017_order_customer_validate.py
    2. Make Customer.id the primary key in the database, with Order.customer
    --- 0018_order_customer_if_taken_back.py
    --- 0019_order_customer_in_place.py
    --- 0020_order_customer_in_place_copy.py
    --- 0021_order_customer_in_place_index.py
    --- 0022_order_customer_in_place_check.py
    --- 0023_order_customer_in_place_validate.py
    --- 0024_order_customer_in_place_not_null.py
    --- 0025_customer_id_unique.py
    --- 0026_customer_code_unique.py
    --- 0027_customer_code_constraint.py
    --- 0028_customer_id_key.py
    migrations.RunSQL(
        sql="""
    DO $$
    DECLARE
        known text;
    BEGIN
        SELECT conname INTO known FROM pg_constraint
        WHERE conrelid = '"shop_customer"'::regclass AND contype = 'p';
        EXECUTE format('ALTER TABLE "shop_customer" DROP CONSTRAINT %I', known);
        EXECUTE format(
    'ALTER TABLE "shop_customer" ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I',
    known, 'shop_customer_id_fd501c3e_pkey'
        );
    END
    $$
    """,
        reverse_sql="""
    DO $$
    DECLARE
        known text;
    BEGIN
        SELECT conname INTO known FROM pg_constraint
        WHERE conrelid = '"shop_customer"'::regclass AND contype = 'p';
        EXECUTE format('ALTER TABLE "shop_customer" DROP CONSTRAINT %I', known);
        EXECUTE format(
    'ALTER TABLE "shop_customer" ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I',
    known, 'shop_customer_code_a46664c8_pkey'
        );
    END
    $$
    """,
    ),
    --- 0029_customer_id_if_taken_back.py
    not atomic
    migrations.RunSQL(
        sql=migrations.RunSQL.noop,
        reverse_sql=[
            'DROP INDEX CONCURRENTLY IF EXISTS "shop_customer_code_a46664c8_pkey"',
            'CREATE UNIQUE INDEX CONCURRENTLY "shop_customer_code_a46664c8_pkey" ON "shop_customer" ("code")',
        ],
    ),
    --- 0030_order_customer_in_place_foreign_key.py
    --- 0031_order_customer_in_place_validate.py
    3. Drop what held the old keys of Customer
    cannot be taken back: what led there by Customer.code is gone
    --- 0032_order_customer_drop_old.py
    --- 0033_customer_id_drop_index.py
    "#);
}

#[test]
fn what_has_no_plan() {
    assert_snapshot!(customer("    customer = models.OneToOneField(Customer, primary_key=True, on_delete=models.CASCADE)\n"), @r"
    no plan: Add field code to customer
      Order.customer is the key of its own model, too, and leads to Customer: whatever leads there in turn would have to change with it
    ");
    assert_snapshot!(customer("    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, db_constraint=False)\n"), @r"
    no plan: Add field code to customer
      Order.customer may lead to rows of Customer that are not there, of which nothing tells the new key: let the database check it first (`db_constraint`)
    ");
    assert_snapshot!(customer("    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, default=1)\n"), @r"
    no plan: Add field code to customer
      Order.customer has a default that is one of the old keys of Customer: take that away first
    ");
    assert_snapshot!(customer("    customer = models.ForeignKey(Customer, on_delete=models.DB_CASCADE)\n"), @r"
    no plan: Add field code to customer
      Order.customer leads to Customer, and changes otherwise in the same plan: let that wait for a plan of its own, which comes after this one
    ");
    assert_snapshot!(customer("    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)\n    customer_id_new = models.IntegerField(null=True)\n"), @r"
    no plan: Add field code to customer
      Order has a field customer_id_new already
    ");
    assert_snapshot!(customer("    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)\n\n    class Meta:\n        db_table = \"orders\"\n"), @r"
    no plan: Add field code to customer
      Order.customer leads to Customer, and changes otherwise in the same plan: let that wait for a plan of its own, which comes after this one
    ");
    // One relation in the code, and a table of its own for each model that is made of it.
    let tags = format!(r#"{ID}, ("customers", models.ManyToManyField(to="shop.customer"))"#);
    let models = format!(
        "class Customer(models.Model):\n{CODE}\n\nclass Tagged(models.Model):\n    customers = models.ManyToManyField(Customer)\n\n    class Meta:\n        abstract = True\n\n\nclass Tag(Tagged):\n    pass\n\n\nclass Label(Tagged):\n    pass\n"
    );
    let before = [("Customer", ID), ("Tag", &*tags), ("Label", &*tags)];
    assert_snapshot!(planned(&before, &models), @r"
    no plan: Add field code to customer
      Tag.customers comes from a class that Label is made of, too, and each would have to say another `db_table` for a release
    ");
}
