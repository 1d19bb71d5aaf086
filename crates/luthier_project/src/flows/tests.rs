use std::fmt::Write;

use luthier_source::Sources;

use super::*;
use crate::routes::ViewTarget;

/// Every call of a file with what it leads to, in order of place.
fn outline(files: &[(&str, &str)], path: &str) -> Vec<String> {
    let sources = Sources::in_memory(files);
    let project = Project::from_sources(&sources);
    let file = sources
        .iter()
        .find(|(_, file)| file.path.as_ref() == path)
        .unwrap()
        .0;
    let module = project.modules.of_file(file).unwrap();
    let calls = project.calls(module);
    let mut found: Vec<_> = calls
        .all()
        .iter()
        .map(|call| {
            let place = project.call_place(module, *call).unwrap();
            let text = &sources.file(file).text[place.span.start as usize..place.span.end as usize];
            let callee = text.rsplit_once('(').unwrap().0;
            let target = match call.target {
                Target::Function(function) => project.modules.qualified_function(function),
                Target::Class(class) => format!("class {}", project.modules.qualified_class(class)),
                Target::Outside(name) => format!("<{}>", calls.name(name)),
                Target::Unknown(why) => format!("{why:?}"),
            };
            (place.span.end, format!("{callee} -> {target}"))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, line)| line).collect()
}

fn check(text: &str, expected: &[&str]) {
    let files = [
        ("manage.py", ""),
        ("shop/__init__.py", ""),
        ("shop/code.py", text),
        (
            "shop/tools.py",
            "class Client:\n    def send(self): ...\ndef make() -> Client: ...\ndef help(): ...\n\
             client = Client()\n",
        ),
    ];
    let found = outline(&files, "shop/code.py");
    assert_eq!(found, expected);
}

#[test]
fn names_lead_through_imports_to_functions_and_classes() {
    check(
        "import os.path\nimport requests as r\nfrom .tools import Client, make as build\n\
         from . import tools\nfrom shop.tools import help\n\
         def f():\n    help()\n    Client()\n    build()\n    tools.help()\n    os.path.join()\n    r.get()\n    len()\n    nowhere()\n",
        &[
            "help -> shop.tools.help",
            "Client -> class shop.tools.Client",
            "build -> shop.tools.make",
            "tools.help -> shop.tools.help",
            "os.path.join -> <os.path.join>",
            "r.get -> <requests.get>",
            "len -> <builtins.len>",
            "nowhere -> Unbound",
        ],
    );
}

#[test]
fn methods_are_found_on_instances() {
    check(
        "from .tools import Client, make, client\nfrom requests import Session\n\
         def f(given: Client, other, late: \"Client | None\" = None):\n    one = Client()\n    one.send()\n    given.send()\n    make().send()\n    client.send()\n    other.send()\n\
         \x20   s = Session()\n    s.get()\n    ', '.join()\n    f'{one}'.upper().lower()\n    one.nothing()\n",
        &[
            "Client -> class shop.tools.Client",
            "one.send -> shop.tools.Client.send",
            "given.send -> shop.tools.Client.send",
            "make -> shop.tools.make",
            "make().send -> shop.tools.Client.send",
            "client.send -> shop.tools.Client.send",
            "other.send -> Parameter",
            "Session -> <requests.Session>",
            "s.get -> <requests.Session.get>",
            "', '.join -> <builtins.str.join>",
            "f'{one}'.upper -> <builtins.str.upper>",
            "f'{one}'.upper().lower -> <builtins.str.lower>",
            "one.nothing -> Attribute",
        ],
    );
}

#[test]
fn what_values_outside_hold_is_not_known() {
    check(
        "import os\nfrom package import Thing, Error\n\
         class Own(Thing):\n    def run(self):\n        self.context.get()\n        self.stop()\n\
         os.environ.get()\nos.environ['A'].split()\nThing.make()\nThing.objects.get()\n\
         list[int]().append()\ntry: ...\nexcept Error as e:\n    e.args()\n",
        &[
            "self.context.get -> Attribute",
            "self.stop -> <package.Thing.stop>",
            "os.environ.get -> <os.environ.get>",
            "os.environ['A'].split -> Element",
            "Thing.make -> <package.Thing.make>",
            "Thing.objects.get -> Attribute",
            "list[int] -> <builtins.list>",
            "list[int]().append -> <builtins.list.append>",
            "e.args -> <package.Error.args>",
        ],
    );
}

