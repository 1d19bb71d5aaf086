//! What a query looks like: its tables, joins, conditions and order, and how many statements a
//! method of a queryset or row comes to.

use std::rc::Rc;
use std::sync::Arc;

use luthier_source::Location;

use super::loads::{How, Loads};
use super::record::{Identity, Kind, Unseen};
use super::run::{Arguments, Run};
use super::steps::Step;
use super::value::{Anchor, Manager, Row, Rows, Source, Value};
use crate::ModelGraph;
use crate::constant::Constant;
use crate::facts::ir::BindingKind;
use crate::models::{FieldKind, Found, ModelId};
use crate::modules::ClassRef;

/// Joins behind joins deeper than this are not named.
const MOST_JOINED: usize = 6;

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    Select,
    Count,
    Exists,
    Insert,
    Update,
    Delete,
}

/// One statement, in the words of the code: paths as lookups have them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) operation: Operation,
    pub(super) model: ModelId,
    /// Paths that `select_related` joins.
    pub(super) joins: Vec<String>,
    pub(super) filters: Vec<Arc<str>>,
    pub(super) order: Vec<Arc<str>>,
    /// The attribute of a row that the rows are of, or that is loaded for many.
    pub(super) relation: Option<Arc<str>>,
    pub(super) is_prefetch: bool,
}

/// What a queryset's methods were told so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Said {
    pub(super) filters: Vec<Arc<str>>,
    pub(super) order: Vec<Arc<str>>,
}

/// A query with its names resolved to tables and columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    pub table: String,
    /// Other tables, each once, in the order in which they are joined.
    pub joins: Vec<String>,
    /// Columns that rows are picked by: `table.column` where the table is another one.
    pub filters: Vec<String>,
    /// Columns, with `-` before those in descending order.
    pub order: Vec<String>,
}

impl Statement {
    pub(super) fn new(operation: Operation, model: ModelId) -> Self {
        Self {
            operation,
            model,
            joins: Vec::new(),
            filters: Vec::new(),
            order: Vec::new(),
            relation: None,
            is_prefetch: false,
        }
    }

    /// The same for a row that is in the database by then.
    pub(super) fn again(&self) -> Self {
        Self::new(Operation::Update, self.model).by("pk")
    }

    pub(super) fn by(mut self, column: &str) -> Self {
        self.filters.push(column.into());
        self
    }

    /// The same in the database's words.
    pub(super) fn shape(&self, models: &ModelGraph) -> Shape {
        let mut shape = Shape {
            table: table(models, self.model),
            ..Shape::default()
        };
        for path in &self.joins {
            // A name behind the relation: then its table is joined.
            resolve(models, self.model, &format!("{path}__*"), &mut shape.joins);
        }
        for lookup in &self.filters {
            let column = resolve(models, self.model, lookup, &mut shape.joins);
            if !shape.filters.contains(&column) {
                shape.filters.push(column);
            }
        }
        for name in &self.order {
            let (sign, path) = match name.strip_prefix('-') {
                Some(path) => ("-", path),
                None => ("", &**name),
            };
            let column = resolve(models, self.model, path, &mut shape.joins);
            shape.order.push(format!("{sign}{column}"));
        }
        // The way back to where a join came from is none.
        shape.joins.retain(|table| *table != shape.table);
        shape
    }
}

/// The name of a model's table.
pub(super) fn table(models: &ModelGraph, model: ModelId) -> String {
    let model = models.get(models.get(model).concrete);
    match &model.db_table {
        Some(name) => name.to_string(),
        None => format!("{}_{}", model.app_label, model.name.to_lowercase()),
    }
}

