//! Columns that become others, indexes and constraints.

use insta::assert_snapshot;

use super::{NOTE, OWNER, STATUS, TOTAL, models, planned};

#[test]
fn null_is_forbidden() {
    assert_snapshot!(planned(&models(&[STATUS, "    note = models.TextField(blank=True, default=\"\")\n", TOTAL, OWNER])), @r#"
    set-not-null

    1. Fill Order.note, and forbid NULL
    --- 0002_order_note.py
    migrations.RunSQL(
        sql=[
            """
    CREATE OR REPLACE FUNCTION "shop_order_note_94455a30_fill"() RETURNS trigger AS $$
    BEGIN
        IF NEW."note" IS NULL THEN
    NEW."note" := '';
        END IF;
        RETURN NEW;
    END
    $$ LANGUAGE plpgsql
    """,
            'DROP TRIGGER IF EXISTS "shop_order_note_94455a30_fill" ON "shop_order"',
            """
    CREATE TRIGGER "shop_order_note_94455a30_fill" BEFORE INSERT OR UPDATE ON "shop_order"
    FOR EACH ROW EXECUTE FUNCTION "shop_order_note_94455a30_fill"()
    """,
        ],
        reverse_sql=[
            'DROP TRIGGER IF EXISTS "shop_order_note_94455a30_fill" ON "shop_order"',
            'DROP FUNCTION IF EXISTS "shop_order_note_94455a30_fill"()',
        ],
    ),
    --- 0003_order_note_fill.py
    not atomic
    update = "UPDATE \"shop_order\" SET \"note\" = '' WHERE \"note\" IS NULL AND \"id\" >= %s"
    migrations.RunPython(fill, migrations.RunPython.noop),
    --- 0004_order_note_check.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_note_94455a30_notnull" CHECK ("note" IS NOT NULL) NOT VALID',
        reverse_sql='ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_note_94455a30_notnull"',
    ),
    --- 0005_order_note_validate.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" VALIDATE CONSTRAINT "shop_order_note_94455a30_notnull"',
        reverse_sql=migrations.RunSQL.noop,
    ),
    --- 0006_order_note_not_null.py
    migrations.RunSQL(
        sql=[
            'ALTER TABLE "shop_order" ALTER COLUMN "note" SET NOT NULL',
            'ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_note_94455a30_notnull"',
        ],
        reverse_sql='ALTER TABLE "shop_order" ALTER COLUMN "note" DROP NOT NULL',
        state_operations=[
            migrations.AlterField(
                model_name="order",
                name="note",
                field=models.TextField(blank=True, default=""),
            ),
        ],
    ),

    2. Drop the trigger of Order.note
    --- 0007_order_note_drop_trigger.py
    migrations.RunSQL(
        sql=[
            'DROP TRIGGER IF EXISTS "shop_order_note_94455a30_fill" ON "shop_order"',
            'DROP FUNCTION IF EXISTS "shop_order_note_94455a30_fill"()',
        ],
        reverse_sql=[
            """
    CREATE OR REPLACE FUNCTION "shop_order_note_94455a30_fill"() RETURNS trigger AS $$
    BEGIN
        IF NEW."note" IS NULL THEN
    NEW."note" := '';
        END IF;
        RETURN NEW;
    END
    $$ LANGUAGE plpgsql
    """,
            'DROP TRIGGER IF EXISTS "shop_order_note_94455a30_fill" ON "shop_order"',
            """
    CREATE TRIGGER "shop_order_note_94455a30_fill" BEFORE INSERT OR UPDATE ON "shop_order"
    FOR EACH ROW EXECUTE FUNCTION "shop_order_note_94455a30_fill"()
    """,
        ],
    ),
    "#);
}

