//! Columns and tables that go, or get another name.

use insta::assert_snapshot;

use super::{BEFORE, CUSTOMER, NOTE, OWNER, STATUS, TOTAL, from_tables, models, planned, replaced};

#[test]
fn a_column_that_goes() {
    assert_snapshot!(planned(&models(&[NOTE, TOTAL, OWNER])), @r#"
    remove-column

    1. Stop using Order.status
    --- 0002_remove_order_status.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                sql="ALTER TABLE \"shop_order\" ALTER COLUMN \"status\" SET DEFAULT 'draft'",
                reverse_sql='ALTER TABLE "shop_order" ALTER COLUMN "status" DROP DEFAULT',
            ),
        ],
        state_operations=[
            migrations.RemoveField(
                model_name="order",
                name="status",
            ),
        ],
    ),

    2. Drop Order.status in the database
    cannot be taken back: what Order.status held is gone
    --- 0003_drop_order_status.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.SeparateDatabaseAndState(
                state_operations=[
                    migrations.AddField(
                        model_name="order",
                        name="status",
                        field=models.CharField(default="draft", max_length=10),
                    ),
                ],
            ),
            migrations.RunSQL(
                sql=migrations.RunSQL.noop,
                reverse_sql="ALTER TABLE \"shop_order\" ALTER COLUMN \"status\" SET DEFAULT 'draft'",
            ),
            migrations.RemoveField(
                model_name="order",
                name="status",
            ),
        ],
    ),
    "#);
}

#[test]
fn a_foreign_key_that_goes() {
    assert_snapshot!(planned(&models(&[STATUS, NOTE, TOTAL])), @r#"
    remove-column

    1. Stop using Order.customer
    cannot be taken back: rows that come without Order.customer have no value for it
    --- 0002_remove_order_customer.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.AlterField(
                model_name="order",
                name="customer",
                field=models.ForeignKey(
                    db_constraint=False,
                    null=True,
                    on_delete=models.CASCADE,
                    to="shop.customer",
                ),
            ),
        ],
        state_operations=[
            migrations.RemoveField(
                model_name="order",
                name="customer",
            ),
        ],
    ),

    2. Drop Order.customer in the database
    cannot be taken back: what Order.customer held is gone
    --- 0003_drop_order_customer.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.SeparateDatabaseAndState(
                state_operations=[
                    migrations.AddField(
                        model_name="order",
                        name="customer",
                        field=models.ForeignKey(
                            db_constraint=False,
                            null=True,
                            on_delete=models.CASCADE,
                            to="shop.customer",
                        ),
                    ),
                ],
            ),
            migrations.RemoveField(
                model_name="order",
                name="customer",
            ),
        ],
    ),
    "#);
}

#[test]
fn a_model_that_goes() {
    assert_snapshot!(planned(&format!("from django.db import models\n\n\n{CUSTOMER}")), @r#"
    remove-table

    1. Stop using Order
    --- 0002_delete_order.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.AlterField(
                model_name="order",
                name="customer",
                field=models.ForeignKey(
                    db_constraint=False,
                    on_delete=models.CASCADE,
                    to="shop.customer",
                ),
            ),
        ],
        state_operations=[
            migrations.DeleteModel(
                name="Order",
            ),
        ],
    ),

    2. Drop the table of Order in the database
    cannot be taken back: what shop_order held is gone
    --- 0003_drop_order.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.SeparateDatabaseAndState(
                state_operations=[
                    migrations.CreateModel(
                        name="Order",
                        fields=[
                            (
                                "id",
                                models.BigAutoField(
                                    auto_created=True,
                                    primary_key=True,
                                    serialize=False,
                                    verbose_name="ID",
                                ),
                            ),
                            (
                                "status",
                                models.CharField(default="draft", max_length=10),
                            ),
                            ("note", models.TextField(blank=True, null=True)),
                            ("total", models.IntegerField()),
                            (
                                "customer",
                                models.ForeignKey(
                                    on_delete=models.CASCADE,
                                    to="shop.customer",
                                ),
                            ),
                        ],
                    ),
                    migrations.AlterField(
                        model_name="order",
                        name="customer",
                        field=models.ForeignKey(
                            db_constraint=False,
                            on_delete=models.CASCADE,
                            to="shop.customer",
                        ),
                    ),
                ],
            ),
            migrations.DeleteModel(
                name="Order",
            ),
        ],
    ),
    "#);
}

