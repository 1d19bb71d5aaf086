use std::collections::{BTreeMap, BTreeSet, VecDeque};

use luthier_diagnostics::{Category, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::apps::App;
use luthier_project::facts::ir::{Import, ImportContext};
use luthier_project::facts::{BodyId, is_test_path};
use luthier_project::modules::ModuleId;
use rustc_hash::FxHashSet;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Apps import each other in a circle when their modules are loaded.
    ///
    /// ## Why it matters
    ///
    /// Apps in a circle are one app in several folders: none can be tested, moved or understood without
    /// all the others. Whether the imports work depends on which module happens to be loaded first, so
    /// a new import at the top of one file ends in `ImportError: cannot import name ... (most likely due
    /// to a circular import)` in another.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["catalog", "orders", "payments"]
    /// ```
    /// ```python file=catalog/__init__.py
    /// ```
    /// ```python file=orders/__init__.py
    /// ```
    /// ```python file=payments/__init__.py
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=catalog/views.py
    /// from orders.models import Order  # fires
    /// ```
    /// ```python file=orders/models.py
    /// import catalog.models
    /// ```
    /// ```python file=payments/views.py
    /// from orders.models import Order
    /// ```
    ///
    /// ### A longer way round
    ///
    /// ```python file=catalog/views.py
    /// from orders.models import Order  # fires
    /// ```
    /// ```python file=orders/models.py
    /// from payments import gateway
    /// ```
    /// ```python file=payments/gateway.py
    /// from catalog.models import Product
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=catalog/views.py
    /// from orders.models import Order
    /// ```
    /// ```python file=orders/models.py
    /// from typing import TYPE_CHECKING
    ///
    /// if TYPE_CHECKING:
    ///     from catalog.models import Product
    ///
    /// def best_seller() -> "Product":
    ///     from catalog.models import Product
    ///
    ///     return Product.objects.first()
    /// ```
    /// ```python file=orders/tests/test_models.py
    /// from catalog.models import Product
    /// ```
    /// ```python file=orders/migrations/0001_initial.py
    /// from catalog.fields import SkuField
    /// ```
    ///
    /// ### Commands are loaded by themselves
    ///
    /// ```python file=catalog/management/commands/export.py
    /// from orders.models import Order
    /// ```
    /// ```python file=orders/models.py
    /// from catalog.models import Product
    /// ```
    ///
    /// ### A folder of apps within an app
    ///
    /// ```python file=orders/models.py
    /// from catalog.models import Product
    /// ```
    /// ```python file=catalog/contrib/__init__.py
    /// ```
    /// ```python file=catalog/contrib/gifts/__init__.py
    /// ```
    /// ```python file=catalog/contrib/gifts/apps.py
    /// from django.apps import AppConfig
    ///
    /// class GiftsConfig(AppConfig):
    ///     name = "catalog.contrib.gifts"
    /// ```
    /// ```python file=catalog/contrib/cards/__init__.py
    /// ```
    /// ```python file=catalog/contrib/cards/blocks.py
    /// from orders.models import Order
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["catalog", "orders", "payments", "catalog.contrib.gifts"]
    /// ```
    ///
    /// ### An app within an app is a part of it
    ///
    /// ```python file=catalog/urls.py
    /// import catalog.search.urls
    /// ```
    /// ```python file=catalog/utils.py
    /// ```
    /// ```python file=catalog/search/__init__.py
    /// ```
    /// ```python file=catalog/search/urls.py
    /// from catalog.utils import page
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["catalog", "orders", "payments", "catalog.search"]
    /// ```
    ///
    /// ### Packages that `INSTALLED_APPS` does not name are no apps
    ///
    /// ```python file=catalog/views.py
    /// from shared.money import Money
    /// ```
    /// ```python file=shared/money.py
    /// from catalog.models import Product
    /// ```
    APP_IMPORT_CYCLE = {
        code: "ARC007",
        name: "app-import-cycle",
        severity: Severity::Warning,
        category: Category::Architecture,
        dimension: Some(Dimension::Architecture),
        check: Check::Project(check),
    }
}

/// The apps that import each other, by name; of the imports from one to another the first.
#[derive(Default)]
struct Graph<'a> {
    labels: Vec<&'a str>,
    edges: Vec<BTreeMap<usize, Location>>,
}

