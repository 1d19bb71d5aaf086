//! What `RunPython` runs: functions that are given the models as they are at that point of the history.

use std::collections::BTreeSet;
use std::sync::Arc;

use luthier_source::Location;

use super::event::{Ask, Event, Extent, Through};
use super::path::Path;
use super::run::{Arguments, Engine, Loop, Run};
use super::value::{Source, Value};
use crate::models::ModelId;
use crate::modules::ValueRef;
use crate::{ModelGraph, Project};

/// What such a function is given as `apps`.
const PAST_APPS: &str = "django.db.migrations.state.StateApps";

/// What it is given as `schema_editor`.
const SCHEMA_EDITOR: &str = "django.db.backends.base.schema.BaseDatabaseSchemaEditor";

/// The apps of the project as its code is.
const APPS: &[&str] = &[
    "django.apps.apps.get_model",
    "django.apps.registry.apps.get_model",
];

/// One function that a migration runs, with the models that it finds.
#[derive(Debug)]
pub(crate) struct PastScript {
    pub(crate) code: ValueRef,
    pub(crate) models: ModelGraph,
    /// The operation.
    pub(crate) place: Location,
}

/// What it does, by place.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScriptDoes {
    pub(crate) writes: Vec<ScriptWrite>,
    pub(crate) asks: Vec<ScriptAsk>,
}

/// Rows that are written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ScriptWrite {
    pub(crate) place: Location,
    pub(crate) model: ModelId,
    /// `update`, `save`.
    pub(crate) method: Arc<str>,
    /// How much of the table, where a queryset is written.
    pub(crate) extent: Extent,
    /// How much of it is gone through where it is done for each row, and whether for some of them only.
    pub(crate) looped: Option<(Extent, bool)>,
    /// Whether the code may do without it.
    pub(crate) is_conditional: bool,
}

/// Rows of a model that are asked for or written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ScriptAsk {
    pub(crate) model: ModelId,
    /// The calls that lead there, outermost first, and the code that does it.
    pub(crate) way: Vec<Location>,
}

/// What a function does that a migration runs. Needs the stack of [`in_parts`](super::in_parts).
pub(crate) fn follow_script(project: &Project, script: &PastScript) -> ScriptDoes {
    let mut engine = Engine::new(project);
    engine.past = Some(&script.models);
    let mut run = Run::new(&mut engine);
    let code = run.value_of(script.code);
    let given = [PAST_APPS, SCHEMA_EDITOR].map(|class| Value::OutsideObject(class.into()));
    run.call(&code, &Arguments::of(given), script.place);
    let events = std::mem::take(&mut run.events);
    let mut writes = BTreeSet::new();
    let mut asks = BTreeSet::new();
    let made = events.iter().map(|event| {
        let through = event.through.filter(|_| event.looped.is_some());
        let calls = &event.calls[..];
        (
            &event.ask,
            event.place,
            calls,
            through,
            event.is_conditional,
        )
    });
    // Where something is made in a loop, it is told by the function that has the loop.
    let grown = engine.growing.iter().map(|growing| {
        let calls = &growing.calls[..];
        (
            &growing.ask,
            growing.place,
            calls,
            growing.through,
            growing.is_conditional,
        )
    });
    for (ask, place, calls, through, is_conditional) in made.chain(grown) {
        let inner = calls.iter().filter(|call| **call != script.place);
        let way = inner.copied().chain([place]).collect();
        let model = match ask {
            Ask::Relation { model, .. }
            | Ask::Column { model, .. }
            | Ask::Method { model, .. }
            | Ask::Write { model, .. } => *model,
        };
        asks.insert(ScriptAsk { model, way });
        if let Ask::Write { name, extent, .. } = ask {
            let through = through.filter(|through| through.model == model);
            let is_of_row = matches!(&**name, "delete" | "save") && *extent == Extent::Untold;
            let looped = through.filter(|_| is_of_row);
            let looped = looped.map(|through| (through.extent, through.is_picked));
            writes.insert(ScriptWrite {
                place,
                model,
                method: Arc::clone(name),
                extent: *extent,
                looped,
                is_conditional,
            });
        }
    }
    ScriptDoes {
        writes: writes.into_iter().collect(),
        asks: asks.into_iter().collect(),
    }
}

impl Run<'_, '_> {
    /// Whose row a data migration writes in a loop, and whether it writes each of them.
    pub(super) fn note_written(&self, event: &mut Event, depth: usize) {
        let Ask::Write { model, .. } = event.ask else {
            return;
        };
        if self.engine.past.is_none() {
            return;
        }
        event.through = None;
        // Rows that are made or fetched in the loop are others.
        if event.source == Source::Unknown || event.path != Path::start() {
            return;
        }
        let is_of = |around: &&Loop| {
            let is_same = around.source == event.source;
            is_same && around.through.is_some_and(|it| it.model == model)
        };
        let mut around = self.loops[..depth].iter().rev();
        let Some(around) = around.find(is_of) else {
            return;
        };
        let is_picked = self.conditions > around.conditions || event.is_conditional;
        event.through = around.through.map(|through| Through {
            is_picked,
            ..through
        });
    }

    /// Calls a method of the registry of apps that a migration or the code has; `None` for others.
    pub(super) fn method_of_apps(
        &mut self,
        dotted: &str,
        method: &str,
        given: &Arguments,
    ) -> Option<Value> {
        let is_past = match dotted {
            PAST_APPS => true,
            "django.apps.registry.Apps" => false,
            _ => return None,
        };
        matches!(method, "get_model" | "get_registered_model")
            .then(|| self.get_model(given, is_past))
    }

    /// `apps.get_model(...)` by its dotted name.
    pub(super) fn get_model_of(&mut self, dotted: &str, given: &Arguments) -> Option<Value> {
        APPS.contains(&dotted).then(|| self.get_model(given, false))
    }

    fn get_model(&self, given: &Arguments, is_past: bool) -> Value {
        let Some(labels) = given.get(0, "app_label") else {
            return Value::Unknown;
        };
        let names = given.get(1, "model_name").unwrap_or(&Value::None);
        labels.each(|label| {
            names.each(|name| {
                let label = match (label, name) {
                    (Value::Text(label), Value::None) => Arc::clone(label),
                    (Value::Text(app), Value::Text(name)) => format!("{app}.{name}").into(),
                    _ => return Value::Unknown,
                };
                self.model_called(&label, is_past)
            })
        })
    }

    fn model_called(&self, label: &str, is_past: bool) -> Value {
        let project = self.project();
        let today = project.models.by_label(label);
        if !is_past {
            return today.map_or(Value::Unknown, |model| self.class_of(model));
        }
        if let Some(past) = self.engine.past
            && let Some(model) = past.by_label(label)
        {
            return Value::Past(model);
        }
        // The migrations of packages are not replayed: their models are taken for those that are installed.
        let of_package = today.filter(|&model| {
            let module = project.models.get(model).module;
            !project.modules.is_repository(module)
        });
        of_package.map_or(Value::Unknown, Value::Past)
    }
}

/// Where the rows of a collection come from.
pub(super) fn source(many: &Value) -> Source {
    match many {
        Value::Rows(rows) => rows.source,
        Value::Many(many) => match &many.element {
            Value::Row(row) => row.source,
            _ => Source::Unknown,
        },
        Value::Either(values) => {
            let values = values.iter().map(source);
            let mut known = values.filter(|source| *source != Source::Unknown);
            known.next().unwrap_or(Source::Unknown)
        }
        _ => Source::Unknown,
    }
}