#[test]
fn another_type() {
    assert_snapshot!(planned(&models(&[STATUS, NOTE, "    total = models.BigIntegerField()\n", OWNER])), @r#"
    alter-column-type

    1. Give Order.total a column of the new type
    cannot be taken back: what is written to Order.total after the swap is in the new column only
    --- 0002_order_total.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.AddField(
                model_name="order",
                name="total_new",
                field=models.BigIntegerField(null=True),
            ),
        ],
    ),
    migrations.RunSQL(
        sql=[
            """
    CREATE OR REPLACE FUNCTION "shop_order_total_new_ea658622_follow"() RETURNS trigger AS $$
    BEGIN
        NEW."total_new" := NEW."total";
        RETURN NEW;
    END
    $$ LANGUAGE plpgsql
    """,
            'DROP TRIGGER IF EXISTS "shop_order_total_new_ea658622_follow" ON "shop_order"',
            """
    CREATE TRIGGER "shop_order_total_new_ea658622_follow" BEFORE INSERT OR UPDATE ON "shop_order"
    FOR EACH ROW EXECUTE FUNCTION "shop_order_total_new_ea658622_follow"()
    """,
        ],
        reverse_sql=[
            'DROP TRIGGER IF EXISTS "shop_order_total_new_ea658622_follow" ON "shop_order"',
            'DROP FUNCTION IF EXISTS "shop_order_total_new_ea658622_follow"()',
        ],
    ),
    --- 0003_order_total_copy.py
    not atomic
    update = 'UPDATE "shop_order" SET "total_new" = "total" WHERE "total_new" IS NULL AND "id" >= %s'
    migrations.RunPython(fill, migrations.RunPython.noop),
    --- 0004_order_total_check.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_total_new_ea658622_notnull" CHECK ("total_new" IS NOT NULL) NOT VALID',
        reverse_sql='ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_total_new_ea658622_notnull"',
    ),
    --- 0005_order_total_validate.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" VALIDATE CONSTRAINT "shop_order_total_new_ea658622_notnull"',
        reverse_sql=migrations.RunSQL.noop,
    ),
    --- 0006_order_total_not_null.py
    migrations.RunSQL(
        sql=[
            'ALTER TABLE "shop_order" ALTER COLUMN "total_new" SET NOT NULL',
            'ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_total_new_ea658622_notnull"',
        ],
        reverse_sql='ALTER TABLE "shop_order" ALTER COLUMN "total_new" DROP NOT NULL',
    ),
    --- 0007_order_total_swap.py
    migrations.RunSQL(
        sql=[
            'DROP TRIGGER IF EXISTS "shop_order_total_new_ea658622_follow" ON "shop_order"',
            'DROP FUNCTION IF EXISTS "shop_order_total_new_ea658622_follow"()',
            'ALTER TABLE "shop_order" RENAME COLUMN "total" TO "total_old"',
            'ALTER TABLE "shop_order" RENAME COLUMN "total_new" TO "total"',
            'ALTER TABLE "shop_order" ALTER COLUMN "total_old" DROP NOT NULL',
        ],
        state_operations=[
            migrations.AlterField(
                model_name="order",
                name="total",
                field=models.BigIntegerField(),
            ),
        ],
    ),

    2. Drop the old column of Order.total
    cannot be taken back: the old column is gone
    --- 0008_order_total_drop_old.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" DROP COLUMN "total_old"',
    ),
    "#);
}

