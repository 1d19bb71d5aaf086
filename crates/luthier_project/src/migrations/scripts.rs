//! What the functions do that `RunPython` runs: which tables they write to, and how, and which SQL they
//! hand to the database.
//!
//! Code over rows is followed by the engine of [`crate::flows`], on the models as they are at that point
//! of the history. What is handed over as text is read here.

use std::collections::BTreeMap;
use std::sync::Arc;

use luthier_source::Location;
use luthier_source::sql::{Kind, Statement};
use rustc_hash::FxHashMap;

use super::applied::Applied;
use super::operation::Operation;
use super::state::{ModelKey, ModelState, StateField};
use super::value::{Made, Value};
use super::vendors::Vendors;
use crate::Project;
use crate::constant::Constant;
use crate::facts::ir::Stmt;
use crate::facts::{Expr, ExprRef, StmtRef};
use crate::flows::{Extent, PastScript, ScriptDoes, ScriptWrite, Target, follow_script, in_parts};
use crate::models::{ModelId, PastField, PastGraphs, PastModel};
use crate::modules::{ClassRef, Definition, FunctionRef, ModuleId, ValueRef};

/// Functions that call each other further away than this are not looked at.
const MAX_DEPTH: u32 = 5;

/// The code behind one `RunPython`.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The function that is run, then those of the repository that it calls, each once.
    pub functions: Vec<FunctionRef>,
}

/// One statement or row that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    pub place: Location,
    pub model: ModelKey,
    /// `update`, `save`.
    pub method: Arc<str>,
    pub kind: WriteKind,
    /// Whether the code may do without it.
    pub is_conditional: bool,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteKind {
    /// All rows of the table at once.
    All,
    /// Each row of the table by itself.
    Each {
        /// Whether the rows are let go one after the other.
        is_streamed: bool,
        /// Whether only some of those that are gone through are written.
        is_conditional: bool,
    },
    /// Some rows, or one.
    Some,
}

/// What is left of a table that a migration has written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// All that it had, some, or new ones.
    Rows,
    /// None that can be found. The transaction that deleted them still goes over where they were.
    DeadRows,
    /// None at all.
    Nothing,
}

impl Left {
    fn without_rows(self) -> Self {
        self.max(Self::DeadRows)
    }

    /// What is left after a statement.
    fn after(self, kind: &Kind, table: &str) -> Self {
        let mut tables = kind.tables().iter();
        if !tables.any(|it| it.eq_ignore_ascii_case(table)) {
            return self;
        }
        match kind {
            Kind::Truncate(_) => Self::Nothing,
            Kind::Delete {
                is_filtered: false, ..
            } => self.without_rows(),
            Kind::Insert { .. } => Self::Rows,
            _ => self,
        }
    }
}

/// Code of today that works with a model as it is today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outdated {
    pub model: ModelId,
    /// The call that leads from migrations to other code.
    pub place: Location,
    /// The code that works with the model.
    pub uses: Location,
}

/// What a script does with rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Does {
    writes: Vec<Write>,
    outdated: Vec<Outdated>,
}

/// By the place of the operation.
pub(super) type AllDo = FxHashMap<ValueRef, Does>;

/// A call that hands a text to the database: `schema_editor.execute(..)`, `cursor.execute(..)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Executed<'a> {
    pub(super) function: FunctionRef,
    pub(super) text: ExprRef<'a>,
    pub(super) has_parameters: bool,
    /// The databases that it is reached on.
    pub(super) vendors: Vendors,
}

