use std::sync::Arc;

use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::migrations::{AppDrift, Operation};
use luthier_project::models::Model;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A model was changed, and no migration says so.
    ///
    /// ## Why it matters
    ///
    /// The database is as the migrations say, not as the models say. A field without its migration is a
    /// column that is not there: every query of the model fails with `column does not exist` as soon as the
    /// code is deployed. A changed option that needs no column is written by the next person who calls
    /// `makemigrations`, into a migration about something else.
    ///
    /// This is what `makemigrations --check --dry-run` says, operation by operation and in its words,
    /// without a database and without importing anything.
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
    ///     dependencies = []
    ///
    ///     operations = [
    ///         migrations.CreateModel(
    ///             name="Order",
    ///             fields=[
    ///                 (
    ///                     "id",
    ///                     models.BigAutoField(
    ///                         auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    ///                     ),
    ///                 ),
    ///                 ("status", models.CharField(default="draft", max_length=10)),
    ///             ],
    ///             options={"ordering": ["-id"]},
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    ///
    /// class Order(models.Model):
    ///     status = models.CharField(default="draft", max_length=20)  # fires
    ///     note = models.TextField(blank=True)  # fires
    ///
    ///     class Meta:  # fires
    ///         ordering = ["id"]
    ///
    ///
    /// class Line(models.Model):  # fires
    ///     order = models.ForeignKey(Order, on_delete=models.CASCADE)
    /// ```
    ///
    /// ### Gone from the code, not from the database
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    ///
    /// class Order(models.Model):  # fires
    ///     class Meta:
    ///         ordering = ["-id"]
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// LENGTH = 10
    ///
    ///
    /// class Status(models.TextChoices):
    ///     DRAFT = "draft", "Draft"
    ///
    ///
    /// class Order(models.Model):
    ///     # What the migration says, said otherwise.
    ///     status = models.CharField(null=False, default=Status.DRAFT, max_length=LENGTH)
    ///
    ///     class Meta:
    ///         ordering = ["-id"]
    ///
    ///     def __str__(self):
    ///         return self.status
    /// ```
    ///
    /// ### A migration said it meanwhile
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    ///
    /// class Order(models.Model):
    ///     state = models.CharField(default="draft", max_length=20)
    ///
    ///     class Meta:
    ///         ordering = ["-id"]
    /// ```
    /// ```python file=shop/migrations/0002_state.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RenameField("order", "status", "state"),
    ///         migrations.AlterField("order", "state", models.CharField(default="draft", max_length=20)),
    ///     ]
    /// ```
    ///
    /// ### A plugin of NetBox or Nautobot, whose `makemigrations` takes no notice of labels
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    /// from netbox.config import get_config
    ///
    ///
    /// class Order(models.Model):
    ///     status = models.CharField("where it is", default="draft", max_length=10)
    ///
    ///     class Meta:
    ///         ordering = ["-id"]
    ///
    ///     def __str__(self):
    ///         return get_config().PREFIX + self.status
    /// ```
    MODEL_CHANGES_WITHOUT_MIGRATION = {
        code: "MIG001",
        name: "model-changes-without-migration",
        severity: Severity::Error,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    let has_other_command = project.migrations.drift().has_other_command;
    for app in &project.migrations.drift().apps {
        for operation in app.operations() {
            if has_other_command && !is_structural(operation) {
                continue;
            }
            let Some(location) = place(project, app, operation) else {
                continue;
            };
            let confidence = match project.apps.by_label(&app.app) {
                Some(found) if found.is_listed => Confidence::Certain,
                _ => Confidence::Likely,
            };
            context
                .report(
                    location,
                    format!(
                        "no migration of `{}` does what the models ask for: {}",
                        app.app,
                        operation.describe()
                    ),
                )
                .help(format!(
                    "run `python manage.py makemigrations {}`, read what it wrote, and commit it with the models",
                    app.app
                ))
                .confidence(confidence)
                .app(&*app.app);
        }
    }
}

/// Whether an operation adds or takes away what the database has. A project's own `makemigrations`
/// leaves out changes of what only the code reads: labels, help texts, choices.
fn is_structural(operation: &Operation) -> bool {
    !matches!(
        operation,
        Operation::AlterField { .. }
            | Operation::AlterModelOptions { .. }
            | Operation::AlterModelManagers { .. }
    )
}

/// Where the change is: the field, the `Meta`, the model, or the last migration of the app.
fn place(project: &Project, app: &AppDrift, operation: &Operation) -> Option<Location> {
    let modules = &project.modules;
    let name = operation.model();
    let model = name.and_then(|name| {
        let id = project.models.by_label(&format!("{}.{}", app.app, name))?;
        Some(project.models.get(id))
    });
    let of_field = || {
        let (Operation::AddField { name, .. } | Operation::AlterField { name, .. }) = operation
        else {
            return None;
        };
        field_place(project, model?, name)
    };
    let of_meta = || {
        let is_option = !matches!(
            operation,
            Operation::CreateModel { .. } | Operation::RemoveField { .. }
        );
        let meta = model?
            .meta
            .class
            .filter(|_| is_option && model.is_some_and(|it| it.meta.is_own))?;
        let file = modules.get(meta.module).file?;
        let span = modules.class(meta).name_span;
        Some(Location { file, span })
    };
    let of_model = || {
        let class = model?.class?;
        let file = modules.get(class.module).file?;
        let span = modules.class(class).name_span;
        Some(Location { file, span })
    };
    let of_migration = || app.after.map(|id| project.migrations.get(id).place);
    of_field()
        .or_else(of_meta)
        .or_else(of_model)
        .or_else(of_migration)
}

/// Where a field is declared, in the model or a base of it.
fn field_place(project: &Project, model: &Model, name: &Arc<str>) -> Option<Location> {
    let field = model.fields.iter().find(|field| field.name == *name)?;
    let value = field.value?;
    let file = project.modules.get(value.module).file?;
    let span = project.modules.value(value).span();
    Some(Location { file, span })
}
