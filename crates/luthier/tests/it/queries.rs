//! `luthier queries`.

use insta::assert_snapshot;

use crate::Folder;

fn project() -> Folder {
    Folder::project(&[
        ("config/__init__.py", ""),
        (
            "config/settings.py",
            "ROOT_URLCONF = \"config.urls\"\nINSTALLED_APPS = [\"orders\"]\n",
        ),
        (
            "config/urls.py",
            "from django.urls import path\n\nfrom orders import views\n\nurlpatterns = [\n    path(\"orders/\", views.order_list),\n    path(\"orders/<int:pk>/\", views.OrderView.as_view()),\n    path(\"away/\", away.view),\n]\n",
        ),
        ("orders/__init__.py", ""),
        (
            "orders/models.py",
            "from django.db import models\n\n\nclass Customer(models.Model):\n    name = models.CharField(max_length=20)\n\n\nclass Order(models.Model):\n    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)\n    paid = models.BooleanField(default=False)\n",
        ),
        (
            "orders/views.py",
            "from django.http import JsonResponse\nfrom django.shortcuts import get_object_or_404\nfrom django.views import View\n\nfrom .models import Order\n\n\ndef order_list(request):\n    orders = Order.objects.filter(paid=True).order_by(\"-pk\")\n    names = [order.customer.name for order in orders]\n    return JsonResponse({\"names\": names, \"amount\": orders.count()})\n\n\nclass OrderView(View):\n    def get(self, request, pk):\n        order = get_object_or_404(Order.objects.select_related(\"customer\"), pk=pk)\n        return JsonResponse({\"name\": order.customer.name})\n\n    def post(self, request, pk):\n        order = get_object_or_404(Order, pk=pk)\n        if request.POST.get(\"paid\"):\n            order.paid = True\n            order.save()\n        return JsonResponse({})\n",
        ),
        ("orders/management/__init__.py", ""),
        ("orders/management/commands/__init__.py", ""),
        (
            "orders/management/commands/settle.py",
            "from django.core.management.base import BaseCommand\n\nfrom orders.models import Order\n\n\nclass Command(BaseCommand):\n    def handle(self, *args, **options):\n        Order.objects.filter(paid=False).update(paid=True)\n",
        ),
    ])
}

#[test]
fn routes_and_commands() {
    assert_snapshot!(project().run(&["queries"]), @r"
    exit code 0
    ----- stdout -----
    Routes

    ! /orders/  1 + N queries  1 after the fixes
        orders.views.order_list                                    orders/views.py:8
             1  SELECT orders_order WHERE paid ORDER BY -id       orders/views.py:10
             N  SELECT orders_customer WHERE id (customer)        orders/views.py:10
    ✓ GET /orders/<int:pk>/  1 query
        orders.views.OrderView.get                                orders/views.py:15
             1  SELECT orders_order JOIN orders_customer WHERE id
                orders/views.py:16
    ✓ POST /orders/<int:pk>/  up to 2 queries
        orders.views.OrderView.post                               orders/views.py:19
             1  SELECT orders_order WHERE id                      orders/views.py:20
             1  UPDATE orders_order WHERE id                      orders/views.py:23
    ? /away/  not seen

    Commands

    ✓ settle  1 query
        orders.management.commands.settle.Command.handle
            orders/management/commands/settle.py:7
             1  UPDATE orders_order WHERE paid
                orders/management/commands/settle.py:8

    Of 4 routes by method: 1 with queries that grow, 0 with more than 10, 1 not
    seen, 1 better after luthier check --fix
    ");
}

#[test]
fn one_function_by_name() {
    let folder = project();
    assert_snapshot!(folder.run(&["queries", "--entry", "orders.views.OrderView.post"]), @r"
    exit code 0
    ----- stdout -----
    Code

    ✓ orders.views.OrderView.post  up to 2 queries
        orders.views.OrderView.post                               orders/views.py:14
             1  SELECT orders_order WHERE id                      orders/views.py:20
             1  UPDATE orders_order WHERE id                      orders/views.py:23

    Of 1 pieces of code: 0 with queries that grow, 0 with more than 10
    ");
    let unknown = folder.output(&["queries", "--entry", "orders.views.nobody"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn json() {
    assert_snapshot!(
        project().run(&["queries", "--entry", "orders.views.order_list", "--output-format", "json"]),
        @r#"
    exit code 0
    ----- stdout -----
    {
      "schema_version": 1,
      "most": 10,
      "entries": [
        {
          "kind": "function",
          "name": "orders.views.order_list",
          "methods": [],
          "code": "orders.views.order_list",
          "path": "orders/views.py",
          "line": 8,
          "column": 5,
          "over": true,
          "now": {
            "formula": "1 + N",
            "constant": 1,
            "growing": [
              1
            ],
            "up_to": false,
            "at_least": false,
            "queries": [
              {
                "operation": "select",
                "table": "orders_order",
                "joins": [],
                "filters": [
                  "paid"
                ],
                "order": [
                  "-id"
                ],
                "relation": null,
                "prefetch": false,
                "times": 1,
                "path": "orders/views.py",
                "line": 10,
                "column": 47,
                "calls": [
                  {
                    "path": "orders/views.py",
                    "line": 8,
                    "column": 5
                  }
                ],
                "loops": []
              },
              {
                "operation": "select",
                "table": "orders_customer",
                "joins": [],
                "filters": [
                  "id"
                ],
                "order": [],
                "relation": "customer",
                "prefetch": false,
                "times": 1,
                "path": "orders/views.py",
                "line": 10,
                "column": 14,
                "calls": [
                  {
                    "path": "orders/views.py",
                    "line": 8,
                    "column": 5
                  }
                ],
                "loops": [
                  {
                    "path": "orders/views.py",
                    "line": 10,
                    "column": 47
                  }
                ]
              }
            ],
            "unseen": []
          },
          "after": {
            "formula": "1",
            "constant": 1,
            "growing": [],
            "up_to": false,
            "at_least": false,
            "queries": [
              {
                "operation": "select",
                "table": "orders_order",
                "joins": [
                  "orders_customer"
                ],
                "filters": [
                  "paid"
                ],
                "order": [
                  "-id"
                ],
                "relation": null,
                "prefetch": false,
                "times": 1,
                "path": "orders/views.py",
                "line": 10,
                "column": 1,
                "calls": [
                  {
                    "path": "orders/views.py",
                    "line": 8,
                    "column": 1
                  }
                ],
                "loops": []
              }
            ],
            "unseen": []
          }
        }
      ]
    }
    "#
    );
}

#[test]
fn a_folder_without_entries() {
    let folder = Folder::project(&[
        ("config/__init__.py", ""),
        ("config/settings.py", "INSTALLED_APPS = []\n"),
    ]);
    assert_snapshot!(folder.run(&["queries"]), @r"
    exit code 0
    ----- stderr -----
    nothing to count: no routes, tasks or commands were found in [FOLDER]
    ");
}
