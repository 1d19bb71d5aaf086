//! Querysets whose making is all seen, every branch of it: what rows they give, and in what order.

use crate::Project;
use crate::constant::Constant;
use crate::facts::ir::{BindingKind, Owner};
use crate::facts::{BodyId, Expr, ExprRef, Name};
use crate::models::{Found, ModelId};
use crate::modules::ModuleId;

/// Making deeper than this is not followed.
const MAX_DEPTH: u32 = 32;

/// Methods that keep the order.
const KEEPING: &[&str] = &[
    "alias",
    "all",
    "annotate",
    "defer",
    "distinct",
    "exclude",
    "filter",
    "only",
    "order_by",
    "prefetch_related",
    "reverse",
    "select_related",
    "using",
    "values",
    "values_list",
];

/// What a queryset gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WholeRows {
    pub model: ModelId,
    /// Whether they are put in order, in some branch at least.
    pub is_ordered: bool,
    /// Whether they may be few in some branch: those of one row's relation, or those that meet a
    /// condition on more than columns that many rows share.
    pub is_narrowed: bool,
}

impl WholeRows {
    /// What one of both gives; `None` where they are of two models.
    pub(crate) fn join(self, other: Self) -> Option<Self> {
        (self.model == other.model).then_some(Self {
            model: self.model,
            is_ordered: self.is_ordered || other.is_ordered,
            is_narrowed: self.is_narrowed || other.is_narrowed,
        })
    }
}

impl Project {
    /// What a queryset gives; `None` where a part of its making is not seen, or is not Django's own.
    pub fn whole_rows(&self, module: ModuleId, rows: ExprRef<'_>) -> Option<WholeRows> {
        self.whole_rows_with(module, rows, &|_| None)
    }

    /// The same where some expressions are known: `super().get_queryset()`.
    pub(crate) fn whole_rows_with(
        &self,
        module: ModuleId,
        rows: ExprRef<'_>,
        known: &dyn Fn(ExprRef<'_>) -> Option<WholeRows>,
    ) -> Option<WholeRows> {
        let mut walk = Walk {
            project: self,
            module,
            known,
            open: Vec::new(),
            narrows: false,
        };
        let Seen::Rows(mut rows) = walk.rows(rows, MAX_DEPTH)? else {
            return None;
        };
        rows.is_narrowed |= walk.narrows;
        Some(rows)
    }

    /// All rows of a model, as its manager gives them.
    pub(crate) fn all_rows(&self, id: ModelId, manager: &str) -> Option<WholeRows> {
        self.gives_all(id, manager).then_some(())?;
        Some(WholeRows {
            model: id,
            is_ordered: self.has_order(id)?,
            is_narrowed: false,
        })
    }

    /// Whether a model says in which order its rows come; `None` where that is not known.
    fn has_order(&self, id: ModelId) -> Option<bool> {
        let model = self.models.get(id);
        if model.meta.is_open || self.models.is_open(id) {
            return None;
        }
        match model.meta.get("ordering") {
            None => Some(false),
            Some(Constant::List(keys)) => Some(!keys.is_empty()),
            Some(_) => None,
        }
    }
}

enum Seen {
    Rows(WholeRows),
    /// A variable that is being looked at: `rows = rows.filter(...)`.
    Circle,
}

struct Walk<'a> {
    project: &'a Project,
    module: ModuleId,
    known: &'a dyn Fn(ExprRef<'_>) -> Option<WholeRows>,
    open: Vec<(BodyId, Name)>,
    /// Whether a variable is narrowed down by itself: `rows = rows.filter(...)`.
    narrows: bool,
}

impl Walk<'_> {
    fn rows(&mut self, rows: ExprRef<'_>, depth: u32) -> Option<Seen> {
        let depth = depth.checked_sub(1)?;
        if let Some(known) = (self.known)(rows) {
            return Some(Seen::Rows(known));
        }
        match rows.kind() {
            Expr::Name(name) => self.variable(rows, name, depth),
            Expr::Conditional { body, orelse, .. } => {
                let body = self.rows(rows.at(body), depth)?;
                let orelse = self.rows(rows.at(orelse), depth)?;
                join(body, orelse)
            }
            Expr::Call(..) => self.method(rows, depth),
            Expr::Attribute(..) => {
                let chain = self.project.chain_of(self.module, rows, depth)?;
                let is_narrowed = !matches!(chain.start, super::ChainStart::All);
                let is_ordered = self.project.has_order(chain.model)?;
                Some(Seen::Rows(WholeRows {
                    model: chain.model,
                    is_ordered,
                    is_narrowed,
                }))
            }
            _ => None,
        }
    }

    fn method(&mut self, rows: ExprRef<'_>, depth: u32) -> Option<Seen> {
        let call = rows.as_call()?;
        let (object, method) = call.callee.as_attribute()?;
        if !KEEPING.contains(&method) {
            return None;
        }
        let mut seen = self.rows(object, depth)?;
        let Seen::Rows(found) = &mut seen else {
            self.narrows |= matches!(method, "filter" | "exclude");
            return (method != "order_by").then_some(seen);
        };
        let models = &self.project.models;
        let own = models.manager_method(&self.project.modules, found.model, method);
        if own.is_some() {
            return None;
        }
        match method {
            // Without arguments it takes the order away: on purpose.
            "order_by" => {
                call.arguments().first()?;
                found.is_ordered = true;
            }
            "filter" | "exclude" => {
                let is_wide = !call.is_open()
                    && call.positional().next().is_none()
                    && call.keywords().all(|(path, _)| {
                        let name = path.split("__").next().unwrap_or(path);
                        match models.lookup(found.model, name) {
                            Found::Field(_, field) => {
                                !field.kind.is_relation() && field.unique() == Some(false)
                            }
                            _ => false,
                        }
                    });
                found.is_narrowed |= !is_wide;
            }
            _ => {}
        }
        Some(seen)
    }

    /// What every assignment to a function's variable gives.
    fn variable(&mut self, rows: ExprRef<'_>, name: Name, depth: u32) -> Option<Seen> {
        let body = rows.body;
        if !matches!(body.owner(), Owner::Function(_)) || body.is_param(name) {
            return None;
        }
        if self.open.contains(&(body.id, name)) {
            return Some(Seen::Circle);
        }
        self.open.push((body.id, name));
        let bindings = body.body().bindings.iter();
        let mut found = None;
        for binding in bindings.filter(|binding| binding.name == name) {
            let BindingKind::Value(value) = binding.kind else {
                return None;
            };
            let value = self.rows(body.expr(value), depth)?;
            found = Some(match found {
                None => value,
                Some(found) => join(found, value)?,
            });
        }
        self.open.pop();
        found
    }
}

fn join(one: Seen, other: Seen) -> Option<Seen> {
    match (one, other) {
        (Seen::Circle, seen) | (seen, Seen::Circle) => Some(seen),
        (Seen::Rows(one), Seen::Rows(other)) => one.join(other).map(Seen::Rows),
    }
}
