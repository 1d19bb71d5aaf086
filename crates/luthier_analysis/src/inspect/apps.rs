//! Which app imports which, at module level, in the code that runs in production.

use std::collections::{BTreeMap, BTreeSet};

use luthier_diagnostics::Location;
use luthier_diagnostics::graph::{EdgeKind, Graph, GraphEdge, GraphKind, GraphNode, NodeKind};
use luthier_project::Project;
use luthier_project::apps::App;
use luthier_project::facts::ir::{Import, ImportContext};
use luthier_project::modules::ModuleId;
use luthier_source::{FileId, Span};

/// Own apps, the number of imports between them, and which of these lie on a circle.
pub(super) fn graph(projects: &[Project]) -> Graph {
    let mut graph = Graph {
        kind: GraphKind::Apps,
        nodes: Vec::new(),
        edges: Vec::new(),
    };
    for project in projects {
        add(project, &mut graph);
    }
    graph
}

fn add(project: &Project, graph: &mut Graph) {
    let mut apps: Vec<&App> = project.apps.iter().filter(|app| app.is_own).collect();
    apps.sort_by(|a, b| a.label.cmp(&b.label));
    let first = graph.nodes.len();
    let index: BTreeMap<&str, usize> = apps
        .iter()
        .enumerate()
        .map(|(index, app)| (&*app.name, first + index))
        .collect();
    graph.nodes.extend(apps.iter().map(|app| GraphNode {
        id: app.name.to_string(),
        label: app.label.to_string(),
        kind: NodeKind::App,
        group: None,
        rows: Vec::new(),
        location: app.package.and_then(|package| beginning(project, package)),
    }));
    let counts = counts(project, &index);
    let links: Vec<(usize, usize)> = counts.keys().copied().collect();
    let circular = on_circles(&links);
    graph
        .edges
        .extend(counts.iter().map(|(&(from, to), count)| GraphEdge {
            from,
            to,
            kind: EdgeKind::Imports,
            label: count.to_string(),
            circular: circular.contains(&(from, to)),
        }));
}

fn beginning(project: &Project, module: ModuleId) -> Option<Location> {
    let file: FileId = project.modules.get(module).file?;
    Some(Location::new(file, Span::at(0)))
}

/// How often one app imports from another.
fn counts(project: &Project, index: &BTreeMap<&str, usize>) -> BTreeMap<(usize, usize), usize> {
    let app_of = |module: &str| {
        let app = project.apps.containing(module)?;
        index.get(&*app.name).copied()
    };
    let mut counts = BTreeMap::new();
    for module in project.own_modules() {
        let name = &project.modules.get(module).name;
        let Some(from) = app_of(name).filter(|_| runs_in_production(name)) else {
            continue;
        };
        let facts = project.modules.facts(module);
        for import in facts
            .imports
            .iter()
            .filter(|import| is_at_module_level(import))
        {
            let to = imported(project, module, import).and_then(|target| app_of(&target));
            if let Some(to) = to.filter(|&to| to != from) {
                *counts.entry((from, to)).or_default() += 1;
            }
        }
    }
    counts
}

/// Tests and migrations import freely, and nothing imports them.
fn runs_in_production(module: &str) -> bool {
    module.split('.').all(|part| {
        !matches!(part, "tests" | "test" | "conftest" | "migrations") && !part.starts_with("test_")
    })
}

fn is_at_module_level(import: &Import) -> bool {
    import.scope.index() == 0 && import.context != ImportContext::TypeChecking
}

/// The dotted name of what is imported: of the module, or of the name within a package.
fn imported(project: &Project, from: ModuleId, import: &Import) -> Option<String> {
    let module = project.modules.absolute(from, import)?;
    Some(match import.name {
        Some(name) => format!("{module}.{}", project.modules.facts(from).text(name)),
        None => module,
    })
}

/// The links whose ends reach each other.
fn on_circles(links: &[(usize, usize)]) -> BTreeSet<(usize, usize)> {
    let mut out: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for &(from, to) in links {
        out.entry(from).or_default().push(to);
    }
    let reached: BTreeMap<usize, BTreeSet<usize>> = out
        .keys()
        .map(|&start| {
            let mut seen = BTreeSet::new();
            let mut left = vec![start];
            while let Some(node) = left.pop() {
                for &next in out.get(&node).map_or(&[][..], Vec::as_slice) {
                    if seen.insert(next) {
                        left.push(next);
                    }
                }
            }
            (start, seen)
        })
        .collect();
    let leads = |from: usize, to: usize| reached.get(&from).is_some_and(|it| it.contains(&to));
    links
        .iter()
        .copied()
        .filter(|&(from, to)| leads(to, from))
        .collect()
}
