use std::sync::Arc;

use luthier_source::Sources;

use super::{Ancestor, Definition, ImportRoots, Modules};
use crate::facts::FileFacts;
use crate::projects::Territory;

fn modules(files: &[(&str, &str)]) -> Modules {
    let sources = Sources::in_memory(files);
    let facts: Vec<FileFacts> = sources
        .iter()
        .map(|(_, file)| FileFacts::extract(file))
        .collect();
    let roots = ImportRoots::discover(&sources, &facts, Territory::alone(""), &[]);
    Modules::new(&sources, Arc::new(facts), &roots, Arc::default())
}

fn meaning(modules: &Modules, module: &str, name: &str) -> String {
    let id = modules
        .find(module)
        .unwrap_or_else(|| panic!("no module {module}"));
    match modules.resolve(id, name) {
        Definition::Value(_) => "a value".to_owned(),
        other => modules
            .qualified(&other)
            .unwrap_or_else(|| format!("{other:?}")),
    }
}

#[test]
fn names_are_followed_through_packages_stars_and_aliases() {
    let modules = modules(&[
        ("shop/__init__.py", ""),
        (
            "shop/models/__init__.py",
            "from .order import *\nfrom . import base\nAlias = Order\n",
        ),
        (
            "shop/models/order.py",
            "from shop.models.base import Base\nclass Order(Base): pass\n_hidden = 1\n",
        ),
        (
            "shop/models/base.py",
            "import far.away as away\nclass Base(away.Model): pass\n",
        ),
        (
            "shop/views.py",
            "from .models import Order as O, Alias, base\nimport shop.models.order\nfrom nowhere import x\n",
        ),
    ]);
    assert_eq!(
        meaning(&modules, "shop.views", "O"),
        "shop.models.order.Order"
    );
    assert_eq!(
        meaning(&modules, "shop.views", "Alias"),
        "shop.models.order.Order"
    );
    assert_eq!(
        meaning(&modules, "shop.views", "base.Base"),
        "shop.models.base.Base"
    );
    assert_eq!(
        meaning(&modules, "shop.views", "shop.models.order._hidden"),
        "a value"
    );
    assert_eq!(meaning(&modules, "shop.views", "x.y"), "nowhere.x.y");
    assert_eq!(meaning(&modules, "shop.views", "len"), "builtins.len");
    assert_eq!(meaning(&modules, "shop.models", "_hidden"), "Unknown");
    let Definition::Class(order) = modules.lookup("shop.models.Order") else {
        panic!()
    };
    let names: Vec<String> = modules
        .mro(order)
        .ancestors
        .iter()
        .map(|ancestor| match ancestor {
            Ancestor::Class(class) => modules.qualified_class(*class),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        names,
        [
            "shop.models.order.Order",
            "shop.models.base.Base",
            "External(\"far.away.Model\")"
        ]
    );
    assert_eq!(modules.inherits(order, "far.away.Model"), Some(true));
    assert_eq!(modules.inherits(order, "far.away.Other"), None);
}

#[test]
fn circles_end() {
    let modules = modules(&[
        (
            "a.py",
            "from b import *\nfrom b import x\ny = x\nclass A(B): pass\nclass B(A): pass\n",
        ),
        ("b.py", "from a import *\nfrom a import y as x\n"),
    ]);
    assert_eq!(meaning(&modules, "a", "x"), "a value");
    assert_eq!(meaning(&modules, "a", "nothing"), "Unknown");
    let Definition::Class(class) = modules.lookup("a.A") else {
        panic!()
    };
    assert!(!modules.mro(class).is_complete());
}

#[test]
fn diamonds_are_linearised_as_python_does() {
    let modules = modules(&[(
        "a.py",
        "class Root: pass\nclass L(Root): pass\nclass R(Root): pass\nclass D(L, R): pass\n",
    )]);
    let Definition::Class(class) = modules.lookup("a.D") else {
        panic!()
    };
    let names: Vec<&str> = modules
        .mro(class)
        .classes()
        .map(|&class| modules.class_name(class))
        .collect();
    assert_eq!(names, ["D", "L", "R", "Root"]);
    assert!(modules.mro(class).is_complete());
}

#[test]
fn source_layouts_give_the_names_that_are_imported() {
    let modules = modules(&[
        (
            "backend/manage.py",
            "import sys\nsys.path.insert(0, os.path.join(BASE, 'apps'))\n",
        ),
        ("backend/apps/cart/__init__.py", ""),
        ("backend/apps/cart/models.py", ""),
        ("backend/config/__init__.py", ""),
        ("backend/config/urls.py", "import cart.models, config\n"),
        ("lib/src/tool/__init__.py", "from tool import x\n"),
    ]);
    for name in ["cart.models", "config.urls", "tool"] {
        let id = modules
            .find(name)
            .unwrap_or_else(|| panic!("no module {name}"));
        assert_eq!(modules.get(id).name, name);
    }
}

#[test]
fn scopes_are_looked_up_as_python_does() {
    let modules = modules(&[(
        "a.py",
        "\
from m import x
class K:
    from n import x
    def f(self, p):
        from o import z
        return x, z, p
",
    )]);
    let id = modules.find("a").unwrap();
    let facts = modules.facts(id);
    let function = facts.body(facts.functions[0].body).id;
    let class = facts.classes[0].body;
    let name = |scope, text| modules.qualified(&modules.resolve_in(id, scope, text));
    assert_eq!(name(function, "x").as_deref(), Some("m.x"));
    assert_eq!(name(class, "x").as_deref(), Some("n.x"));
    assert_eq!(name(function, "z").as_deref(), Some("o.z"));
    assert_eq!(name(function, "p"), None);
}

/// The projects of a repository with two of them, `a` and `b`, that are laid out alike.
fn twins(more: &[(&str, &str)]) -> (Sources, Vec<crate::Project>) {
    const MANAGE: &str =
        "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n";
    let mut files = vec![
        ("a/manage.py", MANAGE),
        ("a/config/__init__.py", ""),
        ("b/manage.py", MANAGE),
        ("b/config/__init__.py", ""),
    ];
    files.extend(more);
    let sources = Sources::in_memory(&files);
    let facts = crate::extract_all(&sources);
    let projects = crate::Project::link_all(&sources, facts, &crate::ProjectOptions::default());
    (sources, projects)
}

#[test]
fn each_project_sees_its_own_files_first() {
    let (sources, projects) = twins(&[
        (
            "a/config/settings.py",
            "DEBUG = False\nROOT_URLCONF = 'a'\nINSTALLED_APPS = ['shop', 'money']\n",
        ),
        (
            "b/config/settings.py",
            "DEBUG = True\nROOT_URLCONF = 'b'\nINSTALLED_APPS = ['shop', 'money']\n\
             try:\n    from .local import *\nexcept ImportError:\n    pass\n",
        ),
        ("a/config/local.py", "ROOT_URLCONF = 'local'\n"),
        ("a/shop/__init__.py", ""),
        (
            "a/shop/models.py",
            "from django.db import models\nclass OfA(models.Model): pass\n",
        ),
        ("b/shop/__init__.py", ""),
        (
            "b/shop/models.py",
            "from django.db import models\nclass OfB(models.Model): pass\n",
        ),
        ("libs/money/__init__.py", ""),
        (
            "libs/money/models.py",
            "from django.db import models\nclass Price(models.Model): pass\n",
        ),
    ]);
    let answers = projects.iter().map(|project| {
        let production = project.settings.production().expect("each has settings");
        let file = project.modules.get(production.module).file.unwrap();
        let registered = project.models.registered();
        let own = registered.filter(|(_, model)| project.modules.is_repository(model.module));
        let mut models: Vec<&str> = own.map(|(_, model)| &*model.name).collect();
        models.sort_unstable();
        (
            &*sources.file(file).path,
            production.at(&["ROOT_URLCONF"]).as_str().map(str::to_owned),
            models.join(" "),
        )
    });
    let answers: Vec<_> = answers.collect();
    assert_eq!(
        answers,
        [
            (
                "a/config/settings.py",
                Some("a".to_owned()),
                "OfA Price".to_owned()
            ),
            (
                "b/config/settings.py",
                Some("b".to_owned()),
                "OfB Price".to_owned()
            ),
        ]
    );
}

#[test]
fn what_only_another_project_has_is_found_there() {
    let (_, projects) = twins(&[
        ("a/tools/__init__.py", "x = 1\n"),
        ("b/config/only_here.py", ""),
    ]);
    let seen = |project: &crate::Project, name| {
        let found = project.modules.find(name)?;
        Some(project.modules.is_foreign(found))
    };
    assert_eq!(seen(&projects[0], "tools"), Some(false));
    assert_eq!(seen(&projects[1], "tools"), Some(true));
    assert_eq!(seen(&projects[0], "config.only_here"), None);
    assert_eq!(seen(&projects[0], "b.config.only_here"), Some(true));
    assert_eq!(seen(&projects[1], "config.only_here"), Some(false));
}
