//! What the methods of managers and querysets do.

use std::rc::Rc;
use std::sync::Arc;

use luthier_source::Location;

use super::event::{Ask, Extent};
use super::loads::{Columns, How, Load, Loads};
use super::path::Path;
use super::run::{Arguments, GivenRow, Run};
use super::steps::Step;
use super::value::{Anchor, Asked, Dict, Fetch, Growth, Manager, Row, Rows, Source, Value};
use crate::constant::Constant;
use crate::django::{DjangoVersion, VersionSource};
use crate::flows::keeps_rows;
use crate::models::{FieldKind, Found, ModelId};
use crate::modules::{ClassRef, Definition, FunctionRef};

/// Literal slices of up to so many rows are no growth.
const FEW: i64 = 25;

/// The first Django whose querysets say how their rows fetch what they lack.
const FETCH_MODES: DjangoVersion = DjangoVersion::new(6, 1);

/// Methods that ask for one row.
pub(super) const ONE: &[&str] = &["earliest", "first", "get", "last", "latest"];

/// Methods that ask for something else.
const ASKING: &[&str] = &["aggregate", "contains", "count", "exists", "explain"];

/// Methods that write.
const WRITING: &[&str] = &[
    "add",
    "bulk_create",
    "bulk_update",
    "clear",
    "create",
    "delete",
    "get_or_create",
    "remove",
    "set",
    "update",
    "update_or_create",
];

/// What going through rows, or calling a method of theirs, asks for.
pub(super) fn ask_for(rows: &Rows, method: &str) -> Ask {
    match &rows.relation {
        Some(relation) if method.is_empty() && rows.is_whole && !rows.discards => Ask::Relation {
            model: relation.0,
            name: Arc::clone(&relation.1),
            is_single: false,
        },
        relation => Ask::Method {
            model: rows.model,
            name: method.into(),
            relation: relation.as_ref().map(|relation| Arc::clone(&relation.1)),
            discards: rows.discards,
            is_by_row: match rows.asked {
                Asked::Otherwise => relation.is_some(),
                Asked::ByRow => true,
                Asked::Alone => false,
            },
        },
    }
}

impl Run<'_, '_> {
    /// Calls a method of a manager or queryset.
    pub(super) fn rows_method(
        &mut self,
        rows: &Rc<Rows>,
        name: &str,
        given: &Arguments,
        at: Location,
    ) -> Value {
        if let Some(function) = self.own_method(rows, name) {
            let site = self.site;
            let method = Value::method(function, Value::Rows(Rc::clone(rows)));
            let made = self.call(&method, given, at);
            return made.each(|made| match made {
                // The caller's code is where more can be asked for.
                Value::Rows(made) if !made.is_fetched => Value::Rows(Rc::new(Rows {
                    source: site,
                    instance: self.new_instance(),
                    ..Rows::clone(made)
                })),
                made => made.clone(),
            });
        }
        let name = match name.strip_prefix('a') {
            Some(sync) if is_known(sync) => {
                let sync = Rc::<str>::from(sync);
                return self.apart(|run| run.rows_method(rows, &sync, given, at));
            }
            _ => name,
        };
        if rows.manager == Manager::No || is_writing(name) {
            return self.queryset_method(rows, name, given, at);
        }
        let Some(queryset) = self.queryset(rows, at) else {
            return Value::Unknown;
        };
        if matches!(name, "all" | "get_queryset") {
            let queryset = if queryset.is_fetched || !self.records() {
                queryset
            } else {
                Rc::new(self.numbered(Rows::clone(&queryset)))
            };
            if rows.relation.is_some() || self.site == Source::Unknown {
                return Value::Rows(queryset);
            }
            return Value::Rows(Rc::new(Rows {
                source: self.site,
                ..Rows::clone(&queryset)
            }));
        }
        self.queryset_method(&queryset, name, given, at)
    }

