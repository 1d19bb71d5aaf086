//! Kind by kind: what the releases are, and what their migrations do.

use std::fmt::Write;

use luthier_project::Project;
use luthier_source::Sources;

use super::{PlanRequest, plans};

mod added;
mod altered;
mod gone;
mod hanging;
mod keys;
mod leading;
mod rebuilt;

const BEFORE: &str = r#"
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("status", models.CharField(default="draft", max_length=10)),
                ("note", models.TextField(blank=True, null=True)),
                ("total", models.IntegerField()),
                ("customer", models.ForeignKey(on_delete=models.CASCADE, to="shop.customer")),
            ],
        ),
    ]
"#;

const CUSTOMER: &str = "class Customer(models.Model):\n    pass\n\n\n";
const STATUS: &str = "    status = models.CharField(max_length=10, default=\"draft\")\n";
const NOTE: &str = "    note = models.TextField(null=True, blank=True)\n";
const TOTAL: &str = "    total = models.IntegerField()\n";
const OWNER: &str = "    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)\n";

/// The models with these lines in `Order`.
fn models(lines: &[&str]) -> String {
    format!(
        "import uuid\n\nfrom django.db import models\n\n\ndef make_code():\n    return uuid.uuid4().hex\n\n\n{CUSTOMER}class Order(models.Model):\n{}",
        lines.concat()
    )
}

/// What is planned for models that have changed.
fn planned(models: &str) -> String {
    shown("postgresql", "5.2", models, None)
}

/// What is planned for a second migration with this operation, and the models after it.
fn replaced(operation: &str, models: &str) -> String {
    shown("postgresql", "5.2", models, Some(operation))
}

fn shown(server: &str, django: &str, models: &str, operation: Option<&str>) -> String {
    from_tables(BEFORE, server, django, models, operation)
}

/// The same where the tables are those of another first migration.
fn from_tables(
    before: &str,
    server: &str,
    django: &str,
    models: &str,
    operation: Option<&str>,
) -> String {
    let settings = format!(
        "INSTALLED_APPS = [\"shop\"]\nDEFAULT_AUTO_FIELD = \"django.db.models.BigAutoField\"\nDATABASES = {{\"default\": {{\"ENGINE\": \"django.db.backends.{server}\", \"NAME\": \"x\"}}}}\n"
    );
    let second = operation.map(|operation| {
        format!(
            "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    dependencies = [(\"shop\", \"0001_initial\")]\n\n    operations = [{operation}]\n"
        )
    });
    let requirements = format!("django=={django}\n");
    let mut files = vec![
        (
            "manage.py",
            "import os\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"settings\")\n",
        ),
        ("requirements.txt", &*requirements),
        ("settings.py", &*settings),
        ("shop/__init__.py", ""),
        ("shop/models.py", models),
        ("shop/migrations/__init__.py", ""),
        ("shop/migrations/0001_initial.py", before),
    ];
    if let Some(second) = &second {
        files.push(("shop/migrations/0002_change.py", second));
    }
    let sources = Sources::in_memory(&files);
    let project = Project::from_sources(&sources);
    let request = PlanRequest {
        migrations: operation
            .iter()
            .map(|_| "shop.0002_change".to_owned())
            .collect(),
        ..PlanRequest::default()
    };
    let plans = plans(&project, &sources, &request);
    let mut out = String::new();
    for unplanned in &plans.unplanned {
        let operations = unplanned.operations.join(", ");
        let _ = writeln!(out, "no plan: {operations}\n  {}", unplanned.because);
    }
    for plan in &plans.plans {
        let _ = writeln!(out, "{}", plan.kinds.join(" "));
        for step in &plan.steps {
            for purpose in &step.purposes {
                let _ = writeln!(out, "\n{}. {}", step.number, purpose.title);
            }
            for file in step.code.iter().filter(|file| file.text != models) {
                let other = file.text.lines().filter(|line| !models.contains(line));
                let _ = writeln!(
                    out,
                    "{}: {}",
                    file.path,
                    other.collect::<Vec<_>>().join("\n")
                );
            }
            for path in &step.removed {
                let _ = writeln!(out, "remove {path}");
            }
            if let Some(because) = &step.irreversible {
                let _ = writeln!(out, "cannot be taken back: {because}");
            }
            for migration in &step.migrations {
                let name = migration.path.rsplit('/').next().unwrap_or_default();
                let _ = writeln!(out, "--- {name}\n{}", body(&migration.text));
            }
        }
    }
    out
}

/// A migration without what all of them have.
fn body(text: &str) -> String {
    let (head, class) = text.split_once("class Migration").unwrap_or_default();
    let head = head.split_once("def ").map_or("", |(_, rest)| rest);
    let atomic = if class.contains("atomic = False") {
        "not atomic\n"
    } else {
        ""
    };
    let operations = class.split_once("operations = [\n").map_or("", |it| it.1);
    let operations = operations.trim_end().trim_end_matches(']').trim_end();
    // Each but those without locks starts and ends with the same.
    let operations = super::sql::patience()
        .map(|code| format!("        {},\n", code.laid_out(2, 0, 1)))
        .iter()
        .fold(format!("{operations}\n"), |text, code| {
            text.replace(code, "")
        });
    let operations = operations
        .trim_end()
        .lines()
        .map(|line| line.strip_prefix("        ").unwrap_or(line));
    // Of functions that fill, what they do to each row.
    let is_told = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("update = ") || line.starts_with("row.") || line.starts_with("statement")
    };
    let told = head.lines().filter(is_told);
    let function: String = told
        .map(|line| format!("{}\n", line.trim_start()))
        .collect();
    format!(
        "{atomic}{function}{}",
        operations.collect::<Vec<_>>().join("\n")
    )
}
