//! From the root URLconfs to the flat list of routes.

use std::rc::Rc;

use rustc_hash::FxHashSet;

use super::evaluate::Machine;
use super::evaluate::value::{CodePlace, Include, Item, Pattern, Target, Value, View, When};
use super::pattern::Segment;
use super::surroundings::Surroundings;
use super::{
    Handler, InitKwarg, Namespace, Open, OpenReason, Root, Route, RouteName, RouteView, Routes,
    ViewTarget,
};
use crate::facts::ir::{BindingKind, Owner, Stmt};
use crate::facts::{BodyRef, Expr, ExprRef, PythonFacts};
use crate::modules::{ModuleId, Modules};

/// Includes within includes.
const MAX_DEPTH: u32 = 40;

/// Bytes; only what is used is taken from the machine.
const STACK: usize = 256 << 20;

/// More routes than this are not collected.
const MAX_ROUTES: usize = 100_000;

/// Collects the routes below the root URLconfs: those that are configured, and those of `own`
/// modules that nobody includes (other hosts, other deployments).
pub(super) fn link(modules: &Modules, world: &Surroundings, own: &[ModuleId]) -> Routes {
    // URLconfs import each other over many levels; an ordinary stack may be too small for that.
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(STACK);
        let worker = builder.spawn_scoped(scope, || collect(modules, world, own));
        match worker.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(routes)) => routes,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => Routes::default(),
        }
    })
}

fn collect(modules: &Modules, world: &Surroundings, own: &[ModuleId]) -> Routes {
    let mut machine = Machine::new(modules, world);
    let mut collector = Collector {
        machine: &mut machine,
        routes: Routes::default(),
        included: FxHashSet::default(),
    };
    if world.roots_open {
        collector.routes.open.push(Open {
            place: CodePlace::NOWHERE,
            namespaces: Vec::new(),
            segments: Vec::new(),
            reason: OpenReason::Dynamic,
        });
    }
    if let Some(place) = added_later(modules, own) {
        collector.routes.open.push(Open {
            place,
            namespaces: Vec::new(),
            segments: Vec::new(),
            reason: OpenReason::Dynamic,
        });
    }
    for dotted in &world.root_urlconfs {
        if let Some(module) = modules.find(dotted) {
            collector.machine.run_module(module);
        }
    }
    collector.machine.run_late(own);
    for dotted in &world.root_urlconfs {
        match modules.find(dotted) {
            Some(module) => collector.root(module, true),
            None => collector.routes.open.push(Open {
                place: CodePlace::NOWHERE,
                namespaces: Vec::new(),
                segments: Vec::new(),
                reason: OpenReason::Missing(dotted.clone()),
            }),
        }
    }
    let candidates: Vec<_> = own
        .iter()
        .copied()
        .filter(|&module| has_patterns(modules.facts(module)))
        .collect();
    // Those that others include are found by running all of them: a module that was met inside
    // another is no root.
    let named = mentioned(modules, own);
    for &module in &candidates {
        let is_mentioned = named.contains(modules.get(module).name.as_str());
        if !collector.included.contains(&module) && !is_mentioned {
            collector.root(module, false);
        }
    }
    let mut routes = collector.routes;
    routes.converters = machine
        .converters
        .iter()
        .map(|(name, class)| {
            let class = match class {
                Value::Class(class) => Some(*class),
                _ => None,
            };
            (name.to_string(), class)
        })
        .collect();
    routes.index();
    routes
}

/// The first function that takes the patterns of one of the project's URLconfs and adds to them, as
/// an app may do when it is ready: which ones it adds, is for run time to say.
fn added_later(modules: &Modules, own: &[ModuleId]) -> Option<CodePlace> {
    own.iter().find_map(|&module| {
        let facts = modules.facts(module);
        let mut imports = facts.imports.iter();
        let import = imports.find(|import| {
            let name = import.name.map(|name| facts.text(name));
            let is_inner = matches!(facts.body(import.scope).owner(), Owner::Function(_));
            let target = modules.absolute(module, import);
            is_inner
                && name == Some("urlpatterns")
                && target.is_some_and(|target| modules.is_own(&target))
                && adds_to(facts.body(import.scope), facts.text(import.binds))
        })?;
        let span = import.span;
        Some(CodePlace { module, span })
    })
}

/// Whether a scope extends what a name holds: `name += more`, `name.append(one)`.
fn adds_to(body: BodyRef<'_>, name: &str) -> bool {
    let is_it = |expr: ExprRef<'_>| expr.as_name() == Some(name);
    let augments = body.all_statements().any(|statement| {
        matches!(statement.kind(), Stmt::Augmented { target, .. } if is_it(body.expr(target)))
    });
    let calls = || {
        let mut calls = body.exprs().filter_map(ExprRef::as_call);
        calls.any(|call| {
            let method = call.callee.as_attribute();
            method.is_some_and(|(receiver, method)| {
                is_it(receiver) && matches!(method, "append" | "extend" | "insert")
            })
        })
    };
    augments || calls()
}