/// What is handed over by a script.
#[derive(Default)]
struct Seen<'a> {
    executed: Vec<Executed<'a>>,
    /// The databases that functions are called on, as far as calls were seen.
    called_on: Vec<(FunctionRef, Vendors)>,
}

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

    /// What the code of an operation writes, by place, as far as that is seen.
    pub fn writes(&self, applied: &Applied) -> &[Write] {
        self.does(applied).map_or(&[], |does| &does.writes)
    }

    /// Whether code or SQL of the same migration has deleted all rows of a table before an operation alters
    /// it.
    pub fn is_emptied_before(&self, applied: &Applied) -> bool {
        let model = applied.before.as_deref();
        model.is_some_and(|model| {
            self.left(applied, &model.table(), Some(model), None) != Left::Rows
        })
    }

    /// What code and SQL of the same migration have left of a table before an operation, or before a statement
    /// of it.
    pub fn left(
        &self,
        applied: &Applied,
        table: &str,
        model: Option<&ModelState>,
        statement: Option<&Statement>,
    ) -> Left {
        let key = model.map(ModelState::key);
        let own = self.migrations.applied_by(applied.migration).iter();
        let before = own.take_while(|other| !Arc::ptr_eq(&other.step, &applied.step));
        let mut left = Left::Rows;
        for other in before.filter(|other| other.reaches_database()) {
            let of_model = |write: &&Write| key.as_ref() == Some(&write.model);
            let mut writes = self.writes(other).iter().filter(of_model);
            if let Some(first) = writes.next() {
                let deletes = |write: &Write| {
                    let is_all = write.kind == WriteKind::All && !write.is_conditional;
                    is_all && &*write.method == "delete"
                };
                left = match deletes(first) && writes.all(deletes) {
                    true => left.without_rows(),
                    false => Left::Rows,
                };
            }
            for statement in self.sql_statements(other) {
                left = left.after(&statement.kind, table);
            }
        }
        if let Some(until) = statement {
            let statements = self.sql_statements(applied);
            for statement in statements.take_while(|it| !std::ptr::eq(*it, until)) {
                left = left.after(&statement.kind, table);
            }
        }
        left
    }

    /// The statements of an operation, as far as they are understood.
    fn sql_statements(&self, applied: &Applied) -> impl Iterator<Item = &Statement> {
        let texts = self.sql(applied).map_or(&[][..], |sql| &sql.texts);
        let texts = texts.iter();
        texts.flat_map(|text| text.statements.iter().flatten())
    }

    /// Where the code of an operation leads to other code that works with models as they are today.
    pub fn outdated(&self, applied: &Applied) -> &[Outdated] {
        self.does(applied).map_or(&[], |does| &does.outdated)
    }

    fn does(&self, applied: &Applied) -> Option<&Does> {
        let all = self.migrations.scripts.get_or_init(|| self.all_scripts());
        all.get(&applied.step.place?)
    }

    fn all_scripts(&self) -> AllDo {
        let with_models = self.migrations.applied().iter();
        let with_models = with_models.filter(|applied| applied.models.is_some());
        let placed = with_models.filter_map(|applied| Some((applied.step.place?, applied)));
        let placed: Vec<(ValueRef, &Applied)> = placed.collect();
        let known = self.past_labels();
        let done = in_parts(&placed, |placed| {
            let mut graphs = PastGraphs::new(&self.models, known.values().cloned());
            let mut does = |applied| {
                let script = self.past_script(applied, &known, &mut graphs)?;
                Some(self.does_in(&script, follow_script(self, &script)))
            };
            let does = placed.iter().map(|(_, applied)| does(applied));
            does.map(Option::unwrap_or_default).collect()
        });
        let places = placed.iter().map(|(place, _)| *place);
        places.zip(done).collect()
    }

    /// Every model of whatever point of the history, as `app.model` in lower case.
    fn past_labels(&self) -> BTreeMap<ModelKey, Arc<str>> {
        let applied = self.migrations.applied().iter();
        let named = applied.filter(|applied| {
            let operation = applied.operation();
            matches!(
                operation,
                Operation::CreateModel { .. } | Operation::RenameModel { .. }
            )
        });
        let keys = named.filter_map(|applied| Some(applied.after.as_ref()?.key()));
        keys.map(|key| (key.clone(), label(key))).collect()
    }

    fn past_script(
        &self,
        applied: &Applied,
        known: &BTreeMap<ModelKey, Arc<str>>,
        graphs: &mut PastGraphs,
    ) -> Option<PastScript> {
        let Operation::RunPython {
            code: Some(code), ..
        } = applied.operation()
        else {
            return None;
        };
        let module = self.migrations.get(applied.migration).module;
        // Both are in order of their keys.
        let mut models = applied.models.as_deref()?.iter().peekable();
        let found = known.iter().map(|(key, label)| {
            let found = models.next_if(|(own, _)| *own == key);
            let found = found.map(|(_, model)| (Arc::as_ptr(model) as usize, &**model));
            (Arc::clone(label), found)
        });
        Some(PastScript {
            code: *code,
            models: graphs.graph(found, |model| (self.past_model(model), module)),
            place: applied.place(&self.modules)?,
        })
    }

    fn past_model(&self, model: &ModelState) -> PastModel {
        let key = model.key();
        let known = model.fields.iter().filter_map(|(name, field)| {
            let mut own = field.field.as_deref()?.clone();
            own.name = Arc::clone(name);
            Some(PastField {
                field: own,
                to: field.target(&key).map(label),
                through: field.through_target(&key).map(label),
            })
        });
        let is_known = |(_, field): &(Arc<str>, Arc<StateField>)| field.field.is_some();
        let ordering = model.option("ordering").and_then(Value::elements);
        let ordering = ordering.map(|names| {
            let texts = names.iter().filter_map(Value::as_str);
            Constant::List(texts.map(|text| Constant::Str(text.into())).collect())
        });
        let parents = model.bases.iter().filter_map(|base| match base {
            super::operation::Base::Model(label) => Some(Arc::clone(label)),
            _ => None,
        });
        let managers = model.managers.iter().flatten();
        PastModel {
            app: Arc::clone(&model.app),
            name: Arc::clone(&model.name),
            fields: known.collect(),
            parents: parents.collect(),
            is_proxy: model.is_proxy(),
            is_open: model.is_open || !model.fields.iter().all(is_known),
            table: model.table(),
            ordering,
            managers: managers
                .map(|(name, manager)| (Arc::clone(name), self.manager_class(manager)))
                .collect(),
        }
    }

    /// The class of a manager, where the code has it.
    fn manager_class(&self, manager: &Value) -> Option<ClassRef> {
        let Value::Made(made) = manager else {
            return None;
        };
        let Made { class, .. } = &**made;
        match self.modules.lookup(class) {
            Definition::Class(class) => Some(class),
            _ => None,
        }
    }

    fn does_in(&self, script: &PastScript, does: ScriptDoes) -> Does {
        let models = |id: ModelId| match script.models.has(id) {
            true => script.models.get(id),
            false => self.models.get(id),
        };
        let writes = does.writes.into_iter().map(|write| {
            let model = models(write.model);
            Write {
                place: write.place,
                model: (
                    Arc::clone(&model.app_label),
                    model.name.to_lowercase().into(),
                ),
                kind: kind(&write),
                is_conditional: write.is_conditional,
                method: write.method,
            }
        });
        let writes = writes.collect();
        let is_outdated = |model: ModelId| {
            let is_own = || self.modules.is_repository(self.models.get(model).module);
            !script.models.has(model) && is_own()
        };
        let is_of_migration = |place: &Location| {
            let module = self.modules.of_file(place.file);
            module.is_some_and(|module| self.modules.is_migration(module))
        };
        let outdated = does.asks.iter().filter(|ask| is_outdated(ask.model));
        let outdated = outdated.filter_map(|ask| {
            let within = ask.way.iter().take_while(|place| is_of_migration(place));
            let place = *within.last()?;
            let uses = *ask.way.last()?;
            // What another code calls back may run when it likes.
            (!is_of_migration(&uses)).then_some(Outdated {
                model: ask.model,
                place,
                uses,
            })
        });
        let mut outdated: Vec<Outdated> = outdated.collect();
        outdated.dedup_by_key(|it| (it.model, it.place));
        Does { writes, outdated }
    }

    /// The SQL that a script hands to the database, as far as that is seen.
    pub(super) fn executed(&self, script: &Script) -> Vec<Executed<'_>> {
        let mut seen = Seen::default();
        for &function in &script.functions {
            let calls = seen.called_on.iter();
            let calls = calls.filter(|(called, _)| *called == function);
            let vendors = calls.map(|(_, vendors)| *vendors).reduce(Vendors::or);
            let mut reader = Reader {
                project: self,
                function,
                vendors: vendors.unwrap_or(Vendors::ALL),
                seen: &mut seen,
            };
            reader.block(self.modules.function_body(function).statements());
        }
        seen.executed
    }
}

