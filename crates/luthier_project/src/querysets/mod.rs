//! The queries that code builds, and the names in them.
//!
//! So far it answers which names the methods of managers and querysets are given, and whether
//! Django would find them: [`Project::queries`], [`Project::misnamed`].

mod aggregates;
mod annotations;
mod anyones;
mod chains;
mod columns;
mod handed_sql;
mod loaders;
mod locks;
mod lookups;
mod made;
mod names;
mod new_rows;
mod path;
mod reads;
mod row_locks;
mod saving;
mod sorted_reads;
mod transactions;
mod unused_loaders;
mod whole;
mod worded;

#[cfg(test)]
mod tests;

use luthier_source::Span;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::{CallRef, ClassId, ExprRef, PythonFacts};
use crate::models::ModelId;
use crate::modules::{ClassRef, ModuleId, Modules, ValueRef};
use crate::{ModelGraph, Project};

pub use aggregates::Inflated;
pub use anyones::Nowhere;
pub use chains::{Chain, ChainStart};
pub use columns::Column;
pub use handed_sql::{Hand, HandedSql};
pub use loaders::{Mending, PrefetchedOne};
pub use locks::Lock;
pub(crate) use lookups::is_lookup;
pub use path::{Misnamed, Missing};
pub use reads::{AskedColumn, TableScan};
pub use row_locks::RowLock;
pub use sorted_reads::SortedRead;
pub use transactions::{AtomicBlock, DatabaseUse, Effect, OpenedBy};
pub use unused_loaders::{NotUsed, UnusedLoader};
pub use whole::{RowsOrder, WholeRows};

/// What a name in a query is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Compares: `filter(name__icontains=...)`.
    Lookup,
    /// Stands for a value: `order_by("name")`, `F("price")`, `values("author__name")`.
    Value,
    /// Is set: `update(name=...)`.
    Column,
    /// Is loaded with the rows: `select_related("author")`.
    Load,
    /// Is loaded for all rows at once: `prefetch_related("lines__product")`.
    Prefetch,
    /// Is given to a new row: `create(name=...)`, `Order(name=...)`.
    Made,
}

/// One name that a query is given, where the queryset has no other names than its model's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryName {
    /// The model that the path begins at.
    pub model: ModelId,
    /// Other models that it may begin at just as well.
    others: Vec<ModelId>,
    /// Whether the queryset may know more names than were seen.
    is_loose: bool,
    /// Without a sign of order.
    pub path: String,
    pub role: Role,
    /// What the name is compared with, or gets.
    pub given: Option<ValueRef>,
    place: Span,
    is_keyword: bool,
}

/// One name that a query is given, of rows of a model that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenName {
    /// Without a sign of order.
    pub path: String,
    pub role: Role,
    place: Span,
    is_keyword: bool,
}

/// A query of which it is not known what its names may lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenQuery {
    /// `filter(...)` as the code has it, without arguments.
    pub method: String,
    /// Of the whole call.
    pub span: Span,
    pub why: &'static str,
}

impl OpenQuery {
    fn new(call: CallRef<'_>, why: &'static str) -> Self {
        let method = call.callee.as_attribute().map_or("", |(_, name)| name);
        Self {
            method: format!("{method}(...)"),
            span: call.expr.span(),
            why,
        }
    }
}

/// What the queries of one module ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queries {
    /// By place.
    pub names: Vec<QueryName>,
    /// The same of querysets that may know more names than were seen, or of which only interpreting
    /// the code shows the model.
    pub likely: Vec<QueryName>,
    /// Those of rows of whatever model.
    pub anyones: Vec<OpenName>,
    /// How many queries are given names that can be followed.
    pub known: usize,
    pub open: Vec<OpenQuery>,
    /// Aggregates that a join of the same query makes wrong.
    pub inflated: Vec<Inflated>,
}

impl QueryName {
    /// Where the name stands in its file, whose text this is: the keyword or the text.
    pub fn span(&self, text: &str) -> Span {
        place_of_name(text, &self.path, self.place, self.is_keyword)
    }
}

/// Where a name stands: the text at its place, or the keyword before the value that is there.
fn place_of_name(text: &str, path: &str, place: Span, is_keyword: bool) -> Span {
    let keyword = || {
        let before = text.get(..place.start as usize)?.trim_end();
        let before = before.strip_suffix('=')?.trim_end();
        let start = before.strip_suffix(path)?.len();
        Some(Span::new(start as u32, before.len() as u32))
    };
    let keyword = if is_keyword { keyword() } else { None };
    keyword.unwrap_or(place)
}

/// What aggregates without a name put behind the path that they are about.
const DEFAULT_ALIASES: &[&str] = &["avg", "count", "max", "min", "stddev", "sum", "variance"];

/// What code adds to the names that Django knows.
#[derive(Debug, Default)]
pub(crate) struct Registered {
    /// Lookups and transforms, on whatever field.
    lookups: FxHashSet<String>,
    /// Attributes that `Prefetch(to_attr=...)` makes.
    attributes: FxHashSet<String>,
    /// Names of ways back that classes may make which are no registered models here, and may be
    /// elsewhere: those of apps that others install.
    ways: FxHashSet<String>,
    /// Attributes of rows that lead to many rows, with the models of those.
    accessors: FxHashMap<String, Vec<ModelId>>,
    owners: anyones::Owners,
}