/// Whether a module binds `urlpatterns` itself.
fn has_patterns(facts: &PythonFacts) -> bool {
    facts
        .module()
        .binding("urlpatterns")
        .is_some_and(|binding| !matches!(binding.kind, BindingKind::Import(_)))
}

/// Dotted names that the modules write as strings or import: a URLconf among them is no root, even
/// where it could not be seen who includes it.
fn mentioned(modules: &Modules, own: &[ModuleId]) -> FxHashSet<String> {
    let mut named = FxHashSet::default();
    for &id in own {
        let facts = modules.facts(id);
        if !has_patterns(facts) {
            continue;
        }
        for body in facts.body_ids() {
            for expr in facts.body(body).exprs() {
                if let Expr::Str(name) = expr.kind() {
                    let text = facts.text(name);
                    if text.contains('.') && !text.contains(['/', ' ']) {
                        named.insert(text.to_owned());
                    }
                }
            }
        }
        for import in &facts.imports {
            let Some(target) = modules.absolute(id, import) else {
                continue;
            };
            if let Some(name) = import.name {
                named.insert(format!("{target}.{}", facts.text(name)));
            }
            named.insert(target);
        }
        named.remove(&modules.get(id).name);
    }
    named
}

struct Collector<'m, 'a> {
    machine: &'m mut Machine<'a>,
    routes: Routes,
    /// URLconf modules that were reached.
    included: FxHashSet<ModuleId>,
}

/// What stands before a pattern.
#[derive(Clone, Default)]
struct Prefix {
    segments: Vec<Segment>,
    namespaces: Vec<Namespace>,
    /// `None` once something unknown was given.
    kwargs: Option<Vec<String>>,
    when: When,
    depth: u32,
    /// URLconfs around, to see circles.
    around: Vec<ModuleId>,
    /// Where the innermost include stands that the project writes itself.
    place: Option<CodePlace>,
}

impl Collector<'_, '_> {
    fn root(&mut self, module: ModuleId, configured: bool) {
        self.included.insert(module);
        let patterns = self.machine.urlpatterns(module);
        self.routes.roots.push(Root { module, configured });
        let prefix = Prefix {
            kwargs: Some(Vec::new()),
            around: vec![module],
            ..Prefix::default()
        };
        let place = CodePlace {
            module,
            span: luthier_source::Span::default(),
        };
        self.patterns(&patterns, &prefix, place);
        for status in [400, 403, 404, 500] {
            let Some(value) = self
                .machine
                .member_if_any(module, &format!("handler{status}"))
            else {
                continue;
            };
            let (view, dotted) = match &value {
                Value::Str(dotted) => {
                    let target = self.machine.lookup(dotted);
                    (self.target_of(&target), Some(dotted.to_string()))
                }
                value => (self.target_of(value), None),
            };
            self.routes.handlers.push(Handler {
                status,
                view,
                dotted,
                module,
            });
        }
    }

    fn target_of(&self, value: &Value) -> ViewTarget {
        self.machine
            .view_of(value)
            .map_or(ViewTarget::Unknown, |view| target(&view.target))
    }

    fn patterns(&mut self, patterns: &Value, prefix: &Prefix, place: CodePlace) {
        let Some(items) = self.machine.iterate(patterns) else {
            return self.open(prefix, place, OpenReason::Dynamic);
        };
        for item in items {
            if self.routes.routes.len() >= MAX_ROUTES {
                return self.open(prefix, place, OpenReason::TooDeep);
            }
            self.item(&item, prefix);
        }
    }

    fn open(&mut self, prefix: &Prefix, place: CodePlace, reason: OpenReason) {
        let place = if place == CodePlace::NOWHERE {
            prefix.place.unwrap_or(place)
        } else {
            place
        };
        self.routes.open.push(Open {
            place,
            namespaces: prefix.namespaces.clone(),
            segments: prefix.segments.clone(),
            reason,
        });
    }