#[test]
fn another_type_that_old_code_does_not_know() {
    assert_snapshot!(planned(&models(&[STATUS, NOTE, "    total = models.CharField(max_length=20)\n", OWNER])), @r#"
    alter-column-type

    1. Give Order.total a column of the new type, under another name
    shop/models.py:     total = models.CharField(db_column="total_new", max_length=20)
    --- 0002_order_total.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.AddField(
                model_name="order",
                name="total_new",
                field=models.CharField(
                    db_column="total_new",
                    max_length=20,
                    null=True,
                ),
            ),
        ],
        state_operations=[
            migrations.AlterField(
                model_name="order",
                name="total",
                field=models.CharField(db_column="total_new", max_length=20),
            ),
        ],
    ),
    migrations.RunSQL(
        sql=[
            """
    CREATE OR REPLACE FUNCTION "shop_order_total_new_ea658622_follow"() RETURNS trigger AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
    IF NEW."total_new" IS NOT NULL THEN
        NEW."total" := NEW."total_new"::integer;
    ELSE
        NEW."total_new" := NEW."total"::text;
    END IF;
        ELSIF NEW."total_new" IS DISTINCT FROM OLD."total_new" THEN
    IF NEW."total"::text IS DISTINCT FROM NEW."total_new" THEN
        NEW."total" := NEW."total_new"::integer;
    END IF;
        ELSIF NEW."total" IS DISTINCT FROM OLD."total" THEN
    IF NEW."total_new"::integer IS DISTINCT FROM NEW."total" THEN
        NEW."total_new" := NEW."total"::text;
    END IF;
        END IF;
        RETURN NEW;
    END
    $$ LANGUAGE plpgsql
    """,
            'DROP TRIGGER IF EXISTS "shop_order_total_new_ea658622_follow" ON "shop_order"',
            """
    CREATE TRIGGER "shop_order_total_new_ea658622_follow" BEFORE INSERT OR UPDATE ON "shop_order"
    FOR EACH ROW EXECUTE FUNCTION "shop_order_total_new_ea658622_follow"()
    """,
        ],
        reverse_sql=[
            'DROP TRIGGER IF EXISTS "shop_order_total_new_ea658622_follow" ON "shop_order"',
            'DROP FUNCTION IF EXISTS "shop_order_total_new_ea658622_follow"()',
        ],
    ),
    --- 0003_order_total_copy.py
    not atomic
    update = 'UPDATE "shop_order" SET "total_new" = "total"::text WHERE "total_new" IS NULL AND "id" >= %s'
    migrations.RunPython(fill, migrations.RunPython.noop),
    --- 0004_order_total_check.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_total_new_ea658622_notnull" CHECK ("total_new" IS NOT NULL) NOT VALID',
        reverse_sql='ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_total_new_ea658622_notnull"',
    ),
    --- 0005_order_total_validate.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" VALIDATE CONSTRAINT "shop_order_total_new_ea658622_notnull"',
        reverse_sql=migrations.RunSQL.noop,
    ),
    --- 0006_order_total_not_null.py
    migrations.RunSQL(
        sql=[
            'ALTER TABLE "shop_order" ALTER COLUMN "total_new" SET NOT NULL',
            'ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_total_new_ea658622_notnull"',
        ],
        reverse_sql='ALTER TABLE "shop_order" ALTER COLUMN "total_new" DROP NOT NULL',
    ),

    2. Give the new column of Order.total its name
    --- 0007_order_total_in_place.py
    migrations.RunSQL(
        sql=[
            'DROP TRIGGER IF EXISTS "shop_order_total_new_ea658622_follow" ON "shop_order"',
            'DROP FUNCTION IF EXISTS "shop_order_total_new_ea658622_follow"()',
            'ALTER TABLE "shop_order" RENAME COLUMN "total" TO "total_old"',
        ],
        reverse_sql=[
            'ALTER TABLE "shop_order" RENAME COLUMN "total_old" TO "total"',
            """
    CREATE OR REPLACE FUNCTION "shop_order_total_new_ea658622_follow"() RETURNS trigger AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
    IF NEW."total_new" IS NOT NULL THEN
        NEW."total" := NEW."total_new"::integer;
    ELSE
        NEW."total_new" := NEW."total"::text;
    END IF;
        ELSIF NEW."total_new" IS DISTINCT FROM OLD."total_new" THEN
    IF NEW."total"::text IS DISTINCT FROM NEW."total_new" THEN
        NEW."total" := NEW."total_new"::integer;
    END IF;
        ELSIF NEW."total" IS DISTINCT FROM OLD."total" THEN
    IF NEW."total_new"::integer IS DISTINCT FROM NEW."total" THEN
        NEW."total_new" := NEW."total"::text;
    END IF;
        END IF;
        RETURN NEW;
    END
    $$ LANGUAGE plpgsql
    """,
            'DROP TRIGGER IF EXISTS "shop_order_total_new_ea658622_follow" ON "shop_order"',
            """
    CREATE TRIGGER "shop_order_total_new_ea658622_follow" BEFORE INSERT OR UPDATE ON "shop_order"
    FOR EACH ROW EXECUTE FUNCTION "shop_order_total_new_ea658622_follow"()
    """,
        ],
    ),
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.AddField(
                model_name="order",
                name="total_in_place",
                field=models.CharField(db_column="total", max_length=20, null=True),
            ),
        ],
        state_operations=[
            migrations.AlterField(
                model_name="order",
                name="total",
                field=models.CharField(max_length=20),
            ),
        ],
    ),
    migrations.RunSQL(
        sql=[
            """
    CREATE OR REPLACE FUNCTION "shop_order_total_5d6d00f1_follow"() RETURNS trigger AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
    IF NEW."total" IS NOT NULL THEN
        NEW."total_new" := NEW."total";
    ELSE
        NEW."total" := NEW."total_new";
    END IF;
        ELSIF NEW."total" IS DISTINCT FROM OLD."total" THEN
    NEW."total_new" := NEW."total";
        ELSIF NEW."total_new" IS DISTINCT FROM OLD."total_new" THEN
    NEW."total" := NEW."total_new";
        END IF;
        IF NEW."total_old"::text IS DISTINCT FROM NEW."total_new" THEN
    NEW."total_old" := NEW."total_new"::integer;
        END IF;
        RETURN NEW;
    END
    $$ LANGUAGE plpgsql
    """,
            'DROP TRIGGER IF EXISTS "shop_order_total_5d6d00f1_follow" ON "shop_order"',
            """
    CREATE TRIGGER "shop_order_total_5d6d00f1_follow" BEFORE INSERT OR UPDATE ON "shop_order"
    FOR EACH ROW EXECUTE FUNCTION "shop_order_total_5d6d00f1_follow"()
    """,
        ],
        reverse_sql=[
            'DROP TRIGGER IF EXISTS "shop_order_total_5d6d00f1_follow" ON "shop_order"',
            'DROP FUNCTION IF EXISTS "shop_order_total_5d6d00f1_follow"()',
        ],
    ),
    --- 0008_order_total_in_place_copy.py
    not atomic
    update = 'UPDATE "shop_order" SET "total" = "total_new" WHERE "total" IS NULL AND "id" >= %s'
    migrations.RunPython(fill, migrations.RunPython.noop),
    --- 0009_order_total_in_place_check.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_total_5d6d00f1_notnull" CHECK ("total" IS NOT NULL) NOT VALID',
        reverse_sql='ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_total_5d6d00f1_notnull"',
    ),
    --- 0010_order_total_in_place_validate.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" VALIDATE CONSTRAINT "shop_order_total_5d6d00f1_notnull"',
        reverse_sql=migrations.RunSQL.noop,
    ),
    --- 0011_order_total_in_place_not_null.py
    migrations.RunSQL(
        sql=[
            'ALTER TABLE "shop_order" ALTER COLUMN "total" SET NOT NULL',
            'ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_total_5d6d00f1_notnull"',
        ],
        reverse_sql='ALTER TABLE "shop_order" ALTER COLUMN "total" DROP NOT NULL',
    ),

    3. Drop the other columns of Order.total
    cannot be taken back: the columns total_old and total_new are gone; total has all their values
    --- 0012_order_total_drop_old.py
    migrations.RunSQL(
        sql=[
            'DROP TRIGGER IF EXISTS "shop_order_total_5d6d00f1_follow" ON "shop_order"',
            'DROP FUNCTION IF EXISTS "shop_order_total_5d6d00f1_follow"()',
            'ALTER TABLE "shop_order" DROP COLUMN "total_old", DROP COLUMN "total_new"',
        ],
    ),
    "#);
}

