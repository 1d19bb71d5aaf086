//! Goes through a template in the order in which it is rendered: through the blocks of what it
//! extends, through what it includes, with the names that are visible at each place.

use std::sync::Arc;

use luthier_source::template::{Argument, Binding, Expression, Node, NodeKind, Operand};
use luthier_source::{FileId, Location};
use rustc_hash::FxHashSet;

use super::Templates;
use crate::Project;

/// Templates within templates deeper than this are not followed.
const MAX_DEPTH: usize = 16;

/// How often a template is followed within itself: what is there the second time is there again and
/// again.
const MAX_WITHIN_ITSELF: usize = 2;

/// Nodes that one rendering goes through at most.
const MAX_STEPS: u32 = 50_000;

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
    "forloop",
    "is_paginated",
    "messages",
    "page_obj",
    "paginator",
    "perms",
    "request",
    "user",
    "view",
];

/// What expressions and tags mean to who goes through a template.
pub(crate) trait Reader<'a> {
    /// What an expression comes to.
    type Value: Clone;

    fn unknown(&self) -> Self::Value;

    fn value(
        &mut self,
        scope: &mut Scope<Self::Value>,
        file: FileId,
        expression: &'a Expression,
    ) -> Self::Value;

    /// A value is turned into text and shown.
    fn print(&mut self, value: &Self::Value, place: Location);

    /// A value is part of a condition.
    fn test(&mut self, _value: &Self::Value, _place: Location) {}

    /// A loop over a value begins; gives one element. Ends with [`Reader::leave`].
    fn enter(&mut self, value: &Self::Value, place: Location) -> Self::Value;

    fn leave(&mut self) {}

    /// The parts that an element is taken apart into, where a loop has several targets.
    fn parts(&mut self, _element: &Self::Value, targets: usize) -> Vec<Self::Value> {
        vec![self.unknown(); targets]
    }

    /// A part begins that may not be shown, or is shown in one round of the innermost loop only.
    /// Ends with [`Reader::leave_branch`].
    fn enter_branch(&mut self, _is_once: bool) {}

    fn leave_branch(&mut self, _is_once: bool) {}

    /// Another branch of the same condition begins, the last being shown where no other is.
    fn next_branch(&mut self, _is_last: bool) {}

    /// A part begins that is kept once it is shown: `{% cache %}`. Ends with [`Reader::leave_kept`].
    fn enter_kept(&mut self) {}

    fn leave_kept(&mut self) {}

    /// A value is handed to something that makes an address of it.
    fn address(&mut self, _value: &Self::Value, _place: Location) {}

    /// A tag that is not one of those with a [`NodeKind`] of their own.
    fn tag(
        &mut self,
        _scope: &mut Scope<Self::Value>,
        _file: FileId,
        _tag: Tag<'a>,
    ) -> Effect<Self::Value> {
        Effect::Unknown
    }
}

/// A tag of a library.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag<'a> {
    pub(crate) name: &'a str,
    pub(crate) arguments: &'a [Argument],
    pub(crate) place: Location,
}

/// What a tag does.
pub(crate) enum Effect<V> {
    Unknown,
    /// Nothing that matters; what stands within it is shown as it is.
    None,
    /// Names have values from here on.
    Binds(Vec<(Arc<str>, V)>),
    /// It gives a value, which a name takes or which is shown.
    Gives(V),
    /// It shows another template with a context of its own.
    Shows(FileId, Vec<(Arc<str>, V)>),
}

/// The names that are visible, the innermost last.
#[derive(Clone, Debug)]
pub(crate) struct Scope<V> {
    names: Vec<(Arc<str>, V)>,
    /// What names held before they were changed, by position, the last change last.
    before: Vec<(usize, V)>,
}

