use std::collections::BTreeMap;

use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::migrations::MigrationId;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// An app has more than 50 migrations.
    ///
    /// ## Why it matters
    ///
    /// Every new database runs all of them: each test run in CI, each developer's first day, each review
    /// app. Most of that work is undone by a later migration. `squashmigrations` puts them into one that
    /// databases which have run the old ones take as run.
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
    /// ```python file=shop/migrations/0001_initial.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):  # fires
    ///     initial = True
    /// ```
    /// ```python file=shop/migrations/00{02..51}_change.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    /// ```
    ///
    /// ## Good
    ///
    /// A squashed migration counts as one, while those that it replaces are still there.
    ///
    /// ```python file=shop/migrations/00{01..51}_change.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     pass
    /// ```
    /// ```python file=shop/migrations/0001_squashed_0002.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     replaces = [("shop", "0001_change"), ("shop", "0002_change")]
    /// ```
    RULE = {
        code: "MIG025",
        name: "squash-due",
        severity: Severity::Info,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        confidence: Confidence::Certain,
        check: Check::Project(check),
    }
}

/// As many are taken for granted.
const MANY: usize = 50;

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let mut by_app: BTreeMap<&str, Vec<MigrationId>> = BTreeMap::new();
    for (id, migration) in project.migrations.in_order() {
        by_app.entry(&migration.app).or_default().push(id);
    }
    for (app, ids) in by_app {
        let Some(first) = ids.first().filter(|_| ids.len() > MANY) else {
            continue;
        };
        ctx.report(
            project.migrations.get(*first).place,
            format!("`{app}` has {} migrations that every new database runs", ids.len()),
        )
        .help(format!(
            "put those that all databases have run into one: `python manage.py squashmigrations {app} <last one>`"
        ))
        .app(app);
    }
}