#[test]
fn a_type_that_has_no_room_for_some_values() {
    assert_snapshot!(planned(&models(&["    status = models.CharField(max_length=5, default=\"draft\")\n", NOTE, TOTAL, OWNER])), @r#"
    alter-column-type

    1. Stop writing values to Order.status that the new type has no room for
    --- 0002_alter_order_status.py
    migrations.SeparateDatabaseAndState(
        state_operations=[
            migrations.AlterField(
                model_name="order",
                name="status",
                field=models.CharField(default="draft", max_length=5),
            ),
        ],
    ),

    2. Give Order.status a column of the new type
    --- 0003_order_status.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.AddField(
                model_name="order",
                name="status_new",
                field=models.CharField(max_length=5, null=True),
            ),
        ],
    ),
    migrations.RunSQL(
        sql=[
            """
    CREATE OR REPLACE FUNCTION "shop_order_status_new_38cd176b_follow"() RETURNS trigger AS $$
    BEGIN
        NEW."status_new" := NEW."status";
        RETURN NEW;
    END
    $$ LANGUAGE plpgsql
    """,
            'DROP TRIGGER IF EXISTS "shop_order_status_new_38cd176b_follow" ON "shop_order"',
            """
    CREATE TRIGGER "shop_order_status_new_38cd176b_follow" BEFORE INSERT OR UPDATE ON "shop_order"
    FOR EACH ROW EXECUTE FUNCTION "shop_order_status_new_38cd176b_follow"()
    """,
        ],
        reverse_sql=[
            'DROP TRIGGER IF EXISTS "shop_order_status_new_38cd176b_follow" ON "shop_order"',
            'DROP FUNCTION IF EXISTS "shop_order_status_new_38cd176b_follow"()',
        ],
    ),
    --- 0004_order_status_copy.py
    not atomic
    update = 'UPDATE "shop_order" SET "status_new" = "status" WHERE "status_new" IS NULL AND "id" >= %s'
    migrations.RunPython(fill, migrations.RunPython.noop),
    --- 0005_order_status_check.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_status_new_38cd176b_notnull" CHECK ("status_new" IS NOT NULL) NOT VALID',
        reverse_sql='ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_status_new_38cd176b_notnull"',
    ),
    --- 0006_order_status_validate.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" VALIDATE CONSTRAINT "shop_order_status_new_38cd176b_notnull"',
        reverse_sql=migrations.RunSQL.noop,
    ),
    --- 0007_order_status_not_null.py
    migrations.RunSQL(
        sql=[
            'ALTER TABLE "shop_order" ALTER COLUMN "status_new" SET NOT NULL',
            'ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_status_new_38cd176b_notnull"',
        ],
        reverse_sql='ALTER TABLE "shop_order" ALTER COLUMN "status_new" DROP NOT NULL',
    ),
    --- 0008_order_status_swap.py
    migrations.RunSQL(
        sql=[
            'DROP TRIGGER IF EXISTS "shop_order_status_new_38cd176b_follow" ON "shop_order"',
            'DROP FUNCTION IF EXISTS "shop_order_status_new_38cd176b_follow"()',
            'ALTER TABLE "shop_order" RENAME COLUMN "status" TO "status_old"',
            'ALTER TABLE "shop_order" RENAME COLUMN "status_new" TO "status"',
            """
    CREATE OR REPLACE FUNCTION "shop_order_status_old_d0681dfe_follow"() RETURNS trigger AS $$
    BEGIN
        NEW."status_old" := NEW."status";
        RETURN NEW;
    END
    $$ LANGUAGE plpgsql
    """,
            'DROP TRIGGER IF EXISTS "shop_order_status_old_d0681dfe_follow" ON "shop_order"',
            """
    CREATE TRIGGER "shop_order_status_old_d0681dfe_follow" BEFORE INSERT OR UPDATE ON "shop_order"
    FOR EACH ROW EXECUTE FUNCTION "shop_order_status_old_d0681dfe_follow"()
    """,
        ],
        reverse_sql=[
            'DROP TRIGGER IF EXISTS "shop_order_status_old_d0681dfe_follow" ON "shop_order"',
            'DROP FUNCTION IF EXISTS "shop_order_status_old_d0681dfe_follow"()',
            'ALTER TABLE "shop_order" RENAME COLUMN "status" TO "status_new"',
            'ALTER TABLE "shop_order" RENAME COLUMN "status_old" TO "status"',
            """
    CREATE OR REPLACE FUNCTION "shop_order_status_new_38cd176b_follow"() RETURNS trigger AS $$
    BEGIN
        NEW."status_new" := NEW."status";
        RETURN NEW;
    END
    $$ LANGUAGE plpgsql
    """,
            'DROP TRIGGER IF EXISTS "shop_order_status_new_38cd176b_follow" ON "shop_order"',
            """
    CREATE TRIGGER "shop_order_status_new_38cd176b_follow" BEFORE INSERT OR UPDATE ON "shop_order"
    FOR EACH ROW EXECUTE FUNCTION "shop_order_status_new_38cd176b_follow"()
    """,
        ],
    ),

    3. Drop the old column of Order.status
    cannot be taken back: the old column is gone
    --- 0009_order_status_drop_old.py
    migrations.RunSQL(
        sql=[
            'DROP TRIGGER IF EXISTS "shop_order_status_old_d0681dfe_follow" ON "shop_order"',
            'DROP FUNCTION IF EXISTS "shop_order_status_old_d0681dfe_follow"()',
            'ALTER TABLE "shop_order" DROP COLUMN "status_old"',
        ],
    ),
    "#);
}