impl<V> Scope<V> {
    fn of(names: Vec<(Arc<str>, V)>) -> Self {
        let before = Vec::new();
        Self { names, before }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&V> {
        let mut names = self.names.iter().rev();
        names
            .find(|(known, _)| **known == *name)
            .map(|(_, value)| value)
    }

    /// Changes what a visible name holds.
    pub(crate) fn set(&mut self, name: &str, value: V) {
        let found = self.names.iter().rposition(|(known, _)| **known == *name);
        if let Some(position) = found {
            let before = std::mem::replace(&mut self.names[position].1, value);
            self.before.push((position, before));
        }
    }

    /// Takes back all changes but the first few; names that were not there then keep what they hold.
    fn take_back(&mut self, changes: usize, names: usize) {
        while self.before.len() > changes {
            let Some((position, before)) = self.before.pop() else {
                return;
            };
            if position < names
                && let Some((_, value)) = self.names.get_mut(position)
            {
                *value = before;
            }
        }
    }

    /// All names, inner ones behind the outer ones that they hide.
    pub(crate) fn names(&self) -> &[(Arc<str>, V)] {
        &self.names
    }
}

pub(crate) struct Walk<'w, 'a, R: Reader<'a>> {
    project: &'a Project,
    reader: &'w mut R,
    scope: Scope<R::Value>,
    steps: u32,
    depth: usize,
    /// The templates that are being shown, the outermost first.
    within: Vec<FileId>,
}

/// A template with those that it extends, itself first, as far as they are known.
struct Chain<'a> {
    files: Vec<(FileId, &'a [Node])>,
    /// Whether the last extends one that is not known.
    is_open: bool,
}

/// The block that is being shown: its name, and the file of the chain that it is taken from.
type InBlock<'a> = Option<(&'a str, usize)>;

/// A tag with an end that the walk is in.
struct Around {
    close: usize,
    /// How many names there were before.
    names: usize,
    kind: AroundKind,
}

enum AroundKind {
    Loop,
    Branches {
        /// How many changes of names there were before the condition.
        changes: usize,
        is_once: bool,
    },
    Kept,
    Names,
}

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

