//! What is done with each queryset and each fetched row within its function.
//!
//! A variable is what one name holds between the places that give it a value and the uses that
//! these values reach: `rows` that is assigned anew is another variable. A queryset that no name
//! holds is a variable with one use. What is given away (returned, stored, captured, passed to a
//! function) is a use of its own kind: nothing is known of what becomes of it.

mod bits;
mod fetched;
mod making;
mod shared;
mod walk;

#[cfg(test)]
mod tests;

use rustc_hash::FxHashMap;

use super::{Held, Target, tables};
use crate::Project;
use crate::facts::ir::{ComprehensionKind, Owner};
use crate::facts::{BodyId, BodyRef, Expr, ExprId, ExprRef, Name, PythonFacts, StmtId};
use crate::modules::ModuleId;

pub use fetched::FetchedRow;
pub(super) use making::Prefetched;
pub use making::{Making, RowsFrom};
use walk::{Met, Walk, ran};

/// What gives a name its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// `name = value`
    Value(ExprId),
    /// `for name in it`
    Element(ExprId),
    /// A parameter, unpacking, `with`, `+=`, an import.
    Other,
}

/// What is done with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UseKind {
    /// Each element is taken: loops, comprehensions, `sum()`, `*rows`.
    Iterated,
    /// Made a list, tuple, set or dict, or sorted.
    Collected,
    /// `len(rows)`
    Len,
    /// Asked whether it is true.
    Truth,
    /// `row in rows`
    Searched,
    /// `rows[0]`
    Indexed,
    /// `rows[:10]`
    Sliced,
    /// A method is called on it.
    Method(Name),
    /// An attribute is read.
    Read(Name),
    /// An attribute is assigned.
    Written(Name),
    /// An attribute is changed: `row.count += 1`.
    Changed(Name),
    /// Compared by `__in` in a query, under this keyword.
    Lookup(Name),
    /// Compared with something else.
    Compared,
    /// `rows is None`, `isinstance(rows, QuerySet)`
    Tested,
    /// Part of an operation: `rows | others`, `-number`.
    Combined,
    /// Given to a call.
    Given,
    Returned,
    /// The value of a statement on its own.
    Dropped,
    /// Assigned, put into a container, yielded, raised, put into text.
    Stored,
}

/// One use of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The name, or the queryset itself.
    pub expr: ExprId,
    pub kind: UseKind,
    /// What uses it: `len(rows)`, `rows.count()`, the comprehension; else the same expression.
    pub whole: ExprId,
    /// What is done with that, and by what.
    pub then: UseKind,
    pub then_whole: ExprId,
    /// Whether it stands in a loop in which the variable gets no value.
    pub is_repeated: bool,
    /// The other uses of the variable that surely ran before, by their expressions; of a queryset
    /// that is used where it is built, the other ones that are.
    pub after: Vec<ExprId>,
    /// The innermost statement around it.
    pub statement: Option<StmtId>,
}

/// A variable of a function that holds a queryset, a row or a list that was made of something, or a
/// queryset that is used where it is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    pub body: BodyId,
    pub name: Option<Name>,
    pub holds: Held,
    /// What gives it its value.
    pub bound: Vec<Bound>,
    /// By place.
    pub uses: Vec<Use>,
    /// Whether other scopes see the name.
    pub is_shared: bool,
}

/// Methods of querysets that ask the database whatever was fetched before, or do not ask it.
const APART: &[&str] = &[
    "aggregate",
    "bulk_create",
    "bulk_update",
    "create",
    "dates",
    "datetimes",
    "delete",
    "explain",
    "get",
    "get_or_create",
    "in_bulk",
    "iterator",
    "update",
    "update_or_create",
    "values",
    "values_list",
];

impl UseKind {
    /// Whether the rows are all fetched, unless they were before.
    pub fn fetches(self) -> bool {
        matches!(
            self,
            Self::Iterated | Self::Collected | Self::Len | Self::Truth | Self::Searched
        )
    }

    /// Whether rows that were fetched before serve it, or whether that is not known.
    pub fn profits(self, facts: &PythonFacts) -> bool {
        match self {
            Self::Method(name) => {
                let name = facts.text(name);
                !(tables::keeps_rows(name) || APART.contains(&name))
            }
            Self::Read(name) => !matches!(facts.text(name), "db" | "model" | "query"),
            Self::Lookup(_) | Self::Tested | Self::Dropped | Self::Combined => false,
            _ => true,
        }
    }

    /// Whether it is not known what becomes of the value.
    pub fn gives_away(self) -> bool {
        matches!(self, Self::Given | Self::Returned | Self::Stored)
    }
}

impl Variable {
    /// The expressions that give it its value, where each is an assignment.
    pub fn values(&self) -> impl Iterator<Item = ExprId> + '_ {
        self.bound.iter().filter_map(|bound| match bound {
            Bound::Value(value) => Some(*value),
            Bound::Element(_) | Bound::Other => None,
        })
    }

    /// The uses other than one.
    pub fn others<'a>(&'a self, one: &'a Use) -> impl Iterator<Item = &'a Use> + Clone {
        self.uses.iter().filter(|other| other.expr != one.expr)
    }
}

impl Project {
    /// The variables of a module's functions that hold querysets or rows, and the querysets that are
    /// used where they are built; by function.
    pub fn variables(&self, module: ModuleId) -> &[Variable] {
        self.uses(module).map_or(&[], |uses| &uses.variables)
    }

    /// The variable that a name is at one place.
    pub fn variable(&self, module: ModuleId, name: ExprRef<'_>) -> Option<&Variable> {
        let uses = self.uses(module)?;
        let index = uses.by_name.get(&(name.body.id, name.id))?;
        Some(&uses.variables[*index])
    }

