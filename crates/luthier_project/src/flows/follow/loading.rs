//! `select_related` and `prefetch_related`: what they add to what rows have loaded.

use std::rc::Rc;
use std::sync::Arc;

use luthier_source::Location;

use super::event::Ask;
use super::loads::{Columns, How, Load, Loads};
use super::run::Run;
use super::sql::{Operation, Statement};
use super::steps::Step;
use super::value::{Anchor, Fetch, Growth, Prefetch, Row, Rows, Source, Value};
use crate::models::ModelId;

/// How deep `select_related()` without names goes.
///
/// Source: `SQLCompiler.get_related_selections` (Django 5.2), five tables.
const MAX_JOINED: u32 = 5;

impl Run<'_, '_> {
    /// What rows have loaded once a path is joined to them.
    pub(super) fn joined(&mut self, model: ModelId, loads: &Loads, path: &str) -> Loads {
        let (name, rest) = path.split_once("__").unwrap_or((path, ""));
        let name: Arc<str> = name.into();
        let (name, step) = self.step_in_query(model, &name);
        let Some(Step::One { to, back, .. }) = step else {
            // Django refuses what the model does not have: nothing is loaded by it.
            let is_refused = step.is_none() && !self.models_of(model).is_open(model);
            return if is_refused {
                loads.clone()
            } else {
                Loads::Open
            };
        };
        let mut load = Load::new(How::Joined);
        if let Some(back) = back {
            let parent = Load::new(How::Joined);
            load.loads = load.loads.with(&back, parent);
        }
        if !rest.is_empty() {
            load.loads = self.joined(to, &load.loads, rest);
        }
        match loads.get(&name) {
            Some(known) if !rest.is_empty() => {
                let load = Load {
                    loads: known.loads.and(&load.loads),
                    ..known
                };
                loads.set(&name, load)
            }
            _ => loads.with(&name, load),
        }
    }

    /// `select_related()` without names: all foreign keys that are never null.
    pub(super) fn joined_all(&mut self, model: ModelId, depth: u32) -> Loads {
        let mut loads = Loads::none();
        if depth >= MAX_JOINED {
            return loads;
        }
        let steps = self.steps(model);
        for (name, step) in steps.iter() {
            if let Step::One {
                to,
                is_forward: true,
                is_nullable: false,
                ..
            } = step
            {
                let load = Load {
                    loads: self.joined_all(*to, depth + 1),
                    ..Load::new(How::Joined)
                };
                loads = loads.with(name, load);
            }
        }
        loads
    }

    /// What rows have loaded once a path is prefetched.
    pub(super) fn prefetched(&mut self, model: ModelId, loads: &Loads, path: &str) -> Loads {
        self.prefetch_path(model, loads, path, None)
    }

    /// The same for a `Prefetch` object.
    pub(super) fn prefetched_by(
        &mut self,
        model: ModelId,
        loads: &Loads,
        prefetch: &Prefetch,
    ) -> Loads {
        self.prefetch_path(model, loads, &prefetch.lookup, Some(prefetch))
    }

    fn prefetch_path(
        &mut self,
        model: ModelId,
        loads: &Loads,
        path: &str,
        prefetch: Option<&Prefetch>,
    ) -> Loads {
        let (name, rest) = path.split_once("__").unwrap_or((path, ""));
        let name: Arc<str> = name.into();
        // Goes on from a list that another prefetch made.
        if let Some(known) = loads.get(&name)
            && matches!(known.how, How::Listed(_))
        {
            return match loads {
                Loads::Open => Loads::Open,
                Loads::Known(_) if rest.is_empty() => loads.clone(),
                Loads::Known(_) => Loads::Open,
            };
        }
        let (to, back) = match self.steps(model).get(&name) {
            Some(Step::One { to, back, .. }) => (*to, back.clone()),
            Some(Step::Many { to, back }) => (*to, back.clone()),
            Some(Step::Generic) => {
                let load = Load {
                    loads: Loads::Open,
                    ..Load::new(How::Prefetched)
                };
                return loads.set(&name, load);
            }
            Some(Step::Column(_) | Step::Open) | None => return Loads::Open,
        };
        let link = back.clone();
        let known = loads.get(&name);
        let mut load = known.clone().unwrap_or_else(|| Load::new(How::Prefetched));
        if known.is_none()
            && let Some(back) = back
        {
            load.loads = load.loads.with(&back, super::members::parent(loads));
        }
        if !rest.is_empty() {
            load.loads = self.prefetch_path(to, &load.loads, rest, prefetch);
            return loads.set(&name, load);
        }
        let Some(prefetch) = prefetch else {
            return loads.set(&name, load);
        };
        let (inner, columns, is_ordered) = match &prefetch.rows {
            Value::Rows(rows) if rows.fetch != Fetch::One => (Loads::Open, Columns::All, false),
            Value::Rows(rows) => (rows.loads.clone(), rows.columns.clone(), rows.is_ordered),
            Value::None => (Loads::none(), Columns::All, false),
            _ => (Loads::Open, Columns::All, false),
        };
        if let (Some(back), Value::Rows(rows)) = (&link, &prefetch.rows)
            && !columns.has(back)
        {
            self.ask_for_link(to, back, rows);
        }
        load.loads = load.loads.and(&inner);
        load.columns = columns;
        load.is_ordered = is_ordered;
        match &prefetch.to_attr {
            Some(attribute) => {
                load.how = How::Listed(to);
                loads.set(attribute, load)
            }
            None => loads.set(&name, load),
        }
    }