#[test]
fn a_field_gets_another_name() {
    assert_snapshot!(replaced("migrations.RenameField(\"order\", \"total\", \"amount\")", &models(&[STATUS, NOTE, "    amount = models.IntegerField()\n", OWNER])), @r#"
    rename-column

    1. Give Order.amount a column of the new name
    remove shop/migrations/0002_change.py
    --- 0002_order_amount.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.AddField(
                model_name="order",
                name="amount",
                field=models.IntegerField(null=True),
            ),
        ],
    ),
    migrations.RunSQL(
        sql=[
            """
    CREATE OR REPLACE FUNCTION "shop_order_amount_671b311a_follow"() RETURNS trigger AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
    IF NEW."amount" IS NOT NULL THEN
        NEW."total" := NEW."amount";
    ELSE
        NEW."amount" := NEW."total";
    END IF;
        ELSIF NEW."amount" IS DISTINCT FROM OLD."amount" THEN
    NEW."total" := NEW."amount";
        ELSIF NEW."total" IS DISTINCT FROM OLD."total" THEN
    NEW."amount" := NEW."total";
        END IF;
        RETURN NEW;
    END
    $$ LANGUAGE plpgsql
    """,
            'DROP TRIGGER IF EXISTS "shop_order_amount_671b311a_follow" ON "shop_order"',
            """
    CREATE TRIGGER "shop_order_amount_671b311a_follow" BEFORE INSERT OR UPDATE ON "shop_order"
    FOR EACH ROW EXECUTE FUNCTION "shop_order_amount_671b311a_follow"()
    """,
        ],
        reverse_sql=[
            'DROP TRIGGER IF EXISTS "shop_order_amount_671b311a_follow" ON "shop_order"',
            'DROP FUNCTION IF EXISTS "shop_order_amount_671b311a_follow"()',
        ],
    ),
    --- 0003_order_amount_copy.py
    not atomic
    update = 'UPDATE "shop_order" SET "amount" = "total" WHERE "amount" IS NULL AND "id" >= %s'
    migrations.RunPython(fill, migrations.RunPython.noop),
    --- 0004_order_amount_check.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_amount_671b311a_notnull" CHECK ("amount" IS NOT NULL) NOT VALID',
        reverse_sql='ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_amount_671b311a_notnull"',
    ),
    --- 0005_order_amount_validate.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" VALIDATE CONSTRAINT "shop_order_amount_671b311a_notnull"',
        reverse_sql=migrations.RunSQL.noop,
    ),
    --- 0006_order_amount_not_null.py
    migrations.RunSQL(
        sql=[
            'ALTER TABLE "shop_order" ALTER COLUMN "amount" SET NOT NULL',
            'ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_amount_671b311a_notnull"',
        ],
        reverse_sql='ALTER TABLE "shop_order" ALTER COLUMN "amount" DROP NOT NULL',
        state_operations=[
            migrations.RenameField(
                model_name="order",
                old_name="total",
                new_name="amount",
            ),
        ],
    ),

    2. Drop the old column of Order.amount
    --- 0007_order_amount_if_taken_back.py
    not atomic
    update = 'UPDATE "shop_order" SET "total" = "amount" WHERE "total" IS NULL AND "id" >= %s'
    migrations.RunSQL(
        sql=migrations.RunSQL.noop,
        reverse_sql=[
            'ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_total_5d6d00f1_notnull" CHECK ("total" IS NOT NULL) NOT VALID',
            'ALTER TABLE "shop_order" VALIDATE CONSTRAINT "shop_order_total_5d6d00f1_notnull"',
            'ALTER TABLE "shop_order" ALTER COLUMN "total" SET NOT NULL',
            'ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_total_5d6d00f1_notnull"',
        ],
    ),
    migrations.RunPython(migrations.RunPython.noop, fill),
    --- 0008_order_amount_drop_old.py
    migrations.RunSQL(
        sql=[
            'DROP TRIGGER IF EXISTS "shop_order_amount_671b311a_follow" ON "shop_order"',
            'DROP FUNCTION IF EXISTS "shop_order_amount_671b311a_follow"()',
        ],
        reverse_sql=[
            """
    CREATE OR REPLACE FUNCTION "shop_order_amount_671b311a_follow"() RETURNS trigger AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
    IF NEW."amount" IS NOT NULL THEN
        NEW."total" := NEW."amount";
    ELSE
        NEW."amount" := NEW."total";
    END IF;
        ELSIF NEW."amount" IS DISTINCT FROM OLD."amount" THEN
    NEW."total" := NEW."amount";
        ELSIF NEW."total" IS DISTINCT FROM OLD."total" THEN
    NEW."amount" := NEW."total";
        END IF;
        RETURN NEW;
    END
    $$ LANGUAGE plpgsql
    """,
            'DROP TRIGGER IF EXISTS "shop_order_amount_671b311a_follow" ON "shop_order"',
            """
    CREATE TRIGGER "shop_order_amount_671b311a_follow" BEFORE INSERT OR UPDATE ON "shop_order"
    FOR EACH ROW EXECUTE FUNCTION "shop_order_amount_671b311a_follow"()
    """,
        ],
    ),
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.SeparateDatabaseAndState(
                state_operations=[
                    migrations.AddField(
                        model_name="order",
                        name="order_amount_old",
                        field=models.IntegerField(db_column="total", null=True),
                    ),
                ],
            ),
            migrations.RemoveField(
                model_name="order",
                name="order_amount_old",
            ),
        ],
    ),
    "#);
}

