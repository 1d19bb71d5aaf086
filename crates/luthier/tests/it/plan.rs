//! `luthier migrations plan`.

use insta::assert_snapshot;

use crate::Folder;
use crate::base::git;
use crate::support::exists;

const FIRST: &str = r#"from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("total", models.IntegerField()),
            ],
        ),
    ]
"#;

const SECOND: &str = r#"from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        migrations.AddField("order", "status", models.CharField(default="new", max_length=10)),
    ]
"#;

const STATUS: &str = "    status = models.CharField(max_length=10, default=\"new\")\n";

/// A project whose model `Order` has these lines.
fn project(lines: &str) -> Folder {
    let models = format!(
        "from django.db import models\n\n\nclass Order(models.Model):\n    total = models.IntegerField()\n{lines}"
    );
    Folder::project(&[
        ("config/__init__.py", ""),
        (
            "config/settings.py",
            "INSTALLED_APPS = [\"orders\"]\nDEFAULT_AUTO_FIELD = \"django.db.models.BigAutoField\"\nDATABASES = {\"default\": {\"ENGINE\": \"django.db.backends.postgresql\"}}\n",
        ),
        ("requirements.txt", "django==5.2.1\n"),
        ("orders/__init__.py", ""),
        ("orders/models.py", &models),
        ("orders/migrations/__init__.py", ""),
        ("orders/migrations/0001_initial.py", FIRST),
    ])
}