    /// Prefetched rows are given to their owners by a column: where that was left out, each row is
    /// asked for it.
    fn ask_for_link(&mut self, model: ModelId, column: &Arc<str>, rows: &Rows) {
        let Source::Code(value) = self.site else {
            return;
        };
        let Some(at) = self.location(value) else {
            return;
        };
        let loops = self.loops.len();
        self.enter_elements(&Value::Unknown, Growth::Rows, at);
        let ask = Ask::Column {
            model,
            name: Arc::clone(column),
        };
        if self.records() {
            let statement = Statement::new(Operation::Select, model);
            self.note(statement, at, (Anchor::Here, self.depth()), None);
        }
        self.ask(ask, rows.source, &rows.path, at);
        self.leave(loops);
    }

    /// Rows that are in memory, with more prefetched.
    pub(super) fn with_prefetched(
        &mut self,
        value: &Value,
        lookups: &[Value],
        is_open: bool,
        at: Location,
    ) -> Value {
        match value {
            Value::Row(row) => {
                let loads = self.with_lookups(row.model, &row.loads, lookups, is_open);
                self.note_more_prefetches(row.model, (&row.loads, &loads), at);
                Value::Row(Rc::new(Row {
                    loads,
                    ..Row::clone(row)
                }))
            }
            Value::Rows(rows) => {
                let loads = self.with_lookups(rows.model, &rows.loads, lookups, is_open);
                self.note_more_prefetches(rows.model, (&rows.loads, &loads), at);
                Value::Rows(Rc::new(Rows {
                    loads,
                    ..Rows::clone(rows)
                }))
            }
            Value::Many(many) => {
                let element = self.with_prefetched(&many.element, lookups, is_open, at);
                Value::many(element, many.growth)
            }
            Value::Tuple(values) => {
                let values = values.iter();
                Value::Tuple(
                    values
                        .map(|value| self.with_prefetched(value, lookups, is_open, at))
                        .collect(),
                )
            }
            Value::Either(_) => self.each(value, |run, value| {
                run.with_prefetched(value, lookups, is_open, at)
            }),
            value => value.clone(),
        }
    }

    fn with_lookups(
        &mut self,
        model: ModelId,
        loads: &Loads,
        lookups: &[Value],
        is_open: bool,
    ) -> Loads {
        if is_open {
            return Loads::Open;
        }
        let mut loads = loads.clone();
        for lookup in lookups {
            loads = match lookup {
                Value::Text(path) => self.prefetched(model, &loads, path),
                Value::Prefetch(prefetch) => self.prefetched_by(model, &loads, prefetch),
                _ => Loads::Open,
            };
        }
        loads
    }

    /// The attribute that a name in `select_related` leads to: relations back are called by their
    /// query name there, which for one row is the accessor's.
    fn step_in_query(&mut self, model: ModelId, name: &Arc<str>) -> (Arc<str>, Option<Step>) {
        let steps = self.steps(model);
        if let Some(step) = steps.get(name) {
            return (Arc::clone(name), Some(step.clone()));
        }
        let models = self.models_of(model);
        let reverse = models.reverse(model).into_iter().find(|reverse| {
            let named = models.query_name(reverse);
            named.is_some_and(|named| named == *name)
        });
        let accessor = reverse.and_then(|reverse| models.accessor(reverse));
        match accessor {
            Some(accessor) => {
                let step = steps.get(&accessor).cloned();
                (accessor, step)
            }
            None => (Arc::clone(name), None),
        }
    }
}