#[test]
fn a_field_that_meta_names_gets_another_name() {
    let before = BEFORE.replace(
        "(on_delete=models.CASCADE, to=\"shop.customer\")),\n            ],",
        "(on_delete=models.CASCADE, to=\"shop.customer\")),\n            ],\n            options={\"unique_together\": {(\"note\", \"total\")}},",
    );
    assert!(before.contains("unique_together"));
    let models = models(&[
        STATUS,
        TOTAL,
        OWNER,
        "    remark = models.TextField(null=True, blank=True)\n\n    class Meta:\n        unique_together = [(\"remark\", \"total\")]\n",
    ]);
    assert_snapshot!(from_tables(&before, "postgresql", "5.2", &models, Some("migrations.RenameField(\"order\", \"note\", \"remark\")")), @r#"
    rename-column

    1. Give Order.remark a column of the new name
    remove shop/migrations/0002_change.py
    --- 0002_order_remark.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.AddField(
                model_name="order",
                name="remark",
                field=models.TextField(blank=True, null=True),
            ),
        ],
    ),
    migrations.RunSQL(
        sql=[
            """
    CREATE OR REPLACE FUNCTION "shop_order_remark_c75ebf4e_follow"() RETURNS trigger AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
    IF NEW."remark" IS NOT NULL THEN
        NEW."note" := NEW."remark";
    ELSE
        NEW."remark" := NEW."note";
    END IF;
        ELSIF NEW."remark" IS DISTINCT FROM OLD."remark" THEN
    NEW."note" := NEW."remark";
        ELSIF NEW."note" IS DISTINCT FROM OLD."note" THEN
    NEW."remark" := NEW."note";
        END IF;
        RETURN NEW;
    END
    $$ LANGUAGE plpgsql
    """,
            'DROP TRIGGER IF EXISTS "shop_order_remark_c75ebf4e_follow" ON "shop_order"',
            """
    CREATE TRIGGER "shop_order_remark_c75ebf4e_follow" BEFORE INSERT OR UPDATE ON "shop_order"
    FOR EACH ROW EXECUTE FUNCTION "shop_order_remark_c75ebf4e_follow"()
    """,
        ],
        reverse_sql=[
            'DROP TRIGGER IF EXISTS "shop_order_remark_c75ebf4e_follow" ON "shop_order"',
            'DROP FUNCTION IF EXISTS "shop_order_remark_c75ebf4e_follow"()',
        ],
    ),
    --- 0003_order_remark_copy.py
    not atomic
    update = 'UPDATE "shop_order" SET "remark" = "note" WHERE "remark" IS NULL AND "id" >= %s'
    migrations.RunPython(fill, migrations.RunPython.noop),
    --- 0004_shop_order_remark_total_2ccbd2a9_uniq_index.py
    not atomic
    migrations.RunSQL(
        sql=[
            'DROP INDEX CONCURRENTLY IF EXISTS "shop_order_remark_total_2ccbd2a9_uniq"',
            'CREATE UNIQUE INDEX CONCURRENTLY "shop_order_remark_total_2ccbd2a9_uniq" ON "shop_order" ("remark", "total")',
        ],
        reverse_sql='DROP INDEX CONCURRENTLY IF EXISTS "shop_order_remark_total_2ccbd2a9_uniq"',
    ),
    --- 0005_shop_order_remark_total_2ccbd2a9_uniq.py
    migrations.RunSQL(
        sql='ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_remark_total_2ccbd2a9_uniq" UNIQUE USING INDEX "shop_order_remark_total_2ccbd2a9_uniq"',
        reverse_sql='ALTER TABLE "shop_order" DROP CONSTRAINT IF EXISTS "shop_order_remark_total_2ccbd2a9_uniq"',
    ),
    --- 0006_order_remark_state.py
    migrations.SeparateDatabaseAndState(
        state_operations=[
            migrations.RenameField(
                model_name="order",
                old_name="note",
                new_name="remark",
            ),
        ],
    ),

    2. Drop the old column of Order.remark
    cannot be taken back: the column note is gone; remark has all its values
    --- 0007_order_remark_drop_old.py
    migrations.RunSQL(
        sql=[
            'DROP TRIGGER IF EXISTS "shop_order_remark_c75ebf4e_follow" ON "shop_order"',
            'DROP FUNCTION IF EXISTS "shop_order_remark_c75ebf4e_follow"()',
            'ALTER TABLE "shop_order" DROP COLUMN "note"',
        ],
    ),
    "#);
}

