//! What the functions do that `RunPython` runs: which tables they write to, and how, and which SQL they
//! hand to the database.
//!
//! Models come from `apps.get_model(..)`, as they are at that point of the history and not as their
//! classes are, so that they are told by their labels and followed here.

use std::sync::Arc;

use super::applied::Applied;
use super::operation::Operation;
use super::state::ModelKey;
use super::vendors::Vendors;
use crate::Project;
use crate::facts::ir::Stmt;
use crate::facts::{BodyRef, CallRef, Expr, ExprRef, StmtRef};
use crate::flows::{Target, only_value};
use crate::modules::{Definition, FunctionRef, ModuleId, ValueRef};

/// Functions that call each other further away than this are not looked at.
const MAX_DEPTH: u32 = 5;

/// Chains and names longer than this are not followed.
const MAX_STEPS: u32 = 32;

/// The code behind one `RunPython`.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The function that is run, then those of the repository that it calls, each once.
    pub functions: Vec<FunctionRef>,
}

/// A model out of the history.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    pub model: ModelKey,
    /// The calls that make the queryset of it, in order; none on the manager itself.
    pub calls: Vec<CallRef<'a>>,
    pub is_sliced: bool,
}

impl<'a> Rows<'a> {
    /// The names of the methods.
    pub fn methods(&self) -> impl Iterator<Item = &'a str> {
        let calls = self.calls.iter();
        calls.filter_map(|call| Some(call.callee.as_attribute()?.1))
    }

    /// Whether they are all rows of the table.
    pub fn is_whole(&self) -> bool {
        const KEEPING: &[&str] = &[
            "all",
            "defer",
            "iterator",
            "only",
            "order_by",
            "prefetch_related",
            "select_for_update",
            "select_related",
            "using",
        ];
        !self.is_sliced && self.methods().all(|method| KEEPING.contains(&method))
    }
}

/// One statement or row that is written.
#[derive(Clone, Debug)]
pub struct Write<'a> {
    pub function: FunctionRef,
    pub call: CallRef<'a>,
    pub model: ModelKey,
    pub kind: WriteKind<'a>,
}

/// How rows are written.
#[derive(Clone, Debug)]
pub enum WriteKind<'a> {
    /// A method of a manager or queryset: `update()`, `delete()`, `bulk_create()`.
    Rows(Rows<'a>),
    /// `save()` or `delete()` of a row in a loop over others.
    InLoop {
        rows: Rows<'a>,
        /// Whether only some rows of the loop are written.
        is_conditional: bool,
    },
    /// `save()` of one row.
    Row,
}

/// A call that hands a text to the database: `schema_editor.execute(..)`, `cursor.execute(..)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Executed<'a> {
    pub(super) function: FunctionRef,
    pub(super) text: ExprRef<'a>,
    pub(super) has_parameters: bool,
    /// The databases that it is reached on.
    pub(super) vendors: Vendors,
}

/// What is seen of a script.
#[derive(Default)]
struct Seen<'a> {
    writes: Vec<Write<'a>>,
    executed: Vec<Executed<'a>>,
    /// The databases that functions are called on, as far as calls were seen.
    called_on: Vec<(FunctionRef, Vendors)>,
}

/// Methods of managers and querysets that write.
const WRITING: &[&str] = &[
    "bulk_create",
    "bulk_update",
    "create",
    "delete",
    "get_or_create",
    "update",
    "update_or_create",
];

impl Project {
    /// The code that an operation runs; `None` where it runs none, or where that was not found.
    pub fn script(&self, applied: &Applied) -> Option<Script> {
        let Operation::RunPython {
            code: Some(code), ..
        } = applied.operation()
        else {
            return None;
        };
        let first = self.function_of(*code)?;
        let mut script = Script::default();
        self.reach(first, MAX_DEPTH, &mut script);
        Some(script)
    }

    /// The function that a value is: by its name, a lambda, or the one that `partial()` calls.
    fn function_of(&self, value: ValueRef) -> Option<FunctionRef> {
        let expr = self.modules.value(value);
        match expr.kind() {
            Expr::Lambda(function) => Some(FunctionRef {
                module: value.module,
                function,
            }),
            Expr::Call(..) => {
                let call = expr.as_call()?;
                let name = self.modules.qualified_expr(value.module, call.callee)?;
                let inner = call.positional().next()?;
                (name == "functools.partial")
                    .then(|| self.function_of(ValueRef::of(value.module, inner)))?
            }
            _ => match self.modules.resolve_expr(value.module, expr) {
                Definition::Function(function) if self.modules.is_repository(function.module) => {
                    Some(function)
                }
                _ => None,
            },
        }
    }