/// The column that a path leads to; adds the tables on the way.
fn resolve(models: &ModelGraph, model: ModelId, path: &str, joins: &mut Vec<String>) -> String {
    let mut current = model;
    let mut found: Option<String> = None;
    let mut join = |to: ModelId| {
        let name = table(models, to);
        if !joins.contains(&name) {
            joins.push(name);
        }
    };
    let parts: Vec<&str> = path.split("__").collect();
    for (index, part) in parts.iter().enumerate() {
        let is_last = index + 1 == parts.len();
        match models.lookup(current, part) {
            Found::Field(owner, field) => {
                let own = || match current == model && owner == model {
                    true => String::new(),
                    false => format!("{}.", table(models, owner)),
                };
                let to = field.relation().and_then(|relation| relation.to.model());
                let is_many = matches!(
                    field.kind,
                    FieldKind::ManyToMany | FieldKind::GenericRelation
                );
                match to {
                    Some(to) if is_many => {
                        join(to);
                        current = to;
                        found = Some(format!("{}.id", table(models, to)));
                    }
                    Some(to) => {
                        found = Some(format!("{}{}", own(), field.attname()));
                        // What follows may be a comparison of the key itself.
                        let next = parts.get(index + 1);
                        let leads = next.is_some_and(|next| {
                            let is_name = !matches!(models.lookup(to, next), Found::Nothing);
                            *next == "*" || is_name && *next != "pk"
                        });
                        if is_last || !leads {
                            break;
                        }
                        join(to);
                        current = to;
                    }
                    None => {
                        found = Some(format!("{}{}", own(), field.attname()));
                        break;
                    }
                }
            }
            Found::Key(_, field) => {
                found = Some(field.attname().to_string());
                break;
            }
            Found::Reverse(reverse) => {
                join(reverse.from);
                current = reverse.from;
                found = Some(format!("{}.id", table(models, current)));
            }
            Found::Nothing | Found::Unknown => {
                // An annotation, or a comparison.
                found = found.or_else(|| Some((*part).to_owned()));
                break;
            }
        }
    }
    found.unwrap_or_else(|| path.to_owned())
}

impl Rows {
    pub(super) fn identity(&self, kind: Kind) -> Option<Identity> {
        let is_known = self.source != Source::Unknown || self.instance != 0;
        is_known.then(|| Identity {
            source: self.source,
            instance: self.instance,
            path: self.path.clone(),
            kind,
        })
    }
}

impl Row {
    pub(super) fn identity(&self, name: &str) -> Option<Identity> {
        let is_known = self.source != Source::Unknown || self.instance != 0;
        is_known.then(|| Identity {
            source: self.source,
            instance: self.instance,
            path: self.path.step(name, false),
            kind: Kind::Of,
        })
    }
}

impl Run<'_, '_> {
    /// Whether the rows of a queryset are in memory.
    pub(super) fn is_in_memory(&self, rows: &Rows) -> bool {
        rows.is_fetched
            || rows
                .identity(Kind::Rows)
                .is_some_and(|identity| self.was_asked(&identity))
    }

    pub(super) fn statement(&mut self, rows: &Rows, operation: Operation) -> Statement {
        let mut statement = Statement::new(operation, rows.model);
        if let Some(relation) = &rows.relation {
            statement.relation = Some(Arc::clone(&relation.1));
            match self.steps(relation.0).get(&relation.1) {
                Some(Step::Many {
                    back: Some(back), ..
                }) => statement.filters.push(Arc::clone(back)),
                Some(Step::Many { .. }) => {
                    let models = self.models_of(relation.0);
                    let named = match models.lookup(relation.0, &relation.1) {
                        Found::Field(owner, field) => models.query_name_of(owner, field),
                        _ => None,
                    };
                    let back = models
                        .reverse(relation.0)
                        .into_iter()
                        .find(|reverse| models.accessor(reverse).as_deref() == Some(&*relation.1));
                    let back = back.map(|back| Arc::clone(&back.field));
                    statement.filters.extend(named.or(back));
                }
                _ => {}
            }
        }
        if let Some(said) = &rows.said {
            statement.filters.extend(said.filters.iter().cloned());
            if operation == Operation::Select {
                statement.order.clone_from(&said.order);
            }
        }
        if operation == Operation::Select {
            if statement.order.is_empty() {
                statement.order = self.usual_order(rows.model);
            }
            if !rows.is_plain {
                joined(&rows.loads, "", &mut statement.joins);
            }
        }
        statement
    }

    /// `Meta.ordering`
    fn usual_order(&self, model: ModelId) -> Vec<Arc<str>> {
        let meta = &self.model(model).meta;
        let Some(Constant::List(names)) = meta.get("ordering") else {
            return Vec::new();
        };
        let texts = names.iter().filter_map(Constant::as_str);
        texts.map(Arc::from).collect()
    }

    /// The rows of a queryset are fetched, with what is prefetched for them.
    pub(super) fn note_rows(&mut self, rows: &Rows, at: Location, method: Option<&str>) {
        if !self.records() {
            return;
        }
        let mut statement = self.statement(rows, Operation::Select);
        if matches!(method, Some("get" | "in_bulk")) {
            statement.order.clear();
        }
        let (counted, once) = match method {
            Some(_) => ((Anchor::Here, self.depth()), None),
            None => (
                self.counted(rows.anchor, rows.made),
                rows.identity(Kind::Rows),
            ),
        };
        let is_new = once.as_ref().is_none_or(|once| !self.was_asked(once));
        self.note(statement, at, counted, once);
        if is_new && !rows.is_plain {
            self.note_prefetches(rows.model, &rows.loads, counted, at);
        }
    }

