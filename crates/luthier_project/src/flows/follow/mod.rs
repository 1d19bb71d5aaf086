//! Rows followed from the queryset that they come from to whatever asks them for more.
//!
//! Functions are interpreted over values that say what is known of rows: of which model they are,
//! what was loaded with them, where their queryset was built ([`value`]). What a function does with
//! what it is given and what it returns is worked out once for each kind of arguments and kept as
//! its [`Summary`]: what is given is named by its number there, so one summary serves every
//! queryset of the same model with the same relations loaded. A query is counted in loops: those
//! around the place that made the row or queryset, since Django asks once for each of them. A
//! function that calls itself is worked out again until nothing new is found.
//!
//! Rows are followed into Python code, templates, serializers of the REST framework, lists of the
//! admin, forms and types of GraphQL: what goes through them is their [`Consumer`].

mod admin;
mod admin_pages;
mod apart;
mod called;
mod calls;
mod conditions;
mod declared;
mod deletes;
mod django;
mod doubts;
mod entries;
mod event;
mod expressions;
mod forms;
mod frame;
mod givens;
mod graphql;
mod lists;
mod loading;
mod loads;
mod members;
mod on_request;
mod outside;
mod path;
mod plans;
mod record;
mod requests;
mod roots;
mod rows;
mod run;
mod scripts;
mod serializers;
mod served;
mod sql;
mod state;
mod statements;
mod steps;
mod summary;
mod templates;
mod told;
mod value;
mod views;
mod works;

#[cfg(test)]
mod plans_tests;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicUsize, Ordering};

use luthier_source::Location;
use rustc_hash::FxHashSet;

use crate::Project;
use crate::models::ModelId;
use crate::modules::{ModuleId, ValueRef};

pub use entries::{Entry, EntryKind};
pub use event::{Ask, Consumer, Doubt, Extent, Growing, MadeQuery, Through};
pub use path::Path;
pub use plans::{AdminPage, PlanEntry, PlannedQuery, QueryPlan};
pub use record::{Rounds, Unseen};
pub use roots::RowMethod;
pub(crate) use scripts::{PastScript, ScriptDoes, ScriptWrite, follow_script};
pub use served::ActionUse;
pub(super) use served::Served;
pub use sql::{Operation, Shape};

/// Stack of the threads that interpret: calls nest, and expressions in them.
const STACK: usize = 256 << 20;

/// Parts of a project that share what was worked out. Fixed, so that results do not hang on the
/// number of threads.
const PARTS: usize = 4;

/// What following all of a project's code came to.
#[derive(Debug, Default)]
pub(super) struct Followed {
    /// By place.
    growing: Vec<Growing>,
    /// By place, each once.
    blocking: Vec<MadeQuery>,
    consumers: FxHashSet<Location>,
    works: works::Works,
    /// By call, each once.
    called: Vec<(ValueRef, ModelId)>,
}

impl Project {
    /// The queries of the project's code that grow with the number of rows; by place.
    pub fn growing_queries(&self) -> &[Growing] {
        &self.followed().growing
    }

    /// How many places of the project go through the rows of a queryset whose model is known: loops,
    /// serializers, templates, lists of the admin.
    pub fn row_consumers(&self) -> usize {
        self.followed().consumers.len()
    }

    /// The models whose rows a call of a queryset's method, or of `get_object_or_404()`, was seen to be
    /// made on: in their order, none where that was not seen.
    pub(crate) fn rows_called(&self, call: ValueRef) -> impl Iterator<Item = ModelId> + '_ {
        let called = &self.followed().called;
        let start = called.partition_point(|(known, _)| *known < call);
        let of_call = called[start..]
            .iter()
            .take_while(move |(known, _)| *known == call);
        of_call.map(|(_, model)| *model)
    }

    /// The queries that async code makes without awaiting them; by place.
    pub fn blocking_queries(&self) -> &[MadeQuery] {
        &self.followed().blocking
    }

    /// The queries that methods make of a row that is given to them, whatever is loaded with it; each
    /// with the number of the method.
    pub fn queries_on_rows(&self, methods: &[RowMethod]) -> Vec<(usize, MadeQuery)> {
        std::thread::scope(|scope| {
            let builder = std::thread::Builder::new().stack_size(STACK);
            let running = builder.spawn_scoped(scope, || roots::of_row_methods(self, methods));
            let found = running.map(|thread| thread.join().unwrap_or_default());
            found.unwrap_or_default()
        })
    }

    /// What entries into the code ask the database for, in the order given. Looked for anew each
    /// time.
    pub fn query_plans(&self, entries: &[PlanEntry]) -> Vec<QueryPlan> {
        in_parts(entries, |entries| plans::of_entries(self, entries))
    }

    fn followed(&self) -> &Followed {
        self.flows.followed.get_or_init(|| find(self))
    }
}