#[test]
fn a_type_without_a_cast() {
    assert_snapshot!(planned(&models(&[STATUS, NOTE, "    total = models.DateField()\n", OWNER])), @r"
    no plan: Alter field total on order
      PostgreSQL does not cast the values of Order.total to the new type and back: add another field of that type, fill it from this one, and remove this one when nobody uses it
    ");
}

#[test]
fn a_column_becomes_unique() {
    assert_snapshot!(planned(&models(&["    status = models.CharField(max_length=10, default=\"draft\", unique=True)\n", NOTE, TOTAL, OWNER])), @r#"
    add-unique-constraint

    1. Alter Order.status
    --- 0002_order_status_unique.py
    not atomic
    migrations.RunSQL(
        sql=[
            'DROP INDEX CONCURRENTLY IF EXISTS "shop_order_status_16691b37_uniq"',
            'CREATE UNIQUE INDEX CONCURRENTLY "shop_order_status_16691b37_uniq" ON "shop_order" ("status")',
        ],
        reverse_sql='DROP INDEX CONCURRENTLY IF EXISTS "shop_order_status_16691b37_uniq"',
    ),
    --- 0003_order_status_like.py
    not atomic
    migrations.RunSQL(
        sql=[
            'DROP INDEX CONCURRENTLY IF EXISTS "shop_order_status_16691b37_like"',
            'CREATE INDEX CONCURRENTLY "shop_order_status_16691b37_like" ON "shop_order" ("status" varchar_pattern_ops)',
        ],
        reverse_sql='DROP INDEX CONCURRENTLY IF EXISTS "shop_order_status_16691b37_like"',
    ),
    --- 0004_order_status_constraint.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_status_16691b37_uniq" UNIQUE USING INDEX "shop_order_status_16691b37_uniq"',
        reverse_sql='ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_status_16691b37_uniq"',
    ),
    --- 0005_alter_order_status.py
    migrations.SeparateDatabaseAndState(
        state_operations=[
            migrations.AlterField(
                model_name="order",
                name="status",
                field=models.CharField(default="draft", max_length=10, unique=True),
            ),
        ],
    ),
    "#);
}

#[test]
fn an_index() {
    assert_snapshot!(planned(&models(&[STATUS, NOTE, TOTAL, OWNER, "\n    class Meta:\n        indexes = [models.Index(fields=[\"total\"], name=\"order_total\")]\n"])), @r#"
    add-index-blocking

    1. Build the index order_total
    --- 0002_order_total.py
    not atomic
    migrations.RunSQL(
        sql='DROP INDEX CONCURRENTLY IF EXISTS "order_total"',
        reverse_sql=migrations.RunSQL.noop,
    ),
    AddIndexConcurrently(
        model_name="order",
        index=models.Index(fields=("total",), name="order_total"),
    ),
    "#);
}

#[test]
fn constraints() {
    assert_snapshot!(planned(&models(&[STATUS, NOTE, TOTAL, OWNER, "\n    class Meta:\n        constraints = [\n            models.CheckConstraint(condition=models.Q(total__gte=0), name=\"total_positive\"),\n            models.UniqueConstraint(fields=[\"status\", \"total\"], name=\"one_total\"),\n            models.UniqueConstraint(fields=[\"note\"], condition=models.Q(status=\"open\"), name=\"one_note\"),\n        ]\n"])), @r#"
    add-check-validating add-unique-constraint

    1. Add the check total_positive

    1. Make status, total of shop_order unique

    1. Build the unique index one_note
    --- 0002_total_positive.py
    AddConstraintNotValid(
        model_name="order",
        constraint=models.CheckConstraint(
            condition=models.Q(("total__gte", 0)),
            name="total_positive",
        ),
    ),
    --- 0003_total_positive_validate.py
    ValidateConstraint(
        model_name="order",
        name="total_positive",
    ),
    --- 0004_one_total_index.py
    not atomic
    migrations.RunSQL(
        sql=[
            'DROP INDEX CONCURRENTLY IF EXISTS "one_total"',
            'CREATE UNIQUE INDEX CONCURRENTLY "one_total" ON "shop_order" ("status", "total")',
        ],
        reverse_sql='DROP INDEX CONCURRENTLY IF EXISTS "one_total"',
    ),
    --- 0005_one_total.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ADD CONSTRAINT "one_total" UNIQUE USING INDEX "one_total"',
        reverse_sql='ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "one_total"',
        state_operations=[
            migrations.AddConstraint(
                model_name="order",
                constraint=models.UniqueConstraint(
                    fields=("status", "total"),
                    name="one_total",
                ),
            ),
        ],
    ),
    --- 0006_order_one_note.py
    not atomic
    statement = str(constraint.create_sql(Order, schema_editor))
    statement.replace("UNIQUE INDEX", "UNIQUE INDEX CONCURRENTLY", 1)
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                sql='DROP INDEX CONCURRENTLY IF EXISTS "one_note"',
                reverse_sql='DROP INDEX CONCURRENTLY IF EXISTS "one_note"',
            ),
            migrations.RunPython(create_index, migrations.RunPython.noop),
        ],
        state_operations=[
            migrations.AddConstraint(
                model_name="order",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("status", "open")),
                    fields=("note",),
                    name="one_note",
                ),
            ),
        ],
    ),
    "#);
}

