use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::deployment::{Command, Environment, Moment};
use rustc_hash::FxHashSet;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// An image, compose file or Procfile starts Django's development server.
    ///
    /// ## Why it matters
    ///
    /// `runserver` is made for one developer: it serves static files itself, shows tracebacks when
    /// asked to, reloads code while it changes, and has never been audited. Under load it starts a
    /// thread for each request without a limit, and a stuck client keeps its thread for good.
    ///
    /// ## Bad
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:3.12-slim
    /// COPY . /app
    /// CMD ["python", "manage.py", "runserver", "0.0.0.0:8000"]  # fires
    /// ```
    ///
    /// ```yaml file=docker-compose.production.yml
    /// services:
    ///   web:
    ///     build: .
    ///     command: sh -c "python manage.py migrate && python manage.py runserver 0:8000"  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// Compose files for development, services that mount the source code, and scripts that only
    /// start it when asked to.
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:3.12-slim AS production
    /// COPY docker/start.sh /start.sh
    /// CMD ["/start.sh"]
    /// FROM production AS development
    /// CMD ["python", "manage.py", "runserver"]
    /// ```
    ///
    /// ```text file=docker/start.sh
    /// if [ "$DJANGO_DEBUG" = "1" ]; then
    ///   exec python manage.py runserver
    /// fi
    /// exec gunicorn config.wsgi
    /// ```
    ///
    /// ```yaml file=docker-compose.yml
    /// services:
    ///   web:
    ///     build: .
    ///     command: python manage.py runserver 0.0.0.0:8000
    ///     volumes:
    ///       - .:/app
    /// ```
    ///
    /// ```yaml file=docker-compose.local.yml
    /// services:
    ///   web:
    ///     command: python manage.py runserver 0.0.0.0:8000
    /// ```
    RULE = {
        code: "OPS010",
        name: "development-server-in-production",
        severity: Severity::Error,
        category: Category::Operations,
        dimension: Some(Dimension::Deployment),
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let deployment = &project.deployment;
    let serves_properly = deployment
        .production_commands()
        .any(Command::is_application_server);
    let mut seen = FxHashSet::default();
    for command in deployment.production_commands() {
        let Some(server) = command
            .management()
            .filter(|name| is_development_server(name))
        else {
            continue;
        };
        // Where names do not say what a file is for, another server shows which one is production.
        let is_meant = command.environment == Environment::Production || !serves_properly;
        if command.moment == Moment::Build
            || command.conditional
            || !is_meant
            || !seen.insert(command.place)
        {
            continue;
        }
        let confidence = match command.environment {
            Environment::Production => Confidence::Certain,
            _ => Confidence::Likely,
        };
        ctx.report(command.place, format!("`{server}` is started where production runs"))
            .help("start an application server: `gunicorn config.wsgi` or `uvicorn config.asgi:application`")
            .confidence(confidence);
    }
}

fn is_development_server(command: &str) -> bool {
    matches!(
        command,
        "runserver" | "runserver_plus" | "runsslserver" | "testserver"
    )
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    #[test]
    fn entrypoint_and_command_together_are_one_command() {
        check(
            &RULE,
            "
--- Dockerfile
FROM python:3.12
ENTRYPOINT [\"python\", \"manage.py\"]  # fires
CMD [\"runserver\", \"0.0.0.0:8000\"]
",
        );
    }

    #[test]
    fn a_compose_file_that_only_overrides_a_proper_server_is_for_development() {
        check(
            &RULE,
            "
--- Dockerfile
FROM python:3.12
CMD gunicorn config.wsgi
--- docker-compose.yml
services:
  web:
    build: .
    command: python manage.py runserver
",
        );
    }

    #[test]
    fn several_replicas_are_production() {
        check(
            &RULE,
            "
--- docker-compose.yml
services:
  web:
    build: .
    command: python manage.py runserver  # fires
    deploy:
      replicas: 3
--- Procfile
web: gunicorn config.wsgi
",
        );
    }
}
