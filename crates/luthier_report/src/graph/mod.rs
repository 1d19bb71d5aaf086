//! Pictures of a project: models, imports between apps, routes, migrations.

mod dot;
mod json;
mod layout;
mod mermaid;
mod svg;

use luthier_diagnostics::graph::Graph;
use luthier_source::Sources;

/// The ways in which a graph can be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GraphFormat {
    /// A finished picture.
    Svg,
    /// For Markdown that GitHub and GitLab draw.
    Mermaid,
    /// For Graphviz.
    Dot,
    Json,
}

/// The graph in `format`, ending in a line break.
pub fn graph(sources: &Sources, graph: &Graph, format: GraphFormat) -> String {
    match format {
        GraphFormat::Svg => svg::render(sources, graph),
        GraphFormat::Mermaid => mermaid::render(graph),
        GraphFormat::Dot => dot::render(graph),
        GraphFormat::Json => json::render(sources, graph),
    }
}

/// Nodes with their indices, group by group in the order in which groups first appear.
fn grouped(graph: &Graph) -> Vec<(Option<&str>, Vec<usize>)> {
    let mut groups: Vec<(Option<&str>, Vec<usize>)> = Vec::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        let name = node.group.as_deref();
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, members)) => members.push(index),
            None => groups.push((name, vec![index])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use luthier_diagnostics::graph::{
        EdgeKind, Graph, GraphEdge, GraphKind, GraphNode, NodeKind, NodeRow,
    };
    use luthier_source::Sources;

    use super::{GraphFormat, graph};

    fn node(id: &str, kind: NodeKind, rows: &[(&str, &str)]) -> GraphNode {
        let (group, label) = id.split_once('.').unwrap_or(("", id));
        GraphNode {
            id: id.to_owned(),
            label: label.to_owned(),
            kind,
            group: Some(group.to_owned()).filter(|group| !group.is_empty()),
            rows: rows
                .iter()
                .map(|(name, detail)| NodeRow {
                    name: (*name).to_owned(),
                    detail: (*detail).to_owned(),
                })
                .collect(),
            location: None,
        }
    }

    fn edge(from: usize, to: usize, kind: EdgeKind, label: &str) -> GraphEdge {
        GraphEdge {
            from,
            to,
            kind,
            label: label.to_owned(),
            circular: false,
        }
    }

    fn models() -> Graph {
        Graph {
            kind: GraphKind::Models,
            nodes: vec![
                node(
                    "core.Base",
                    NodeKind::AbstractModel,
                    &[("created", "DateTimeField")],
                ),
                node(
                    "orders.Order",
                    NodeKind::Model,
                    &[("reference", "CharField(20)"), ("customer", "→ Customer")],
                ),
                node("orders.Item", NodeKind::Model, &[("order", "→ Order")]),
                node(
                    "shop.Customer",
                    NodeKind::Model,
                    &[("a|{b}<c>\"", "x\\y\n")],
                ),
                node("shop.Alone", NodeKind::Model, &[]),
            ],
            edges: vec![
                edge(1, 0, EdgeKind::Inherits, ""),
                edge(1, 3, EdgeKind::ForeignKey, "customer"),
                edge(2, 1, EdgeKind::ForeignKey, "order"),
                edge(3, 1, EdgeKind::ManyToMany, "wishes \"<now>\""),
                edge(2, 2, EdgeKind::OneToOne, "parent"),
            ],
        }
    }

    fn routes() -> Graph {
        Graph {
            kind: GraphKind::Routes,
            nodes: vec![
                node("/", NodeKind::Prefix, &[]),
                node("/api/", NodeKind::Prefix, &[]),
                node("/api/orders/", NodeKind::Route, &[("name", "order-list")]),
                node("/health/", NodeKind::Route, &[]),
                node("orders.order_list", NodeKind::View, &[]),
            ],
            edges: vec![
                edge(0, 1, EdgeKind::Leads, ""),
                edge(0, 3, EdgeKind::Leads, ""),
                edge(1, 2, EdgeKind::Leads, ""),
                edge(2, 4, EdgeKind::Leads, ""),
            ],
        }
    }

    fn apps() -> Graph {
        let mut apps = Graph {
            kind: GraphKind::Apps,
            nodes: vec![
                node("orders", NodeKind::App, &[]),
                node("shop", NodeKind::App, &[]),
                node("mail", NodeKind::App, &[]),
            ],
            edges: vec![
                edge(0, 1, EdgeKind::Imports, "4"),
                edge(1, 0, EdgeKind::Imports, "1"),
                edge(0, 2, EdgeKind::Imports, "2"),
            ],
        };
        apps.edges[0].circular = true;
        apps.edges[1].circular = true;
        apps
    }

    fn migrations() -> Graph {
        let rows = |text: &'static str| vec![(text, "")];
        Graph {
            kind: GraphKind::Migrations,
            nodes: vec![
                node("shop.0001_initial", NodeKind::Migration, &[]),
                node(
                    "shop.0002 … 0007",
                    NodeKind::Migration,
                    &rows("6 migrations"),
                ),
                node(
                    "shop.0008_note",
                    NodeKind::Leaf,
                    &rows("one of several last ones"),
                ),
                node(
                    "shop.0008_total_of_all_that_was_ever_ordered",
                    NodeKind::Leaf,
                    &rows("one of several last ones"),
                ),
                node("crm.0001_squashed_0003", NodeKind::Migration, &[]),
                node("crm.0001 … 0003", NodeKind::Replaced, &rows("3 replaced")),
                node("mail.0009_gone", NodeKind::Missing, &rows("is not there")),
                node("mail.0001_initial", NodeKind::Migration, &[]),
            ],
            edges: vec![
                edge(0, 1, EdgeKind::Precedes, ""),
                edge(1, 2, EdgeKind::Precedes, ""),
                edge(1, 3, EdgeKind::Precedes, ""),
                edge(4, 1, EdgeKind::Precedes, ""),
                edge(5, 4, EdgeKind::Replaced, "replaced by"),
                edge(6, 3, EdgeKind::Precedes, ""),
                edge(7, 0, EdgeKind::RunsBefore, ""),
            ],
        }
    }

    #[test]
    fn every_kind_in_every_form() {
        let sources = Sources::in_memory(&[]);
        for (kind, data) in [
            ("models", models()),
            ("routes", routes()),
            ("apps", apps()),
            ("migrations", migrations()),
        ] {
            for (form, format) in [
                ("svg", GraphFormat::Svg),
                ("mermaid", GraphFormat::Mermaid),
                ("dot", GraphFormat::Dot),
                ("json", GraphFormat::Json),
            ] {
                insta::assert_snapshot!(format!("{kind}-{form}"), graph(&sources, &data, format));
            }
        }
    }

    #[test]
    fn pictures_are_well_formed() {
        let sources = Sources::in_memory(&[]);
        for data in [models(), routes(), apps(), migrations()] {
            let picture = graph(&sources, &data, GraphFormat::Svg);
            let document = roxmltree::Document::parse(&picture).expect("well-formed");
            let boxes = document.descendants().filter(|node| {
                node.attribute("class")
                    .is_some_and(|it| it.starts_with("node"))
            });
            assert_eq!(boxes.count(), data.nodes.len());
        }
    }

    #[test]
    fn nothing_to_draw_is_a_picture_too() {
        let sources = Sources::in_memory(&[]);
        let empty = Graph {
            kind: GraphKind::Models,
            nodes: vec![],
            edges: vec![],
        };
        let picture = graph(&sources, &empty, GraphFormat::Svg);
        assert!(roxmltree::Document::parse(&picture).is_ok());
    }
}
