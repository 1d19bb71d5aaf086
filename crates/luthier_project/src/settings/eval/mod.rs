//! The abstract evaluator: runs settings modules in the order in which Python would, on values of
//! which only parts may be known. Nothing of the project is executed.
//!
//! A branch that is decided is taken. One that is not is run both ways from the same state, and
//! what either way changed is merged: names get one value per way, lists and dicts elements and
//! entries with conditions. What was assumed on the way in is remembered, so that the same question
//! asked again within a branch has its answer. Work is bounded by a number of steps; what comes
//! after the last one is unknown.

mod attempts;
mod builtins;
mod calls;
mod casts;
mod chosen;
mod classes;
mod compare;
mod definitions;
mod derived;
mod displays;
mod elements;
mod environment;
mod expressions;
mod files;
mod forks;
mod freeze;
mod imports;
mod loops;
mod matches;
mod methods;
mod names;
mod operators;
mod paths;
mod readers;
mod remembered;
#[cfg(test)]
mod remembered_tests;
mod sequences;
mod slice;
mod standard_library;
mod state;
mod statements;
mod targets;
mod urls;
mod values;
mod verdicts;

use std::rc::Rc;
use std::sync::Arc;

use luthier_source::{FileId, Sources, Span};
use rustc_hash::FxHashMap;

pub(super) use self::remembered::{Calls, Repetition};
use self::state::State;
use self::values::{K, ScopeId, V};
use super::condition::{Condition, Fact, Test, TestKind};
use super::{Contribution, Evaluated, Value, What};
use crate::django::DjangoVersion;
use crate::facts::{BodyRef, ExprRef, PythonFacts};
use crate::modules::{ModuleId, Modules};
use crate::place::Place;

/// Steps before evaluation of one settings module gives up: far more than any real one needs.
const MAX_STEPS: u32 = 3_000_000;

/// Calls within calls; what is nested deeper is unknown.
const MAX_CALLS: u32 = 40;

/// Alternatives of one value; what has more is unknown.
const MAX_ALTERNATIVES: usize = 64;

/// What is known before evaluation.
#[derive(Clone, Debug, Default)]
pub struct Assumptions {
    /// Environment variables that are known: their texts, `None` for those that are not set.
    pub environment: Vec<(String, Option<String>)>,
    /// Django's version, where it is known.
    pub django: Option<DjangoVersion>,
    /// The dotted name of the module that `DJANGO_SETTINGS_MODULE` names.
    pub settings_module: Option<String>,
}

/// Why an expression or statement has no outcome: what Python raises there.
#[derive(Clone, Debug)]
struct Raise {
    exception: &'static str,
}

type Outcome<T> = Result<T, Raise>;

/// The code that is being run, and where its names are.
#[derive(Clone, Debug)]
struct Frame<'a> {
    module: ModuleId,
    file: Option<FileId>,
    facts: &'a PythonFacts,
    /// Innermost first; the last is the module's.
    scopes: Vec<ScopeId>,
    /// Names that `global` moved to the module's scope.
    globals: Vec<Arc<str>>,
}

#[derive(Clone, Copy, Debug)]
struct Loaded {
    scope: ScopeId,
    /// Why loading fails, where it surely does.
    fails: Option<&'static str>,
}

/// A statement that may raise, and what decides it.
#[derive(Clone, Debug)]
struct Risk {
    exception: &'static str,
    /// Does not raise where this holds.
    safe: Fact,
    /// What was assumed on the way there: elsewhere it does not raise either.
    under: Vec<Fact>,
}

/// An environment variable that the settings set.
#[derive(Clone, Debug)]
struct Written<'a> {
    variable: Arc<str>,
    value: V<'a>,
    /// `setdefault`: what the environment says comes first.
    is_default: bool,
}

#[derive(Debug)]
struct Evaluator<'a> {
    modules: &'a Modules,
    sources: &'a Sources,
    assumptions: &'a Assumptions,
    state: State<'a>,
    loaded: FxHashMap<ModuleId, Loaded>,
    /// The repository's modules in the order in which they were loaded.
    loading_order: Vec<ModuleId>,
    /// What was assumed on the way here.
    path: Vec<Fact>,
    /// `try` statements around the present one.
    guards: u32,
    /// What may have raised since the innermost `try` last looked.
    risks: Vec<Risk>,
    /// Environment variables that the settings set themselves.
    written: Vec<Written<'a>>,
    /// Scopes that may hold names which are not known, and why.
    open_scopes: Vec<(ScopeId, Arc<str>)>,
    /// Project modules that are imported where they exist, and do not.
    optional: Vec<(Arc<str>, Option<Place>)>,
    /// Modules in the order in which they were loaded, and how many there were at each branch.
    load_log: Vec<ModuleId>,
    load_marks: Vec<usize>,
    /// Whether installed packages are run too; Django itself never is.
    enters_packages: bool,
    /// What calls came to in other states of the environment, where it is one of many.
    remembered: Option<&'a Calls>,
    steps: u32,
    calls: u32,
}

/// Whether something is true, as far as it is known here.
#[derive(Clone, Debug)]
enum Verdict {
    True,
    False,
    /// True where the test comes out so.
    When(Fact),
}

impl<'a> Evaluator<'a> {
    fn new(modules: &'a Modules, sources: &'a Sources, assumptions: &'a Assumptions) -> Self {
        Self {
            modules,
            sources,
            assumptions,
            state: State::default(),
            loaded: FxHashMap::default(),
            loading_order: Vec::new(),
            path: Vec::new(),
            guards: 0,
            risks: Vec::new(),
            written: Vec::new(),
            open_scopes: Vec::new(),
            optional: Vec::new(),
            load_log: Vec::new(),
            load_marks: Vec::new(),
            enters_packages: false,
            remembered: None,
            steps: 0,
            calls: 0,
        }
    }