    fn reach(&self, function: FunctionRef, depth: u32, script: &mut Script) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        if script.functions.contains(&function) {
            return;
        }
        script.functions.push(function);
        let body = self.modules.function_body(function);
        for call in self.calls(function.module).of_body(body.id) {
            if let Target::Function(next) = call.target {
                self.reach(next, depth, script);
            }
        }
    }

    /// What a script writes, as far as that is seen, function by function.
    pub fn writes(&self, script: &Script) -> Vec<Write<'_>> {
        self.seen(script).writes
    }

    /// The SQL that a script hands to the database, as far as that is seen.
    pub(super) fn executed(&self, script: &Script) -> Vec<Executed<'_>> {
        self.seen(script).executed
    }

    fn seen(&self, script: &Script) -> Seen<'_> {
        let mut seen = Seen::default();
        for &function in &script.functions {
            let calls = seen.called_on.iter();
            let calls = calls.filter(|(called, _)| *called == function);
            let vendors = calls.map(|(_, vendors)| *vendors).reduce(Vendors::or);
            let mut reader = Reader {
                project: self,
                function,
                loops: Vec::new(),
                conditions: 0,
                vendors: vendors.unwrap_or(Vendors::ALL),
                seen: &mut seen,
            };
            reader.block(self.modules.function_body(function).statements());
        }
        seen
    }
}

/// Reads one function, statement by statement.
struct Reader<'a, 's> {
    project: &'a Project,
    function: FunctionRef,
    /// The loops around: the name of a row, its rows, and how many conditions stand around the loop.
    loops: Vec<(&'a str, Rows<'a>, u32)>,
    conditions: u32,
    /// The databases that the code here is reached on.
    vendors: Vendors,
    seen: &'s mut Seen<'a>,
}

