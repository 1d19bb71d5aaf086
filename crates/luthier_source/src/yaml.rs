//! YAML as a flat list of nodes with places.
//!
//! An alias is the node of its anchor again, never a copy, so a file of aliases to aliases costs
//! no more than its bytes; looking through merge keys (`<<`) has a budget. Nesting is bounded by
//! the parser. A file that breaks off keeps what was read before.

use granit_parser::{Event, Parser, ScalarStyle};
use rustc_hash::FxHashMap;

use crate::mapped::{MappedText, Positions};
use crate::shell::{ShellScript, Word, parse_shell_at};
use crate::{Problem, Span};

/// Nodes that a walk through merge keys may visit.
const MERGE_BUDGET: usize = 1000;

/// The documents of a file.
#[derive(Debug, Default)]
pub(crate) struct Yaml<'a> {
    source: &'a str,
    nodes: Vec<Node>,
    roots: Vec<NodeId>,
    pub(crate) problems: Vec<Problem>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NodeId(u32);

#[derive(Debug)]
struct Node {
    kind: NodeKind,
    span: Span,
}

#[derive(Debug)]
enum NodeKind {
    Null,
    Scalar { text: String, style: ScalarStyle },
    Sequence(Vec<NodeId>),
    Mapping(Vec<(NodeId, NodeId)>),
}

/// A collection that is still open.
struct Open {
    node: NodeId,
    /// In a mapping: the key that waits for its value.
    key: Option<NodeId>,
}

impl<'a> Yaml<'a> {
    pub(crate) fn parse(source: &'a str) -> Self {
        let mut yaml = Yaml {
            source,
            ..Yaml::default()
        };
        let mut open: Vec<Open> = Vec::new();
        let mut anchors: FxHashMap<usize, NodeId> = FxHashMap::default();
        let options = granit_parser::options! { flow_nesting_limit: 128, block_nesting_limit: 128 };

        for event in Parser::new_from_str_with_options(source, options) {
            let (event, at) = match event {
                Ok(event) => event,
                Err(error) => {
                    let at = error.marker().byte_offset().unwrap_or(0) as u32;
                    yaml.problems.push(Problem {
                        span: Span::at(at),
                        message: error.info().clone(),
                    });
                    break;
                }
            };
            let span = at.byte_range().map_or(Span::at(0), |range| {
                Span::new(range.start as u32, range.end as u32)
            });
            match event {
                Event::Scalar(text, style, anchor, _) => {
                    let plain = style == ScalarStyle::Plain;
                    let kind = match text.as_ref() {
                        "" | "~" | "null" if plain => NodeKind::Null,
                        _ => NodeKind::Scalar {
                            text: text.into_owned(),
                            style,
                        },
                    };
                    let node = yaml.add(&mut open, kind, span);
                    anchors.insert(anchor, node);
                }
                Event::SequenceStart(_, anchor, _) => {
                    let node = yaml.add(&mut open, NodeKind::Sequence(Vec::new()), span);
                    anchors.insert(anchor, node);
                    open.push(Open { node, key: None });
                }
                Event::MappingStart(_, anchor, _) => {
                    let node = yaml.add(&mut open, NodeKind::Mapping(Vec::new()), span);
                    anchors.insert(anchor, node);
                    open.push(Open { node, key: None });
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    if let Some(closed) = open.pop() {
                        let node = &mut yaml.nodes[closed.node.0 as usize];
                        node.span.end = node.span.end.max(span.start);
                    }
                }
                Event::Alias(anchor) => {
                    if let Some(node) = anchors.get(&anchor).copied() {
                        yaml.attach(&mut open, node);
                    }
                }
                _ => {}
            }
        }
        yaml
    }

