//! Where values go: the one engine that follows them through lowered bodies.
//!
//! So far it answers what each call leads to ([`Calls`]). Modules are traced one by one when first
//! asked for, each in time linear to its size; a module never waits for another one's trace, so
//! rules may ask from any thread. Code of installed packages is not entered: what leads there is
//! known by its dotted name.

mod amounts;
mod attributes;
mod callers;
mod class_attributes;
mod follow;
mod graph;
mod ground;
mod growth;
mod held;
mod imported;
mod locals;
mod moments;
mod on_request;
mod own_rows;
mod results;
mod row_reads;
mod rows;
mod signals;
mod slow;
mod tables;
mod texts;
mod trace;
mod traced;
mod uses;
mod value;

#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use luthier_source::{Location, Span};
use rayon::prelude::*;

use crate::facts::{BodyId, ExprId};
use crate::models::{GivenNames, ModelId};
use crate::modules::{ClassRef, FunctionRef, ModuleId};
use crate::querysets::{Queries, Registered};
use crate::serializers::graphql::GraphQl;
use crate::templates::TagFunctions;
use crate::{Configured, ModelGraph, Modules, Project};

pub use amounts::Amount;
pub use follow::{
    ActionUse, AdminPage, Ask, Consumer, Doubt, Entry, EntryKind, Extent, Growing, MadeQuery,
    Operation, Path, PlanEntry, PlannedQuery, QueryPlan, Rounds, RowMethod, Shape, Through, Unseen,
};
pub(crate) use follow::{PastScript, ScriptDoes, ScriptWrite, follow_script, in_parts};
pub use graph::{CallGraph, Heat};
pub use growth::Growth;
pub use held::Held;
pub use imported::ImportQuery;
pub(crate) use locals::only_value;
pub use moments::NaiveMoment;
pub(crate) use own_rows::gives_own_rows;
pub use row_reads::RowRead;
pub use signals::Receivers;
pub use slow::{SlowView, SlowWork};
pub use texts::{FormField, Ingredient, Origin};
pub use uses::{Bound, FetchedRow, Making, RowsFrom, Use, UseKind, Variable};
pub use value::Why;

pub(crate) use rows::RowsCall;
pub(crate) use tables::{keeps_rows, takes_row};

use class_attributes::ClassAttributes;
use ground::Ground;
use on_request::RequestAttributes;
use traced::Traced;

/// The traces of a project's modules, each made when first asked for.
#[derive(Debug, Default)]
pub struct Flows {
    /// By the number of the repository's module.
    cells: Vec<Cell>,
    /// The model of users, where the settings are known that name it.
    user: Option<ModelId>,
    /// The same, else the only model of users in the repository. Which relations lead to it is not
    /// known then.
    likely_user: Option<ModelId>,
    outside: OnceLock<ground::OutsideModels>,
    registered: OnceLock<Registered>,
    given: OnceLock<GivenNames>,
    followed: OnceLock<follow::Followed>,
    served: OnceLock<follow::Served>,
    receivers: OnceLock<Receivers>,
    on_request: OnceLock<RequestAttributes>,
    pub(crate) graphql: OnceLock<GraphQl>,
    /// What templates call.
    pub(crate) tag_functions: OnceLock<TagFunctions>,
    prefetched: OnceLock<uses::Prefetched>,
}

#[derive(Debug, Default)]
struct Cell {
    attributes: OnceLock<ClassAttributes>,
    traced: OnceLock<Traced>,
    queries: OnceLock<Queries>,
    uses: OnceLock<uses::Uses>,
}

/// What the calls of one module lead to.
#[derive(Debug, Default)]
pub struct Calls {
    /// By body, then by expression.
    calls: Vec<Call>,
    names: Vec<Box<str>>,
}

/// One call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    pub body: BodyId,
    pub expr: ExprId,
    pub receiver: Receiver,
    pub target: Target,
}

/// On what a method is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// `self` or `cls`: a subclass may have the method that runs.
    Own,
    /// `super()`
    Super,
    Other,
}

/// What a call leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A function or method of the repository.
    Function(FunctionRef),
    /// A class of the repository, which makes an instance.
    Class(ClassRef),
    /// Something outside, by its dotted name: [`Calls::name`].
    Outside(OutsideName),
    Unknown(Why),
}

/// A dotted name in the table of its module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OutsideName(u32);

