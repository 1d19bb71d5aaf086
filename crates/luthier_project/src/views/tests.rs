use std::fmt::Write as _;

use luthier_source::Sources;

use super::{Combined, GuardKind, Listing, Policy, SaidBy, guards, rest_policies};
use crate::Project;

fn project(settings: &str, views: &str, urls: &str) -> Project {
    let urls = format!("from django.urls import path\nfrom shop import views\n{urls}");
    let settings = format!("ROOT_URLCONF = 'urls'\nINSTALLED_APPS = ['shop']\n{settings}");
    Project::from_sources(&Sources::in_memory(&[
        (
            "manage.py",
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n",
        ),
        ("settings.py", &settings),
        ("urls.py", &urls),
        ("shop/__init__.py", ""),
        ("shop/views.py", views),
    ]))
}

/// One line a route: its pattern and what stands before its view.
fn guarded(project: &Project) -> String {
    let mut text = String::new();
    for route in &project.routes.routes {
        let guards = guards(&project.modules, &project.settings, route);
        let words: Vec<String> = guards
            .guards
            .iter()
            .filter(|guard| guard.kind != GuardKind::Harmless)
            .map(|guard| match &guard.only {
                Some(only) => format!("{:?} of {only}", guard.kind),
                None => format!("{:?}", guard.kind),
            })
            .collect();
        let open = if guards.is_open { " ..." } else { "" };
        writeln!(text, "{} [{}]{open}", route.pattern(), words.join(", ")).unwrap();
    }
    text
}

fn check_guards(settings: &str, views: &str, urls: &str, expected: &str) {
    assert_eq!(guarded(&project(settings, views, urls)), expected);
}

