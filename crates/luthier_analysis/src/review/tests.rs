use std::fmt::Write;

use luthier_diagnostics::review::{ChecklistStatus, Judgement, SignalStatus};

use super::*;

const MANAGE: &str = "\
import os
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')
";

/// The review of a project with these files and, where none is given, an ordinary manage.py.
fn review(files: &[(&str, &str)]) -> Review {
    let mut files = files.to_vec();
    if files.iter().all(|(path, _)| *path != "manage.py") {
        files.push(("manage.py", MANAGE));
        files.push(("config/__init__.py", ""));
    }
    let sources = Sources::in_memory(&files);
    let project = Project::from_sources(&sources);
    let calls = CallGraph::of(&project);
    let found = Found {
        findings: &[],
        depends: &[],
        undecided: &BTreeSet::new(),
    };
    of_project(&project, &sources, &calls, found)
}

/// `pass: note` of a signal of a project with these settings.
fn signal_of(files: &[(&str, &str)], id: &str) -> String {
    let review = review(files);
    let signal = review
        .signals
        .iter()
        .find(|signal| signal.id == id)
        .expect("a signal");
    let status = match signal.status {
        SignalStatus::Pass => "pass",
        SignalStatus::Fail => "fail",
        SignalStatus::Unknown => "unknown",
    };
    format!("{status}: {}", signal.summary)
}

fn signal(settings: &str, id: &str) -> String {
    signal_of(&[("config/settings.py", settings)], id)
}

/// `done: note` of a line of the checklist.
fn item_of(files: &[(&str, &str)], id: &str) -> String {
    let review = review(files);
    let mut items = review.p0.iter().chain(&review.p1);
    let item = items
        .find(|item| item.id == id)
        .expect("a line of the checklist");
    let status = match item.status {
        ChecklistStatus::Done => "done",
        ChecklistStatus::Missing => "missing",
        ChecklistStatus::Unseen => "unseen",
    };
    format!("{status}: {}", item.note)
}

fn judgement(review: &Review, id: &str) -> Judgement {
    let mut criteria = review
        .dimensions
        .iter()
        .flat_map(|dimension| &dimension.criteria);
    criteria
        .find(|criterion| criterion.id == id)
        .expect("a criterion")
        .judgement
}

#[test]
fn secrets_come_from_outside_and_debugging_is_off() {
    let id = "secret-management";
    assert_eq!(
        signal(
            "import os\nSECRET_KEY = os.environ['KEY']\nDEBUG = False\n",
            id
        ),
        "pass: SECRET_KEY from KEY, DEBUG False"
    );
    assert_eq!(
        signal(
            "import os\nSECRET_KEY = os.environ['KEY']\nDEBUG = os.getenv('DEBUG') == '1'\n",
            id
        ),
        "pass: SECRET_KEY from KEY, DEBUG False unless DEBUG says otherwise"
    );
    assert_eq!(
        signal("SECRET_KEY = 'abc'\nDEBUG = False\n", id),
        "fail: SECRET_KEY is written in the code, DEBUG False"
    );
    assert_eq!(
        signal(
            "import os\nSECRET_KEY = os.environ.get('KEY', 'abc')\nDEBUG = True\n",
            id
        ),
        "fail: SECRET_KEY has a default in the code where KEY is not set, DEBUG True"
    );
    assert_eq!(
        signal(
            "import os\nSECRET_KEY = os.environ['KEY']\nDEBUG = load()\n",
            id
        ),
        "unknown: SECRET_KEY from KEY, DEBUG was not understood"
    );
}

