//! Reads the operations of a migration out of its code.

use std::sync::Arc;

use super::exact::Exact;
use super::operation::{Base, Managers, ModelOptions, Named, OldIndex, Operation, Step, Together};
use super::state::{self, StateField};
use super::value::Value;
use crate::facts::ir::BindingKind;
use crate::facts::{BodyRef, CallRef, Expr, ExprRef, Stmt};
use crate::models::FieldReader;
use crate::modules::{Ancestor, ClassRef, Definition, FunctionRef, ModuleId, ValueRef};

/// Lists of operations within operations end somewhere.
const MAX_DEPTH: u32 = 8;

/// Reads operations; one reader a thread.
pub(super) struct Reader<'a> {
    pub(super) exact: Exact<'a>,
    pub(super) fields: FieldReader<'a>,
}

/// What a migration does, and whether that is all of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Steps {
    pub(super) steps: Vec<Arc<Step>>,
    pub(super) is_open: bool,
}

impl<'a> Reader<'a> {
    /// The `operations` of a migration's class.
    pub(super) fn operations(&self, module: ModuleId, class: BodyRef<'a>) -> Steps {
        let Some(binding) = class.binding("operations") else {
            return Steps::default();
        };
        let mut steps = Steps {
            is_open: binding.conditional || is_changed(class),
            ..Steps::default()
        };
        match binding.kind {
            BindingKind::Value(value) => {
                self.list(module, class.expr(value), MAX_DEPTH, &mut steps);
            }
            _ => steps.is_open = true,
        }
        steps
    }

    fn list(&self, module: ModuleId, list: ExprRef<'a>, depth: u32, into: &mut Steps) {
        let Some(depth) = depth.checked_sub(1) else {
            into.is_open = true;
            return;
        };
        if let Expr::Binary(crate::facts::ir::BinaryOp::Add, left, right) = list.kind() {
            self.list(module, list.at(left), depth, into);
            self.list(module, list.at(right), depth, into);
            return;
        }
        let Some(elements) = list.elements() else {
            match self.exact.modules.resolve_expr(module, list) {
                Definition::Value(value) => {
                    let meant = self.exact.modules.value(value);
                    self.list(value.module, meant, depth, into);
                }
                _ => into.is_open = true,
            }
            return;
        };
        for element in elements {
            match element.kind() {
                Expr::Starred(inner) => self.list(module, element.at(inner), depth, into),
                Expr::Call(..) => {
                    let step = self.step(module, element, depth);
                    into.steps.extend(step);
                    into.is_open |= step_is_missing(into.steps.last(), element, module);
                }
                Expr::Name(_) | Expr::Attribute(..) => {
                    match self.exact.modules.resolve_expr(module, element) {
                        Definition::Value(value) => {
                            let meant = self.exact.modules.value(value);
                            into.steps.extend(self.step(value.module, meant, depth));
                        }
                        _ => into.is_open = true,
                    }
                }
                _ => into.is_open = true,
            }
        }
    }

    fn step(&self, module: ModuleId, expr: ExprRef<'a>, depth: u32) -> Option<Arc<Step>> {
        let call = expr.as_call()?;
        let class = self.class(module, call.callee);
        let operation = match &class {
            OperationClass::Djangos(name) => {
                self.operation(module, name, call, depth)
                    .unwrap_or(Operation::Unknown {
                        class: Some(name.as_str().into()),
                        keeps_state: false,
                    })
            }
            OperationClass::Own { class, keeps_state } => Operation::Unknown {
                class: Some(self.exact.modules.qualified_class(*class).into()),
                keeps_state: *keeps_state,
            },
            OperationClass::Unknown => Operation::Unknown {
                class: call.callee.dotted().map(Into::into),
                keeps_state: false,
            },
        };
        Some(Arc::new(Step {
            operation,
            place: Some(ValueRef::of(module, expr)),
        }))
    }

