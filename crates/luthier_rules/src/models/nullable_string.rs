use luthier_diagnostics::{Category, Confidence, Dimension, Fix, FixAvailability, Severity};
use luthier_project::constant::Constant;
use luthier_project::models::{Field, FieldKind, Model};

use rustc_hash::FxHashSet;

use super::empty_uses::EmptyUses;
use super::null_uses::NullUses;
use super::own_fields::{OwnField, keyword_span, own_fields};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A text field has two ways to be empty: the empty string and `NULL`.
    ///
    /// ## Why it matters
    ///
    /// Some code and some forms store an empty text as `""`, others leave `NULL`. Every query for "no
    /// value" then has to ask for both, and `exclude(name="x")`, `Concat` and ordering treat the two
    /// apart. One empty value, `""`, needs no such care.
    ///
    /// A finding names the place that shows the second empty value: a form or serializer that stores
    /// `""` (Django's forms do for a `TextField` and for fields that they declare themselves), or code
    /// that stores it, looks for it, or reads `x or ""`. Without such a place it is only possible, and
    /// hidden by default: `--confidence possible` shows it.
    ///
    /// `null=True` is right where each empty row must be allowed beside a `unique` constraint, and on
    /// tables that Django does not manage. Where `NULL` means something of its own ("not yet",
    /// "unknown"), code asks for it or stores it: a project that uses the name with `__isnull`,
    /// `is None`, `= None`, `.get(key)` or `allow_null=True` is not told.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     phone = models.CharField(max_length=20, null=True)  # fires
    ///     notes = models.TextField(blank=True, null=True)  # fires
    ///
    ///     def __str__(self):
    ///         return "Customer " + (self.phone or "")
    /// ```
    ///
    /// ```python file=shop/forms.py
    /// from django import forms
    /// from .models import Customer
    ///
    /// class CustomerForm(forms.ModelForm):
    ///     class Meta:
    ///         model = Customer
    ///         fields = ["notes"]
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     phone = models.CharField(max_length=20, blank=True, default="")
    ///     notes = models.TextField(blank=True, default="")
    ///
    ///     def __str__(self):
    ///         return "Customer " + (self.phone or "")
    /// ```
    ///
    /// ```python file=shop/forms.py
    /// from django import forms
    /// from .models import Customer
    ///
    /// class CustomerForm(forms.ModelForm):
    ///     class Meta:
    ///         model = Customer
    ///         fields = ["notes"]
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     phone = models.CharField(max_length=20, blank=True, default="")
    ///     tax_number = models.CharField(max_length=20, null=True, unique=True)
    ///     coupon = models.CharField(max_length=20, null=True)
    ///     born = models.DateField(null=True)
    ///     checksum = models.CharField(max_length=64, null=True)
    ///     answer = models.TextField(null=True)
    ///     error = models.TextField(null=True)
    ///     payload = models.TextField(null=True)
    ///     repeats = models.TextField(null=True)
    ///     region = models.TextField(null=True)
    ///     level = models.CharField(max_length=1, null=True, choices=[(None, "None"), ("a", "High")])
    ///
    ///     class Meta:
    ///         constraints = [models.UniqueConstraint(fields=["coupon"], name="one_coupon")]
    ///
    /// class Legacy(models.Model):
    ///     note = models.TextField(null=True)
    ///
    ///     class Meta:
    ///         managed = False
    /// ```
    ///
    /// ```python file=shop/services.py
    /// import json
    /// from dateutil.rrule import rrulestr
    ///
    /// def next_customer(customers):
    ///     return customers.filter(checksum__isnull=True).first()
    ///
    /// def is_open(customer):
    ///     return customer.answer is None and json.loads(customer.payload)
    ///
    /// def next_visit(customer, today):
    ///     return rrulestr(customer.repeats).after(today)
    ///
    /// def retry(customer, row):
    ///     customer.error = None
    ///     customer.region = row.get("region")
    ///     customer.save(update_fields=["error", "region"])
    /// ```
    NULLABLE_STRING = {
        code: "ORM032",
        name: "nullable-string",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        fix: FixAvailability::Sometimes,
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let (project, sources) = (context.project, context.sources);
    let is_doubtful = |own: &OwnField<'_>| {
        own.is_djangos()
            && is_plain_text(own.field.kind)
            && own.field.null() == Some(true)
            && own.field.unique() == Some(false)
            && !own.field.is_open()
            && own.model.is_managed()
            && !is_constrained(project, *own)
            && !offers_none(own.field)
    };
    let doubtful: Vec<OwnField<'_>> = own_fields(project).filter(is_doubtful).collect();
    let mut names: FxHashSet<&str> = doubtful.iter().map(|own| &*own.field.name).collect();
    let null_uses = NullUses::of(project, &names);
    names.retain(|name| !null_uses.has(name));
    let empty_uses = EmptyUses::of(project, &names);
    for own in doubtful {
        if null_uses.has(&own.field.name) {
            continue;
        }
        let location = own.location_of(sources, "null");
        let message = format!(
            "text field `{}` may be both empty and `NULL`",
            own.field.name
        );
        let fix = fix(sources.file(own.file).text.as_ref(), own);
        let default = own.field.argument("default");
        let help = if default.is_some_and(|default| *default != Constant::None) {
            "leave `null=True` out: there is a default"
        } else {
            "use `blank=True, default=\"\"` instead of `null=True`"
        };
        let mut reported = context.report(location, message);
        reported
            .help(help)
            .symbol(own.symbol())
            .app(&*own.model.app_label)
            .fix(fix);
        match empty_uses.find(own) {
            Some((place, what)) => reported.related(place, what),
            None => reported.confidence(Confidence::Possible),
        };
    }
}

