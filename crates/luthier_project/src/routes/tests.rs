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