#[test]
fn a_table_gets_another_name() {
    assert_snapshot!(planned(&models(&[STATUS, NOTE, TOTAL, OWNER, "\n    class Meta:\n        db_table = \"orders\"\n"])), @r#"
    rename-table

    1. Rename the table of Order, and keep a view of the old name
    --- 0002_rename_order.py
    migrations.RunSQL(
        sql=[
            'ALTER TABLE "shop_order" RENAME TO "orders"',
            'CREATE VIEW "shop_order" AS SELECT "id", "status", "note", "total", "customer_id" FROM "orders"',
        ],
        reverse_sql=[
            'DROP VIEW IF EXISTS "shop_order"',
            'ALTER TABLE "orders" RENAME TO "shop_order"',
        ],
        state_operations=[
            migrations.AlterModelTable(
                name="order",
                table="orders",
            ),
        ],
    ),

    2. Drop the view of the old name of Order
    --- 0003_order_drop_view.py
    migrations.RunSQL(
        sql='DROP VIEW IF EXISTS "shop_order"',
        reverse_sql='CREATE VIEW "shop_order" AS SELECT "id", "status", "note", "total", "customer_id" FROM "orders"',
    ),
    "#);
}

/// A model renamed, and then what the second operation says.
fn renamed_and(operation: &str, lines: &[&str]) -> String {
    let operations =
        format!("migrations.RenameModel(old_name=\"Order\", new_name=\"Purchase\"), {operation}");
    let models = models(lines).replace("class Order", "class Purchase");
    replaced(&operations, &models)
}

#[test]
fn a_table_that_changes_after_it_got_another_name() {
    assert_snapshot!(renamed_and("migrations.AddField(\"purchase\", \"kind\", models.CharField(default=\"new\", max_length=10))", &[STATUS, NOTE, TOTAL, OWNER, "    kind = models.CharField(max_length=10, default=\"new\")\n"]), @r#"
    add-not-null-column rename-table

    1. Rename the table of Purchase, and keep a view of the old name

    1. Add Purchase.kind
    remove shop/migrations/0002_change.py
    --- 0002_rename_purchase.py
    migrations.RunSQL(
        sql=[
            'ALTER TABLE "shop_order" RENAME TO "shop_purchase"',
            'CREATE VIEW "shop_order" AS SELECT "id", "status", "note", "total", "customer_id" FROM "shop_purchase"',
        ],
        reverse_sql=[
            'DROP VIEW IF EXISTS "shop_order"',
            'ALTER TABLE "shop_purchase" RENAME TO "shop_order"',
        ],
        state_operations=[
            migrations.RenameModel(
                old_name="Order",
                new_name="Purchase",
            ),
        ],
    ),
    --- 0003_purchase_kind.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.AddField(
                model_name="purchase",
                name="kind",
                field=models.CharField(db_default="new", max_length=10),
            ),
        ],
        state_operations=[
            migrations.AddField(
                model_name="purchase",
                name="kind",
                field=models.CharField(default="new", max_length=10),
            ),
        ],
    ),

    2. Drop the view of the old name of Purchase

    2. Drop the default of Purchase.kind in the database
    --- 0004_purchase_drop_view_purchase_kind_drop_default.py
    migrations.RunSQL(
        sql='DROP VIEW IF EXISTS "shop_order"',
        reverse_sql='CREATE VIEW "shop_order" AS SELECT "id", "status", "note", "total", "customer_id" FROM "shop_purchase"',
    ),
    migrations.RunSQL(
        sql='ALTER TABLE "shop_purchase" ALTER COLUMN "kind" DROP DEFAULT',
        reverse_sql="ALTER TABLE \"shop_purchase\" ALTER COLUMN \"kind\" SET DEFAULT 'new'",
    ),
    "#);
}

