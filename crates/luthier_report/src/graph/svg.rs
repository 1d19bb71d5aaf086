//! A finished picture: boxes with rows, arrows between them, light and dark.

use std::fmt::Write;

use luthier_diagnostics::graph::{EdgeKind, Graph, GraphEdge, GraphKind, GraphNode, NodeKind};
use luthier_source::Sources;

use super::grouped;
use super::layout::{self, Point, Size};
use crate::place::Place;
use crate::plain;

/// Columns of a terminal to units of the picture, for the two sizes of letters.
const LETTER: f64 = 7.4;
const SMALL: f64 = 6.4;
const HEAD: f64 = 26.0;
const ROW: f64 = 16.0;
const MARGIN: f64 = 24.0;
/// Characters of a row that are shown, and of the name of a migration: lanes are as wide as their boxes.
const MOST: usize = 48;
const MOST_OF_MIGRATION: usize = 30;

const STYLE: &str = "\
text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #1d1f21; }
.back { fill: #fbfaf7; } .row { font-size: 11px; } .detail, .group { font-size: 10.5px; fill: #6b6f76; }
.label { font-weight: 600; } rect.body { fill: #fff; stroke: #c9c5ba; } .abstract rect.body, .external rect.body, .replaced rect.body, .missing rect.body { stroke-dasharray: 4 3; }
.leaf rect.body, .missing rect.body { stroke: #c2261f; stroke-width: 2; } .replaced text.label { font-weight: 400; fill: #6b6f76; }
.lane { fill: #f2f0e9; } .lane.odd { fill: #f7f5f0; } .app { font-size: 13px; font-weight: 600; }
.edge { fill: none; stroke: #8b8f96; stroke-width: 1.3; } .edge.circular { stroke: #c2261f; stroke-width: 2; }
.edge.inherits, .edge.aside { stroke-dasharray: 5 4; } .name { font-size: 10px; fill: #6b6f76; } marker path { fill: #8b8f96; }
@media (prefers-color-scheme: dark) {
text { fill: #e4e3df; } .back { fill: #17181a; } .detail, .group, .name { fill: #989b9f; }
rect.body { fill: #1f2123; stroke: #44484d; } .edge.circular { stroke: #ff7b70; }
.leaf rect.body, .missing rect.body { stroke: #ff7b70; } .replaced text.label { fill: #989b9f; }
.lane { fill: #1d1f21; } .lane.odd { fill: #1a1b1d; } }
";

pub(super) fn render(sources: &Sources, graph: &Graph) -> String {
    let sizes: Vec<Size> = graph.nodes.iter().map(|node| size(graph, node)).collect();
    let mut lanes = Vec::new();
    let points = match graph.kind {
        GraphKind::Routes => layout::tree(&sizes, &graph.edges),
        GraphKind::Models | GraphKind::Apps => layout::layered(&sizes, &graph.edges),
        GraphKind::Migrations => {
            let groups = grouped(graph);
            let members: Vec<Vec<usize>> = groups.iter().map(|(_, it)| it.clone()).collect();
            let laid = layout::lanes(&sizes, &graph.edges, &members);
            lanes = laid
                .lanes
                .into_iter()
                .map(|lane| (groups[lane.group].0.unwrap_or_default(), lane))
                .collect();
            laid.points
        }
    };
    let right = points.iter().zip(&sizes).map(|(at, it)| at.x + it.width);
    let bottom = points.iter().zip(&sizes).map(|(at, it)| at.y + it.height);
    let width = right.fold(0.0, f64::max) + 2.0 * MARGIN + 40.0;
    let height = bottom.fold(0.0, f64::max) + 2.0 * MARGIN;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"{:.0} {:.0} {width:.0} {height:.0}\">",
        -MARGIN, -MARGIN
    );
    let _ = writeln!(out, "<style>\n{STYLE}</style>");
    out.push_str("<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto-start-reverse\"><path d=\"M0 0 8 4 0 8z\"/></marker></defs>\n");
    let _ = writeln!(
        out,
        "<rect class=\"back\" x=\"{:.0}\" y=\"{:.0}\" width=\"{width:.0}\" height=\"{height:.0}\"/>",
        -MARGIN, -MARGIN
    );
    for (index, (name, lane)) in lanes.iter().enumerate() {
        let odd = if index % 2 == 1 { " odd" } else { "" };
        let _ = writeln!(
            out,
            "<rect class=\"lane{odd}\" x=\"{:.1}\" y=\"{:.0}\" width=\"{:.1}\" height=\"{height:.0}\"/><text class=\"app\" x=\"{:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text>",
            lane.left,
            -MARGIN,
            lane.width,
            lane.left + lane.width / 2.0,
            layout::LANE_HEAD / 2.0 - 4.0,
            escape(&shown(name))
        );
    }
    for edge in &graph.edges {
        match graph.kind {
            GraphKind::Migrations => drop_path(edge, &points, &sizes, &mut out),
            _ => edge_path(graph, edge, &points, &sizes, &mut out),
        }
    }
    for (index, node) in graph.nodes.iter().enumerate() {
        node_box(sources, graph, node, points[index], sizes[index], &mut out);
    }
    out.push_str("</svg>\n");
    out
}

fn columns(text: &str) -> f64 {
    f64::from(u32::try_from(plain::width(text)).unwrap_or(u32::MAX))
}

fn shown(text: &str) -> String {
    cut(text, MOST)
}

/// The name in a box.
fn label(graph: &Graph, node: &GraphNode) -> String {
    let most = match graph.kind {
        GraphKind::Migrations => MOST_OF_MIGRATION,
        _ => MOST,
    };
    cut(&node.label, most)
}

fn cut(text: &str, most: usize) -> String {
    let line = plain::line(text);
    let mut kept: String = line.chars().take(most).collect();
    if kept.len() < line.len() {
        kept.push('…');
    }
    kept
}

/// The name of its group, where that is not beside the box.
fn group_within<'g>(graph: &Graph, node: &'g GraphNode) -> Option<&'g str> {
    let group = node.group.as_deref();
    group.filter(|_| graph.kind != GraphKind::Migrations)
}

fn size(graph: &Graph, node: &GraphNode) -> Size {
    let head = columns(&label(graph, node)) * LETTER
        + group_within(graph, node).map_or(0.0, |group| columns(&shown(group)) * SMALL + 14.0);
    let rows = node
        .rows
        .iter()
        .map(|row| (columns(&shown(&row.name)) + columns(&shown(&row.detail))) * SMALL + 14.0)
        .fold(0.0, f64::max);
    let number = f64::from(u32::try_from(node.rows.len()).unwrap_or(u32::MAX));
    Size {
        width: head.max(rows).max(60.0) + 20.0,
        height: HEAD
            + if number > 0.0 {
                number * ROW + 8.0
            } else {
                0.0
            },
    }
}

fn node_box(
    sources: &Sources,
    graph: &Graph,
    node: &GraphNode,
    at: Point,
    size: Size,
    out: &mut String,
) {
    let class = match node.kind {
        NodeKind::AbstractModel => "node abstract",
        NodeKind::External => "node external",
        NodeKind::Leaf => "node leaf",
        NodeKind::Replaced => "node replaced",
        NodeKind::Missing => "node missing",
        _ => "node",
    };
    let round = match node.kind {
        NodeKind::View => 13,
        _ => 4,
    };
    let title = match node.location {
        Some(location) => {
            let place = Place::new(sources, location);
            format!("{} · {}:{}", node.id, place.path, place.line())
        }
        None => node.id.clone(),
    };
    let _ = writeln!(
        out,
        "<g class=\"{class}\" transform=\"translate({:.1} {:.1})\"><title>{}</title>",
        at.x,
        at.y,
        escape(&title)
    );
    let _ = writeln!(
        out,
        "<rect class=\"body\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{round}\"/>",
        size.width, size.height
    );
    if let Some(hue) = hue(graph, node) {
        let _ = writeln!(
            out,
            "<rect width=\"4\" height=\"{:.1}\" rx=\"2\" fill=\"{}\"/>",
            size.height,
            coloured(hue)
        );
    }
    let _ = writeln!(
        out,
        "<text class=\"label\" x=\"12\" y=\"17\">{}</text>",
        escape(&label(graph, node))
    );
    let right = size.width - 10.0;
    if let Some(group) = group_within(graph, node) {
        let _ = writeln!(
            out,
            "<text class=\"group\" x=\"{right:.1}\" y=\"17\" text-anchor=\"end\">{}</text>",
            escape(&shown(group))
        );
    }
    let mut y = HEAD + ROW - 4.0;
    for row in &node.rows {
        let _ = writeln!(
            out,
            "<text class=\"row\" x=\"12\" y=\"{y:.1}\">{}</text><text class=\"detail\" x=\"{right:.1}\" y=\"{y:.1}\" text-anchor=\"end\">{}</text>",
            escape(&shown(&row.name)),
            escape(&shown(&row.detail))
        );
        y += ROW;
    }
    out.push_str("</g>\n");
}

/// A hue in degrees, half saturated and half bright, in the form that every viewer reads; the sum is
/// that of "CSS Color Module Level 4", section 7.1.
fn coloured(hue: usize) -> String {
    let channel = |offset: f64| {
        let place = (offset + hue as f64 / 30.0) % 12.0;
        let share = 0.5 - 0.275 * (place - 3.0).min(9.0 - place).clamp(-1.0, 1.0);
        (share * 255.0).round() as u8
    };
    let [red, green, blue] = [0.0, 8.0, 4.0].map(channel);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// One hue a group, far from that of the group before.
fn hue(graph: &Graph, node: &GraphNode) -> Option<usize> {
    let group = node.group.as_deref()?;
    let mut known: Vec<&str> = Vec::new();
    for other in graph.nodes.iter().filter_map(|it| it.group.as_deref()) {
        if !known.contains(&other) {
            known.push(other);
        }
        if other == group {
            break;
        }
    }
    Some((known.len() * 137 + 70) % 360)
}

/// How far below the top of its box an edge starts: beside the row that it is named after.
fn start(graph: &Graph, edge: &GraphEdge) -> f64 {
    let rows = &graph.nodes[edge.from].rows;
    match rows.iter().position(|row| row.name == edge.label) {
        Some(row) => HEAD + ROW * (f64::from(u32::try_from(row).unwrap_or(0)) + 0.5),
        None => HEAD / 2.0,
    }
}

/// From the side of one box that faces the other to the other's; round the right side where both
/// stand in one column.
fn edge_path(graph: &Graph, edge: &GraphEdge, points: &[Point], sizes: &[Size], out: &mut String) {
    let (from, to) = (points[edge.from], points[edge.to]);
    let (from_size, to_size) = (sizes[edge.from], sizes[edge.to]);
    let right_of = |at: Point, size: Size| at.x + size.width;
    let (mut y1, mut y2) = (from.y + start(graph, edge), to.y + HEAD / 2.0);
    if to.x <= from.x {
        // Beside an arrow that leads the other way.
        y1 += 7.0;
        y2 += 7.0;
    }
    let (x1, x2, bend1, bend2) = if right_of(from, from_size) < to.x {
        let bend = ((to.x - right_of(from, from_size)) / 2.0).max(40.0);
        (right_of(from, from_size), to.x, bend, -bend)
    } else if right_of(to, to_size) < from.x {
        let bend = ((from.x - right_of(to, to_size)) / 2.0).max(40.0);
        (from.x, right_of(to, to_size), -bend, bend)
    } else {
        let (x1, x2) = (right_of(from, from_size), right_of(to, to_size));
        let far = x1.max(x2) + 45.0;
        (x1, x2, far - x1, far - x2)
    };
    let classes = classes(edge);
    let both = match edge.kind {
        EdgeKind::ManyToMany => " marker-start=\"url(#tip)\"",
        _ => "",
    };
    let _ = writeln!(
        out,
        "<path class=\"edge{classes}\" d=\"M{x1:.1} {y1:.1}C{:.1} {y1:.1} {:.1} {y2:.1} {x2:.1} {y2:.1}\" marker-end=\"url(#tip)\"{both}><title>{}</title></path>",
        x1 + bend1,
        x2 + bend2,
        escape(&edge.label)
    );
    if !edge.label.is_empty() && edge.kind == EdgeKind::Imports {
        // A third of the way along the curve, nearer to where it starts.
        let x = (20.0 * x1 + 7.0 * x2 + 12.0 * bend1 + 6.0 * bend2) / 27.0;
        let y = (20.0 * y1 + 7.0 * y2) / 27.0 - 4.0;
        let _ = writeln!(
            out,
            "<text class=\"name\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{}</text>",
            escape(&shown(&edge.label))
        );
    }
}

/// From the bottom of one box to the top of another one.
fn drop_path(edge: &GraphEdge, points: &[Point], sizes: &[Size], out: &mut String) {
    let middle = |node: usize| points[node].x + sizes[node].width / 2.0;
    let (x1, x2) = (middle(edge.from), middle(edge.to));
    let (y1, y2) = (
        points[edge.from].y + sizes[edge.from].height,
        points[edge.to].y,
    );
    let bend = ((y2 - y1).abs() / 2.0).clamp(9.0, 60.0);
    let _ = writeln!(
        out,
        "<path class=\"edge{}\" d=\"M{x1:.1} {y1:.1}C{x1:.1} {:.1} {x2:.1} {:.1} {x2:.1} {y2:.1}\" marker-end=\"url(#tip)\"><title>{}</title></path>",
        classes(edge),
        y1 + bend,
        y2 - bend,
        escape(&edge.label)
    );
}

/// How an edge is drawn.
fn classes(edge: &GraphEdge) -> String {
    let kind = match edge.kind {
        EdgeKind::Inherits => " inherits",
        EdgeKind::RunsBefore | EdgeKind::Replaced => " aside",
        _ => "",
    };
    let circular = if edge.circular { " circular" } else { "" };
    format!("{kind}{circular}")
}

fn escape(text: &str) -> String {
    plain::line(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