    /// One more step; false once there were too many.
    fn step(&mut self) -> bool {
        self.steps += 1;
        self.steps < MAX_STEPS
    }

    fn place(frame: &Frame<'a>, span: Span) -> Option<Place> {
        frame.file.map(|file| Place::new(file, span))
    }

    fn place_of(frame: &Frame<'a>, expr: ExprRef<'a>) -> Option<Place> {
        Self::place(frame, expr.span())
    }

    /// The present conditions.
    fn present(&self) -> Condition {
        Condition::of(&self.path)
    }

    fn contribution(&self, place: Option<Place>, what: What) -> Contribution {
        Contribution {
            place,
            what,
            when: self.present(),
        }
    }

    /// Binds a name to a value that was just assigned.
    fn assign(&mut self, scope: ScopeId, name: &Arc<str>, value: V<'a>, place: Option<Place>) {
        let trail = Rc::new(vec![self.contribution(place, What::Assigned)]);
        self.state
            .bind(scope, name, Some(state::Variable { value, trail }));
    }

    fn is_open(&self, scope: ScopeId) -> Option<&Arc<str>> {
        self.open_scopes
            .iter()
            .find(|(open, _)| *open == scope)
            .map(|(_, why)| why)
    }

    /// The module whose names the code works on: not its own where the code was included.
    fn owner(&self, frame: &Frame<'a>) -> ModuleId {
        let scope = frame.module_scope();
        let mut loaded = self.load_log.iter().filter(|module| {
            let loaded = self.loaded.get(module);
            loaded.is_some_and(|loaded| loaded.scope == scope)
        });
        loaded.next().copied().unwrap_or(frame.module)
    }

    /// A module's frame over its own scope.
    fn module_frame(&self, module: ModuleId, scope: ScopeId) -> Frame<'a> {
        Frame {
            module,
            file: self.modules.get(module).file,
            facts: self.modules.facts(module),
            scopes: vec![scope],
            globals: Vec::new(),
        }
    }

    /// A question about an expression that is not understood.
    fn opaque_test(&self, frame: &Frame<'a>, expr: ExprRef<'a>, variables: Vec<Arc<str>>) -> Test {
        let place = Self::place_of(frame, expr);
        let (key, text) = match place {
            Some(place) => {
                let source = self.sources.file(place.file);
                let text = source
                    .at(place.span)
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ");
                let text: Arc<str> = text.into();
                (
                    format!("{text} at {}:{}", source.path, place.span.start).into(),
                    text,
                )
            }
            None => {
                let name = &self.modules.get(frame.module).name;
                let key: Arc<str> = format!("{name}:{}", expr.span().start).into();
                (key.clone(), key)
            }
        };
        let kind = TestKind::Unknown;
        Test {
            key,
            text,
            variables,
            place,
            kind,
            compared: None,
            when_unset: None,
            parts: Vec::new(),
            beside: Vec::new(),
        }
    }
}

/// Evaluates one settings module; of a class-based configuration, one class of it.
pub(super) fn evaluate(
    modules: &Modules,
    sources: &Sources,
    assumptions: &Assumptions,
    (module, class): (ModuleId, Option<&str>),
    repetition: Option<Repetition<'_>>,
) -> Evaluated {
    let mut evaluator = Evaluator::new(modules, sources, assumptions);
    evaluator.remembered = repetition.map(|repetition| repetition.calls);
    let loaded = evaluator.load(module);
    let mut names = match class {
        None => evaluator.module_settings(loaded.scope),
        Some(class) => evaluator.class_settings(loaded.scope, class),
    };
    if let Some(repetition) = repetition {
        names.retain(|(name, _)| (repetition.is_wanted)(name));
    }
    evaluator.freeze(names, loaded.scope, loaded.fails)
}

/// What running a module leaves in one of its names.
pub(super) fn evaluate_name(
    modules: &Modules,
    sources: &Sources,
    module: ModuleId,
    name: &str,
) -> Option<Value> {
    let assumptions = Assumptions::default();
    let mut evaluator = Evaluator::new(modules, sources, &assumptions);
    evaluator.enters_packages = true;
    let loaded = match slice::statements_about(modules.facts(module), name) {
        Some(statements) => evaluator.load_only(module, &statements),
        None => evaluator.load(module),
    };
    let variable = evaluator.state.name(loaded.scope, name)?.clone();
    let evaluated = evaluator.freeze(vec![(name.into(), variable)], loaded.scope, loaded.fails);
    let found = evaluated.settings.into_iter().next()?;
    evaluated.fails.is_none().then_some(found.value)
}

impl<'a> Frame<'a> {
    fn scope(&self) -> ScopeId {
        self.scopes[0]
    }

    fn module_scope(&self) -> ScopeId {
        *self.scopes.last().expect("a frame has its module's scope")
    }

    /// Where an assignment to `name` goes.
    fn scope_for(&self, name: &str) -> ScopeId {
        let is_global = self.globals.iter().any(|global| **global == *name);
        if is_global {
            self.module_scope()
        } else {
            self.scope()
        }
    }

    fn body_of(&self, id: crate::facts::BodyId) -> BodyRef<'a> {
        self.facts.body(id)
    }
}

impl<'a> From<K<'a>> for V<'a> {
    fn from(kind: K<'a>) -> Self {
        V::new(kind, None)
    }
}
