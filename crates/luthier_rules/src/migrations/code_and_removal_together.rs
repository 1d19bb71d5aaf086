use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::facts::PythonFacts;
use luthier_project::facts::ir::{BindingKind, Class};
use luthier_project::migrations::{Applied, ModelState, Operation, Reach};
use luthier_project::{Base, Project};

use super::steps;
use crate::{Check, Context, declare_rule};

/// Classes that derive from each other further away than this are not looked at.
const MAX_DEPTH: usize = 8;

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
    /// ### A class that the model derives from
    ///
    /// ```python file=main:shop/notes.py
    /// from django.db import models
    ///
    ///
    /// class Noted(models.Model):
    ///     note = models.TextField(blank=True)
    ///
    ///     class Meta:
    ///         abstract = True
    /// ```
    /// ```python file=shop/notes.py
    /// from django.db import models
    ///
    ///
    /// class Noted(models.Model):
    ///     class Meta:
    ///         abstract = True
    /// ```
    /// ```python file=shop/models.py
    /// from .notes import Noted
    ///
    ///
    /// class Order(Noted):
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

/// The file that had the model, or said the field of it, before the change and does it no more.
fn had<'b>(
    base: &'b Base,
    ctx: &Context<'b>,
    model: &ModelState,
    field: Option<&str>,
) -> Option<&'b str> {
    let project = ctx.project;
    let app = project.apps.by_label(&model.app)?;
    let package = project.modules.get(app.package?).file?;
    let (folder, _) = ctx.sources.file(package).path.rsplit_once('/')?;
    let label = format!("{}.{}", model.app, model.name);
    let today = project.models.by_label(&label);
    let today = today.map(|id| project.models.get(id));
    let is_gone = |field: &str| {
        today.is_none_or(|model| {
            let mut fields = model.fields.iter();
            !model.is_open && !fields.any(|it| *it.name == *field)
        })
    };
    let before = Before { base, ctx };
    let is_of_app = |path: &str| {
        let rest = path.strip_prefix(folder);
        let is_within = rest.is_some_and(|rest| rest.starts_with('/'));
        is_within && !path.contains("/migrations/") && !path.contains("/tests/")
    };
    // The model's own file may be as it was: what it derives from is not, then.
    let own = today.and_then(|model| project.modules.get(model.module).file);
    let own = own.map(|file| &*ctx.sources.file(file).path);
    let mut files = base.files().map(|(path, _)| path).chain(own);
    files.find_map(|path| {
        if !is_of_app(path) {
            return None;
        }
        let (declared_in, changed) = before.declares(path, &model.name, field, MAX_DEPTH)?;
        match field {
            Some(field) => changed.filter(|_| is_gone(field)),
            None => changed.filter(|_| !has_class(ctx, declared_in, &model.name)),
        }
    })
}

/// Whether a file has a class of that name now.
fn has_class(ctx: &Context<'_>, path: &str, class: &str) -> bool {
    let module = ctx
        .sources
        .find(path)
        .and_then(|file| ctx.project.modules.of_file(file));
    module.is_some_and(|module| {
        let facts = ctx.project.modules.facts(module);
        class_of(facts, class).is_some()
    })
}

fn class_of<'f>(facts: &'f PythonFacts, class: &str) -> Option<&'f Class> {
    match facts.module().binding(class)?.kind {
        BindingKind::Class(id) => Some(facts.class(id)),
        _ => None,
    }
}

/// What the code was before the change.
struct Before<'a, 'c> {
    base: &'a Base,
    ctx: &'c Context<'a>,
}

impl<'a> Before<'a, '_> {
    /// Where a class is declared, or a name in it or in a class that it derives from; and the first file on the
    /// way there that is another one now.
    fn declares(
        &self,
        path: &'a str,
        class: &str,
        name: Option<&str>,
        depth: usize,
    ) -> Option<(&'a str, Option<&'a str>)> {
        let depth = depth.checked_sub(1)?;
        let modules = &self.ctx.project.modules;
        let of_today = || {
            let module = modules.of_file(self.ctx.sources.find(path)?)?;
            Some(modules.facts(module))
        };
        let was = self.base.file(path);
        let changed = was.map(|_| path);
        let facts = was.or_else(of_today)?;
        let class = class_of(facts, class)?;
        let is_here = name.is_none_or(|name| facts.body(class.body).binding(name).is_some());
        if is_here {
            return Some((path, changed));
        }
        let scope = facts.body(class.scope);
        let bases = class.bases.iter().filter(|base| base.keyword.is_none());
        let mut bases = bases.filter_map(|base| scope.expr(base.value).as_name());
        bases.find_map(|base| {
            let (path, base) = match facts.module().binding(base)?.kind {
                BindingKind::Class(_) => (path, base),
                BindingKind::Import(id) => {
                    let import = facts.import(id);
                    let dotted = self.imported(path, facts.text(import.module), import.level)?;
                    let file = modules.get(modules.find(&dotted)?).file?;
                    (&*self.ctx.sources.file(file).path, facts.text(import.name?))
                }
                _ => return None,
            };
            let (declared, further) = self.declares(path, base, name, depth)?;
            Some((declared, changed.or(further)))
        })
    }

    /// The module that a file imports from, by its dotted name.
    fn imported(&self, path: &str, module: &str, level: u32) -> Option<String> {
        if level == 0 {
            return Some(module.to_owned());
        }
        let modules = &self.ctx.project.modules;
        let own = modules.get(modules.of_file(self.ctx.sources.find(path)?)?);
        let mut package = &*own.name;
        // One dot is the package itself: a module is one step below it.
        for _ in u32::from(own.is_package)..level {
            (package, _) = package.rsplit_once('.')?;
        }
        Some(match module {
            "" => package.to_owned(),
            module => format!("{package}.{module}"),
        })
    }
}
