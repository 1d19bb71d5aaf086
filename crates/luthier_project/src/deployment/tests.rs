use luthier_source::Sources;

use crate::Project;

fn link(files: &[(&str, &str)]) -> (Sources, Project) {
    let sources = Sources::in_memory(files);
    let project = Project::from_sources(&sources);
    (sources, project)
}

/// One line a command: where, when, for what, what.
fn outline(files: &[(&str, &str)]) -> String {
    let (sources, project) = link(files);
    let mut lines = Vec::new();
    for command in &project.deployment.commands {
        let file = sources.file(command.place.file);
        let line = file.line_column(command.place.span.start).line;
        let words = command.arguments.iter().map(|word| word.text.as_str());
        let words: Vec<&str> = std::iter::once(command.program.as_str())
            .chain(words)
            .collect();
        let condition = if command.conditional { " if" } else { "" };
        lines.push(format!(
            "{}:{line} {:?} {:?}{condition}: {}",
            file.path,
            command.moment,
            command.environment,
            words.join(" ")
        ));
    }
    for image in &project.deployment.images {
        let user = format!("{:?}", image.user);
        let user = user.split('(').next().unwrap_or("");
        lines.push(format!(
            "image {} stage {} python {} user {user}",
            sources.file(image.file).path,
            image.stage,
            image.runs_python
        ));
    }
    lines.extend(
        project
            .deployment
            .settings
            .iter()
            .map(|named| format!("settings {} {:?}", named.module, named.environment)),
    );
    let gunicorn = project.deployment.gunicorn.iter();
    lines.extend(gunicorn.map(|setting| {
        format!(
            "gunicorn {}={}",
            setting.name,
            setting.value.as_deref().unwrap_or("?")
        )
    }));
    lines.join("\n")
}

#[test]
fn scripts_are_followed_from_where_they_are_copied() {
    let found = outline(&[
        (
            "compose/production/django/Dockerfile",
            "FROM python:3.12 AS build\nRUN pip wheel -r requirements/production.txt\nFROM python:3.12-slim AS run\n\
             COPY --chown=django ./compose/production/django/entrypoint /entrypoint\n\
             COPY ./compose/production/django/start /start\nCOPY ./compose/production/django/worker/start /start-worker\n\
             USER django\nENV DJANGO_SETTINGS_MODULE=config.settings.production\nENTRYPOINT [\"/entrypoint\"]\n",
        ),
        (
            "compose/production/django/entrypoint",
            "set -e\nif [ -z \"$X\" ]; then\n  python manage.py migrate\nfi\nexec \"$@\"\n",
        ),
        (
            "compose/production/django/start",
            "python /app/manage.py collectstatic --noinput\nexec gunicorn config.wsgi --timeout 30 -w $N\n",
        ),
        (
            "compose/production/django/worker/start",
            "exec celery -A config worker\n",
        ),
        (
            "docker-compose.production.yml",
            "services:\n  django:\n    build:\n      context: .\n      dockerfile: ./compose/production/django/Dockerfile\n    command: /start\n  \
             worker:\n    build:\n      context: .\n      dockerfile: ./compose/production/django/Dockerfile\n    command: /start-worker\n",
        ),
        (
            "docker-compose.local.yml",
            "services:\n  django:\n    image: x\n    command: python manage.py runserver\n",
        ),
        ("gunicorn.conf.py", "max_requests = 500\nworkers = cpu()\n"),
    ]);
    let expected = "\
compose/production/django/Dockerfile:2 Build Production: pip wheel -r requirements/production.txt
compose/production/django/Dockerfile:9 Start Production: entrypoint
compose/production/django/entrypoint:1 Start Production: set -e
compose/production/django/entrypoint:2 Start Production: [ -z $X ]
compose/production/django/entrypoint:3 Start Production if: manage.py migrate
compose/production/django/entrypoint:5 Start Production: $@
docker-compose.local.yml:4 Start Development: manage.py runserver
docker-compose.production.yml:6 Start Production: start
compose/production/django/start:1 Start Production: manage.py collectstatic --noinput
compose/production/django/start:2 Start Production: gunicorn config.wsgi --timeout 30 -w $N
docker-compose.production.yml:11 Start Production: start-worker
compose/production/django/worker/start:1 Start Production: celery -A config worker
image compose/production/django/Dockerfile stage 1 python true user Other
settings config.settings.production Production
gunicorn timeout=30
gunicorn workers=?
gunicorn max_requests=500
gunicorn workers=?";
    assert_eq!(found, expected);
}

#[test]
fn entrypoints_and_commands_go_together() {
    let entrypoint = "FROM python:3\nENTRYPOINT [\"python\", \"manage.py\"]\nCMD [\"runserver\", \"0.0.0.0:8000\"]\n";
    let shell = "FROM ubuntu AS base\nRUN apt-get install -y python3\nFROM base AS production\nUSER 0\nCMD cd /app && DJANGO_SETTINGS_MODULE=a.b exec ./manage.py runserver\nFROM base AS development\nCMD [\"x\"]\n";
    let found = outline(&[
        ("Dockerfile", entrypoint),
        ("other/Dockerfile", shell),
        ("web/Dockerfile", "FROM nginx:1\nUSER root\n"),
    ]);
    let expected = "\
Dockerfile:2 Start Unknown: manage.py runserver 0.0.0.0:8000
other/Dockerfile:2 Build Unknown: apt-get install -y python3
other/Dockerfile:5 Start Unknown: cd /app
other/Dockerfile:5 Start Unknown: manage.py runserver
image Dockerfile stage 0 python true user Root
image other/Dockerfile stage 1 python true user Root
image web/Dockerfile stage 0 python false user Root
settings a.b Unknown";
    assert_eq!(found, expected);
}

#[test]
fn compose_services_that_mount_code_are_for_development() {
    let compose = "services:\n  web:\n    build: .\n    command: python manage.py runserver\n    volumes: ['.:/app']\n  \
        job:\n    build: .\n    command: python manage.py runserver\n    volumes: ['./data:/data', './nginx.conf:/etc/x']\n    environment: [DJANGO_SETTINGS_MODULE=x.y]\n";
    let found = outline(&[
        ("docker-compose.yml", compose),
        (
            "server/docker-compose.yml",
            "services:\n  web:\n    build: .\n    command: python manage.py runserver\n    volumes: ['./data:/data']\n",
        ),
        (
            "Procfile",
            "release: python manage.py migrate\nweb: gunicorn a.wsgi\n",
        ),
    ]);
    let expected = "\
Procfile:1 Release Production: manage.py migrate
Procfile:2 Start Production: gunicorn a.wsgi
docker-compose.yml:4 Start Development: manage.py runserver
docker-compose.yml:8 Start Development: manage.py runserver
server/docker-compose.yml:4 Start Unknown: manage.py runserver
settings x.y Development";
    assert_eq!(found, expected);
}

#[test]
fn pipelines_name_what_tests_run_with() {
    let workflow = "on: push\nenv:\n  DJANGO_SETTINGS_MODULE: config.test\njobs:\n  test:\n    steps:\n      - run: uv run manage.py test\n";
    let found = outline(&[
        (".github/workflows/ci.yml", workflow),
        (".env.example", "DJANGO_SETTINGS_MODULE=config.local\n"),
    ]);
    let expected = ".github/workflows/ci.yml:7 Pipeline Unknown: manage.py test\nsettings config.local Development\nsettings config.test Development";
    assert_eq!(found, expected);
}