fn label((app, name): ModelKey) -> Arc<str> {
    format!("{app}.{name}").into()
}

fn kind(write: &ScriptWrite) -> WriteKind {
    let each = |is_streamed, is_conditional| WriteKind::Each {
        is_streamed,
        is_conditional,
    };
    match (write.extent, write.looped) {
        (Extent::All | Extent::Streamed, _) => WriteKind::All,
        (Extent::Untold, Some((Extent::All, is_conditional))) => each(false, is_conditional),
        (Extent::Untold, Some((Extent::Streamed, is_conditional))) => each(true, is_conditional),
        _ => WriteKind::Some,
    }
}

/// Reads one function for the texts that it hands over, statement by statement.
struct Reader<'a, 's> {
    project: &'a Project,
    function: FunctionRef,
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
                self.vendors = if_so;
                self.block(body.block(then));
                self.vendors = if_not;
                self.block(body.block(orelse));
                self.vendors = match (leaves(body.block(then)), leaves(body.block(orelse))) {
                    (true, false) => if_not,
                    (false, true) => if_so,
                    _ => around,
                };
            }
            Stmt::For {
                iter,
                body: within,
                orelse,
                ..
            } => {
                self.expr(body.expr(iter));
                self.block(body.block(within));
                self.block(body.block(orelse));
            }
            Stmt::While {
                body: within,
                orelse,
                ..
            } => {
                self.block(body.block(within));
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
                for case in &body.body().cases[cases.range()] {
                    self.block(body.block(case.body));
                }
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
        self.expr(object);
    }
}

/// Whether a block ends with leaving the function.
fn leaves<'a>(block: impl Iterator<Item = StmtRef<'a>>) -> bool {
    let last = block.last();
    last.is_some_and(|last| matches!(last.kind(), Stmt::Return(_) | Stmt::Raise { .. }))
}