#[test]
fn connections_are_kept_or_pooled() {
    let id = "database-connections";
    let database = |rest: &str| {
        let engine = "'ENGINE': 'django.db.backends.postgresql'";
        signal(
            &format!("DATABASES = {{'default': {{{engine}, {rest}}}}}\n"),
            id,
        )
    };
    assert_eq!(
        database(""),
        "fail: CONN_MAX_AGE 0, no pool: every request opens a connection of its own"
    );
    assert_eq!(
        database("'CONN_MAX_AGE': 60"),
        "pass: connections are kept 60 s"
    );
    assert_eq!(
        database("'CONN_MAX_AGE': None"),
        "pass: connections are kept (CONN_MAX_AGE None)"
    );
    assert_eq!(
        database("'OPTIONS': {'pool': True}"),
        "pass: Django's connection pool"
    );
    assert_eq!(
        database("'OPTIONS': {'pool': {}}"),
        "pass: Django's connection pool"
    );
    assert_eq!(database("'HOST': 'pgbouncer'"), "pass: pgbouncer");
    assert_eq!(
        database("'CONN_MAX_AGE': age()"),
        "unknown: CONN_MAX_AGE was not understood"
    );
    assert_eq!(
        signal(
            "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3'}}\n",
            id
        ),
        "unknown: does not apply: SQLite opens a file, not a connection"
    );
}

#[test]
fn the_cache_is_shared() {
    let id = "caching";
    let cache = |backend: &str| {
        signal(
            &format!("CACHES = {{'default': {{'BACKEND': '{backend}'}}}}\n"),
            id,
        )
    };
    assert_eq!(
        cache("django.core.cache.backends.redis.RedisCache"),
        "pass: Redis"
    );
    assert_eq!(cache("django_redis.cache.RedisCache"), "pass: Redis");
    assert_eq!(
        cache("django.core.cache.backends.db.DatabaseCache"),
        "pass: the database"
    );
    assert_eq!(
        cache("django.core.cache.backends.locmem.LocMemCache"),
        "fail: local memory: each process has its own"
    );
    assert_eq!(
        signal("X = 1\n", id),
        "fail: local memory: each process has its own"
    );
    assert_eq!(
        cache("shop.cache.Own"),
        "unknown: `shop.cache.Own` is not known"
    );
}

#[test]
fn static_files_are_collected_served_and_hashed() {
    let id = "static-files";
    let apps = "INSTALLED_APPS = ['django.contrib.staticfiles']\n";
    assert_eq!(
        signal("INSTALLED_APPS = []\n", id),
        "unknown: does not apply: no static files"
    );
    assert_eq!(
        signal(
            &format!(
                "{apps}STATIC_ROOT = '/static'\nMIDDLEWARE = ['whitenoise.middleware.WhiteNoiseMiddleware']\n\
                 STORAGES = {{'staticfiles': {{'BACKEND': 'whitenoise.storage.CompressedManifestStaticFilesStorage'}}}}\n"
            ),
            id
        ),
        "pass: STATIC_ROOT, WhiteNoise, hashed names"
    );
    assert_eq!(
        signal(&format!("{apps}MIDDLEWARE = []\n"), id),
        "fail: STATIC_ROOT is not set, names without a hash"
    );
    assert_eq!(
        signal(
            &format!(
                "{apps}STORAGES = {{'staticfiles': {{'BACKEND': 'storages.backends.s3.S3ManifestStaticStorage'}}}}\n"
            ),
            id
        ),
        "pass: object storage, object storage, hashed names"
    );
}

#[test]
fn the_migration_graph_is_judged_and_the_rest_is_not_claimed() {
    let id = "migrations-applied";
    let migration = "class Migration(migrations.Migration):\n    dependencies = []\n";
    let later =
        "class Migration(migrations.Migration):\n    dependencies = [('shop', '0001_initial')]\n";
    let settings = ("config/settings.py", "X = 1\n");
    let (app, package) = (
        ("shop/__init__.py", ""),
        ("shop/migrations/__init__.py", ""),
    );
    let first = ("shop/migrations/0001_initial.py", migration);
    let second = ("shop/migrations/0002_a.py", later);
    assert_eq!(
        signal_of(&[settings, app, package, first, second], id),
        "unknown: no drift, no conflict; database not asked (--live)"
    );
    let other = ("shop/migrations/0002_b.py", later);
    assert_eq!(
        signal_of(&[settings, app, package, first, second, other], id),
        "fail: conflict in `shop`"
    );
    assert_eq!(
        signal_of(&[settings, app, package, second], id),
        "fail: `shop.0001_initial` is missing"
    );
}

