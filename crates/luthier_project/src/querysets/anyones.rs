//! Names in queries of rows of which it is not known of which model they are.
//!
//! Such a name may be one of any model, and of all that code gives to rows and queries. What none of
//! them has, and what no code says a second time, is likely to be misspelt.

use std::sync::{Arc, OnceLock};

use luthier_source::Span;
use rustc_hash::FxHashMap;

use super::names::{self, Reads};
use super::{DEFAULT_ALIASES, Misnamed, Missing, OpenName, QueryName, Role};
use crate::facts::{CallRef, Expr, ExprRef, PythonFacts};
use crate::models::ModelId;
use crate::modules::ModuleId;
use crate::{ModelGraph, Project};

/// Which models have something of a name, for queries or on their rows.
#[derive(Debug, Default)]
pub(super) struct Owners {
    by_name: OnceLock<FxHashMap<Arc<str>, Vec<ModelId>>>,
}

impl Owners {
    fn of<'o>(&'o self, models: &ModelGraph) -> &'o FxHashMap<Arc<str>, Vec<ModelId>> {
        self.by_name.get_or_init(|| {
            let mut found: FxHashMap<Arc<str>, Vec<ModelId>> = FxHashMap::default();
            for (id, _) in models.all() {
                let mut names = models.names(id);
                let fields = models.fields(id);
                names.extend(fields.into_iter().map(|(_, field)| field.attname()));
                let ways = models.reverse(id).into_iter();
                names.extend(ways.filter_map(|way| models.accessor(way)));
                names.push("pk".into());
                names.sort_unstable();
                names.dedup();
                for name in names {
                    found.entry(name).or_default().push(id);
                }
            }
            found
        })
    }
}

/// A part of a path that no model leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nowhere {
    pub part: String,
    /// What those models have that the path may have come to, by name.
    pub known: Vec<Arc<str>>,
    /// Whether another part comes before it.
    pub is_behind: bool,
}

impl Project {
    /// The part of a name that no model has, whose rows may be asked for it, that no code gives to rows
    /// or queries, and that the code has nowhere else; `None` also where that cannot be told.
    pub fn nowhere(&self, module: ModuleId, path: &str, role: Role) -> Option<Nowhere> {
        let models = &self.models;
        let registered = self.flows.registered(&self.modules, models);
        let owners = registered.owners.of(models);
        let parts: Vec<&str> = path.split("__").collect();
        let follow = |model| {
            let found = self.rules_of_paths(true).misnamed(model, path, role)?;
            let is_name = matches!(found.what, Missing::Name | Missing::Relation);
            is_name.then_some(found)
        };
        let wrong: Option<Vec<Misnamed>> = match owners.get(parts[0]) {
            Some(_) if parts.len() == 1 => None,
            Some(owners) => owners.iter().map(|model| follow(*model)).collect(),
            None => models.all().map(|(model, _)| follow(model)).collect(),
        };
        let wrong = wrong?;
        let index = |found: &Misnamed| parts.iter().position(|part| *part == found.part);
        let deepest = wrong.iter().filter_map(index).max()?;
        let part = parts[deepest];
        let is_known = owners.contains_key(part) || self.is_given(path, part);
        if is_known || self.is_said_elsewhere(module, path, part) {
            return None;
        }
        let mut known: Vec<Arc<str>> = match deepest {
            0 => owners.keys().cloned().collect(),
            _ => {
                let reached = wrong.iter().filter(|found| index(found) == Some(deepest));
                reached
                    .flat_map(|found| models.names(found.model))
                    .collect()
            }
        };
        known.push("pk".into());
        known.sort_unstable();
        known.dedup();
        Some(Nowhere {
            part: part.to_owned(),
            known,
            is_behind: deepest > 0,
        })
    }

    /// Whether code gives rows or queries what a path ends at with a part of it, under that name or
    /// one that it puts together from words that it has.
    fn is_given(&self, path: &str, part: &str) -> bool {
        let given = self.flows.given_names(&self.modules, &self.models);
        let parts: Vec<&str> = path.split("__").collect();
        let at = parts.iter().position(|known| *known == part).unwrap_or(0);
        let mut begins = (at..parts.len()).map(|end| parts[..=end].join("__"));
        let is_behind = || at > 0 && given.has_behind(&parts[..=at].join("__"));
        let is_made = || {
            let mut rests = given.put_together(part);
            rests.any(|rests| rests.iter().all(|rest| self.is_made_of_words(rest)))
        };
        DEFAULT_ALIASES.contains(&part)
            || given.has_just(part)
            || begins.any(|begin| given.has_just(&begin))
            || is_behind()
            || is_made()
    }

    /// Whether a text, or each of the words that underscores part, stands by itself in the code.
    fn is_made_of_words(&self, text: &str) -> bool {
        let is_word =
            |word: &str| word.chars().all(|letter| letter.is_ascii_digit()) || self.is_word(word);
        is_word(text) || text.split('_').all(is_word)
    }