    /// The queryset that a manager's methods begin with.
    fn queryset(&mut self, rows: &Rc<Rows>, at: Location) -> Option<Rc<Rows>> {
        let plain = |rows: &Rows| {
            Rc::new(Rows {
                manager: Manager::No,
                ..rows.clone()
            })
        };
        if rows.is_fetched {
            return Some(plain(rows));
        }
        let Some(function) = self.own_method(rows, "get_queryset") else {
            return Some(plain(rows));
        };
        let own = Value::Rows(Rc::clone(rows));
        let made = self.call(&Value::method(function, own), &Arguments::default(), at);
        match made {
            Value::Rows(made) if rows.relation.is_some() => Some(Rc::new(Rows {
                manager: Manager::No,
                loads: made.loads.and(&rows.loads),
                columns: made.columns.clone(),
                ..Rows::clone(rows)
            })),
            Value::Rows(made) => Some(made),
            _ => None,
        }
    }

    /// A method of the project's own manager or queryset class.
    fn own_method(&self, rows: &Rows, name: &str) -> Option<FunctionRef> {
        let project = self.project();
        let model = self.model(rows.model);
        let named = match &rows.manager {
            Manager::Model(name) => Some(name),
            Manager::Related => model.default_manager.as_ref(),
            Manager::No if name == "get_queryset" => return None,
            Manager::No => None,
        };
        let in_class = |class: ClassRef| match project.modules.class_member(class, name) {
            Definition::Function(function) if project.modules.is_repository(function.module) => {
                Some(function)
            }
            _ => None,
        };
        let Some(named) = named else {
            if is_known(name) {
                return None;
            }
            return self
                .models_of(rows.model)
                .manager_method(&project.modules, rows.model, name);
        };
        let manager = model
            .managers
            .iter()
            .find(|manager| manager.name == *named)?;
        let classes = manager.manager_class.into_iter().chain(manager.queryset);
        classes.into_iter().find_map(in_class)
    }

    pub(super) fn queryset_method(
        &mut self,
        rows: &Rc<Rows>,
        name: &str,
        given: &Arguments,
        at: Location,
    ) -> Value {
        if self.records() && ONE.contains(&name) {
            let mut told = Rows::clone(rows);
            let mut said = told.said.as_deref().cloned().unwrap_or_default();
            said.add(if name == "get" { name } else { "" }, given);
            told.said = Some(Rc::new(said));
            return self.one(&told, name, at);
        }
        let made = self.method_of_queryset(rows, name, given, at);
        self.said(with_extent(made, rows.extent, name), name, given)
    }

    fn method_of_queryset(
        &mut self,
        rows: &Rc<Rows>,
        name: &str,
        given: &Arguments,
        at: Location,
    ) -> Value {
        match name {
            "all" => Value::Rows(Rc::new(self.chained(rows))),
            // No rows at all: nothing is ever asked of them.
            "none" => Value::Tuple(Rc::new([])),
            "filter" => {
                let is_unique = self.is_unique(rows.model, given);
                let is_bounded = rows.is_bounded || is_unique;
                Value::Rows(Rc::new(Rows {
                    is_bounded,
                    is_of_owner: rows.is_of_owner || self.names_owner(rows.model, given),
                    limit: (self.records() && is_unique).then_some(1).or(rows.limit),
                    asked: asked_with(rows, given),
                    ..self.chained(rows)
                }))
            }
            "select_for_update" => Value::Rows(Rc::new(Rows {
                asked: Asked::Alone,
                ..self.chained(rows)
            })),
            "order_by" => Value::Rows(Rc::new(Rows {
                is_ordered: !given.positional.is_empty(),
                ..self.chained(rows)
            })),
            "select_related" | "prefetch_related" => self.loading(rows, name, given),
            "only" | "defer" => self.deferring(rows, name, given),
            "values" | "values_list" | "dates" | "datetimes" => Value::Rows(Rc::new(Rows {
                is_plain: true,
                ..self.chained(rows)
            })),
            "fetch_mode" => self.with_fetch_mode(rows, given),
            "iterator" => {
                let mut chained = self.chained(rows);
                // Each row is let go before the next comes.
                if chained.fetch == Fetch::Peers {
                    chained.fetch = Fetch::One;
                }
                if given.get(0, "chunk_size").is_none() {
                    chained.loads = chained.loads.without(is_prefetched);
                }
                Value::Rows(Rc::new(chained))
            }
            "in_bulk" => {
                self.ask_rows(rows, name, at);
                Value::Dict(Rc::new(Dict {
                    other: Some(Value::Row(Rc::new(rows.row(self.depth())))),
                    is_growing: true,
                    ..Dict::default()
                }))
            }
            "as_manager" | "get_queryset" => Value::Rows(Rc::clone(rows)),
            _ if keeps_rows(name) => Value::Rows(Rc::new(self.chained(rows))),
            _ if ONE.contains(&name) => {
                let asked = asked_with(rows, given);
                let rows = Rows {
                    asked,
                    ..Rows::clone(rows)
                };
                self.one(&rows, name, at)
            }
            _ if ASKING.contains(&name) => {
                let is_answered =
                    self.is_in_memory(rows) && matches!(name, "contains" | "count" | "exists");
                if !is_answered {
                    self.ask_rows(rows, name, at);
                }
                Value::Plain
            }
            _ if is_writing(name) => self.writing(rows, name, given, at),
            "__iter__" => {
                let (element, growth) = self.elements(&Value::Rows(Rc::clone(rows)), at);
                Value::many(element, growth)
            }
            _ => Value::Unknown,
        }
    }

