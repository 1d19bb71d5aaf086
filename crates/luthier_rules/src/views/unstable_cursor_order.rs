use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::Project;
use luthier_project::constant::Constant;
use luthier_project::models::{Field, FieldKind, Found, ModelId};
use luthier_project::views::Pages;

use super::lists::{model_of, place};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Pages by cursor are ordered by fields that many rows share, or that change.
    ///
    /// ## Why it matters
    ///
    /// The cursor is the value of the last row that was shown. Rows with the same value have no order
    /// among them, so the next page repeats some and leaves out others; rows whose value changes meanwhile
    /// move past the reader. A moment of creation is nearly unique: where it stands alone this is only a
    /// remark, since rows that are stored at once share theirs. A unique field behind it settles the rest.
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
    /// REST_FRAMEWORK = {"PAGE_SIZE": 50}
    /// ```
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     number = models.CharField(max_length=20, unique=True)
    ///     state = models.CharField(max_length=20)
    ///     day = models.DateField()
    ///     created = models.DateTimeField(auto_now_add=True)
    ///     changed = models.DateTimeField(auto_now=True)
    /// ```
    /// ```python file=config/urls.py
    /// from django.urls import path
    /// from shop import views
    ///
    /// urlpatterns = [
    ///     path("one/", views.One.as_view()),
    ///     path("two/", views.Two.as_view()),
    ///     path("three/", views.Three.as_view()),
    /// ]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/views.py
    /// from rest_framework import generics, pagination
    /// from .models import Order
    ///
    /// class ByDay(pagination.CursorPagination):
    ///     ordering = ("-day", "state")
    ///
    /// class ByChange(pagination.CursorPagination):
    ///     ordering = "-changed"
    ///
    /// class One(generics.ListAPIView):  # fires
    ///     queryset = Order.objects.all()
    ///     pagination_class = ByDay
    ///
    /// class ByMoment(pagination.CursorPagination):
    ///     ordering = "-created"
    ///
    /// class Two(generics.ListAPIView):  # fires
    ///     queryset = Order.objects.all()
    ///     pagination_class = ByChange
    ///
    /// class Three(generics.ListAPIView):  # fires
    ///     queryset = Order.objects.all()
    ///     pagination_class = ByMoment
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/views.py
    /// from rest_framework import generics, pagination
    /// from .models import Order
    ///
    /// class ByDay(pagination.CursorPagination):
    ///     ordering = ("-day", "number")
    ///
    /// class ByMoment(pagination.CursorPagination):
    ///     ordering = ("-created", "-pk")
    ///
    /// class One(generics.ListAPIView):
    ///     queryset = Order.objects.all()
    ///     pagination_class = ByDay
    ///
    /// class Two(generics.ListAPIView):
    ///     queryset = Order.objects.all()
    ///     pagination_class = pagination.CursorPagination
    ///
    /// class Three(generics.ListAPIView):
    ///     queryset = Order.objects.all()
    ///     pagination_class = ByMoment
    /// ```
    UNSTABLE_CURSOR_ORDER = {
        code: "DRF011",
        name: "unstable-cursor-order",
        severity: Severity::Warning,
        category: Category::Drf,
        dimension: Some(Dimension::ErrorHandling),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for view in project.list_views() {
        let Pages::Cursor(class) = view.pages else {
            continue;
        };
        // Then the view itself says what the filter orders by.
        let names = project.cursor_order(class).filter(|_| !view.says_order);
        let (Some(names), Some(place)) = (names, place(project, view)) else {
            continue;
        };
        let stability = stability(project, view.rows.model, &names);
        // The framework's own class says so by itself.
        if stability == Stability::Sure || class.is_none() && stability == Stability::Nearly {
            continue;
        }
        let model = model_of(project, view);
        let written: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let written = written.join(", ");
        let (severity, why) = match stability {
            Stability::Nearly => (
                Severity::Info,
                " alone: rows of the same moment have no order among them",
            ),
            _ => (
                Severity::Warning,
                ", which many rows may share or which changes",
            ),
        };
        context
            .report(
                place,
                format!("pages of `{}` are ordered by {written}{why}", model.name),
            )
            .severity(severity)
            .help("let `ordering` of the pagination class end with a unique field")
            .symbol(&*model.label)
            .app(&*model.app_label);
    }
}

/// How sure it is that rows keep their order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stability {
    /// They do, or it is not known.
    Sure,
    /// All but those that share a moment.
    Nearly,
    /// Many share their values, or the first value changes.
    None,
}

fn stability(project: &Project, id: ModelId, names: &[String]) -> Stability {
    let fields: Option<Vec<&Field>> = names
        .iter()
        .map(|name| match project.models.lookup(id, name) {
            Found::Field(owner, field) if owner == id => Some(field),
            _ => None,
        })
        .collect();
    let Some(fields) = fields.filter(|fields| !fields.is_empty()) else {
        return Stability::Sure;
    };
    let model = project.models.get(id);
    let plain: Vec<&str> = fields.iter().map(|field| &*field.name).collect();
    if model.is_unique(&project.modules, &plain) != Some(false) {
        Stability::Sure
    } else if fields.iter().any(|field| is_moment(field)) {
        Stability::Nearly
    } else {
        Stability::None
    }
}

/// Whether a field holds a moment that nothing changes: nearly unique.
fn is_moment(field: &Field) -> bool {
    let changes = field.argument("auto_now").and_then(Constant::truth) == Some(true);
    field.kind == FieldKind::DateTime && !changes
}
