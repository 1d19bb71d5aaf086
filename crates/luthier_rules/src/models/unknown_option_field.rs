use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::facts::ExprRef;
use luthier_project::models::{Model, ModelId};
use luthier_project::querysets::Role;
use luthier_source::FileId;

use super::option_names;
use crate::nearest::{nearest, slipped};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// An option of a model, form, serializer, filter set or admin class names a field that is not there.
    ///
    /// ## Why it matters
    ///
    /// Django's checks refuse to start (`models.E012`, `models.E015`), or the first query that uses the
    /// ordering fails. Serializers, forms and filter sets fail when they are first used
    /// (`ImproperlyConfigured`, `FieldError`, `TypeError`), admin classes at the start (`admin.E108` and
    /// its kin) or with the first search. Renaming a field leaves these names behind, because they are
    /// only strings.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=50)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     number = models.IntegerField()
    ///
    ///     class Meta:
    ///         ordering = ["-created", "customer__surname"]  # fires
    ///         unique_together = [("customer", "no")]  # fires
    ///         indexes = [models.Index(fields=["-nummer"], name="by_number")]  # fires
    ///         constraints = [models.UniqueConstraint(fields=["costumer"], name="one")]  # fires
    ///         get_latest_by = "made"  # fires
    /// ```
    /// ```python file=shop/serializers.py
    /// from rest_framework import serializers
    /// from .models import Order
    ///
    /// class OrderSerializer(serializers.ModelSerializer):
    ///     class Meta:
    ///         model = Order
    ///         fields = ["id", "customer", "nummer"]  # fires
    /// ```
    /// ```python file=shop/forms.py
    /// from django import forms
    /// from .models import Order
    ///
    /// class OrderForm(forms.ModelForm):
    ///     class Meta:
    ///         model = Order
    ///         fields = ["customer", "nummer"]  # fires
    /// ```
    /// ```python file=shop/filters.py
    /// import django_filters
    /// from .models import Order
    ///
    /// class OrderFilter(django_filters.FilterSet):
    ///     class Meta:
    ///         model = Order
    ///         fields = {"customer__nam": ["exact"]}  # fires
    /// ```
    /// ```python file=shop/admin.py
    /// from django.contrib import admin
    /// from .models import Order
    ///
    /// @admin.register(Order)
    /// class OrderAdmin(admin.ModelAdmin):
    ///     list_display = ["number", "costumer"]  # fires
    ///     list_filter = ["customer__surname"]  # fires
    ///     search_fields = ["=nummer"]  # fires
    ///     readonly_fields = ["made"]  # fires
    ///     date_hierarchy = "made"  # fires
    ///     ordering = ["customer__icontains"]  # fires
    ///     prepopulated_fields = {"number": ["titel"]}  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/models.py
    /// from django.db import models
    /// from far.away import TranslatedField, Unknown, translated
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=50)
    ///     data = models.JSONField(default=dict)
    ///
    /// @translated
    /// class Product(models.Model):
    ///     name = models.CharField(max_length=50)
    ///
    ///     class Meta:
    ///         ordering = ["slogan"]
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     number = models.IntegerField()
    ///     title = TranslatedField(max_length=50)
    ///
    ///     class Meta:
    ///         ordering = ["title", "-pk", "?", "customer__name", "customer__data__city", "customer_id"]
    ///         unique_together = ("customer", "number")
    ///         indexes = [models.Index(fields=["customer", "-number"], name="by_number")]
    ///         get_latest_by = ["-number"]
    ///
    /// class Special(Order):
    ///     class Meta:
    ///         ordering = ["number"]
    ///
    /// class Other(Unknown, models.Model):
    ///     class Meta:
    ///         ordering = ["created"]
    /// ```
    /// ```python file=shop/serializers.py
    /// from rest_framework import serializers
    /// from .models import Customer, Order
    ///
    /// class OrderSerializer(serializers.ModelSerializer):
    ///     total = serializers.IntegerField()
    ///
    ///     class Meta:
    ///         model = Order
    ///         fields = ["url", "pk", "customer", "customer_id", "total"]
    ///         read_only_fields = ["total"]
    ///
    /// class CustomerSerializer(serializers.ModelSerializer):
    ///     class Meta:
    ///         model = Customer
    ///         fields = ["name", "order_set"]
    ///
    /// class BaseSerializer(serializers.ModelSerializer):
    ///     class Meta:
    ///         model = Customer
    ///         fields = ["name", "rank"]
    ///
    /// class RankSerializer(BaseSerializer):
    ///     rank = serializers.IntegerField()
    /// ```
    /// ```python file=shop/filters.py
    /// import django_filters
    /// from .models import Order
    ///
    /// class OrderFilter(django_filters.FilterSet):
    ///     newest = django_filters.BooleanFilter()
    ///
    ///     class Meta:
    ///         model = Order
    ///         fields = ["number", "newest", "customer__name"]
    /// ```
    /// ```python file=shop/admin.py
    /// from django.contrib import admin
    /// from .models import Customer, Order
    ///
    /// class OrderAdmin(admin.ModelAdmin):
    ///     list_display = ["__str__", "number", "shout", lambda order: "?", "customer__name"]
    ///     list_filter = ["customer__name", ("customer", admin.RelatedOnlyFieldListFilter)]
    ///     search_fields = ["=number", "customer__name__icontains", "customer__exact", "pk"]
    ///     ordering = ["-number"]
    ///     readonly_fields = ["shout"]
    ///     fieldsets = [(None, {"fields": [("number", "customer"), "shout"]})]
    ///
    ///     def shout(self, order):
    ///         return f"{order.number}!"
    ///
    /// admin.site.register(Order, OrderAdmin)
    /// ```
    UNKNOWN_OPTION_FIELD = {
        code: "INT003",
        name: "unknown-option-field",
        severity: Severity::Error,
        category: Category::Integrity,
        dimension: Some(Dimension::OrmUsage),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for (id, model) in project.models.registered() {
        if !model.meta.is_own {
            continue;
        }
        for option in [
            "ordering",
            "unique_together",
            "get_latest_by",
            "indexes",
            "constraints",
        ] {
            for (file, name) in names(project, model, option) {
                judge(context, id, option, file, name);
            }
        }
    }
    option_names::check(context);
}