#[test]
fn decorators_of_functions() {
    check_guards(
        "",
        "\
from django.contrib.auth.decorators import login_required, permission_required, user_passes_test
from django.views.decorators import csrf
from django.views.decorators.http import require_http_methods, require_POST
from shop.own import checked

may = permission_required(('shop.a', 'shop.b'), raise_exception=True)

def plain(request): pass

@login_required(login_url='/in')
@require_POST
def closed(request): pass

@csrf.csrf_exempt
@require_http_methods(['GET', 'PUT'])
def hook(request): pass

@may
def allowed(request): pass

@user_passes_test(lambda user: user.is_staff)
def tested(request): pass

@checked
def strange(request): pass
",
        "\
from django.contrib.auth.decorators import login_required
urlpatterns = [
    path('plain', views.plain),
    path('wrapped', login_required(views.plain)),
    path('closed', views.closed),
    path('hook', views.hook),
    path('allowed', views.allowed),
    path('tested', views.tested),
    path('strange', views.strange),
]
",
        "\
plain []
wrapped [Login]
closed [Login, Methods([\"POST\"])]
hook [CsrfExempt, Methods([\"GET\", \"PUT\"])]
allowed [Permission(Some([\"shop.a\", \"shop.b\"]))]
tested [Test]
strange [] ...
",
    );
}

#[test]
fn mixins_and_decorators_of_classes() {
    check_guards(
        "",
        "\
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin, PermissionRequiredMixin
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import ListView, View
from django.views.generic.edit import FormMixin
from far.away import Mixin

class Plain(View):
    def get(self, request): pass

class Closed(FormMixin, LoginRequiredMixin, ListView): pass

class TooLate(ListView, LoginRequiredMixin): pass

class Allowed(PermissionRequiredMixin, View):
    permission_required = 'shop.see'

@method_decorator([login_required, csrf_exempt], name='dispatch')
class Decorated(View): pass

@method_decorator(login_required, name='post')
class Half(View):
    @method_decorator(csrf_exempt)
    def put(self, request): pass

class Own(View):
    @method_decorator(login_required)
    def dispatch(self, request, *args, **kwargs): pass

class Open(Mixin, View): pass
",
        "\
urlpatterns = [
    path('plain', views.Plain.as_view()),
    path('closed', views.Closed.as_view()),
    path('late', views.TooLate.as_view()),
    path('allowed', views.Allowed.as_view()),
    path('decorated', views.Decorated.as_view()),
    path('half', views.Half.as_view()),
    path('own', views.Own.as_view()),
    path('open', views.Open.as_view()),
]
",
        "\
plain []
closed [Login]
late []
allowed [Permission(Some([\"shop.see\"]))]
decorated [Login, CsrfExempt]
half [Login of post, CsrfExempt of put]
own [Login] ...
open [] ...
",
    );
}

#[test]
fn middleware_that_asks_for_a_login() {
    let views = "\
from django.contrib.auth.decorators import login_not_required
from rest_framework.decorators import api_view
from rest_framework.views import APIView

def plain(request): pass

@login_not_required
def public(request): pass

@api_view(['GET'])
def api(request): pass

class Api(APIView): pass
";
    let urls = "\
urlpatterns = [
    path('plain', views.plain),
    path('public', views.public),
    path('api', views.api),
    path('class', views.Api.as_view()),
]
";
    let name = "django.contrib.auth.middleware.LoginRequiredMiddleware";
    check_guards(
        &format!("MIDDLEWARE = ['{name}']\n"),
        views,
        urls,
        "\
plain [Login]
public [NoLogin]
api [Methods([\"GET\"]), CsrfExempt]
class [CsrfExempt]
",
    );
    let project = project(&format!("MIDDLEWARE = ['{name}']\n"), views, urls);
    let asks = |index: usize| {
        let route = &project.routes.routes[index];
        guards(&project.modules, &project.settings, route).asks_for_login()
    };
    assert_eq!(asks(0), Some(true));
    assert_eq!(asks(1), Some(false));
}

fn name(combined: &Combined) -> String {
    let last = |dotted: &str| dotted.rsplit('.').next().unwrap_or(dotted).to_owned();
    match combined {
        Combined::Class(dotted, _) => last(dotted),
        Combined::All(both) => format!("({} & {})", name(&both[0]), name(&both[1])),
        Combined::Any(both) => format!("({} | {})", name(&both[0]), name(&both[1])),
        Combined::Not(inner) => format!("~{}", name(inner)),
        Combined::Unknown => "?".to_owned(),
    }
}

fn listing(project: &Project, listing: &Listing) -> String {
    let said_by = match &listing.said_by {
        SaidBy::Class(class) => project.modules.class_name(*class).to_owned(),
        SaidBy::Method(method) => format!("{}()", project.modules.function_name(*method)),
        SaidBy::Decorator(_) => "decorator".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    let choices = listing.choices.iter().map(|choice| {
        let mut classes: Vec<String> = choice.classes.iter().map(|one| name(&one.what)).collect();
        if !choice.is_complete {
            classes.push("...".to_owned());
        }
        classes.join(", ")
    });
    let choices: Vec<String> = choices.collect();
    format!("{} by {said_by}", choices.join(" or "))
}

/// One line a route: what one policy is, or `-` for views of another kind.
fn policies(project: &Project, policy: Policy) -> String {
    let mut text = String::new();
    for route in &project.routes.routes {
        let all = rest_policies(&project.modules, &project.settings, route);
        let found = all.as_deref().map(|all| {
            let mut all = all.iter();
            all.find(|listing| listing.policy == policy)
                .map_or("none".to_owned(), |found| listing(project, found))
        });
        let found = found.unwrap_or_else(|| "-".to_owned());
        writeln!(text, "{}: {found}", route.pattern()).unwrap();
    }
    text
}

const API: &str = "\
from rest_framework import generics, permissions, viewsets
from rest_framework.decorators import action, api_view, permission_classes
from rest_framework.permissions import IsAdminUser, IsAuthenticated
from rest_framework.views import APIView
from far.away import Mixin, Paginated

COMMON = [IsAuthenticated]

class IsOwner(permissions.BasePermission): pass

class Default(APIView): pass

class Base(generics.ListAPIView):
    permission_classes = [*COMMON, IsOwner | ~IsAdminUser]
    pagination_class = Paginated

class Child(Base):
    pagination_class = None

class Chosen(APIView):
    def get_permissions(self): return []

class Open(Mixin, APIView): pass

@api_view(['GET'])
@permission_classes([IsAdminUser])
def function(request): pass

@api_view()
def bare(request): pass

def other(request): pass

class Orders(viewsets.ViewSet):
    permission_classes = ()

    def list(self, request): pass

    @action(detail=False, permission_classes=[IsAdminUser])
    def special(self, request): pass
";

const API_URLS: &str = "\
from rest_framework.routers import SimpleRouter
router = SimpleRouter()
router.register('orders', views.Orders, basename='order')
urlpatterns = [
    path('default', views.Default.as_view()),
    path('base', views.Base.as_view()),
    path('child', views.Child.as_view()),
    path('chosen', views.Chosen.as_view()),
    path('open', views.Open.as_view()),
    path('function', views.function),
    path('bare', views.bare),
    path('other', views.other),
    path('given', views.Default.as_view(permission_classes=[])),
    *router.urls,
]
";

#[test]
fn permissions_come_from_the_view_or_the_settings() {
    let settings = "REST_FRAMEWORK = {'DEFAULT_PERMISSION_CLASSES': ['shop.views.IsOwner']}\n";
    let project = project(settings, API, API_URLS);
    assert_eq!(
        policies(&project, Policy::Permissions),
        "\
default: IsOwner by setting
base: IsAuthenticated, (IsOwner | ~IsAdminUser) by Base
child: IsAuthenticated, (IsOwner | ~IsAdminUser) by Base
chosen: ... by get_permissions()
open: ... by unknown
function: IsAdminUser by decorator
bare: IsOwner by setting
other: -
given: ... by route
^orders/$:  by Orders
^orders/special/$: IsAdminUser by decorator
"
    );
}

#[test]
fn pages_belong_to_generic_views() {
    let project = project("", API, API_URLS);
    let pages = policies(&project, Policy::Pagination);
    let pages: Vec<&str> = pages.lines().take(3).collect();
    assert_eq!(
        pages,
        [
            "default: none",
            "base: Paginated by Base",
            "child:  by Child"
        ]
    );
    let renderers = policies(&project, Policy::Renderers);
    assert_eq!(
        renderers.lines().next(),
        Some("default: JSONRenderer, BrowsableAPIRenderer by default")
    );
}

#[test]
fn settings_that_are_not_decided_leave_each_choice() {
    let settings = "\
import os
REST_FRAMEWORK = {'DEFAULT_THROTTLE_CLASSES': ['a.B']}
if os.environ.get('OPEN') == '1':
    REST_FRAMEWORK = {}
";
    let project = project(settings, API, API_URLS);
    let throttles = policies(&project, Policy::Throttles);
    assert_eq!(throttles.lines().next(), Some("default: B or  by setting"));
}