#[test]
fn without_anything_unsafe_there_is_nothing_to_plan() {
    let folder = project("    note = models.TextField(null=True)\n");
    assert_snapshot!(folder.run(&["migrations", "plan"]), @r"
    exit code 0
    ----- stdout -----
    ✓ nothing to plan: no change stops the release before or makes it wait
    ");
}

#[test]
fn a_change_of_the_models_is_planned_and_written() {
    let folder = project(STATUS);
    assert_snapshot!(folder.run(&["migrations", "plan"]), @r"
    exit code 1
    ----- stdout -----
    For PostgreSQL

    orders  what the models lack, in 2 releases
      Add field status to order
      add-not-null-column

      Release 1
        Add Order.status
          Order.status comes without anything that takes long; the database itself
          gives it a value in rows that the release before inserts
        migrate  orders/migrations/0002_order_status.py
                 Add field status to order, with a default in the database
        deploy   orders/models.py
        before the next release: every process runs this release

      Release 2
        Drop the default of Order.status in the database
          every process gives the column a value by itself now
        migrate  orders/migrations/0003_order_status_drop_default.py
                 Drop the default of status of orders_order

    ----- stderr -----
    nothing is written yet: --write writes the files of the first release
    ");
    assert_snapshot!(folder.run(&["migrations", "plan", "--output-format", "json"]), @r#"
    exit code 1
    ----- stdout -----
    {
      "schema_version": 1,
      "plans": [
        {
          "app": "orders",
          "from": "drift",
          "database": "postgresql",
          "model": "Order",
          "models": [
            "Order"
          ],
          "operations": [
            "Add field status to order"
          ],
          "kinds": [
            "add-not-null-column"
          ],
          "steps": [
            {
              "number": 1,
              "title": "Add Order.status",
              "why": "Order.status comes without anything that takes long; the database itself gives it a value in rows that the release before inserts",
              "code": [
                {
                  "path": "orders/models.py",
                  "text": "from django.db import models\n\n\nclass Order(models.Model):\n    total = models.IntegerField()\n    status = models.CharField(max_length=10, default=\"new\")\n"
                }
              ],
              "migrations": [
                {
                  "path": "orders/migrations/0002_order_status.py",
                  "text": "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    dependencies = [\n        (\"orders\", \"0001_initial\"),\n    ]\n\n    operations = [\n        migrations.RunSQL(\n            sql=\"SET LOCAL lock_timeout = '900ms'\",\n            reverse_sql=migrations.RunSQL.noop,\n        ),\n        migrations.SeparateDatabaseAndState(\n            database_operations=[\n                migrations.AddField(\n                    model_name=\"order\",\n                    name=\"status\",\n                    field=models.CharField(db_default=\"new\", max_length=10),\n                ),\n            ],\n            state_operations=[\n                migrations.AddField(\n                    model_name=\"order\",\n                    name=\"status\",\n                    field=models.CharField(default=\"new\", max_length=10),\n                ),\n            ],\n        ),\n        migrations.RunSQL(\n            sql=migrations.RunSQL.noop,\n            reverse_sql=\"SET LOCAL lock_timeout = '900ms'\",\n        ),\n    ]\n",
                  "operation_summary": [
                    "Add field status to order, with a default in the database"
                  ]
                }
              ],
              "adapted": [],
              "removed": [],
              "before_next": "every process runs this release",
              "reversible": true,
              "irreversible_because": null
            },
            {
              "number": 2,
              "title": "Drop the default of Order.status in the database",
              "why": "every process gives the column a value by itself now",
              "code": [],
              "migrations": [
                {
                  "path": "orders/migrations/0003_order_status_drop_default.py",
                  "text": "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    dependencies = [\n        (\"orders\", \"0002_order_status\"),\n    ]\n\n    operations = [\n        migrations.RunSQL(\n            sql=\"SET LOCAL lock_timeout = '900ms'\",\n            reverse_sql=migrations.RunSQL.noop,\n        ),\n        migrations.RunSQL(\n            sql='ALTER TABLE \"orders_order\" ALTER COLUMN \"status\" DROP DEFAULT',\n            reverse_sql=\"ALTER TABLE \\\"orders_order\\\" ALTER COLUMN \\\"status\\\" SET DEFAULT 'new'\",\n        ),\n        migrations.RunSQL(\n            sql=migrations.RunSQL.noop,\n            reverse_sql=\"SET LOCAL lock_timeout = '900ms'\",\n        ),\n    ]\n",
                  "operation_summary": [
                    "Drop the default of status of orders_order"
                  ]
                }
              ],
              "adapted": [],
              "removed": [],
              "before_next": null,
              "reversible": true,
              "irreversible_because": null
            }
          ]
        }
      ],
      "unplanned": [],
      "not_compared": []
    }
    ----- stderr -----
    nothing is written yet: --write writes the files of the first release
    "#);
    assert_snapshot!(folder.run(&["migrations", "plan", "--write", "--output-file", "plan.txt"]), @r"
    exit code 0
    ----- stderr -----
    wrote orders/migrations/0002_order_status.py
    once these files are there, later releases are not planned again; a plan that is kept with `--output-format json --output-file plan.json` goes on with `--write --from plan.json --release 2`
    ");
    let written = folder.read("orders/migrations/0002_order_status.py");
    assert!(written.contains("db_default=\"new\""), "{written}");
    assert_snapshot!(folder.run(&["migrations", "plan"]), @r"
    exit code 0
    ----- stdout -----
    ✓ nothing to plan: no change stops the release before or makes it wait
    ");
}

#[test]
fn later_releases_are_written_from_a_plan_that_was_kept() {
    let folder = project(STATUS);
    let kept = ["--output-format", "json", "--output-file", "plan.json"];
    let write = |more: &[&str]| {
        let mut arguments = vec!["migrations", "plan", "--write"];
        arguments.extend(more);
        folder.run(&arguments)
    };
    assert_snapshot!(write(&kept), @r"
    exit code 0
    ----- stderr -----
    wrote orders/migrations/0002_order_status.py
    ");
    assert_snapshot!(write(&["--from", "plan.json", "--release", "2"]), @r"
    exit code 0
    ----- stderr -----
    wrote orders/migrations/0003_order_status_drop_default.py
    ");
    assert!(
        folder
            .read("orders/migrations/0003_order_status_drop_default.py")
            .contains("DROP DEFAULT")
    );
    assert_snapshot!(write(&["--from", "plan.json", "--release", "3"]), @r"
    exit code 2
    ----- stderr -----
    error: plan.json: there is no release 3 in this plan
    ");
    folder.write("orders/models.py", "");
    assert_snapshot!(write(&["--from", "plan.json", "--release", "1"]), @r"
    exit code 2
    ----- stderr -----
    error: orders/models.py is not what it was when the plan was made
     hint: no file was written; the texts of the migrations are in the plan
    ");
    folder.write("plan.json", "{}");
    assert_snapshot!(write(&["--from", "plan.json"]), @r"
    exit code 2
    ----- stderr -----
    error: plan.json: not a plan of luthier: missing field `schema_version` at line 1 column 2
     hint: `luthier migrations plan --output-format json` writes one
    ");
}

#[test]
fn a_release_may_have_other_models() {
    let folder = project("");
    let written = folder.read("orders/models.py");
    let last = written.replace("IntegerField()", "CharField(max_length=20)");
    folder.write("orders/models.py", &last);
    let write = |more: &[&str]| {
        let mut arguments = vec!["migrations", "plan", "--write"];
        arguments.extend(more);
        folder.run(&arguments)
    };
    write(&["--output-format", "json", "--output-file", "plan.json"]);
    assert_eq!(
        folder.read("orders/models.py"),
        last.replace("max_length", "db_column=\"total_new\", max_length")
    );
    assert_snapshot!(write(&["--from", "plan.json", "--release", "2"]), @r"
    exit code 0
    ----- stderr -----
    wrote orders/models.py
    wrote orders/migrations/0007_order_total_in_place.py
    wrote orders/migrations/0008_order_total_in_place_copy.py
    wrote orders/migrations/0009_order_total_in_place_check.py
    wrote orders/migrations/0010_order_total_in_place_validate.py
    wrote orders/migrations/0011_order_total_in_place_not_null.py
    ");
    assert_eq!(folder.read("orders/models.py"), last);
}

#[test]
fn what_is_there_is_not_written_over() {
    let folder = project(STATUS);
    folder.write("orders/migrations/0002_order_status.py", "# mine\n");
    assert_snapshot!(folder.run(&["migrations", "plan", "--write"]), @r"
    exit code 2
    ----- stderr -----
    error: cannot write orders/migrations/0002_order_status.py: there is such a file already
     hint: no file was written
    ");
    assert_eq!(
        folder.read("orders/migrations/0002_order_status.py"),
        "# mine\n"
    );
}

#[test]
fn a_migration_that_is_not_released_is_replaced() {
    let folder = project(STATUS);
    folder.write("orders/migrations/0002_status.py", SECOND);
    let asked = ["migrations", "plan", "--migration", "orders.0002_status"];
    let begun = [
        "migrations",
        "plan",
        "--migration",
        "orders.0002",
        "--write",
    ];
    assert_snapshot!(folder.run(&begun), @r"
    exit code 0
    ----- stdout -----
    For PostgreSQL

    orders  in place of orders.0002_status, in 2 releases
      Add field status to order
      add-not-null-column

      Release 1
        Add Order.status
          Order.status comes without anything that takes long; the database itself
          gives it a value in rows that the release before inserts
        remove   orders/migrations/0002_status.py
        migrate  orders/migrations/0002_order_status.py
                 Add field status to order, with a default in the database
        deploy   orders/models.py
        before the next release: every process runs this release

      Release 2
        Drop the default of Order.status in the database
          every process gives the column a value by itself now
        migrate  orders/migrations/0003_order_status_drop_default.py
                 Drop the default of status of orders_order

    ----- stderr -----
    wrote orders/migrations/0002_order_status.py
    removed orders/migrations/0002_status.py
    once these files are there, later releases are not planned again; a plan that is kept with `--output-format json --output-file plan.json` goes on with `--write --from plan.json --release 2`
    ");
    assert!(!exists(&folder.path("orders/migrations/0002_status.py")));
    assert_snapshot!(folder.run(&asked), @r"
    exit code 2
    ----- stderr -----
    error: no migration `orders.0002_status`
     hint: --migration takes the label of the app and the name, or its beginning: orders.0007
    ");
}

const THIRD: &str = r#"from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_status")]

    operations = [migrations.AddField("order", "note", models.TextField(null=True))]
"#;

const PAYMENT: &str = r#"from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [("orders", '0002_status')]

    operations = [
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.ForeignKey(on_delete=models.CASCADE, to="orders.order")),
            ],
        ),
    ]
"#;

/// Another migration of the app and one of another app come after `orders.0002_status`.
fn with_others() -> Folder {
    let folder = project(&format!("{STATUS}    note = models.TextField(null=True)\n"));
    folder.write("orders/migrations/0002_status.py", SECOND);
    folder.write("orders/migrations/0003_note.py", THIRD);
    let settings = folder.read("config/settings.py");
    let settings = settings.replace("[\"orders\"]", "[\"orders\", \"payments\"]");
    folder.write("config/settings.py", &settings);
    folder.write("payments/__init__.py", "");
    folder.write("payments/migrations/__init__.py", "");
    folder.write("payments/migrations/0001_initial.py", PAYMENT);
    folder.write(
        "payments/models.py",
        "from django.db import models\n\n\nclass Payment(models.Model):\n    order = models.ForeignKey(\"orders.Order\", on_delete=models.CASCADE)\n",
    );
    folder
}

#[test]
fn later_migrations_go_with_it_and_those_of_other_apps_name_what_is_there() {
    let folder = with_others();
    let asked = ["migrations", "plan", "--migration", "orders.0002_status"];
    let kept = ["--output-format", "json", "--output-file", "plan.json"];
    folder.run(&[&asked[..], &kept].concat());
    assert_snapshot!(folder.run(&[&asked[..], &["--write"]].concat()), @r"
    exit code 0
    ----- stdout -----
    For PostgreSQL

    orders  in place of orders.0002_status, orders.0003_note, in 2 releases
      Add field status to order
      Add field note to order
      add-not-null-column

      Release 1
        Add Order.status
          Order.status comes without anything that takes long; the database itself
          gives it a value in rows that the release before inserts
        remove   orders/migrations/0002_status.py
        remove   orders/migrations/0003_note.py
        adapt    payments/migrations/0001_initial.py
        migrate  orders/migrations/0002_order_status_order_note.py
                 Add field status to order, with a default in the database
                 Add field note to order
        deploy   orders/models.py
        before the next release: every process runs this release

      Release 2
        Drop the default of Order.status in the database
          every process gives the column a value by itself now
        migrate  orders/migrations/0003_order_status_drop_default.py
                 Drop the default of status of orders_order

    ----- stderr -----
    wrote orders/migrations/0002_order_status_order_note.py
    wrote payments/migrations/0001_initial.py
    removed orders/migrations/0002_status.py
    removed orders/migrations/0003_note.py
    once these files are there, later releases are not planned again; a plan that is kept with `--output-format json --output-file plan.json` goes on with `--write --from plan.json --release 2`
    ");
    let adapted = PAYMENT.replace("0002_status", "0002_order_status_order_note");
    assert_eq!(folder.read("payments/migrations/0001_initial.py"), adapted);
    let said = folder.run(&["check", "--select", "MIG001,MIG003,MIG004"]);
    assert!(said.starts_with("exit code 0"), "{said}");
    // What the plan was made for is not there any more.
    let from = ["migrations", "plan", "--write", "--from", "plan.json"];
    assert_snapshot!(folder.run(&from), @r"
    exit code 2
    ----- stderr -----
    error: payments/migrations/0001_initial.py is not what it was when the plan was made
     hint: no file was written; the texts of the migrations are in the plan
    ");
}

#[test]
fn what_comes_between_is_in_the_way() {
    let folder = with_others();
    let later = THIRD.replace(
        "(\"orders\", \"0002_status\")",
        "(\"orders\", \"0002_status\"), (\"payments\", \"0001_initial\")",
    );
    folder.write("orders/migrations/0003_note.py", &later);
    let asked = ["migrations", "plan", "--migration", "orders.0002_status"];
    assert_snapshot!(folder.run(&asked), @r"
    exit code 1
    ----- stdout -----
    For PostgreSQL

    orders  no plan
      Add field status to order
      Add field note to order
      payments.0001_initial comes between migrations that the plan would replace:
      let those after it wait for another plan
    ");
    folder.write("orders/migrations/0003_note.py", THIRD);
    let made = PAYMENT.replace("'0002_status'", "\"0002\" + \"_status\"");
    folder.write("payments/migrations/0001_initial.py", &made);
    assert_snapshot!(folder.run(&asked), @r"
    exit code 1
    ----- stdout -----
    For PostgreSQL

    orders  no plan
      Add field status to order
      Add field note to order
      payments.0001_initial names orders.0002_status, which the plan would replace,
      and not as two texts: no other name can be put there
    ");
    let squashed = PAYMENT.replace(
        "dependencies = [(\"orders\", '0002_status')]",
        "dependencies = [(\"orders\", \"0001_initial\")]\n    run_before = [(\"orders\", \"0002_status\")]",
    );
    folder.write("payments/migrations/0001_initial.py", &squashed);
    assert_snapshot!(folder.run(&asked), @r"
    exit code 1
    ----- stdout -----
    For PostgreSQL

    orders  no plan
      Add field status to order
      Add field note to order
      payments.0001_initial replaces orders.0002_status or runs before it, which the
      plan would take away
    ");
}

#[test]
fn plans_of_several_apps_name_each_other() {
    let folder = with_others();
    folder.write(
        "payments/migrations/0002_fee.py",
        SECOND
            .replace(
                "(\"orders\", \"0001_initial\")",
                "(\"payments\", \"0001_initial\"), (\"orders\", \"0003_note\")",
            )
            .replace("\"order\", \"status\"", "\"payment\", \"status\""),
    );
    let models = folder.read("payments/models.py");
    folder.write("payments/models.py", format!("{models}{STATUS}"));
    let asked = [
        "--migration",
        "orders.0003_note",
        "--migration",
        "payments.0002_fee",
    ];
    let said = folder.run(&[&["migrations", "plan", "--write"], &asked[..]].concat());
    assert!(said.contains("in place of payments.0002_fee"), "{said}");
    let asked = ["--migration", "orders.0002_status"];
    let said = folder.run(&[&["migrations", "plan", "--write"], &asked[..]].concat());
    assert!(
        said.contains("adapt    payments/migrations/0002_payment_status.py"),
        "{said}"
    );
    let said = folder.run(&["check", "--select", "MIG001,MIG003,MIG004"]);
    assert!(said.starts_with("exit code 0"), "{said}");
}

#[test]
fn what_the_base_does_not_have_is_replaced() {
    let folder = project(STATUS);
    git(&folder, &["init", "-q", "-b", "main"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "first"]);
    folder.write("orders/migrations/0002_status.py", SECOND);
    let said = folder.run(&["migrations", "plan", "--base", "HEAD"]);
    assert!(said.contains("in place of orders.0002_status"), "{said}");
    for since in ["HEAD", "orders.0001_initial"] {
        let said = folder.run(&["migrations", "plan", "--since", since]);
        assert!(said.contains("in place of orders.0002_status"), "{said}");
    }
    let said = folder.run(&["migrations", "plan", "--since", "orders.0002_status"]);
    assert!(said.contains("nothing to plan"), "{said}");
    let said = folder.run(&["migrations", "plan", "--base", "nothing"]);
    assert!(said.contains("cannot compare with `nothing`"), "{said}");
}

#[test]
fn what_has_no_plan_says_why() {
    let folder = project("    code = models.CharField(max_length=10)\n");
    assert_snapshot!(folder.run(&["migrations", "plan"]), @r"
    exit code 1
    ----- stdout -----
    For PostgreSQL

    orders  no plan
      Add field code to order
      nothing says what the rows there are get in code: give the field a `default`
      or a `db_default`
    ");
}
