use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::migrations::Operation;

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A table is dropped that the release before still asks for.
    ///
    /// ## Why it matters
    ///
    /// Until the last process of the release before has stopped, its queries of the model fail with
    /// `relation does not exist`, and so do the deletions of rows that the table pointed to: Django looks
    /// for what hangs on them. The rows are gone for good.
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
    ///             name="Customer",
    ///             fields=[
    ///                 ("id", models.BigAutoField(primary_key=True, serialize=False)),
    ///                 ("name", models.CharField(max_length=50)),
    ///             ],
    ///         ),
    ///         migrations.CreateModel(
    ///             name="Order",
    ///             fields=[
    ///                 ("id", models.BigAutoField(primary_key=True, serialize=False)),
    ///                 ("status", models.CharField(default="draft", max_length=10)),
    ///                 ("note", models.TextField(blank=True, null=True)),
    ///             ],
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.DeleteModel(name="Order"),  # fires
    ///     ]
    /// ```
    ///
    /// ### By a class of its own
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class DropTable(migrations.DeleteModel):
    ///     def describe(self):
    ///         return f"Drop the table of {self.name}"
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         DropTable(name="Order"),  # fires
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// ### The models forget it, the database keeps it
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Order")]),
    ///     ]
    /// ```
    ///
    /// ### A proxy has no table
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.CreateModel(
    ///             "OpenOrder", [], options={"proxy": True}, bases=("shop.order",)
    ///         ),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0003_drop.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0002_change")]
    ///
    ///     operations = [
    ///         migrations.DeleteModel(name="OpenOrder"),
    ///     ]
    /// ```
    ///
    /// ### Nor does Django drop what it does not manage
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.AlterModelOptions("order", {"managed": False}),
    ///         migrations.DeleteModel("Order"),
    ///     ]
    /// ```
    REMOVE_TABLE = {
        code: "MIG008",
        name: "remove-table",
        severity: Severity::Error,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for applied in steps::known_to_code(project) {
        let (Operation::DeleteModel { .. }, Some(model)) = (applied.operation(), &applied.before)
        else {
            continue;
        };
        let message = format!(
            "dropping the table of `{}` deletes its rows, and breaks processes of the release before that still ask for it",
            model.name
        );
        steps::report(context, applied, message).help(steps::or_plan(project, applied,
            "take the model out of the code first, with `SeparateDatabaseAndState(state_operations=[...])`, \
             and drop the table in the next release",
        ));
    }
}

#[cfg(test)]
mod tests {
    use luthier_diagnostics::Confidence;
    use luthier_source::Sources;

    use super::REMOVE_TABLE;
    use crate::testing;

    /// The confidence in what is said of dropping a table by a class with these methods.
    fn confidence(methods: &str) -> Vec<Confidence> {
        let change = format!(
            "from django.db import migrations\n\n\nclass Drop(migrations.DeleteModel):\n    {methods}\n\n\n\
             class Migration(migrations.Migration):\n    dependencies = [(\"shop\", \"0001_initial\")]\n    operations = [Drop(\"Order\")]\n"
        );
        let found = testing::run(
            &REMOVE_TABLE,
            Sources::in_memory(&[
                (
                    "manage.py",
                    "import os\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"settings\")\n",
                ),
                ("settings.py", "INSTALLED_APPS = [\"shop\"]\n"),
                ("shop/__init__.py", ""),
                ("shop/migrations/__init__.py", ""),
                (
                    "shop/migrations/0001_initial.py",
                    "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    operations = [migrations.CreateModel(\"Order\", [(\"id\", models.BigAutoField(primary_key=True))])]\n",
                ),
                ("shop/migrations/0002_change.py", &change),
            ]),
        );
        found.findings.iter().map(|it| it.confidence).collect()
    }

    #[test]
    fn what_a_class_of_the_project_does_is_only_possible() {
        let wording = "def describe(self):\n        return \"Drop the orders\"";
        assert_eq!(confidence(wording), [Confidence::Certain]);
        let own = "def database_forwards(self, *args):\n        if exists():\n            super().database_forwards(*args)";
        assert_eq!(confidence(own), [Confidence::Possible]);
    }
}
