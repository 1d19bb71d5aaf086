use std::collections::BTreeMap;

use luthier_diagnostics::{Category, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::models::{FieldKind, Model};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// The automatic keys of an app's tables end at two thousand million.
    ///
    /// ## Why it matters
    ///
    /// `AutoField` is an `integer`: after 2,147,483,647 rows, deleted ones and failed inserts counted, every
    /// INSERT fails with `integer out of range`, and making the column wider writes the whole table anew
    /// while nobody reads it. A new table costs nothing to make with `BigAutoField`.
    ///
    /// One finding an app, at the first of its models. Packages that others install are left out: there each
    /// site decides.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
    /// ```
    /// ```python file=shop/__init__.py
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    ///
    /// class Order(models.Model):  # fires
    ///     pass
    ///
    ///
    /// class Line(models.Model):
    ///     pass
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
    /// ```
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    ///
    /// class Order(models.Model):
    ///     pass
    /// ```
    ///
    /// ### Keys of its own
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    ///
    /// class Order(models.Model):
    ///     number = models.UUIDField(primary_key=True)
    ///
    ///
    /// class Rush(Order):
    ///     pass
    ///
    ///
    /// class Report(models.Model):
    ///     class Meta:
    ///         managed = False
    /// ```
    RULE = {
        code: "MIG035",
        name: "narrow-primary-key",
        severity: Severity::Warning,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    if project.is_distributed {
        return;
    }
    let mut apps: BTreeMap<(&str, u32), Vec<(Location, &Model)>> = BTreeMap::new();
    for (_, model) in project.models.registered() {
        if let Some((place, bits)) = narrow(project, model) {
            apps.entry((&model.app_label, bits))
                .or_default()
                .push((place, model));
        }
    }
    for ((label, bits), mut models) in apps {
        let last = (1_u64 << (bits - 1)) - 1;
        models.sort_by_key(|(place, _)| *place);
        let (place, first) = models[0];
        let others = match models.len() {
            1 => String::new(),
            2 => " and another model".to_owned(),
            count => format!(" and {} other models", count - 1),
        };
        context
            .report(
                place,
                format!(
                    "the keys of `{}`{others} of `{label}` are {bits} bits wide: no row can be added after number {last}",
                    first.name
                ),
            )
            .help(
                "set `DEFAULT_AUTO_FIELD = \"django.db.models.BigAutoField\"` before a table grows; \
                 tables in use are written anew by that migration",
            )
            .app(label);
    }
}

/// Where a model stands whose table has an automatic key of 32 bits or less, and how many those are.
fn narrow(project: &Project, model: &Model) -> Option<(Location, u32)> {
    let is_table = !model.is_proxy && model.is_managed() && model.made_by.is_none();
    let class = model.class.filter(|_| is_table)?;
    let file = project.modules.get(class.module).file?;
    let mut fields = model.fields.iter();
    let key = fields.find(|field| field.is_automatic && model.pk.as_ref() == Some(&field.name))?;
    let bits = match key.kind {
        FieldKind::Auto => 32,
        FieldKind::SmallAuto => 16,
        _ => return None,
    };
    // Where nothing tells which class it is, it has no code and no name of its own.
    let is_known = project.settings.production().is_some();
    let place = Location {
        file,
        span: project.modules.class(class).name_span,
    };
    is_known.then_some((place, bits))
}
