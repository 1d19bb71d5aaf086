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

/// What the deployment says of the environment: `NAME=text` of each variable.
fn given(files: &[(&str, &str)]) -> String {
    let (_, project) = link(files);
    let given = project.deployment.given.iter();
    let given: Vec<String> = given
        .map(|variable| format!("{}={}", variable.name, variable.value))
        .collect();
    given.join(" ")
}

const IMAGE: &str = "\
FROM python:3.12 AS build
ENV A=build DEBUG=1
RUN pip wheel .
FROM python:3.12-slim
ARG B
ENV DEBUG=0 LEVEL=info A=$B SECRET_KEY=dummy DATABASE_URL=sqlite://
ENV LEVEL=warning
CMD [\"gunicorn\", \"config.wsgi\"]
";

#[test]
fn the_image_that_serves_says_what_its_environment_holds() {
    assert_eq!(given(&[("Dockerfile", IMAGE)]), "DEBUG=0 LEVEL=warning");
    // For development only, or no server.
    assert_eq!(given(&[("Dockerfile.dev", IMAGE)]), "");
    assert_eq!(
        given(&[("Dockerfile", &IMAGE.replace("gunicorn", "celery"))]),
        ""
    );
    // The script that starts the server sets one of them itself.
    let by_script = IMAGE.replace(
        "CMD [\"gunicorn\", \"config.wsgi\"]",
        "COPY start /start\nCMD /start",
    );
    let script = "export LEVEL=$(level)\nexec gunicorn config.wsgi\n";
    assert_eq!(
        given(&[("Dockerfile", &by_script), ("start", script)]),
        "DEBUG=0"
    );
}

#[test]
fn services_have_the_last_word() {
    let compose = |more: &str| {
        format!(
            "services:\n  web:\n    build: .\n    environment:\n      LEVEL: ${{LEVEL:-info}}\n      \
             HOST: shop.example\n{more}"
        )
    };
    let with = |path, more: &str| given(&[("Dockerfile", IMAGE), (path, &compose(more))]);
    assert_eq!(with("compose.prod.yml", ""), "DEBUG=0 HOST=shop.example");
    // A file of variables goes before what the image says.
    assert_eq!(
        with("compose.prod.yml", "    env_file: .env\n"),
        "HOST=shop.example"
    );
    // Nothing says what it is for: it decides nothing, but what it sets may be otherwise.
    assert_eq!(with("compose.yml", ""), "DEBUG=0");
    for development in [
        "compose.override.yml",
        "docker-compose.dev.yml",
        "local.compose.yml",
    ] {
        assert_eq!(
            with(development, ""),
            "DEBUG=0 LEVEL=warning",
            "{development}"
        );
    }
    assert_eq!(
        with("compose.yml", "    volumes:\n      - .:/app\n"),
        "DEBUG=0 LEVEL=warning"
    );
    // Another service of the same image that says otherwise, and one that serves nobody.
    let second =
        "  api:\n    build: .\n    environment:\n      DEBUG: '1'\n      HOST: shop.example\n";
    assert_eq!(with("compose.prod.yml", second), "HOST=shop.example");
    let worker = format!("{second}    command: celery -A config worker\n");
    assert_eq!(
        with("compose.prod.yml", &worker),
        "DEBUG=0 HOST=shop.example"
    );
}

#[test]
fn where_nothing_is_said_nothing_is_contradicted() {
    let compose = "services:\n  web:\n    build: .\n    command: python manage.py runserver\n    \
                   environment:\n      DEBUG: 'False'\n";
    let image = "FROM python:3.12\nCMD gunicorn config.wsgi\n";
    let files = [("Dockerfile", image), ("compose.yml", compose)];
    assert_eq!(given(&files), "DEBUG=False");
    let with = |process| given(&[files[0], files[1], ("Procfile", process)]);
    assert_eq!(with("web: gunicorn config.wsgi\n"), "DEBUG=False");
    assert_eq!(with("web: DEBUG=1 gunicorn config.wsgi\n"), "");
    assert_eq!(with("web: DEBUG=$DEBUG gunicorn config.wsgi\n"), "");
}

#[test]
fn procfiles_say_it_on_the_line() {
    let found = given(&[
        (
            "Procfile",
            "web: LEVEL=info DEBUG=$X gunicorn config.wsgi\nworker: Q=1 celery -A config worker\n",
        ),
        (".env.example", "HOST=shop.example\n"),
        (
            ".github/workflows/ci.yml",
            "env:\n  HOST: ci\njobs:\n  test:\n    steps:\n      - run: gunicorn config.wsgi\n",
        ),
    ]);
    assert_eq!(found, "LEVEL=info");
}

#[test]
fn the_image_of_another_project_says_nothing() {
    let manage = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n";
    let compose = "services:\n  a:\n    build: ./a\n    environment:\n      LEVEL: debug\n  b:\n    \
                   build: ./b\n    environment:\n      ONLY_B: '1'\n";
    let sources = Sources::in_memory(&[
        ("a/manage.py", manage),
        ("a/Dockerfile", IMAGE),
        ("b/manage.py", manage),
        ("b/Dockerfile", IMAGE),
        ("compose.yml", compose),
    ]);
    let facts = crate::extract_all(&sources);
    let projects = Project::link_all(&sources, facts, &crate::ProjectOptions::default());
    let given = projects.iter().map(|project| {
        let given = project.deployment.given.iter();
        given.map(|variable| variable.name.as_str()).collect()
    });
    let given: Vec<Vec<&str>> = given.collect();
    assert_eq!(given, [vec!["DEBUG"], vec!["DEBUG", "LEVEL"]]);
}