    fn class(&self, module: ModuleId, callee: ExprRef<'a>) -> OperationClass {
        let modules = self.exact.modules;
        match modules.resolve_expr(module, callee) {
            Definition::External(name) => djangos(&name).map_or(OperationClass::Unknown, |name| {
                OperationClass::Djangos(name.to_owned())
            }),
            Definition::Class(class) => {
                let mro = modules.mro(class);
                let mut keeps_state = None;
                for ancestor in &mro.ancestors {
                    let name = match ancestor {
                        Ancestor::Class(class) => modules.qualified_class(*class),
                        Ancestor::External(name) => name.clone(),
                        Ancestor::Unknown => return OperationClass::Unknown,
                    };
                    match djangos(&name) {
                        Some("Operation") => {
                            let keeps_state = keeps_state == Some(true);
                            return OperationClass::Own { class, keeps_state };
                        }
                        Some(name) => {
                            return match keeps_state {
                                Some(keeps_state) => OperationClass::Own { class, keeps_state },
                                None => OperationClass::Djangos(name.to_owned()),
                            };
                        }
                        None => {}
                    }
                    if let Ancestor::Class(ancestor) = ancestor {
                        let body = modules.class_body(*ancestor);
                        if keeps_state.is_none()
                            && let Some(binding) = body.binding("state_forwards")
                        {
                            keeps_state = Some(self.does_nothing(*ancestor, binding.kind));
                        }
                        if keeps_state.is_none() && body.binding("__init__").is_some() {
                            // What its arguments mean is its own affair.
                            keeps_state = Some(false);
                        }
                    }
                }
                OperationClass::Unknown
            }
            _ => OperationClass::Unknown,
        }
    }

    /// Whether a method has no statement but `pass`, a docstring or a bare `return`.
    fn does_nothing(&self, class: ClassRef, kind: BindingKind) -> bool {
        let BindingKind::Function(function) = kind else {
            return false;
        };
        let function = FunctionRef {
            module: class.module,
            function,
        };
        let body = self.exact.modules.function_body(function);
        body.all_statements()
            .all(|statement| match statement.kind() {
                Stmt::Return(value) => value.is_none_or(|value| body.expr(value).is_none()),
                Stmt::Expr(value) => body.expr(value).as_str().is_some(),
                _ => false,
            })
    }