    /// How many rows a paginator has is asked once.
    pub(super) fn note_count(&mut self, rows: &Value, at: Location) {
        if let Value::Rows(rows) = rows
            && self.records()
            && !self.is_in_memory(rows)
        {
            let statement = self.statement(rows, Operation::Count);
            let counted = self.counted(rows.anchor, rows.made);
            self.note(statement, at, counted, rows.identity(Kind::Count));
        }
    }

    /// One page of rows, after it was asked how many there are.
    pub(super) fn page(&mut self, rows: &Value, at: Location) -> Value {
        if !self.records() {
            return rows.clone();
        }
        self.each(rows, |run, rows| match rows {
            Value::Rows(all) => {
                run.note_count(rows, at);
                run.sliced(all, false, None)
            }
            rows => rows.clone(),
        })
    }

    /// What is prefetched for rows that are in memory.
    pub(super) fn note_more_prefetches(
        &mut self,
        model: ModelId,
        (before, after): (&Loads, &Loads),
        at: Location,
    ) {
        let (Loads::Known(before), Loads::Known(after)) = (before, after) else {
            return;
        };
        if !self.records() {
            return;
        }
        let here = (Anchor::Here, self.depth());
        for (name, load) in after.iter() {
            match before.get(name) {
                None => {
                    let one = Loads::none().with(name, load.clone());
                    self.note_prefetches(model, &one, here, at);
                }
                Some(known) => {
                    let to = match self.steps(model).get(name) {
                        Some(Step::One { to, .. } | Step::Many { to, .. }) => *to,
                        _ => continue,
                    };
                    self.note_more_prefetches(to, (&known.loads, &load.loads), at);
                }
            }
        }
    }

    /// A set of forms fetches the rows that it is for.
    pub(super) fn note_forms(&mut self, form: ClassRef, at: Location) {
        if !self.records() {
            return;
        }
        let mut shapes = self.project().serializers.of_class(form);
        if let Some(model) = shapes.find_map(|shape| shape.subject.model()) {
            self.note_all(model, at);
        }
    }

    /// How many members a class of choices has.
    pub(super) fn members_of(&self, class: ClassRef) -> Option<u32> {
        let modules = &self.project().modules;
        let is_choices =
            modules.inherits_by_name(class, &["Choices", "IntegerChoices", "TextChoices", "Enum"]);
        let facts = modules.facts(class.module);
        let body = modules.class_body(class).body();
        let members = body.bindings.iter().filter(|binding| {
            matches!(binding.kind, BindingKind::Value(_))
                && !facts.text(binding.name).starts_with('_')
        });
        is_choices.then(|| u32::try_from(members.count()).unwrap_or(u32::MAX))
    }

    /// `Status.choices` and the like.
    pub(super) fn choices_of_class(&self, class: ClassRef, name: &str) -> Option<Value> {
        let element = match name {
            "choices" => Value::Tuple(Rc::new([Value::Plain, Value::Plain])),
            "labels" | "names" | "values" => Value::Plain,
            _ => return None,
        };
        let amount = self.members_of(class)?;
        Some(Value::Tuple(vec![element; amount as usize].into()))
    }

    /// One query for each relation that is prefetched.
    pub(super) fn note_prefetches(
        &mut self,
        model: ModelId,
        loads: &Loads,
        counted: (Anchor, u8),
        at: Location,
    ) {
        let Loads::Known(known) = loads else {
            return;
        };
        for (name, load) in known.iter() {
            let step = self.steps(model).get(name).cloned();
            let (to, back) = match (step, load.how) {
                (_, How::Parent | How::Followed) => continue,
                (_, How::Listed(to)) => (to, None),
                (Some(Step::One { to, .. }), _) => (to, Some("id".into())),
                (Some(Step::Many { to, back }), _) => (to, back),
                (Some(Step::Generic), How::Prefetched) => {
                    // One query for each model that there is in the column.
                    self.unseen(Unseen::Rows(at));
                    continue;
                }
                _ => continue,
            };
            if matches!(load.how, How::Prefetched | How::Listed(_)) {
                let mut statement = Statement::new(Operation::Select, to);
                statement.relation = Some(Arc::clone(name));
                statement.filters.extend(back);
                statement.is_prefetch = true;
                joined(&load.loads, "", &mut statement.joins);
                self.note(statement, at, counted, None);
            }
            self.note_prefetches(to, &load.loads, counted, at);
        }
    }