/// What interpreting code gives for each of several things, in their order: those of one part are worked
/// on together. Nothing is said of the things of a part that fails.
pub(crate) fn in_parts<T: Sync, R: Clone + Default + Send>(
    things: &[T],
    work: impl Fn(&[T]) -> Vec<R> + Sync,
) -> Vec<R> {
    let work = &work;
    let part = things.len().div_ceil(PARTS).max(1);
    let parts: Vec<&[T]> = things.chunks(part).collect();
    let threads = rayon::current_num_threads().max(1);
    let mut found = Vec::with_capacity(things.len());
    for parts in parts.chunks(threads) {
        std::thread::scope(|scope| {
            let mut running = Vec::with_capacity(threads);
            for &things in parts {
                let builder = std::thread::Builder::new().stack_size(STACK);
                running.push((
                    things.len(),
                    builder.spawn_scoped(scope, move || work(things)),
                ));
            }
            for (amount, thread) in running {
                let of_part = thread.ok().and_then(|thread| thread.join().ok());
                found.extend(of_part.unwrap_or_else(|| vec![R::default(); amount]));
            }
        });
    }
    found
}

fn find(project: &Project) -> Followed {
    let chunks = parts(project);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = Followed::default();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(chunk) = chunks.get(index) else {
                return found;
            };
            found.add(roots::followed(project, chunk));
        }
    };
    let threads = rayon::current_num_threads().min(chunks.len()).max(1);
    let mut found = Followed::default();
    std::thread::scope(|scope| {
        let spawn = |_| {
            let builder = std::thread::Builder::new().stack_size(STACK);
            builder.spawn_scoped(scope, work)
        };
        let running: Vec<_> = (0..threads).map(spawn).collect();
        for thread in running.into_iter().filter_map(Result::ok) {
            found.add(thread.join().unwrap_or_default());
        }
    });
    found.sort(project);
    found
}

/// The modules that are followed, in as many parts of about the same size.
fn parts(project: &Project) -> Vec<Vec<ModuleId>> {
    let modules: Vec<(ModuleId, usize)> = project
        .own_modules()
        .filter(|&module| roots::is_followed(project, module))
        .map(|module| (module, size(project, module)))
        .collect();
    let total: usize = modules.iter().map(|(_, size)| size).sum();
    let mut parts = vec![Vec::new(); PARTS];
    let mut before = 0;
    for (module, size) in modules {
        parts[(before * PARTS / total.max(1)).min(PARTS - 1)].push(module);
        before += size;
    }
    parts
}

/// How many expressions the functions of a module have.
fn size(project: &Project, module: ModuleId) -> usize {
    let facts = project.modules.facts(module);
    let bodies = facts.body_ids().map(|body| facts.body(body));
    bodies.map(|body| body.exprs().len()).sum()
}

impl Followed {
    fn add(&mut self, other: Self) {
        self.growing.extend(other.growing);
        self.blocking.extend(other.blocking);
        self.consumers.extend(other.consumers);
        self.works.add(other.works);
        self.called.extend(other.called);
    }

    fn sort(&mut self, project: &Project) {
        let mut doubts = doubts::Doubts::of(project, &self.growing);
        for growing in &mut self.growing {
            let (works, looped) = (&self.works, growing.looped);
            growing.writes_too = works.is_writing(looped) || works.is_writing(growing.place);
            growing.writes_much = works.is_writing_much(looped);
            growing.asks_too = works.is_asking(looped);
            let mut way = growing.calls.clone();
            way.push(growing.place);
            growing.sends_too = works.is_sending(looped, &way);
            growing.doubt = doubts.of_query(growing);
        }
        self.called.sort_unstable();
        self.called.dedup();
        self.growing.sort_by_cached_key(|growing| {
            (
                growing.place,
                growing.ask.clone(),
                growing.is_conditional,
                growing.doubt.is_some(),
                growing.source,
                growing.looped,
                growing.path.clone(),
                std::cmp::Reverse(growing.depth),
                growing.calls.clone(),
            )
        });
        // What is sure comes first; what is only possible at the same place adds nothing to it.
        self.growing.dedup_by(|later, first| {
            later.place == first.place
                && later.ask == first.ask
                && (later.source == first.source || later.is_conditional && !first.is_conditional)
        });
        self.blocking.sort_by_cached_key(|blocking| {
            (
                blocking.place,
                blocking.is_conditional,
                blocking.way.len(),
                blocking.way.clone(),
                blocking.ask.clone(),
                blocking.path.clone(),
            )
        });
        self.blocking.dedup_by_key(|blocking| blocking.place);
    }
}
