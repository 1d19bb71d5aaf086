use luthier_diagnostics::{Category, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::models::Target;
use luthier_project::modules::ModuleId;

use super::own_fields::own_fields;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A relation, or `AUTH_USER_MODEL`, names a model that does not exist.
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
            if let Some(nearest) = nearest(project, label) {
                reported.help(format!("did you mean `{nearest}`?"));
            }
        }
    }
    user_model(context);
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
        if let Some(nearest) = nearest(project, label) {
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
fn nearest(project: &Project, label: &str) -> Option<String> {
    let wanted = label.to_lowercase();
    let candidates = project.models.registered().map(|(_, model)| &*model.label);
    let mut scored: Vec<(usize, &str)> = candidates
        .map(|candidate| (distance(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= 3)
        .collect();
    scored.sort_unstable();
    scored.first().map(|(_, label)| (*label).to_owned())
}

/// How many letters have to be added, left out or changed to come from one word to the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, letter) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in right.iter().enumerate() {
            let change = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = change.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