    /// `None` where an argument that makes the operation what it is was not understood.
    #[expect(
        clippy::too_many_lines,
        reason = "one arm an operation, with the names of its parameters"
    )]
    fn operation(
        &self,
        module: ModuleId,
        class: &str,
        call: CallRef<'a>,
        depth: u32,
    ) -> Option<Operation> {
        if call.is_open() {
            return None;
        }
        let value = |position: usize, name: &str| {
            let given = call.argument(position, name);
            given.map(|given| self.exact.value(module, given))
        };
        let text = |position: usize, name: &str| -> Option<Arc<str>> {
            value(position, name)?.as_str().map(Arc::from)
        };
        let flag = |position: usize, name: &str| {
            value(position, name).is_none_or(|value| value.truth() != Some(false))
        };
        let field = |position: usize| {
            let given = call.argument(position, "field")?;
            Some(self.field(module, given))
        };
        let steps = |position: usize, name: &str| {
            let mut steps = Steps::default();
            if let Some(list) = call.argument(position, name)
                && !list.is_none()
            {
                self.list(module, list, depth, &mut steps);
            }
            (!steps.is_open).then_some(steps.steps)
        };
        let place = |position: usize, name: &str| {
            let given = call.argument(position, name)?;
            (!given.is_none()).then(|| ValueRef::of(module, given))
        };
        Some(match class {
            "CreateModel" => Operation::CreateModel {
                name: text(0, "name")?,
                fields: self.fields(module, call.argument(1, "fields")?)?,
                options: options(value(2, "options"))?,
                bases: bases(value(3, "bases")),
                managers: managers(value(4, "managers")),
            },
            "DeleteModel" => Operation::DeleteModel {
                name: text(0, "name")?,
            },
            "RenameModel" => Operation::RenameModel {
                old_name: text(0, "old_name")?,
                new_name: text(1, "new_name")?,
            },
            "AlterModelTable" => Operation::AlterModelTable {
                name: text(0, "name")?,
                table: value(1, "table")?,
            },
            "AlterModelTableComment" => Operation::AlterModelTableComment {
                name: text(0, "name")?,
                comment: value(1, "table_comment")?,
            },
            "AlterUniqueTogether" | "AlterIndexTogether" => {
                let kind = match class {
                    "AlterUniqueTogether" => Together::Unique,
                    _ => Together::Index,
                };
                Operation::AlterTogether {
                    kind,
                    name: text(0, "name")?,
                    value: state::normalize_together(&value(1, kind.option())?),
                }
            }
            "AlterOrderWithRespectTo" => Operation::AlterOrderWithRespectTo {
                name: text(0, "name")?,
                field: match value(1, "order_with_respect_to")? {
                    Value::None => None,
                    value => Some(value.as_str()?.into()),
                },
            },
            "AlterModelOptions" => Operation::AlterModelOptions {
                name: text(0, "name")?,
                options: options(value(1, "options"))?,
            },
            "AlterModelManagers" => Operation::AlterModelManagers {
                name: text(0, "name")?,
                managers: managers(value(1, "managers")),
            },
            "AddField" => Operation::AddField {
                model: text(0, "model_name")?,
                name: text(1, "name")?,
                field: field(2)?,
                preserves_default: flag(3, "preserve_default"),
            },
            "RemoveField" => Operation::RemoveField {
                model: text(0, "model_name")?,
                name: text(1, "name")?,
            },
            "AlterField" => Operation::AlterField {
                model: text(0, "model_name")?,
                name: text(1, "name")?,
                field: field(2)?,
                preserves_default: flag(3, "preserve_default"),
            },
            "RenameField" => Operation::RenameField {
                model: text(0, "model_name")?,
                old_name: text(1, "old_name")?,
                new_name: text(2, "new_name")?,
            },
            "AddIndex" | "AddIndexConcurrently" => Operation::AddIndex {
                model: text(0, "model_name")?,
                index: Named::of(&value(1, "index")?, self.exact),
                is_concurrent: class == "AddIndexConcurrently",
            },
            "RemoveIndex" | "RemoveIndexConcurrently" => Operation::RemoveIndex {
                model: text(0, "model_name")?,
                name: text(1, "name")?,
                is_concurrent: class == "RemoveIndexConcurrently",
            },
            "RenameIndex" => Operation::RenameIndex {
                model: text(0, "model_name")?,
                new_name: text(1, "new_name")?,
                old: match text(2, "old_name") {
                    Some(name) => OldIndex::Named(name),
                    None => {
                        let fields = value(3, "old_fields")?;
                        let names = fields.elements()?.iter().map(Value::as_str);
                        OldIndex::Of(
                            names
                                .map(|name| name.map(Arc::from))
                                .collect::<Option<_>>()?,
                        )
                    }
                },
            },
            "AddConstraint" | "AddConstraintNotValid" => Operation::AddConstraint {
                model: text(0, "model_name")?,
                constraint: Named::of(&value(1, "constraint")?, self.exact),
                is_unchecked: class == "AddConstraintNotValid",
            },
            "RemoveConstraint" => Operation::RemoveConstraint {
                model: text(0, "model_name")?,
                name: text(1, "name")?,
            },
            "AlterConstraint" => Operation::AlterConstraint {
                model: text(0, "model_name")?,
                constraint: Named::of(&value(2, "constraint")?, self.exact),
            },
            "ValidateConstraint" => Operation::ValidateConstraint {
                model: text(0, "model_name")?,
                name: text(1, "name")?,
            },
            "RunPython" => Operation::RunPython {
                code: place(0, "code"),
                reverse: place(1, "reverse_code"),
            },
            "RunSQL" => Operation::RunSql {
                sql: place(0, "sql"),
                reverse: place(1, "reverse_sql"),
                state: steps(2, "state_operations")?,
            },
            "SeparateDatabaseAndState" => Operation::SeparateDatabaseAndState {
                database: steps(0, "database_operations")?,
                state: steps(1, "state_operations")?,
            },
            name if is_of_server(name) => Operation::Server { class: name.into() },
            _ => return None,
        })
    }

    /// `[("id", models.AutoField(...)), ...]`
    fn fields(
        &self,
        module: ModuleId,
        list: ExprRef<'a>,
    ) -> Option<Vec<(Arc<str>, Arc<StateField>)>> {
        let mut fields = Vec::new();
        for element in list.elements()? {
            let mut parts = element.elements()?;
            let (name, made) = (parts.next()?, parts.next()?);
            let name = self.exact.value(module, name);
            fields.push((name.as_str()?.into(), self.field(module, made)));
        }
        Some(fields)
    }

    fn field(&self, module: ModuleId, made: ExprRef<'a>) -> Arc<StateField> {
        let (module, made) = match self.exact.modules.resolve_expr(module, made) {
            Definition::Value(value) => (value.module, self.exact.modules.value(value)),
            _ => (module, made),
        };
        let field = self.fields.field(module, made);
        let reference = |name: &str| {
            let argument = field.as_ref()?.argument(name)?;
            argument.as_str().map(Arc::<str>::from)
        };
        let to = reference("to").map(|to| match to.split_once('.') {
            Some((app, model)) => format!("{app}.{}", model.to_lowercase()).into(),
            None => to.to_lowercase().into(),
        });
        Arc::new(StateField {
            through: reference("through"),
            to,
            field: field.map(Box::new),
            place: Some(ValueRef::of(module, made)),
            lost_default: false,
            is_model_key: false,
            is_sketched: false,
            names_key: false,
            renamed: Vec::new(),
        })
    }
}

