//! Calls that need not be run again. Settings are evaluated in many states of the environment, and
//! most of the work is in functions that read one variable each: what such a call gives hangs on that
//! variable alone.
//!
//! While a function runs for the first time, what it looks at is watched. Where that is nothing but
//! its arguments, names of modules that hold plain values, and environment variables, and where it
//! changes nothing, its outcome is kept with all of that, and is the outcome wherever all of that is
//! found again.

use std::rc::Rc;
use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use super::calls::Arguments;
use super::values::{Environment, Function, K, ScopeId, Unset, V};
use super::{Evaluator, Outcome};
use crate::facts::FunctionId;
use crate::modules::ModuleId;
use crate::place::Place;
use crate::settings::condition::{Fact, Test, TestKind};
use crate::settings::value::{Kind, Value, WhenUnset};

/// Outcomes that are kept of one call: it may stand in a loop, and its variables be in many states.
const MOST_OF_CALL: usize = 64;

/// What calls came to in several evaluations of one settings module.
#[derive(Debug, Default)]
pub(in crate::settings) struct Calls(RwLock<FxHashMap<Place, Vec<Arc<Remembered>>>>);

#[cfg(test)]
impl Calls {
    /// How many outcomes are kept.
    pub(in crate::settings) fn len(&self) -> usize {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.values().map(Vec::len).sum()
    }
}

/// One of several evaluations of a settings module that differ in the environment alone.
#[derive(Clone, Copy, Debug)]
pub(in crate::settings) struct Repetition<'a> {
    pub(in crate::settings) calls: &'a Calls,
    /// The settings that anybody wants to know.
    pub(in crate::settings) is_wanted: fn(&str) -> bool,
}

/// The text of an environment variable where that is known: `Some(None)` where it is not set.
type State = Option<Option<Box<str>>>;

/// The outcome of a call, and what it hangs on.
#[derive(Debug)]
struct Remembered {
    /// The function itself, and what it is given.
    given: Vec<Seen>,
    /// Names of modules.
    names: Vec<(ModuleId, Box<str>, Seen)>,
    /// Environment variables.
    variables: Vec<(Arc<str>, State)>,
    value: Value,
    /// What holds from then on, for all else raised.
    settled: Vec<Fact>,
}

/// A value that a call is given or reads.
#[derive(Debug, PartialEq)]
enum Seen {
    Nothing,
    Plain(Value),
    /// A keyword, and what is given by it.
    Named(Arc<str>, Value),
    Function(ModuleId, FunctionId, Vec<Value>),
}

/// A call that may be known, or be kept.
pub(super) struct Site {
    place: Place,
    given: Vec<Seen>,
}

/// What a call looks at while it runs.
#[derive(Debug)]
pub(super) struct Watch {
    /// Scopes from this one on are its own.
    since: ScopeId,
    names: Vec<(ScopeId, Box<str>)>,
    variables: Vec<Arc<str>>,
    /// Whether it looked at something else as well.
    is_lost: bool,
}

impl Watch {
    pub(super) fn name(&mut self, scope: ScopeId, name: &str) {
        let is_known = |known: &(ScopeId, Box<str>)| known.0 == scope && *known.1 == *name;
        if scope < self.since && !self.names.iter().any(is_known) {
            self.names.push((scope, name.into()));
        }
    }

    /// All names of a scope.
    pub(super) fn scope(&mut self, scope: ScopeId) {
        self.is_lost |= scope < self.since;
    }

    fn variable(&mut self, variable: &str) {
        if !self.variables.iter().any(|known| **known == *variable) {
            self.variables.push(variable.into());
        }
    }

    /// What was assumed on the way here about other things than the environment, it may have met before.
    pub(super) fn test(&mut self, test: &Test) {
        self.is_lost |= test.kind != TestKind::Environment;
    }

    pub(super) fn lose(&mut self) {
        self.is_lost = true;
    }
}

