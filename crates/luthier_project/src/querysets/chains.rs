//! Chains of methods on a manager that are seen from their beginning:
//! `Order.objects.filter(paid=True).order_by("made")`.

use crate::Project;
use crate::facts::{CallRef, Expr, ExprRef};
use crate::flows::{Held, Target, only_value};
use crate::models::{FieldKind, ModelId, Reverse};
use crate::modules::{Definition, ModuleId, ValueRef};

/// Chains longer than this are not followed.
pub(super) const MAX_DEPTH: u32 = 32;

/// A queryset whose making is all seen.
#[derive(Clone, Debug)]
pub struct Chain<'a> {
    pub model: ModelId,
    pub start: ChainStart<'a>,
    /// The expression that gives it, behind all variables.
    pub place: ExprRef<'a>,
    /// The calls of Django's own methods by which the manager makes the rows that it begins with.
    pub made: Vec<CallRef<'a>>,
    /// The calls of Django's own methods on it, in order; those within methods of the project's
    /// managers and querysets among them.
    pub calls: Vec<CallRef<'a>>,
}

/// What a chain begins with.
#[derive(Clone, Copy, Debug)]
pub enum ChainStart<'a> {
    /// A manager of the model.
    All,
    /// The manager of one row's relation, by the way back to that row's model.
    Related(&'a Reverse),
}

impl<'a> Chain<'a> {
    /// The names of all methods, those of the manager first, with their calls.
    pub fn methods(&self) -> impl Iterator<Item = (&'a str, CallRef<'a>)> {
        named(self.made.iter().chain(&self.calls))
    }
}

/// Calls with the names of their methods.
pub(super) fn named<'c, 'a: 'c>(
    calls: impl IntoIterator<Item = &'c CallRef<'a>>,
) -> impl Iterator<Item = (&'a str, CallRef<'a>)> {
    calls.into_iter().filter_map(|call| {
        let (_, method) = call.callee.as_attribute()?;
        Some((method, *call))
    })
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

    /// What Django makes of the class of a model where it takes a queryset as well.
    pub fn whole_table<'a>(&'a self, module: ModuleId, class: ExprRef<'a>) -> Option<Chain<'a>> {
        let Definition::Class(found) = self.modules.resolve_expr(module, class) else {
            return None;
        };
        let model = self.models.by_class(found)?;
        Some(Chain {
            model,
            start: ChainStart::All,
            place: class,
            made: self.beginning(model, "_default_manager")?,
            calls: Vec::new(),
        })
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
                match self
                    .models
                    .manager_method(&self.modules, chain.model, method)
                {
                    Some(function) => chain.calls.extend(self.own_calls(chain.model, function)?),
                    None => {
                        self.is_djangos_method(module, call, method).then_some(())?;
                        chain.calls.push(call);
                    }
                }
                chain.place = rows;
                Some(chain)
            }
            Expr::Attribute(..) => {
                let (object, name) = rows.as_attribute()?;
                let Held::Rows(model) = self.held_at(module, rows) else {
                    return None;
                };
                let (start, made) = self.start(module, object, name, model)?;
                Some(Chain {
                    model,
                    start,
                    place: rows,
                    made,
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
    ) -> Option<(ChainStart<'a>, Vec<CallRef<'a>>)> {
        let models = &self.models;
        if let Definition::Class(class) = self.modules.resolve_expr(module, object) {
            let is_its = models.by_class(class) == Some(id);
            let made = is_its.then(|| self.beginning(id, name))??;
            return Some((ChainStart::All, made));
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
        let made = is_keyed.then(|| self.beginning(id, default))??;
        Some((ChainStart::Related(way), made))
    }
}
