//! Routes: every URL pattern of the project with the view that it leads to.

mod admin;
mod evaluate;
mod link;
mod ninja;
pub mod pattern;
pub mod regex;
mod reversals;
mod routers;
mod surroundings;

#[cfg(test)]
mod tests;

use rustc_hash::FxHashMap;

use crate::modules::{ClassRef, FunctionRef, ModuleId, Modules};

pub use evaluate::value::{CodePlace, When};
pub use pattern::{Param, ParamKind, Segment};
pub use reversals::{Arguments, Reversal, reversals};
pub(crate) use reversals::{attempted, imported_name, leads_to};
pub use surroundings::{Literal, Surroundings};

/// All routes of a project.
#[derive(Debug, Default)]
pub struct Routes {
    /// The URLconfs that the walk started from, and why each.
    pub roots: Vec<Root>,
    /// In order of the URLconfs.
    pub routes: Vec<Route>,
    /// Where there may be more than was understood.
    pub open: Vec<Open>,
    /// `handler404` and kin of the roots.
    pub handlers: Vec<Handler>,
    /// Names of converters that the project registers, with their classes where known.
    pub converters: Vec<(String, Option<ClassRef>)>,
    /// Indices of routes by their name, without namespaces.
    by_name: FxHashMap<Box<str>, Vec<u32>>,
}

/// A URLconf that Django starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    pub module: ModuleId,
    /// Whether `ROOT_URLCONF` names it; otherwise nobody includes it.
    pub configured: bool,
}

/// A URL pattern that leads to a view.
#[derive(Clone, Debug)]
pub struct Route {
    /// One a level of inclusion, outermost first.
    pub segments: Vec<Segment>,
    pub name: RouteName,
    /// One a level of inclusion that has one, outermost first.
    pub namespaces: Vec<Namespace>,
    /// Names of the arguments that `kwargs=` gives the view; `None` where not known.
    pub kwargs: Option<Vec<String>>,
    pub view: RouteView,
    /// Where the pattern is written.
    pub place: CodePlace,
    pub when: When,
    /// Index into [`Routes::roots`].
    pub root: u32,
}

/// What a pattern is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteName {
    Known(String),
    None,
    /// Made at run time.
    Unknown,
}

/// What an `include()` puts before the names within.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// `None` where not known.
    pub app: Option<String>,
    /// `None` where not known.
    pub instance: Option<String>,
}

/// What a route leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteView {
    pub target: ViewTarget,
    /// Dotted names of what was put around the view in the URLconf, outermost last; `None` for what
    /// was not understood.
    pub wrappers: Vec<Option<String>>,
    /// Keyword arguments of `as_view()`.
    pub initkwargs: Vec<InitKwarg>,
    /// HTTP method and method of the viewset that it is mapped to.
    pub actions: Vec<(String, String)>,
    /// Number of positional arguments and names of keyword arguments that a `partial()` fills in.
    pub filled: usize,
}

/// A keyword argument of `as_view()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitKwarg {
    pub name: String,
    /// Its value where that is a string.
    pub text: Option<String>,
}

/// The code behind a view.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ViewTarget {
    Function(FunctionRef),
    /// A class-based view, or an instance of a class that is called.
    Class(ClassRef),
    /// A method of an instance: of an admin class, say.
    Method(ClassRef, String),
    /// The dotted name of something whose code was not found.
    External(String),
    Unknown,
}

/// Where routes may exist that were not seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    pub place: CodePlace,
    /// The namespaces that the unseen routes would be in.
    pub namespaces: Vec<Namespace>,
    /// What stands before them.
    pub segments: Vec<Segment>,
    pub reason: OpenReason,
}

/// Why routes were not seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenReason {
    /// A URLconf whose code is not there.
    Missing(String),
    /// Patterns that are made at run time.
    Dynamic,
    /// URLconfs within URLconfs without end.
    TooDeep,
}

