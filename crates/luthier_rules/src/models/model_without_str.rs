use std::collections::{BTreeMap, BTreeSet};

use luthier_diagnostics::{Category, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::facts::{CallRef, ExprRef};
use luthier_project::models::{Model, ModelId};
use luthier_project::modules::{Ancestor, ClassRef, Definition, ModuleId};
use luthier_project::views::Render;
use rayon::prelude::*;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A model that the admin or a template shows has no `__str__`.
    ///
    /// ## Why it matters
    ///
    /// Lists, breadcrumbs, select boxes, the history and every deletion page then say
    /// `Order object (17)`. Whoever works with the admin has to open rows to tell them apart, and
    /// deletes the wrong one. A template that prints a row says the same to every visitor.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):  # fires
    ///     number = models.CharField(max_length=20)
    /// ```
    /// ```python file=shop/admin.py
    /// from django.contrib import admin
    /// from .models import Order
    ///
    /// admin.site.register(Order)
    /// ```
    ///
    /// A template that prints the rows of a list view:
    ///
    /// ```python file=cart/models.py
    /// from django.db import models
    ///
    /// class Basket(models.Model):  # fires
    ///     number = models.CharField(max_length=20)
    /// ```
    /// ```python file=cart/urls.py
    /// from django.urls import path
    /// from django.views.generic import ListView
    /// from .models import Basket
    ///
    /// class BasketList(ListView):
    ///     model = Basket
    ///
    /// urlpatterns = [path("baskets/", BasketList.as_view())]
    /// ```
    /// ```html file=cart/templates/cart/basket_list.html
    /// {% for basket in object_list %}<li>{{ basket }}</li>{% endfor %}
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Named:
    ///     def __str__(self):
    ///         return self.name
    ///
    /// class Order(Named, models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE)
    /// ```
    /// ```python file=shop/admin.py
    /// from django.contrib import admin
    /// from .models import Order
    ///
    /// @admin.register(Order)
    /// class OrderAdmin(admin.ModelAdmin):
    ///     pass
    /// ```
    ///
    /// A template that shows fields of a row, and not the row itself:
    ///
    /// ```python file=cart/models.py
    /// from django.db import models
    ///
    /// class Basket(models.Model):
    ///     number = models.CharField(max_length=20)
    /// ```
    /// ```python file=cart/urls.py
    /// from django.urls import path
    /// from django.views.generic import ListView
    /// from .models import Basket
    ///
    /// class BasketList(ListView):
    ///     model = Basket
    ///
    /// urlpatterns = [path("baskets/", BasketList.as_view())]
    /// ```
    /// ```html file=cart/templates/cart/basket_list.html
    /// {% for basket in object_list %}
    ///   {% if basket %}<a href="{% url "basket" basket.pk %}">{{ basket.number }}</a>{% endif %}
    /// {% endfor %}
    /// ```
    MODEL_WITHOUT_STR = {
        code: "ORM037",
        name: "model-without-str",
        severity: Severity::Info,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    let unnamed: BTreeSet<ModelId> = project
        .models
        .registered()
        .filter(|(_, model)| is_unnamed(project, model))
        .map(|(id, _)| id)
        .collect();
    if unnamed.is_empty() {
        return;
    }
    let registered = project
        .own_modules()
        .flat_map(|module| registered(project, module));
    let registered: BTreeSet<ModelId> = registered.collect();
    let mut shown: BTreeMap<ModelId, Option<Location>> = match unnamed.is_subset(&registered) {
        true => BTreeMap::new(),
        false => printed(project),
    };
    shown.extend(registered.into_iter().map(|model| (model, None)));
    for (id, printed) in shown {
        let model = project.models.get(id);
        let Some(class) = model.class.filter(|_| unnamed.contains(&id)) else {
            continue;
        };
        let Some(file) = project.modules.get(class.module).file else {
            continue;
        };
        let location = Location {
            file,
            span: project.modules.class(class).name_span,
        };
        let by = match printed {
            Some(place) => format!("`{}` prints", context.sources.file(place.file).path),
            None => "the admin shows".to_owned(),
        };
        let mut reported = context.report(
            location,
            format!("{by} `{}`, which has no `__str__`", model.name),
        );
        if let Some(place) = printed {
            reported.related(place, "it is printed here");
        }
        reported
            .help("define `__str__` to say in a few words which row it is")
            .symbol(&*model.label)
            .app(&*model.app_label);
    }
}

/// The models whose rows templates print, each with the first place.
fn printed(project: &Project) -> BTreeMap<ModelId, Option<Location>> {
    let of_render = |render: &Render| project.printed(render.template, &render.context);
    let renders: Vec<_> = project.renders().par_iter().map(of_render).collect();
    let mut found = BTreeMap::new();
    for printed in renders.into_iter().flatten() {
        found.entry(printed.model).or_insert(Some(printed.place));
    }
    found
}

/// The models that a module registers with an admin site.
fn registered(project: &Project, module: ModuleId) -> Vec<ModelId> {
    let facts = project.modules.facts(module);
    let imports_admin = facts.imports.iter().any(|import| {
        facts.text(import.module).contains("admin") || facts.text(import.binds) == "admin"
    });
    let mut models = Vec::new();
    if !imports_admin {
        return models;
    }
    for expr in facts.module().exprs() {
        let Some(call) = expr
            .as_call()
            .filter(|call| is_register(project, module, *call))
        else {
            continue;
        };
        let given = call.positional().flat_map(|given| match given.elements() {
            Some(elements) => elements.collect::<Vec<ExprRef<'_>>>(),
            None => vec![given],
        });
        models.extend(given.filter_map(
            |given| match project.modules.resolve_expr(module, given) {
                Definition::Class(class) => project.models.by_class(class),
                _ => None,
            },
        ));
    }
    models
}

/// `admin.site.register(...)`, `@admin.register(...)`, `site.register(...)`.
fn is_register(project: &Project, module: ModuleId, call: CallRef<'_>) -> bool {
    let Some(dotted) = call.callee.dotted() else {
        return false;
    };
    let Some(owner) = dotted
        .strip_suffix("register")
        .and_then(|owner| owner.strip_suffix('.'))
    else {
        return dotted == "register"
            && project
                .modules
                .qualified_expr(module, call.callee)
                .is_some_and(|name| name.starts_with("django.contrib.admin"));
    };
    owner == "admin" || owner.ends_with("site")
}

/// Whether a model of the repository surely has no `__str__`.
fn is_unnamed(project: &Project, model: &Model) -> bool {
    let Some(class) = model.class.filter(|_| !model.is_open) else {
        return false;
    };
    project.modules.get(class.module).file.is_some() && !has_str(project, class)
}

/// Whether the class, or a base whose code is known, says how it is written; an unknown base may.
fn has_str(project: &Project, class: ClassRef) -> bool {
    project
        .modules
        .mro(class)
        .ancestors
        .iter()
        .any(|ancestor| match ancestor {
            Ancestor::Class(ancestor) => {
                let is_django_model = project.modules.class_name(*ancestor) == "Model"
                    && project
                        .modules
                        .get(ancestor.module)
                        .name
                        .starts_with("django.db.models");
                !is_django_model
                    && project
                        .modules
                        .class_body(*ancestor)
                        .binding("__str__")
                        .is_some()
            }
            Ancestor::External(name) => {
                !name.starts_with("builtins.") && !name.starts_with("django.db.models")
            }
            Ancestor::Unknown => true,
        })
}
