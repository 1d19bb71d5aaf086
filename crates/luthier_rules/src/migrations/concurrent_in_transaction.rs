use luthier_diagnostics::{Category, Confidence, Dimension, Fix, FixAvailability, Severity};
use luthier_project::Project;
use luthier_project::migrations::{Applied, Migration, MigrationId, Operation};
use luthier_project::modules::Definition;

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// An index is built or dropped concurrently in a migration that runs in a transaction.
    ///
    /// ## Why it matters
    ///
    /// PostgreSQL refuses `CREATE INDEX CONCURRENTLY` within a transaction, and Django refuses before it
    /// asks: `migrate` ends with `NotSupportedError`, and the release stops there. SQL written by hand
    /// is judged by `MIG024`.
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
    /// ```python file=shop/migrations/0002_status.py
    /// from django.contrib.postgres.operations import AddIndexConcurrently
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         AddIndexConcurrently(  # fires
    ///             "order", models.Index(fields=["status"], name="order_status")
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/migrations/0002_status.py
    /// from django.contrib.postgres.operations import AddIndexConcurrently
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     atomic = False
    ///
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         AddIndexConcurrently(
    ///             "order", models.Index(fields=["status"], name="order_status")
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/migrations/0002_status.py
    /// from django.contrib.postgres.operations import AddIndexConcurrently
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     atomic = False
    ///
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         AddIndexConcurrently(
    ///             "order", models.Index(fields=["status"], name="order_status")
    ///         ),
    ///     ]
    /// ```
    ///
    /// ### A base class says it, or an operation of one's own takes care
    ///
    /// ```python file=shop/operations.py
    /// from django.contrib.postgres.operations import AddIndexConcurrently
    /// from django.db import migrations
    ///
    ///
    /// class Online(migrations.Migration):
    ///     atomic = False
    ///
    ///
    /// class AddIndexWherePossible(AddIndexConcurrently):
    ///     def database_forwards(self, app_label, schema_editor, from_state, to_state):
    ///         if not schema_editor.connection.in_atomic_block:
    ///             super().database_forwards(app_label, schema_editor, from_state, to_state)
    /// ```
    /// ```python file=shop/migrations/0002_status.py
    /// from django.contrib.postgres.operations import AddIndexConcurrently
    /// from django.db import models
    /// from shop.operations import Online
    ///
    ///
    /// class Migration(Online):
    ///     operations = [
    ///         AddIndexConcurrently("order", models.Index(fields=["status"], name="order_status")),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0003_number.py
    /// from django.db import migrations, models
    /// from shop.operations import AddIndexWherePossible
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0002_status")]
    ///     operations = [
    ///         AddIndexWherePossible("order", models.Index(fields=["number"], name="order_number")),
    ///     ]
    /// ```
    RULE = {
        code: "MIG013",
        name: "concurrent-in-transaction",
        severity: Severity::Error,
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
        let migration = project.migrations.get(applied.migration);
        let is_within = applied.reaches_database() && migration.atomic == Some(true);
        if is_within && is_concurrent(applied.operation()) && !applied.step.is_overridden {
            let message = format!(
                "`{}` is run concurrently in a transaction, which PostgreSQL refuses",
                applied.operation().describe()
            );
            let fix = fix(project, applied.migration, migration);
            steps::report(ctx, applied, message)
                .help("say `atomic = False` in the migration, and move other operations into one of their own")
                .fix(fix);
        }
    }
}

fn is_concurrent(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::AddIndex {
            is_concurrent: true,
            ..
        } | Operation::RemoveIndex {
            is_concurrent: true,
            ..
        }
    )
}

/// Switches the transaction off; what else the migration does is then not undone when it fails.
fn fix(project: &Project, id: MigrationId, migration: &Migration) -> Option<Fix> {
    let Definition::Class(class) = project.modules.member(migration.module, "Migration") else {
        return None;
    };
    let body = project.modules.class_body(class);
    let file = project.modules.get(class.module).file?;
    if class.module != migration.module || body.binding("atomic").is_some() {
        return None;
    }
    let first = body.statements().next()?;
    let mut own = project.migrations.applied().iter();
    let is_alone = own.all(|applied: &Applied| {
        applied.migration != id || !applied.reaches_database() || is_concurrent(applied.operation())
    });
    let title = "Run the migration outside of a transaction";
    let fix = match is_alone && !project.migrations.does_more(id) {
        true => Fix::safe(title),
        false => Fix::risky(title),
    };
    Some(fix.insert(file, first.span().start, "atomic = False\n\n    "))
}