#[test]
fn a_reusable_app_is_judged_by_what_it_has() {
    let review = review(&[
        ("manage.py", ""),
        ("shop/__init__.py", ""),
        ("shop/models.py", ""),
    ]);
    assert!(
        review
            .signals
            .iter()
            .all(|signal| signal.status != SignalStatus::Pass)
    );
    assert_eq!(
        judgement(&review, "custom-user-model"),
        Judgement::NotApplicable
    );
    assert_eq!(
        judgement(&review, "queries-do-not-grow"),
        Judgement::NotApplicable
    );
    assert_eq!(
        judgement(&review, "services-tested"),
        Judgement::NotYetJudged
    );
}

#[test]
fn consumers_of_rows_are_judged_by_their_share() {
    let review = review(&[
        ("manage.py", ""),
        ("shop/__init__.py", ""),
        (
            "shop/models.py",
            "from django.db import models\n\n\
             class Customer(models.Model):\n    name = models.TextField()\n\n\
             class Order(models.Model):\n    customer = models.ForeignKey(Customer, models.CASCADE)\n",
        ),
        (
            "shop/reports.py",
            "from .models import Customer, Order\n\n\
             def names():\n    return [order.customer.name for order in Order.objects.all()]\n\n\
             def customers():\n    return [customer.name for customer in Customer.objects.all()]\n",
        ),
    ]);
    assert_eq!(
        judgement(&review, "queries-do-not-grow"),
        Judgement::Judged { held: 1, of: 2 }
    );
}

#[test]
fn one_settings_module_is_no_split() {
    let id = "settings-split";
    let alone = "unknown: one module, config.settings; how environments differ was not seen";
    assert_eq!(signal("DEBUG = False\n", id), alone);
    let test = (
        "config/test_settings.py",
        "from .settings import *\nDEBUG = True\n",
    );
    assert_eq!(
        signal_of(&[("config/settings.py", "DEBUG = False\n"), test], id),
        alone
    );
    let classes = "from configurations import Configuration\n\n\n\
                   class Base(Configuration):\n    DEBUG = False\n\n\n\
                   class Production(Base):\n    USE_TZ = True\n";
    assert_eq!(signal(classes, id), "pass: Base, Production");
}

#[test]
fn what_does_not_apply_is_no_pass() {
    assert_eq!(
        signal("DATABASES = {}\n", "database-connections"),
        "unknown: does not apply: no database"
    );
}

#[test]
fn settings_held_for_a_tests_are_named() {
    let settings = "ROOT_URLCONF = 'x'\nINSTALLED_APPS = []\nDATABASES = {}\n";
    let files = [
        ("manage.py", ""),
        ("shop/test/__init__.py", ""),
        ("shop/__init__.py", ""),
        ("shop/test/settings.py", settings),
    ];
    assert_eq!(
        signal_of(&files, "caching"),
        "unknown: shop.test.settings is taken for a test's settings; name production's with \
         `settings` in luthier.toml"
    );
}

