//! Which functions the views reach.

use std::ops::Range;

use luthier_source::Location;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Receiver, Target};
use crate::Project;
use crate::facts::ir::Owner;
use crate::facts::{BodyId, Name};
use crate::modules::{ClassRef, Definition, FunctionRef, ModuleId};
use crate::routes::ViewTarget;
use crate::views::View;

/// The calls between the functions of a project.
#[derive(Debug)]
pub struct CallGraph {
    modules: Vec<ModuleId>,
    /// Number of the first function of each module.
    first: FxHashMap<ModuleId, u32>,
    edges: Vec<Edge>,
    /// By function.
    outgoing: Vec<Range<u32>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Edge {
    to: Option<FunctionRef>,
    /// The method's name, where it is called on `self`: a subclass may have another one.
    own: Option<Name>,
}

impl CallGraph {
    /// The graph of a project's own modules.
    pub fn of(project: &Project) -> Self {
        project.trace_calls();
        let modules: Vec<ModuleId> = project.own_modules().collect();
        let found: Vec<Vec<Vec<Edge>>> = modules
            .par_iter()
            .map(|&module| edges(project, module))
            .collect();
        let mut graph = Self {
            modules,
            first: FxHashMap::default(),
            edges: Vec::new(),
            outgoing: Vec::new(),
        };
        for (&module, functions) in graph.modules.iter().zip(found) {
            graph.first.insert(module, graph.outgoing.len() as u32);
            for edges in functions {
                let start = graph.edges.len() as u32;
                graph.edges.extend(edges);
                graph.outgoing.push(start..graph.edges.len() as u32);
            }
        }
        graph
    }

    fn number(&self, function: FunctionRef) -> Option<usize> {
        let first = self.first.get(&function.module)?;
        Some(*first as usize + function.function.index())
    }

    fn outgoing(&self, function: FunctionRef) -> &[Edge] {
        let Some(number) = self.number(function) else {
            return &[];
        };
        let range = &self.outgoing[number];
        &self.edges[range.start as usize..range.end as usize]
    }

    /// The functions that `function` calls, the functions within it included. `of` is the class
    /// whose instance runs it, where that is known: its methods are those that `self` has.
    pub fn callees(
        &self,
        project: &Project,
        function: FunctionRef,
        of: Option<ClassRef>,
    ) -> Vec<FunctionRef> {
        let facts = project.modules.facts(function.module);
        let edges = self.outgoing(function).iter();
        let mut callees: Vec<FunctionRef> = edges
            .filter_map(|edge| {
                let overriding = edge.own.zip(of).and_then(|(name, of)| {
                    match project.modules.class_member(of, facts.text(name)) {
                        Definition::Function(function) => Some(function),
                        _ => None,
                    }
                });
                overriding.or(edge.to)
            })
            .collect();
        callees.sort_unstable();
        callees.dedup();
        callees
    }
}

/// What each function of a module calls.
fn edges(project: &Project, module: ModuleId) -> Vec<Vec<Edge>> {
    let modules = &project.modules;
    let facts = modules.facts(module);
    let mut edges = vec![Vec::new(); facts.functions.len()];
    for (index, function) in facts.functions.iter().enumerate() {
        // What is defined within a function runs with it or after it.
        if let Owner::Function(outer) = facts.body(function.scope).owner() {
            edges[outer.index()].push(Edge {
                to: Some(FunctionRef {
                    module,
                    function: crate::facts::FunctionId::new(index),
                }),
                own: None,
            });
        }
    }
    for call in project.calls(module).all() {
        let Some(function) = function_around(facts, call.body) else {
            continue;
        };
        let to = match call.target {
            Target::Function(function) => Some(function),
            Target::Class(class) => match modules.class_member(class, "__init__") {
                Definition::Function(function) => Some(function),
                _ => None,
            },
            Target::Outside(_) | Target::Unknown(_) => None,
        };
        let callee = facts.body(call.body).expr(call.expr).as_call();
        let own = match (call.receiver, callee.map(|call| call.callee.kind())) {
            (Receiver::Own, Some(crate::facts::Expr::Attribute(_, name))) => Some(name),
            _ => None,
        };
        if to.is_some() || own.is_some() {
            edges[function.index()].push(Edge { to, own });
        }
    }
    edges
}

/// The function that a body is, or whose class it is.
fn function_around(
    facts: &crate::facts::PythonFacts,
    body: BodyId,
) -> Option<crate::facts::FunctionId> {
    let mut current = body;
    while current != BodyId::MODULE {
        if let Owner::Function(function) = facts.body(current).owner() {
            return Some(function);
        }
        current = facts.body(current).body().parent;
    }
    None
}

/// How many routes reach each function of a project.
#[derive(Debug)]
pub struct Heat {
    functions: FxHashMap<FunctionRef, u32>,
    classes: FxHashMap<ClassRef, u32>,
}

impl Heat {
    /// Follows the calls from every view.
    pub fn of(project: &Project, graph: &CallGraph) -> Self {
        let reached: Vec<(Vec<FunctionRef>, u32)> = project
            .views
            .views
            .par_iter()
            .map(|view| (reached(project, graph, view), view.routes.len() as u32))
            .collect();
        let mut heat = Self {
            functions: FxHashMap::default(),
            classes: FxHashMap::default(),
        };
        for (functions, routes) in reached {
            for function in functions {
                *heat.functions.entry(function).or_default() += routes;
            }
        }
        for view in &project.views.views {
            if let ViewTarget::Class(class) | ViewTarget::Method(class, _) = view.target {
                *heat.classes.entry(class).or_default() += view.routes.len() as u32;
            }
        }
        heat
    }

