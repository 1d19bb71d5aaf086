//! What a template prints, given what its context holds: followed through loops, `with`, includes
//! and the blocks of the templates that it extends.

use std::collections::BTreeMap;

use luthier_source::template::{Argument, Binding, Expression, Filter, Node, NodeKind, Operand};
use luthier_source::{FileId, Location};
use rustc_hash::FxHashSet;

use super::Templates;
use crate::Project;
use crate::flows::Held;
use crate::models::ModelId;

/// A row that a template prints: `str()` is called on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Printed {
    pub model: ModelId,
    pub place: Location,
}

/// Templates within templates deeper than this are not followed.
const MAX_DEPTH: usize = 16;

/// Nodes that one rendering goes through at most.
const MAX_STEPS: u32 = 50_000;

/// Filters that Django declares with `stringfilter`, or that begin with `str()`, and whose result
/// still shows the text.
const TEXT_FILTERS: &[&str] = &[
    "addslashes",
    "capfirst",
    "center",
    "cut",
    "escape",
    "escapejs",
    "force_escape",
    "iriencode",
    "linebreaks",
    "linebreaksbr",
    "linenumbers",
    "ljust",
    "lower",
    "rjust",
    "safe",
    "slugify",
    "striptags",
    "title",
    "truncatechars",
    "truncatechars_html",
    "truncatewords",
    "truncatewords_html",
    "upper",
    "urlencode",
    "urlize",
    "urlizetrunc",
    "wordwrap",
];

/// Filters that hand on what they get.
const KEEPING: &[&str] = &["default", "default_if_none"];

/// Filters of rows that give rows.
const ROWS_FILTERS: &[&str] = &[
    "dictsort",
    "dictsortreversed",
    "escapeseq",
    "safeseq",
    "slice",
];

/// Django's own tags that have an end: what stands in them is shown as it is.
const PLAIN_BLOCKS: &[&str] = &[
    "autoescape",
    "cache",
    "filter",
    "ifchanged",
    "language",
    "localize",
    "localtime",
    "spaceless",
    "timezone",
];

/// Names that Django, its context processors and its generic views give to templates.
const EVERYWHERE: &[&str] = &[
    "False",
    "None",
    "True",
    "csrf_token",
    "debug",
    "form",
    "is_paginated",
    "messages",
    "page_obj",
    "paginator",
    "perms",
    "request",
    "user",
    "view",
];

/// The value of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Held(Held),
    /// Text in which a row of the model was printed.
    Text(ModelId),
}

impl Project {
    /// What a template prints when the context's names hold this; each row once a place, in the
    /// order in which it is rendered.
    pub fn printed(&self, template: FileId, context: &BTreeMap<String, Held>) -> Vec<Printed> {
        let mut printer = Printer {
            project: self,
            scope: context
                .iter()
                .map(|(name, held)| (name.as_str(), *held))
                .collect(),
            steps: 0,
            depth: 0,
            found: Vec::new(),
        };
        printer.file(template);
        printer.found
    }
}

struct Printer<'a> {
    project: &'a Project,
    /// Names, the innermost last.
    scope: Vec<(&'a str, Held)>,
    steps: u32,
    depth: usize,
    found: Vec<Printed>,
}

/// A template with those that it extends, itself first, as far as they are known.
struct Chain<'a> {
    files: Vec<(FileId, &'a [Node])>,
    /// Whether the last extends one that is not known.
    is_open: bool,
}

/// The block that is being shown: its name, and the file of the chain that it is taken from.
type InBlock<'a> = Option<(&'a str, usize)>;

impl<'a> Chain<'a> {
    fn of(project: &'a Project, file: FileId) -> Self {
        let mut chain = Self {
            files: Vec::new(),
            is_open: false,
        };
        let mut next = Some(file);
        while let Some(file) = next {
            let is_loop = chain.files.iter().any(|(known, _)| *known == file);
            let template = Templates::template(&project.files, file).filter(|_| !is_loop);
            let Some(template) = template.filter(|_| chain.files.len() < MAX_DEPTH) else {
                chain.is_open = true;
                break;
            };
            chain.files.push((file, &template.nodes));
            let parent = template.nodes.iter().find_map(|node| match &node.kind {
                NodeKind::Extends(parent) => Some(parent),
                _ => None,
            });
            next = parent.and_then(|parent| project.templates.referred(file, parent.span));
            chain.is_open = parent.is_some() && next.is_none();
        }
        chain
    }

    /// The block of that name that is nearest, from the `from`th file on.
    fn block(&self, name: &str, from: usize) -> Option<(usize, usize)> {
        let files = self.files.iter().enumerate().skip(from);
        files.into_iter().find_map(|(position, (_, nodes))| {
            let is_it =
                |node: &Node| matches!(&node.kind, NodeKind::Block { name: own } if own == name);
            nodes.iter().position(is_it).map(|node| (position, node))
        })
    }
}

