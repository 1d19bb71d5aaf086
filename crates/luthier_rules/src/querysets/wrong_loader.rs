use luthier_diagnostics::{
    Category, Confidence, Dimension, Fix, FixAvailability, Location, Severity,
};
use luthier_project::modules::ModuleId;
use luthier_project::querysets::{Mending, PrefetchedOne};
use luthier_source::{FileId, Span};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// `prefetch_related` loads a foreign key or one-to-one field, which a join loads with the rows.
    ///
    /// ## Why it matters
    ///
    /// `prefetch_related` makes one more query, with the keys of all rows in it, and puts both together in
    /// Python. Where each row leads to one other, `select_related` has the database do that in the query
    /// that is made anyway.
    ///
    /// What `prefetch_related` alone can do is left alone: generic foreign keys, paths that go on over
    /// many rows, `Prefetch` objects, rows that are locked, compared, read in part or by raw SQL, models
    /// whose base manager is their own, and projects whose rows lie in several databases.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=100)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    /// ```
    ///
    /// ```python file=shop/views.py
    /// from shop.models import Line, Order
    ///
    /// def orders():
    ///     return Order.objects.prefetch_related("customer").order_by("pk")  # fires
    ///
    /// def orders_with_lines():
    ///     return Order.objects.prefetch_related("customer", "lines")  # fires
    ///
    /// def lines():
    ///     return Line.objects.prefetch_related("order__customer")  # fires
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/views.py
    /// from shop.models import Line, Order
    ///
    /// def orders():
    ///     return Order.objects.select_related("customer").order_by("pk")
    ///
    /// def orders_with_lines():
    ///     return Order.objects.select_related("customer").prefetch_related("lines")
    ///
    /// def lines():
    ///     return Line.objects.select_related("order__customer")
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.contrib.contenttypes.fields import GenericForeignKey
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=100)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     of = GenericForeignKey()
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    /// ```
    ///
    /// ```python file=shop/views.py
    /// from django.db.models import Prefetch
    /// from shop.models import Customer, Line, Order
    ///
    /// def near():
    ///     yield Order.objects.select_related("customer").prefetch_related("lines")
    ///     yield Order.objects.prefetch_related("of")
    ///     yield Line.objects.prefetch_related("order__lines")
    ///     yield Line.objects.prefetch_related("order", "order__lines")
    ///     yield Order.objects.prefetch_related(Prefetch("customer", Customer.objects.only("name")))
    ///     yield Order.objects.raw("SELECT * FROM shop_order").prefetch_related("customer")
    ///     yield Order.objects.select_for_update().prefetch_related("customer")
    ///     yield Order.objects.prefetch_related("customer").only("pk")
    /// ```
    WRONG_LOADER = {
        code: "ORM018",
        name: "wrong-loader",
        severity: Severity::Info,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Module(check),
    }
}

fn check(context: &mut Context<'_>, module: ModuleId) {
    let project = context.project;
    let Some(file) = project.modules.get(module).file else {
        return;
    };
    if project.modules.is_test(module) {
        return;
    }
    for one in project.prefetched_ones(module) {
        let model = project.models.get(one.model);
        context
            .report(
                Location::new(file, one.span),
                format!(
                    "`{}` of `{}` leads to one row, and is loaded by a query of its own",
                    one.path, model.name
                ),
            )
            .help(format!(
                "load it with the rows: `select_related(\"{}\")`",
                one.path
            ))
            .fix(fix(file, &one))
            .symbol(&*model.label)
            .app(&*model.app_label);
    }
}

fn fix(file: FileId, one: &PrefetchedOne) -> Option<Fix> {
    let fix = Fix::safe("Use `select_related`");
    match one.mending {
        Mending::Rename => Some(fix.replace(file, one.method, "select_related")),
        Mending::Move(span) => Some(fix.delete(file, span).replace(
            file,
            Span::at(one.method.start),
            format!("select_related(\"{}\").", one.path),
        )),
        Mending::None => None,
    }
}