enum OperationClass {
    /// The name of Django's own class.
    Djangos(String),
    Own {
        class: ClassRef,
        keeps_state: bool,
    },
    Unknown,
}

/// The last part of the name of one of Django's operations.
fn djangos(dotted: &str) -> Option<&str> {
    let rest = dotted
        .strip_prefix("django.db.migrations.")
        .or_else(|| dotted.strip_prefix("django.contrib.postgres.operations."))?;
    rest.rsplit('.').next()
}

/// Operations of `django.contrib.postgres.operations` that leave the models as they are.
fn is_of_server(class: &str) -> bool {
    class.ends_with("Extension") || matches!(class, "CreateCollation" | "RemoveCollation")
}

/// Whether statements of the class change the list after it is bound.
fn is_changed(class: BodyRef<'_>) -> bool {
    let is_named = |expr: ExprRef<'_>| expr.as_name() == Some("operations");
    let has_statement = class
        .all_statements()
        .any(|statement| matches!(statement.kind(), Stmt::Augmented { .. } | Stmt::For { .. }));
    // `operations.append(...)`
    let is_called = |expr: ExprRef<'_>| {
        let owner = expr.as_attribute();
        owner.is_some_and(|(owner, _)| is_named(owner))
    };
    has_statement || class.exprs().any(is_called)
}

/// Whether a call among the operations came to nothing.
fn step_is_missing(last: Option<&Arc<Step>>, element: ExprRef<'_>, module: ModuleId) -> bool {
    last.and_then(|step| step.place) != Some(ValueRef::of(module, element))
}

fn options(value: Option<Value>) -> Option<ModelOptions> {
    match value {
        None | Some(Value::None) => Some(Vec::new()),
        Some(Value::Dict(entries)) => entries
            .iter()
            .map(|(key, value)| Some((key.as_str()?.into(), value.clone())))
            .collect(),
        Some(_) => None,
    }
}

fn bases(value: Option<Value>) -> Vec<Base> {
    let Some(value) = value else {
        return vec![Base::Class("django.db.models.Model".into())];
    };
    match value.elements() {
        None => vec![Base::Unknown],
        Some(bases) => bases
            .iter()
            .map(|base| match base {
                Value::Str(label) => Base::Model(label.to_lowercase().into()),
                Value::Object(name) => Base::Class(Arc::clone(name)),
                _ => Base::Unknown,
            })
            .collect(),
    }
}

fn managers(value: Option<Value>) -> Managers {
    let Some(value) = value else {
        return Some(Vec::new());
    };
    let pairs = value.elements()?.iter().map(|pair| match pair.elements()? {
        [Value::Str(name), manager] => Some((Arc::clone(name), manager.clone())),
        _ => None,
    });
    pairs.collect()
}
