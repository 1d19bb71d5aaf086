//! The graph as data.

use luthier_diagnostics::graph::{EdgeKind, Graph, GraphKind, NodeKind, NodeRow};
use luthier_source::Sources;
use serde::Serialize;

use crate::json;
use crate::place::Place;

pub(super) fn render(sources: &Sources, graph: &Graph) -> String {
    json::pretty(&JsonGraph {
        schema_version: json::SCHEMA_VERSION,
        kind: graph.kind,
        nodes: graph
            .nodes
            .iter()
            .map(|node| {
                let place = node.location.map(|location| Place::new(sources, location));
                JsonNode {
                    id: &node.id,
                    label: &node.label,
                    kind: node.kind,
                    group: node.group.as_deref(),
                    rows: &node.rows,
                    path: place.map(|place| place.path),
                    line: place.map(Place::line),
                }
            })
            .collect(),
        edges: graph
            .edges
            .iter()
            .map(|edge| JsonEdge {
                from: &graph.nodes[edge.from].id,
                to: &graph.nodes[edge.to].id,
                kind: edge.kind,
                label: &edge.label,
                circular: edge.circular,
            })
            .collect(),
    })
}

#[derive(Serialize)]
struct JsonGraph<'a> {
    schema_version: u32,
    kind: GraphKind,
    nodes: Vec<JsonNode<'a>>,
    edges: Vec<JsonEdge<'a>>,
}

#[derive(Serialize)]
struct JsonNode<'a> {
    id: &'a str,
    label: &'a str,
    kind: NodeKind,
    group: Option<&'a str>,
    rows: &'a [NodeRow],
    path: Option<&'a str>,
    line: Option<u32>,
}

#[derive(Serialize)]
struct JsonEdge<'a> {
    from: &'a str,
    to: &'a str,
    kind: EdgeKind,
    label: &'a str,
    circular: bool,
}
