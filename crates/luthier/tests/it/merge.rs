//! `luthier migrations merge`.

use insta::assert_snapshot;

use crate::Folder;
use crate::support::exists;

/// A project whose app has two last migrations.
fn project(one: &str, other: &str) -> Folder {
    let migration = |after: &str, operation: &str| {
        format!(
            "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    dependencies = [{after}]\n    operations = [\n        {operation}\n    ]\n"
        )
    };
    let first = migration(
        "",
        "migrations.CreateModel(\"Order\", [(\"id\", models.BigAutoField(primary_key=True))]),",
    );
    let after = "(\"orders\", \"0001_initial\")";
    let folder = Folder::project(&[
        ("config/__init__.py", ""),
        ("config/settings.py", "INSTALLED_APPS = [\"orders\"]\n"),
        ("orders/__init__.py", ""),
        ("orders/migrations/__init__.py", ""),
        ("orders/migrations/0001_initial.py", &first),
    ]);
    folder.write("orders/migrations/0002_one.py", migration(after, one));
    folder.write("orders/migrations/0002_other.py", migration(after, other));
    folder
}

const NOTE: &str = "migrations.AddField(\"order\", \"note\", models.TextField(null=True)),";
const TOTAL: &str = "migrations.AddField(\"order\", \"total\", models.IntegerField(null=True)),";
const EXACT: &str = "migrations.AddField(\"order\", \"total\", models.FloatField(null=True)),";
const CODE: &str = "migrations.RunPython(migrations.RunPython.noop),";

#[test]
fn what_commutes_is_merged() {
    let folder = project(NOTE, TOTAL);
    assert_snapshot!(folder.run(&["migrations", "merge"]), @r"
    exit code 1
    ----- stdout -----
    orders  several last migrations: 0002_one, 0002_other
      ✓ what they do comes to the same in any order: orders/migrations/0003_merge_0002_one_0002_other.py
    ----- stderr -----
    nothing is written yet: --diff shows it, --write writes it
    ");
    assert_snapshot!(folder.run(&["migrations", "merge", "--diff"]), @r#"
    exit code 1
    ----- stdout -----
    --- /dev/null
    +++ b/orders/migrations/0003_merge_0002_one_0002_other.py
    @@ -0,0 +1,10 @@
    +from django.db import migrations
    +
    +
    +class Migration(migrations.Migration):
    +    dependencies = [
    +        ("orders", "0002_one"),
    +        ("orders", "0002_other"),
    +    ]
    +
    +    operations = []
    "#);
    let path = folder.path("orders/migrations/0003_merge_0002_one_0002_other.py");
    assert!(!exists(&path));
    assert_snapshot!(folder.run(&["migrations", "merge", "--write"]), @r"
    exit code 0
    ----- stdout -----
    orders  several last migrations: 0002_one, 0002_other
      ✓ what they do comes to the same in any order: orders/migrations/0003_merge_0002_one_0002_other.py
    ----- stderr -----
    wrote orders/migrations/0003_merge_0002_one_0002_other.py
    ");
    assert!(exists(&path));
    assert_snapshot!(folder.run(&["migrations", "merge", "--app", "orders"]), @r"
    exit code 0
    ----- stdout -----
    ✓ nothing to merge: no app has several last migrations
    ");
}

#[test]
fn what_does_not_says_why() {
    let folder = project(TOTAL, EXACT);
    assert_snapshot!(folder.run(&["migrations", "merge", "--write"]), @r"
    exit code 1
    ----- stdout -----
    orders  several last migrations: 0002_one, 0002_other
      ✗ the order matters: both are about field total of order
        Add field total to order  orders/migrations/0002_one.py:7
        Add field total to order  orders/migrations/0002_other.py:7
        decide which comes first, and name it in the `dependencies` of the other
    ");
    assert_snapshot!(project(TOTAL, CODE).run(&["migrations", "merge"]), @r"
    exit code 1
    ----- stdout -----
    orders  several last migrations: 0002_one, 0002_other
      ✗ the order may matter: what one of them does to the database is not known
        Add field total to order  orders/migrations/0002_one.py:7
        Raw Python operation  orders/migrations/0002_other.py:7
        decide which comes first, and name it in the `dependencies` of the other
    ");
    assert_snapshot!(folder.run(&["migrations", "merge", "--output-format", "json"]), @r#"
    exit code 1
    ----- stdout -----
    {
      "schema_version": 1,
      "merges": [
        {
          "app": "orders",
          "leaves": [
            {
              "name": "0002_one",
              "path": "orders/migrations/0002_one.py",
              "line": 4,
              "column": 7
            },
            {
              "name": "0002_other",
              "path": "orders/migrations/0002_other.py",
              "line": 4,
              "column": 7
            }
          ],
          "file": null,
          "clash": {
            "over": "field total of order",
            "sides": [
              {
                "migration": "orders.0002_one",
                "operation": "Add field total to order",
                "path": "orders/migrations/0002_one.py",
                "line": 7,
                "column": 9
              },
              {
                "migration": "orders.0002_other",
                "operation": "Add field total to order",
                "path": "orders/migrations/0002_other.py",
                "line": 7,
                "column": 9
              }
            ]
          }
        }
      ]
    }
    "#);
}

#[test]
fn an_app_that_is_not_there_is_an_error() {
    let folder = project(NOTE, TOTAL);
    let unknown = folder.output(&["migrations", "merge", "--app", "shop"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn both_are_drawn_as_last_ones() {
    let folder = project(NOTE, TOTAL);
    let change = |name: &str, before: &str| {
        let text = format!(
            "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    dependencies = [(\"orders\", \"{before}\")]\n    operations = []\n"
        );
        folder.write(&format!("orders/migrations/{name}.py"), text);
    };
    change("0003_a", "0002_one");
    change("0004_b", "0003_a");
    change("0005_c", "0004_b");
    change("0006_d", "0005_c");
    change("0007_lost", "0001_gone");
    assert_snapshot!(folder.run(&["migrations", "--output-format", "mermaid"]), @r#"
    exit code 0
    ----- stdout -----
    flowchart LR
      subgraph g0["orders"]
      n0["0001_initial"]
      n1{{"0002_other · one of several last ones"}}
      n2["0002 … 0005 · 4 migrations"]
      n3{{"0006_d · one of several last ones"}}
      n4{{"0007_lost · one of several last ones"}}
      n5{{"0001_gone · is not there"}}
      end
      n0 --> n1
      n0 --> n2
      n2 --> n3
      n5 --> n4
    "#);
}
