use luthier_diagnostics::{Category, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::models::Target;
use luthier_project::modules::ModuleId;

use super::get_model;
use super::own_fields::own_fields;
use crate::nearest::nearest;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A relation, `get_model` or `AUTH_USER_MODEL` names a model that does not exist.
    ///
    /// ## Why it matters
    ///
    /// Django refuses to start: `fields.E300`, or a `LookupError` at import. Names in strings are not
    /// seen by editors and renaming tools, so this comes with renamed models and moved apps.
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
    ///     customer = models.ForeignKey("shop.Custommer", models.CASCADE)  # fires
    ///     parent = models.ForeignKey("Ordr", models.CASCADE)  # fires
    /// ```
    /// ```python file=shop/services.py
    /// from django.apps import apps
    ///
    /// def brands():
    ///     return apps.get_model("shop", "Brand").objects.all()  # fires
    ///
    /// def customers():
    ///     return apps.get_model("shop.Costumer").objects.all()  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/models.py
    /// from django.conf import settings
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey("shop.customer", models.CASCADE)
    ///     parent = models.ForeignKey("self", models.CASCADE)
    ///     user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    ///     elsewhere = models.ForeignKey("not_in_this_repository.Thing", models.CASCADE)
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=50)
    /// ```
    /// ```python file=shop/services.py
    /// from django.apps import apps
    ///
    /// def customers():
    ///     return apps.get_model("shop", "customer").objects.all()
    ///
    /// def invoices():
    ///     try:
    ///         return apps.get_model("shop.Invoice").objects.all()
    ///     except LookupError:
    ///         return []
    ///
    /// def things():
    ///     return apps.get_model("not_in_this_repository.Thing").objects.all()
    /// ```
    /// ```python file=shop/migrations/0002_names.py
    /// from django.db import migrations
    ///
    /// def forwards(apps, schema_editor):
    ///     apps.get_model("shop", "OldCustomer").objects.all().delete()
    ///
    /// class Migration(migrations.Migration):
    ///     operations = [migrations.RunPython(forwards)]
    /// ```
    UNKNOWN_MODEL = {
        code: "INT004",
        name: "unknown-model",
        severity: Severity::Error,
        category: Category::Integrity,
        dimension: Some(Dimension::OrmUsage),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    // Which app a model belongs to, and so what a bare name means, is for `INSTALLED_APPS` to say.
    let production = project.settings.production();
    let knows_apps = production.is_none_or(|settings| settings.get("INSTALLED_APPS").is_some());
    for own in own_fields(project) {
        let Some(relation) = own.field.relation().filter(|_| own.model.is_registered) else {
            continue;
        };
        for (target, keyword) in [
            (Some(&relation.to), "to"),
            (relation.through.as_ref(), "through"),
        ] {
            let Some(Target::Missing(label)) = target else {
                continue;
            };
            if !is_surely_missing(project, label) {
                continue;
            }
            let position = if keyword == "to" { 0 } else { usize::MAX };
            let written = own
                .call
                .keyword(keyword)
                .or_else(|| own.call.positional().nth(position));
            let is_bare = written
                .and_then(luthier_project::facts::ExprRef::as_str)
                .is_some_and(|name| !name.contains('.'));
            if is_bare && !knows_apps {
                continue;
            }
            let span = written.map_or(
                own.call.callee.span(),
                luthier_project::facts::ExprRef::span,
            );
            let location = Location {
                file: own.file,
                span,
            };
            let mut reported = context.report(
                location,
                format!(
                    "`{}` leads to `{label}`, which does not exist",
                    own.field.name
                ),
            );
            reported.symbol(own.symbol()).app(&*own.model.app_label);
            if let Some(nearest) = nearest_label(project, label) {
                reported.help(format!("did you mean `{nearest}`?"));
            }
        }
    }
    user_model(context);
    get_model_calls(context);
}

fn get_model_calls(context: &mut Context<'_>) {
    let project = context.project;
    for module in project.own_modules() {
        for call in get_model::calls(project, module) {
            let is_known = project.models.by_label(&call.label).is_some();
            let has_app = call
                .label
                .split_once('.')
                .is_some_and(|(app, _)| project.apps.by_label(app).is_some());
            if is_known
                || (call.is_conditional && !has_app)
                || !is_surely_missing(project, &call.label)
            {
                continue;
            }
            let message = format!("there is no model `{}`", call.label);
            let mut reported = context.report(call.location, message);
            if let Some(nearest) = nearest_label(project, &call.label) {
                reported.help(format!("did you mean `{nearest}`?"));
            }
        }
    }
}

fn user_model(context: &mut Context<'_>) {
    let project = context.project;
    let setting = project
        .settings
        .production()
        .and_then(|settings| settings.get("AUTH_USER_MODEL"));
    let Some((setting, label)) =
        setting.and_then(|setting| Some((setting, setting.value.as_str()?)))
    else {
        return;
    };
    if project.models.by_label(label).is_some() || !is_surely_missing(project, label) {
        return;
    }
    if let Some(place) = setting.place() {
        let message = format!("`AUTH_USER_MODEL` is `{label}`, which does not exist");
        let mut reported = context.report(place, message);
        reported.symbol("AUTH_USER_MODEL");
        if let Some(nearest) = nearest_label(project, label) {
            reported.help(format!("did you mean `{nearest}`?"));
        }
    }
}

/// Whether the model cannot come from anywhere: its app's code is known and has no such class, or
/// no app of that label is installed.
fn is_surely_missing(project: &Project, label: &str) -> bool {
    let Some((app, name)) = label.rsplit_once('.') else {
        return false;
    };
    let Some(app) = project.apps.by_label(app) else {
        return project.apps.is_complete && project.modules.has_packages();
    };
    let has_code = app.models_module.is_some() && app.is_own;
    let is_defined = project.models.all().any(|(_, model)| {
        model.name.eq_ignore_ascii_case(name)
            && (*model.app_label == *app.label || !model.is_registered)
    });
    has_code
        && !is_defined
        && !has_class(project, &app.name, name)
        && !makes_models(project, &app.name)
}

/// Whether an app's own code has a class of this name, model or not as far as is known.
fn has_class(project: &Project, app: &str, wanted: &str) -> bool {
    let mut modules = modules_of(project, app);
    modules.any(|module| {
        let facts = project.modules.facts(module);
        facts
            .classes
            .iter()
            .any(|class| facts.text(class.name).eq_ignore_ascii_case(wanted))
    })
}

fn modules_of<'a>(project: &'a Project, app: &'a str) -> impl Iterator<Item = ModuleId> + 'a {
    project.own_modules().filter(move |&module| {
        let name = &project.modules.get(module).name;
        name.strip_prefix(app)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// Whether an app's own code makes classes by calling `type`, or registers what it does not spell
/// out: then a model may be there all the same.
fn makes_models(project: &Project, app: &str) -> bool {
    let mut modules = modules_of(project, app);
    modules.any(|module| {
        let facts = project.modules.facts(module);
        facts.body_ids().any(|body| {
            facts.body(body).exprs().any(|expr| {
                expr.as_call().is_some_and(|call| {
                    call.callee.as_name() == Some("type") && call.positional().count() == 3
                })
            })
        })
    })
}

/// The label that differs least from a misspelt one.
fn nearest_label<'p>(project: &'p Project, label: &str) -> Option<&'p str> {
    let labels = project.models.registered().map(|(_, model)| &*model.label);
    nearest(label, labels)
}