impl Registered {
    pub(crate) fn of(modules: &Modules, models: &ModelGraph) -> Self {
        let mut found = Self::default();
        found.add_accessors(models);
        for module in modules.repository() {
            let facts = modules.facts(module);
            if facts.names.mention("models") {
                for class in facts.class_ids() {
                    let model = models.by_class(ClassRef { module, class });
                    if !model.is_some_and(|model| models.get(model).is_registered) {
                        found.add_ways(facts, class);
                    }
                }
            }
            if facts.names.mention("lookup") || facts.names.mention("to_attr") {
                found.add(facts);
            }
        }
        found
    }

    fn add_ways(&mut self, facts: &PythonFacts, class: ClassId) {
        let declared = facts.class(class);
        let name = facts.text(declared.name).to_lowercase();
        self.ways.insert(format!("{name}_set"));
        self.ways.insert(name);
        for call in facts
            .body(declared.body)
            .exprs()
            .filter_map(ExprRef::as_call)
        {
            let named = ["related_name", "related_query_name"].map(|name| call.keyword(name));
            let names = named.into_iter().flatten().filter_map(ExprRef::as_str);
            self.ways.extend(names.map(str::to_owned));
        }
    }

    fn add(&mut self, facts: &PythonFacts) {
        for body in facts.body_ids().map(|id| facts.body(id)) {
            for statement in body.all_statements() {
                if let Some((target, value)) = statement.assignment()
                    && target.as_name() == Some("lookup_name")
                {
                    self.lookups.extend(value.as_str().map(str::to_owned));
                }
            }
            for call in body.exprs().filter_map(ExprRef::as_call) {
                let attribute = call.keyword("to_attr").and_then(ExprRef::as_str);
                self.attributes.extend(attribute.map(str::to_owned));
                if matches!(call.callee.as_attribute(), Some((_, "register_lookup"))) {
                    self.add_registered(call);
                }
            }
        }
    }

    /// `CharField.register_lookup(Lower, "low")`: a name that is given, or that of the class:
    /// Django's functions are called as their lookups are.
    fn add_registered(&mut self, call: CallRef<'_>) {
        for argument in call.arguments() {
            let given = call.expr.at(argument.value);
            self.lookups.extend(given.as_str().map(str::to_owned));
            let dotted = given.dotted().unwrap_or_default();
            let last = dotted.rsplit('.').next().unwrap_or_default();
            self.lookups.insert(last.to_lowercase());
        }
    }

    /// Whether a class that is no registered model here may make a way back of that name elsewhere.
    pub(crate) fn has_way(&self, name: &str) -> bool {
        self.ways.contains(name)
    }

    fn has(&self, lookup: &str) -> bool {
        self.lookups.contains(lookup)
    }
}

impl Project {
    /// The names in the queries of one of the repository's modules.
    pub fn queries(&self, module: ModuleId) -> &Queries {
        static NONE: Queries = Queries {
            names: Vec::new(),
            likely: Vec::new(),
            anyones: Vec::new(),
            known: 0,
            open: Vec::new(),
            inflated: Vec::new(),
        };
        let cell = self.flows.queries_of(module);
        cell.map_or(&NONE, |cell| {
            cell.get_or_init(|| names::queries(self, module))
        })
    }

    /// What is wrong with a name; `None` where Django would find it, or where that cannot be told.
    pub fn misnamed(&self, name: &QueryName) -> Option<Misnamed> {
        let found = self.follow(name.model, &name.path, name.role)?;
        if !name.is_loose {
            return Some(found);
        }
        // Then no model that it may be of may have it, and no code may give it to a queryset.
        let is_missing = |model| {
            let found = self.follow(model, &name.path, name.role);
            found.is_some_and(|found| matches!(found.what, Missing::Name | Missing::Relation))
        };
        let is_alone = [name.model]
            .iter()
            .chain(&name.others)
            .copied()
            .all(is_missing)
            && !self.may_be_given(&name.path, &found.part);
        is_alone.then_some(Misnamed {
            may_be_added: true,
            ..found
        })
    }

    /// Whether code names what a part of a path ends at as something that it gives to rows or queries:
    /// annotations, attributes, keys.
    fn may_be_given(&self, path: &str, part: &str) -> bool {
        let given = self.flows.given_names(&self.modules, &self.models);
        let parts: Vec<&str> = path.split("__").collect();
        let at = parts.iter().position(|known| *known == part).unwrap_or(0);
        let mut begins = (at..parts.len()).map(|end| parts[..=end].join("__"));
        // `Count("lines")` is `lines__count`.
        DEFAULT_ALIASES.contains(&part)
            || given.has(part)
            || begins.any(|begin| given.has_behind(&begin))
    }

    /// The part of a path of fields, wherever it is written, that surely is no field and no way
    /// back.
    pub fn missing_field(&self, model: ModelId, path: &str) -> Option<Misnamed> {
        let found = self.follow(model, path, Role::Value);
        found.filter(|found| found.what == Missing::Name)
    }

    fn follow(&self, model: ModelId, path: &str, role: Role) -> Option<Misnamed> {
        self.rules_of_paths(false).misnamed(model, path, role)
    }

    fn rules_of_paths(&self, is_guess: bool) -> path::Rules<'_> {
        path::Rules {
            modules: &self.modules,
            models: &self.models,
            registered: self.flows.registered(&self.modules, &self.models),
            apps: &self.apps,
            user_model: self.user_model(),
            is_guess,
        }
    }
}
