use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::models::{Attribute, ModelId};
use luthier_project::modules::ModuleId;

use crate::nearest::nearest;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Code reads an attribute of a row that nothing gives it.
    ///
    /// ## Why it matters
    ///
    /// The line fails with `AttributeError` as soon as it is reached, which may be in a branch that no
    /// test goes into: what is left after a field was renamed or moved, or a misspelt name.
    ///
    /// Only rows are judged of which it is sure what model they are of, and only names that stand nowhere
    /// else in the project as something that code may put on a row: annotations, assignments, texts for
    /// `setattr()` and the like.
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
    ///     customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    ///     made_at = models.DateTimeField()
    ///
    ///     def title(self):
    ///         return f"{self.custmer} at {self.made_at}"  # fires
    /// ```
    ///
    /// ```python file=shop/views.py
    /// from django.http import HttpResponse
    /// from django.shortcuts import get_object_or_404
    /// from shop.models import Customer, Order
    ///
    /// def detail(request, pk):
    ///     order = get_object_or_404(Order, pk=pk)
    ///     names = [one.titel() for one in order.customer.orders.all()]  # fires
    ///     return HttpResponse(order.customer.nmae, names)  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.contrib.contenttypes.fields import GenericForeignKey
    /// from django.db import models
    ///
    /// class Named:
    ///     @property
    ///     def label(self):
    ///         return self.nickname
    ///
    /// class Customer(Named, models.Model):
    ///     name = models.CharField(max_length=100)
    ///     nickname = models.CharField(max_length=100)
    ///
    ///     def __init__(self, *args, **kwargs):
    ///         super().__init__(*args, **kwargs)
    ///         self.name_before = self.name
    ///
    /// class Order(models.Model):
    ///     class State(models.TextChoices):
    ///         OPEN = "open"
    ///
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     state = models.CharField(max_length=9, choices=State.choices)
    ///     made_at = models.DateTimeField()
    ///     of = GenericForeignKey()
    ///
    /// class Extra(models.Model):
    ///     data = models.JSONField()
    ///
    ///     def __getattr__(self, name):
    ///         return self.data[name]
    ///
    /// class Special(Order):
    ///     reason = models.TextField()
    /// ```
    ///
    /// ```python file=shop/views.py
    /// from django.db.models import Count, Prefetch
    /// from shop.models import Customer, Extra, Order
    ///
    /// def numbers():
    ///     for customer in Customer.objects.annotate(number=Count("order")):
    ///         yield customer.number, customer.order_set.count(), customer.label, customer.name_before
    ///     for customer in Customer.objects.prefetch_related(Prefetch("order_set", to_attr="all_orders")):
    ///         yield customer.all_orders
    ///     for customer in Customer.objects.annotate(**{"latest_order": Count("order")}):
    ///         yield customer.latest_order
    ///     for customer in Customer.objects.raw("SELECT *, 1 AS one FROM shop_customer"):
    ///         yield customer.one
    ///
    /// def names(order: Order, extra: Extra):
    ///     order.seen = True
    ///     setattr(order, "told", True)
    ///     yield order.seen, order.told, order.pk, order.id, order.customer_id, order.State.OPEN
    ///     yield order.get_state_display(), order.get_next_by_made_at(), order.of.whatever
    ///     yield extra.whatever, order.reason, order._state.adding, order.DoesNotExist
    ///     if hasattr(order, "special"):
    ///         yield order.special.reason
    ///
    /// def tried(order: Order):
    ///     try:
    ///         return order.gone
    ///     except AttributeError:
    ///         return None
    /// ```
    UNKNOWN_ATTRIBUTE_ON_ROW = {
        code: "INT012",
        name: "unknown-attribute-on-row",
        severity: Severity::Error,
        category: Category::Integrity,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        check: Check::Module(check),
    }
}

fn check(context: &mut Context<'_>, module: ModuleId) {
    let project = context.project;
    let Some(file) = project.modules.get(module).file else {
        return;
    };
    for read in project.row_reads(module) {
        if read.attribute == Attribute::Is {
            continue;
        }
        let model = project.models.get(read.model);
        let meant = meant(project, read.model, &read.name);
        // Then only what looks misspelt is.
        if read.attribute == Attribute::IsNotWritten && meant.is_none() {
            continue;
        }
        let mut reported = context.report(
            Location::new(file, read.span),
            format!("`{}` has no attribute `{}`", model.name, read.name),
        );
        reported.symbol(&*model.label).app(&*model.app_label);
        if let Some(meant) = meant {
            reported.help(format!("did you mean `{meant}`?"));
        }
    }
}

/// The name of a field, a way back or a method that differs least.
fn meant(project: &Project, id: ModelId, name: &str) -> Option<String> {
    let models = &project.models;
    let mut names: Vec<String> = Vec::new();
    for (_, field) in models.fields(id) {
        names.push(field.name.to_string());
        names.push(field.attname().to_string());
    }
    let ways = models.reverse(id).into_iter();
    names.extend(ways.filter_map(|way| Some(models.accessor(way)?.to_string())));
    let class = models.get(id).class;
    for class in class
        .map(|class| project.modules.mro(class))
        .iter()
        .flat_map(|mro| mro.classes())
    {
        let body = project.modules.class_body(*class);
        let bindings = body.body().bindings.iter();
        names.extend(bindings.map(|binding| body.facts.text(binding.name).to_owned()));
    }
    nearest(name, names.iter().map(String::as_str)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::UNKNOWN_ATTRIBUTE_ON_ROW;
    use crate::testing;

    #[test]
    fn what_is_misspelt_on_decorated_classes() {
        testing::check(
            &UNKNOWN_ATTRIBUTE_ON_ROW,
            r#"
--- shop/models.py
from django.db import models
from shop.fields import CountField
from far.away import Strange, VersionField

def features(cls):
    return cls

@features
class Order(models.Model):
    status = models.CharField(max_length=9)

class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)
    version = VersionField()

class Counted(models.Model):
    count = CountField()

class Odd(Strange, models.Model):
    pass

--- shop/fields.py
from django.db import models

class CountField(models.IntegerField):
    def contribute_to_class(self, cls, name):
        super().contribute_to_class(cls, name)
        setattr(cls, f"add_{name}", lambda row: None)

--- shop/code.py
from shop.models import *

def use(order: Order, line: Line, counted: Counted, odd: Odd):
    yield order.statsu, order.added_by_features  # fires
    yield line.bump_version(), line.order.line_set
    yield line.ordre  # fires
    yield counted.whatever(), odd.whatever

def narrowed(line: Line):
    if isinstance(line, Special):
        yield line.special
"#,
        );
    }

    #[test]
    fn what_abstract_models_ask_of_the_models_derived_from_them() {
        testing::check(
            &UNKNOWN_ATTRIBUTE_ON_ROW,
            r"
--- shop/models.py
from django.db import models

class Named(models.Model):
    name = models.CharField(max_length=9)

    class Meta:
        abstract = True

    def title(self):
        return self.naem, self.suffix  # fires

class Shop(Named):
    suffix = models.CharField(max_length=9)

class ForOthers(models.Model):
    class Meta:
        abstract = True

    def title(self):
        return self.name_of_others
",
        );
    }
}
