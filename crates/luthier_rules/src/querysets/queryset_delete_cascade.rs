use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::constant::Constant;
use luthier_project::facts::{ExprRef, is_test_path};
use luthier_project::flows::{CallGraph, Growth, Heat, Target};
use luthier_project::models::{Field, ModelId};
use luthier_project::modules::{ModuleId, ValueRef};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A request deletes as many rows as a table has, with all rows that belong to them.
    ///
    /// ## Why it matters
    ///
    /// `delete()` is one statement only where nothing belongs to the rows. Else Django carries `CASCADE` out
    /// itself: it loads all rows that are deleted, those that belong to them, and so on, and sends a statement
    /// for each hundred of them; receivers of `pre_delete` and `post_delete` run for each row. While that
    /// goes on all of them are locked, and the request waits until it times out.
    ///
    /// Code counts that views reach, and rows that are as many as the table has or as meet a condition that
    /// many may meet.
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
    /// ```
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.PROTECT)
    ///     state = models.CharField(max_length=20)
    ///     year = models.IntegerField()
    ///     number = models.IntegerField()
    ///
    ///     class Meta:
    ///         unique_together = ("year", "number")
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE)
    ///
    /// class Note(models.Model):
    ///     line = models.ForeignKey(Line, models.SET_NULL, null=True)
    ///     customer = models.ForeignKey(Customer, models.DO_NOTHING)
    /// ```
    /// ```python file=config/urls.py
    /// from django.urls import path
    /// from shop import views
    ///
    /// urlpatterns = [path("clean/", views.clean)]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/views.py
    /// from django.http import HttpResponse
    /// from .models import Order
    /// from .services import drop
    ///
    /// def clean(request):
    ///     Order.objects.filter(state="cancelled").delete()  # fires
    ///     Order.objects.filter(year=2020).delete()  # fires
    ///     drop()
    ///     return HttpResponse()
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from .models import Order
    ///
    /// def drop():
    ///     old = Order.objects.exclude(state="open")
    ///     return old.delete()  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/views.py
    /// from django.http import HttpResponse
    /// from .models import Line, Note, Order
    ///
    /// def clean(request):
    ///     order = Order.objects.get(pk=1)
    ///     Order.objects.filter(customer=order.customer).delete()
    ///     Order.objects.filter(year=2020, number=7).delete()
    ///     Order.objects.filter(pk__in=request.POST.getlist("pk")).delete()
    ///     Note.objects.all().delete()
    ///     Line.objects.filter(order=order).delete()
    ///     order.line_set.all().delete()
    ///     order.delete()
    ///     return HttpResponse()
    /// ```
    ///
    /// ```python file=shop/tasks.py
    /// from .models import Order
    ///
    /// def drop():
    ///     Order.objects.filter(state="cancelled").delete()
    /// ```
    QUERYSET_DELETE_CASCADE = {
        code: "ORM040",
        name: "queryset-delete-cascade",
        severity: Severity::Info,
        category: Category::Orm,
        dimension: Some(Dimension::Performance),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

/// Models that a message names.
const NAMED: usize = 3;

fn check(context: &mut Context<'_>) {
    let project = context.project;
    let found: Vec<_> = project
        .own_modules()
        .flat_map(|module| in_module(context, module))
        .collect();
    if found.is_empty() {
        return;
    }
    let heat = Heat::of(project, &CallGraph::of(project));
    for (place, id) in found {
        let others = cascading(project, id);
        if others.is_empty() || heat.at(project, place) == 0 {
            continue;
        }
        let model = project.models.get(id);
        let names: Vec<String> = others.iter().map(|name| format!("`{name}`")).collect();
        let more = if names.len() > NAMED { " and more" } else { "" };
        let names = names[..names.len().min(NAMED)].join(", ");
        context
            .report(
                place,
                format!(
                    "a request deletes rows of `{}` without bound, and with them those of {names}{more}",
                    model.name
                ),
            )
            .help("delete them in a task, some hundred at a time")
            .symbol(&*model.label)
            .app(&*model.app_label);
    }
}

/// The calls that delete as many rows as a table has.
fn in_module(context: &Context<'_>, module: ModuleId) -> Vec<(Location, ModelId)> {
    let project = context.project;
    let facts = project.modules.facts(module);
    let file = project.modules.get(module).file;
    let Some(file) = file.filter(|file| !is_test_path(&context.sources.file(*file).path)) else {
        return Vec::new();
    };
    if !facts.names.mention("delete") || project.modules.is_migration(module) {
        return Vec::new();
    }
    let calls = project.calls(module);
    let mut found = Vec::new();
    for body in facts.body_ids().map(|id| facts.body(id)) {
        for call in body.exprs().filter_map(ExprRef::as_call) {
            let method = call.callee.as_attribute();
            let Some((rows, "delete" | "adelete")) = method else {
                continue;
            };
            let is_djangos = matches!(calls.target(body.id, call.expr.id),
                Some(Target::Outside(name))
                    if calls.name(name).starts_with("django.db.models.query.QuerySet."));
            let growth = is_djangos.then(|| project.growth(ValueRef::of(module, rows)));
            if let Some(Some(Growth::Table(model))) = growth {
                found.push((Location::new(file, call.expr.span()), model));
            }
        }
    }
    found
}

/// The names of the models whose rows are deleted with those of a model.
fn cascading(project: &Project, id: ModelId) -> Vec<&str> {
    let cascades = |field: &Field| match field.argument("on_delete") {
        Some(Constant::External(name)) => name.ends_with(".CASCADE"),
        Some(Constant::Function(function)) => project.modules.function_name(*function) == "CASCADE",
        _ => false,
    };
    let models = &project.models;
    let mut names: Vec<&str> = models
        .reverse(id)
        .into_iter()
        .filter(|way| {
            let field = models.field_of(way);
            field.kind.is_foreign_key() && cascades(field)
        })
        .map(|way| &*models.get(way.from).name)
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}
