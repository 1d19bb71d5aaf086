//! `luthier graph`.

use insta::assert_snapshot;

use crate::Folder;

fn project() -> Folder {
    Folder::project(&[
        ("config/__init__.py", ""),
        (
            "config/settings.py",
            "ROOT_URLCONF = \"config.urls\"\nINSTALLED_APPS = [\"shop\", \"orders\"]\n",
        ),
        (
            "config/urls.py",
            "from django.urls import include, path\n\nurlpatterns = [path(\"orders/\", include(\"orders.urls\"))]\n",
        ),
        ("shop/__init__.py", ""),
        (
            "shop/models.py",
            "from django.db import models\n\n\nclass Customer(models.Model):\n    name = models.CharField(max_length=20)\n",
        ),
        ("shop/services.py", "from orders.models import Order\n"),
        ("orders/__init__.py", ""),
        (
            "orders/models.py",
            "from django.db import models\n\nfrom shop.models import Customer\n\n\nclass Dated(models.Model):\n    created = models.DateTimeField()\n\n    class Meta:\n        abstract = True\n\n\nclass Order(Dated):\n    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)\n    friends = models.ManyToManyField(\"shop.Customer\")\n",
        ),
        (
            "orders/urls.py",
            "from django.urls import path\n\nfrom .views import order_list\n\napp_name = \"orders\"\nurlpatterns = [path(\"<int:pk>/\", order_list, name=\"list\")]\n",
        ),
        (
            "orders/views.py",
            "from shop.models import Customer\n\n\ndef order_list(request, pk):\n    from shop import services\n",
        ),
    ])
}

#[test]
fn models() {
    assert_snapshot!(project().run(&["graph", "--output-format", "mermaid"]), @r#"
    exit code 0
    ----- stdout -----
    classDiagram
      direction LR
      namespace orders {
        class n0["Dated"] {
          <<abstract>>
          created DateTimeField
        }
        class n1["Order"] {
          customer → Customer
          friends → many Customer
        }
      }
      namespace shop {
        class n2["Customer"] {
          name CharField
        }
      }
      n1 --|> n0
      n1 "*" --> "1" n2 : customer
      n1 "*" --> "*" n2 : friends
    "#);
}

#[test]
fn imports_between_apps() {
    assert_snapshot!(project().run(&["graph", "--of", "apps", "--output-format", "dot"]), @r#"
    exit code 0
    ----- stdout -----
    digraph luthier {
      rankdir=LR;
      node [shape=box, fontname="Helvetica", fontsize=10];
      edge [fontname="Helvetica", fontsize=9];
      "orders" [label="orders"];
      "shop" [label="shop"];
      "orders" -> "shop" [label="2", color=red];
      "shop" -> "orders" [label="1", color=red];
    }
    "#);
}

#[test]
fn routes() {
    assert_snapshot!(project().run(&["graph", "--of", "routes", "--output-format", "json"]), @r#"
    exit code 0
    ----- stdout -----
    {
      "schema_version": 1,
      "kind": "routes",
      "nodes": [
        {
          "id": "config.urls /",
          "label": "/",
          "kind": "prefix",
          "group": null,
          "rows": [],
          "path": null,
          "line": null
        },
        {
          "id": "config.urls /orders/",
          "label": "orders/",
          "kind": "prefix",
          "group": null,
          "rows": [],
          "path": null,
          "line": null
        },
        {
          "id": "/orders/<int:pk>/",
          "label": "<int:pk>/",
          "kind": "route",
          "group": null,
          "rows": [
            {
              "name": "name",
              "detail": "orders:list"
            }
          ],
          "path": "orders/urls.py",
          "line": 6
        },
        {
          "id": "orders.views.order_list",
          "label": "order_list",
          "kind": "view",
          "group": "orders",
          "rows": [],
          "path": "orders/views.py",
          "line": 4
        }
      ],
      "edges": [
        {
          "from": "config.urls /",
          "to": "config.urls /orders/",
          "kind": "leads",
          "label": "",
          "circular": false
        },
        {
          "from": "config.urls /orders/",
          "to": "/orders/<int:pk>/",
          "kind": "leads",
          "label": "",
          "circular": false
        },
        {
          "from": "/orders/<int:pk>/",
          "to": "orders.views.order_list",
          "kind": "leads",
          "label": "",
          "circular": false
        }
      ]
    }
    "#);
}

#[test]
fn a_picture_in_a_file() {
    let folder = project();
    assert_snapshot!(folder.run(&["graph", "--output-file", "models.svg"]), @"exit code 0");
    assert!(folder.read("models.svg").starts_with("<svg "));
}

#[test]
fn nothing_to_draw() {
    assert_snapshot!(Folder::with(&[("notes.py", "")]).run(&["graph"]), @"
    exit code 2
    ----- stderr -----
    error: no Django project in [FOLDER]
      looked for manage.py and for Python files that name Django: read 1 file, none does
     hint: give the folder of the project as PATH; what .gitignore excludes is not read
    ");
    assert_snapshot!(Folder::project(&[]).run(&["graph", "--output-format", "mermaid"]), @"
    exit code 0
    ----- stdout -----
    classDiagram
      direction LR
    ----- stderr -----
    nothing to draw: no model classes were found in [FOLDER]
    ");
}
