//! How a queryset is made: by which methods, and from what.

use rustc_hash::FxHashSet;

use super::{Bound, Variable};
use crate::Project;
use crate::facts::{CallRef, Expr, ExprRef};
use crate::flows::own_rows::gives_own_rows;
use crate::flows::tables;
use crate::flows::{Held, Target};
use crate::models::{Found, ModelId};
use crate::modules::{Definition, ModuleId};

/// Chains longer than this are not followed.
const MAX_DEPTH: u32 = 32;

/// Methods that give rows and no queryset whose rows are fetched and counted as those of others.
const OTHERWISE: &[&str] = &["db_manager", "none", "raw"];

/// Methods whose result is a queryset again, of something other than rows.
const VALUES: &[&str] = &["dates", "datetimes", "values", "values_list"];

/// What a queryset is made from.
#[derive(Clone, Copy, Debug)]
pub enum RowsFrom<'a> {
    /// A manager of the model's class.
    Manager,
    /// The manager of a relation of this row, by its name there.
    Relation(ExprRef<'a>, &'a str),
    /// Something else, or several.
    Unknown,
    /// The variable that it is assigned to.
    Circle,
}

impl RowsFrom<'_> {
    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Circle, from) | (from, Self::Circle) => from,
            (Self::Manager, Self::Manager) => Self::Manager,
            _ => Self::Unknown,
        }
    }
}

/// How a queryset is made, variables followed.
#[derive(Clone, Debug)]
pub struct Making<'a> {
    pub model: ModelId,
    pub from: RowsFrom<'a>,
    /// The calls of methods, in order; of all branches, where there are several.
    pub calls: Vec<CallRef<'a>>,
    pub is_sliced: bool,
}

impl<'a> Making<'a> {
    /// The names of the methods.
    pub fn methods(&self) -> impl Iterator<Item = &'a str> {
        let calls = self.calls.iter();
        calls.filter_map(|call| Some(call.callee.as_attribute()?.1))
    }

    /// Whether one of these methods is called.
    pub fn has(&self, methods: &[&str]) -> bool {
        self.methods().any(|method| methods.contains(&method))
    }

    /// Whether methods give something other than rows: `values()`, `values_list()`.
    pub fn gives_values(&self) -> bool {
        self.has(VALUES)
    }
}

/// The relations that the project's code prefetches, by name.
#[derive(Debug, Default)]
pub(in crate::flows) struct Prefetched {
    names: FxHashSet<String>,
    /// Whether some are named in ways that are not seen.
    is_open: bool,
}

impl Prefetched {
    fn of(project: &Project) -> Self {
        let mut found = Self {
            is_open: project.is_distributed,
            ..Self::default()
        };
        for module in project.own_modules() {
            let facts = project.modules.facts(module);
            if !facts.names.mention("refetch") {
                continue;
            }
            for body in facts.body_ids().map(|id| facts.body(id)) {
                for call in body.exprs().filter_map(ExprRef::as_call) {
                    found.add(call);
                }
            }
        }
        found
    }

    fn add(&mut self, call: CallRef<'_>) {
        let name = call.callee.last_name().unwrap_or_default();
        let skipped = match name {
            "prefetch_related" | "Prefetch" => 0,
            "prefetch_related_objects" => 1,
            _ => return,
        };
        let named = call.keyword("lookup");
        for given in call.positional().skip(skipped).chain(named) {
            match given.as_str() {
                Some(path) => self.names.extend(path.split("__").map(str::to_owned)),
                None if name == "Prefetch" => self.is_open = true,
                None => {
                    let inner = given.as_call().and_then(|call| call.callee.last_name());
                    self.is_open |= inner != Some("Prefetch");
                }
            }
            if name == "Prefetch" {
                break;
            }
        }
    }
}

impl Project {
    /// Whether the rows of a queryset may be at hand already, as those of a relation that was
    /// prefetched are.
    pub fn may_be_prefetched(&self, making: &Making<'_>) -> bool {
        let is_whole = !making.is_sliced
            && making
                .methods()
                .all(|method| matches!(method, "all" | "get_queryset"));
        is_whole
            && match making.from {
                RowsFrom::Manager => false,
                RowsFrom::Relation(_, name) => {
                    let prefetched = self.flows.prefetched.get_or_init(|| Prefetched::of(self));
                    prefetched.is_open || prefetched.names.contains(name)
                }
                RowsFrom::Unknown | RowsFrom::Circle => true,
            }
    }

    /// Whether a queryset gives one row at most, by a condition on what is unique.
    pub fn is_single(&self, making: &Making<'_>) -> bool {
        let conditions = making.calls.iter().filter(|call| {
            let method = call.callee.as_attribute().map(|(_, method)| method);
            method == Some("filter")
        });
        let mut names = conditions.flat_map(|call| call.keywords().map(|(name, _)| name));
        names.any(|path| {
            let (name, lookup) = path.split_once("__").unwrap_or((path, "exact"));
            lookup == "exact"
                && match self.models.lookup(making.model, name) {
                    Found::Field(_, field) | Found::Key(_, field) => {
                        field.unique() == Some(true) || field.primary_key() == Some(true)
                    }
                    _ => name == "pk",
                }
        })
    }