#[test]
fn self_super_and_cls_follow_the_bases() {
    check(
        "from .tools import Client\nclass Base:\n    def run(self): ...\n    def stop(self): ...\n\
         class Job(Base):\n    tool = Client\n    def __init__(self):\n        self.client = Client()\n\
         \x20   def run(self):\n        super().run()\n        self.stop()\n        self.client.send()\n        self.tool()\n        self.missing()\n        type(self)()\n\
         \x20   @classmethod\n    def new(cls):\n        return cls()\n\
         \x20   @property\n    def active(self) -> Client: ...\n\
         \x20   def later(self):\n        self.active.send()\n        return lambda: self.run()\n\
         class Open(unseen()):\n    def run(self):\n        self.stop()\n",
        &[
            "Client -> class shop.tools.Client",
            "super -> <builtins.super>",
            "super().run -> shop.code.Base.run",
            "self.stop -> shop.code.Base.stop",
            "self.client.send -> shop.tools.Client.send",
            "self.tool -> class shop.tools.Client",
            "self.missing -> Attribute",
            "type -> <builtins.type>",
            "type(self) -> class shop.code.Job",
            "cls -> class shop.code.Job",
            "self.active.send -> shop.tools.Client.send",
            "self.run -> shop.code.Job.run",
            "unseen -> Unbound",
            "self.stop -> Base",
        ],
    );
}

#[test]
fn a_name_with_several_values_leads_nowhere() {
    check(
        "from .tools import Client\nfrom requests import Session\n\
         def f(flag, Client2=None):\n    one = Client()\n    if flag:\n        one = Session()\n    one.send()\n\
         \x20   two = None\n    if flag:\n        two = Client()\n    two.send()\n    [str.send() for str in flag]\n\
         \x20   first, second = Client(), Client()\n    first.send()\n    three = three.send()\n",
        &[
            "Client -> class shop.tools.Client",
            "Session -> <requests.Session>",
            "one.send -> Several",
            "Client -> class shop.tools.Client",
            "two.send -> shop.tools.Client.send",
            "str.send -> Parameter",
            "Client -> class shop.tools.Client",
            "Client -> class shop.tools.Client",
            "first.send -> Several",
            "three.send -> Several",
        ],
    );
}

#[test]
fn what_hangs_together_without_end_is_given_up_in_time() {
    let mut text = "def f(x):\n".to_owned();
    for name in 0..60 {
        let other = (name + 1) % 60;
        let _ = writeln!(text, "    a{name} = a{other}.m() + a{other}.n()");
    }
    let files = [("shop/code.py", text.as_str())];
    let found = outline(&files, "shop/code.py");
    assert_eq!(found.len(), 120);
    assert!(found.iter().all(|line| !line.ends_with('>')), "{found:?}");
}

const MODELS: &str = "\
from django.db import models
class OrderQuerySet(models.QuerySet):
    def open(self) -> 'OrderQuerySet':
        return self.filter(done=False).order_by('id').close()
    def close(self): ...
class Customer(models.Model):
    name = models.CharField(max_length=9)
class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE)
    objects = OrderQuerySet.as_manager()
    def pay(self): ...
";

#[test]
fn rows_of_models_are_followed() {
    let settings = "INSTALLED_APPS = ['shop']\n";
    let code = "\
from django.shortcuts import get_object_or_404
from .models import Order, Customer
def f(pk):
    Order.objects.filter(pk=pk).first().pay()
    for order in Order.objects.exclude(pk=pk):
        order.customer.name.upper()
    get_object_or_404(Order, pk=pk).pay()
    c = Customer.objects.get(pk=pk)
    c.order_set.open()
    c.order_set.add()
    c.save()
";
    let files = [
        (
            "manage.py",
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n",
        ),
        ("config/settings.py", settings),
        ("shop/__init__.py", ""),
        ("shop/models.py", MODELS),
        ("shop/code.py", code),
    ];
    assert_eq!(
        outline(&files, "shop/code.py"),
        [
            "Order.objects.filter -> <django.db.models.query.QuerySet.filter>",
            "Order.objects.filter(pk=pk).first -> <django.db.models.query.QuerySet.first>",
            "Order.objects.filter(pk=pk).first().pay -> shop.models.Order.pay",
            "Order.objects.exclude -> <django.db.models.query.QuerySet.exclude>",
            "order.customer.name.upper -> <builtins.str.upper>",
            "get_object_or_404 -> <django.shortcuts.get_object_or_404>",
            "get_object_or_404(Order, pk=pk).pay -> shop.models.Order.pay",
            "Customer.objects.get -> <django.db.models.query.QuerySet.get>",
            "c.order_set.open -> shop.models.OrderQuerySet.open",
            "c.order_set.add -> <django.db.models.fields.related_descriptors.RelatedManager.add>",
            "c.save -> <django.db.models.Model.save>",
        ]
    );
    let own = outline(&files, "shop/models.py");
    let close = "self.filter(done=False).order_by('id').close -> shop.models.OrderQuerySet.close";
    assert!(own.iter().any(|line| line == close), "{own:#?}");
}

