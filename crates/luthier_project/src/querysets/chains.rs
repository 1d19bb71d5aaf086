//! Chains of methods on a manager that are seen from their beginning:
//! `Order.objects.filter(paid=True).order_by("made")`.

use crate::Project;
use crate::facts::{CallRef, Expr, ExprRef};
use crate::flows::{Held, Target, only_value};
use crate::models::{FieldKind, ModelId, Reverse};
use crate::modules::{Definition, ModuleId, ValueRef};

/// Chains longer than this are not followed.
const MAX_DEPTH: u32 = 32;

/// A queryset whose making is all seen.
#[derive(Clone, Debug)]
pub struct Chain<'a> {
    pub model: ModelId,
    pub start: ChainStart<'a>,
    /// The calls of Django's own methods, in order.
    pub calls: Vec<CallRef<'a>>,
}

/// What a chain begins with.
#[derive(Clone, Copy, Debug)]
pub enum ChainStart<'a> {
    /// A manager of the model that gives all rows, in the order that the model says.
    All,
    /// The manager of one row's relation, by the way back to that row's model.
    Related(&'a Reverse),
}

impl<'a> Chain<'a> {
    /// The names of the methods, with their calls.
    pub fn methods(&self) -> impl Iterator<Item = (&'a str, CallRef<'a>)> {
        self.calls.iter().filter_map(|call| {
            let (_, method) = call.callee.as_attribute()?;
            Some((method, *call))
        })
    }
}

impl Project {
    /// The chain that an expression is, a local variable with one value followed; `None` where a
    /// part of it is not known, or is not Django's own.
    pub fn chain(&self, rows: ValueRef) -> Option<Chain<'_>> {
        if !self.modules.is_repository(rows.module) {
            return None;
        }
        self.chain_of(rows.module, self.modules.value(rows), MAX_DEPTH)
    }

    pub(super) fn chain_of<'a>(
        &'a self,
        module: ModuleId,
        rows: ExprRef<'a>,
        depth: u32,
    ) -> Option<Chain<'a>> {
        let depth = depth.checked_sub(1)?;
        match rows.kind() {
            Expr::Name(_) => {
                let value = only_value(rows.body, rows.as_name()?)?;
                self.chain_of(module, value, depth)
            }
            Expr::Call(..) => {
                let call = rows.as_call()?;
                let (object, method) = call.callee.as_attribute()?;
                let mut chain = self.chain_of(module, object, depth)?;
                self.is_djangos_method(module, call, method).then_some(())?;
                chain.calls.push(call);
                Some(chain)
            }
            Expr::Attribute(..) => {
                let (object, name) = rows.as_attribute()?;
                let Held::Rows(model) = self.held_at(module, rows) else {
                    return None;
                };
                let start = self.start(module, object, name, model)?;
                Some(Chain {
                    model,
                    start,
                    calls: Vec::new(),
                })
            }
            _ => None,
        }
    }

    /// Whether a call is of the method that Django's querysets have under this name.
    fn is_djangos_method(&self, module: ModuleId, call: CallRef<'_>, method: &str) -> bool {
        let calls = self.calls(module);
        match calls.target(call.expr.body.id, call.expr.id) {
            Some(Target::Outside(name)) => {
                let name = calls.name(name);
                name.strip_prefix("django.db.models.query.QuerySet.") == Some(method)
            }
            _ => false,
        }
    }

    fn start<'a>(
        &'a self,
        module: ModuleId,
        object: ExprRef<'a>,
        name: &str,
        id: ModelId,
    ) -> Option<ChainStart<'a>> {
        let models = &self.models;
        if let Definition::Class(class) = self.modules.resolve_expr(module, object) {
            let is_its = models.by_class(class) == Some(id);
            let is_plain = self.gives_all(id, name);
            return (is_its && is_plain).then_some(ChainStart::All);
        }
        let Held::Row(owner) = self.held_at(module, object) else {
            return None;
        };
        let way = models.reverse(owner).into_iter().find(|way| {
            let accessor = models.accessor(way);
            accessor.is_some_and(|accessor| &*accessor == name)
        })?;
        let is_keyed = models.field_of(way).kind == FieldKind::ForeignKey && way.from == id;
        let default = models.get(id).default_manager.as_deref()?;
        (is_keyed && self.gives_all(id, default)).then_some(ChainStart::Related(way))
    }

    /// Whether a manager of a model gives all rows, in the model's own order.
    pub(crate) fn gives_all(&self, id: ModelId, manager: &str) -> bool {
        let model = self.models.get(id);
        let name = match manager {
            "_default_manager" => model.default_manager.as_deref(),
            "_base_manager" => model.base_manager.as_deref(),
            name => Some(name),
        };
        let mut managers = model.managers.iter();
        let found = managers.find(|manager| Some(&*manager.name) == name);
        found.is_some_and(|manager| manager.is_plain(&self.modules))
    }
}