#[test]
fn unique_together() {
    assert_snapshot!(planned(&models(&[STATUS, NOTE, TOTAL, OWNER, "\n    class Meta:\n        unique_together = [(\"status\", \"total\")]\n"])), @r#"
    add-unique-constraint

    1. Change unique_together of Order
    --- 0002_shop_order_status_total_d419ae47_uniq_index.py
    not atomic
    migrations.RunSQL(
        sql=[
            'DROP INDEX CONCURRENTLY IF EXISTS "shop_order_status_total_d419ae47_uniq"',
            'CREATE UNIQUE INDEX CONCURRENTLY "shop_order_status_total_d419ae47_uniq" ON "shop_order" ("status", "total")',
        ],
        reverse_sql='DROP INDEX CONCURRENTLY IF EXISTS "shop_order_status_total_d419ae47_uniq"',
    ),
    --- 0003_shop_order_status_total_d419ae47_uniq.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_status_total_d419ae47_uniq" UNIQUE USING INDEX "shop_order_status_total_d419ae47_uniq"',
        reverse_sql='ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_status_total_d419ae47_uniq"',
    ),
    --- 0004_alter_order_unique_together.py
    migrations.SeparateDatabaseAndState(
        state_operations=[
            migrations.AlterUniqueTogether(
                name="order",
                unique_together={("status", "total")},
            ),
        ],
    ),
    "#);
}