fn check(context: &mut Context<'_>) {
    let graph = Graph::new(context.project);
    for group in graph.circles() {
        let circle = graph.shortest_circle(&group);
        report(context, &graph, &group, &circle);
    }
}

/// Reports a circle at its first import, with the others as the places that lead there.
fn report(context: &mut Context<'_>, graph: &Graph<'_>, group: &[usize], circle: &[usize]) {
    let name = |app: usize| graph.labels[app];
    let next = |at: usize| circle[(at + 1) % circle.len()];
    let edge = |at: usize| graph.edges[circle[at]][&next(at)];
    let message = if let [one, other] = circle {
        format!(
            "apps `{}` and `{}` import each other",
            name(*one),
            name(*other)
        )
    } else {
        let way = circle.iter().chain(&circle[..1]);
        let way: Vec<String> = way.map(|app| format!("`{}`", name(*app))).collect();
        format!("apps import each other in a circle: {}", way.join(" → "))
    };
    let help = match group.len() - circle.len() {
        0 => "move what both need into the app that knows less, or import where it is used"
            .to_owned(),
        more => format!(
            "move what both need into the app that knows less, or import where it is used; \
             {more} more {} in circles with these",
            if more == 1 { "app is" } else { "apps are" }
        ),
    };
    let mut reported = context.report(edge(0), message);
    reported.help(help).app(name(circle[0]));
    for (at, app) in circle.iter().enumerate().skip(1) {
        let what = format!("`{}` imports `{}`", name(*app), name(next(at)));
        reported.related(edge(at), what);
    }
}

impl<'a> Graph<'a> {
    fn new(project: &'a Project) -> Self {
        let apps = judged(project);
        let numbered = apps.iter().enumerate();
        let numbers: BTreeMap<&str, usize> =
            numbered.map(|(number, app)| (&*app.name, number)).collect();
        let folders = folders_of_apps(&apps);
        let number_of = |module: &str| {
            let app = project.apps.containing(module)?;
            let number = numbers.get(&*app.name).copied()?;
            (!is_in_folder_of_apps(&folders, app, module)).then_some(number)
        };
        let tops: FxHashSet<&str> = apps.iter().map(|app| top(&app.name)).collect();
        let mut graph = Self {
            labels: apps.iter().map(|app| &*app.label).collect(),
            edges: vec![BTreeMap::new(); apps.len()],
        };
        for module in project.own_modules() {
            let own = project.modules.get(module);
            let (Some(file), Some(from)) = (own.file, number_of(&own.name)) else {
                continue;
            };
            if is_beside(&own.name) {
                continue;
            }
            let facts = project.modules.facts(module);
            for import in &facts.imports {
                let may_lead_there =
                    import.level > 0 || tops.contains(top(facts.text(import.module)));
                let target = (may_lead_there && when_loaded(import))
                    .then(|| imported(project, module, import))
                    .flatten();
                let to = target.and_then(|name| number_of(&name));
                let is_other = |to: &usize| *to != from && !is_within(apps[*to], apps[from]);
                if let Some(to) = to.filter(is_other) {
                    let location = Location {
                        file,
                        span: import.span,
                    };
                    graph.edges[from].entry(to).or_insert(location);
                }
            }
        }
        graph
    }

    /// Groups of apps each of which imports every other, directly or not: Tarjan's strongly connected
    /// components of more than one app, without recursion.
    fn circles(&self) -> Vec<Vec<usize>> {
        const UNSEEN: usize = usize::MAX;
        let count = self.edges.len();
        let (mut order, mut low) = (vec![UNSEEN; count], vec![0; count]);
        let (mut on_stack, mut stack, mut found) = (vec![false; count], Vec::new(), Vec::new());
        let mut met = 0;
        for root in 0..count {
            if order[root] != UNSEEN {
                continue;
            }
            let mut path = vec![(root, self.edges[root].keys())];
            (order[root], low[root], on_stack[root]) = (met, met, true);
            met += 1;
            stack.push(root);
            while let Some((app, targets)) = path.last_mut() {
                let app = *app;
                if let Some(&target) = targets.next() {
                    if order[target] == UNSEEN {
                        (order[target], low[target], on_stack[target]) = (met, met, true);
                        met += 1;
                        stack.push(target);
                        path.push((target, self.edges[target].keys()));
                    } else if on_stack[target] {
                        low[app] = low[app].min(order[target]);
                    }
                    continue;
                }
                path.pop();
                if let Some((parent, _)) = path.last() {
                    low[*parent] = low[*parent].min(low[app]);
                }
                if low[app] == order[app] {
                    let start = stack.iter().rposition(|other| *other == app);
                    let mut group = stack.split_off(start.expect("it was put there"));
                    for member in &group {
                        on_stack[*member] = false;
                    }
                    group.sort_unstable();
                    found.push(group);
                }
            }
        }
        found.retain(|group| group.len() > 1);
        found.sort();
        found
    }

