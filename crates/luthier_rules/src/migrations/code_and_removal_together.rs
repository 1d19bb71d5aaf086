use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::facts::PythonFacts;
use luthier_project::facts::ir::BindingKind;
use luthier_project::migrations::{Applied, ModelState, Operation, Reach};
use luthier_project::{Base, Project};

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// The change that takes a field or a model out of the code drops its column or table too.
    ///
    /// ## Why it matters
    ///
    /// Code and database never change at the same moment. While the migration has run and processes of
    /// the release before are left, each of their queries names a column that is gone; going back to that
    /// release does not help any more. Two changes that are released one after the other have no such moment.
    ///
    /// It is asked of what differs from the commit after `--base`.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
    /// ```
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/migrations/__init__.py
    /// ```
    /// ```python file=shop/migrations/0001_initial.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     initial = True
    ///
    ///     operations = [
    ///         migrations.CreateModel(
    ///             name="Order",
    ///             fields=[
    ///                 ("id", models.BigAutoField(primary_key=True, serialize=False)),
    ///                 ("note", models.TextField(blank=True)),
    ///             ],
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=main:shop/models.py
    /// from django.db import models
    ///
    ///
    /// class Order(models.Model):
    ///     note = models.TextField(blank=True)
    /// ```
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    ///
    /// class Order(models.Model):
    ///     pass
    /// ```
    /// ```python file=shop/migrations/0002_no_note.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RemoveField("order", "note"),  # fires
    ///     ]
    /// ```
    ///
    /// ### Both halves at once
    ///
    /// ```python file=main:shop/models.py
    /// from django.db import models
    ///
    ///
    /// class Order(models.Model):
    ///     note = models.TextField(blank=True)
    /// ```
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    ///
    /// class Order(models.Model):
    ///     pass
    /// ```
    /// ```python file=shop/migrations/0002_forget_note.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.SeparateDatabaseAndState(
    ///             database_operations=[migrations.RemoveField("order", "note")],  # fires
    ///             state_operations=[migrations.RemoveField("order", "note")],
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// The models forget the field, and the column is dropped in the next release.
    ///
    /// ```python file=main:shop/models.py
    /// from django.db import models
    ///
    ///
    /// class Order(models.Model):
    ///     note = models.TextField(blank=True)
    /// ```
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    ///
    /// class Order(models.Model):
    ///     pass
    /// ```
    /// ```python file=shop/migrations/0002_forget_note.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.SeparateDatabaseAndState(
    ///             state_operations=[migrations.RemoveField("order", "note")],
    ///         ),
    ///     ]
    /// ```
    ///
    /// ### The code had stopped using it before
    ///
    /// ```python file=main:shop/models.py
    /// from django.db import models
    ///
    ///
    /// class Order(models.Model):
    ///     """An order."""
    /// ```
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    ///
    /// class Order(models.Model):
    ///     """What a customer orders."""
    /// ```
    /// ```python file=main:shop/migrations/0002_forget_note.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.SeparateDatabaseAndState(
    ///             state_operations=[migrations.RemoveField("order", "note")],
    ///         ),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0002_forget_note.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         # The column is dropped in 0003.
    ///         migrations.SeparateDatabaseAndState(
    ///             state_operations=[migrations.RemoveField("order", "note")],
    ///         ),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0003_drop_note.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0002_forget_note")]
    ///
    ///     operations = [
    ///         migrations.SeparateDatabaseAndState(
    ///             database_operations=[migrations.RemoveField("order", "note")],
    ///         ),
    ///     ]
    /// ```
    ///
    /// ### Added and removed by the same change
    ///
    /// ```python file=main:shop/models.py
    /// from django.db import models
    ///
    ///
    /// class Order(models.Model):
    ///     note = models.TextField(blank=True)
    /// ```
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    ///
    /// class Order(models.Model):
    ///     note = models.TextField(blank=True)
    ///     total = models.IntegerField(null=True)
    /// ```
    /// ```python file=shop/migrations/0002_sum.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AddField("order", "sum", models.IntegerField(null=True)),
    ///         migrations.AddField("order", "total", models.IntegerField(null=True)),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0003_no_sum.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0002_sum")]
    ///
    ///     operations = [
    ///         migrations.RemoveField("order", "sum"),
    ///     ]
    /// ```
    RULE = {
        code: "MIG036",
        name: "code-and-removal-together",
        severity: Severity::Warning,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let Some(base) = &project.base else { return };
    for applied in steps::on_existing_tables(project) {
        let Some((model, field)) = dropped(applied) else {
            continue;
        };
        let is_of_the_change = project.migrations.is_unreleased(applied.migration);
        // Half of the operation, where the other half is in a change of its own.
        let is_known_to_code = applied.reach == Reach::Both || forgets(project, applied);
        let file = had(base, ctx, model, field).filter(|_| is_of_the_change && is_known_to_code);
        let Some(file) = file else { continue };
        let what = match field {
            Some(_) => "the column of",
            None => "the table of",
        };
        let name = steps::shown(applied);
        let message = format!(
            "{what} {name} is dropped by the change that takes it out of `{file}`: the release before still asks for it"
        );
        steps::report(ctx, applied, message).help(
            "release the change of the code first, with `SeparateDatabaseAndState(state_operations=[...])`, and drop it in a change of its own",
        );
    }
}

