use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::deployment::Command;
use luthier_project::django::DjangoVersion;
use luthier_project::settings::{Kind, Role, SettingsModule};
use luthier_project::{Place, Project};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// An application server starts and nothing serves the static files.
    ///
    /// ## Why it matters
    ///
    /// With `DEBUG` off Django serves no static files, and neither do gunicorn and its kind. The
    /// pages come without style and scripts, the admin too. WhiteNoise serves them from the
    /// application with hashed names, a CDN or web server from outside.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:3.12-slim
    /// CMD ["gunicorn", "config.wsgi"]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["django.contrib.staticfiles"]
    /// MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]
    /// STATIC_URL = "static/"  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["django.contrib.staticfiles"]
    /// MIDDLEWARE = ["whitenoise.middleware.WhiteNoiseMiddleware"]
    /// STATIC_URL = "static/"
    /// ```
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["django.contrib.staticfiles"]
    /// MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]
    /// STATIC_URL = "https://cdn.example.com/static/"
    /// ```
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["django.contrib.staticfiles"]
    /// MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]
    /// STATIC_URL = "static/"
    /// STORAGES = {"staticfiles": {"BACKEND": "storages.backends.s3.S3Storage"}}
    /// ```
    ///
    /// ### A web server in front
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["django.contrib.staticfiles"]
    /// MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]
    /// STATIC_URL = "static/"
    /// ```
    ///
    /// ```yaml file=docker-compose.yml
    /// services:
    ///   web:
    ///     build: .
    ///   proxy:
    ///     image: nginx:1.27
    /// ```
    RULE = {
        code: "OPS004",
        name: "static-files-unserved",
        severity: Severity::Warning,
        category: Category::Operations,
        dimension: Some(Dimension::Performance),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

/// Names of web servers in images, services, packages and commands.
const WEB_SERVERS: [&str; 10] = [
    "nginx",
    "caddy",
    "httpd",
    "apache",
    "openresty",
    "lighttpd",
    "varnish",
    "angie",
    "static-web-server",
    "h2o",
];

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let Some(settings) = project.settings.production() else {
        return;
    };
    let started = project
        .deployment
        .production_commands()
        .any(Command::is_application_server);
    let is_certain = settings.optional().is_empty() && settings.open().is_none();
    let is_for_work = matches!(settings.role, Role::Local | Role::Test);
    if !started
        || is_for_work
        || !is_certain
        || !needs_serving(settings, project.django.version)
        || is_served(project)
    {
        return;
    }
    let Some(place) = place(settings) else { return };
    ctx.report(place, "nothing serves the static files in production")
        .help("add WhiteNoise: `whitenoise.middleware.WhiteNoiseMiddleware` behind `SecurityMiddleware`, with its manifest storage");
}

fn place(settings: &SettingsModule) -> Option<Place> {
    ["STATIC_URL", "INSTALLED_APPS"]
        .iter()
        .find_map(|name| settings.get(name)?.place())
}

/// Whether the files are there, under a path of the site itself, in the plain storage.
fn needs_serving(settings: &SettingsModule, version: DjangoVersion) -> bool {
    let has_app = settings
        .at(&["INSTALLED_APPS"])
        .surely_contains("django.contrib.staticfiles");
    let is_local = match &settings.at(&["STATIC_URL"]).kind {
        Kind::Str(url) => !url.contains("//"),
        _ => false,
    };
    let plain = "django.contrib.staticfiles.storage.StaticFilesStorage";
    let is_plain = |path: &[&str]| match &settings.at(path).kind {
        Kind::Str(backend) => **backend == *plain,
        Kind::Unset => true,
        _ => false,
    };
    // Django 5.1 no longer reads the old setting.
    let is_old_plain = version >= DjangoVersion::new(5, 1) || is_plain(&["STATICFILES_STORAGE"]);
    let middleware = settings.at(&["MIDDLEWARE"]);
    let may_serve = SERVING_MIDDLEWARE
        .iter()
        .any(|name| middleware.may_contain(name))
        || middleware
            .strings()
            .iter()
            .any(|(name, _)| name.to_lowercase().contains("whitenoise"));
    has_app
        && is_local
        && is_plain(&["STORAGES", "staticfiles", "BACKEND"])
        && is_old_plain
        && !may_serve
}

/// Middleware that serves static files.
const SERVING_MIDDLEWARE: [&str; 2] = [
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
];

/// Whether a package, service, image or command of the project serves them.
fn is_served(project: &Project) -> bool {
    const PACKAGES: [&str; 5] = [
        "whitenoise",
        "servestatic",
        "dj-static",
        "django-compressor",
        "django-storages",
    ];
    let names_server = |text: &str| {
        WEB_SERVERS
            .iter()
            .any(|server| text.to_lowercase().contains(server))
    };
    let deployment = &project.deployment;
    let in_services = deployment.services.iter().any(|service| {
        names_server(&service.name) || service.image.as_deref().is_some_and(names_server)
    });
    let in_images = deployment.images.iter().any(|image| {
        let stages = deployment
            .dockerfile(&project.files, image)
            .map_or(&[][..], |dockerfile| &dockerfile.stages);
        stages.iter().any(|stage| names_server(&stage.image.text))
    });
    let in_commands = deployment.commands.iter().any(|command| {
        names_server(&command.program)
            || command
                .arguments
                .iter()
                .any(|word| names_server(&word.text) || word.text.starts_with("--static-map"))
    });
    let in_code = || {
        let imports = |name: &str| {
            ["whitenoise", "dj_static", "servestatic"]
                .iter()
                .any(|package| name.starts_with(package))
        };
        project.own_modules().any(|module| {
            let facts = project.modules.facts(module);
            facts
                .imports
                .iter()
                .any(|import| imports(facts.text(import.module)))
        })
    };
    PACKAGES.iter().any(|name| project.dependencies.has(name))
        || in_services
        || in_images
        || in_commands
        || in_code()
}
