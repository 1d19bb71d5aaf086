//! Tags and filters in templates that nothing defines.

use luthier_source::template::{Expression, Node, NodeKind, Template};
use luthier_source::{FileId, Location, Sources, Span};

use super::Templates;
use super::libraries::{Libraries, Library};
use crate::Project;
use crate::django::{DjangoVersion, VersionSource};
use crate::facts::is_test_path;
use crate::projects::is_blueprint;

/// A tag or a filter that no loaded library has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownTag {
    pub place: Location,
    pub name: String,
    pub kind: UnknownKind,
    /// Libraries that have it, were they loaded.
    pub libraries: Vec<String>,
    /// The names that would be known here.
    pub known: Vec<String>,
}

/// What is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnknownKind {
    Tag,
    Filter,
    /// What `{% load name from library %}` asks for; the library.
    Loaded(String),
}

/// Tags and filters that Django had once: until which release.
const REMOVED: &[(&str, DjangoVersion)] = &[
    ("ifequal", DjangoVersion::new(4, 0)),
    ("ifnotequal", DjangoVersion::new(4, 0)),
    ("length_is", DjangoVersion::new(5, 1)),
];

impl Project {
    /// The tags and filters that no library has which their template loads, in file order; `None`
    /// where it is not known what every template has. Templates that production does not find, that
    /// load what is not known, or that Django would not read, are left out.
    pub fn unknown_tags(&self, sources: &Sources) -> Option<Vec<UnknownTag>> {
        let mut libraries = Libraries::of(self)?;
        let mut found = Vec::new();
        for &file in self.own_files() {
            let path = &sources.file(file).path;
            let Some(template) = Templates::template(&self.files, file) else {
                continue;
            };
            let is_read = self.templates.search_path.holds(path) && template.problems.is_empty();
            if is_read && !is_test_path(path) && !is_blueprint(path) {
                self.add_unknown(sources, file, template, &mut libraries, &mut found);
            }
        }
        Some(found)
    }

    fn add_unknown(
        &self,
        sources: &Sources,
        file: FileId,
        template: &Template,
        libraries: &mut Libraries<'_>,
        found: &mut Vec<UnknownTag>,
    ) {
        let first = found.len();
        let mut loaded = libraries.builtin.clone();
        for node in &template.nodes {
            let NodeKind::Load {
                libraries: names,
                names: wanted,
            } = &node.kind
            else {
                continue;
            };
            for name in names {
                let Some(library) = libraries.get(name) else {
                    found.truncate(first);
                    return;
                };
                for one in wanted {
                    if !library.tags.contains(one) && !library.filters.contains(one) {
                        let known = library.tags.iter().chain(&library.filters);
                        found.push(UnknownTag {
                            place: Location::new(file, node.span),
                            name: one.clone(),
                            kind: UnknownKind::Loaded(name.clone()),
                            libraries: Vec::new(),
                            known: known.cloned().collect(),
                        });
                    }
                }
                loaded.add(&library.only(wanted));
            }
        }
        if loaded.reads_raw(&self.modules) {
            return;
        }
        let text = &sources.file(file).text;
        for node in &template.nodes {
            if let Some(name) = tag_name(node, text)
                && !self.is_tag(&loaded, name)
            {
                found.push(UnknownTag {
                    place: Location::new(file, node.span),
                    name: name.to_owned(),
                    kind: UnknownKind::Tag,
                    libraries: libraries.having(name, false),
                    known: loaded.tags.iter().cloned().collect(),
                });
            }
            for expression in expressions(&node.kind) {
                for filter in &expression.filters {
                    if loaded.filters.contains(&filter.name) || self.has_still(&filter.name) {
                        continue;
                    }
                    let span = Span::new(
                        filter.span.start,
                        filter.span.start + filter.name.len() as u32,
                    );
                    found.push(UnknownTag {
                        place: Location::new(file, span),
                        name: filter.name.clone(),
                        kind: UnknownKind::Filter,
                        libraries: libraries.having(&filter.name, true),
                        known: loaded.filters.iter().cloned().collect(),
                    });
                }
            }
        }
        found[first..].sort_by_key(|unknown| unknown.place);
    }

    /// Whether a tag is known, or may be one that another tag looks for, such as its end.
    fn is_tag(&self, loaded: &Library, name: &str) -> bool {
        loaded.tags.contains(name)
            || name.starts_with("end")
            || self.has_still(name)
            || loaded.mentions(&self.modules, name)
    }

    /// Whether the project's Django may still have what later ones do not.
    fn has_still(&self, name: &str) -> bool {
        let is_vague = matches!(
            self.django.source,
            VersionSource::Assumed | VersionSource::Range(_)
        );
        let mut removed = REMOVED.iter();
        removed.any(|(known, last)| *known == name && (is_vague || self.django.version < *last))
    }
}

/// The name of a node's tag.
fn tag_name<'a>(node: &'a Node, text: &'a str) -> Option<&'a str> {
    match &node.kind {
        NodeKind::Variable(_) => None,
        NodeKind::Other { name, .. } => Some(name),
        _ => {
            let inside = node.span.text(text).strip_prefix("{%")?;
            inside.strip_suffix("%}")?.split_whitespace().next()
        }
    }
}

/// The expressions of a node that Django reads as such, whatever library its tag is from.
fn expressions(kind: &NodeKind) -> Vec<&Expression> {
    match kind {
        NodeKind::Variable(expression) | NodeKind::Extends(expression) => vec![expression],
        NodeKind::Include {
            template, bindings, ..
        } => {
            let values = bindings.iter().map(|binding| &binding.value);
            [template].into_iter().chain(values).collect()
        }
        NodeKind::Url {
            name,
            arguments,
            keywords,
            ..
        } => {
            let values = keywords.iter().map(|binding| &binding.value);
            [name].into_iter().chain(arguments).chain(values).collect()
        }
        NodeKind::For { iterable, .. } => vec![iterable],
        NodeKind::If { operands } | NodeKind::Elif { operands } => operands.iter().collect(),
        NodeKind::With { bindings } => bindings.iter().map(|binding| &binding.value).collect(),
        _ => Vec::new(),
    }
}