    fn item(&mut self, item: &Item, prefix: &Prefix) {
        let Value::Pattern(id) = item.value else {
            // `None` and such in a list of patterns would not run.
            if !matches!(item.value, Value::None | Value::Str(_)) {
                self.open(prefix, item.place, OpenReason::Dynamic);
            }
            return;
        };
        let pattern = self.machine.heap.get_pattern(id).clone();
        let mut inner = prefix.clone();
        if pattern.place != CodePlace::NOWHERE
            && self.machine.modules.is_repository(pattern.place.module)
        {
            inner.place = Some(pattern.place);
        }
        inner.when = inner.when.and(item.when);
        inner.segments.push(pattern.segment.clone());
        inner.kwargs = match (inner.kwargs.take(), self.keyword_names(&pattern.kwargs)) {
            (Some(mut outer), Some(own)) => {
                outer.extend(own);
                Some(outer)
            }
            _ => None,
        };
        match &pattern.target {
            Value::Include(include) => self.include(include, &mut inner, pattern.place),
            Value::List(_) | Value::Module(_) => {
                self.open(&inner, pattern.place, OpenReason::Dynamic);
            }
            target => self.view(&pattern, target, inner),
        }
    }

    fn keyword_names(&self, kwargs: &Value) -> Option<Vec<String>> {
        match kwargs {
            Value::None => Some(Vec::new()),
            Value::Dict(_) => {
                let keys = self.machine.heap.entries(kwargs)?.iter();
                keys.map(|(key, _)| key.as_str().map(str::to_owned))
                    .collect()
            }
            _ => None,
        }
    }

    fn include(&mut self, include: &Include, prefix: &mut Prefix, place: CodePlace) {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        if let Some(dotted) = &include.missing {
            let known = missing_namespace(dotted);
            let app = text(&include.app_name).or(known.map(str::to_owned));
            let instance = text(&include.namespace).or_else(|| app.clone());
            if app.is_some() || instance.is_some() {
                prefix.namespaces.push(Namespace { app, instance });
            }
            return self.open(prefix, place, OpenReason::Missing(dotted.to_string()));
        }
        if include.app_name != Value::None || include.namespace != Value::None {
            prefix.namespaces.push(Namespace {
                app: text(&include.app_name),
                instance: text(&include.namespace),
            });
        }
        if let Some(module) = include.module {
            self.included.insert(module);
            if prefix.around.contains(&module) {
                return self.open(prefix, place, OpenReason::TooDeep);
            }
            prefix.around.push(module);
        }
        prefix.depth += 1;
        if prefix.depth > MAX_DEPTH {
            return self.open(prefix, place, OpenReason::TooDeep);
        }
        self.patterns(&include.patterns, prefix, place);
    }

    fn view(&mut self, pattern: &Pattern, target: &Value, prefix: Prefix) {
        let name = match &pattern.name {
            Value::Str(name) => RouteName::Known(name.to_string()),
            Value::None => RouteName::None,
            _ => RouteName::Unknown,
        };
        let view = self
            .machine
            .view_of(target)
            .unwrap_or_else(|| View::new(Target::Unknown));
        let root = self.routes.roots.len() as u32 - 1;
        self.routes.routes.push(Route {
            segments: prefix.segments,
            name,
            namespaces: prefix.namespaces,
            kwargs: prefix.kwargs,
            view: route_view(&view),
            place: prefix.place.unwrap_or(pattern.place),
            when: prefix.when,
            root,
        });
    }
}

fn target(target: &Target) -> ViewTarget {
    match target {
        Target::Function(function) => ViewTarget::Function(*function),
        Target::Class(class) => ViewTarget::Class(*class),
        Target::Method(class, name) => ViewTarget::Method(*class, name.to_string()),
        Target::External(dotted) => ViewTarget::External(dotted.to_string()),
        Target::Unknown => ViewTarget::Unknown,
    }
}

fn route_view(view: &View) -> RouteView {
    let own = |text: &Rc<str>| text.to_string();
    let initkwarg = |(name, value): &(Rc<str>, Value)| InitKwarg {
        name: name.to_string(),
        text: value.as_str().map(str::to_owned),
    };
    RouteView {
        target: target(&view.target),
        wrappers: view
            .wrappers
            .iter()
            .map(|name| name.as_ref().map(own))
            .collect(),
        initkwargs: view.keywords.iter().map(initkwarg).collect(),
        actions: view
            .actions
            .iter()
            .map(|(method, action)| (own(method), own(action)))
            .collect(),
        filled: view.filled,
    }
}

/// The application namespace of well-known URLconfs, all of whose names are in it.
fn missing_namespace(dotted: &str) -> Option<&'static str> {
    const KNOWN: &[(&str, &str)] = &[
        ("debug_toolbar.urls", "djdt"),
        ("django_browser_reload.urls", "django_browser_reload"),
        ("health_check.urls", "health_check"),
        ("hijack.urls", "hijack"),
        ("oauth2_provider.urls", "oauth2_provider"),
        ("oidc_provider.urls", "oidc_provider"),
        ("rest_framework.urls", "rest_framework"),
        ("silk.urls", "silk"),
        ("social_django.urls", "social"),
    ];
    KNOWN
        .iter()
        .find(|(name, _)| *name == dotted)
        .map(|(_, namespace)| *namespace)
}
