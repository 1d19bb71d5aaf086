//! Django templates, by Django's own grammar.
//!
//! Nodes are one flat list in file order; a node knows its parent and where its descendants end,
//! so ten thousand nested blocks need no recursion to build, walk, store or drop. Tags that are
//! not built in are kept with their arguments, flat: whether they have an end tag only their
//! Python knows. Everything takes time in proportion to the file, whatever is in it.

mod expression;
mod lexer;
mod parse;
mod split;
mod tags;

use serde::{Deserialize, Serialize};

use crate::{Problem, Span};

pub use expression::parse_expression;
pub use parse::parse_template;

/// A parsed template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Tags and variables in file order; text between them is left out.
    pub nodes: Vec<Node>,
    /// `{# … #}`, for suppressions.
    pub comments: Vec<Comment>,
    pub problems: Vec<Problem>,
}

/// A tag or variable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    pub kind: NodeKind,
    /// The block that it stands in, by index.
    pub parent: Option<u32>,
    /// The index behind its last descendant; its own index plus one when it has none.
    pub end: u32,
    /// `{%` to `%}`, or `{{` to `}}`.
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// The text between the marks, without blanks around it.
    pub text: String,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NodeKind {
    /// `{{ … }}`
    Variable(Expression),
    Extends(Expression),
    Include {
        template: Expression,
        bindings: Vec<Binding>,
        /// Only the bindings are visible inside.
        only: bool,
    },
    Load {
        libraries: Vec<String>,
        /// With `from`: the only tags and filters that are loaded.
        names: Vec<String>,
    },
    Url {
        name: Expression,
        arguments: Vec<Expression>,
        keywords: Vec<Binding>,
        target: Option<String>,
    },
    Static {
        path: Expression,
        target: Option<String>,
    },
    CsrfToken,
    Block {
        name: String,
    },
    For {
        targets: Vec<String>,
        iterable: Expression,
        reversed: bool,
    },
    /// What `for` shows when there are no rows.
    Empty,
    /// `if` and `elif` with the operands of their condition in order.
    If {
        operands: Vec<Expression>,
    },
    Elif {
        operands: Vec<Expression>,
    },
    Else,
    With {
        bindings: Vec<Binding>,
    },
    Translate {
        message: Expression,
        target: Option<String>,
    },
    BlockTranslate {
        bindings: Vec<Binding>,
        target: Option<String>,
    },
    /// Any other tag.
    Other {
        name: String,
        arguments: Vec<Argument>,
    },
}

/// `name=expression`, or `expression as name`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    pub name: String,
    pub value: Expression,
}

/// An argument of a tag that is not built in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    pub keyword: Option<String>,
    /// The argument as written, behind its keyword.
    pub text: String,
    /// The argument as an expression, when it is one.
    pub value: Option<Expression>,
    pub span: Span,
}

/// A value with the filters that it goes through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expression {
    pub operand: Operand,
    pub filters: Vec<Filter>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operand {
    /// A literal text; `_("…")` is translated.
    Text {
        value: String,
        translated: bool,
    },
    Number(String),
    /// A dotted path: `order.customer.name`.
    Variable(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    pub name: String,
    pub argument: Option<Operand>,
    pub span: Span,
}

impl Expression {
    /// The literal text, when it is one that no filter changes.
    pub fn as_text(&self) -> Option<&str> {
        match &self.operand {
            Operand::Text {
                value,
                translated: false,
            } if self.filters.is_empty() => Some(value),
            _ => None,
        }
    }
}

impl Template {
    /// The nodes inside the node at `index`, at any depth.
    pub fn descendants(&self, index: usize) -> &[Node] {
        let end = self
            .nodes
            .get(index)
            .map_or(index, |node| node.end as usize);
        self.nodes.get(index + 1..end).unwrap_or(&[])
    }

    /// The template that this one extends, when it is named in it.
    pub fn parent_name(&self) -> Option<&str> {
        self.nodes.iter().find_map(|node| match &node.kind {
            NodeKind::Extends(parent) => Some(parent.as_text()),
            _ => None,
        })?
    }
}

#[cfg(test)]
mod tests;