fn judge(context: &mut Context<'_>, id: ModelId, option: &str, file: FileId, name: ExprRef<'_>) {
    let project = context.project;
    let Some(path) = name.as_str() else { return };
    let path = path.trim_start_matches(['-', '+']);
    if path.is_empty() || path == "?" {
        return;
    }
    let model = project.models.get(id);
    let location = Location {
        file,
        span: name.span(),
    };
    let Some(found) = project.missing_field(id, path) else {
        return judge_of_any(context, model, option, location, path);
    };
    let candidates = project.models.names(found.model);
    let (missing, holder) = (&found.part, project.models.get(found.model));
    let nearest = nearest(missing, candidates.iter().map(|name| &**name));
    // Then only what looks misspelt is surely not there.
    if found.may_be_added && nearest.is_none() {
        return;
    }
    let message = format!(
        "`{option}` of `{}` names `{missing}`, which `{}` does not have",
        model.name, holder.name
    );
    let mut reported = context.report(location, message);
    reported.symbol(&*model.label).app(&*model.app_label);
    if let Some(nearest) = nearest {
        reported.help(format!("did you mean `{nearest}`?"));
    }
}

/// The same of a model that may have more than is known: only what looks misspelt, and no model has.
fn judge_of_any(
    context: &mut Context<'_>,
    model: &Model,
    option: &str,
    location: Location,
    path: &str,
) {
    let project = context.project;
    let module = project.modules.of_file(location.file);
    let found = module.and_then(|module| project.nowhere(module, path, Role::Value));
    let Some(found) = found else { return };
    let part = &found.part;
    let Some(meant) = slipped(part, found.known.iter().map(|known| &**known)) else {
        return;
    };
    let message = format!(
        "`{option}` of `{}` names `{part}`, which no model has",
        model.name
    );
    let mut reported = context.report(location, message);
    reported.symbol(&*model.label).app(&*model.app_label);
    reported.help(format!("did you mean `{meant}`?"));
    reported.confidence(Confidence::Likely);
}

/// The strings of an option that name fields, where they stand in the model's own class.
fn names<'a>(project: &'a Project, model: &Model, option: &str) -> Vec<(FileId, ExprRef<'a>)> {
    let Some((module, code)) = model.meta.code(&project.modules, option) else {
        return Vec::new();
    };
    let (Some(file), Some(class)) = (project.modules.get(module).file, model.class) else {
        return Vec::new();
    };
    if class.module != module || !project.modules.class(class).span.encloses(code.span()) {
        return Vec::new();
    }
    let mut found: Vec<ExprRef<'a>> = Vec::new();
    match option {
        "indexes" | "constraints" => {
            for made in code
                .elements()
                .into_iter()
                .flatten()
                .filter_map(ExprRef::as_call)
            {
                found.extend(
                    made.keyword("fields")
                        .and_then(ExprRef::elements)
                        .into_iter()
                        .flatten(),
                );
            }
        }
        _ if code.as_str().is_some() => found.push(code),
        _ => {
            for item in code.elements().into_iter().flatten() {
                match item.elements() {
                    Some(inner) => found.extend(inner),
                    None => found.push(item),
                }
            }
        }
    }
    found.into_iter().map(|name| (file, name)).collect()
}
