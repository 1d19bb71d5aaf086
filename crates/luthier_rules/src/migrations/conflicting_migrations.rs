use luthier_diagnostics::{Category, Confidence, Dimension, Fix, FixAvailability, Severity};
use luthier_project::migrations::{Conflict, Migration};

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// An app has several last migrations, none of which comes after the others.
    ///
    /// ## Why it matters
    ///
    /// Two branches added a migration each, and both were merged. `migrate` refuses to run with
    /// `Conflicting migrations detected` until one more migration depends on both, or one of the two on the
    /// other.
    ///
    /// Where all that both do comes to the same in either order, a migration without operations puts it
    /// right. Where both change one thing, databases that ran them in different orders differ for good.
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
    /// ```python file=shop/migrations/0001_initial.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     initial = True
    ///
    ///     operations = [
    ///         migrations.CreateModel(
    ///             "Order", [("id", models.BigAutoField(primary_key=True))]
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/migrations/0002_note.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):  # fires
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [migrations.AddField("order", "note", models.TextField(null=True))]
    /// ```
    /// ```python file=shop/migrations/0002_total.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [migrations.AddField("order", "total", models.IntegerField(null=True))]
    /// ```
    ///
    /// ### Both change one field
    ///
    /// ```python file=shop/migrations/0002_total.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):  # fires
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [migrations.AddField("order", "total", models.IntegerField(null=True))]
    /// ```
    /// ```python file=shop/migrations/0002_total_exact.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [migrations.AddField("order", "total", models.FloatField(null=True))]
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/migrations/0003_merge_0002_note_0002_total.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [
    ///         ("shop", "0002_note"),
    ///         ("shop", "0002_total"),
    ///     ]
    ///
    ///     operations = []
    /// ```
    ///
    /// ## Good
    ///
    /// A merge migration, a squashed migration beside what it replaces, and dependencies that are not
    /// understood.
    ///
    /// ```python file=shop/migrations/0002_note.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    /// ```
    /// ```python file=shop/migrations/0002_total.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    /// ```
    /// ```python file=shop/migrations/0003_merge.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0002_note"), ("shop", "0002_total")]
    /// ```
    /// ```python file=shop/migrations/0001_squashed_0003.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     replaces = [
    ///         ("shop", "0001_initial"),
    ///         ("shop", "0002_note"),
    ///         ("shop", "0002_total"),
    ///         ("shop", "0003_merge"),
    ///     ]
    /// ```
    ///
    /// ### Dependencies that are worked out
    ///
    /// ```python file=shop/migrations/0002_note.py
    /// from django.db import migrations
    /// from shop.history import BEFORE
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = BEFORE
    /// ```
    /// ```python file=shop/migrations/0002_total.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    /// ```
    RULE = {
        code: "MIG002",
        name: "conflicting-migrations",
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
    let migrations = &project.migrations;
    for conflict in &migrations.conflicts {
        let leaves: Vec<&Migration> = conflict
            .leaves
            .iter()
            .map(|id| migrations.get(*id))
            .collect();
        let (Some(first), [others @ .., last]) = (leaves.first(), &leaves[1..]) else {
            continue;
        };
        let between: String = others
            .iter()
            .map(|leaf| format!(", `{}`", leaf.name))
            .collect();
        let message = format!(
            "`{}` has several last migrations: `{}`{between} and `{}`",
            conflict.app, first.name, last.name
        );
        let confidence = match project.apps.by_label(&conflict.app) {
            Some(app) if app.is_listed => Confidence::Certain,
            _ => Confidence::Likely,
        };
        let clash = migrations.clash(conflict);
        let help = match &clash {
            None => "what they do comes to the same in any order: `luthier migrations merge` writes a migration that depends on all of them".to_owned(),
            Some(clash) => {
                let (one, other) = (
                    migrations.get(clash.one.migration),
                    migrations.get(clash.other.migration),
                );
                let why = match clash.is_certain {
                    true => format!("both are about {}", clash.over.describe()),
                    false => "what one of them does to the database may hang on the order".to_owned(),
                };
                format!(
                    "do not merge `{}` and `{}` unread: {why}; let one name the other in its `dependencies`",
                    steps::name(one),
                    steps::name(other)
                )
            }
        };
        let fix = clash.is_none().then(|| merge(ctx, conflict)).flatten();
        let mut reported = ctx.report(first.place, message);
        reported
            .help(help)
            .confidence(confidence)
            .app(&*conflict.app)
            .fix(fix);
        for leaf in &leaves[1..] {
            reported.related(leaf.place, format!("`{}` is last too", steps::name(leaf)));
        }
    }
}

/// What `makemigrations --merge` writes.
fn merge(ctx: &Context<'_>, conflict: &Conflict) -> Option<Fix> {
    let migrations = &ctx.project.migrations;
    let folder = migrations.folder(&conflict.app, &ctx.project.modules, ctx.sources)?;
    let file = migrations.merging(conflict);
    let path = format!("{folder}/{}.py", file.name);
    Some(Fix::safe("Write the migration that depends on both").create(path, file.text()))
}
