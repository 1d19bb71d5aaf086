use luthier_diagnostics::{Category, Confidence, Dimension, Fix, FixAvailability, Severity};
use luthier_project::Project;
use luthier_project::facts::CallRef;
use luthier_project::migrations::{Applied, Migration, Operation};

use super::steps;
use crate::layout::{Argument, Layout};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Python or SQL of a migration has no way back.
    ///
    /// ## Why it matters
    ///
    /// A release that has to be taken back needs its migrations undone first. `migrate shop 0001` ends with
    /// `IrreversibleError` at the first operation that does not say how, in the middle of an incident.
    /// Where nothing has to be undone, `noop` says so.
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
    /// ```python file=shop/migrations/0002_totals.py
    /// from django.db import migrations
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     apps.get_model("shop", "Order").objects.filter(total=None).update(total=0)
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunPython(fill),  # fires
    ///         migrations.RunSQL(  # fires
    ///             "UPDATE shop_order SET status = 'new' WHERE status = ''",
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/migrations/0002_totals.py
    /// from django.db import migrations
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     apps.get_model("shop", "Order").objects.filter(total=None).update(total=0)
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunPython(fill, reverse_code=migrations.RunPython.noop),
    ///         migrations.RunSQL(
    ///             "UPDATE shop_order SET status = 'new' WHERE status = ''",
    ///             reverse_sql=migrations.RunSQL.noop,
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/migrations/0002_totals.py
    /// from django.db import migrations
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     apps.get_model("shop", "Order").objects.filter(total=None).update(total=0)
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunPython(fill, migrations.RunPython.noop),
    ///         migrations.RunSQL("CREATE VIEW paid AS SELECT 1", "DROP VIEW paid"),
    ///         migrations.RunSQL("ANALYZE shop_order", reverse_sql=""),
    ///     ]
    /// ```
    ///
    /// ### The first migration of an app, and a squashed one
    ///
    /// There is nothing to go back to before the app was there, and what a squashed migration puts together
    /// has long been run.
    ///
    /// ```python file=shop/migrations/0001_initial.py
    /// from django.db import migrations
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     pass
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     initial = True
    ///
    ///     dependencies = [("auth", "0001_initial")]
    ///
    ///     operations = [migrations.RunPython(fill)]
    /// ```
    /// ```python file=shop/migrations/0002_squashed_0003.py
    /// from django.db import migrations
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     pass
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     replaces = [("shop", "0002_old"), ("shop", "0003_old")]
    ///
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [migrations.RunPython(fill)]
    /// ```
    ///
    /// ### An operation of one's own that knows the way back
    ///
    /// ```python file=shop/operations.py
    /// from django.db.migrations import RunPython
    ///
    ///
    /// class Fill(RunPython):
    ///     reversible = True
    ///
    ///     def database_backwards(self, app_label, schema_editor, from_state, to_state):
    ///         pass
    /// ```
    /// ```python file=shop/migrations/0002_totals.py
    /// from django.db import migrations
    /// from shop.operations import Fill
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     pass
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [Fill(fill)]
    /// ```
    RULE = {
        code: "MIG019",
        name: "irreversible-operation",
        severity: Severity::Warning,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        fix: FixAvailability::Sometimes,
        confidence: Confidence::Certain,
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    for applied in project.migrations.applied() {
        let Some((class, keyword)) = without_reverse(applied.operation()) else {
            continue;
        };
        let migration = project.migrations.get(applied.migration);
        let is_run = applied.reaches_database() && migration.replaces.is_empty();
        if !is_run || is_first(migration) || applied.step.is_overridden {
            continue;
        }
        let fix = steps::call(project, applied)
            .filter(|_| steps::is_djangos(project, applied))
            .and_then(|call| fix(ctx, applied, call, (class, keyword)));
        let message = format!(
            "`{class}` in `{}` cannot be undone: `migrate` does not go back past it",
            steps::name(migration)
        );
        steps::report(ctx, applied, message)
            .help(format!(
                "say how with `{keyword}`, or that there is nothing to undo: `{keyword}=migrations.{class}.noop`"
            ))
            .fix(fix);
    }
}

/// The class of an operation that does not say how to undo it, and the parameter that would.
fn without_reverse(operation: &Operation) -> Option<(&'static str, &'static str)> {
    match operation {
        Operation::RunPython { reverse: None, .. } => Some(("RunPython", "reverse_code")),
        Operation::RunSql { reverse: None, .. } => Some(("RunSQL", "reverse_sql")),
        _ => None,
    }
}

/// Whether nothing of its app comes before it.
fn is_first(migration: &Migration) -> bool {
    let mut before = migration.dependencies.iter();
    !migration.is_open && !before.any(|reference| reference.app == migration.app)
}

/// Says that nothing has to be undone, which only its author knows.
fn fix(
    ctx: &Context<'_>,
    applied: &Applied,
    call: CallRef<'_>,
    (class, keyword): (&str, &str),
) -> Option<Fix> {
    let project: &Project = ctx.project;
    let file = project.modules.get(applied.step.place?.module).file?;
    let layout = Layout::of(project, ctx.sources, file);
    let named = call.callee.span().text(layout.text);
    // What it was called with in place of a way back: `None`.
    let instead = call.argument(1, keyword).map(|given| given.span());
    let argument = Argument::plain(match instead {
        Some(_) => format!("{named}.noop"),
        None => format!("{keyword}={named}.noop"),
    });
    let fix = Fix::risky(format!("Say that `{class}` has nothing to undo"));
    layout.argument_into(fix, call.expr, call, (&argument, instead))
}
