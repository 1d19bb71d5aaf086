use luthier_diagnostics::{Category, Confidence, Dimension, FixAvailability, Severity};
use luthier_project::Project;
use luthier_project::flows::{Ask, Growing};

use super::growing;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Rows are written one by one in a loop over rows.
    ///
    /// ## Why it matters
    ///
    /// `save()`, `create()`, `delete()` or `add()` within a loop is one statement, and often one
    /// transaction, for each row. `bulk_create()`, `bulk_update()`, one `update()` or one `delete()`
    /// write a thousand rows with a few.
    ///
    /// What is written in bulk calls no `save()` of the model's own and sends no signals. Where the
    /// model has such a method or something listens to its signals, where the code goes on with the
    /// row that it made, and where what writes is a function called in the loop, the finding is only
    /// possible, and hidden unless asked for.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Tag(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// class Order(models.Model):
    ///     is_sent = models.BooleanField(default=False)
    ///     tags = models.ManyToManyField(Tag)
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    ///     amount = models.IntegerField(default=1)
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from shop.models import Line, Order, Tag
    ///
    /// def send():
    ///     for order in Order.objects.filter(is_sent=False):
    ///         order.is_sent = True
    ///         order.save()  # fires
    ///
    /// def forget():
    ///     for line in Line.objects.filter(amount=0):
    ///         line.delete()  # fires
    ///
    /// def mark(tag_id):
    ///     tag = Tag.objects.get(pk=tag_id)
    ///     for order in Order.objects.all():
    ///         order.tags.add(tag)  # fires
    ///         Line.objects.create(order=order)  # fires
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/services.py
    /// from shop.models import Line, Order, Tag
    ///
    /// def send():
    ///     changed = []
    ///     for order in Order.objects.filter(is_sent=False):
    ///         order.is_sent = True
    ///         changed.append(order)
    ///     Order.objects.bulk_update(changed, ["is_sent"], batch_size=1000)
    ///
    /// def forget():
    ///     Line.objects.filter(amount=0).delete()
    ///
    /// def mark(tag_id):
    ///     tag = Tag.objects.get(pk=tag_id)
    ///     for order in Order.objects.all():
    ///         order.tags.add(tag)
    ///         Line.objects.create(order=order)
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     is_sent = models.BooleanField(default=False)
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    ///     amount = models.IntegerField(default=1)
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from shop.models import Line, Order
    ///
    /// def send():
    ///     Order.objects.filter(is_sent=False).update(is_sent=True)
    ///
    /// def send_some(size=100):
    ///     orders = list(Order.objects.filter(is_sent=False))
    ///     for order in orders:
    ///         order.is_sent = True
    ///     Order.objects.bulk_update(orders, ["is_sent"], batch_size=size)
    ///
    /// def first():
    ///     for order in Order.objects.order_by("pk"):
    ///         order.is_sent = True
    ///         order.save()
    ///         break
    ///
    /// def lines():
    ///     for amount in (1, 2, 3):
    ///         Line.objects.create(order_id=1, amount=amount)
    /// ```
    WRITE_IN_LOOP = {
        code: "ORM008",
        name: "write-in-loop",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    growing::report_weighed(
        context,
        |growing| matches!(growing.ask, Ask::Write { .. }),
        serves_in_bulk,
    );
}

/// Whether writing in bulk comes to the same, as far as the code shows.
fn serves_in_bulk(project: &Project, growing: &Growing) -> bool {
    let Ask::Write {
        model,
        name,
        is_used,
    } = &growing.ask
    else {
        return false;
    };
    let is_plain = |method: &str, signals: &[&str]| {
        !project.overrides(*model, method) && !project.receivers().listen(*model, signals)
    };
    // `bulk_create` refuses models with a parent's table.
    let has_parent = || {
        let parents = &project.models.get(*model).parents;
        parents.iter().any(|parent| parent.link.is_some())
    };
    let is_direct = growing.calls.is_empty() && !growing.is_conditional;
    is_direct
        && match &**name {
            // Rows that were just made are saved for their keys.
            "save" => growing.source.is_some() && is_plain("save", &["pre_save", "post_save"]),
            "create" => !is_used && !has_parent() && is_plain("save", &["pre_save", "post_save"]),
            "delete" => is_plain("delete", &["pre_delete", "post_delete"]),
            "add" => !project.receivers().listen(*model, &["m2m_changed"]),
            _ => false,
        }
}
