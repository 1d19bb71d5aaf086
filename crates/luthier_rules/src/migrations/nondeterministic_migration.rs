use std::sync::Arc;

use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::facts::ExprRef;
use luthier_project::migrations::{Operation, StateField};
use luthier_project::modules::{ModuleId, ValueRef};
use rustc_hash::FxHashSet;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A field is defined otherwise each time, or wherever the code is loaded.
    ///
    /// ## Why it matters
    ///
    /// `default=timezone.now()` is called once, when the class is loaded, and not for each row: all rows get
    /// the moment at which the server started. And `makemigrations` finds another default each time that it
    /// is run, so that every developer gets a migration that nobody meant, and `makemigrations --check`
    /// never passes. The same goes for a setting that the environment decides: the field is another one on
    /// each machine.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// ```
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/migrations/__init__.py
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// import uuid
    ///
    /// from django.db import models
    /// from django.utils import timezone
    ///
    ///
    /// class Order(models.Model):
    ///     number = models.UUIDField(default=uuid.uuid4())  # fires
    ///     made = models.DateTimeField(default=timezone.now())  # fires
    /// ```
    ///
    /// ### What the environment decides
    ///
    /// ```python file=config/settings.py
    /// import os
    ///
    /// INSTALLED_APPS = ["shop"]
    /// CURRENCY = os.environ.get("CURRENCY", "EUR")
    /// LENGTH = 20
    /// ```
    /// ```python file=shop/models.py
    /// from django.conf import settings
    /// from django.db import models
    ///
    ///
    /// class Order(models.Model):
    ///     currency = models.CharField(
    ///         default=settings.CURRENCY,  # fires
    ///         max_length=settings.LENGTH,
    ///     )
    ///     by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    /// ```
    ///
    /// ### In a migration
    ///
    /// ```python file=shop/migrations/0002_number.py
    /// import uuid
    ///
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddField("order", "number", models.UUIDField(default=uuid.uuid4())),  # fires
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// The function itself, one of one's own, a moment that is fixed, and calls of the database.
    ///
    /// ```python file=shop/models.py
    /// import uuid
    /// from datetime import datetime, timedelta
    ///
    /// from django.db import models
    /// from django.db.models.functions import Now
    /// from django.utils import timezone
    ///
    ///
    /// def tomorrow():
    ///     return timezone.now() + timedelta(days=1)
    ///
    ///
    /// class Order(models.Model):
    ///     number = models.UUIDField(default=uuid.uuid4)
    ///     made = models.DateTimeField(default=timezone.now)
    ///     due = models.DateTimeField(default=tomorrow)
    ///     seen = models.DateTimeField(db_default=Now())
    ///     since = models.DateTimeField(default=datetime(2020, 1, 1))
    ///     known = models.UUIDField(default=uuid.UUID(int=0))
    ///
    ///     def touch(self):
    ///         self.seen = timezone.now()
    /// ```
    ///
    /// Models of tests have no tables that last.
    ///
    /// ```python file=shop/tests/models.py
    /// import uuid
    ///
    /// from django.db import models
    ///
    ///
    /// class Sample(models.Model):
    ///     number = models.UUIDField(default=uuid.uuid4())
    /// ```
    RULE = {
        code: "MIG029",
        name: "nondeterministic-migration",
        severity: Severity::Warning,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        confidence: Confidence::Certain,
        check: Check::Project(check),
    }
}

/// What gives another value each time it is called.
const VOLATILE: &[&str] = &[
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "django.utils.crypto.get_random_string",
    "django.utils.timezone.localdate",
    "django.utils.timezone.localtime",
    "django.utils.timezone.now",
    "os.urandom",
    "random.choice",
    "random.randint",
    "random.random",
    "secrets.token_bytes",
    "secrets.token_hex",
    "secrets.token_urlsafe",
    "time.time",
    "uuid.uuid1",
    "uuid.uuid4",
];

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let mut seen = FxHashSet::default();
    let fields = fields(project);
    // The tables of tests are made anew for each run.
    let is_judged = |field: &ValueRef| {
        project.modules.is_repository(field.module) && !project.modules.is_test(field.module)
    };
    for (field, is_old) in fields.filter(|(field, _)| is_judged(field)) {
        for expr in project.modules.value(field).within() {
            let Some((message, help)) = said(project, field.module, expr) else {
                continue;
            };
            let Some(file) = project.modules.get(field.module).file else {
                continue;
            };
            let place = Location::new(file, expr.span());
            if seen.insert(place) {
                let mut reported = ctx.report(place, message);
                reported.help(help);
                if is_old {
                    reported.confidence(Confidence::Possible);
                }
            }
        }
    }
}

/// What is wrong with an expression among the arguments of a field, and what to write instead.
fn said(project: &Project, module: ModuleId, expr: ExprRef<'_>) -> Option<(String, String)> {
    if let Some(name) = volatile(project, module, expr) {
        return Some((
            format!("`{name}()` is called when the field is made, not for each row"),
            format!("give the function itself: `{name}`, or one of your own that calls it"),
        ));
    }
    let (setting, variable) = from_environment(project, module, expr)?;
    Some((
        format!("a field's definition takes `settings.{setting}`, which `{variable}` decides"),
        "give a function that reads the setting when it is asked, or a value that is the same everywhere".to_owned(),
    ))
}

/// `settings.CURRENCY`, where an environment variable decides it: both names.
fn from_environment<'a>(
    project: &Project,
    module: ModuleId,
    expr: ExprRef<'a>,
) -> Option<(&'a str, Arc<str>)> {
    let (owner, name) = expr.as_attribute()?;
    // Migrations name the setting itself.
    let is_named = name == "AUTH_USER_MODEL" || project.modules.is_migration(module);
    if is_named || !project.modules.is_settings(module, owner) {
        return None;
    }
    let production = project.settings.production()?.as_written();
    let variable = production.get(name)?.value.variables().into_iter().next()?;
    Some((name, variable))
}

/// The fields of the project's models, and those that its migrations add or alter, each with whether its
/// migration has long been run wherever the project is in use.
fn fields(project: &Project) -> impl Iterator<Item = (ValueRef, bool)> {
    let models = project.models.all().map(|(_, model)| model);
    let of_models = models.flat_map(|model| model.fields.iter().filter_map(|field| field.value));
    let applied = project.migrations.applied().iter();
    let of_migrations = applied.flat_map(|applied| {
        let is_old = !project.migrations.is_recent(applied.migration);
        let made = made(applied.operation()).into_iter();
        made.filter_map(move |field| Some((field.place?, is_old)))
    });
    of_models.map(|value| (value, false)).chain(of_migrations)
}

/// The fields that an operation makes.
fn made(operation: &Operation) -> Vec<&StateField> {
    match operation {
        Operation::CreateModel { fields, .. } => fields.iter().map(|(_, field)| &**field).collect(),
        Operation::AddField { field, .. } | Operation::AlterField { field, .. } => vec![field],
        _ => Vec::new(),
    }
}

/// What is called, as it is written, where that gives another value each time.
fn volatile(project: &Project, module: ModuleId, expr: ExprRef<'_>) -> Option<String> {
    let callee = expr.as_call()?.callee;
    let name = project.modules.qualified_expr(module, callee)?;
    let is_volatile = VOLATILE.contains(&name.as_str());
    let written = || callee.dotted().unwrap_or(name.clone());
    is_volatile.then(written)
}