impl Flows {
    pub(crate) fn link(modules: &Modules, models: &ModelGraph, configured: &Configured) -> Self {
        let is_known = configured.is_complete() || configured.get("AUTH_USER_MODEL").is_some();
        let user = configured.text("AUTH_USER_MODEL").filter(|_| is_known);
        let user = user.and_then(|label| models.by_label(&label));
        let likely_user = match is_known {
            true => user,
            false => only_user_model(modules, models),
        };
        Self {
            cells: modules.repository().map(|_| Cell::default()).collect(),
            user,
            likely_user,
            outside: OnceLock::new(),
            registered: OnceLock::new(),
            given: OnceLock::new(),
            followed: OnceLock::new(),
            served: OnceLock::new(),
            receivers: OnceLock::new(),
            on_request: OnceLock::new(),
            graphql: OnceLock::new(),
            tag_functions: OnceLock::new(),
            prefetched: OnceLock::new(),
        }
    }

    /// Where the queries of a module of the repository are kept.
    pub(crate) fn queries_of(&self, module: ModuleId) -> Option<&OnceLock<Queries>> {
        Some(&self.cells.get(module.index())?.queries)
    }

    pub(crate) fn registered(&self, modules: &Modules, models: &ModelGraph) -> &Registered {
        self.registered
            .get_or_init(|| Registered::of(modules, models))
    }

    /// The attributes that code may give rows.
    pub(crate) fn given_names(&self, modules: &Modules, models: &ModelGraph) -> &GivenNames {
        self.given.get_or_init(|| GivenNames::of(modules, models))
    }

    fn ground<'a>(&'a self, modules: &'a Modules, models: &'a ModelGraph) -> Ground<'a> {
        let outside = self
            .outside
            .get_or_init(|| ground::OutsideModels::of(modules, models));
        Ground {
            modules,
            models,
            flows: self,
            user: self.user,
            outside,
        }
    }

    fn request_attributes(&self, modules: &Modules) -> &RequestAttributes {
        self.on_request
            .get_or_init(|| RequestAttributes::of(modules))
    }

    fn class_attributes(&self, modules: &Modules, module: ModuleId) -> Option<&ClassAttributes> {
        let cell = self.cells.get(module.index())?;
        let make = || ClassAttributes::of(modules.facts(module));
        Some(cell.attributes.get_or_init(make))
    }
}

/// The model of the repository that is one of users, where there is one of them only: what
/// `get_user_model()` very likely gives where no settings are read.
fn only_user_model(modules: &Modules, models: &ModelGraph) -> Option<ModelId> {
    let mut users = models.registered().filter(|(_, model)| {
        let class = model
            .class
            .filter(|class| modules.is_repository(class.module));
        let bases = &["AbstractBaseUser", "AbstractUser"];
        !model.is_proxy && class.is_some_and(|class| modules.inherits_by_name(class, bases))
    });
    let (user, _) = users.next()?;
    users.next().is_none().then_some(user)
}

impl Calls {
    /// Every call, by body, then by expression.
    pub fn all(&self) -> &[Call] {
        &self.calls
    }

    /// The calls of one body; those of functions within it are not among them.
    pub fn of_body(&self, body: BodyId) -> &[Call] {
        let start = self.calls.partition_point(|call| call.body < body);
        let end = self.calls.partition_point(|call| call.body <= body);
        &self.calls[start..end]
    }

    /// What one call leads to; `None` where the expression is no call.
    pub fn target(&self, body: BodyId, expr: ExprId) -> Option<Target> {
        let key = |call: &Call| (call.body, call.expr);
        let found = self.calls.binary_search_by_key(&(body, expr), key);
        found.ok().map(|index| self.calls[index].target)
    }

    /// The dotted name of something outside; builtins are `builtins.len`.
    pub fn name(&self, name: OutsideName) -> &str {
        &self.names[name.0 as usize]
    }
}

impl Project {
    /// The model of users, where the settings are known that name it.
    pub fn user_model(&self) -> Option<ModelId> {
        self.flows.user
    }

    /// What the calls of one of the repository's modules lead to.
    pub fn calls(&self, module: ModuleId) -> &Calls {
        static NONE: Calls = Calls {
            calls: Vec::new(),
            names: Vec::new(),
        };
        self.traced(module).map_or(&NONE, |traced| &traced.calls)
    }

    /// The trace of a module of the repository.
    fn traced(&self, module: ModuleId) -> Option<&Traced> {
        let cell = self.flows.cells.get(module.index())?;
        let trace = || Traced::of(self.flows.ground(&self.modules, &self.models), module);
        Some(cell.traced.get_or_init(trace))
    }

    /// Traces all modules of the project, on all threads.
    pub fn trace_calls(&self) {
        let modules: Vec<ModuleId> = self.own_modules().collect();
        modules.par_iter().for_each(|&module| {
            self.calls(module);
        });
    }

    /// Where a call stands; `None` outside the repository.
    pub fn call_place(&self, module: ModuleId, call: Call) -> Option<Location> {
        let file = self.modules.get(module).file?;
        let facts = self.modules.facts(module);
        let span: Span = facts.body(call.body).expr(call.expr).span();
        Some(Location::new(file, span))
    }
}
