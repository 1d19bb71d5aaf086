//! Querysets whose making is all seen, every branch of it: what rows they give, and in what order.

use super::chains::ChainStart;
use crate::constant::Constant;
use crate::facts::ir::{BindingKind, Owner};
use crate::facts::{BodyId, CallRef, Expr, ExprRef, Name};
use crate::models::{FieldKind, Found, ModelId};
use crate::modules::ModuleId;
use crate::{ModelGraph, Project};

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeRows {
    pub model: ModelId,
    /// In which order, in some branch at least.
    pub order: RowsOrder,
    /// Whether they may be few in some branch: those of one row's relation, or those that meet a
    /// condition on more than columns that many rows share.
    pub is_narrowed: bool,
    /// Whether they may be groups of rows, or values of them.
    pub is_grouped: bool,
}

/// In which order rows come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowsOrder {
    None,
    /// By the fields at the end of these paths, signs left out.
    By(Vec<String>),
    /// In one that is not known further.
    Other,
}

impl RowsOrder {
    /// The order that texts such as `-made` say.
    fn by<'a>(keys: impl Iterator<Item = Option<&'a str>>) -> Self {
        let plain = |key: &str| key.trim_start_matches(['-', '+']).to_owned();
        let keys: Option<Vec<String>> = keys.map(|key| key.map(plain)).collect();
        keys.map_or(Self::Other, Self::By)
    }

    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, order) | (order, Self::None) => order,
            (one, other) if one == other => one,
            _ => Self::Other,
        }
    }
}

impl WholeRows {
    pub fn is_ordered(&self) -> bool {
        self.order != RowsOrder::None
    }

    /// What one of both gives; `None` where they are of two models.
    pub(crate) fn join(self, other: Self) -> Option<Self> {
        (self.model == other.model).then(|| Self {
            model: self.model,
            order: self.order.join(other.order),
            is_narrowed: self.is_narrowed || other.is_narrowed,
            is_grouped: self.is_grouped || other.is_grouped,
        })
    }

    /// Puts the call of one of Django's methods on the rows; `None` where it is not known what
    /// comes of it.
    fn call(&mut self, models: &ModelGraph, call: CallRef<'_>) -> Option<()> {
        let (_, method) = call.callee.as_attribute()?;
        if !KEEPING.contains(&method) {
            return None;
        }
        match method {
            // Without arguments it takes the order away: on purpose.
            "order_by" => {
                call.arguments().first()?;
                self.order = match call.is_open() {
                    true => RowsOrder::Other,
                    false => RowsOrder::by(call.positional().map(ExprRef::as_str)),
                };
            }
            "filter" | "exclude" => self.is_narrowed |= !is_wide(models, self.model, call),
            "distinct" | "values" | "values_list" => self.is_grouped = true,
            _ => {}
        }
        Some(())
    }
}

/// Whether a condition leaves many rows: it is on columns that many rows may share, or the client
/// need not give one.
fn is_wide(models: &ModelGraph, model: ModelId, call: CallRef<'_>) -> bool {
    let is_shared = |path: &str| {
        let name = path.split("__").next().unwrap_or(path);
        match models.lookup(model, name) {
            Found::Field(_, field) => !field.kind.is_relation() && field.unique() == Some(false),
            _ => false,
        }
    };
    call.keywords().all(|(path, _)| is_shared(path))
        && call.arguments().iter().all(|argument| {
            let given = call.expr.at(argument.value);
            match given.kind() {
                Expr::DoubleStarred(mapping) => is_query(given.at(mapping)),
                _ => argument.keyword.is_some(),
            }
        })
}

/// `request.GET.dict()`: what the client asks for, which may be nothing.
fn is_query(mapping: ExprRef<'_>) -> bool {
    let copied = mapping
        .as_call()
        .and_then(|call| call.callee.as_attribute());
    let query = match copied {
        Some((query, "dict" | "copy")) => query,
        _ => mapping,
    };
    let dotted = query.dotted().unwrap_or_default();
    matches!(
        &*dotted,
        "request.GET" | "request.query_params" | "self.request.GET" | "self.request.query_params"
    )
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
        let mut rows = WholeRows {
            model: id,
            order: self.usual_order(id)?,
            is_narrowed: false,
            is_grouped: false,
        };
        for call in self.beginning(id, manager)? {
            rows.call(&self.models, call)?;
        }
        Some(rows)
    }

    /// The order that a model says its rows come in; `None` where that is not known.
    fn usual_order(&self, id: ModelId) -> Option<RowsOrder> {
        let model = self.models.get(id);
        if model.meta.is_open || self.models.is_open(id) {
            return None;
        }
        match model.meta.get("ordering") {
            None => Some(RowsOrder::None),
            Some(Constant::List(keys)) if keys.is_empty() => Some(RowsOrder::None),
            Some(Constant::List(keys)) => Some(RowsOrder::by(keys.iter().map(Constant::as_str))),
            Some(_) => None,
        }
    }

    /// The fields that rows are sorted by, where it is sure that many rows have the same in all of
    /// them.
    pub fn tied_order<'r>(&self, rows: &'r WholeRows) -> Option<&'r [String]> {
        let RowsOrder::By(keys) = &rows.order else {
            return None;
        };
        let model = self.models.get(rows.model);
        let is_tied = |key: &String| {
            let name = key.split("__").next().unwrap_or(key);
            let Found::Field(owner, field) = self.models.lookup(rows.model, name) else {
                return false;
            };
            let is_shared = match field.kind {
                FieldKind::ForeignKey | FieldKind::Boolean => true,
                // One row a day is usual for what is counted day by day.
                FieldKind::Date => !rows.is_narrowed,
                _ => field.has_choices() == Some(true),
            };
            // With what the rows are narrowed down by, it may be unique.
            let is_alone = !rows.is_narrowed || !model.are_in_unique(&self.modules, &[&field.name]);
            is_shared && is_alone && owner == rows.model && field.unique() == Some(false)
        };
        let names: Vec<&str> = keys
            .iter()
            .map(|key| key.split("__").next().unwrap_or(key))
            .collect();
        let is_tied = !keys.is_empty()
            && !rows.is_grouped
            && keys.iter().all(is_tied)
            && model.is_unique(&self.modules, &names) == Some(false);
        is_tied.then_some(keys)
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
                let mut found = WholeRows {
                    model: chain.model,
                    order: self.project.usual_order(chain.model)?,
                    is_narrowed: !matches!(chain.start, ChainStart::All),
                    is_grouped: false,
                };
                for call in chain.made {
                    found.call(&self.project.models, call)?;
                }
                Some(Seen::Rows(found))
            }
            _ => None,
        }
    }

    fn method(&mut self, rows: ExprRef<'_>, depth: u32) -> Option<Seen> {
        let call = rows.as_call()?;
        let (object, method) = call.callee.as_attribute()?;
        let project = self.project;
        let mut seen = self.rows(object, depth)?;
        let Seen::Rows(found) = &mut seen else {
            self.narrows |= matches!(method, "filter" | "exclude");
            let keeps = KEEPING.contains(&method) && method != "order_by";
            return keeps.then_some(seen);
        };
        match project
            .models
            .manager_method(&project.modules, found.model, method)
        {
            Some(function) => {
                for call in project.own_calls(found.model, function)? {
                    found.call(&project.models, call)?;
                }
            }
            None => found.call(&project.models, call)?,
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