#[test]
fn the_checklist_says_what_was_seen() {
    let settings = |text| [("config/settings.py", text)];
    let item = |text, id| item_of(&settings(text), id);
    assert_eq!(
        item("ALLOWED_HOSTS = ['*']\n", "allowed-hosts"),
        "missing: `*` lets in every host name"
    );
    assert_eq!(
        item("ALLOWED_HOSTS = ['shop.example']\n", "allowed-hosts"),
        "done: ALLOWED_HOSTS set"
    );
    assert_eq!(
        item(
            "import os\nALLOWED_HOSTS = os.environ['HOSTS'].split(',')\n",
            "allowed-hosts"
        ),
        "done: ALLOWED_HOSTS from HOSTS"
    );
    let split = "import os\nALLOWED_HOSTS = os.environ.get('HOSTS', '').split(',')\n";
    assert_eq!(
        item(split, "allowed-hosts"),
        "missing: ALLOWED_HOSTS is `[\"\"]` where HOSTS is not set"
    );
    assert_eq!(
        item(
            "import os\nALLOWED_HOSTS = os.environ.get('HOSTS', '*').split(',')\n",
            "allowed-hosts"
        ),
        "missing: `*` lets in every host name where HOSTS is not set"
    );
    assert_eq!(
        item("import structlog\n", "json-logs"),
        "unseen: structlog is there; that it is set up was not seen"
    );
    assert_eq!(
        item(
            "import structlog\nstructlog.configure(processors=[])\n",
            "json-logs"
        ),
        "done: `structlog.configure`"
    );
    assert_eq!(
        item("X = 1\n", "backups"),
        "unseen: ask whoever runs the database when it was last restored from one"
    );
    assert_eq!(
        item("X = 1\n", "json-logs"),
        "missing: LOGGING is Django's own: plain lines"
    );
    assert_eq!(
        item(
            "LOGGING = {'formatters': {'json': {'()': 'pythonjsonlogger.jsonlogger.JsonFormatter'}}}\n",
            "json-logs"
        ),
        "done: JSON formatter"
    );
    assert_eq!(
        item("import sentry_sdk\n", "error-tracking"),
        "done: sentry-sdk"
    );
    let files = [
        ("config/settings.py", "X = 1\n"),
        ("requirements.txt", "Django==5.2.1\n"),
    ];
    assert_eq!(
        item_of(&files, "error-tracking"),
        "missing: no error tracker among the dependencies"
    );
}

#[test]
fn pipelines_are_read_and_wrappers_are_not_guessed_at() {
    let workflow = |run: &str| {
        let text = format!(
            "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {run}\n"
        );
        let files = [
            ("config/settings.py", "X = 1\n"),
            (".github/workflows/ci.yml", text.as_str()),
        ];
        let mut words = String::new();
        for id in ["ci", "dependency-audit"] {
            let _ = writeln!(words, "{}", item_of(&files, id));
        }
        let review = review(&files);
        let _ = write!(words, "{:?}", judgement(&review, "ci"));
        words
    };
    assert_eq!(
        workflow("pytest && mypy . && pip-audit && python manage.py check --deploy"),
        "done: tests: `pytest`\ndone: `pip-audit`\nJudged { held: 4, of: 6 }"
    );
    assert_eq!(
        workflow("make all"),
        "unseen: whether it runs tests was not seen\n\
         unseen: whether it runs dependency audit was not seen\nNotApplicable"
    );
    assert_eq!(
        workflow("echo hello"),
        "missing: runs no tests\nmissing: runs no dependency audit\nJudged { held: 0, of: 6 }"
    );
}

const URLS: &str = "ROOT_URLCONF = 'config.urls'\n";

#[test]
fn slow_work_of_views_is_found_directly_and_one_call_away() {
    let views = "\
from django.core.mail import send_mail
from django.http import HttpResponse
from shop import services, tasks
from shop.services import charge as pay

def order(request):
    send_mail('a', 'b', None, [])
    return HttpResponse('')

def buy(request):
    pay(request)
    return HttpResponse('')

def fine(request):
    tasks.notify.delay()
    services.deep()
    return HttpResponse('')

class Base:
    def get(self, request):
        return services.run(request)
";
    let services = "\
import requests, subprocess

def charge(request):
    return requests.post('https://pay.example')

def deep():
    return charge(None)

def run(request):
    return subprocess.run(['ls'])
";
    let urls = "\
from django.urls import path
from django.views import View
from shop import views

class Report(views.Base, View):
    pass

urlpatterns = [
    path('order', views.order),
    path('buy', views.buy),
    path('fine', views.fine),
    path('again', views.buy),
    path('report', Report.as_view()),
]
";
    let files = [
        ("config/settings.py", URLS),
        ("config/urls.py", urls),
        ("shop/__init__.py", ""),
        ("shop/views.py", views),
        ("shop/services.py", services),
        (
            "shop/tasks.py",
            "from celery import shared_task\n@shared_task\ndef notify(): pass\n",
        ),
    ];
    let review = review(&files);
    let signal = review
        .signals
        .iter()
        .find(|signal| signal.id == "background-tasks")
        .unwrap();
    let places: Vec<&str> = signal
        .evidence
        .iter()
        .map(|place| place.message.as_str())
        .collect();
    assert_eq!(
        places,
        [
            "`order` sends mail here",
            "`buy` calls another service here",
            "`Report` runs another program here",
        ]
    );
    assert_eq!(
        signal.summary,
        "3 views do slow work in the request, such as `order`"
    );
    assert_eq!(
        judgement(&review, "slow-work-in-tasks"),
        Judgement::Judged { held: 1, of: 4 }
    );
}