    /// The model of a queryset that an expression builds anew; `None` for variables and for what is
    /// no queryset.
    pub(super) fn built_rows(&self, module: ModuleId, expr: ExprRef<'_>) -> Option<ModelId> {
        match expr.kind() {
            Expr::Call(..) => {
                let call = expr.as_call()?;
                let (object, method) = call.callee.as_attribute()?;
                if OTHERWISE.contains(&method) {
                    return None;
                }
                if let Some(on_rows) = self.call_on_rows(module, call) {
                    let gives = tables::keeps_rows(method) || VALUES.contains(&method);
                    return on_rows.model.ok().filter(|_| gives && !on_rows.makes_row);
                }
                let calls = self.calls(module);
                let target = calls.target(expr.body.id, expr.id)?;
                let Target::Function(function) = target else {
                    return None;
                };
                let model = self.rows_held(module, object)?;
                gives_own_rows(&self.modules, function).then_some(model)
            }
            Expr::Subscript(object, index) => {
                let is_slice = matches!(expr.at(index).kind(), Expr::Slice(..));
                is_slice.then(|| self.built_rows(module, expr.at(object)))?
            }
            _ => None,
        }
    }

    fn rows_held(&self, module: ModuleId, expr: ExprRef<'_>) -> Option<ModelId> {
        match self.held_before(module, expr) {
            Held::Rows(model) => Some(model),
            _ => None,
        }
    }

    /// The model of the rows that are gone through.
    pub(super) fn rows_at(&self, module: ModuleId, expr: ExprRef<'_>) -> Option<ModelId> {
        let built = self.built_rows(module, expr);
        built.or_else(|| match self.held_before(module, expr) {
            Held::Rows(model) => Some(model),
            _ => None,
        })
    }

    /// The model of one row that an expression gives.
    pub(super) fn row_at(&self, module: ModuleId, expr: ExprRef<'_>) -> Option<ModelId> {
        match self.held_before(module, expr) {
            Held::Row(model) => Some(model),
            _ => None,
        }
    }

    /// The model whose rows a method is called on, where it is Django's own method.
    pub fn rows_asked(&self, module: ModuleId, call: CallRef<'_>) -> Option<ModelId> {
        let on_rows = self.call_on_rows(module, call)?;
        on_rows.model.ok().filter(|_| !on_rows.makes_row)
    }

    /// How the queryset is made that an expression builds or a variable holds.
    pub fn making<'a>(&'a self, module: ModuleId, rows: ExprRef<'a>) -> Option<Making<'a>> {
        let mut walk = Makings {
            project: self,
            module,
            open: Vec::new(),
        };
        match walk.expr(rows, MAX_DEPTH)? {
            Made::Rows(making) => Some(making),
            Made::Circle => None,
        }
    }

    /// How a variable's queryset is made, by whichever of its values.
    pub fn making_of_variable<'a>(
        &'a self,
        module: ModuleId,
        variable: &'a Variable,
    ) -> Option<Making<'a>> {
        let mut walk = Makings {
            project: self,
            module,
            open: Vec::new(),
        };
        match walk.variable(variable, MAX_DEPTH)? {
            Made::Rows(making) => Some(making),
            Made::Circle => None,
        }
    }

    fn rows_from<'a>(&'a self, module: ModuleId, manager: ExprRef<'a>) -> RowsFrom<'a> {
        let Some((object, name)) = manager.as_attribute() else {
            return RowsFrom::Unknown;
        };
        if let Definition::Class(_) = self.modules.resolve_expr(module, object) {
            return RowsFrom::Manager;
        }
        match self.held_before(module, object) {
            Held::Row(_) => RowsFrom::Relation(object, name),
            _ => RowsFrom::Unknown,
        }
    }
}

enum Made<'a> {
    Rows(Making<'a>),
    /// A variable that is being looked at: `rows = rows.filter(...)`.
    Circle,
}

struct Makings<'a> {
    project: &'a Project,
    module: ModuleId,
    /// Variables that were looked at: what they add is known.
    open: Vec<&'a Variable>,
}

impl<'a> Makings<'a> {
    fn variable(&mut self, variable: &'a Variable, depth: u32) -> Option<Made<'a>> {
        if self.open.iter().any(|open| std::ptr::eq(*open, variable)) {
            return Some(Made::Circle);
        }
        self.open.push(variable);
        let facts = self.project.modules.facts(self.module);
        let body = facts.body(variable.body);
        let mut found: Option<Making<'a>> = None;
        for bound in &variable.bound {
            let Bound::Value(value) = *bound else {
                return None;
            };
            let Made::Rows(made) = self.expr(body.expr(value), depth)? else {
                continue;
            };
            found = Some(match found {
                None => made,
                Some(mut found) => {
                    found.from = found.from.join(made.from);
                    found.calls.extend(made.calls);
                    found.is_sliced |= made.is_sliced;
                    found
                }
            });
        }
        found.map(Made::Rows)
    }

    fn expr(&mut self, rows: ExprRef<'a>, depth: u32) -> Option<Made<'a>> {
        let depth = depth.checked_sub(1)?;
        match rows.kind() {
            Expr::Name(_) => {
                let variable = self.project.variable(self.module, rows)?;
                self.variable(variable, depth)
            }
            Expr::Call(..) => {
                let call = rows.as_call()?;
                let model = self.project.built_rows(self.module, rows)?;
                let (object, _) = call.callee.as_attribute()?;
                let (from, calls, is_sliced) = match self.expr(object, depth) {
                    Some(Made::Rows(making)) => (making.from, making.calls, making.is_sliced),
                    Some(Made::Circle) => (RowsFrom::Circle, Vec::new(), false),
                    None => (
                        self.project.rows_from(self.module, object),
                        Vec::new(),
                        false,
                    ),
                };
                let mut making = Making {
                    model,
                    from,
                    calls,
                    is_sliced,
                };
                making.calls.push(call);
                Some(Made::Rows(making))
            }
            Expr::Subscript(object, _) => {
                self.project.built_rows(self.module, rows)?;
                let mut made = self.expr(rows.at(object), depth)?;
                if let Made::Rows(making) = &mut made {
                    making.is_sliced = true;
                }
                Some(made)
            }
            _ => None,
        }
    }
}