    /// Another queryset, made here.
    fn chained(&mut self, rows: &Rows) -> Rows {
        let is_lost = is_prefetched_relation(rows);
        let loads = if is_lost {
            rows.loads.without(is_prefetched)
        } else if rows.is_fetched && rows.loads == Loads::Open {
            self.loaded_anew(rows)
        } else if rows.is_fetched {
            rows.loads.without(|how| how == How::Followed)
        } else {
            rows.loads.clone()
        };
        Rows {
            loads,
            source: self.site,
            path: Path::start(),
            anchor: Anchor::Here,
            made: self.depth(),
            is_fetched: false,
            manager: Manager::No,
            is_whole: false,
            discards: rows.discards || is_lost,
            instance: self.new_instance(),
            ..rows.clone()
        }
    }

    /// What rows of a relation have loaded that are asked for by a condition: of a row that may have
    /// anything in memory, but not these.
    fn loaded_anew(&mut self, rows: &Rows) -> Loads {
        let manager = Rows {
            manager: Manager::Related,
            ..rows.clone()
        };
        let Some(relation) = &rows.relation else {
            return Loads::Open;
        };
        if self.own_method(&manager, "get_queryset").is_some() {
            return Loads::Open;
        }
        match self.steps(relation.0).get(&relation.1) {
            Some(Step::Many {
                back: Some(back), ..
            }) => Loads::none().with(back, super::members::parent(&Loads::Open)),
            _ => Loads::none(),
        }
    }

    /// The same rows as something of its own.
    pub(super) fn numbered(&self, rows: Rows) -> Rows {
        Rows {
            instance: self.new_instance(),
            ..rows
        }
    }

    pub(super) fn ask_rows(&mut self, rows: &Rows, method: &str, at: Location) {
        let asked = Rows {
            discards: rows.discards || is_prefetched_relation(rows),
            is_whole: false,
            ..rows.clone()
        };
        self.note_method(&asked, method, at);
        self.ask(ask_for(&asked, method), rows.source, &rows.path, at);
    }

    fn one(&mut self, rows: &Rows, name: &str, at: Location) -> Value {
        let is_ordered = rows.is_ordered || {
            let meta = &self.model(rows.model).meta;
            meta.get("ordering").is_some()
        };
        // `QuerySet.first` slices an ordered queryset that is in memory.
        if !(self.is_in_memory(rows) && name == "first" && is_ordered) {
            self.ask_rows(rows, name, at);
        }
        if rows.is_plain {
            return Value::Plain;
        }
        let row = Row {
            source: self.site,
            path: Path::start(),
            fetch: rows.fetch.alone(),
            instance: self.new_instance(),
            ..rows.row(self.depth())
        };
        Value::Row(Rc::new(row))
    }