impl<'a> Printer<'a> {
    /// Shows a template in the present scope.
    fn file(&mut self, file: FileId) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let chain = Chain::of(self.project, file);
        if chain.is_open {
            self.blocks(&chain);
        } else if let Some((_, nodes)) = chain.files.last() {
            self.nodes(&chain, chain.files.len() - 1, 0, nodes.len(), None);
        }
        self.depth -= 1;
    }

    /// Shows the outermost blocks of templates whose last parent is not known: it is what shows
    /// them.
    fn blocks(&mut self, chain: &Chain<'a>) {
        let mut inner: FxHashSet<&str> = FxHashSet::default();
        let mut outer: Vec<&str> = Vec::new();
        for (_, nodes) in &chain.files {
            let mut end = 0;
            for (index, node) in nodes.iter().enumerate() {
                let NodeKind::Block { name } = &node.kind else {
                    continue;
                };
                if index < end {
                    inner.insert(name);
                } else {
                    end = node.end as usize;
                    outer.push(name);
                }
            }
        }
        let mut seen = inner;
        for name in outer {
            if seen.insert(name) {
                self.block(chain, name, 0);
            }
        }
    }

    fn block(&mut self, chain: &Chain<'a>, name: &'a str, from: usize) {
        let Some((position, index)) = chain.block(name, from) else {
            return;
        };
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let end = chain.files[position].1[index].end as usize;
        self.nodes(chain, position, index + 1, end, Some((name, position)));
        self.depth -= 1;
    }

    /// Shows the nodes from `start` to `end` of one of the chain's files.
    fn nodes(
        &mut self,
        chain: &Chain<'a>,
        position: usize,
        start: usize,
        end: usize,
        within: InBlock<'a>,
    ) {
        let (file, nodes) = chain.files[position];
        let outer = self.scope.len();
        // Where scopes end, and how many names there were before.
        let mut open: Vec<(usize, usize)> = Vec::new();
        let mut index = start;
        while index < end {
            while let Some(&(close, names)) = open.last()
                && index >= close
            {
                self.scope.truncate(names);
                open.pop();
            }
            self.steps += 1;
            if self.steps > MAX_STEPS {
                break;
            }
            let node = &nodes[index];
            let close = node.end as usize;
            index += 1;
            match &node.kind {
                NodeKind::Variable(expression) => match (&expression.operand, within) {
                    (Operand::Variable(path), Some((name, position))) if path == "block.super" => {
                        self.block(chain, name, position + 1);
                    }
                    _ => self.print(file, expression),
                },
                NodeKind::For {
                    targets, iterable, ..
                } => {
                    let held = match self.value(iterable) {
                        Shown::Held(held) if targets.len() == 1 => held.element(),
                        _ => Held::Unknown,
                    };
                    open.push((close, self.scope.len()));
                    self.scope.push(("forloop", Held::Unknown));
                    let targets = targets.iter().map(|target| (target.as_str(), held));
                    self.scope.extend(targets);
                }
                // What is shown when there are no rows has none.
                NodeKind::Empty => {
                    if let Some(&(_, names)) = open.last() {
                        self.scope.truncate(names);
                    }
                }
                NodeKind::With { bindings } => {
                    open.push((close, self.scope.len()));
                    self.bind(bindings);
                }
                NodeKind::BlockTranslate { bindings, target } => {
                    open.push((close, self.scope.len()));
                    self.bind(bindings);
                    self.hide(target.as_deref());
                }
                NodeKind::Block { name } => {
                    self.block(chain, name, 0);
                    index = close;
                }
                NodeKind::Include {
                    template,
                    bindings,
                    only,
                } => {
                    if let Some(included) = self.project.templates.referred(file, template.span) {
                        self.include(included, bindings, *only);
                    }
                }
                NodeKind::Url { target, .. }
                | NodeKind::Static { target, .. }
                | NodeKind::Translate { target, .. } => self.hide(target.as_deref()),
                NodeKind::Other { name, arguments } => {
                    index = self.other(nodes, index, name, arguments);
                }
                NodeKind::If { operands } if self.is_of_others(operands) => {
                    index = next_branch(nodes, index, index - 1);
                }
                NodeKind::Elif { operands } if self.is_of_others(operands) => {
                    index = node
                        .parent
                        .map_or(index, |parent| next_branch(nodes, index, parent as usize));
                }
                NodeKind::Extends(_)
                | NodeKind::Load { .. }
                | NodeKind::CsrfToken
                | NodeKind::If { .. }
                | NodeKind::Elif { .. }
                | NodeKind::Else => {}
            }
        }
        self.scope.truncate(outer);
    }

    /// Tags that are not built in may give names other values, and show what stands in them in
    /// their own way; gives the node to go on with.
    fn other(
        &mut self,
        nodes: &'a [Node],
        next: usize,
        name: &str,
        arguments: &'a [Argument],
    ) -> usize {
        if let Some(at) = arguments.iter().position(|argument| argument.text == "as") {
            let target = arguments.get(at + 1).map(|argument| &*argument.text);
            self.hide(target);
        }
        if PLAIN_BLOCKS.contains(&name) {
            return next;
        }
        if nodes[next - 1].end as usize > next {
            return nodes[next - 1].end as usize;
        }
        let mut depth = 1;
        for (index, node) in nodes.iter().enumerate().skip(next) {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                break;
            }
            let NodeKind::Other { name: other, .. } = &node.kind else {
                continue;
            };
            if other == name {
                depth += 1;
            } else if other.strip_prefix("end") == Some(name) {
                depth -= 1;
            }
            if depth == 0 {
                return index + 1;
            }
        }
        next
    }

    /// Whether a condition asks for a name that nothing seen puts into the context: templates for
    /// several views ask so which of them it is.
    fn is_of_others(&self, operands: &[Expression]) -> bool {
        operands.iter().any(|operand| {
            let Operand::Variable(path) = &operand.operand else {
                return false;
            };
            let head = path.split('.').next().unwrap_or_default();
            !EVERYWHERE.contains(&head) && !self.scope.iter().any(|(name, _)| *name == head)
        })
    }

    fn include(&mut self, file: FileId, bindings: &'a [Binding], only: bool) {
        let names = self.scope.len();
        if only {
            let bound: Vec<_> = self.bound(bindings).collect();
            let outer = std::mem::replace(&mut self.scope, bound);
            self.file(file);
            self.scope = outer;
        } else {
            self.bind(bindings);
            self.file(file);
            self.scope.truncate(names);
        }
    }

    fn bound(&self, bindings: &'a [Binding]) -> impl Iterator<Item = (&'a str, Held)> {
        bindings.iter().map(|binding| {
            let held = match self.value(&binding.value) {
                Shown::Held(held) => held,
                Shown::Text(_) => Held::Unknown,
            };
            (binding.name.as_str(), held)
        })
    }

    fn bind(&mut self, bindings: &'a [Binding]) {
        let bound: Vec<_> = self.bound(bindings).collect();
        self.scope.extend(bound);
    }

    /// A name has another value from here on.
    fn hide(&mut self, name: Option<&'a str>) {
        self.scope.extend(name.map(|name| (name, Held::Unknown)));
    }

    fn print(&mut self, file: FileId, expression: &Expression) {
        if let Shown::Held(Held::Row(model)) | Shown::Text(model) = self.value(expression) {
            let place = Location::new(file, expression.span);
            let printed = Printed { model, place };
            if !self.found.contains(&printed) {
                self.found.push(printed);
            }
        }
    }

    fn value(&self, expression: &Expression) -> Shown {
        let Operand::Variable(path) = &expression.operand else {
            return Shown::Held(Held::Unknown);
        };
        let mut parts = path.split('.');
        let head = parts.next().unwrap_or_default();
        let mut names = self.scope.iter().rev();
        let head = names.find(|(name, _)| *name == head);
        let held = parts.fold(
            head.map_or(Held::Unknown, |(_, held)| *held),
            |held, part| held.attribute(&self.project.models, part),
        );
        let filters = expression.filters.iter();
        filters.fold(Shown::Held(held), filtered)
    }
}