    /// A method of a queryset asks the database for something.
    pub(super) fn note_method(&mut self, rows: &Rows, method: &str, at: Location) {
        if !self.records() {
            return;
        }
        let operation = match method {
            "count" => Operation::Count,
            "contains" | "exists" => Operation::Exists,
            "get" | "first" | "last" | "earliest" | "latest" | "[]" | "in_bulk" => {
                self.note_rows(rows, at, Some(method));
                return;
            }
            _ => Operation::Select,
        };
        let mut statement = self.statement(rows, operation);
        if method == "aggregate" {
            statement.order.clear();
            statement.joins.clear();
        }
        self.note(statement, at, (Anchor::Here, self.depth()), None);
    }

    /// A relation or column of a row is asked for.
    pub(super) fn note_touch(&mut self, row: &Row, name: &str, at: Location) {
        if !self.records() {
            return;
        }
        let model = match self.steps(row.model).get(name) {
            Some(Step::One { to, .. }) => *to,
            _ => row.model,
        };
        let by = match self.steps(row.model).get(name) {
            Some(Step::One {
                is_forward: false,
                back: Some(back),
                ..
            }) => back.to_string(),
            _ => "pk".to_owned(),
        };
        let mut statement = Statement::new(Operation::Select, model).by(&by);
        statement.relation = Some(name.into());
        let counted = self.counted(row.anchor, row.made);
        self.note(statement, at, counted, row.identity(name));
    }

    /// A method of a manager or queryset that writes.
    pub(super) fn note_write(
        &mut self,
        rows: &Rows,
        name: &str,
        given: &Arguments,
        at: Location,
    ) -> Option<Value> {
        if !self.records() {
            return None;
        }
        let here = (Anchor::Here, self.depth());
        let model = rows.model;
        let insert = Statement::new(Operation::Insert, model);
        let through = self.is_to_many(rows);
        match name {
            "create" => {
                let row = self.save_new(model, at);
                if through {
                    self.note(insert, at, here, None);
                }
                return Some(row);
            }
            "get_or_create" | "update_or_create" => {
                let mut found = self.statement(rows, Operation::Select);
                found.order.clear();
                found
                    .filters
                    .extend(given.keywords.iter().map(|(name, _)| Arc::clone(name)));
                found
                    .filters
                    .retain(|name| &**name != "defaults" && &**name != "create_defaults");
                self.note(found, at, here, None);
                let mut fork = self.fork();
                if name == "update_or_create" {
                    self.note_save(model, false, at);
                }
                self.way(&mut fork, true);
                self.save_new(model, at);
                self.way(&mut fork, true);
                self.meet(fork);
            }
            "bulk_create" => {
                for _ in 0..=self.parents(model) {
                    self.note(insert.clone(), at, here, None);
                }
            }
            "bulk_update" => {
                let statement = Statement::new(Operation::Update, model).by("pk");
                self.note(statement, at, here, None);
            }
            "update" => {
                let statement = self.statement(rows, Operation::Update);
                self.note(statement, at, here, None);
            }
            "delete" => self.note_delete(rows, at),
            "add" if through => self.note(insert, at, here, None),
            "set" => {
                let mut found = self.statement(rows, Operation::Select);
                found.order.clear();
                self.note(found, at, here, None);
                let gone = Statement::new(Operation::Delete, model);
                self.note(gone, at, here, None);
                self.note(insert, at, here, None);
            }
            "remove" | "clear" if through => {
                let gone = self.statement(rows, Operation::Delete);
                self.note(gone, at, here, None);
            }
            _ => {
                let statement = self.statement(rows, Operation::Update);
                self.note(statement, at, here, None);
            }
        }
        None
    }

    /// A new row is saved, by the model's own `save()` where it has one.
    pub(super) fn save_new(&mut self, model: ModelId, at: Location) -> Value {
        let row = self.new_row(model);
        self.call_method(&row, "save", &Arguments::default(), at);
        row
    }

    /// Whether rows are of a relation with a table between.
    fn is_to_many(&mut self, rows: &Rows) -> bool {
        let Some(relation) = rows.relation.clone() else {
            return false;
        };
        rows.manager == Manager::Related
            && matches!(
                self.steps(relation.0).get(&relation.1),
                Some(Step::Many { back: None, .. })
            )
    }

