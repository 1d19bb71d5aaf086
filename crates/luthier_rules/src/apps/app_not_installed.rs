use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::apps::App;
use luthier_project::modules::ModuleId;
use luthier_source::Span;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A package has models or migrations, and `INSTALLED_APPS` does not name it.
    ///
    /// ## Why it matters
    ///
    /// Its tables are never created, its migrations never run, its templates, commands and checks are
    /// not found; importing its models fails with `RuntimeError: Model class doesn't declare an
    /// explicit app_label`.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/views.py
    /// from cart import models
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// ```
    /// ```python file=cart/__init__.py
    /// ```
    /// ```python file=cart/models.py
    /// from django.db import models
    ///
    /// class Cart(models.Model):  # fires
    ///     pass
    /// ```
    ///
    /// ### Among the apps that are installed
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// ```
    /// ```python file=loyalty/__init__.py
    /// ```
    /// ```python file=loyalty/models.py
    /// from django.db import models
    ///
    /// class Card(models.Model):  # fires
    ///     pass
    /// ```
    /// ```python file=loyalty/migrations/__init__.py
    /// ```
    /// ```python file=loyalty/migrations/0001_initial.py
    /// from django.db import migrations
    ///
    /// class Migration(migrations.Migration):
    ///     operations = []
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop", "cart.apps.CartConfig"]
    /// ```
    /// ```python file=cart/__init__.py
    /// ```
    /// ```python file=cart/apps.py
    /// from django.apps import AppConfig
    ///
    /// class CartConfig(AppConfig):
    ///     name = "cart"
    /// ```
    /// ```python file=cart/models.py
    /// from django.db import models
    ///
    /// class Cart(models.Model):
    ///     pass
    /// ```
    /// ```python file=library/models.py
    /// from django.db import models
    ///
    /// class Base(models.Model):
    ///     class Meta:
    ///         abstract = True
    /// ```
    APP_NOT_INSTALLED = {
        code: "ARC012",
        name: "app-not-installed",
        severity: Severity::Warning,
        category: Category::Architecture,
        dimension: Some(Dimension::Architecture),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    // Who installs a package chooses among its apps.
    let confidence = if project.is_distributed {
        Confidence::Possible
    } else {
        Confidence::Likely
    };
    for app in &project.apps.not_installed {
        // Optional apps that another settings module installs are no oversight.
        let is_named_elsewhere = project.settings.modules.iter().any(|settings| {
            settings.get("INSTALLED_APPS").is_some_and(|setting| {
                setting.value.strings().iter().any(|(entry, _)| {
                    entry
                        .strip_prefix(&*app.name)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                })
            })
        });
        let is_meant = is_used(project, app) || stands_among_apps(project, app);
        if is_named_elsewhere || !is_meant {
            continue;
        }
        let Some((module, span)) = first_model(project, app) else {
            continue;
        };
        let Some(file) = project.modules.get(module).file else {
            continue;
        };
        context
            .report(
                Location { file, span },
                format!(
                    "`{}` has models, and `INSTALLED_APPS` does not name it",
                    app.name
                ),
            )
            .help(format!("add `\"{}\"` to `INSTALLED_APPS`", app.name))
            .confidence(confidence)
            .symbol(&*app.name)
            .app(&*app.label);
    }
}

/// Whether the package has migrations and lies in one folder with an app that is installed.
fn stands_among_apps(project: &Project, app: &App) -> bool {
    let parent = |name: &str| name.rsplit_once('.').map(|(parent, _)| parent.to_owned());
    let migrations = format!("{}.migrations", app.name);
    project.root.manage_py.is_some()
        && project.modules.find(&migrations).is_some()
        && project.apps.iter().any(|other| {
            other.is_own && other.is_listed && parent(&other.name) == parent(&app.name)
        })
}

/// Whether other code of the project imports the package: examples and templates of projects that
/// merely lie beside are nobody's oversight.
fn is_used(project: &Project, app: &App) -> bool {
    let is_within = |name: &str| {
        name.strip_prefix(&*app.name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let mut others = project.own_modules().filter(|&module| {
        let name = &project.modules.get(module).name;
        !is_within(name)
            && !luthier_project::facts::is_test_path(&format!("{}.py", name.replace('.', "/")))
    });
    others.any(|module| {
        let facts = project.modules.facts(module);
        facts.imports.iter().any(|import| {
            project
                .modules
                .absolute(module, import)
                .is_some_and(|target| is_within(&target))
        })
    })
}

/// The first concrete model that an app's `models` define.
fn first_model(project: &Project, app: &App) -> Option<(ModuleId, Span)> {
    let models = format!("{}.models", app.name);
    let mut modules = project.own_modules().filter(|&module| {
        let name = &project.modules.get(module).name;
        name.strip_prefix(&models)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    modules.find_map(|module| {
        let facts = project.modules.facts(module);
        facts.class_ids().find_map(|class| {
            let class = luthier_project::modules::ClassRef { module, class };
            let is_model = project.modules.inherits(class, "django.db.models.Model") == Some(true);
            (is_model && !says_abstract(project, class) && !names_its_app(project, class))
                .then(|| (module, project.modules.class(class).name_span))
        })
    })
}

fn says_abstract(project: &Project, class: luthier_project::modules::ClassRef) -> bool {
    has_meta(project, class, "abstract")
}

/// A model that files itself under another app with `app_label`.
fn names_its_app(project: &Project, class: luthier_project::modules::ClassRef) -> bool {
    has_meta(project, class, "app_label")
}

fn has_meta(project: &Project, class: luthier_project::modules::ClassRef, option: &str) -> bool {
    match project.modules.class_member(class, "Meta") {
        luthier_project::modules::Definition::Class(meta) => {
            project.modules.class_body(meta).binding(option).is_some()
        }
        _ => false,
    }
}