/// A view for errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handler {
    /// 400, 403, 404 or 500.
    pub status: u16,
    pub view: ViewTarget,
    /// The name it is given by, where it is a string.
    pub dotted: Option<String>,
    pub module: ModuleId,
}

impl Route {
    /// The whole pattern as Django shows it.
    pub fn pattern(&self) -> String {
        self.segments.iter().map(Segment::text).collect()
    }

    /// The admin's pages come by the dozen, and no line of the project makes one of them.
    pub fn is_made_by_admin(&self) -> bool {
        let mut namespaces = self.namespaces.iter();
        !self.segments.is_empty()
            && namespaces.any(|namespace| namespace.app.as_deref() == Some("admin"))
    }

    /// What a match hands to the view besides [`Route::kwargs`]; `None` where that is not known.
    pub fn params(&self) -> Option<Vec<Param>> {
        let mut all = Vec::new();
        for segment in &self.segments {
            all.extend(segment.params()?);
        }
        // As soon as one argument has a name, those without are dropped.
        if all.iter().any(|param| param.name.is_some()) {
            all.retain(|param| param.name.is_some());
        }
        Some(all)
    }

    /// The sets of arguments that fill the pattern; `None` where that is not known.
    pub fn forms(&self) -> Option<Vec<Vec<String>>> {
        let mut forms: Vec<Vec<String>> = vec![Vec::new()];
        for segment in &self.segments {
            let inner = segment.forms()?;
            if forms.len() * inner.len() > 64 {
                return None;
            }
            forms = inner
                .iter()
                .flat_map(|tail| {
                    forms
                        .iter()
                        .map(move |head| [&head[..], &tail[..]].concat())
                })
                .collect();
        }
        Some(forms)
    }

    /// Whether `reverse()` with these arguments fills the pattern; `None` where that is not known.
    pub fn takes(&self, arguments: &Arguments) -> Option<bool> {
        let forms = self.forms()?;
        let defaults = self.kwargs.as_ref()?;
        Some(match arguments {
            Arguments::Unknown => return None,
            Arguments::Positional(count) if *count > 0 => {
                forms.iter().any(|form| form.len() == *count)
            }
            Arguments::Positional(_) => forms.iter().any(|form| fits(form, &[], defaults)),
            Arguments::Named(names) => forms.iter().any(|form| fits(form, names, defaults)),
        })
    }

    /// Namespaces and name as `reverse()` takes them, by instance namespaces.
    pub fn full_name(&self) -> Option<String> {
        let RouteName::Known(name) = &self.name else {
            return None;
        };
        let mut full = String::new();
        for namespace in &self.namespaces {
            full.push_str(namespace.instance.as_deref()?);
            full.push(':');
        }
        full.push_str(name);
        Some(full)
    }
}

/// What is known about a name.
#[derive(Debug)]
pub enum Lookup<'a> {
    /// The routes with this name.
    Found(Vec<&'a Route>),
    /// No route has it, but there may be some that were not seen.
    Open,
    /// Surely no route has it.
    Missing,
}

impl Routes {
    /// Collects the routes of a project, starting from its root URLconfs; `own` are its modules.
    pub fn link(modules: &Modules, surroundings: &Surroundings, own: &[ModuleId]) -> Self {
        link::link(modules, surroundings, own)
    }

    fn index(&mut self) {
        for (index, route) in self.routes.iter().enumerate() {
            if let RouteName::Known(name) = &route.name {
                self.by_name
                    .entry(name.as_str().into())
                    .or_default()
                    .push(index as u32);
            }
        }
    }

