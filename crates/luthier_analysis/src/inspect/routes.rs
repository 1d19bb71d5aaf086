//! Routes as a tree of prefixes, with the views that they lead to.

use std::collections::{BTreeMap, BTreeSet};

use luthier_diagnostics::Location;
use luthier_diagnostics::graph::{
    EdgeKind, Graph, GraphEdge, GraphKind, GraphNode, NodeKind, NodeRow,
};
use luthier_project::Project;
use luthier_project::modules::{ClassRef, FunctionRef, ModuleId};
use luthier_project::routes::{Route, RouteName, Segment, ViewTarget};
use luthier_source::Span;

/// Every route that is written in the projects; the pages of the admin are counted at their prefix.
pub(super) fn graph(projects: &[Project]) -> Graph {
    let mut drawing = Drawing {
        graph: Graph {
            kind: GraphKind::Routes,
            nodes: Vec::new(),
            edges: Vec::new(),
        },
        by_id: BTreeMap::new(),
        linked: BTreeSet::new(),
    };
    for project in projects {
        drawing.project(project);
    }
    drawing.graph
}

struct Drawing {
    graph: Graph,
    by_id: BTreeMap<String, usize>,
    linked: BTreeSet<(usize, usize)>,
}

impl Drawing {
    fn project(&mut self, project: &Project) {
        let routes = &project.routes.routes;
        let admin = routes.iter().filter(|route| route.is_made_by_admin());
        let admin_depth = admin.map(|route| route.segments.len() - 1).min();
        let mut made: BTreeMap<usize, usize> = BTreeMap::new();
        for route in routes {
            let before = route.segments.len().saturating_sub(1);
            if route.is_made_by_admin() {
                let prefix = self.prefix(project, route, admin_depth.unwrap_or(before));
                *made.entry(prefix).or_default() += 1;
            } else {
                let prefix = self.prefix(project, route, before);
                self.route(project, route, prefix);
            }
        }
        for (prefix, number) in made {
            self.graph.nodes[prefix].rows.push(NodeRow {
                name: "pages of the admin".to_owned(),
                detail: number.to_string(),
            });
        }
    }

    /// The node of the route's first `depth` segments, with those before it.
    fn prefix(&mut self, project: &Project, route: &Route, depth: usize) -> usize {
        let root = project.routes.roots.get(route.root as usize);
        let urlconf = root.map_or("", |root| project.modules.get(root.module).name.as_str());
        let mut id = format!("{urlconf} /");
        let mut node = self.node(&id, || bare(NodeKind::Prefix, "/"));
        let before = route.segments.iter().take(depth);
        for segment in before.filter(|segment| !segment.text().is_empty()) {
            id.push_str(segment.text());
            let next = self.node(&id, || bare(NodeKind::Prefix, segment.text()));
            self.leads(node, next);
            node = next;
        }
        node
    }

    fn route(&mut self, project: &Project, route: &Route, prefix: usize) {
        let pattern = route.pattern();
        let mut id = format!("/{pattern}");
        let mut times = 1;
        while self.by_id.contains_key(&id) {
            times += 1;
            id = format!("/{pattern} ({times})");
        }
        let last = route.segments.last().map_or("", Segment::text);
        let node = self.node(&id, || GraphNode {
            rows: rows(route),
            location: location(project, route.place.module, route.place.span),
            ..bare(NodeKind::Route, if last.is_empty() { "·" } else { last })
        });
        self.leads(prefix, node);
        if let Some(view) = self.view(project, &route.view.target) {
            self.leads(node, view);
        }
    }

    fn view(&mut self, project: &Project, target: &ViewTarget) -> Option<usize> {
        let (id, kind, place) = match target {
            ViewTarget::Function(function) => (
                project.modules.qualified_function(*function),
                NodeKind::View,
                function_place(project, *function),
            ),
            ViewTarget::Class(class) => (
                project.modules.qualified_class(*class),
                NodeKind::View,
                class_place(project, *class),
            ),
            ViewTarget::Method(class, method) => (
                format!("{}.{method}", project.modules.qualified_class(*class)),
                NodeKind::View,
                class_place(project, *class),
            ),
            ViewTarget::External(dotted) => (dotted.clone(), NodeKind::External, None),
            ViewTarget::Unknown => return None,
        };
        let label = id.rsplit('.').next().unwrap_or(&id).to_owned();
        let group = project
            .apps
            .containing(&id)
            .map(|app| app.label.to_string());
        Some(self.node(&id, || GraphNode {
            group,
            location: place,
            ..bare(kind, &label)
        }))
    }

    /// The node with this id, made when first asked for.
    fn node(&mut self, id: &str, make: impl FnOnce() -> GraphNode) -> usize {
        if let Some(&node) = self.by_id.get(id) {
            return node;
        }
        let node = self.graph.nodes.len();
        self.by_id.insert(id.to_owned(), node);
        self.graph.nodes.push(GraphNode {
            id: id.to_owned(),
            ..make()
        });
        node
    }

    fn leads(&mut self, from: usize, to: usize) {
        if self.linked.insert((from, to)) {
            self.graph.edges.push(GraphEdge {
                from,
                to,
                kind: EdgeKind::Leads,
                label: String::new(),
                circular: false,
            });
        }
    }
}

fn bare(kind: NodeKind, label: &str) -> GraphNode {
    GraphNode {
        id: String::new(),
        label: label.to_owned(),
        kind,
        group: None,
        rows: Vec::new(),
        location: None,
    }
}

/// Its name, and what each method is mapped to.
fn rows(route: &Route) -> Vec<NodeRow> {
    let name = match &route.name {
        RouteName::Known(name) => Some(route.full_name().unwrap_or_else(|| name.clone())),
        RouteName::None | RouteName::Unknown => None,
    };
    let name = name.into_iter().map(|name| NodeRow {
        name: "name".to_owned(),
        detail: name,
    });
    let actions = route.view.actions.iter().map(|(method, action)| NodeRow {
        name: method.to_uppercase(),
        detail: action.clone(),
    });
    name.chain(actions).collect()
}

fn location(project: &Project, module: ModuleId, span: Span) -> Option<Location> {
    Some(Location::new(project.modules.get(module).file?, span))
}

fn class_place(project: &Project, class: ClassRef) -> Option<Location> {
    location(
        project,
        class.module,
        project.modules.class(class).name_span,
    )
}

fn function_place(project: &Project, function: FunctionRef) -> Option<Location> {
    location(
        project,
        function.module,
        project.modules.function(function).name_span,
    )
}
