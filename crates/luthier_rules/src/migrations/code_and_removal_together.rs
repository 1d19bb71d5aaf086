use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::facts::PythonFacts;
use luthier_project::facts::ir::{BindingKind, Class};
use luthier_project::migrations::{Applied, ModelState, Operation, Reach};
use luthier_project::models::Model;
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
    model: &'b ModelState,
    field: Option<&str>,
) -> Option<&'b str> {
    let project = ctx.project;
    let app = project.apps.by_label(&model.app)?;
    let package = project.modules.get(app.package?).file?;
    let (folder, _) = ctx.sources.file(package).path.rsplit_once('/')?;
    let within = |path: &'b str| path.strip_prefix(folder)?.strip_prefix('/');
    let label = format!("{}.{}", model.app, model.name);
    let today = project.models.by_label(&label);
    let today = today.map(|id| project.models.get(id));
    let [before, now] = [Some(base), None].map(|base| Code { base, ctx });
    let removes = |path: &'b str| match field {
        Some(field) => takes_out(&before, &now, (path, &model.name), field, today),
        None => Some(path).filter(|_| today.is_none()),
    };
    // The file may be as it was: what the model derives from is not, then.
    let own = today.and_then(|model| project.modules.get(model.module).file);
    let own = own.map(|file| &*ctx.sources.file(file).path);
    let knows = |path: &&'b str| {
        field.is_none_or(|field| before.bound(path, &model.name, field, MAX_DEPTH).is_some())
    };
    if let Some(own) = own.filter(knows) {
        return removes(own);
    }
    // It was elsewhere, or is gone. Others may have its name: those of models come first.
    let paths = base.files().map(|(path, _)| path);
    let moved = paths.filter(|path| {
        let is_of_app = within(path).is_some();
        let is_code = is_of_app && !path.contains("/migrations/") && !path.contains("/tests/");
        let is_gone = || now.class(path, &model.name).is_none();
        let may_stay = field.is_some() && today.is_none();
        is_code && before.class(path, &model.name).is_some() && (may_stay || is_gone())
    });
    let mut moved: Vec<&str> = moved.collect();
    moved.sort_by_key(|path| !within(path).is_some_and(|rest| rest.starts_with("models")));
    moved.into_iter().find_map(removes)
}

/// The file by which a class, named by its file and name, lost a field with the change.
fn takes_out<'b>(
    before: &Code<'b, '_>,
    now: &Code<'b, '_>,
    (path, class): (&'b str, &'b str),
    field: &str,
    today: Option<&Model>,
) -> Option<&'b str> {
    let was = before.bound(path, class, field, MAX_DEPTH)?;
    let is = now.bound(path, class, field, MAX_DEPTH);
    let is_same = is.is_some_and(|is| is.is_field && (is.path, is.class) == (was.path, was.class));
    if !was.is_field || is_same {
        return None;
    }
    // From a base that was not found it may come as before; what the body says is seen.
    let is_inherited = (was.path, was.class) != (path, class);
    let is_left = today.is_some_and(|model| {
        let mut fields = model.fields.iter();
        (is_inherited && model.is_open) || fields.any(|it| *it.name == *field)
    });
    if is_left {
        return None;
    }
    match now.binds(was.path, was.class, field) {
        Some(true) => was.changed,
        _ => Some(was.path),
    }
}

/// What the code was before the change, or is now.
struct Code<'a, 'c> {
    base: Option<&'a Base>,
    ctx: &'c Context<'a>,
}

/// The class that gives a name to another one, or to itself.
struct Bound<'a> {
    path: &'a str,
    class: &'a str,
    is_field: bool,
    /// The first file on the way there that is another one now.
    changed: Option<&'a str>,
}

impl<'a> Code<'a, '_> {
    fn facts(&self, path: &str) -> Option<&'a PythonFacts> {
        let modules = &self.ctx.project.modules;
        let of_today = || {
            let module = modules.of_file(self.ctx.sources.find(path)?)?;
            Some(modules.facts(module))
        };
        let was = self.base.and_then(|base| base.file(path));
        was.or_else(of_today)
    }

    fn class(&self, path: &str, class: &str) -> Option<(&'a PythonFacts, &'a Class)> {
        let facts = self.facts(path)?;
        match facts.module().binding(class)?.kind {
            BindingKind::Class(id) => Some((facts, facts.class(id))),
            _ => None,
        }
    }

    /// Whether it is a field, as far as that is seen, that a class itself has under a name.
    fn binds(&self, path: &str, class: &str, name: &str) -> Option<bool> {
        let (facts, class) = self.class(path, class)?;
        let body = facts.body(class.body);
        Some(match body.binding(name)?.kind {
            BindingKind::Value(value) => body.expr(value).as_call().is_some(),
            _ => false,
        })
    }

    /// Where a class, or the first that it derives from, has a name.
    fn bound(&self, path: &'a str, class: &'a str, name: &str, depth: usize) -> Option<Bound<'a>> {
        let depth = depth.checked_sub(1)?;
        let modules = &self.ctx.project.modules;
        let changed = self.base.and_then(|base| base.file(path)).map(|_| path);
        if let Some(is_field) = self.binds(path, class, name) {
            return Some(Bound {
                path,
                class,
                is_field,
                changed,
            });
        }
        let (facts, class) = self.class(path, class)?;
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
            let bound = self.bound(path, base, name, depth)?;
            Some(Bound {
                changed: changed.or(bound.changed),
                ..bound
            })
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

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing;

    /// What is said of a change that drops `note` of an order, whose files before and now are given.
    fn said(before: &[(&str, &str)], now: &[(&str, &str)]) -> Vec<String> {
        let mut fixture = String::from(
            r#"
--- manage.py
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
--- config/settings.py
INSTALLED_APPS = ["shop"]
--- shop/__init__.py
--- shop/migrations/__init__.py
--- shop/migrations/0001_initial.py
from django.db import migrations, models

class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            "Order",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("note", models.TextField()),
            ],
        ),
    ]