    /// What `reverse(name)` can lead to: namespaces match by instance or by application.
    pub fn lookup(&self, name: &str) -> Lookup<'_> {
        let mut parts: Vec<&str> = name.split(':').collect();
        let last = parts.pop().unwrap_or_default();
        let indices = self.by_name.get(last).map_or(&[][..], Vec::as_slice);
        let routes = indices.iter().map(|&index| &self.routes[index as usize]);
        let found: Vec<_> = routes
            .filter(|route| matches(&route.namespaces, &parts))
            .collect();
        if !found.is_empty() {
            return Lookup::Found(found);
        }
        if self.may_hide(&parts) {
            Lookup::Open
        } else {
            Lookup::Missing
        }
    }

    /// Whether there may be unseen routes in these namespaces.
    pub fn may_hide(&self, namespaces: &[&str]) -> bool {
        let unnamed = |route: &&Route| route.name == RouteName::Unknown;
        self.open
            .iter()
            .any(|open| self.may_reach(open, namespaces))
            || self
                .routes
                .iter()
                .filter(unnamed)
                .any(|route| matches(&route.namespaces, namespaces))
    }

    /// Whether what was not seen at one place may be called by these namespaces: it may open
    /// namespaces of its own below those it is in.
    fn may_reach(&self, open: &Open, parts: &[&str]) -> bool {
        let known = open.namespaces.iter().position(Namespace::is_unknown);
        let known = &open.namespaces[..known.unwrap_or(open.namespaces.len())];
        let fits = |(depth, (namespace, part)): (usize, (&Namespace, &&str))| {
            namespace.is_called(part)
                || part_matches(namespace, part) && !self.is_seen_namespace(depth, part)
        };
        parts.len() >= known.len() && known.iter().zip(parts).enumerate().all(fits)
    }

    /// Whether some route that was seen is in a namespace of this name.
    fn is_seen_namespace(&self, depth: usize, part: &str) -> bool {
        self.routes.iter().any(|route| {
            let namespace = route.namespaces.get(depth);
            namespace.is_some_and(|namespace| namespace.is_called(part))
        })
    }

    /// Whether there may be unseen routes in exactly these namespaces, which may share a name with
    /// those that were seen.
    pub fn may_share(&self, namespaces: &[&str]) -> bool {
        let same = |others: &[Namespace]| {
            others.len() == namespaces.len()
                && others
                    .iter()
                    .zip(namespaces)
                    .all(|(namespace, part)| namespace.is_called(part))
        };
        let unnamed = |route: &&Route| route.name == RouteName::Unknown;
        self.open.iter().any(|open| same(&open.namespaces))
            || self
                .routes
                .iter()
                .filter(unnamed)
                .any(|route| same(&route.namespaces))
    }

    /// Whether `ROOT_URLCONF` of some settings is known: only then is a name that no route has
    /// surely wrong.
    pub fn has_root(&self) -> bool {
        self.roots.iter().any(|root| root.configured)
    }

    /// Whether every URLconf was found and understood.
    pub fn is_complete(&self) -> bool {
        self.open.is_empty() && !self.roots.is_empty()
    }
}

/// Whether the names that only one side has are all among the defaults.
fn fits(form: &[String], names: &[String], defaults: &[String]) -> bool {
    let is_known = |name: &&String| defaults.contains(name);
    let missing = form.iter().filter(|name| !names.contains(name));
    let extra = names.iter().filter(|name| !form.contains(name));
    missing.chain(extra).all(|name| is_known(&name))
}

fn part_matches(namespace: &Namespace, part: &str) -> bool {
    let fits = |known: &Option<String>| known.as_deref().is_none_or(|known| known == part);
    fits(&namespace.app) || fits(&namespace.instance)
}

fn matches(namespaces: &[Namespace], parts: &[&str]) -> bool {
    namespaces.len() == parts.len()
        && namespaces
            .iter()
            .zip(parts)
            .all(|(namespace, part)| part_matches(namespace, part))
}

impl Namespace {
    fn is_called(&self, part: &str) -> bool {
        self.app.as_deref() == Some(part) || self.instance.as_deref() == Some(part)
    }

    fn is_unknown(&self) -> bool {
        self.app.is_none() && self.instance.is_none()
    }
}
