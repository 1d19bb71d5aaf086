use luthier_diagnostics::{Category, Confidence, Dimension, Fix, FixAvailability, Severity};
use luthier_project::Place;
use luthier_project::deployment::{Environment, Image, Moment, User};
use luthier_source::dockerfile::{InstructionKind, Stage};

use super::{application_images, is_read};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// The container runs the application as root.
    ///
    /// ## Why it matters
    ///
    /// Whoever finds a hole in the application then owns everything in the container: code, secrets,
    /// mounted volumes, and one kernel bug later the host. A user of its own costs two lines.
    ///
    /// ## Bad
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:3.12-slim  # fires
    /// WORKDIR /app
    /// COPY . .
    /// CMD ["gunicorn", "config.wsgi"]
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:3.12-slim
    /// WORKDIR /app
    /// COPY . .
    /// RUN useradd --create-home app
    /// USER app
    /// CMD ["gunicorn", "config.wsgi"]
    /// ```
    ///
    /// ## Good
    ///
    /// A user that an earlier stage set, an entrypoint that gives up its rights, an image whose
    /// base is not known, and images that run something else.
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:3.12-slim AS base
    /// USER 1000
    /// FROM base
    /// CMD ["gunicorn", "config.wsgi"]
    /// ```
    ///
    /// ```dockerfile file=worker/Dockerfile
    /// FROM python:3.12-slim
    /// COPY worker/entrypoint.sh /entrypoint.sh
    /// ENTRYPOINT ["/entrypoint.sh"]
    /// ```
    ///
    /// ```text file=worker/entrypoint.sh
    /// chown -R app /data
    /// exec gosu app celery -A config worker
    /// ```
    ///
    /// ```dockerfile file=company/Dockerfile
    /// FROM registry.example.com/company/python-base:4
    /// CMD ["gunicorn", "config.wsgi"]
    /// ```
    ///
    /// ```dockerfile file=proxy/Dockerfile
    /// FROM nginx:1.27
    /// COPY nginx.conf /etc/nginx/nginx.conf
    /// ```
    RULE = {
        code: "OPS011",
        name: "container-runs-as-root",
        severity: Severity::Error,
        category: Category::Operations,
        dimension: Some(Dimension::Deployment),
        fix: FixAvailability::Sometimes,
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    for image in application_images(project) {
        let User::Root(place) = image.user else {
            continue;
        };
        let Some(stage) = project.deployment.final_stage(&project.files, image) else {
            continue;
        };
        if !is_started(ctx, image) || !is_read(project, image) || gives_up_rights(ctx, image) {
            continue;
        }
        let asked_for = stage
            .instructions
            .iter()
            .any(|instruction| matches!(instruction.kind, InstructionKind::User(_)));
        let (place, message) = if asked_for {
            (
                place,
                "the container runs as root: nothing after this changes its user",
            )
        } else {
            (
                Place::new(image.file, stage.image.span),
                "the container runs as root: no `USER` is set",
            )
        };
        ctx.report(place, message)
            .help("create a user for the application and name it with `USER` before `CMD`")
            .confidence(Confidence::Likely)
            .fix(fix(image, stage).filter(|_| !asked_for));
    }
}

/// Whether the image is one that runs, not only one to build on.
fn is_started(ctx: &Context<'_>, image: &Image) -> bool {
    let services = &ctx.project.deployment.services;
    let runs = |environment| environment != Environment::Development;
    image.start.is_some()
        || services
            .iter()
            .any(|service| service.dockerfile == Some(image.file) && runs(service.environment))
}

/// Whether its scripts, servers or services switch to another user.
fn gives_up_rights(ctx: &Context<'_>, image: &Image) -> bool {
    let deployment = &ctx.project.deployment;
    let is_own = |file: Option<luthier_source::FileId>| file == Some(image.file);
    let started = deployment
        .commands
        .iter()
        .filter(|command| is_own(command.image) && command.moment == Moment::Start);
    let in_commands = started.into_iter().any(|command| command.drops_root);
    let in_services = deployment
        .services
        .iter()
        .any(|service| is_own(service.dockerfile) && service.user.is_some());
    in_commands || in_services
}

/// A user of its own, on images whose tools for that are known.
fn fix(image: &Image, stage: &Stage) -> Option<Fix> {
    let base = stage.resolved_image.as_deref()?;
    let is_debian = ["python:", "debian:", "ubuntu:"]
        .iter()
        .any(|name| base.starts_with(name))
        && !base.contains("alpine");
    let starts = |kind: &InstructionKind| {
        matches!(
            kind,
            InstructionKind::Cmd(_) | InstructionKind::Entrypoint(_)
        )
    };
    let start = stage
        .instructions
        .iter()
        .find(|instruction| starts(&instruction.kind))
        .filter(|_| is_debian)?;
    let lines = "RUN useradd --create-home app\nUSER app\n";
    Some(Fix::risky("Run as a user of its own").insert(image.file, start.span.start, lines))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    #[test]
    fn a_user_may_be_asked_to_be_root_or_come_from_variables_and_services() {
        check(
            &RULE,
            "
--- a/Dockerfile
FROM python:3.12
USER app
USER root  # fires
CMD gunicorn config.wsgi
--- b/Dockerfile
FROM python:3.12
ARG APP_USER
USER $APP_USER
CMD gunicorn config.wsgi
--- c/Dockerfile
FROM python:3.12
CMD gunicorn config.wsgi
--- compose.yml
services:
  c:
    build: c
    user: '1000'
--- d/Dockerfile
FROM python:3.12
CMD gunicorn config.wsgi --user app
--- e/Dockerfile
FROM python:3.12
COPY start.sh /start.sh
CMD [\"/start.sh\"]
--- f/Dockerfile
FROM python:3.12
CMD [\"uwsgi\", \"/app/uwsgi.ini\"]
--- tests/Dockerfile
FROM python:3.12
CMD pytest
--- base/Dockerfile
FROM python:3.12
RUN pip install django
",
        );
    }
}