impl<'w, 'a, R: Reader<'a>> Walk<'w, 'a, R> {
    pub(crate) fn new(
        project: &'a Project,
        reader: &'w mut R,
        context: Vec<(Arc<str>, R::Value)>,
    ) -> Self {
        Self {
            project,
            reader,
            scope: Scope::of(context),
            steps: 0,
            depth: 0,
            within: Vec::new(),
        }
    }

    /// Shows a template in the present scope.
    pub(crate) fn file(&mut self, file: FileId) {
        let again = self.within.iter().filter(|known| **known == file).count();
        if self.depth >= MAX_DEPTH || again >= MAX_WITHIN_ITSELF {
            return;
        }
        self.depth += 1;
        self.within.push(file);
        let chain = Chain::of(self.project, file);
        if chain.is_open {
            self.blocks(&chain);
        } else if let Some((_, nodes)) = chain.files.last() {
            self.nodes(&chain, chain.files.len() - 1, 0, nodes.len(), None);
        }
        self.within.pop();
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
        let outer = self.scope.names.len();
        let mut open: Vec<Around> = Vec::new();
        let mut index = start;
        while index < end {
            while let Some(around) = open.pop_if(|around| index >= around.close) {
                self.close(around);
            }
            self.steps += 1;
            if self.steps > MAX_STEPS {
                break;
            }
            let node = &nodes[index];
            let close = node.end as usize;
            let place = Location::new(file, node.span);
            index += 1;
            match &node.kind {
                NodeKind::Variable(expression) => match (&expression.operand, within) {
                    (Operand::Variable(path), Some((name, position))) if path == "block.super" => {
                        self.block(chain, name, position + 1);
                    }
                    _ => {
                        let value = self.value(file, expression);
                        let place = Location::new(file, expression.span);
                        self.reader.print(&value, place);
                    }
                },
                NodeKind::For {
                    targets, iterable, ..
                } => {
                    let value = self.value(file, iterable);
                    open.push(self.around(close, AroundKind::Loop));
                    let place = Location::new(file, iterable.span);
                    let element = self.reader.enter(&value, place);
                    self.push("forloop", self.reader.unknown());
                    if let [target] = &targets[..] {
                        self.push(target, element);
                    } else {
                        let parts = self.reader.parts(&element, targets.len());
                        for (target, part) in targets.iter().zip(parts) {
                            self.push(target, part);
                        }
                    }
                }
                // What is shown when there are no rows has none.
                NodeKind::Empty => {
                    if let Some(around) = open.last_mut() {
                        let ended = std::mem::replace(&mut around.kind, AroundKind::Names);
                        self.scope.names.truncate(around.names);
                        if let AroundKind::Loop = ended {
                            self.reader.leave();
                        }
                    }
                }
                NodeKind::With { bindings } => {
                    open.push(self.around(close, AroundKind::Names));
                    self.bind(file, bindings);
                }
                NodeKind::BlockTranslate { bindings, target } => {
                    open.push(self.around(close, AroundKind::Names));
                    self.bind(file, bindings);
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
                        self.include(file, included, bindings, *only);
                    }
                }
                NodeKind::Url {
                    arguments,
                    keywords,
                    target,
                    ..
                } => {
                    let keywords = keywords.iter().map(|keyword| &keyword.value);
                    for argument in arguments.iter().chain(keywords) {
                        let value = self.value(file, argument);
                        self.reader.address(&value, place);
                    }
                    self.hide(target.as_deref());
                }
                NodeKind::Static { target, .. } | NodeKind::Translate { target, .. } => {
                    self.hide(target.as_deref());
                }
                NodeKind::Other { name, arguments } => {
                    let tag = Tag {
                        name,
                        arguments,
                        place,
                    };
                    index = self.other(file, nodes, index, tag);
                    if name == "cache" {
                        open.push(self.around(close, AroundKind::Kept));
                        self.reader.enter_kept();
                    }
                }
                NodeKind::If { operands } => {
                    let is_of_others = self.is_of_others(operands);
                    if !is_of_others {
                        self.test(file, operands);
                    }
                    let is_once = operands.iter().any(is_one_round);
                    open.push(self.around(close, self.branches(is_once)));
                    self.reader.enter_branch(is_once);
                    if is_of_others {
                        index = next_branch(nodes, index, index - 1);
                    }
                }
                NodeKind::Elif { operands } => {
                    self.restore(open.last());
                    self.next_branch(open.last(), false);
                    if self.is_of_others(operands) {
                        let parent = node.parent.map(|parent| parent as usize);
                        index = parent.map_or(index, |parent| next_branch(nodes, index, parent));
                        continue;
                    }
                    self.test(file, operands);
                }
                NodeKind::Else => {
                    self.restore(open.last());
                    self.next_branch(open.last(), true);
                }
                NodeKind::Extends(_) | NodeKind::Load { .. } | NodeKind::CsrfToken => {}
            }
        }
        while let Some(around) = open.pop() {
            self.close(around);
        }
        self.scope.names.truncate(outer);
    }

    // ---- what stands around ----

    fn around(&self, close: usize, kind: AroundKind) -> Around {
        Around {
            close,
            names: self.scope.names.len(),
            kind,
        }
    }

    fn branches(&self, is_once: bool) -> AroundKind {
        AroundKind::Branches {
            changes: self.scope.before.len(),
            is_once,
        }
    }

    /// What one branch has learnt of names is not so in the next.
    fn restore(&mut self, around: Option<&Around>) {
        if let Some(Around {
            kind: AroundKind::Branches { changes, .. },
            names,
            ..
        }) = around
        {
            self.scope.take_back(*changes, *names);
        }
    }

    fn next_branch(&mut self, around: Option<&Around>, is_last: bool) {
        if let Some(Around {
            kind: AroundKind::Branches { .. },
            ..
        }) = around
        {
            self.reader.next_branch(is_last);
        }
    }

    fn close(&mut self, around: Around) {
        match around.kind {
            AroundKind::Loop => {
                self.scope.names.truncate(around.names);
                self.reader.leave();
            }
            AroundKind::Kept => self.reader.leave_kept(),
            AroundKind::Names => self.scope.names.truncate(around.names),
            AroundKind::Branches { is_once, .. } => {
                self.restore(Some(&around));
                self.reader.leave_branch(is_once);
            }
        }
    }

    // ---- tags ----

    /// Tags that are not built in may give names other values, and show what stands in them in
    /// their own way; gives the node to go on with.
    fn other(&mut self, file: FileId, nodes: &'a [Node], next: usize, tag: Tag<'a>) -> usize {
        let at = tag
            .arguments
            .iter()
            .position(|argument| argument.text == "as");
        let target = at.and_then(|at| tag.arguments.get(at + 1));
        let target = target.map(|argument| &*argument.text);
        match self.reader.tag(&mut self.scope, file, tag) {
            Effect::Unknown => self.hide(target),
            Effect::None => return next,
            Effect::Binds(names) => {
                self.scope.names.extend(names);
                return next;
            }
            Effect::Gives(value) => {
                match target {
                    Some(target) => self.push(target, value),
                    None => self.reader.print(&value, tag.place),
                }
                return next;
            }
            Effect::Shows(template, context) => {
                self.show(template, context);
                return next;
            }
        }
        if PLAIN_BLOCKS.contains(&tag.name) {
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
            if other == tag.name {
                depth += 1;
            } else if other.strip_prefix("end") == Some(tag.name) {
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
            !EVERYWHERE.contains(&head) && self.scope.get(head).is_none()
        })
    }

    fn test(&mut self, file: FileId, operands: &'a [Expression]) {
        for operand in operands {
            let value = self.value(file, operand);
            let place = Location::new(file, operand.span);
            self.reader.test(&value, place);
        }
    }

    fn include(&mut self, from: FileId, file: FileId, bindings: &'a [Binding], only: bool) {
        let bound = self.bound(from, bindings);
        if only {
            self.show(file, bound);
        } else {
            let names = self.scope.names.len();
            self.scope.names.extend(bound);
            self.file(file);
            self.scope.names.truncate(names);
        }
    }

    /// Shows a template with nothing but the names given.
    fn show(&mut self, file: FileId, context: Vec<(Arc<str>, R::Value)>) {
        let outer = std::mem::replace(&mut self.scope, Scope::of(context));
        self.file(file);
        self.scope = outer;
    }

    // ---- names ----

    fn value(&mut self, file: FileId, expression: &'a Expression) -> R::Value {
        self.reader.value(&mut self.scope, file, expression)
    }

    fn bound(&mut self, file: FileId, bindings: &'a [Binding]) -> Vec<(Arc<str>, R::Value)> {
        let mut bound = Vec::with_capacity(bindings.len());
        for binding in bindings {
            let value = self.value(file, &binding.value);
            bound.push((Arc::from(binding.name.as_str()), value));
        }
        bound
    }

    fn bind(&mut self, file: FileId, bindings: &'a [Binding]) {
        let bound = self.bound(file, bindings);
        self.scope.names.extend(bound);
    }

    fn push(&mut self, name: &str, value: R::Value) {
        self.scope.names.push((name.into(), value));
    }

    /// A name has another value from here on.
    fn hide(&mut self, name: Option<&str>) {
        if let Some(name) = name {
            let unknown = self.reader.unknown();
            self.push(name, unknown);
        }
    }
}

/// Whether a condition is about the first or last round of a loop.
fn is_one_round(operand: &Expression) -> bool {
    match &operand.operand {
        Operand::Variable(path) => matches!(path.as_str(), "forloop.first" | "forloop.last"),
        _ => false,
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
