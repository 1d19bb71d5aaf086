use luthier_diagnostics::{Category, Confidence, Dimension, Fix, FixAvailability, Severity};
use luthier_project::facts::CallRef;
use luthier_project::flows::{FetchedRow, Use, UseKind, Variable};
use luthier_project::models::ModelId;
use luthier_project::modules::ModuleId;
use luthier_source::Span;

use super::using::Code;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// One or two fields of a fetched row are changed, and `save()` writes all of them.
    ///
    /// ## Why it matters
    ///
    /// `save()` writes every column as it was when the row was read: what others changed meanwhile, in
    /// other columns, is overwritten with old values, and nobody notices. The statement is longer than it need
    /// be, and the database updates indexes of columns that did not change.
    ///
    /// `save(update_fields=[...])` writes those columns only. Fields with `auto_now` have to be among them.
    ///
    /// Models whose `save()`, receivers of `pre_save` or fields have code of their own are left alone, since
    /// that may change other fields; so are rows that were given to other code before.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     state = models.CharField(max_length=10)
    ///     note = models.TextField()
    ///     changed = models.DateTimeField(auto_now=True)
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from django.shortcuts import get_object_or_404
    /// from shop.models import Customer, Order
    ///
    /// def pay(pk):
    ///     order = Order.objects.get(pk=pk)
    ///     if order.state == "new":
    ///         order.state = "paid"
    ///     order.save()  # fires
    ///
    /// def rename(pk, name):
    ///     customer = get_object_or_404(Customer, pk=pk)
    ///     customer.name = name
    ///     customer.save()
    ///     return customer
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     state = models.CharField(max_length=10)
    ///     note = models.TextField()
    ///     changed = models.DateTimeField(auto_now=True)
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from django.shortcuts import get_object_or_404
    /// from shop.models import Customer, Order
    ///
    /// def pay(pk):
    ///     order = Order.objects.get(pk=pk)
    ///     if order.state == "new":
    ///         order.state = "paid"
    ///     order.save(update_fields=["state", "changed"])
    ///
    /// def rename(pk, name):
    ///     customer = get_object_or_404(Customer, pk=pk)
    ///     customer.name = name
    ///     customer.save()
    ///     return customer
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    /// from django.db.models.signals import pre_save
    /// from django.dispatch import receiver
    ///
    /// class Order(models.Model):
    ///     state = models.CharField(max_length=10)
    ///     note = models.TextField()
    ///     number = models.IntegerField()
    ///     day = models.DateField()
    ///
    ///     def close(self):
    ///         self.state = "closed"
    ///
    /// class Invoice(models.Model):
    ///     text = models.TextField()
    ///     day = models.DateField()
    ///     number = models.IntegerField()
    ///
    ///     def save(self, *args, **kwargs):
    ///         self.number += 1
    ///         super().save(*args, **kwargs)
    ///
    /// class Letter(models.Model):
    ///     text = models.TextField()
    ///     length = models.IntegerField()
    ///     number = models.IntegerField()
    ///
    /// @receiver(pre_save, sender=Letter)
    /// def measure(sender, instance, **kwargs):
    ///     instance.length = len(instance.text)
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from shop.models import Invoice, Letter, Order
    ///
    /// def pay(pk):
    ///     order = Order.objects.get(pk=pk)
    ///     order.state = "paid"
    ///     order.save(update_fields=["state"])
    ///
    /// def write(pk, text):
    ///     invoice = Invoice.objects.get(pk=pk)
    ///     invoice.text = text
    ///     invoice.save()
    ///     letter = Letter.objects.get(pk=pk)
    ///     letter.text = text
    ///     letter.save()
    ///
    /// def close(pk):
    ///     order = Order.objects.get(pk=pk)
    ///     order.note = "closed"
    ///     order.close()
    ///     order.save()
    ///
    /// def given(pk, change):
    ///     order = Order.objects.get(pk=pk)
    ///     order.state = "paid"
    ///     change(order)
    ///     order.save()
    ///
    /// def copied(pk):
    ///     order = Order.objects.get(pk=pk)
    ///     order.pk = None
    ///     order.state = "new"
    ///     order.save()
    ///
    /// def touched(pk):
    ///     Order.objects.get(pk=pk).save()
    ///
    /// def made():
    ///     order = Order(note="")
    ///     order.state = "new"
    ///     order.save()
    ///
    /// def much(pk, day):
    ///     order = Order.objects.get(pk=pk)
    ///     order.state = "new"
    ///     order.note = ""
    ///     order.day = day
    ///     order.save()
    ///
    /// def locked(pk):
    ///     order = Order.objects.select_for_update().get(pk=pk)
    ///     order.state = "paid"
    ///     order.save()
    /// ```
    SAVE_WITHOUT_UPDATE_FIELDS = {
        code: "ORM016",
        name: "save-without-update-fields",
        severity: Severity::Info,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Module(check),
    }
}

/// More changed fields than these are no reason to name them.
const MOST_FIELDS: usize = 2;