    /// One row by its index.
    pub(super) fn indexed(&mut self, rows: &Rows, at: Location) -> Value {
        let is_there = self.is_in_memory(rows);
        if !is_there {
            self.ask_rows(rows, "[]", at);
        }
        if rows.is_plain {
            return Value::Plain;
        }
        let mut row = rows.row(self.depth());
        if !rows.is_fetched {
            row.fetch = rows.fetch.alone();
        }
        if !is_there {
            row.instance = self.new_instance();
        }
        Value::Row(Rc::new(row))
    }

    /// `rows[lower:upper]`
    pub(super) fn sliced(&mut self, rows: &Rows, is_few: bool, limit: Option<u32>) -> Value {
        let is_there = self.is_in_memory(rows);
        let sliced = Rows {
            is_bounded: rows.is_bounded || is_few,
            limit: limit.filter(|_| self.records()).or(rows.limit),
            is_fetched: is_there,
            instance: match is_there {
                true => rows.instance,
                false => self.new_instance(),
            },
            loads: rows.loads.clone(),
            discards: rows.discards,
            is_whole: rows.is_whole && rows.is_fetched,
            extent: rows.extent.after("[]"),
            ..self.chained(rows)
        };
        Value::Rows(Rc::new(sliced))
    }

    fn loading(&mut self, rows: &Rc<Rows>, name: &str, given: &Arguments) -> Value {
        let mut chained = self.chained(rows);
        let is_joining = name == "select_related";
        if given.is_open {
            chained.loads = Loads::Open;
        }
        if is_joining && given.positional.is_empty() {
            let all = self.joined_all(rows.model, 0);
            chained.loads = chained.loads.and(&all);
        }
        for value in &given.positional {
            chained.loads = match value {
                Value::None if is_joining => chained.loads.without(|how| how == How::Joined),
                Value::None => chained.loads.without(is_prefetched),
                Value::Text(path) if is_joining => self.joined(rows.model, &chained.loads, path),
                Value::Text(path) => self.prefetched(rows.model, &chained.loads, path),
                Value::Prefetch(prefetch) => {
                    self.prefetched_by(rows.model, &chained.loads, prefetch)
                }
                _ => Loads::Open,
            };
        }
        Value::Rows(Rc::new(chained))
    }

    /// `fetch_mode(FETCH_PEERS)`, which older releases do not have.
    fn with_fetch_mode(&mut self, rows: &Rc<Rows>, given: &Arguments) -> Value {
        let django = &self.project().django;
        if django.version < FETCH_MODES && django.source != VersionSource::Assumed {
            return Value::Unknown;
        }
        let mode = match given.get(0, "fetch_mode") {
            Some(Value::Outside(dotted) | Value::OutsideObject(dotted)) => {
                dotted.rsplit('.').next().unwrap_or_default()
            }
            _ => "",
        };
        let fetch = match mode {
            "FETCH_ONE" | "FetchOne" => Fetch::One,
            "FETCH_PEERS" | "FetchPeers" => Fetch::Peers,
            _ => Fetch::Raise,
        };
        Value::Rows(Rc::new(Rows {
            fetch,
            ..self.chained(rows)
        }))
    }

