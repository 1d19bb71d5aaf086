use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::facts::is_test_path;
use luthier_project::modules::FunctionRef;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// `select_for_update()` is sent where no transaction is open.
    ///
    /// ## Why it matters
    ///
    /// A lock lasts until its transaction ends, and without one Django refuses the query with
    /// `TransactionManagementError`: the view fails at each request. On SQLite, which knows no such locks,
    /// nothing is said, and tests run in a transaction that hides it.
    ///
    /// All ways that lead to the query are followed: from views where `ATOMIC_REQUESTS` is off, from Celery
    /// tasks and commands, and from functions that call its own. None may open a transaction.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// ROOT_URLCONF = "config.urls"
    /// DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}
    /// ```
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     is_paid = models.BooleanField(default=False)
    /// ```
    /// ```python file=config/urls.py
    /// from django.urls import path
    /// from shop import views
    ///
    /// urlpatterns = [path("<int:pk>/pay/", views.pay), path("<int:pk>/", views.OrderView.as_view())]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/views.py
    /// from django.http import HttpResponse
    /// from django.shortcuts import get_object_or_404
    /// from django.views import View
    /// from django.views.decorators.http import require_POST
    /// from .models import Order
    ///
    /// @require_POST
    /// def pay(request, pk):
    ///     order = Order.objects.select_for_update().get(pk=pk)  # fires
    ///     order.is_paid = True
    ///     order.save()
    ///     return HttpResponse()
    ///
    /// class OrderView(View):
    ///     def post(self, request, pk):
    ///         orders = Order.objects.select_for_update()
    ///         order = get_object_or_404(orders, pk=pk)  # fires
    ///         return HttpResponse(close(order))
    ///
    /// def close(order):
    ///     return Order.objects.select_for_update().get(pk=order.pk)  # fires
    /// ```
    ///
    /// ```python file=shop/tasks.py
    /// from celery import shared_task
    /// from .models import Order
    ///
    /// @shared_task
    /// def clean():
    ///     for order in Order.objects.filter(is_paid=True).select_for_update():  # fires
    ///         order.delete()
    ///
    /// def nobody_calls_this(pk):
    ///     return Order.objects.select_for_update().get(pk=pk)  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/views.py
    /// from django.db import transaction
    /// from django.http import HttpResponse
    /// from django.utils.decorators import method_decorator
    /// from django.views import View
    /// from .models import Order
    ///
    /// def pay(request, pk):
    ///     orders = Order.objects.select_for_update()
    ///     with transaction.atomic():
    ///         order = orders.get(pk=pk)
    ///         lock(pk)
    ///     return HttpResponse(order.pk)
    ///
    /// def lock(pk):
    ///     return Order.objects.select_for_update().get(pk=pk)
    ///
    /// @transaction.atomic
    /// def move(pk):
    ///     return lock_both(pk)
    ///
    /// def lock_both(pk):
    ///     return lock(pk), Order.objects.select_for_update().get(pk=pk + 1)
    ///
    /// def given_away(pk):
    ///     return Order.objects.select_for_update().get(pk=pk)
    ///
    /// TOOLS = {"give": given_away}
    ///
    /// class Desk:
    ///     def called_by_somebody(self, pk):
    ///         return Order.objects.select_for_update().get(pk=pk)
    ///
    /// @method_decorator(transaction.atomic, name="dispatch")
    /// class OrderView(View):
    ///     def post(self, request, pk):
    ///         order = Order.objects.select_for_update().get(pk=pk)
    ///         return HttpResponse(order.pk)
    /// ```
    ///
    /// ```python file=shop/tasks.py
    /// from celery import shared_task
    /// from django.db import transaction
    /// from .models import Order
    ///
    /// @shared_task
    /// @transaction.atomic
    /// def clean():
    ///     for order in Order.objects.filter(is_paid=True).select_for_update():
    ///         order.delete()
    /// ```
    ///
    /// ### Requests in transactions
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// ROOT_URLCONF = "config.urls"
    /// DATABASES = {
    ///     "default": {
    ///         "ENGINE": "django.db.backends.postgresql",
    ///         "NAME": "shop",
    ///         "ATOMIC_REQUESTS": True,
    ///     }
    /// }
    /// ```
    /// ```python file=shop/views.py
    /// from django.db import transaction
    /// from django.http import HttpResponse
    /// from django.views import View
    /// from .models import Order
    ///
    /// def pay(request, pk):
    ///     order = Order.objects.select_for_update().get(pk=pk)
    ///     return HttpResponse(order.pk)
    ///
    /// class OrderView(View):
    ///     @transaction.atomic
    ///     def post(self, request, pk):
    ///         return HttpResponse(Order.objects.select_for_update().get(pk=pk))
    /// ```
    LOCK_OUTSIDE_TRANSACTION = {
        code: "ORM028",
        name: "lock-outside-transaction",
        severity: Severity::Error,
        category: Category::Orm,
        dimension: Some(Dimension::ErrorHandling),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for module in project.own_modules() {
        let Some(file) = project.modules.get(module).file else {
            continue;
        };
        if is_test_path(&context.sources.file(file).path) {
            continue;
        }
        for function in project.modules.facts(module).function_ids() {
            for lock in project.bare_locks(FunctionRef { module, function }) {
                let model = project.models.get(lock.model);
                let mut reported = context.report(
                    Location::new(file, lock.span),
                    format!("rows of `{}` are locked outside a transaction", model.name),
                );
                reported
                    .help("put the query, and what it protects, into `with transaction.atomic():`")
                    .symbol(&*model.label)
                    .app(&*model.app_label);
                for call in lock.calls {
                    reported.related(call, "called here without one");
                }
            }
        }
    }
}