    fn add(&mut self, open: &mut [Open], kind: NodeKind, span: Span) -> NodeId {
        let node = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node { kind, span });
        self.attach(open, node);
        node
    }

    /// Puts a node where the file has it: into the innermost open collection, or at the top.
    fn attach(&mut self, open: &mut [Open], node: NodeId) {
        let Some(parent) = open.last_mut() else {
            self.roots.push(node);
            return;
        };
        match &mut self.nodes[parent.node.0 as usize].kind {
            NodeKind::Sequence(items) => items.push(node),
            NodeKind::Mapping(entries) => match parent.key.take() {
                None => parent.key = Some(node),
                Some(key) => entries.push((key, node)),
            },
            NodeKind::Null | NodeKind::Scalar { .. } => {}
        }
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// The first document.
    pub(crate) fn root(&self) -> Option<NodeId> {
        self.roots.first().copied()
    }

    pub(crate) fn last_root(&self) -> Option<NodeId> {
        self.roots.last().copied()
    }

    pub(crate) fn span(&self, id: NodeId) -> Span {
        self.node(id).span
    }

    pub(crate) fn text(&self, id: NodeId) -> Option<&str> {
        match &self.node(id).kind {
            NodeKind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_mapping(&self, id: NodeId) -> bool {
        matches!(self.node(id).kind, NodeKind::Mapping(_))
    }

    /// The items of a sequence; none for anything else.
    pub(crate) fn items(&self, id: NodeId) -> &[NodeId] {
        match &self.node(id).kind {
            NodeKind::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The items of a sequence, or the one scalar in its place.
    pub(crate) fn one_or_many(&self, id: NodeId) -> Vec<NodeId> {
        match &self.node(id).kind {
            NodeKind::Sequence(items) => items.clone(),
            NodeKind::Scalar { text, .. } if !text.is_empty() => vec![id],
            _ => Vec::new(),
        }
    }

    /// The entries of a mapping in order, those of merged mappings behind its own.
    pub(crate) fn entries(&self, id: NodeId) -> Vec<(NodeId, NodeId)> {
        let mut found: Vec<(NodeId, NodeId)> = Vec::new();
        let mut keys: rustc_hash::FxHashSet<&str> = rustc_hash::FxHashSet::default();
        let mut waiting = vec![id];
        let mut budget = MERGE_BUDGET;
        while let Some(mapping) = waiting.pop() {
            if budget == 0 {
                break;
            }
            budget -= 1;
            let NodeKind::Mapping(entries) = &self.node(mapping).kind else {
                continue;
            };
            for (key, value) in entries {
                match self.text(*key) {
                    Some("<<") => {
                        let merged = self.items(*value);
                        waiting.extend(if merged.is_empty() {
                            vec![*value]
                        } else {
                            merged.iter().rev().copied().collect()
                        });
                    }
                    Some(text) if keys.insert(text) => found.push((*key, *value)),
                    _ => {}
                }
            }
        }
        found
    }

    /// The value of `key` in a mapping, or in what is merged into it.
    pub(crate) fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        let own = match &self.node(id).kind {
            NodeKind::Mapping(entries) => entries
                .iter()
                .rev()
                .find(|(name, _)| self.text(*name) == Some(key)),
            _ => return None,
        };
        match own {
            Some((_, value)) => Some(*value),
            None => self
                .entries(id)
                .into_iter()
                .find(|(name, _)| self.text(*name) == Some(key))
                .map(|(_, value)| value),
        }
    }

    pub(crate) fn get_text(&self, id: NodeId, key: &str) -> Option<&str> {
        self.text(self.get(id, key)?)
    }

    /// A scalar as a word; one with `$` in it is not literal.
    pub(crate) fn word(&self, id: NodeId) -> Option<Word> {
        let text = self.text(id)?;
        Some(Word {
            text: text.to_owned(),
            literal: !text.contains('$'),
            span: self.span(id),
        })
    }

    /// A scalar read as a shell script, with the places of its commands.
    pub(crate) fn script(&self, id: NodeId) -> Option<ShellScript> {
        let NodeKind::Scalar { text, style } = &self.node(id).kind else {
            return None;
        };
        let span = self.span(id);
        let slice = span.text(self.source);
        if let Some(at) = slice.find(text.as_str()).filter(|_| !text.is_empty()) {
            return Some(parse_shell_at(
                text,
                Positions::From(span.start + at as u32),
            ));
        }
        if matches!(style, ScalarStyle::Literal)
            && let Some(mapped) = self.map_block(text, span)
        {
            return Some(parse_shell_at(text, mapped.positions()));
        }
        Some(parse_shell_at(text, Positions::Fixed(span)))
    }

    /// The lines of a literal block in the file: each stands there behind its indentation.
    fn map_block(&self, text: &str, span: Span) -> Option<MappedText> {
        let mut mapped = MappedText::default();
        let mut offset = span.start as usize;
        let mut end_of_last = span.start;
        let mut source_lines = self
            .source
            .get(offset..)?
            .split_inclusive('\n')
            .map(|line| {
                let start = offset;
                offset += line.len();
                (line.trim_end_matches(['\n', '\r']), start)
            });
        for line in text.split_inclusive('\n') {
            let wanted = line.trim_end_matches('\n');
            if wanted.is_empty() {
                mapped.push(line, end_of_last);
                continue;
            }
            let (source, start) = source_lines.find(|(source, _)| source.ends_with(wanted))?;
            end_of_last = (start + source.len()) as u32;
            mapped.push(line, end_of_last - wanted.len() as u32);
        }
        Some(mapped)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn commands(yaml: &Yaml<'_>, node: NodeId, source: &str) -> Vec<String> {
        let script = yaml.script(node).unwrap_or_default();
        script
            .commands
            .iter()
            .map(|command| command.span.text(source).to_owned())
            .collect()
    }

    #[test]
    fn scripts_know_where_their_commands_are() {
        let source = "a: |\n  one x\n\n    two\nb: 'three \"y\"'\nc: four && five\nd: >\n  six\n  seven\ne: \"a\\tb\"\n";
        let yaml = Yaml::parse(source);
        let root = yaml.root().unwrap();
        let script = |key| commands(&yaml, yaml.get(root, key).unwrap(), source);
        assert_eq!(script("a"), ["one x", "two"]);
        assert_eq!(script("b"), ["three \"y\""]);
        assert_eq!(script("c"), ["four", "five"]);
        let folded = yaml.script(yaml.get(root, "d").unwrap()).unwrap();
        assert_eq!(folded.commands[0].words.len(), 2);
        assert!(folded.commands[0].span.text(source).contains("six"));
        assert_eq!(yaml.get_text(root, "e"), Some("a\tb"));
    }

    #[test]
    fn merge_keys_and_aliases_resolve() {
        let source = "base: &base {image: x, user: a}\nother: &other {user: b, tty: 1}\nservice:\n  <<: [*base, *other]\n  image: y\nsame: *base\n";
        let yaml = Yaml::parse(source);
        let root = yaml.root().unwrap();
        let service = yaml.get(root, "service").unwrap();
        let entries: Vec<_> = yaml
            .entries(service)
            .iter()
            .map(|(k, v)| (yaml.text(*k).unwrap(), yaml.text(*v).unwrap()))
            .collect();
        assert_eq!(entries, [("image", "y"), ("user", "a"), ("tty", "1")]);
        assert_eq!(yaml.get_text(service, "tty"), Some("1"));
        assert_eq!(yaml.get(root, "same"), yaml.get(root, "base"));
    }

    #[test]
    fn hostile_files_end() {
        let mut bomb = "a0: &a0 [x]\n".to_owned();
        for level in 1..40 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            writeln!(bomb, "a{level}: &a{level} {{<<: [{aliases}]}}").unwrap();
        }
        let yaml = Yaml::parse(&bomb);
        let root = yaml.root().unwrap();
        assert_eq!(
            yaml.get_text(yaml.get(root, "a39").unwrap(), "missing"),
            None
        );

        let circle = Yaml::parse("a: &a\n  <<: *a\n  b: 1\n");
        let a = circle.root().and_then(|root| circle.get(root, "a"));
        assert_eq!(a.and_then(|a| circle.get_text(a, "b")), Some("1"));

        for deep in [
            "[".repeat(10_000),
            "- ".repeat(10_000),
            "{a: ".repeat(10_000),
        ] {
            assert!(!Yaml::parse(&deep).problems.is_empty());
        }
        let broken = Yaml::parse("a:\n  b: 1\n  c: [2\nd: 3");
        let a = broken.root().and_then(|root| broken.get(root, "a"));
        assert_eq!(a.and_then(|a| broken.get_text(a, "b")), Some("1"));
        assert!(!broken.problems.is_empty());
    }
}
