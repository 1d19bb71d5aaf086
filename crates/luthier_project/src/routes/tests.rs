use luthier_source::Sources;

use super::{Lookup, RouteName};
use crate::Project;

const SETTINGS: (&str, &str) = (
    "config/settings.py",
    "ROOT_URLCONF = 'config.urls'\nINSTALLED_APPS = ['shop']\n",
);
const MANAGE: (&str, &str) = (
    "manage.py",
    "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n",
);

fn project(files: &[(&str, &str)]) -> Project {
    let all = [&[SETTINGS, MANAGE, ("config/__init__.py", "")], files].concat();
    Project::from_sources(&Sources::in_memory(&all))
}

/// Pattern and full name of each route.
fn outline(project: &Project) -> Vec<String> {
    let routes = project.routes.routes.iter();
    routes
        .map(|route| {
            let name = match &route.name {
                RouteName::Known(_) => route.full_name().unwrap_or_else(|| "?".to_owned()),
                RouteName::None => "-".to_owned(),
                RouteName::Unknown => "?".to_owned(),
            };
            format!("{} {name}", route.pattern())
        })
        .collect()
}

#[test]
fn includes_namespaces_and_loops_are_followed() {
    let project = project(&[
        (
            "config/urls.py",
            "\
from django.urls import include, path
from shop import views

def pages(names):
    return [path(f'{name}/', views.page, name=name) for name in names]

urlpatterns = [path('shop/', include('shop.urls', namespace='s')), *pages(['a', 'b'])]
",
        ),
        ("shop/__init__.py", ""),
        ("shop/views.py", "def page(request): pass\n"),
        (
            "shop/urls.py",
            "from django.urls import path\nfrom . import views\napp_name = 'shop'\nurlpatterns = [path('<int:pk>/', views.page, name='page')]\n",
        ),
    ]);
    assert_eq!(outline(&project), ["shop/<int:pk>/ s:page", "a/ a", "b/ b"]);
    let routes = &project.routes;
    assert!(matches!(routes.lookup("shop:page"), Lookup::Found(found) if found.len() == 1));
    assert!(matches!(routes.lookup("page"), Lookup::Missing));
}

#[test]
fn what_was_not_found_leaves_names_open() {
    let project = project(&[(
        "config/urls.py",
        "\
from django.urls import include, path
from elsewhere import more

urlpatterns = [path('x/', include(('other.urls', 'other')))]
urlpatterns += [path('y/', include('debug_toolbar.urls'))]
",
    )]);
    let routes = &project.routes;
    assert!(matches!(routes.lookup("other:name"), Lookup::Open));
    assert!(matches!(routes.lookup("djdt:name"), Lookup::Open));
    assert!(matches!(routes.lookup("name"), Lookup::Missing));
}

#[test]
fn what_is_chained_from_elsewhere_leaves_names_open() {
    let with = |more: &str| {
        let urls = format!(
            "from itertools import chain\nfrom django.urls import path\n\
             from far.away import more\nfrom shop import views\n\
             urlpatterns = list(chain([path('', views.page, name='page')], {more}))\n"
        );
        project(&[
            ("config/urls.py", &urls),
            ("shop/__init__.py", ""),
            ("shop/views.py", "def page(request): pass\n"),
        ])
    };
    let lookup = |more| match with(more).routes.lookup("other") {
        Lookup::Missing => "missing",
        Lookup::Found(_) => "found",
        Lookup::Open => "open",
    };
    assert_eq!(lookup("[]"), "missing");
    assert_eq!(lookup("more()"), "open");
    assert_eq!(lookup("*more()"), "open");
}

#[test]
fn patterns_that_an_app_adds_when_it_is_ready_leave_names_open() {
    let app = |body: &str| {
        format!(
            "from django.apps import AppConfig\nclass Shop(AppConfig):\n    name = 'shop'\n    def ready(self):\n        {body}\n"
        )
    };
    let lookup = |body: &str| {
        let files = [
            ("config/urls.py", "urlpatterns = []\n"),
            ("shop/__init__.py", ""),
            ("shop/apps.py", &app(body)),
        ];
        matches!(project(&files).routes.lookup("shop:page"), Lookup::Open)
    };
    let import = "from config.urls import urlpatterns";
    assert!(lookup(&format!("{import}; urlpatterns += self.pages()")));
    assert!(lookup(&format!(
        "{import}; urlpatterns.append(self.page())"
    )));
    assert!(!lookup(&format!("{import}; print(urlpatterns)")));
    assert!(!lookup("pass"));
}
