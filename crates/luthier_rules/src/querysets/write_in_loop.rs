use luthier_diagnostics::{Category, Confidence, Dimension, FixAvailability, Severity};
use luthier_project::Project;
use luthier_project::flows::{Ask, Growing, Through};
use luthier_project::models::{FieldKind, ModelId};

use super::growing::{self, Weight};
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
    /// possible, and hidden unless asked for. So it is where the loop makes queries of its own for each
    /// row, of which writing is the smaller part, and where nothing says that the rows are many: they
    /// are neither users nor do they belong to others. What luthier can rewrite itself is likely all the
    /// same.
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
        weigh,
    );
}

fn weigh(project: &Project, growing: &Growing) -> Weight {
    if !serves_in_bulk(project, growing) {
        return Weight::Possible;
    }
    // Where each row costs queries of its own, writing it is the smaller part; and a few rows are
    // written soon.
    let grows = |through: Through| project.table_grows(through.model);
    match !growing.asks_too && growing.through.is_some_and(grows) {
        true => Weight::Likely,
        false => Weight::IfMended,
    }
}

/// Whether writing in bulk comes to the same, as far as the code shows.
fn serves_in_bulk(project: &Project, growing: &Growing) -> bool {
    let Ask::Write {
        model,
        name,
        is_used,
        ..
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
            "save" => {
                growing.source.is_some()
                    && !has_files(project, *model)
                    && is_plain("save", &["pre_save", "post_save"])
            }
            "create" => !is_used && !has_parent() && is_plain("save", &["pre_save", "post_save"]),
            "delete" => is_plain("delete", &["pre_delete", "post_delete"]),
            "add" => !project.receivers().listen(*model, &["m2m_changed"]),
            _ => false,
        }
}

/// Whether rows have files, which `bulk_update()` does not store.
///
/// Source: `QuerySet.bulk_update` (Django 5.2), which calls no `pre_save()` of fields.
fn has_files(project: &Project, model: ModelId) -> bool {
    let fields = project.models.fields(model);
    let mut kinds = fields.iter().map(|(_, field)| &field.kind);
    kinds.any(|kind| matches!(kind, FieldKind::File | FieldKind::Image))
}

#[cfg(test)]
mod tests {
    use luthier_diagnostics::Confidence;

    use super::WRITE_IN_LOOP;
    use crate::testing::check;

    /// One line that fires, and how sure it is.
    #[track_caller]
    fn is(code: &str, confidence: Confidence) {
        let models = r#"
--- shop/models.py
from django.db import models

class Category(models.Model):
    name = models.CharField(max_length=20)
    threads = models.IntegerField(default=0)

class Thread(models.Model):
    category = models.ForeignKey(Category, models.CASCADE, related_name="all_threads")
    replies = models.IntegerField(default=0)

    def count(self):
        self.replies = self.reply_set.count()

    def tidy(self, text):
        self.replies = len(text.split())

class Reply(models.Model):
    thread = models.ForeignKey(Thread, models.CASCADE)

class Picture(models.Model):
    thread = models.ForeignKey(Thread, models.CASCADE)
    file = models.FileField()

--- shop/code.py
from shop.models import Category, Picture, Reply, Thread

"#;
        let found = check(&WRITE_IN_LOOP, &format!("{models}{code}"));
        let found: Vec<Confidence> = found.findings.iter().map(|one| one.confidence).collect();
        assert_eq!(found, [confidence], "{code}");
    }

    #[test]
    fn rows_that_are_only_written_are_likely() {
        is(
            "
def tidy(texts):
    for thread in Thread.objects.all():
        thread.tidy(texts[thread.pk])
        thread.save()  # fires
",
            Confidence::Likely,
        );
    }

    #[test]
    fn rows_that_cost_more_than_their_writing_are_possible() {
        is(
            "
def synchronize():
    for thread in Thread.objects.all():
        thread.count()
        thread.save()  # fires
",
            Confidence::Possible,
        );
    }

    #[test]
    fn rows_that_may_be_few_are_possible() {
        is(
            "
def rename(names):
    for category in Category.objects.all():
        category.name = names.of(category.pk)
        names.done()
        category.save()  # fires
        names.forget()
",
            Confidence::Possible,
        );
    }

    #[test]
    fn files_are_stored_one_by_one() {
        is(
            "
def store(files):
    for picture in Picture.objects.all():
        picture.file = files[picture.pk]
        picture.save()  # fires
",
            Confidence::Possible,
        );
    }
}
