//! DOT, for Graphviz.

use std::fmt::Write;

use luthier_diagnostics::graph::{EdgeKind, Graph, GraphKind, GraphNode, NodeKind};

use super::grouped;
use crate::plain;

pub(super) fn render(graph: &Graph) -> String {
    let mut out = String::from(
        "digraph luthier {\n  rankdir=LR;\n  node [shape=box, fontname=\"Helvetica\", fontsize=10];\n  edge [fontname=\"Helvetica\", fontsize=9];\n",
    );
    for (number, (group, members)) in grouped(graph).into_iter().enumerate() {
        let indent = if let Some(group) = group {
            let _ = writeln!(
                out,
                "  subgraph cluster_{number} {{\n    label={};",
                quoted(group)
            );
            "    "
        } else {
            "  "
        };
        for index in members {
            node(graph.kind, &graph.nodes[index], indent, &mut out);
        }
        if group.is_some() {
            out.push_str("  }\n");
        }
    }
    for edge in &graph.edges {
        let mut attributes = Vec::new();
        if !edge.label.is_empty() {
            attributes.push(format!("label={}", quoted(&edge.label)));
        }
        match edge.kind {
            EdgeKind::Inherits => attributes.push("arrowhead=empty".to_owned()),
            EdgeKind::ManyToMany => attributes.push("dir=both".to_owned()),
            EdgeKind::OneToOne => attributes.push("arrowhead=tee".to_owned()),
            EdgeKind::RunsBefore | EdgeKind::Replaced => attributes.push("style=dashed".to_owned()),
            EdgeKind::ForeignKey | EdgeKind::Imports | EdgeKind::Leads | EdgeKind::Precedes => {}
        }
        if edge.circular {
            attributes.push("color=red".to_owned());
        }
        let _ = writeln!(
            out,
            "  {} -> {} [{}];",
            quoted(&graph.nodes[edge.from].id),
            quoted(&graph.nodes[edge.to].id),
            attributes.join(", ")
        );
    }
    out.push_str("}\n");
    out
}

fn node(kind: GraphKind, node: &GraphNode, indent: &str, out: &mut String) {
    let label = match kind {
        GraphKind::Models => record(node),
        GraphKind::Apps | GraphKind::Routes | GraphKind::Migrations => {
            let rows = node
                .rows
                .iter()
                .map(|row| format!("{} {}", row.name, row.detail).trim_end().to_owned());
            let lines: Vec<String> = std::iter::once(node.label.clone()).chain(rows).collect();
            quoted(&lines.join(" · "))
        }
    };
    let shape = match (kind, node.kind) {
        (GraphKind::Models, _) => ", shape=record",
        (_, NodeKind::View) => ", style=rounded",
        (_, NodeKind::External | NodeKind::Replaced) => ", style=dashed",
        (_, NodeKind::Missing) => ", style=dashed, color=red",
        (_, NodeKind::Leaf) => ", color=red",
        _ => "",
    };
    let _ = writeln!(out, "{indent}{} [label={label}{shape}];", quoted(&node.id));
}

/// A box of two parts: the name above, a line for each row below.
fn record(node: &GraphNode) -> String {
    let mut text = format!("{{{}", field(&node.label));
    if !node.rows.is_empty() {
        text.push('|');
        for row in &node.rows {
            let _ = write!(text, "{} {}\\l", field(&row.name), field(&row.detail));
        }
    }
    text.push('}');
    format!("\"{text}\"")
}

/// Text within a record, where braces, bars and spaces have a meaning.
fn field(text: &str) -> String {
    let mut out = String::new();
    for character in plain::line(text).chars() {
        if matches!(character, '{' | '}' | '|' | '<' | '>' | '\\' | '"') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

fn quoted(text: &str) -> String {
    let clean = plain::line(text).replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{clean}\"")
}