    fn deferring(&mut self, rows: &Rc<Rows>, name: &str, given: &Arguments) -> Value {
        let mut chained = self.chained(rows);
        let mut names: Vec<Arc<str>> = Vec::new();
        for value in &given.positional {
            match value {
                Value::Text(path) => names.push(Arc::clone(path)),
                // `defer(None)`, and what is not followed.
                _ => {
                    chained.columns = Columns::All;
                    return Value::Rows(Rc::new(chained));
                }
            }
        }
        if given.is_open {
            chained.columns = Columns::All;
            return Value::Rows(Rc::new(chained));
        }
        let own = |name: &Arc<str>| -> Arc<str> {
            let head = name.split("__").next().unwrap_or(name);
            // `author_id` is the column of `author`.
            head.into()
        };
        chained.loads = deferred_further(&chained.loads, name, &names);
        chained.columns = if name == "only" {
            let steps = self.steps(rows.model);
            Columns::only(names.iter().map(own).map(|name| match steps.get(&name) {
                Some(Step::Column(field)) => Arc::clone(field),
                _ => name,
            }))
        } else {
            let plain = names.iter().filter(|name| !name.contains("__"));
            chained.columns.defer(plain.cloned())
        };
        Value::Rows(Rc::new(chained))
    }

    fn writing(&mut self, rows: &Rc<Rows>, name: &str, given: &Arguments, at: Location) -> Value {
        let ask = Ask::Write {
            model: rows.model,
            name: name.into(),
            is_used: self.alone != Some(at),
            extent: rows.extent,
        };
        let made = self.note_write(rows, name, given, at);
        // Which rows are to go may only be known one by one.
        let is_picked = u32::from(name == "delete" && self.conditions > 0);
        self.caches += is_picked;
        self.ask(ask, rows.source, &rows.path, at);
        self.caches -= is_picked;
        let row = || {
            let row = Row {
                loads: Loads::Open,
                columns: Columns::All,
                ..rows.row(self.depth())
            };
            Value::Row(Rc::new(row))
        };
        if let Some(made) = made {
            return made;
        }
        match name {
            "create" => row(),
            "get_or_create" | "update_or_create" => Value::Tuple(Rc::new([row(), Value::Plain])),
            "bulk_create" => given.get(0, "objs").cloned().unwrap_or(Value::Unknown),
            _ => Value::Plain,
        }
    }

    /// Whether conditions leave one row at most.
    fn is_unique(&self, model: ModelId, given: &Arguments) -> bool {
        let models = self.models_of(model);
        given.keywords.iter().any(|(name, _)| {
            let name = name.strip_suffix("__exact").unwrap_or(name);
            if name == "pk" {
                return true;
            }
            match models.lookup(model, name) {
                Found::Field(_, field) => field.unique() == Some(true),
                Found::Key(_, field) => field.unique() == Some(true),
                _ => false,
            }
        })
    }

    /// Whether conditions leave the rows of one user, or of one row that belongs to another itself:
    /// what stands so far down has few. There are few administrators as well.
    fn names_owner(&self, model: ModelId, given: &Arguments) -> bool {
        // Data migrations go through tables: whose rows those are is not asked.
        if self.engine.past.is_some() {
            return false;
        }
        let project = self.project();
        let mut names = given
            .conditions()
            .map(|name| name.strip_suffix("__exact").unwrap_or(name));
        let leads_to_owner = |name: &str| {
            let mut parts = name.split("__");
            let Some(Found::Field(_, field) | Found::Key(_, field)) =
                parts.next().map(|part| project.models.lookup(model, part))
            else {
                return false;
            };
            match field.relation().and_then(|relation| relation.to.model()) {
                Some(to) => project.belongs_to_others(to) && self.names_one(to, parts),
                None => {
                    project.leads_to_user(field) && parts.all(|part| matches!(part, "id" | "pk"))
                }
            }
        };
        let is_generic_key = |name: &str| {
            let private = project.models.get(model).private_fields.iter();
            let mut generic = private.filter(|field| field.kind == FieldKind::GenericForeignKey);
            generic.any(|field| {
                let key = field.argument("fk_field").and_then(Constant::as_str);
                key.unwrap_or("object_id") == name
            })
        };
        let asks_administrators = ["is_staff", "is_superuser"]
            .iter()
            .any(|name| given.keyword(name) == Some(&Value::Bool(true)));
        asks_administrators && project.is_of_users(model)
            || names.any(|name| leads_to_owner(name) || is_generic_key(name))
    }