/// Whether the choices name `None` themselves.
fn offers_none(field: &Field) -> bool {
    let Some(Constant::List(choices)) = field.argument("choices") else {
        return false;
    };
    choices.iter().any(
        |choice| matches!(choice, Constant::List(pair) if pair.first() == Some(&Constant::None)),
    )
}

fn is_plain_text(kind: FieldKind) -> bool {
    matches!(
        kind,
        FieldKind::Char | FieldKind::Text | FieldKind::Slug | FieldKind::Email | FieldKind::Url
    )
}

/// Whether a constraint or index over several columns names the field: `NULL` then means "not bound
/// by it".
fn is_constrained(project: &luthier_project::Project, own: OwnField<'_>) -> bool {
    let names_field = |model: &Model| {
        ["unique_together", "constraints"].iter().any(|option| {
            let Some((_, code)) = model.meta.code(&project.modules, option) else {
                return model
                    .meta
                    .get(option)
                    .is_some_and(|value| *value == Constant::Unknown);
            };
            let mut within = code.within();
            within.any(|expr| expr.as_str() == Some(&own.field.name)) || code.elements().is_none()
        })
    };
    names_field(own.model) || (own.model.is_abstract && has_constrained_child(project, own))
}

fn has_constrained_child(project: &luthier_project::Project, own: OwnField<'_>) -> bool {
    project.models.all().any(|(_, model)| {
        let inherits = model
            .fields
            .iter()
            .any(|field| field.value == own.field.value);
        inherits
            && ["unique_together", "constraints"]
                .iter()
                .any(|option| model.meta.get(option).is_some())
    })
}

fn fix(text: &str, own: OwnField<'_>) -> Option<Fix> {
    if own.field.has_default() != Some(false) {
        return None;
    }
    let null = keyword_span(text, own.call.keyword("null")?, "null")?;
    let replacement = if own.call.keyword("blank").is_some() {
        "default=\"\""
    } else {
        "blank=True, default=\"\""
    };
    let title = format!("Make the empty string the only empty `{}`", own.field.name);
    Some(Fix::risky(title).replace(own.file, null, replacement))
}
