//! What a project's own managers and querysets make of their rows: the calls of Django's methods
//! that stand behind `get_queryset()` and `available()`.

use super::chains::MAX_DEPTH;
use crate::Project;
use crate::facts::ir::BindingKind;
use crate::facts::{CallRef, Expr, ExprRef, Name, Stmt};
use crate::flows::{keeps_rows, only_value};
use crate::models::{Manager, ModelId};
use crate::modules::{Ancestor, ClassRef, Definition, FunctionRef, Modules};

impl Project {
    /// The calls of Django's methods that make the rows which a manager of a model begins with, in
    /// order; none where it gives all rows, `None` where anything else may make them.
    pub(super) fn beginning(&self, id: ModelId, manager: &str) -> Option<Vec<CallRef<'_>>> {
        let model = self.models.get(id);
        let name = match manager {
            "_default_manager" => model.default_manager.as_deref(),
            "_base_manager" => model.base_manager.as_deref(),
            name => Some(name),
        };
        let mut managers = model.managers.iter();
        let manager = managers.find(|manager| Some(&*manager.name) == name)?;
        if manager.is_plain(&self.modules) {
            return Some(Vec::new());
        }
        let maker = Maker { project: self, id };
        maker.beginning(manager)
    }

    /// The calls of Django's methods that a method of a model's managers or querysets makes on the
    /// rows that it is called on, in order; `None` where it does anything else.
    pub(super) fn own_calls(&self, id: ModelId, function: FunctionRef) -> Option<Vec<CallRef<'_>>> {
        let maker = Maker { project: self, id };
        maker.made(function, None, MAX_DEPTH)
    }
}

struct Maker<'a> {
    project: &'a Project,
    id: ModelId,
}

impl<'a> Maker<'a> {
    fn beginning(&self, manager: &Manager) -> Option<Vec<CallRef<'a>>> {
        let modules = &self.project.modules;
        let class = manager.manager_class?;
        if let Some(queryset) = manager.queryset {
            binds_none(modules, queryset, &["__init__", "all", "get_queryset"])?;
        }
        binds_none(modules, class, &["__init__", "all"])?;
        let mro = modules.mro(class);
        let mut own = Vec::new();
        // The base that `from_queryset()` makes is known by the manager's queryset.
        let mut made = usize::from(manager.queryset.is_some());
        for ancestor in &mro.ancestors {
            match ancestor {
                Ancestor::Class(class) if modules.is_repository(class.module) => {
                    match modules.class_body(*class).binding("get_queryset") {
                        None => {}
                        Some(binding) => match binding.kind {
                            BindingKind::Function(function) => own.push(FunctionRef {
                                module: class.module,
                                function,
                            }),
                            _ => return None,
                        },
                    }
                }
                Ancestor::Class(class) => is_djangos(&modules.get(class.module).name)?,
                Ancestor::External(name) => is_djangos(name)?,
                Ancestor::Unknown => made = made.checked_sub(1)?,
            }
        }
        let (first, others) = own.split_first()?;
        self.made(*first, Some(others), MAX_DEPTH)
    }

    /// What a method returns; `above` are those that `super()` leads to, where that is known.
    fn made(
        &self,
        function: FunctionRef,
        above: Option<&[FunctionRef]>,
        depth: u32,
    ) -> Option<Vec<CallRef<'a>>> {
        let depth = depth.checked_sub(1)?;
        let modules = &self.project.modules;
        let declared = modules.function(function);
        let own = declared.params.first()?.name;
        if declared.is_generator || declared.is_async || !declared.decorators.is_empty() {
            return None;
        }
        let body = modules.function_body(function);
        let mut returns = body
            .all_statements()
            .filter_map(|statement| match statement.kind() {
                Stmt::Return(value) => Some((statement.id, value)),
                _ => None,
            });
        let (Some((statement, Some(value))), None) = (returns.next(), returns.next()) else {
            return None;
        };
        let is_last = body.statements().next_back()?.id == statement;
        let rows = Rows {
            maker: self,
            function,
            own,
            above,
        };
        is_last.then(|| rows.calls(body.expr(value), depth))?
    }
}

/// The rows that a method is called on, and what it makes of them.
struct Rows<'m, 'a> {
    maker: &'m Maker<'a>,
    function: FunctionRef,
    /// The name of `self`.
    own: Name,
    above: Option<&'m [FunctionRef]>,
}

impl<'a> Rows<'_, 'a> {
    fn calls(&self, rows: ExprRef<'a>, depth: u32) -> Option<Vec<CallRef<'a>>> {
        let depth = depth.checked_sub(1)?;
        let maker = self.maker;
        match rows.kind() {
            Expr::Name(name) if name == self.own => Some(Vec::new()),
            Expr::Name(_) => self.calls(only_value(rows.body, rows.as_name()?)?, depth),
            Expr::Call(..) => {
                let call = rows.as_call()?;
                let Some((object, method)) = call.callee.as_attribute() else {
                    return self.is_queryset(call).then(Vec::new);
                };
                if is_super(object) {
                    return match (method, self.above) {
                        ("get_queryset", Some([next, others @ ..])) => {
                            maker.made(*next, Some(others), depth)
                        }
                        ("get_queryset", Some([])) => Some(Vec::new()),
                        _ => None,
                    };
                }
                let mut calls = self.calls(object, depth)?;
                let (modules, models) = (&maker.project.modules, &maker.project.models);
                match models.manager_method(modules, maker.id, method) {
                    Some(next) if next != self.function => {
                        calls.extend(maker.made(next, None, depth)?);
                    }
                    None if keeps_rows(method) => calls.push(call),
                    _ => return None,
                }
                Some(calls)
            }
            _ => None,
        }
    }

    /// `OrderQuerySet(self.model, using=self._db)`
    fn is_queryset(&self, call: CallRef<'_>) -> bool {
        let modules = &self.maker.project.modules;
        let made = modules.resolve_expr(self.function.module, call.callee);
        let is_made = match made {
            Definition::Class(class) => {
                modules.inherits(class, "django.db.models.query.QuerySet") == Some(true)
            }
            Definition::External(name) => {
                name.starts_with("django.db.models.") && name.ends_with(".QuerySet")
            }
            _ => false,
        };
        let model = call.argument(0, "model").and_then(ExprRef::dotted);
        is_made && model.as_deref() == Some("self.model")
    }
}

fn is_super(object: ExprRef<'_>) -> bool {
    object
        .as_call()
        .is_some_and(|call| call.callee.as_name() == Some("super"))
}

fn is_djangos(name: &str) -> Option<()> {
    let is_known = name.starts_with("django.") || name.starts_with("builtins.");
    is_known.then_some(())
}

/// `Some` where no class of the repository among a class and its bases binds one of the names.
fn binds_none(modules: &Modules, class: ClassRef, names: &[&str]) -> Option<()> {
    let mro = modules.mro(class);
    let mut own = mro
        .classes()
        .filter(|class| modules.is_repository(class.module));
    let is_bound = own.any(|class| {
        let body = modules.class_body(*class);
        names.iter().any(|name| body.binding(name).is_some())
    });
    (!is_bound).then_some(())
}
