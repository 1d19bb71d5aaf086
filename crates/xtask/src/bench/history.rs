//! A project with a long history: 1,500 migrations over 30 apps, whose models are what they come to.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Result;

const APPS: usize = 30;
const MIGRATIONS: usize = 50;

/// All migrations of the project.
pub(super) const AMOUNT: usize = APPS * MIGRATIONS;

/// A model as the migrations so far make it.
struct Model {
    name: String,
    /// By name, with what declares them.
    fields: Vec<(String, String)>,
    indexes: Vec<String>,
}

/// Writes the project.
pub(super) fn write(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder.join("config"))?;
    let apps: Vec<String> = (0..APPS).map(|app| format!("app{app:02}")).collect();
    let mut settings = "SECRET_KEY = \"a bench\"\nDEFAULT_AUTO_FIELD = \
                        \"django.db.models.BigAutoField\"\nINSTALLED_APPS = [\n"
        .to_owned();
    for app in &apps {
        let _ = writeln!(settings, "    \"{app}\",");
    }
    settings.push_str(
        "]\nDATABASES = {\"default\": {\"ENGINE\": \"django.db.backends.postgresql\"}}\n",
    );
    fs::write(folder.join("config/__init__.py"), "")?;
    fs::write(folder.join("config/settings.py"), settings)?;
    fs::write(
        folder.join("manage.py"),
        "import os\n\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"config.settings\")\n",
    )?;
    for app in &apps {
        let migrations = folder.join(app).join("migrations");
        fs::create_dir_all(&migrations)?;
        fs::write(folder.join(app).join("__init__.py"), "")?;
        fs::write(migrations.join("__init__.py"), "")?;
        let mut models: Vec<Model> = Vec::new();
        let mut before = None;
        for number in 1..=MIGRATIONS {
            let name = format!("{number:04}_step");
            let operations = step(&mut models, app, number);
            fs::write(
                migrations.join(format!("{name}.py")),
                migration(app, before.as_deref(), &operations),
            )?;
            before = Some(name);
        }
        fs::write(folder.join(app).join("models.py"), declared(&models))?;
    }
    Ok(())
}

fn migration(app: &str, before: Option<&str>, operations: &str) -> String {
    let dependency = before.map_or_else(String::new, |name| format!("(\"{app}\", \"{name}\")"));
    format!(
        "import django.db.models.deletion\nfrom django.db import migrations, models\n\n\n\
         def fill(apps, schema_editor):\n    \
         for row in apps.get_model(\"{app}\", \"Model0\").objects.iterator():\n        row.save()\n\n\n\
         class Migration(migrations.Migration):\n    dependencies = [{dependency}]\n    \
         operations = [\n{operations}    ]\n"
    )
}

/// The operations of one migration, which the models then show.
fn step(models: &mut Vec<Model>, app: &str, number: usize) -> String {
    // A model in each tenth migration, and the first four at once.
    if number == 1 {
        return (0..4).map(|_| create(models, app)).collect();
    }
    if number.is_multiple_of(10) {
        return create(models, app);
    }
    let count = models.len();
    let model = &mut models[number % count];
    let lower = model.name.to_lowercase();
    let (name, field) = (
        format!("f{number}"),
        "models.CharField(max_length=40, null=True)",
    );
    match number % 5 {
        0 => {
            let (name, field) = model.fields.last_mut().expect("each begins with some");
            "models.CharField(default=\"\", max_length=80)".clone_into(field);
            format!("        migrations.AlterField(\"{lower}\", \"{name}\", {field}),\n")
        }
        1 => {
            let name = format!("{app}_{lower}_{number}");
            let index = format!("models.Index(fields=[\"f0\", \"f1\"], name=\"{name}\")");
            let operation = format!("        migrations.AddIndex(\"{lower}\", {index}),\n");
            model.indexes.push(index);
            operation
        }
        2 => "        migrations.RunPython(fill, migrations.RunPython.noop),\n".to_owned(),
        3 if model.fields.len() > 12 => {
            let (name, _) = model.fields.remove(6);
            format!("        migrations.RemoveField(\"{lower}\", \"{name}\"),\n")
        }
        _ => {
            let operation =
                format!("        migrations.AddField(\"{lower}\", \"{name}\", {field}),\n");
            model.fields.push((name, field.to_owned()));
            operation
        }
    }
}

/// A model with eight fields, one of them a foreign key to the model before it.
fn create(models: &mut Vec<Model>, app: &str) -> String {
    let name = format!("Model{}", models.len());
    let kinds = [
        "models.CharField(max_length=20)",
        "models.IntegerField(default=0)",
        "models.BooleanField(default=False)",
        "models.DateTimeField(auto_now_add=True)",
        "models.TextField(blank=True)",
        "models.DecimalField(decimal_places=2, max_digits=9)",
        "models.JSONField(default=dict)",
    ];
    let kinds = kinds.iter().enumerate();
    let mut fields: Vec<(String, String)> = kinds
        .map(|(index, kind)| (format!("f{index}"), (*kind).to_owned()))
        .collect();
    if let Some(before) = models.last() {
        let to = before.name.to_lowercase();
        let before = format!(
            "models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=\"{app}.{to}\")"
        );
        fields.push(("before".to_owned(), before));
    }
    let mut operation = format!(
        "        migrations.CreateModel(\n            name=\"{name}\",\n            fields=[\n                \
         (\"id\", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, \
         verbose_name=\"ID\")),\n"
    );
    for (field, declaration) in &fields {
        let _ = writeln!(operation, "                (\"{field}\", {declaration}),");
    }
    operation.push_str("            ],\n        ),\n");
    models.push(Model {
        name,
        fields,
        indexes: Vec::new(),
    });
    operation
}

fn declared(models: &[Model]) -> String {
    let mut text = "import django.db.models.deletion\nfrom django.db import models\n".to_owned();
    for model in models {
        let _ = write!(text, "\n\nclass {}(models.Model):\n", model.name);
        for (name, field) in &model.fields {
            let _ = writeln!(text, "    {name} = {field}");
        }
        if !model.indexes.is_empty() {
            text.push_str("\n    class Meta:\n        indexes = [\n");
            for index in &model.indexes {
                let _ = writeln!(text, "            {index},");
            }
            text.push_str("        ]\n");
        }
    }
    text
}