    /// The number of routes that reach the function around a place, or whose view is the class
    /// around it.
    pub fn at(&self, project: &Project, place: Location) -> u32 {
        let Some(module) = project.modules.of_file(place.file) else {
            return 0;
        };
        let facts = project.modules.facts(module);
        let holds = |span: luthier_source::Span| {
            span.start <= place.span.start && place.span.end <= span.end
        };
        let functions = facts.function_ids();
        let functions = functions.filter(|&function| holds(facts.function(function).span));
        let of_function = |function| {
            let function = FunctionRef { module, function };
            self.functions.get(&function).copied().unwrap_or(0)
        };
        let classes = facts.class_ids();
        let classes = classes.filter(|&class| holds(facts.class(class).span));
        let of_class = |class| {
            let class = ClassRef { module, class };
            self.classes.get(&class).copied().unwrap_or(0)
        };
        match functions.map(of_function).max() {
            Some(routes) => routes,
            None => classes.map(of_class).max().unwrap_or(0),
        }
    }
}

/// The functions of the repository that run where a view answers a request: of a class all
/// methods, since the framework calls hooks that no code of the project does.
pub(super) fn entries(project: &Project, view: &View) -> Vec<FunctionRef> {
    let modules = &project.modules;
    let (class, only) = match &view.target {
        ViewTarget::Function(function) if modules.is_repository(function.module) => {
            return vec![*function];
        }
        ViewTarget::Class(class) => (*class, None),
        ViewTarget::Method(class, method) => (*class, Some(method.as_str())),
        _ => return Vec::new(),
    };
    let mut seen: FxHashSet<&str> = FxHashSet::default();
    let mut found = Vec::new();
    let mro = modules.mro(class);
    let own = mro
        .classes()
        .filter(|class| modules.is_repository(class.module));
    for &ClassRef { module, class } in own {
        let facts = modules.facts(module);
        let body = facts.class(class).body;
        let methods = facts
            .function_ids()
            .filter(|&id| facts.function(id).scope == body);
        for function in methods {
            let name = facts.text(facts.function(function).name);
            if name != "<lambda>" && only.is_none_or(|only| only == name) && seen.insert(name) {
                found.push(FunctionRef { module, function });
            }
        }
    }
    found
}

/// The class whose instance answers.
pub(super) fn receiver(view: &View) -> Option<ClassRef> {
    match view.target {
        ViewTarget::Class(class) | ViewTarget::Method(class, _) => Some(class),
        ViewTarget::Function(_) | ViewTarget::External(_) | ViewTarget::Unknown => None,
    }
}

fn reached(project: &Project, graph: &CallGraph, view: &View) -> Vec<FunctionRef> {
    let modules = &project.modules;
    let receiver = receiver(view);
    let mro = receiver.map(|class| modules.mro(class));
    let mut seen: FxHashSet<FunctionRef> = FxHashSet::default();
    let mut reached = Vec::new();
    let mut open = entries(project, view);
    while let Some(function) = open.pop() {
        if !seen.insert(function) {
            continue;
        }
        reached.push(function);
        let runs_on = receiver.filter(|_| {
            mro.as_ref().is_some_and(|mro| {
                let scope = modules.function(function).scope;
                let owner = modules.facts(function.module).body(scope).owner();
                matches!(owner, Owner::Class(class)
                    if mro.classes().any(|own| own.module == function.module && own.class == class))
            })
        });
        open.extend(graph.callees(project, function, runs_on));
    }
    reached
}
