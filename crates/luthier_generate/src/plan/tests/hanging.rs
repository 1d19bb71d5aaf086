//! What `Meta` has of a column that gets a second one, with conditions and expressions.

use insta::assert_snapshot;

use super::from_tables;

/// What is done to `Order.place`, which becomes larger, with this in `Meta`.
fn planned(option: &str, entry: &str) -> String {
    let fields = r#"("id", models.BigAutoField(primary_key=True)), ("shelf", models.IntegerField()), ("place", models.IntegerField())"#;
    let before = format!(
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    initial = True\n    dependencies = []\n    operations = [\n        migrations.CreateModel(name=\"Order\", fields=[{fields}], options={{\"{option}\": [{entry}]}}),\n    ]\n"
    );
    let models = format!(
        "from django.db import models\n\n\nclass Order(models.Model):\n    id = models.BigAutoField(primary_key=True)\n    shelf = models.IntegerField()\n    place = models.BigIntegerField()\n\n    class Meta:\n        {option} = [{entry}]\n"
    );
    let shown = from_tables(&before, "postgresql", "5.2", &models, None);
    let files = shown.split("--- ").filter(|file| {
        file.contains("place_second") || file.starts_with("no plan") || file.contains("drop_old")
    });
    files.collect()
}

#[test]
fn an_index_of_a_condition() {
    let entry = r#"models.Index(fields=["shelf"], name="part", condition=models.Q(place__gt=models.F("shelf")))"#;
    assert_snapshot!(planned("indexes", entry), @r#"
    0004_shop_order_part_place_new_9e44ae99_new.py
    not atomic
    migrations.RunSQL(
        sql='DROP INDEX CONCURRENTLY IF EXISTS "shop_order_part_place_new_9e44ae99_new"',
        reverse_sql=migrations.RunSQL.noop,
    ),
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.SeparateDatabaseAndState(
                state_operations=[
                    migrations.AddField(
                        model_name="order",
                        name="place_second",
                        field=models.BigIntegerField(
                            db_column="place_new",
                            null=True,
                        ),
                    ),
                ],
            ),
            AddIndexConcurrently(
                model_name="order",
                index=models.Index(
                    condition=models.Q(("place_second__gt", models.F("shelf"))),
                    fields=("shelf",),
                    name="shop_order_part_place_new_9e44ae99_new",
                ),
            ),
        ],
    ),
    0009_order_place_drop_old.py
    migrations.RunSQL(
        sql=[
            'ALTER TABLE "shop_order" DROP COLUMN "place_old"',
            'ALTER INDEX "shop_order_part_place_new_9e44ae99_new" RENAME TO "part"',
        ],
    ),
    "#);
}

#[test]
fn a_check() {
    let entry = r#"models.CheckConstraint(condition=models.Q(place__gte=0), name="positive")"#;
    assert_snapshot!(planned("constraints", entry), @r#"
    0004_shop_order_positive_place_new_c80d6b58_new.py
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.SeparateDatabaseAndState(
                state_operations=[
                    migrations.AddField(
                        model_name="order",
                        name="place_second",
                        field=models.BigIntegerField(
                            db_column="place_new",
                            null=True,
                        ),
                    ),
                ],
            ),
            AddConstraintNotValid(
                model_name="order",
                constraint=models.CheckConstraint(
                    condition=models.Q(("place_second__gte", 0)),
                    name="shop_order_positive_place_new_c80d6b58_new",
                ),
            ),
        ],
    ),
    0010_order_place_drop_old.py
    migrations.RunSQL(
        sql=[
            'ALTER TABLE "shop_order" DROP COLUMN "place_old"',
            'ALTER TABLE "shop_order" RENAME CONSTRAINT "shop_order_positive_place_new_c80d6b58_new" TO "positive"',
        ],
    ),
    "#);
}

#[test]
fn a_unique_constraint_of_a_condition() {
    let entry =
        r#"models.UniqueConstraint(fields=["place"], name="once", condition=models.Q(shelf=3))"#;
    assert_snapshot!(planned("constraints", entry), @r#"
    0004_shop_order_once_place_new_5d45f312_new.py
    not atomic
    statement = str(constraint.create_sql(Order, schema_editor))
    statement.replace("UNIQUE INDEX", "UNIQUE INDEX CONCURRENTLY", 1)
    migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.SeparateDatabaseAndState(
                state_operations=[
                    migrations.AddField(
                        model_name="order",
                        name="place_second",
                        field=models.BigIntegerField(
                            db_column="place_new",
                            null=True,
                        ),
                    ),
                ],
            ),
            migrations.RunSQL(
                sql='DROP INDEX CONCURRENTLY IF EXISTS "shop_order_once_place_new_5d45f312_new"',
                reverse_sql='DROP INDEX CONCURRENTLY IF EXISTS "shop_order_once_place_new_5d45f312_new"',
            ),
            migrations.RunPython(create_index, migrations.RunPython.noop),
        ],
    ),
    0009_order_place_drop_old.py
    migrations.RunSQL(
        sql=[
            'ALTER TABLE "shop_order" DROP COLUMN "place_old"',
            'ALTER INDEX "shop_order_once_place_new_5d45f312_new" RENAME TO "once"',
        ],
    ),
    "#);
}

#[test]
fn a_value_like_the_name_of_the_field_is_not_told_from_it() {
    let entry = r#"models.Index("place", models.Value("place"), name="both")"#;
    assert_snapshot!(planned("indexes", entry), @r"
    no plan: Alter field place on order
      both names Order.place in a way that cannot be told from anything else: take it away first, and bring it back afterwards
    ");
}
