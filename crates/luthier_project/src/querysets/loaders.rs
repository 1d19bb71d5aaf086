//! Relations to one row that `prefetch_related` loads by a query of its own.

use luthier_source::Span;

use crate::Project;
use crate::facts::{CallRef, Expr, ExprRef};
use crate::models::{FieldKind, ModelId};
use crate::modules::ModuleId;
use crate::settings::Truth;

/// Methods that a join changes or forbids something of: rows that are locked, or read in part, or
/// compared, or come from somewhere else.
const UNJOINED: &[&str] = &[
    "defer",
    "difference",
    "distinct",
    "extra",
    "intersection",
    "only",
    "raw",
    "select_for_update",
    "union",
    "using",
    "values",
    "values_list",
];

/// `prefetch_related("author")` where `author` is a foreign key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefetchedOne {
    pub model: ModelId,
    /// The whole path.
    pub path: String,
    /// Of the text that names it.
    pub span: Span,
    /// Of the method's name.
    pub method: Span,
    pub mending: Mending,
}

/// How a call is mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mending {
    /// It names such relations alone: the method is another.
    Rename,
    /// The path moves to a call of its own: what goes, with its comma.
    Move(Span),
    /// Another of its paths has the mending.
    None,
}

impl Project {
    /// The relations to one row that the queries of a module load by `prefetch_related`, where
    /// `select_related` would do the same; by place.
    pub fn prefetched_ones(&self, module: ModuleId) -> Vec<PrefetchedOne> {
        let facts = self.modules.facts(module);
        if !facts.names.mention("prefetch_related") || self.has_databases() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for on_rows in self.calls_on_rows(module) {
            let expr = facts.body(on_rows.body).expr(on_rows.expr);
            let Some(call) = expr.as_call() else { continue };
            let Some((object, "prefetch_related")) = call.callee.as_attribute() else {
                continue;
            };
            let is_own = |model| {
                let methods = ["prefetch_related", "select_related"];
                let mut methods = methods.iter();
                methods.any(|name| {
                    self.models
                        .manager_method(&self.modules, model, name)
                        .is_some()
                })
            };
            let Some(model) = on_rows.model.ok().filter(|model| !is_own(*model)) else {
                continue;
            };
            if call.is_open() || is_unjoined(object, expr) {
                continue;
            }
            self.add_ones(model, call, &mut found);
        }
        found.sort_by_key(|one| one.span.start);
        found
    }

    fn add_ones(&self, model: ModelId, call: CallRef<'_>, found: &mut Vec<PrefetchedOne>) {
        let given: Vec<ExprRef<'_>> = call.positional().collect();
        // What is no text may go on from one of the others.
        if given.iter().any(|given| given.as_str().is_none()) {
            return;
        }
        let first = found.len();
        for (position, path) in given.iter().enumerate() {
            let Some(text) = path.as_str() else { continue };
            let goes_on = |other: &&ExprRef<'_>| {
                let rest = other.as_str().and_then(|other| other.strip_prefix(text));
                let goes_on = rest.is_some_and(|rest| rest.starts_with("__"));
                goes_on
                    && !other
                        .as_str()
                        .is_some_and(|other| self.leads_to_one(model, other))
            };
            if given.iter().any(|other| goes_on(&other)) || !self.leads_to_one(model, text) {
                continue;
            }
            let name = call.callee.span();
            let method = "prefetch_related".len() as u32;
            found.push(PrefetchedOne {
                model,
                path: text.to_owned(),
                span: path.span(),
                method: Span::new(name.end - method, name.end),
                mending: Mending::Move(match given.get(position + 1) {
                    Some(next) => Span::new(path.span().start, next.span().start),
                    None => {
                        let before = position
                            .checked_sub(1)
                            .map(|before| given[before].span().end);
                        Span::new(before.unwrap_or(path.span().start), path.span().end)
                    }
                }),
            });
        }
        let is_all = found.len() - first == given.len();
        for (position, one) in found[first..].iter_mut().enumerate() {
            if position > 0 {
                one.mending = Mending::None;
            } else if is_all {
                one.mending = Mending::Rename;
            }
        }
    }

    /// Whether a path leads over foreign keys and one-to-one fields alone, to rows that nothing but
    /// Django fetches.
    fn leads_to_one(&self, model: ModelId, path: &str) -> bool {
        let models = &self.models;
        let mut current = model;
        for name in path.split("__") {
            let Some((_, field)) = models.field(current, name) else {
                return false;
            };
            let is_key = matches!(field.kind, FieldKind::ForeignKey | FieldKind::OneToOne);
            let is_djangos = field.class.dotted.starts_with("django.");
            let to = field.relation().and_then(|relation| relation.to.model());
            let Some(to) = to.filter(|_| is_key && is_djangos) else {
                return false;
            };
            // Prefetching asks the model's base manager, which may give rows of other classes.
            if models.is_open(to)
                || models.is_open(current)
                || models.get(to).base_manager.is_some()
            {
                return false;
            }
            current = to;
        }
        true
    }

    /// Whether rows may lie in several databases, which no join crosses.
    fn has_databases(&self) -> bool {
        let Some(production) = self.settings.production() else {
            return false;
        };
        let routers = production.at(&["DATABASE_ROUTERS"]);
        routers.truth() != Truth::False
    }
}

/// Whether a chain has a method that a join does not go with, before or behind the call.
fn is_unjoined(object: ExprRef<'_>, call: ExprRef<'_>) -> bool {
    let mut before = Some(object);
    while let Some(expr) = before {
        let called = expr.as_call().and_then(|call| call.callee.as_attribute());
        if called.is_some_and(|(_, name)| UNJOINED.contains(&name)) {
            return true;
        }
        before = called.map(|(object, _)| object);
    }
    let mut behind = call;
    while let Some((outer, name)) = called_on(behind) {
        if UNJOINED.contains(&name) {
            return true;
        }
        behind = outer;
    }
    false
}

/// The call of a method on an expression.
fn called_on<'a>(expr: ExprRef<'a>) -> Option<(ExprRef<'a>, &'a str)> {
    let body = expr.body;
    body.exprs().find_map(|outer| {
        let call = outer.as_call()?;
        let Expr::Attribute(object, _) = call.callee.kind() else {
            return None;
        };
        let (_, name) = call.callee.as_attribute()?;
        (object == expr.id).then_some((outer, name))
    })
}