--- main:shop/migrations/0001_initial.py
--- shop/migrations/0002_no_note.py
from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.RemoveField("order", "note")]
"#,
        );
        for (path, text) in before {
            fixture.extend(["--- main:", *path, "\n", *text, "\n"]);
        }
        for (path, text) in now {
            fixture.extend(["--- ", *path, "\n", *text, "\n"]);
        }
        let found = testing::run_example(&RULE, &testing::parse(&fixture));
        let messages = found.findings.into_iter().map(|it| it.message);
        messages.collect()
    }

    const OTHERS: (&str, &str) = (
        "shop/api.py",
        "from ninja import Field, Schema\nclass Order(Schema):\n    note: str = Field()",
    );
    const OTHERS_CHANGED: (&str, &str) = (
        "shop/api.py",
        "from ninja import Field, Schema\nclass Order(Schema):\n    total: int\n    note: str = Field()",
    );
    const WITH_NOTE: (&str, &str) = (
        "shop/models.py",
        "from django.db import models\nclass Order(models.Model):\n    note = models.TextField()",
    );
    const WITHOUT_NOTE: (&str, &str) = (
        "shop/models.py",
        "from django.db import models\nclass Order(models.Model):\n    pass",
    );
    const BY_MODELS: &str = "the column of `Order.note` is dropped by the change that takes it out of `shop/models.py`: the release before still asks for it";

    #[test]
    fn what_is_no_field_any_more_does_not_count() {
        let property = "from django.db import models\nclass Order(models.Model):\n    @property\n    def note(self):\n        return ''\n";
        let before = [("shop/models.py", property)];
        let changed = format!("{property}    def total(self):\n        return 0\n");
        assert!(said(&before, &[("shop/models.py", &changed)]).is_empty());
        // Nor does it that the property goes.
        assert!(said(&before, &[WITHOUT_NOTE]).is_empty());
    }

    #[test]
    fn classes_of_the_same_name_are_not_the_model() {
        assert_eq!(
            said(&[OTHERS, WITH_NOTE], &[OTHERS_CHANGED, WITHOUT_NOTE]),
            [BY_MODELS]
        );
        let nobodys = ("shop/api.py", "x = 1");
        assert_eq!(
            said(&[OTHERS, WITH_NOTE], &[nobodys, WITHOUT_NOTE]),
            [BY_MODELS]
        );
        // The model had let go of it before.
        let touched = (
            "shop/models.py",
            "from django.db import models\nclass Order(models.Model):\n    total = models.IntegerField()",
        );
        assert!(said(&[OTHERS, WITHOUT_NOTE], &[OTHERS_CHANGED, touched]).is_empty());
        let without = (
            "shop/api.py",
            "from ninja import Schema\nclass Order(Schema):\n    total: int",
        );
        assert!(said(&[OTHERS], &[without, WITHOUT_NOTE]).is_empty());
    }

    #[test]
    fn a_model_that_moves_is_found_where_it_was() {
        let moved = ("shop/models/order.py", WITHOUT_NOTE.1);
        let all = ("shop/models/__init__.py", "from .order import Order");
        assert_eq!(
            said(&[OTHERS, WITH_NOTE], &[OTHERS_CHANGED, all, moved]),
            [BY_MODELS]
        );
    }

    #[test]
    fn bases_that_were_not_found_hide_only_what_they_may_give() {
        let with = "from django.db import models\nfrom package import Base\nclass Order(Base):\n    total = models.IntegerField()\n    note = models.TextField()";
        let without = with.rsplit_once('\n').map(|(rest, _)| rest).unwrap();
        let empty = "from package import Base\nclass Order(Base):\n    pass";
        for now in [without, empty] {
            assert_eq!(
                said(&[("shop/models.py", with)], &[("shop/models.py", now)]),
                [BY_MODELS]
            );
        }
        // The field may come from the package now: a migration that drops it is about another one, then.
        let noted = "from django.db import models\nclass Noted(models.Model):\n    note = models.TextField()\n    class Meta:\n        abstract = True\n";
        let before = format!("{noted}class Order(Noted):\n    pass");
        let now = format!(
            "from package import Base\n{noted}class Order(Base):\n    total = models.IntegerField()"
        );
        assert!(said(&[("shop/models.py", &before)], &[("shop/models.py", &now)]).is_empty());
    }

    #[test]
    fn the_file_is_named_that_took_it_out() {
        let noted = "from django.db import models\nclass Noted(models.Model):\n    note = models.TextField()\n    class Meta:\n        abstract = True\n";
        let bare = "from django.db import models\nclass Noted(models.Model):\n    class Meta:\n        abstract = True\n";
        let order = "from .notes import Noted\nclass Order(Noted):\n    pass\n";
        let longer = "from .notes import Noted\nclass Order(Noted):\n    total = 1\n";
        let said_of = |file: &str| vec![BY_MODELS.replace("shop/models.py", file)];
        assert_eq!(
            said(
                &[("shop/notes.py", noted), ("shop/models.py", order)],
                &[("shop/notes.py", bare), ("shop/models.py", longer)]
            ),
            said_of("shop/notes.py")
        );
        // It derives from it no more, and the other class is as it was.
        assert_eq!(
            said(
                &[("shop/models.py", order)],
                &[("shop/notes.py", noted), WITHOUT_NOTE]
            ),
            said_of("shop/models.py")
        );
    }
}