#[test]
fn a_health_endpoint_is_known_by_its_url() {
    let item = |urls: &str| {
        let urls = format!("from django.urls import include, path\nurlpatterns = [{urls}]\n");
        let files = [
            ("config/settings.py", URLS),
            ("config/urls.py", urls.as_str()),
            ("shop/__init__.py", ""),
            ("shop/views.py", "def view(request): pass\n"),
        ];
        item_of(&files, "health-endpoint")
    };
    let view = "__import__('shop')";
    assert_eq!(
        item(&format!("path('-/healthz', {view})")),
        "done: `-/healthz`"
    );
    assert_eq!(
        item(&format!("path('api/health-check/', {view})")),
        "done: `api/health-check/`"
    );
    for other in ["wealth", "ping/<str:host>", "health-check-monitors/"] {
        assert_eq!(
            item(&format!("path('{other}', {view})")),
            "missing: no route for it"
        );
    }
    assert_eq!(
        item("path('x', include('gone.urls'))"),
        "unseen: no routes were found"
    );
}

#[test]
fn several_projects_show_the_worst_of_each_line() {
    let good = review(&[(
        "config/settings.py",
        "DEBUG = False\nCACHES = {'default': {'BACKEND': 'django_redis.cache.RedisCache'}}\n",
    )]);
    let bad = review(&[("config/settings.py", "DEBUG = True\n")]);
    let total = bad.total;
    let whole = merged(vec![good.clone(), bad]).unwrap();
    let caching = whole
        .signals
        .iter()
        .find(|signal| signal.id == "caching")
        .unwrap();
    assert_eq!(caching.status, SignalStatus::Fail);
    assert_eq!(
        judgement(&whole, "shared-cache"),
        Judgement::Judged { held: 1, of: 2 }
    );
    assert!(total < whole.total && whole.total < good.total);
    assert_eq!(merged(Vec::new()), None);
}

#[test]
fn what_was_not_understood_is_counted_by_reason() {
    let review = review(&[
        (
            "config/settings.py",
            "INSTALLED_APPS = ['shop', 'other_package']\n\
             TEMPLATES = [{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'APP_DIRS': True}]\n",
        ),
        ("shop/__init__.py", ""),
        ("unused/templates/gone.html", ""),
        (
            "shop/code.py",
            "def f(x, y):\n    x.go()\n    x.go()\n    y.stop()\n    len(x)\n",
        ),
        (
            "shop/templates/shop/a.html",
            "{% extends 'shop/base.html' %}{% include '../shop/base.html' %}{% include name %}{% include 'gone.html' %}",
        ),
        ("shop/templates/shop/base.html", ""),
    ]);
    let resolution = &review.resolution;
    let kind = |id: &str| {
        let kind = resolution.kinds.iter().find(|kind| kind.id == id);
        kind.map(|kind| (kind.resolved, kind.met))
    };
    assert_eq!(kind("templates"), Some((2, 4)));
    let calls = resolution
        .unresolved
        .iter()
        .find(|unresolved| unresolved.kind == "calls")
        .unwrap();
    assert_eq!(calls.count, 3);
    let what: Vec<&str> = calls
        .examples
        .iter()
        .map(|example| example.what.as_str())
        .collect();
    // The most frequent first, each once.
    assert_eq!(what, ["`x.go()`", "`y.stop()`"]);
}