    fn is_word(&self, word: &str) -> bool {
        let mut modules = self.modules.repository();
        modules.any(|module| {
            let names = &self.modules.facts(module).names;
            names.mention(word) && names.iter().any(|text| has_word(text, word))
        })
    }

    /// Whether code has a word of a path in other words than that path.
    fn is_said_elsewhere(&self, own: ModuleId, path: &str, part: &str) -> bool {
        let says = |facts: &PythonFacts, but: Option<&str>| {
            let is_other = |text: &str| {
                but != Some(text.trim_start_matches(['-', '+'])) && has_word(text, part)
            };
            facts.names.mention(part) && facts.names.iter().any(is_other)
        };
        let mut modules = self.modules.repository();
        modules.any(|module| {
            let but = (module == own).then_some(path);
            says(self.modules.facts(module), but)
        }) || is_said_again(self.modules.facts(own), path)
    }
}

/// Whether a file has a name of a query more than once, as whatever it is.
fn is_said_again(facts: &PythonFacts, path: &str) -> bool {
    let bodies = facts.body_ids().map(|id| facts.body(id));
    let said = bodies.flat_map(|body| body.exprs()).map(|expr| {
        let is_it = match expr.kind() {
            Expr::Str(text) => facts.text(text).trim_start_matches(['-', '+']) == path,
            Expr::Name(name) | Expr::Attribute(_, name) => facts.text(name) == path,
            _ => false,
        };
        let keywords = expr.as_call().map(CallRef::keywords);
        let named = keywords
            .into_iter()
            .flatten()
            .filter(|(name, _)| *name == path);
        usize::from(is_it) + named.count()
    });
    said.sum::<usize>() > 1
}

/// Whether a text has a word, where two underscores part words.
fn has_word(text: &str, word: &str) -> bool {
    text.contains(word)
        && text
            .split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
            .any(|text| text.split("__").any(|known| known == word))
}

/// Classes of expressions, all of `django.db.models`, that name fields wherever they stand.
pub(super) fn may_name_fields(call: CallRef<'_>) -> bool {
    let last = call.callee.last_name().unwrap_or_default();
    matches!(last, "Q" | "When")
        || last.starts_with(|letter: char| letter.is_ascii_uppercase()) && names::names_paths(last)
}

/// Whether a call is one of a queryset by its looks, whatever it is of.
pub(super) fn is_of_queryset(call: CallRef<'_>, reads: Reads) -> bool {
    const ONLY_DJANGOS: &[&str] = &[
        "prefetch_related",
        "select_related",
        "update_or_create",
        "get_or_create",
        "values_list",
    ];
    let Some((object, method)) = call.callee.as_attribute() else {
        return false;
    };
    match reads {
        Reads::Lookups if matches!(method, "filter" | "exclude") => {
            call.keywords().next().is_some()
        }
        Reads::Made | Reads::Columns | Reads::First => false,
        _ => ONLY_DJANGOS.contains(&method) || is_queryset(object),
    }
}

/// Whether an expression is a queryset or manager by its looks.
fn is_queryset(object: ExprRef<'_>) -> bool {
    const NAMES: &[&str] = &[
        "_base_manager",
        "_default_manager",
        "annotate",
        "exclude",
        "filter",
        "get_queryset",
        "objects",
        "order_by",
        "prefetch_related",
        "select_for_update",
        "select_related",
        "values_list",
    ];
    match object.kind() {
        Expr::Call(..) => object
            .as_call()
            .is_some_and(|call| is_queryset(call.callee)),
        Expr::Attribute(inner, name) => {
            NAMES.contains(&object.facts().text(name)) || is_queryset(object.at(inner))
        }
        Expr::Subscript(inner, _) => is_queryset(object.at(inner)),
        Expr::Name(name) => {
            let name = object.facts().text(name);
            matches!(name, "qs" | "queryset")
        }
        _ => false,
    }
}

/// Leaves each name once, and none that is known to be of rows of a model.
pub(super) fn tidied(mut open: Vec<OpenName>, known: [&[QueryName]; 2]) -> Vec<OpenName> {
    open.sort_by_key(|name| name.place);
    open.dedup_by_key(|name| name.place);
    let is_known = |place: Span| {
        known.iter().any(|names| {
            names
                .binary_search_by_key(&place, |name| name.place)
                .is_ok()
        })
    };
    open.retain(|name| !is_known(name.place));
    open
}

impl OpenName {
    /// Where the name stands in its file, whose text this is: the keyword or the text.
    pub fn span(&self, text: &str) -> Span {
        super::place_of_name(text, &self.path, self.place, self.is_keyword)
    }

    pub(super) fn new(path: &str, role: Role, place: Span, is_keyword: bool) -> Self {
        Self {
            path: path.to_owned(),
            role,
            place,
            is_keyword,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::has_word;

    #[test]
    fn words_end_at_two_underscores() {
        assert!(has_word("author__naem", "naem"));
        assert!(has_word("-naem", "naem"));
        assert!(has_word("of naem, too", "naem"));
        assert!(!has_word("author_naem", "naem"));
        assert!(!has_word("name", "nam"));
    }
}
