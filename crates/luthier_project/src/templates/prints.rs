//! What a template prints, given what its context holds: followed through loops, `with`, includes
//! and the blocks of the templates that it extends.

use std::collections::BTreeMap;
use std::sync::Arc;

use luthier_source::template::{Expression, Filter, Operand};
use luthier_source::{FileId, Location};

use super::walk::{Reader, Scope, Walk};
use crate::Project;
use crate::flows::Held;
use crate::models::ModelId;

/// A row that a template prints: `str()` is called on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Printed {
    pub model: ModelId,
    pub place: Location,
}

/// Filters that Django declares with `stringfilter`, or that begin with `str()`, and whose result
/// still shows the text.
pub(crate) const TEXT_FILTERS: &[&str] = &[
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
        let names = context.iter();
        let names = names.map(|(name, held)| (Arc::from(name.as_str()), Shown::Held(*held)));
        let mut printer = Printer {
            project: self,
            found: Vec::new(),
        };
        Walk::new(self, &mut printer, names.collect()).file(template);
        printer.found
    }
}

struct Printer<'a> {
    project: &'a Project,
    found: Vec<Printed>,
}

impl<'a> Reader<'a> for Printer<'a> {
    type Value = Shown;

    fn unknown(&self) -> Shown {
        Shown::Held(Held::Unknown)
    }

    fn value(&mut self, scope: &mut Scope<Shown>, _: FileId, expression: &'a Expression) -> Shown {
        let Operand::Variable(path) = &expression.operand else {
            return self.unknown();
        };
        let mut parts = path.split('.');
        let head = parts.next().unwrap_or_default();
        let head = match scope.get(head) {
            Some(Shown::Held(held)) => *held,
            _ => Held::Unknown,
        };
        let held = parts.fold(head, |held, part| {
            held.attribute(&self.project.models, part)
        });
        let filters = expression.filters.iter();
        filters.fold(Shown::Held(held), filtered)
    }

    fn print(&mut self, value: &Shown, place: Location) {
        if let Shown::Held(Held::Row(model)) | Shown::Text(model) = *value {
            let printed = Printed { model, place };
            if !self.found.contains(&printed) {
                self.found.push(printed);
            }
        }
    }

    fn enter(&mut self, value: &Shown, _: Location) -> Shown {
        match value {
            Shown::Held(held) => Shown::Held(held.element()),
            Shown::Text(_) => self.unknown(),
        }
    }
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