impl<'a> Evaluator<'a> {
    /// Runs a function of the project, unless what it gives is known.
    pub(super) fn call_function(
        &mut self,
        function: &Function<'a>,
        arguments: Arguments<'a>,
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        let Some(calls) = self.remembered else {
            return self.run_function(function, arguments, place);
        };
        let Some(site) = self.site(function, &arguments, place) else {
            return self.run_function(function, arguments, place);
        };
        if let Some(known) = self.recall(calls, &site) {
            self.path.extend_from_slice(&known.settled);
            return Ok(thawed(&known.value));
        }
        let (before, mark) = (self.standing(), self.path.len());
        self.begin();
        self.state.watch(Watch {
            since: self.state.next_scope(),
            names: Vec::new(),
            variables: Vec::new(),
            is_lost: false,
        });
        let outcome = self.run_function(function, arguments, place);
        let watch = self.state.unwatch();
        let is_unchanged = self.state.is_unchanged() && self.standing() == before;
        self.commit();
        if let (Ok(value), Some(watch), true) = (&outcome, watch, is_unchanged) {
            self.remember(calls, site, &watch, mark, value);
        }
        outcome
    }

    /// A call that hangs on nothing but what can be looked at; none of those within another function, nor
    /// of those that may raise where that is caught.
    fn site(
        &self,
        function: &Function<'a>,
        arguments: &Arguments<'a>,
        place: Option<Place>,
    ) -> Option<Site> {
        if self.calls != 0 || self.guards != 0 || arguments.open {
            return None;
        }
        let mut given = vec![self.function_seen(function)?];
        for value in &arguments.positional {
            given.push(Seen::Plain(self.plain(value)?));
        }
        for (name, value) in &arguments.keywords {
            given.push(Seen::Named(name.clone(), self.plain(value)?));
        }
        Some(Site {
            place: place?,
            given,
        })
    }

    /// How many things there are that running code may add to.
    fn standing(&self) -> [usize; 5] {
        [
            self.risks.len(),
            self.open_scopes.len(),
            self.optional.len(),
            self.loading_order.len(),
            self.load_log.len(),
        ]
    }

    fn recall(&self, calls: &Calls, site: &Site) -> Option<Arc<Remembered>> {
        let known = calls.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut of_call = known.get(&site.place)?.iter();
        let found = of_call.find(|known| known.given == site.given && self.is_as_it_was(known));
        found.map(Arc::clone)
    }

    /// Whether a call would look at the same.
    fn is_as_it_was(&self, known: &Remembered) -> bool {
        let is_in_state = |(variable, text): &(Arc<str>, State)| {
            self.state_of(variable) == *text && self.is_untold(variable, &self.path)
        };
        known.variables.iter().all(is_in_state)
            && known.names.iter().all(|(module, name, seen)| {
                let loaded = self.loaded.get(module);
                let now = loaded.and_then(|loaded| self.name_seen(loaded.scope, name));
                now.as_ref() == Some(seen)
            })
    }

    fn state_of(&self, variable: &str) -> State {
        let known = self.known_variable(variable)?;
        Some(known.map(Box::from))
    }

    /// Whether neither the settings themselves nor what was assumed on the way say anything of a variable.
    fn is_untold(&self, variable: &Arc<str>, path: &[Fact]) -> bool {
        let mut written = self.written.iter();
        !written.any(|written| written.variable == *variable)
            && !path
                .iter()
                .any(|fact| fact.test.variables.contains(variable))
    }

    fn remember(
        &self,
        calls: &Calls,
        site: Site,
        watch: &Watch,
        mark: usize,
        value: &V<'a>,
    ) -> Option<()> {
        let (path, settled) = self.path.split_at(mark);
        let mut variables = watch.variables.iter();
        if watch.is_lost || !can_thaw(value) || !variables.all(|it| self.is_untold(it, path)) {
            return None;
        }
        let names = watch.names.iter().map(|(scope, name)| {
            let mut modules = self.load_log.iter();
            let module = modules.find(|module| {
                let loaded = self.loaded.get(module);
                loaded.is_some_and(|loaded| loaded.scope == *scope)
            });
            Some((*module?, name.clone(), self.name_seen(*scope, name)?))
        });
        let known = Remembered {
            given: site.given,
            names: names.collect::<Option<_>>()?,
            variables: watch
                .variables
                .iter()
                .map(|variable| (variable.clone(), self.state_of(variable)))
                .collect(),
            value: self.frozen(value),
            settled: settled.to_vec(),
        };
        let mut calls = calls.0.write().unwrap_or_else(PoisonError::into_inner);
        let of_call = calls.entry(site.place).or_default();
        if of_call.len() < MOST_OF_CALL {
            of_call.push(Arc::new(known));
        }
        Some(())
    }

