//! The model graph as boxes and arrows.

use std::collections::BTreeMap;

use luthier_diagnostics::Location;
use luthier_diagnostics::graph::{
    EdgeKind, Graph, GraphEdge, GraphKind, GraphNode, NodeKind, NodeRow,
};
use luthier_project::Project;
use luthier_project::models::{Field, FieldKind, Model, ModelId, Target};
use luthier_project::modules::{Ancestor, ClassRef};

/// The models of the repository with the fields that they declare, and what they point at.
pub(super) fn graph(projects: &[Project]) -> Graph {
    let mut drawing = Drawing {
        graph: Graph {
            kind: GraphKind::Models,
            nodes: Vec::new(),
            edges: Vec::new(),
        },
        external: BTreeMap::new(),
    };
    for project in projects {
        drawing.project(project);
    }
    drawing.graph
}

struct Drawing {
    graph: Graph,
    /// Models of packages that own models point at, by label.
    external: BTreeMap<String, usize>,
}

impl Drawing {
    fn project(&mut self, project: &Project) {
        let mut own: Vec<(ModelId, &Model)> = project
            .models
            .all()
            .filter(|(_, model)| is_own(project, model))
            .collect();
        own.sort_by(|(_, a), (_, b)| a.label.cmp(&b.label));
        let mut nodes: BTreeMap<ModelId, usize> = BTreeMap::new();
        for (id, model) in &own {
            nodes.insert(*id, self.graph.nodes.len());
            self.graph.nodes.push(node(project, model));
        }
        for (id, model) in &own {
            for base in bases(project, model) {
                let to = self.target(project, &nodes, base);
                self.edge(nodes[id], to, EdgeKind::Inherits, "");
            }
            for field in model.fields.iter().chain(&model.private_fields) {
                self.relation(project, &nodes, nodes[id], model, field);
            }
        }
    }

    fn relation(
        &mut self,
        project: &Project,
        nodes: &BTreeMap<ModelId, usize>,
        from: usize,
        model: &Model,
        field: &Field,
    ) {
        let Some(relation) = &field.relation else {
            return;
        };
        if relation.is_parent_link || !is_declared_by(model, field) {
            return;
        }
        let Some(target) = relation.to.model() else {
            return;
        };
        let kind = match field.kind {
            FieldKind::OneToOne => EdgeKind::OneToOne,
            FieldKind::ManyToMany | FieldKind::Tags => EdgeKind::ManyToMany,
            _ => EdgeKind::ForeignKey,
        };
        let to = self.target(project, nodes, target);
        self.edge(from, to, kind, &field.name);
    }

    /// The node of a model; one of a package gets its node when first pointed at.
    fn target(
        &mut self,
        project: &Project,
        nodes: &BTreeMap<ModelId, usize>,
        id: ModelId,
    ) -> usize {
        if let Some(&node) = nodes.get(&id) {
            return node;
        }
        let model = project.models.get(id);
        let label = model.label.to_string();
        if let Some(&node) = self.external.get(&label) {
            return node;
        }
        let node = self.graph.nodes.len();
        self.graph.nodes.push(GraphNode {
            id: label.clone(),
            label: model.name.to_string(),
            kind: NodeKind::External,
            group: Some(model.app_label.to_string()),
            rows: Vec::new(),
            location: None,
        });
        self.external.insert(label, node);
        node
    }

    fn edge(&mut self, from: usize, to: usize, kind: EdgeKind, label: &str) {
        self.graph.edges.push(GraphEdge {
            from,
            to,
            kind,
            label: label.to_owned(),
            circular: false,
        });
    }
}

/// Whether the model is written in the repository.
fn is_own(project: &Project, model: &Model) -> bool {
    model.class.is_some() && project.modules.is_repository(model.module)
}

/// Whether the model's own class body has the field: those of abstract bases are shown there.
fn is_declared_by(model: &Model, field: &Field) -> bool {
    field.declared_in.is_none() || field.declared_in == model.class
}

/// The models that the class names as its bases.
fn bases(project: &Project, model: &Model) -> Vec<ModelId> {
    let Some(class) = model.class else {
        return Vec::new();
    };
    let bases = project.modules.bases(class).into_iter();
    bases
        .filter_map(|base| match base {
            Ancestor::Class(base) => project.models.by_class(base),
            _ => None,
        })
        .collect()
}

fn node(project: &Project, model: &Model) -> GraphNode {
    let declared = model
        .fields
        .iter()
        .chain(&model.private_fields)
        .filter(|field| !field.is_automatic && is_declared_by(model, field));
    GraphNode {
        id: id(project, model),
        label: model.name.to_string(),
        kind: match model {
            _ if model.is_abstract => NodeKind::AbstractModel,
            _ if model.is_proxy => NodeKind::ProxyModel,
            _ => NodeKind::Model,
        },
        group: Some(model.app_label.to_string()).filter(|label| !label.is_empty()),
        rows: declared
            .map(|field| NodeRow {
                name: field.name.to_string(),
                detail: detail(project, field),
            })
            .collect(),
        location: model.class.and_then(|class| place(project, class)),
    }
}

/// The model's label; where it has none of its own, the dotted name of its class.
fn id(project: &Project, model: &Model) -> String {
    match model.class {
        Some(class) if model.is_abstract || model.app_label.is_empty() => {
            project.modules.qualified_class(class)
        }
        _ => model.label.to_string(),
    }
}

fn place(project: &Project, class: ClassRef) -> Option<Location> {
    let file = project.modules.get(class.module).file?;
    Some(Location::new(file, project.modules.class(class).name_span))
}

/// `CharField(20)`, `→ Customer`.
fn detail(project: &Project, field: &Field) -> String {
    if let Some(relation) = &field.relation {
        let target = match &relation.to {
            Target::Model(id) => project.models.get(*id).name.to_string(),
            Target::Missing(name) => name.to_string(),
            Target::Unknown => "?".to_owned(),
        };
        let many = match field.kind {
            FieldKind::ManyToMany | FieldKind::Tags | FieldKind::GenericRelation => "many ",
            _ => "",
        };
        return format!("→ {many}{target}");
    }
    let dotted = &field.class.dotted;
    dotted.rsplit('.').next().unwrap_or(dotted).to_owned()
}