    /// How many tables a row has above its own.
    pub(super) fn parents(&self, model: ModelId) -> usize {
        let models = self.models_of(model);
        let model = models.get(models.get(model).concrete);
        let parents = model.parents.iter();
        parents.map(|parent| 1 + self.parents(parent.model)).sum()
    }

    /// `save()`: one statement for each table of the row.
    pub(super) fn note_save(&mut self, model: ModelId, is_new: bool, at: Location) {
        self.save(model, is_new, None, at);
    }

    fn save(&mut self, model: ModelId, is_new: bool, once: Option<Identity>, at: Location) {
        if !self.records() {
            return;
        }
        let mut once = once;
        let operation = if is_new {
            Operation::Insert
        } else {
            Operation::Update
        };
        for _ in 0..=self.parents(model) {
            let statement = Statement::new(operation, model);
            let statement = if is_new {
                statement
            } else {
                statement.by("pk")
            };
            self.note(statement, at, (Anchor::Here, self.depth()), once.take());
        }
        for signal in ["pre_save", "post_save"] {
            for &receiver in self.project().receivers().of_model(model, signal) {
                let given = Arguments {
                    keywords: vec![
                        ("sender".into(), self.class_of(model)),
                        ("instance".into(), self.new_row(model)),
                        ("created".into(), Value::Bool(is_new)),
                    ],
                    is_open: true,
                    ..Arguments::default()
                };
                self.call(&Value::function(receiver), &given, at);
            }
        }
    }

    /// `save()`, `delete()` and `refresh_from_db()` of a row.
    pub(super) fn note_row_method(&mut self, row: &Row, name: &str, at: Location) {
        if !self.records() {
            return;
        }
        match name {
            "save" => self.note_save_of(row, at),
            "delete" => self.note_delete_of(row.model, at, &mut Vec::new()),
            _ => {
                let found = Statement::new(Operation::Select, row.model).by("pk");
                self.note(found, at, (Anchor::Here, self.depth()), None);
            }
        }
    }

    fn note_save_of(&mut self, row: &Row, at: Location) {
        let once = Some(Identity {
            source: row.source,
            instance: row.instance,
            path: row.path.clone(),
            kind: Kind::Saved,
        });
        let once = once.filter(|once| once.instance != 0 || once.source != Source::Unknown);
        let is_new =
            row.loads == Loads::Open && once.as_ref().is_none_or(|once| !self.was_asked(once));
        self.save(row.model, is_new, once.filter(|_| is_new), at);
    }

    /// All rows of a model are fetched, once more each time.
    pub(super) fn note_all(&mut self, model: ModelId, at: Location) {
        if self.records() {
            let mut statement = Statement::new(Operation::Select, model);
            statement.order = self.usual_order(model);
            self.note(statement, at, (Anchor::Here, self.depth()), None);
        }
    }

    /// What a method tells a queryset: conditions and order.
    pub(super) fn said(&self, made: Value, name: &str, given: &Arguments) -> Value {
        let Value::Rows(rows) = &made else {
            return made;
        };
        if !self.records() || !matches!(name, "exclude" | "filter" | "order_by" | "get") {
            return made;
        }
        let mut said = rows.said.as_deref().cloned().unwrap_or_default();
        said.add(name, given);
        Value::Rows(Rc::new(Rows {
            said: Some(Rc::new(said)),
            ..Rows::clone(rows)
        }))
    }
}

impl Said {
    pub(super) fn add(&mut self, name: &str, given: &Arguments) {
        if name == "order_by" {
            let names = given.positional.iter().filter_map(|value| match value {
                Value::Text(name) => Some(Arc::clone(name)),
                _ => None,
            });
            self.order = names.collect();
            return;
        }
        for (name, _) in &given.keywords {
            self.filters.push(Arc::clone(name));
        }
        for value in &given.positional {
            if let Value::Lookups(names) = value {
                self.filters.extend(names.iter().cloned());
            }
        }
    }
}

/// The paths that `select_related` joins.
fn joined(loads: &Loads, before: &str, paths: &mut Vec<String>) {
    let Loads::Known(known) = loads else {
        return;
    };
    for (name, load) in known.iter() {
        if load.how != How::Joined {
            continue;
        }
        let path = match before {
            "" => name.to_string(),
            before => format!("{before}__{name}"),
        };
        paths.push(path.clone());
        if path.split("__").count() <= MOST_JOINED {
            joined(&load.loads, &path, paths);
        }
    }
}