#[test]
fn null_is_forbidden_where_nothing_says_what_rows_get() {
    assert_snapshot!(planned(&models(&[STATUS, "    note = models.TextField()\n", TOTAL, OWNER])), @r#"
    set-not-null

    1. Stop writing NULL to Order.note
    --- 0002_alter_order_note.py
    migrations.SeparateDatabaseAndState(
        state_operations=[
            migrations.AlterField(
                model_name="order",
                name="note",
                field=models.TextField(),
            ),
        ],
    ),

    2. Forbid NULL in Order.note
    --- 0003_order_note_look.py
    migrations.RunSQL(
        sql="""
    DO $$
    BEGIN
        IF EXISTS (SELECT FROM "shop_order" WHERE "note" IS NULL) THEN
    RAISE EXCEPTION '%', 'rows of shop_order have no note: fill them, and run the migration again';
        END IF;
    END
    $$
    """,
        reverse_sql=migrations.RunSQL.noop,
    ),
    --- 0004_order_note_check.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_note_94455a30_notnull" CHECK ("note" IS NOT NULL) NOT VALID',
        reverse_sql='ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_note_94455a30_notnull"',
    ),
    --- 0005_order_note_validate.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" VALIDATE CONSTRAINT "shop_order_note_94455a30_notnull"',
        reverse_sql=migrations.RunSQL.noop,
    ),
    --- 0006_order_note_not_null.py
    migrations.RunSQL(
        sql=[
            'ALTER TABLE "shop_order" ALTER COLUMN "note" SET NOT NULL',
            'ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_note_94455a30_notnull"',
        ],
        reverse_sql='ALTER TABLE "shop_order" ALTER COLUMN "note" DROP NOT NULL',
    ),
    "#);
}