    fn uses(&self, module: ModuleId) -> Option<&Uses> {
        let cell = self.flows.cells.get(module.index())?;
        let make = || {
            let variables = of_module(self, module);
            let by_name = variables.iter().enumerate().flat_map(|(index, variable)| {
                let uses = variable.uses.iter();
                uses.map(move |used| ((variable.body, used.expr), index))
            });
            Uses {
                by_name: by_name.collect(),
                variables,
            }
        };
        Some(cell.uses.get_or_init(make))
    }
}

/// The variables of one module.
#[derive(Debug, Default)]
pub(super) struct Uses {
    variables: Vec<Variable>,
    /// Which of them a use is one of.
    by_name: FxHashMap<(BodyId, ExprId), usize>,
}

fn of_module(project: &Project, module: ModuleId) -> Vec<Variable> {
    let facts = project.modules.facts(module);
    let mut found = Vec::new();
    for body in facts.body_ids().map(|id| facts.body(id)) {
        if matches!(body.owner(), Owner::Function(_)) && !body.body().skipped {
            of_body(project, module, body, &mut found);
        }
    }
    found
}

fn of_body(project: &Project, module: ModuleId, body: BodyRef<'_>, found: &mut Vec<Variable>) {
    let has_list = || body.exprs().any(|expr| is_list(project, module, expr));
    if !project.meets_rows(module, body.id) && !has_list() {
        return;
    }
    let is_fresh = |expr: ExprRef<'_>| project.built_rows(module, expr).is_some();
    let walk = Walk::of(body, project.calls(module), &is_fresh);
    let mut groups = Groups::default();
    for met in walk.met.values() {
        for pair in met.versions.windows(2) {
            groups.unite(pair[0], pair[1]);
        }
    }
    let mut members: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    for &number in walk.versions.keys() {
        members.entry(groups.root(number)).or_default().push(number);
    }
    let mut uses: FxHashMap<usize, Vec<&Met>> = FxHashMap::default();
    for met in walk.met.values() {
        uses.entry(groups.root(met.versions[0]))
            .or_default()
            .push(met);
    }
    let mut bound_here = Vec::new();
    for (&number, version) in &walk.versions {
        if groups.root(number) != number {
            continue;
        }
        let bound: Vec<Bound> = members[&number]
            .iter()
            .map(|member| walk.versions[member].bound)
            .collect();
        bound_here.extend(bound.iter().filter_map(|bound| match bound {
            Bound::Value(value) => Some(*value),
            _ => None,
        }));
        let Some(holds) = holds(project, module, body, &bound) else {
            continue;
        };
        let met = uses.remove(&number).unwrap_or_default();
        let exprs: Vec<ExprId> = met.iter().map(|met| met.found.expr).collect();
        let with_before = |met: &&Met| Use {
            after: met.after(&exprs),
            ..met.found.clone()
        };
        found.push(Variable {
            body: body.id,
            name: Some(version.name),
            holds,
            bound,
            uses: met.iter().map(with_before).collect(),
            is_shared: walk.shared.contains(&version.name),
        });
    }
    let standing: Vec<ExprId> = walk.standing.keys().copied().collect();
    for (expr, (used, before)) in walk.standing {
        let Some(model) = project.built_rows(module, body.expr(expr)) else {
            continue;
        };
        if bound_here.contains(&expr) {
            continue;
        }
        found.push(Variable {
            body: body.id,
            name: None,
            holds: Held::Rows(model),
            bound: vec![Bound::Value(expr)],
            uses: vec![Use {
                after: ran(&before, &standing),
                ..used
            }],
            is_shared: false,
        });
    }
}

/// What all that gives a name its value makes it hold: rows, a row, or a list that was made of
/// something, which is kept as [`Held::Unknown`].
fn holds(project: &Project, module: ModuleId, body: BodyRef<'_>, bound: &[Bound]) -> Option<Held> {
    if let [Bound::Value(value)] = *bound
        && is_list(project, module, body.expr(value))
    {
        return Some(Held::Unknown);
    }
    let mut found: Option<Held> = None;
    for bound in bound {
        let held = match *bound {
            Bound::Value(value) => {
                let value = body.expr(value);
                match project.built_rows(module, value) {
                    Some(model) => Held::Rows(model),
                    None => Held::Row(project.row_at(module, value)?),
                }
            }
            Bound::Element(many) => Held::Row(project.rows_at(module, body.expr(many))?),
            Bound::Other => return None,
        };
        if found.is_some_and(|found| found != held) {
            return None;
        }
        found = Some(held);
    }
    found
}

/// Whether an expression makes a list or set of what something else gives.
fn is_list(project: &Project, module: ModuleId, value: ExprRef<'_>) -> bool {
    match value.kind() {
        Expr::Comprehension(ComprehensionKind::List | ComprehensionKind::Set, ..) => true,
        Expr::Call(..) => {
            let calls = project.calls(module);
            let target = calls.target(value.body.id, value.id);
            matches!(target, Some(Target::Outside(name))
                if matches!(calls.name(name), "builtins.list" | "builtins.set" | "builtins.tuple"))
        }
        _ => false,
    }
}

/// Numbers that belong together.
#[derive(Default)]
struct Groups {
    above: FxHashMap<usize, usize>,
}

impl Groups {
    fn root(&self, mut number: usize) -> usize {
        while let Some(&above) = self.above.get(&number) {
            number = above;
        }
        number
    }

    /// The smaller root stands for both.
    fn unite(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if one != other {
            self.above.insert(one.max(other), one.min(other));
        }
    }
}
