use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::deployment::{Command, Environment, Moment};
use luthier_project::{FileFacts, Project};
use luthier_source::Sources;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Each process that serves requests runs the migrations when it starts.
    ///
    /// ## Why it matters
    ///
    /// Several replicas that start together run the same migration at the same time: Django takes no lock,
    /// so that one of them fails with `relation already exists`, or both fill the same rows. Where a
    /// migration takes minutes, the health check kills the container in the middle of it and starts it again.
    /// And every restart, months later, migrates whatever image it happens to be.
    ///
    /// ## Bad
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:3.12-slim
    /// COPY entrypoint.sh /entrypoint.sh
    /// ENTRYPOINT ["/entrypoint.sh"]
    /// CMD ["gunicorn", "config.wsgi"]
    /// ```
    /// ```sh file=entrypoint.sh
    /// python manage.py migrate --noinput  # fires
    /// exec "$@"
    /// ```
    ///
    /// ### In one line
    ///
    /// ```text file=Procfile
    /// web: python manage.py migrate && gunicorn config.wsgi  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// Once a release, in a container of its own, or only where asked for.
    ///
    /// ```text file=Procfile
    /// release: python manage.py migrate
    /// web: gunicorn config.wsgi
    /// ```
    ///
    /// ```yaml file=docker-compose.production.yml
    /// services:
    ///   migrate:
    ///     build: .
    ///     command: python manage.py migrate
    ///   web:
    ///     build: .
    ///     command: gunicorn config.wsgi
    /// ```
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:3.12-slim
    /// COPY entrypoint.sh /entrypoint.sh
    /// ENTRYPOINT ["/entrypoint.sh"]
    /// CMD ["gunicorn", "config.wsgi"]
    /// ```
    /// ```sh file=entrypoint.sh
    /// if [ "$RUN_MIGRATIONS" = "1" ]; then
    ///   python manage.py migrate --noinput
    /// fi
    /// exec "$@"
    /// ```
    ///
    /// ### For development
    ///
    /// ```yaml file=docker-compose.yml
    /// services:
    ///   web:
    ///     build: .
    ///     command: sh -c "python manage.py migrate && gunicorn config.wsgi --reload"
    ///     volumes:
    ///       - .:/app
    /// ```
    RULE = {
        code: "OPS017",
        name: "migrate-at-start-race",
        severity: Severity::Warning,
        category: Category::Operations,
        dimension: Some(Dimension::Deployment),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let commands = &project.deployment.commands;
    let mut seen = Vec::new();
    for migrate in commands.iter().filter(|command| is_migrate(command)) {
        let mut servers = commands
            .iter()
            .filter(|command| command.moment == Moment::Start && command.is_application_server());
        let Some(server) =
            servers.find(|server| run_together(project, ctx.sources, migrate, server))
        else {
            continue;
        };
        if seen.contains(&migrate.place) {
            continue;
        }
        seen.push(migrate.place);
        ctx.report(
            migrate.place,
            format!(
                "`migrate` runs whenever a process of `{}` starts: several that start together run the same migration \
                 at once",
                server.program
            ),
        )
        .help("run it once a release: in a release phase, a job, or a container that ends before the others start")
        .related(server.place, "requests are served here");
    }
}

/// A migration that surely runs when something starts in production.
fn is_migrate(command: &Command) -> bool {
    command.management() == Some("migrate")
        && command.moment == Moment::Start
        && command.environment != Environment::Development
        && !command.conditional
        && !["--check", "--plan", "--help"]
            .iter()
            .any(|flag| command.has_argument(flag))
}

/// Whether two commands run in one container or process.
fn run_together(project: &Project, sources: &Sources, one: &Command, server: &Command) -> bool {
    let (file, other) = (one.place.file, server.place.file);
    if file == other {
        return match &project.files[file.0 as usize] {
            // Each service or process has its own.
            FileFacts::Compose(_) => {
                one.environment == Environment::Production && is_one_service(project, one, server)
            }
            FileFacts::Procfile(_) => {
                let line = |command: &Command| {
                    let start = command.place.span.start;
                    sources.file(file).line_column(start).line
                };
                line(one) == line(server)
            }
            _ => one.image == server.image,
        };
    }
    // The entrypoint of an image, which is a script, and the image's command.
    let Some(image) = one
        .image
        .filter(|image| server.image == Some(*image) && other == *image)
    else {
        return false;
    };
    let path = &sources.file(file).path;
    let script = path.rsplit('/').next().unwrap_or(path);
    let mut commands = project.deployment.commands.iter();
    commands.any(|command| {
        let is_started = command.moment == Moment::Start && !command.conditional;
        is_started && command.place.file == image && command.program == script
    })
}

/// Whether no service begins between two commands of a compose file.
fn is_one_service(project: &Project, one: &Command, other: &Command) -> bool {
    let (one, other) = (one.place, other.place);
    let between = one.span.start.min(other.span.start)..one.span.start.max(other.span.start);
    let mut services = project.deployment.services.iter();
    !services.any(|service| {
        service.place.file == one.file && between.contains(&service.place.span.start)
    })
}