/// Where the next branch of the `if` at `of` begins, or what follows it.
fn next_branch(nodes: &[Node], from: usize, of: usize) -> usize {
    let end = nodes[of].end as usize;
    let is_branch = |node: &Node| {
        matches!(node.kind, NodeKind::Elif { .. } | NodeKind::Else)
            && node.parent == Some(of as u32)
    };
    let branch = nodes[from..end].iter().position(is_branch);
    branch.map_or(end, |offset| from + offset)
}

/// What a filter of Django's gives; of others nothing is known.
fn filtered(value: Shown, filter: &Filter) -> Shown {
    let name = filter.name.as_str();
    if KEEPING.contains(&name) {
        return value;
    }
    let is_text = TEXT_FILTERS.contains(&name)
        || (name == "stringformat"
            && matches!(&filter.argument, Some(Operand::Text { value, .. }) if value == "s"));
    match value {
        Shown::Held(Held::Row(model)) | Shown::Text(model) if is_text => Shown::Text(model),
        Shown::Held(Held::Rows(model)) => match name {
            "first" | "last" | "random" => Shown::Held(Held::Row(model)),
            "join" | "unordered_list" => Shown::Text(model),
            _ if ROWS_FILTERS.contains(&name) => value,
            _ => Shown::Held(Held::Unknown),
        },
        _ => Shown::Held(Held::Unknown),
    }
}