    /// Whether the rest of a condition's name compares what no two rows of a model have alike.
    fn names_one<'n>(&self, mut model: ModelId, parts: impl Iterator<Item = &'n str>) -> bool {
        for part in parts {
            let (Found::Field(_, field) | Found::Key(_, field)) =
                self.project().models.lookup(model, part)
            else {
                return false;
            };
            if field.unique() != Some(true) {
                return false;
            }
            let to = field.relation().and_then(|relation| relation.to.model());
            model = to.unwrap_or(model);
        }
        true
    }

    /// A growing list of rows.
    pub(super) fn list_of(&mut self, many: &Value, at: Location) -> Value {
        let (element, growth) = self.elements(many, at);
        match growth {
            Growth::No if matches!(many, Value::Tuple(_)) => many.clone(),
            growth => Value::many(element, growth),
        }
    }
}

/// How much of the table is in what a method made of rows.
fn with_extent(made: Value, before: Extent, method: &str) -> Value {
    match made {
        Value::Rows(rows) if before != Extent::Untold => Value::Rows(Rc::new(Rows {
            extent: before.after(method),
            ..Rc::unwrap_or_clone(rows)
        })),
        made => made,
    }
}

impl Extent {
    fn after(self, method: &str) -> Self {
        const KEEPING: &[&str] = &[
            "all",
            "defer",
            "get_queryset",
            "only",
            "order_by",
            "prefetch_related",
            "select_for_update",
            "select_related",
            "using",
        ];
        match self {
            Self::All if method == "iterator" => Self::Streamed,
            Self::All | Self::Streamed if !KEEPING.contains(&method) => Self::Part,
            extent => extent,
        }
    }
}

/// What the conditions of a queryset hang on once there are more of them.
fn asked_with(rows: &Rows, given: &Arguments) -> Asked {
    match (rows.asked, &given.row) {
        (_, Some(GivenRow::ItsKey(model))) if *model == rows.model => Asked::Alone,
        (Asked::Otherwise, Some(_)) => Asked::ByRow,
        (asked, _) => asked,
    }
}

/// The columns of joined rows: `only("author__name")`.
fn deferred_further(loads: &Loads, method: &str, names: &[Arc<str>]) -> Loads {
    let mut loads = loads.clone();
    for name in names {
        let Some((head, rest)) = name.split_once("__") else {
            continue;
        };
        let head: Arc<str> = head.into();
        let rest: Arc<str> = rest.split("__").next().unwrap_or(rest).into();
        let Some(load) = loads.get(&head).filter(|load| load.how == How::Joined) else {
            continue;
        };
        let columns = match (method, &load.columns) {
            ("only", Columns::Only(known)) => Columns::only(known.iter().cloned().chain([rest])),
            ("only", _) => Columns::only([rest].into_iter()),
            (_, columns) => columns.defer([rest].into_iter()),
        };
        loads = loads.set(&head, Load { columns, ..load });
    }
    loads
}

/// Whether going through so many rows is no growth.
pub(super) fn is_few(amount: i64) -> bool {
    (0..=FEW).contains(&amount)
}

/// Whether they are rows of a relation that is known to be in memory.
fn is_prefetched_relation(rows: &Rows) -> bool {
    rows.is_fetched && rows.relation.is_some() && rows.loads != Loads::Open
}

/// Whether something was loaded by a prefetch: another queryset made of the rows has none of that.
fn is_prefetched(how: How) -> bool {
    matches!(how, How::Prefetched | How::Listed(_) | How::Followed)
}

fn is_writing(name: &str) -> bool {
    WRITING.contains(&name)
}

/// Whether every manager or queryset has a method of that name.
fn is_known(name: &str) -> bool {
    const OTHERS: &[&str] = &[
        "dates",
        "datetimes",
        "in_bulk",
        "iterator",
        "values",
        "values_list",
    ];
    keeps_rows(name)
        || [ONE, ASKING, WRITING, OTHERS]
            .iter()
            .any(|names| names.contains(&name))
}
