//! From values in the heap to values that stay.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::Evaluator;
use super::state::{Trail, Variable};
use super::values::{Environment, K, Obj, ObjId, ScopeId, SequenceKind, Unset, V};
use crate::settings::value::{
    Alternative, Dict, Entry, Environment as FrozenEnvironment, Item, Kind, Object, Value,
    WhenUnset,
};
use crate::settings::{Contribution, Evaluated, Setting};

impl<'a> Evaluator<'a> {
    pub(super) fn freeze(
        &mut self,
        names: Vec<(Arc<str>, Variable<'a>)>,
        scope: ScopeId,
        fails: Option<&'static str>,
    ) -> Evaluated {
        let mut settings = Vec::with_capacity(names.len());
        for (name, variable) in names {
            if variable.value.is_unset() {
                continue;
            }
            let mut frozen = Frozen {
                own: self,
                open: FxHashSet::default(),
                places: Vec::new(),
            };
            frozen.add_trail(&variable.trail);
            let value = frozen.value(&variable.value);
            let places = frozen.places;
            settings.push(Setting {
                name,
                value,
                places,
                is_default: false,
            });
        }
        settings.sort_by(|a, b| a.name.cmp(&b.name));
        let written = self.written.clone();
        let environment = written.iter().map(|written| {
            let mut frozen = Frozen {
                own: self,
                open: FxHashSet::default(),
                places: Vec::new(),
            };
            (written.variable.clone(), frozen.value(&written.value))
        });
        let environment = environment.collect();
        let repository = self
            .loading_order
            .iter()
            .filter(|id| self.modules.is_repository(**id));
        Evaluated {
            settings,
            open: self.is_open(scope).cloned(),
            fails: fails.map(Arc::from),
            modules: repository.copied().collect(),
            optional: self.optional.clone(),
            environment,
        }
    }
}

impl<'a> Evaluator<'a> {
    /// A value that is not in the heap.
    pub(super) fn frozen(&self, value: &V<'a>) -> Value {
        let mut frozen = Frozen {
            own: self,
            open: FxHashSet::default(),
            places: Vec::new(),
        };
        frozen.value(value)
    }
}

/// One setting on its way out of the heap.
struct Frozen<'e, 'a> {
    own: &'e Evaluator<'a>,
    /// Objects being frozen: a list may hold itself.
    open: FxHashSet<ObjId>,
    places: Vec<Contribution>,
}

impl<'a> Frozen<'_, 'a> {
    fn add_trail(&mut self, trail: &Trail) {
        for contribution in trail.iter() {
            if !self.places.contains(contribution) {
                self.places.push(contribution.clone());
            }
        }
    }

    fn value(&mut self, value: &V<'a>) -> Value {
        let kind = match &value.kind {
            K::None => Kind::None,
            K::Bool(value) => Kind::Bool(*value),
            K::Int(value) => Kind::Int(*value),
            K::Float(value) => Kind::Float(*value),
            K::Str(text) => Kind::Str(text.clone()),
            K::Bytes => Kind::Bytes,
            K::Path(path) => Kind::Path(path.clone()),
            K::Duration(microseconds) => Kind::Duration {
                microseconds: *microseconds,
            },
            K::Text(parts) => Kind::Text(parts.iter().map(|part| self.value(part)).collect()),
            K::Sequence(id) | K::Dict(id) | K::Instance(id) => self.object(*id),
            K::Environment(environment) => {
                Kind::Environment(Box::new(self.environment(environment)))
            }
            K::OneOf(alternatives) => {
                let alternatives = alternatives.iter().map(|(when, value)| Alternative {
                    when: when.clone(),
                    value: self.value(value),
                });
                Kind::OneOf(alternatives.collect())
            }
            K::Module(module) => {
                Kind::Reference(self.own.modules.get(*module).name.as_str().into())
            }
            K::Function(function) => {
                let module = &self.own.modules.get(function.module).name;
                let path = function.facts.function_path(function.id);
                Kind::Reference(format!("{module}.{path}").into())
            }
            K::Class(class) => {
                let module = &self.own.modules.get(class.module).name;
                let path = class.facts.class_path(class.id);
                Kind::Reference(format!("{module}.{path}").into())
            }
            K::External(name) => Kind::Reference(name.clone()),
            K::Object(object) => {
                let arguments = object.arguments.iter();
                let arguments = arguments
                    .map(|(name, value)| (name.clone(), self.value(value)))
                    .collect();
                Kind::Object(Box::new(Object {
                    callee: object.callee.clone(),
                    arguments,
                }))
            }
            K::Unset => Kind::Unset,
            K::Unknown(why) => Kind::Unknown(why.clone()),
            K::Method(_) | K::Environ | K::Names(_) | K::Reader(_) => {
                Kind::Unknown("no plain value".into())
            }
        };
        Value::new(kind, value.place)
    }

    fn environment(&mut self, environment: &Environment<'a>) -> FrozenEnvironment {
        let unset = match &environment.unset {
            Unset::Value(value) => WhenUnset::Value(self.value(value)),
            Unset::Fails => WhenUnset::Fails,
            Unset::Unknown => WhenUnset::Unknown,
        };
        FrozenEnvironment {
            variables: environment.variables.clone(),
            cast: environment.cast.clone(),
            unset,
        }
    }

    fn object(&mut self, id: ObjId) -> Kind {
        if !self.open.insert(id) || self.open.len() > 100 {
            self.open.remove(&id);
            return Kind::Unknown("a value that holds itself".into());
        }
        let entry = self.own.state.object(id);
        self.add_trail(&entry.trail);
        let kind = match &entry.obj {
            Obj::Sequence { kind, items } => {
                let items = items.iter().map(|item| Item {
                    value: self.value(&item.value),
                    when: item.when.clone(),
                    many: item.many,
                });
                let items = items.collect();
                match kind {
                    SequenceKind::List => Kind::List(items),
                    SequenceKind::Tuple => Kind::Tuple(items),
                    SequenceKind::Set => Kind::Set(items),
                }
            }
            Obj::Dict(dict) => {
                let entries = dict.entries().map(|entry| Entry {
                    key: self.value(&entry.key),
                    value: self.value(&entry.value),
                    when: entry.when.clone(),
                });
                Kind::Dict(Dict {
                    entries: entries.collect(),
                    open: dict.open,
                })
            }
            Obj::Instance { class, .. } => {
                let callee = class.name.clone();
                Kind::Object(Box::new(Object {
                    callee,
                    arguments: Vec::new(),
                }))
            }
        };
        self.open.remove(&id);
        kind
    }
}

/// The environment variables that a value depends on at its surface.
pub(super) fn variables(value: &V<'_>) -> Vec<Arc<str>> {
    match &value.kind {
        K::Environment(environment) => environment.variables.clone(),
        K::Text(parts) => parts.iter().flat_map(variables).collect(),
        K::OneOf(alternatives) => alternatives
            .iter()
            .flat_map(|(when, value)| {
                when.variables()
                    .cloned()
                    .chain(variables(value))
                    .collect::<Vec<_>>()
            })
            .collect(),
        _ => Vec::new(),
    }
}
