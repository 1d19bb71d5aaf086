//! What `luthier graph` and `luthier migrations` draw: boxes with lines in them, arrows between them.

use serde::Serialize;

use luthier_source::Location;

/// What the boxes stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GraphKind {
    Models,
    Apps,
    Routes,
    Migrations,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeKind {
    /// A model with a table.
    Model,
    AbstractModel,
    ProxyModel,
    App,
    /// A prefix under which other routes are included.
    Prefix,
    Route,
    View,
    /// A package that the project uses and that is not its own.
    External,
    /// One migration, or several that follow each other.
    Migration,
    /// One of several last migrations of its app.
    Leaf,
    /// Migrations that a squashed one replaces.
    Replaced,
    /// A migration that another one depends on and that is not there.
    Missing,
}

/// One line inside a box, such as a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeRow {
    pub name: String,
    pub detail: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphNode {
    /// Unique and stable, such as `orders.Order`.
    pub id: String,
    pub label: String,
    pub kind: NodeKind,
    /// Boxes of one group are drawn together: the app's label.
    pub group: Option<String>,
    pub rows: Vec<NodeRow>,
    pub location: Option<Location>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeKind {
    ForeignKey,
    OneToOne,
    ManyToMany,
    Inherits,
    Imports,
    /// A prefix holds a route, a route leads to a view.
    Leads,
    /// A migration comes before one that depends on it.
    Precedes,
    /// A migration says itself that it comes before another one.
    RunsBefore,
    /// Migrations are replaced by a squashed one.
    Replaced,
}

/// An arrow from one node to another, both as indices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphEdge {
    pub from: usize,
    pub to: usize,
    pub kind: EdgeKind,
    /// The field's name, the number of imports; may be empty.
    pub label: String,
    /// Part of a circle that should not be there (imports between apps, migrations).
    pub circular: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    pub kind: GraphKind,
    /// In the order in which they are to be read.
    pub nodes: Vec<GraphNode>,
    pub edges: Vec<GraphEdge>,
}
