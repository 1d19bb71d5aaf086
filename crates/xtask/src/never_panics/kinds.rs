//! A small project with a file of each kind that luthier reads, besides Python.

pub(super) const PYTHON: &[(&str, &str)] = &[
    (
        "manage.py",
        "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n",
    ),
    (
        "config/settings.py",
        "import os\nDEBUG = os.environ.get('DEBUG') == '1'\nINSTALLED_APPS = ['shop']\n\
         ROOT_URLCONF = 'config.urls'\n",
    ),
    (
        "shop/models.py",
        "from django.db import models\nclass Order(models.Model):\n    paid = models.BooleanField()\n",
    ),
];

pub(super) const OTHERS: &[(&str, &str)] = &[
    (
        "templates/shop/order.html",
        "{% extends \"base.html\" %}{% load i18n %}\n{% block main %}{% for o in orders %}\
         {{ o.total|floatformat:2 }}{# x #}{% url 'shop:order' pk=o.pk %}{% endfor %}{% endblock %}\n\
         {% comment %}{% if %}{% endcomment %}{% verbatim %}{{ x }}{% endverbatim %}",
    ),
    (
        "pyproject.toml",
        "[project]\nname = \"shop\"\ndependencies = [\"Django>=5.2,<6; python_version>'3.9'\", 'celery[redis]']\n\
         [project.optional-dependencies]\ntest = [\"pytest-django\"]\n[tool.pytest.ini_options]\n\
         pythonpath = \"src\"\n[tool.poetry.dependencies]\npython = \"^3.12\"\ndjango = {version = \"~5.2\"}\n",
    ),
    (
        "setup.cfg",
        "[options]\ninstall_requires =\n    Django>=5\n    celery ; extra == 'x'\n[tool:pytest]\n\
         DJANGO_SETTINGS_MODULE = config.settings\n",
    ),
    (
        "requirements.txt",
        "-r base.txt\n--index-url https://example.com\nDjango==5.2.1 \\\n  --hash=sha256:00\n\
         git+https://example.com/x.git@v1#egg=x  # why\n-e .[test]\nrequests[socks]>=2; sys_platform=='win32'\n",
    ),
    (
        "uv.lock",
        "version = 1\n[[package]]\nname = \"django\"\nversion = \"5.2.1\"\nsource = { registry = \"x\" }\n\
         dependencies = [{ name = \"asgiref\" }]\n",
    ),
    (
        "poetry.lock",
        "[[package]]\nname = \"django\"\nversion = \"5.2.1\"\noptional = false\n[package.dependencies]\n\
         asgiref = \">=3\"\n",
    ),
    (
        "Pipfile",
        "[packages]\ndjango = \"~=5.2\"\ncelery = {extras = [\"redis\"], version = \"*\"}\n[dev-packages]\nx = \"*\"\n",
    ),
    (
        "Pipfile.lock",
        "{\"default\": {\"django\": {\"version\": \"==5.2.1\", \"hashes\": []}}, \"develop\": {}}",
    ),
    (
        "Dockerfile",
        "# syntax=docker/dockerfile:1\nARG V=3.12\nFROM python:${V}-slim AS base\nENV DEBUG=0 \\\n  A=\"b c\"\n\
         COPY --from=base --chown=a:b [\"x\", \"/y\"]\nRUN <<EOF\npip install x && echo $(id)\nEOF\n\
         FROM base\nUSER app\nHEALTHCHECK CMD curl x || exit 1\nCMD [\"gunicorn\", \"-w\", \"4\"]\n",
    ),
    (".dockerignore", "# x\n*.py[co]\n!keep\n.git\n"),
    (
        "docker-compose.yml",
        "x-env: &env\n  A: '1'\nservices:\n  web:\n    build: {context: ., target: base}\n    command: >\n      \
         sh -c \"python manage.py runserver\"\n    environment:\n      <<: *env\n      DEBUG: ${DEBUG:-0}\n    \
         env_file: [.env]\n    volumes:\n      - .:/app\n    deploy: {replicas: 2}\n  db:\n    image: postgres:16\n",
    ),
    (
        ".github/workflows/ci.yml",
        "on: [push]\nenv: {A: 1}\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      \
         - run: |\n          python manage.py test\n          python manage.py migrate --check\n        env:\n          B: ${{ secrets.X }}\n",
    ),
    (
        ".gitlab-ci.yml",
        "stages: [test]\nvariables:\n  A: '1'\n.base: &base\n  image: python\ntest:\n  <<: *base\n  script:\n    - pip install x\n    - pytest\n",
    ),
    (
        "Procfile",
        "release: python manage.py migrate\nweb: DEBUG=0 gunicorn config.wsgi --timeout 30\nworker: celery -A config worker\n",
    ),
    (
        ".env.example",
        "# DEBUG=1\nexport SECRET_KEY='a b'\nURL=\"postgres://u:p@h/d\"  # x\nEMPTY=\n",
    ),
    (
        "entrypoint.sh",
        "#!/bin/sh\nset -e\nif [ -z \"$X\" ]; then\n  python manage.py migrate --noinput\nfi\ncase $1 in\n  a) exec gunicorn \"$@\" ;;\nesac\n\
         cat <<EOF\n$(date)\nEOF\nA=$((1+2)) exec \"${@:-x}\"\n",
    ),
    (
        "gunicorn.conf.py",
        "import multiprocessing\nworkers = multiprocessing.cpu_count() * 2 + 1\ntimeout = 30\nbind = f\"{'a'}:8000\"\n",
    ),
    (
        "luthier.toml",
        "select = [\"ALL\"]\nexclude = [\"x\"]\n[per-file-ignores]\n\"a/*\" = [\"ORM\"]\n",
    ),
];
