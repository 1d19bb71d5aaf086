//! What each action of a view asks of the rows of one queryset.

use std::collections::BTreeSet;

use luthier_source::Location;
use rustc_hash::{FxHashMap, FxHashSet};

use super::event::{Event, Growing};
use super::run::{Engine, Run};
use super::value::Source;
use super::{Ask, in_parts};
use crate::Project;
use crate::modules::{ClassRef, ValueRef};
use crate::routes::ViewTarget;
use crate::views::View;

/// One action of a view that has rows of a queryset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionUse {
    pub view: ClassRef,
    /// The method of a view set, else that of a request: `list`, `get`.
    pub action: String,
    /// The ways over relations from the rows to what is asked of them, sorted; an empty one for the
    /// rows themselves.
    pub paths: Vec<String>,
}

impl ActionUse {
    /// Whether it asks for what a way leads to, or for what lies behind.
    pub fn needs(&self, path: &str) -> bool {
        self.paths.iter().any(|asked| {
            let rest = asked.strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("__"))
        })
    }
}

/// The actions that have rows of a queryset, by where it is built.
pub(in crate::flows) type Served = FxHashMap<ValueRef, Vec<ActionUse>>;

impl Project {
    /// The actions that have rows of a queryset which a view has in its body, or makes in one of its
    /// methods; of those alone for whose rows relations are surely fetched one by one. Nothing where
    /// other views derive from the view, and may have the rows too.
    pub fn actions_served(&self, built: ValueRef) -> &[ActionUse] {
        let served = self.flows.served.get_or_init(|| served(self));
        served.get(&built).map_or(&[], Vec::as_slice)
    }
}

fn served(project: &Project) -> Served {
    let growing = project.growing_queries().iter();
    let is_to_load = |one: &&Growing| {
        one.doubt.is_none()
            && matches!(one.ask, Ask::Relation { .. })
            && !one.path.names().is_empty()
    };
    let growing = growing.filter(is_to_load);
    let owners: FxHashSet<ClassRef> = growing.filter_map(|one| owner(project, one)).collect();
    let mut with_it: FxHashMap<ClassRef, usize> = FxHashMap::default();
    for (class, _) in classes(project) {
        for ancestor in project.modules.mro(class).classes() {
            if owners.contains(ancestor) {
                *with_it.entry(*ancestor).or_default() += 1;
            }
        }
    }
    let views: Vec<(ClassRef, Vec<&str>)> = classes(project)
        .filter(|(class, _)| with_it.get(class) == Some(&1))
        .map(|(class, view)| (class, actions(project, view)))
        .filter(|(_, actions)| actions.len() > 1)
        .collect();
    let uses = in_parts(&views, |views| {
        // What is asked of one row matters as well, and what is done with what is sent.
        let mut engine = Engine::new(project);
        engine.records = true;
        let views = views.iter();
        views
            .map(|(class, actions)| of_view(&mut engine, *class, actions))
            .collect()
    });
    let mut served = Served::default();
    for (built, used) in uses.into_iter().flatten() {
        served.entry(built).or_default().push(used);
    }
    served
}

/// The views that are classes.
fn classes(project: &Project) -> impl Iterator<Item = (ClassRef, &View)> {
    let views = project.views.views.iter();
    views.filter_map(|view| match view.target {
        ViewTarget::Class(class) => Some((class, view)),
        _ => None,
    })
}

/// The class in which the queryset of a growing query is built.
fn owner(project: &Project, growing: &Growing) -> Option<ClassRef> {
    let built = growing.built?;
    let class = project.modules.value(built).body.enclosing_class()?;
    Some(ClassRef {
        module: built.module,
        class,
    })
}

/// The actions of a view, or the methods of requests that it answers.
fn actions<'p>(project: &'p Project, view: &View) -> Vec<&'p str> {
    let routes = view.routes.iter();
    let routes = routes.map(|&route| &project.routes.routes[route as usize].view);
    let routed = routes.flat_map(|view| &view.actions);
    let routed: BTreeSet<&str> = routed.map(|(_, action)| action.as_str()).collect();
    match view.target {
        ViewTarget::Class(class) if routed.is_empty() => project.answered(class),
        _ => routed.into_iter().collect(),
    }
}

fn of_view(
    engine: &mut Engine<'_>,
    view: ClassRef,
    actions: &[&str],
) -> Vec<(ValueRef, ActionUse)> {
    let project = engine.project;
    let Some(file) = project.modules.get(view.module).file else {
        return Vec::new();
    };
    let at = Location::new(file, project.modules.class(view).name_span);
    let mut found = Vec::new();
    for &action in actions {
        engine.refuel();
        engine.found.clear();
        engine.growing.clear();
        let mut run = Run::new(engine);
        run.ask_view(view, action, at);
        run.tell();
        let once = std::mem::take(&mut run.events);
        let mut by_queryset: FxHashMap<ValueRef, BTreeSet<String>> = FxHashMap::default();
        let grown = engine.growing.iter().map(|one| (one.built, &one.path));
        let asked = once.iter().map(|event| (built(event), &event.path));
        for (built, path) in grown.chain(asked) {
            if let Some(built) = built {
                let paths = by_queryset.entry(built).or_default();
                paths.insert(path.names().to_owned());
            }
        }
        found.extend(by_queryset.into_iter().map(|(built, paths)| {
            let used = ActionUse {
                view,
                action: action.to_owned(),
                paths: paths.into_iter().collect(),
            };
            (built, used)
        }));
    }
    found
}

/// The expression that the rows come from of which something is asked.
fn built(event: &Event) -> Option<ValueRef> {
    match event.source {
        // What is written need not be fetched.
        Source::Code(value) if !matches!(event.ask, Ask::Write { .. }) => Some(value),
        _ => None,
    }
}
