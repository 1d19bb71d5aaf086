use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::Project;
use luthier_project::deployment::{Command, Image, Moment};

use super::{application_images, is_read};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Nothing collects the static files of the image that serves the application.
    ///
    /// ## Why it matters
    ///
    /// With `DEBUG` off Django serves no static files from the apps' folders. Without
    /// `collectstatic` the folder or bucket that serves them stays empty or old: pages come without
    /// style, and with hashed names the admin and every `{% static %}` fail with an error.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    ///
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["django.contrib.staticfiles"]
    /// STATIC_URL = "static/"
    /// STATIC_ROOT = "/srv/static"
    /// ```
    ///
    /// ## Bad
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:3.12-slim
    /// COPY . /app
    /// CMD ["gunicorn", "config.wsgi"]  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// While the image is built, when it starts, or in the workflow that releases it.
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:3.12-slim
    /// RUN SECRET_KEY=build python manage.py collectstatic --noinput
    /// CMD ["gunicorn", "config.wsgi"]
    /// ```
    ///
    /// ### When it starts
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:3.12-slim
    /// COPY start.sh /start.sh
    /// CMD ["/start.sh"]
    /// ```
    ///
    /// ```text file=start.sh
    /// ./manage.py collectstatic --noinput && exec gunicorn config.wsgi
    /// ```
    ///
    /// ### On release
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:3.12-slim
    /// CMD ["gunicorn", "config.wsgi"]
    /// ```
    ///
    /// ```yaml file=.github/workflows/release.yml
    /// on: push
    /// jobs:
    ///   release:
    ///     steps:
    ///       - run: docker compose run --rm web python manage.py collectstatic --noinput
    /// ```
    RULE = {
        code: "OPS016",
        name: "collectstatic-missing",
        severity: Severity::Warning,
        category: Category::Operations,
        dimension: Some(Dimension::Deployment),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    if !serves_static_files(project) || is_collected(project) {
        return;
    }
    let servers: Vec<&Command> = application_images(project)
        .filter_map(|image| server(project, image))
        .collect();
    let Some((first, others)) = servers.split_first() else {
        return;
    };
    let mut reported = ctx.report(
        first.place,
        format!(
            "`{}` starts and nothing runs `collectstatic`",
            first.program
        ),
    );
    reported.help("run `python manage.py collectstatic --noinput` while the image is built");
    for other in others {
        reported.related(other.place, "started here too");
    }
}

/// Whether production has the app that collects, and no other way.
fn serves_static_files(project: &Project) -> bool {
    let Some(settings) = project.settings.production() else {
        return false;
    };
    let has_app = settings
        .at(&["INSTALLED_APPS"])
        .surely_contains("django.contrib.staticfiles");
    let finds_itself = settings
        .get("WHITENOISE_USE_FINDERS")
        .is_some_and(|setting| !setting.value.is_definitely_false());
    has_app && !finds_itself
}

/// Whether any command, script or code of the project mentions it.
fn is_collected(project: &Project) -> bool {
    let mentions = |command: &Command| {
        command.program == "collectstatic"
            || command
                .arguments
                .iter()
                .any(|word| word.text.contains("collectstatic"))
    };
    let in_code = || {
        project
            .own_modules()
            .any(|module| project.modules.facts(module).names.mention("collectstatic"))
    };
    project.deployment.commands.iter().any(mentions) || in_code()
}

/// The application server that an image starts, when everything that it starts could be read.
fn server<'a>(project: &'a Project, image: &Image) -> Option<&'a Command> {
    let own = || {
        let commands = project.deployment.commands.iter();
        commands.filter(|command| command.image == Some(image.file))
    };
    // A build that runs `make` or the like may do it there.
    let is_closed = own().all(|command| {
        !matches!(
            command.program.as_str(),
            "make" | "just" | "inv" | "invoke" | "npm" | "yarn"
        )
    });
    let mut started = own().filter(|command| command.moment == Moment::Start);
    started
        .find(|command| command.is_application_server())
        .filter(|_| is_closed && is_read(project, image))
}