    /// The shortest way round within a group, from the app on it that comes first by name.
    fn shortest_circle(&self, group: &[usize]) -> Vec<usize> {
        let within: BTreeSet<usize> = group.iter().copied().collect();
        let mut shortest: Vec<usize> = Vec::new();
        for &start in group {
            let circle = self.circle_from(start, &within);
            if shortest.is_empty() || circle.len() < shortest.len() {
                shortest = circle;
            }
            if shortest.len() == 2 {
                break;
            }
        }
        shortest
    }

    /// The shortest way from an app back to itself.
    fn circle_from(&self, start: usize, within: &BTreeSet<usize>) -> Vec<usize> {
        let mut came_from: BTreeMap<usize, usize> = BTreeMap::new();
        let mut waiting = VecDeque::from([start]);
        while let Some(app) = waiting.pop_front() {
            if self.edges[app].contains_key(&start) {
                let mut way = vec![app];
                while let Some(before) = came_from.get(way.last().expect("it has a first")) {
                    way.push(*before);
                }
                way.reverse();
                return way;
            }
            for &target in self.edges[app]
                .keys()
                .filter(|target| within.contains(target))
            {
                if target != start && !came_from.contains_key(&target) {
                    came_from.insert(target, app);
                    waiting.push_back(target);
                }
            }
        }
        unreachable!("every app of a group is on a circle")
    }
}

/// The first part of a dotted name.
fn top(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// The project's own apps by name: those that `INSTALLED_APPS` names, where anything does.
fn judged(project: &Project) -> Vec<&App> {
    let is_listed = project.apps.iter().any(|app| app.is_listed);
    let own = project.apps.iter().filter(|app| app.is_own);
    let mut apps: Vec<&App> = own.filter(|app| app.is_listed || !is_listed).collect();
    apps.sort_by(|a, b| a.name.cmp(&b.name));
    apps
}

/// The packages right within an app that hold other apps: what else is in them, such as an app
/// without models, is none of the outer app's.
fn folders_of_apps<'a>(apps: &[&'a App]) -> BTreeSet<&'a str> {
    let mut folders = BTreeSet::new();
    for app in apps {
        for (dot, _) in app.name.match_indices('.') {
            folders.insert(&app.name[..dot]);
        }
    }
    folders
}

fn is_in_folder_of_apps(folders: &BTreeSet<&str>, app: &App, module: &str) -> bool {
    let below = module.match_indices('.').map(|(dot, _)| &module[..dot]);
    below
        .filter(|folder| folder.len() > app.name.len())
        .any(|folder| folders.contains(folder))
}

/// Whether one app lies in the other's package: a part of it, which the whole knows and which knows the
/// whole.
fn is_within(one: &App, other: &App) -> bool {
    let lies_in = |inner: &App, outer: &App| {
        let rest = inner.name.strip_prefix(&*outer.name);
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    lies_in(one, other) || lies_in(other, one)
}

/// Whether an import runs when its module is loaded.
fn when_loaded(import: &Import) -> bool {
    import.scope == BodyId::MODULE
        && matches!(import.context, ImportContext::Plain | ImportContext::Try)
}

/// The full name of what an import takes. Whether its last part is a module or a name in one does not
/// matter: to which app it belongs can be told from either.
fn imported(project: &Project, from: ModuleId, import: &Import) -> Option<String> {
    let target = project.modules.absolute(from, import)?;
    Some(match import.name {
        Some(name) => format!("{target}.{}", project.modules.facts(from).text(name)),
        None => target,
    })
}

/// Whether a module is beside what runs: tests and their factories, commands, which are loaded by
/// themselves, and migrations, which name what they once needed.
fn is_beside(module: &str) -> bool {
    let mut parts = module.split('.');
    parts.any(|part| matches!(part, "migrations" | "factory" | "factories"))
        || module.contains(".management.commands.")
        || is_test_path(&module.replace('.', "/"))
}