/// Methods of models that change no field that is stored.
const HARMLESS: &[&str] = &[
    "get_absolute_url",
    "get_deferred_fields",
    "serializable_value",
];

fn check(context: &mut Context<'_>, module: ModuleId) {
    let Some(code) = Code::of(context, module) else {
        return;
    };
    for variable in code
        .project
        .variables(module)
        .iter()
        .filter(|it| !it.is_shared)
    {
        let Some(row) = code.project.fetched_row(module, variable) else {
            continue;
        };
        // What is locked nobody changes meanwhile.
        let is_left_out = row.has(&["defer", "only", "select_for_update"])
            || code.is_copied(variable)
            || !code.project.saves_plainly(row.model);
        if is_left_out {
            continue;
        }
        for used in &variable.uses {
            let Some((call, fields)) = saved(code, variable, &row, used) else {
                continue;
            };
            let names = names(code, row.model, &fields);
            let Some(names) = names.filter(|names| leaves_others(code, row.model, names)) else {
                continue;
            };
            let model = &code.project.models.get(row.model).name;
            let quoted: Vec<String> = fields.iter().map(|field| format!("`{field}`")).collect();
            let written: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
            let argument = format!("update_fields=[{}]", written.join(", "));
            let end = call.expr.span().end - 1;
            let inside = Span::new(call.callee.span().end, call.expr.span().end);
            let is_plain = inside.text(&code.source.text) == "()";
            let fix = is_plain.then(|| {
                Fix::safe("Write the changed fields only").insert(code.file, end, &*argument)
            });
            code.report(
                context,
                call.expr.span(),
                row.model,
                format!(
                    "all fields of `{model}` are written, though only {} changed",
                    quoted.join(" and ")
                ),
            )
            .help(format!("pass `{argument}`"))
            .fix(fix);
        }
    }
}

/// A `save()` without arguments, and the fields that surely are all that changed before it.
fn saved<'a>(
    code: Code<'a>,
    variable: &'a Variable,
    row: &FetchedRow<'_>,
    used: &Use,
) -> Option<(CallRef<'a>, Vec<&'a str>)> {
    let facts = code.project.modules.facts(code.module);
    let is_save =
        |used: &Use| matches!(used.kind, UseKind::Method(name) if facts.text(name) == "save");
    if !is_save(used) || used.is_repeated {
        return None;
    }
    let call = code.expr(variable.body, used.whole).as_call()?;
    if !call.arguments().is_empty() {
        return None;
    }
    let place = call.expr.span();
    let mut fields: Vec<&str> = Vec::new();
    let mut is_sure = false;
    for other in variable.others(used) {
        if code.expr(variable.body, other.expr).span().start > place.start {
            continue;
        }
        match other.kind {
            UseKind::Written(name) | UseKind::Changed(name) => {
                let name = facts.text(name);
                if !fields.contains(&name) {
                    fields.push(name);
                }
                is_sure = true;
            }
            UseKind::Method(name) => {
                let name = facts.text(name);
                let is_display = name.starts_with("get_") && name.ends_with("_display");
                if !is_display && !HARMLESS.contains(&name) {
                    return None;
                }
            }
            // A property may change what it likes, and what is behind a relation is another row.
            UseKind::Read(name) => {
                code.project.models.field(row.model, facts.text(name))?;
            }
            UseKind::Tested | UseKind::Truth | UseKind::Compared | UseKind::Lookup(_) => {}
            _ => return None,
        }
    }
    (is_sure && fields.len() <= MOST_FIELDS).then_some((call, fields))
}

/// The names for `update_fields`: of columns that changed, and of those that Django sets itself.
/// `None` where something else than a column was assigned.
fn names<'a>(code: Code<'a>, model: ModelId, changed: &[&str]) -> Option<Vec<&'a str>> {
    let fields = code.project.models.fields(model);
    let mut names: Vec<&str> = Vec::new();
    for changed in changed {
        let (_, field) = fields
            .iter()
            .find(|(_, field)| *field.name == **changed || *field.attname() == **changed)?;
        let is_column = field.kind.has_column() == Some(true);
        let is_key = field.primary_key() != Some(false);
        if !is_column || is_key {
            return None;
        }
        names.push(&field.name);
    }
    for (_, field) in &fields {
        let is_now = field.argument("auto_now").is_some();
        if is_now && !names.contains(&&*field.name) {
            names.push(&field.name);
        }
    }
    Some(names)
}

/// Whether there are other columns that could be overwritten: not in tables of a few.
fn leaves_others(code: Code<'_>, model: ModelId, names: &[&str]) -> bool {
    let fields = code.project.models.fields(model);
    let others = fields.iter().filter(|(_, field)| {
        let is_stored = field.kind.has_column() == Some(true);
        let is_key = field.primary_key() != Some(false);
        let is_fixed = field.is_set_by_itself() == Some(true);
        is_stored && !is_key && !is_fixed && !names.contains(&&*field.name)
    });
    others.count() >= 1
}