#[test]
fn what_a_view_of_the_old_name_would_not_show() {
    assert_snapshot!(renamed_and("migrations.AlterField(\"purchase\", \"total\", models.BigIntegerField())", &[STATUS, NOTE, "    total = models.BigIntegerField()\n", OWNER]), @r"
    no plan: Alter field total on purchase
      Purchase gets another name and changes otherwise, too: the view that has the old name for a release would not go along; let that wait for a plan of its own, which comes after this one
    ");
    // Django gives the type anew for another collation or comment.
    for argument in ["db_collation=\"C\"", "db_comment=\"As it is sent\""] {
        let field = format!("models.CharField(max_length=10, default=\"draft\", {argument})");
        let operation = format!("migrations.AlterField(\"purchase\", \"status\", {field})");
        let line = format!("    status = {field}\n");
        let plan = renamed_and(&operation, &[&line, NOTE, TOTAL, OWNER]);
        assert!(
            plan.starts_with(
                "no plan: Alter field status on purchase\n  Purchase gets another name"
            ),
            "{argument}: {plan}"
        );
    }
    // A text with more room takes a moment, but not where a view shows it.
    assert_snapshot!(renamed_and("migrations.AlterField(\"purchase\", \"status\", models.CharField(default=\"draft\", max_length=20))", &["    status = models.CharField(max_length=20, default=\"draft\")\n", NOTE, TOTAL, OWNER]), @r"
    no plan: Alter field status on purchase
      Purchase gets another name and changes otherwise, too: the view that has the old name for a release would not go along; let that wait for a plan of its own, which comes after this one
    ");
}

#[test]
fn what_a_view_of_the_old_name_shows_as_before() {
    // What code shows of a field, and how it calls it, is not for the database.
    let verbose = "models.IntegerField(verbose_name=\"sum\")";
    let operation = format!("migrations.AlterField(\"purchase\", \"total\", {verbose})");
    let total = format!("    total = {verbose}\n");
    let plan = renamed_and(&operation, &[STATUS, NOTE, &total, OWNER]);
    assert!(plan.starts_with("rename-table\n"), "{plan}");
    let operation = "migrations.AlterField(\"purchase\", \"note\", models.TextField(blank=True, null=True, db_column=\"note\")), migrations.RenameField(\"purchase\", \"note\", \"remark\")";
    let remark = "    remark = models.TextField(null=True, blank=True, db_column=\"note\")\n";
    let plan = renamed_and(operation, &[STATUS, remark, TOTAL, OWNER]);
    assert!(plan.starts_with("rename-table\n"), "{plan}");
}

#[test]
fn a_table_that_gets_columns_and_has_some_that_are_not_known() {
    let before = BEFORE.replace(
        "models.TextField(blank=True, null=True)",
        "somewhere.Field()",
    );
    let before = format!("import somewhere\n{before}");
    let note = "    note = somewhere.Field()\n";
    let purchase = |lines: &[&str], operation: &str| {
        let models = models(lines).replace("class Order", "class Purchase");
        let operations =
            format!("migrations.RenameModel(old_name=\"Order\", new_name=\"Purchase\"){operation}");
        let models = format!("import somewhere\n{models}");
        from_tables(&before, "postgresql", "5.2", &models, Some(&operations))
    };
    // Nothing comes that the view must not show.
    let plan = purchase(&[STATUS, note, TOTAL, OWNER], "");
    assert!(plan.contains("SELECT * FROM \"shop_purchase\""), "{plan}");
    // The release before knows a column that only the models have lost.
    let models = models(&[STATUS, NOTE, OWNER]).replace("class Order", "class Purchase");
    let plan = replaced(
        "migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField(\"order\", \"total\")]), migrations.RenameModel(old_name=\"Order\", new_name=\"Purchase\")",
        &models,
    );
    assert!(plan.contains("SELECT * FROM \"shop_purchase\""), "{plan}");
    let kind = "    kind = models.CharField(max_length=10, null=True)\n";
    let plan = purchase(
        &[STATUS, note, TOTAL, OWNER, kind],
        ", migrations.AddField(\"purchase\", \"kind\", models.CharField(max_length=10, null=True))",
    );
    assert!(plan.contains("not all of its columns are known"), "{plan}");
}

#[test]
fn a_table_that_changes_before_it_gets_another_name() {
    let kind = "    kind = models.CharField(max_length=10, default=\"new\")\n";
    let table = "\n    class Meta:\n        db_table = \"orders\"\n";
    assert_snapshot!(planned(&models(&[STATUS, NOTE, TOTAL, OWNER, kind, table])), @r"
    no plan: Add field kind to order
      Order gets another name and changes otherwise, too: a later release would look for it under the old one; let that wait for a plan of its own, which comes after this one
    ");
    // Nothing of an index is left for the next release.
    let index = "\n    class Meta:\n        db_table = \"orders\"\n        indexes = [models.Index(fields=[\"total\"], name=\"order_total\")]\n";
    let both = planned(&models(&[STATUS, NOTE, TOTAL, OWNER, index]));
    assert!(
        both.starts_with("add-index-blocking rename-table\n"),
        "{both}"
    );
}

#[test]
fn what_others_change_in_a_table_that_gets_another_name() {
    // The key of customers takes the column of orders along.
    let before = BEFORE.replace("models.BigAutoField", "models.AutoField");
    let larger =
        "class Customer(models.Model):\n    id = models.BigAutoField(primary_key=True)\n\n\n";
    let own = "    id = models.AutoField(primary_key=True)\n";
    let all = [own, STATUS, NOTE, TOTAL, OWNER];
    let renamed = models(&all)
        .replace(CUSTOMER, larger)
        .replace("class Order", "class Purchase");
    let operations = "migrations.RenameModel(old_name=\"Order\", new_name=\"Purchase\"), migrations.AlterField(\"customer\", \"id\", models.BigAutoField(primary_key=True))";
    assert_snapshot!(from_tables(&before, "postgresql", "5.2", &renamed, Some(operations)), @r"
    no plan: Alter field id on customer
      Purchase gets another name, and what is planned for Customer changes its table, too: a view that has the old name for a release would not go along; let that wait for a plan of its own, which comes after this one
    ");
    let moved = "\n    class Meta:\n        db_table = \"orders\"\n";
    let moved = models(&[&all[..], &[moved]].concat()).replace(CUSTOMER, larger);
    assert_snapshot!(from_tables(&before, "postgresql", "5.2", &moved, None), @r"
    no plan: Alter field id on customer
      Order gets another name, and what is planned for Customer changes its table, too: it would be looked for under the new one before it has that; let that wait for a plan of its own, which comes after this one
    ");
    // A foreign key to orders finds them under the name that they have by then.
    let order = "    order = models.ForeignKey(Purchase, on_delete=models.CASCADE, null=True)\n";
    let leading = format!(
        "{}\n\nclass Note(models.Model):\n    pass\n{order}",
        models(&[STATUS, NOTE, TOTAL, OWNER]).replace("class Order", "class Purchase")
    );
    let with_notes = BEFORE.replace(
        "        migrations.CreateModel(\n            name=\"Order\"",
        "        migrations.CreateModel(name=\"Note\", fields=[(\"id\", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name=\"ID\"))]),\n        migrations.CreateModel(\n            name=\"Order\"",
    );
    let operations = "migrations.RenameModel(old_name=\"Order\", new_name=\"Purchase\"), migrations.AddField(\"note\", \"order\", models.ForeignKey(on_delete=models.CASCADE, null=True, to=\"shop.purchase\"))";
    let plan = from_tables(&with_notes, "postgresql", "5.2", &leading, Some(operations));
    assert!(
        plan.starts_with("add-foreign-key-validating rename-table\n"),
        "{plan}"
    );
}