impl<'a> Reader<'a, '_> {
    fn module(&self) -> ModuleId {
        self.function.module
    }

    fn block(&mut self, statements: impl Iterator<Item = StmtRef<'a>>) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: StmtRef<'a>) {
        let body = statement.body;
        match statement.kind() {
            Stmt::Expr(value)
            | Stmt::Return(Some(value))
            | Stmt::Assign { value, .. }
            | Stmt::Augmented { value, .. }
            | Stmt::Annotated {
                value: Some(value), ..
            } => self.expr(body.expr(value)),
            Stmt::If {
                test,
                body: then,
                orelse,
            } => {
                let test = body.expr(test);
                self.expr(test);
                let around = self.vendors;
                let (if_so, if_not) = around.under(test);
                self.conditions += 1;
                self.vendors = if_so;
                self.block(body.block(then));
                self.vendors = if_not;
                self.block(body.block(orelse));
                self.conditions -= 1;
                self.vendors = match (leaves(body.block(then)), leaves(body.block(orelse))) {
                    (true, false) => if_not,
                    (false, true) => if_so,
                    _ => around,
                };
            }
            Stmt::For {
                target,
                iter,
                body: within,
                orelse,
                ..
            } => {
                let iter = body.expr(iter);
                self.expr(iter);
                let row = body.expr(target).as_name();
                let rows = self.rows(iter, MAX_STEPS);
                let entered = row
                    .zip(rows)
                    .map(|(row, rows)| (row, rows, self.conditions));
                let is_entered = entered.is_some();
                self.loops.extend(entered);
                self.block(body.block(within));
                if is_entered {
                    self.loops.pop();
                }
                self.block(body.block(orelse));
            }
            Stmt::While {
                body: within,
                orelse,
                ..
            } => {
                // What is written time after time is written in parts.
                let outside = std::mem::take(&mut self.loops);
                self.conditions += 1;
                self.block(body.block(within));
                self.conditions -= 1;
                self.loops = outside;
                self.block(body.block(orelse));
            }
            Stmt::With { body: within, .. } => self.block(body.block(within)),
            Stmt::Try(index) => {
                let parts = body.body().tries[index as usize];
                self.block(body.block(parts.body));
                for handler in &body.body().handlers[parts.handlers.range()] {
                    self.block(body.block(handler.body));
                }
                self.block(body.block(parts.orelse));
                self.block(body.block(parts.finally));
            }
            Stmt::Match { cases, .. } => {
                self.conditions += 1;
                for case in &body.body().cases[cases.range()] {
                    self.block(body.block(case.body));
                }
                self.conditions -= 1;
            }
            _ => {}
        }
    }

    /// Looks at a call and at the calls that it is made on.
    fn expr(&mut self, expr: ExprRef<'a>) {
        let Some(call) = expr.as_call() else { return };
        if let Definition::Function(called) = self
            .project
            .modules
            .resolve_expr(self.module(), call.callee)
        {
            self.seen.called_on.push((called, self.vendors));
        }
        let Some((object, method)) = call.callee.as_attribute() else {
            return;
        };
        if method == "execute"
            && let Some(text) = call.positional().next().or_else(|| call.keyword("sql"))
        {
            let parameters = call.argument(1, "params");
            self.seen.executed.push(Executed {
                function: self.function,
                text,
                has_parameters: parameters.is_some_and(|given| !given.is_none()),
                vendors: self.vendors,
            });
        }
        let kind = match method {
            "save" | "delete" if object.as_name().is_some() => self.of_row(object),
            _ => None,
        };
        let written = kind.or_else(|| {
            let rows = self.rows(object, MAX_STEPS)?;
            WRITING
                .contains(&method)
                .then(|| (rows.model.clone(), WriteKind::Rows(rows)))
        });
        match written {
            Some((model, kind)) => self.seen.writes.push(Write {
                function: self.function,
                call,
                model,
                kind,
            }),
            None => self.expr(object),
        }
    }

    /// The row of a name: of a loop around, or one that was made or fetched.
    fn of_row(&self, name: ExprRef<'a>) -> Option<(ModelKey, WriteKind<'a>)> {
        let text = name.as_name()?;
        let mut around = self.loops.iter().rev();
        if let Some((_, rows, conditions)) = around.find(|(row, ..)| *row == text) {
            let kind = WriteKind::InLoop {
                rows: rows.clone(),
                is_conditional: self.conditions > *conditions,
            };
            return Some((rows.model.clone(), kind));
        }
        let call = only_value(name.body, text)?.as_call()?;
        let model = self.model(call.callee, MAX_STEPS).or_else(|| {
            let (object, method) = call.callee.as_attribute()?;
            let rows = self.rows(object, MAX_STEPS)?;
            matches!(
                method,
                "get" | "first" | "last" | "latest" | "earliest" | "create"
            )
            .then_some(rows.model)
        })?;
        Some((model, WriteKind::Row))
    }

    /// The model that an expression is: `apps.get_model("shop", "Order")`, or a name for it.
    fn model(&self, expr: ExprRef<'a>, steps: u32) -> Option<ModelKey> {
        let steps = steps.checked_sub(1)?;
        if let Some(name) = expr.as_name() {
            return self.model(only_value(expr.body, name)?, steps);
        }
        let call = expr.as_call()?;
        let (_, "get_model") = call.callee.as_attribute()? else {
            return None;
        };
        let text = |position: usize, name: &str| {
            let given = call.argument(position, name)?;
            self.text(given)
        };
        let first = text(0, "app_label")?;
        let (app, model) = match call.arguments().len() {
            1 => first.split_once('.')?,
            _ => (first, text(1, "model_name")?),
        };
        Some((Arc::from(app), model.to_lowercase().into()))
    }

    /// A text, or a name of one.
    fn text(&self, expr: ExprRef<'a>) -> Option<&'a str> {
        if let Some(text) = expr.as_str() {
            return Some(text);
        }
        let Definition::Value(value) = self.project.modules.resolve_expr(self.module(), expr)
        else {
            return None;
        };
        self.project.modules.value(value).as_str()
    }

    /// The rows that an expression is: `Order.objects.filter(..)`, or a name for them.
    fn rows(&self, expr: ExprRef<'a>, steps: u32) -> Option<Rows<'a>> {
        let steps = steps.checked_sub(1)?;
        match expr.kind() {
            Expr::Name(_) => self.rows(only_value(expr.body, expr.as_name()?)?, steps),
            Expr::Attribute(..) => {
                let (object, _) = expr.as_attribute()?;
                Some(Rows {
                    model: self.model(object, steps)?,
                    calls: Vec::new(),
                    is_sliced: false,
                })
            }
            Expr::Subscript(object, index) => {
                let mut rows = self.rows(expr.at(object), steps)?;
                rows.is_sliced = matches!(expr.at(index).kind(), Expr::Slice(..));
                rows.is_sliced.then_some(rows)
            }
            Expr::Call(..) => {
                let call = expr.as_call()?;
                let (object, _) = call.callee.as_attribute()?;
                let mut rows = self.rows(object, steps)?;
                rows.calls.push(call);
                Some(rows)
            }
            _ => None,
        }
    }
}

/// Whether a block ends with leaving the function.
fn leaves<'a>(block: impl Iterator<Item = StmtRef<'a>>) -> bool {
    let last = block.last();
    last.is_some_and(|last| matches!(last.kind(), Stmt::Return(_) | Stmt::Raise { .. }))
}

impl Script {
    /// The bodies of its functions.
    pub fn bodies<'a>(&'a self, project: &'a Project) -> impl Iterator<Item = BodyRef<'a>> {
        let functions = self.functions.iter();
        functions.map(|function| project.modules.function_body(*function))
    }
}