#[test]
fn a_guess_is_for_calls_only() {
    let sources = Sources::in_memory(&[
        (
            "manage.py",
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n",
        ),
        ("config/settings.py", "INSTALLED_APPS = ['shop']\n"),
        ("shop/__init__.py", ""),
        (
            "shop/models.py",
            "from django.db import models\n\
             class Order(models.Model):\n    customer = models.ForeignKey('Customer', models.CASCADE)\n\
             class Customer(models.Model): ...\n",
        ),
        (
            "shop/code.py",
            "from .models import Order\n\
             def f(pk):\n    row = Order.objects.get(pk=pk)\n    row = row.customer\n    row.save()\n\
             def g(pk):\n    rows = Order.objects.all()\n    rows = rows.filter(pk=pk)\n    rows.count()\n",
        ),
    ]);
    let project = Project::from_sources(&sources);
    let module = project.modules.find("shop.code").unwrap();
    let facts = project.modules.facts(module);
    let calls = project.calls(module);
    let mut found = Vec::new();
    for call in calls.all() {
        let Target::Outside(name) = call.target else {
            panic!("{call:?}");
        };
        let called = facts.body(call.body).expr(call.expr).as_call().unwrap();
        let (object, _) = called.callee.as_attribute().unwrap();
        let held = project.held(crate::modules::ValueRef {
            module,
            body: call.body,
            expr: object.id,
        });
        found.push((calls.name(name), held != Held::Unknown));
    }
    assert_eq!(
        found,
        [
            ("django.db.models.query.QuerySet.get", true),
            ("django.db.models.Model.save", false),
            ("django.db.models.query.QuerySet.all", true),
            ("django.db.models.query.QuerySet.filter", true),
            ("django.db.models.query.QuerySet.count", true),
        ]
    );
}

fn shop() -> (Sources, Project) {
    let sources = Sources::in_memory(&[
        (
            "manage.py",
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n",
        ),
        (
            "config/settings.py",
            "INSTALLED_APPS = ['shop']\nROOT_URLCONF = 'config.urls'\n",
        ),
        (
            "config/urls.py",
            "from django.urls import path\nfrom shop import views\nurlpatterns = [\n\
             \x20   path('a', views.direct), path('b', views.direct), path('c', views.Through.as_view()),\n\
             \x20   path('d', views.queued), path('e', views.Quick.as_view()),\n]\n",
        ),
        ("shop/__init__.py", ""),
        (
            "shop/services.py",
            "import requests\nfrom django.core.mail import EmailMessage\nfrom celery import shared_task\n\
             def notify():\n    EmailMessage('hi').send()\n\
             @shared_task\ndef fetch():\n    requests.get('x')\n\
             def unused(): ...\n",
        ),
        (
            "shop/views.py",
            "import requests\nfrom django.views import View\nfrom . import services\n\
             def direct(request):\n    return requests.Session().post('x')\n\
             class Base(View):\n    def get(self, request):\n        self.work()\n    def work(self): ...\n\
             class Through(Base):\n    def work(self):\n        services.notify()\n\
             def queued(request):\n    services.fetch.delay()\n\
             class Quick(Base): ...\n",
        ),
    ]);
    let project = Project::from_sources(&sources);
    (sources, project)
}

#[test]
fn slow_work_is_found_in_views_and_what_they_call() {
    let (sources, project) = shop();
    let graph = CallGraph::of(&project);
    let (slow, views) = project.slow_views(&graph);
    let slow: Vec<_> = slow
        .iter()
        .map(|view| {
            let file = sources.file(view.place.file);
            let text = &file.text[view.place.span.start as usize..view.place.span.end as usize];
            (view.name.as_str(), view.work, text)
        })
        .collect();
    assert_eq!(views, 4);
    assert_eq!(
        slow,
        [
            ("direct", SlowWork::Http, "requests.Session().post('x')"),
            ("Through", SlowWork::Mail, "EmailMessage('hi').send()"),
        ]
    );
}

#[test]
fn heat_counts_the_routes_that_reach_a_function() {
    let (_, project) = shop();
    let graph = CallGraph::of(&project);
    let heat = Heat::of(&project, &graph);
    let of = |dotted: &str| {
        let crate::modules::Definition::Function(function) = project.modules.lookup(dotted) else {
            panic!("{dotted} is no function");
        };
        let module = project.modules.get(function.module);
        let span = project.modules.function(function).name_span;
        heat.at(&project, Location::new(module.file.unwrap(), span))
    };
    assert_eq!(of("shop.views.direct"), 2);
    assert_eq!(of("shop.views.Base.get"), 2);
    // Only `Through` has its own `work`.
    assert_eq!(of("shop.views.Through.work"), 1);
    assert_eq!(of("shop.services.notify"), 1);
    assert_eq!(of("shop.services.unused"), 0);
    assert!(
        project
            .views
            .views
            .iter()
            .all(|view| view.target != ViewTarget::Unknown)
    );
}