/// What an operation drops: a model, or a field of it that has a column.
fn dropped(applied: &Applied) -> Option<(&ModelState, Option<&str>)> {
    let model = applied.before.as_deref()?;
    match applied.operation() {
        Operation::DeleteModel { .. } => Some((model, None)),
        Operation::RemoveField { name, .. } => {
            model.field(name)?.column(name)?;
            Some((model, Some(name)))
        }
        _ => None,
    }
}

/// Whether a migration of the same change takes out of the models what this operation drops.
fn forgets(project: &Project, dropping: &Applied) -> bool {
    let Some((model, field)) = dropped(dropping) else {
        return false;
    };
    let mut applied = project.migrations.applied().iter();
    applied.any(|other| {
        let is_of_the_change = project.migrations.is_unreleased(other.migration);
        let same =
            |(it, name): (&ModelState, Option<&str>)| it.key() == model.key() && name == field;
        is_of_the_change && other.reach == Reach::State && dropped(other).is_some_and(same)
    })
}

/// The file of the app that had the model, with the field, before the change and has it no more.
fn had<'b>(
    base: &'b Base,
    ctx: &Context<'_>,
    model: &ModelState,
    field: Option<&str>,
) -> Option<&'b str> {
    let project = ctx.project;
    let app = project.apps.by_label(&model.app)?;
    let package = project.modules.get(app.package?).file?;
    let (folder, _) = ctx.sources.file(package).path.rsplit_once('/')?;
    let mut files = base.files();
    let (path, _) = files.find(|(path, before)| {
        let rest = path.strip_prefix(folder);
        let is_of_app = rest.is_some_and(|rest| rest.starts_with('/'));
        let is_code = is_of_app && !path.contains("/migrations/") && !path.contains("/tests/");
        let now = ctx
            .sources
            .find(path)
            .and_then(|file| project.modules.of_file(file));
        let now = now.map(|module| project.modules.facts(module));
        is_code
            && declares(before, &model.name, field)
            && !now.is_some_and(|now| declares(now, &model.name, field))
    })?;
    Some(path)
}

/// Whether a file has a class of that name, with a name bound in it.
fn declares(facts: &PythonFacts, class: &str, name: Option<&str>) -> bool {
    let Some(binding) = facts.module().binding(class) else {
        return false;
    };
    let BindingKind::Class(id) = binding.kind else {
        return false;
    };
    name.is_none_or(|name| facts.body(facts.class(id).body).binding(name).is_some())
}
