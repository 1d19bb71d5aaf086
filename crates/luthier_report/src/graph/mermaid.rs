//! Mermaid, which GitHub and GitLab draw within Markdown: models as a class diagram, the rest as
//! a flow chart.

use std::fmt::Write;

use luthier_diagnostics::graph::{EdgeKind, Graph, GraphKind, GraphNode, NodeKind};

use super::grouped;
use crate::plain;

pub(super) fn render(graph: &Graph) -> String {
    match graph.kind {
        GraphKind::Models => classes(graph),
        GraphKind::Apps | GraphKind::Routes | GraphKind::Migrations => flow(graph),
    }
}

/// Names in Mermaid are no user's text: `n0`, `n1` ... with a label beside.
fn name(index: usize) -> String {
    format!("n{index}")
}

/// Text within double quotes; Mermaid knows entities by number.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in plain::line(text).chars() {
        match character {
            '"' | '#' | '&' | '<' | '>' | '`' | '{' | '}' | '[' | ']' | '|' | '\\' | ';' => {
                let _ = write!(out, "#{};", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

fn classes(graph: &Graph) -> String {
    let mut out = String::from("classDiagram\n  direction LR\n");
    for (group, members) in grouped(graph) {
        let indent = if let Some(group) = group {
            let _ = writeln!(out, "  namespace {} {{", word(group));
            "    "
        } else {
            "  "
        };
        for index in members {
            class(index, &graph.nodes[index], indent, &mut out);
        }
        if group.is_some() {
            out.push_str("  }\n");
        }
    }
    for edge in &graph.edges {
        let arrow = match edge.kind {
            EdgeKind::Inherits => "--|>",
            EdgeKind::ManyToMany => "\"*\" --> \"*\"",
            EdgeKind::OneToOne => "\"1\" --> \"1\"",
            EdgeKind::ForeignKey => "\"*\" --> \"1\"",
            _ => "-->",
        };
        let label = word(&edge.label);
        let label = if label.is_empty() {
            label
        } else {
            format!(" : {label}")
        };
        let _ = writeln!(
            out,
            "  {} {arrow} {}{label}",
            name(edge.from),
            name(edge.to)
        );
    }
    out
}

fn class(index: usize, node: &GraphNode, indent: &str, out: &mut String) {
    let _ = writeln!(
        out,
        "{indent}class {}[{}] {{",
        name(index),
        quoted(&node.label)
    );
    let stereotype = match node.kind {
        NodeKind::AbstractModel => Some("abstract"),
        NodeKind::ProxyModel => Some("proxy"),
        NodeKind::External => Some("external"),
        _ => None,
    };
    if let Some(stereotype) = stereotype {
        let _ = writeln!(out, "{indent}  <<{stereotype}>>");
    }
    for row in &node.rows {
        let _ = writeln!(out, "{indent}  {} {}", word(&row.name), word(&row.detail));
    }
    let _ = writeln!(out, "{indent}}}");
}

/// Members and namespaces cannot be quoted: what Mermaid could take for grammar becomes `_`.
fn word(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.trim().chars() {
        if character.is_alphanumeric() || matches!(character, '_' | '-' | '.' | ',' | ' ' | '→') {
            out.push(character);
        } else {
            out.push('_');
        }
    }
    out
}

fn flow(graph: &Graph) -> String {
    let mut out = String::from("flowchart LR\n");
    for (number, (group, members)) in grouped(graph).into_iter().enumerate() {
        if let Some(group) = group {
            let _ = writeln!(out, "  subgraph g{number}[{}]", quoted(group));
        }
        for index in members {
            let node = &graph.nodes[index];
            let rows = node
                .rows
                .iter()
                .map(|row| format!("{} {}", row.name, row.detail).trim_end().to_owned());
            let text: Vec<String> = std::iter::once(node.label.clone()).chain(rows).collect();
            let text = quoted(&text.join(" · "));
            let shape = match node.kind {
                NodeKind::View => format!("([{text}])"),
                NodeKind::Prefix => format!("[/{text}/]"),
                NodeKind::Missing | NodeKind::Leaf => format!("{{{{{text}}}}}"),
                _ => format!("[{text}]"),
            };
            let _ = writeln!(out, "  {}{shape}", name(index));
        }
        if group.is_some() {
            out.push_str("  end\n");
        }
    }
    let mut circular = Vec::new();
    for (number, edge) in graph.edges.iter().enumerate() {
        let label = if edge.label.is_empty() {
            String::new()
        } else {
            format!("|{}|", quoted(&edge.label))
        };
        let arrow = match edge.kind {
            EdgeKind::RunsBefore | EdgeKind::Replaced => "-.->",
            _ => "-->",
        };
        let _ = writeln!(
            out,
            "  {} {arrow}{label} {}",
            name(edge.from),
            name(edge.to)
        );
        if edge.circular {
            circular.push(number.to_string());
        }
    }
    if !circular.is_empty() {
        let _ = writeln!(
            out,
            "  linkStyle {} stroke:#c2261f,stroke-width:2px",
            circular.join(",")
        );
    }
    out
}