    /// What a name of a module is; `None` where that is more than can be compared.
    fn name_seen(&self, scope: ScopeId, name: &str) -> Option<Seen> {
        let Some(variable) = self.state.name(scope, name) else {
            return self.is_open(scope).is_none().then_some(Seen::Nothing);
        };
        match &variable.value.kind {
            K::Function(function) => self.function_seen(function),
            _ => self.plain(&variable.value).map(Seen::Plain),
        }
    }

    fn function_seen(&self, function: &Function<'a>) -> Option<Seen> {
        let defaults = function.defaults.iter();
        let defaults = defaults.map(|(_, value)| self.plain(value));
        // A file that another one includes has its names looked up there.
        let home = self.loaded.get(&function.module)?.scope;
        let is_bound = function.receiver.is_some() || function.scopes[..] != [home];
        let defaults = defaults.collect::<Option<_>>().filter(|_| !is_bound)?;
        Some(Seen::Function(function.module, function.id, defaults))
    }

    /// A value that is no more than it says.
    fn plain(&self, value: &V<'a>) -> Option<Value> {
        let names = matches!(value.kind, K::External(_) | K::Module(_) | K::Environ);
        (names || is_literal(value)).then(|| self.frozen(value))
    }

    /// The text of a variable that is known, which whoever watches is told of.
    pub(super) fn asked_variable(&self, variable: &str) -> Option<Option<&str>> {
        self.state.watched(|watch| watch.variable(variable));
        self.known_variable(variable)
    }
}

/// A value without others in it, whose text or number is known.
fn is_literal(value: &V<'_>) -> bool {
    matches!(
        value.kind,
        K::None
            | K::Bool(_)
            | K::Int(_)
            | K::Float(_)
            | K::Str(_)
            | K::Bytes
            | K::Path(_)
            | K::Duration(_)
    )
}

/// Whether a value can be made again of what it is frozen to.
fn can_thaw(value: &V<'_>) -> bool {
    match &value.kind {
        K::Unset | K::Unknown(_) => true,
        K::Text(parts) => parts.iter().all(can_thaw),
        K::Environment(environment) => match &environment.unset {
            Unset::Value(value) => can_thaw(value),
            Unset::Fails | Unset::Unknown => true,
        },
        K::OneOf(ways) => ways.iter().all(|(_, value)| can_thaw(value)),
        _ => is_literal(value),
    }
}

fn thawed<'a>(value: &Value) -> V<'a> {
    let kind = match &value.kind {
        Kind::None => K::None,
        Kind::Bool(value) => K::Bool(*value),
        Kind::Int(value) => K::Int(*value),
        Kind::Float(value) => K::Float(*value),
        Kind::Str(text) => K::Str(text.clone()),
        Kind::Bytes => K::Bytes,
        Kind::Path(path) => K::Path(path.clone()),
        Kind::Duration { microseconds } => K::Duration(*microseconds),
        Kind::Text(parts) => K::Text(parts.iter().map(thawed).collect()),
        Kind::Environment(environment) => K::Environment(Rc::new(Environment {
            variables: environment.variables.clone(),
            cast: environment.cast.clone(),
            unset: match &environment.unset {
                WhenUnset::Value(value) => Unset::Value(thawed(value)),
                WhenUnset::Fails => Unset::Fails,
                WhenUnset::Unknown => Unset::Unknown,
            },
        })),
        Kind::OneOf(ways) => {
            let ways = ways.iter();
            K::OneOf(
                ways.map(|way| (way.when.clone(), thawed(&way.value)))
                    .collect(),
            )
        }
        Kind::Unset => K::Unset,
        Kind::Unknown(why) => K::Unknown(why.clone()),
        Kind::List(_)
        | Kind::Tuple(_)
        | Kind::Set(_)
        | Kind::Dict(_)
        | Kind::Reference(_)
        | Kind::Object(_) => unreachable!("these are not kept"),
    };
    V::new(kind, value.place)
}
