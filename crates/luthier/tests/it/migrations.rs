//! `luthier migrations`.

use insta::assert_snapshot;

use crate::Folder;

fn project() -> Folder {
    Folder::project(&[
        ("config/__init__.py", ""),
        (
            "config/settings.py",
            "INSTALLED_APPS = [\"orders\"]\nDEFAULT_AUTO_FIELD = \"django.db.models.BigAutoField\"\nDATABASES = {\"default\": {\"ENGINE\": \"django.db.backends.postgresql\"}}\n",
        ),
        ("orders/__init__.py", ""),
        (
            "orders/models.py",
            "from django.db import models\n\n\nclass Order(models.Model):\n    number = models.IntegerField(db_index=True)\n    note = models.TextField(blank=True)\n",
        ),
        ("orders/migrations/__init__.py", ""),
        (
            "orders/migrations/0001_initial.py",
            "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    operations = [\n        migrations.CreateModel(\n            \"Order\",\n            [(\"id\", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name=\"ID\")), (\"number\", models.IntegerField())],\n        ),\n    ]\n",
        ),
        (
            "orders/migrations/0002_number.py",
            "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    dependencies = [(\"orders\", \"0001_initial\")]\n    operations = [\n        migrations.AlterField(\"order\", \"number\", models.IntegerField(db_index=True)),\n        migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop),\n    ]\n",
        ),
    ])
}

#[test]
fn what_others_notice() {
    assert_snapshot!(project().run(&["migrations"]), @r"
    exit code 0
    ----- stdout -----
    On PostgreSQL

    orders  2 migrations, the last is 0002_number
      0002_number  expand  orders/migrations/0002_number.py:4
        ! Alter field number on order  MIG012
          writes wait while an index of orders_order is built (SHARE)
      1 more migration that nobody notices or that ran long ago: --all
      ✗ no migration does this: Add field note to order
    ");
}

#[test]
fn all_operations_of_one_app() {
    assert_snapshot!(project().run(&["migrations", "--app", "orders", "--all"]), @r"
    exit code 0
    ----- stdout -----
    On PostgreSQL

    orders  2 migrations, the last is 0002_number
      0001_initial  expand  orders/migrations/0001_initial.py:4
        ✓ Create model Order
          a new table: nobody uses it yet
      0002_number  expand  orders/migrations/0002_number.py:4
        ! Alter field number on order  MIG012
          writes wait while an index of orders_order is built (SHARE)
        ? Raw Python operation
          whatever its code does
      ✗ no migration does this: Add field note to order
    ");
    let unknown = project().output(&["migrations", "--app", "shop"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn for_programs() {
    assert_snapshot!(project().run(&["migrations", "--output-format", "json"]), @r#"
    exit code 0
    ----- stdout -----
    {
      "schema_version": 1,
      "projects": [
        {
          "server": "PostgreSQL",
          "server_assumed": false,
          "problems": [],
          "apps": [
            {
              "label": "orders",
              "migrations": [
                {
                  "name": "0001_initial",
                  "path": "orders/migrations/0001_initial.py",
                  "line": 4,
                  "column": 7,
                  "after": [],
                  "recent": true,
                  "phase": "expand",
                  "operations": [
                    {
                      "description": "Create model Order",
                      "line": 6,
                      "table": "orders_order",
                      "reach": "new-table",
                      "lock": null,
                      "blocks_reads": null,
                      "blocks_writes": null,
                      "work": null,
                      "large_table": false,
                      "rules": []
                    }
                  ]
                },
                {
                  "name": "0002_number",
                  "path": "orders/migrations/0002_number.py",
                  "line": 4,
                  "column": 7,
                  "after": [
                    "orders.0001_initial"
                  ],
                  "recent": true,
                  "phase": "expand",
                  "operations": [
                    {
                      "description": "Alter field number on order",
                      "line": 7,
                      "table": "orders_order",
                      "reach": "table",
                      "lock": "SHARE",
                      "blocks_reads": false,
                      "blocks_writes": true,
                      "work": "index",
                      "large_table": false,
                      "rules": [
                        "MIG012"
                      ]
                    },
                    {
                      "description": "Raw Python operation",
                      "line": 8,
                      "table": null,
                      "reach": "code",
                      "lock": null,
                      "blocks_reads": null,
                      "blocks_writes": null,
                      "work": null,
                      "large_table": false,
                      "rules": []
                    }
                  ]
                }
              ],
              "drift": [
                "Add field note to order"
              ],
              "not_compared": []
            }
          ]
        }
      ]
    }
    "#);
}

#[test]
fn an_index_that_sql_drops_is_one_of_a_table() {
    let folder = project();
    folder.write(
        "orders/migrations/0003_no_index.py",
        "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    dependencies = [(\"orders\", \"0002_number\")]\n    operations = [migrations.RunSQL(\"CREATE INDEX by_number ON orders_order (number)\")]\n",
    );
    folder.write(
        "orders/migrations/0004_no_index.py",
        "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    dependencies = [(\"orders\", \"0003_no_index\")]\n    operations = [migrations.RunSQL(\"DROP INDEX by_number; DROP INDEX nobodys\")]\n",
    );
    let shown = folder.run(&["migrations", "--all"]);
    let (_, last) = shown.split_once("0004_no_index  ").expect("it is shown");
    assert_snapshot!(last, @r"
    expand  orders/migrations/0004_no_index.py:4
        ! DROP INDEX by_number;  MIG019 MIG024
          reads and writes wait for a moment (ACCESS EXCLUSIVE)
        ! DROP INDEX nobodys  MIG024
          not worked out
      ✗ no migration does this: Add field note to order
    ");
}
