//! Reads the operations of a migration out of its code.

use std::sync::Arc;

use super::custom::OperationClass;
use super::exact::Exact;
use super::given::Given;
use super::operation::{Base, Managers, ModelOptions, Named, OldIndex, Operation, Step, Together};
use super::read;
use super::state::{self, StateField};
use super::value::Value;
use crate::facts::ir::{BinaryOp, BindingKind};
use crate::facts::{BodyRef, CallRef, Expr, ExprRef, Stmt};
use crate::models::FieldReader;
use crate::modules::{Definition, ModuleId, ValueRef};

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
    /// What the migration in a file does.
    pub(super) fn of_migration(&self, module: ModuleId) -> Steps {
        let modules = self.exact.modules;
        let class = read::class(modules, module);
        class.map_or_else(Steps::default, |class| {
            self.operations(class.module, modules.class_body(class))
        })
    }

    /// The `operations` of a migration's class.
    pub(super) fn operations(&self, module: ModuleId, class: BodyRef<'a>) -> Steps {
        let Some(binding) = class.binding("operations") else {
            return Steps::default();
        };
        let mut steps = Steps {
            is_open: binding.conditional || is_changed(class, "operations"),
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
        let mut items = Vec::new();
        into.is_open |= !self.items(module, list, depth, &mut items);
        for (module, item) in items {
            let (module, made) = self.meant(module, item);
            match self.step(module, made, depth.saturating_sub(1)) {
                Some(step) => into.steps.push(step),
                None => into.is_open = true,
            }
        }
    }

    /// What a name stands for; anything else as it is.
    fn meant(&self, module: ModuleId, expr: ExprRef<'a>) -> (ModuleId, ExprRef<'a>) {
        let modules = self.exact.modules;
        match modules.resolve_expr(module, expr) {
            Definition::Value(value) => (value.module, modules.value(value)),
            _ => (module, expr),
        }
    }

    /// The elements of a list or tuple, and whether they are all of them.
    fn items(
        &self,
        module: ModuleId,
        list: ExprRef<'a>,
        depth: u32,
        into: &mut Vec<(ModuleId, ExprRef<'a>)>,
    ) -> bool {
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        if let Expr::Binary(BinaryOp::Add, left, right) = list.kind() {
            let is_all = self.items(module, list.at(left), depth, into);
            return self.items(module, list.at(right), depth, into) && is_all;
        }
        if let Some(elements) = list.elements() {
            let mut is_all = true;
            for element in elements {
                match element.kind() {
                    Expr::Starred(inner) => {
                        is_all &= self.items(module, element.at(inner), depth, into);
                    }
                    _ => into.push((module, element)),
                }
            }
            return is_all;
        }
        if let Some(call) = list.as_call() {
            let copied = call
                .positional()
                .next()
                .filter(|_| self.copies(module, call));
            return copied.is_some_and(|copied| self.items(module, copied, depth, into));
        }
        match self.exact.modules.resolve_expr(module, list) {
            Definition::Value(value) => {
                let meant = self.exact.modules.value(value);
                let facts = self.exact.modules.facts(value.module);
                let is_whole = list
                    .last_name()
                    .is_some_and(|name| !is_changed(facts.body(value.body), name));
                self.items(value.module, meant, depth, into) && is_whole
            }
            _ => false,
        }
    }

    /// `list(..)` and `tuple(..)`
    fn copies(&self, module: ModuleId, call: CallRef<'a>) -> bool {
        let modules = self.exact.modules;
        let callee = modules.qualified(&modules.resolve_expr(module, call.callee));
        matches!(callee.as_deref(), Some("builtins.list" | "builtins.tuple"))
    }

    fn step(&self, module: ModuleId, expr: ExprRef<'a>, depth: u32) -> Option<Arc<Step>> {
        let call = expr.as_call()?;
        let class = self.class(module, call.callee);
        let operation = match &class {
            OperationClass::Djangos(own) => {
                let given = match &own.constructors[..] {
                    [] => Given::Written(module, call),
                    own => Given::Handed(self.fields.handed_on(own, module, call)),
                };
                let read = self.operation(&own.name, &given, depth);
                read.unwrap_or_else(|| Operation::Unknown {
                    class: Some(own.name.as_str().into()),
                    changes: (own.name != "RunPython").then(Arc::default),
                })
            }
            OperationClass::Own { class, keeps_state } => Operation::Unknown {
                class: Some(self.exact.modules.qualified_class(*class).into()),
                changes: (!keeps_state).then(|| self.texts(module, call, *class)),
            },
            OperationClass::Unknown => Operation::Unknown {
                class: call.callee.dotted().map(Into::into),
                // Mostly it works on rows, as far as those are known that packages have.
                changes: Some(Arc::default()),
            },
        };
        let own = match &class {
            OperationClass::Djangos(own) => Some(own),
            _ => None,
        };
        Some(Arc::new(Step {
            operation,
            place: Some(ValueRef::of(module, expr)),
            is_overridden: own.is_some_and(|own| own.is_overridden),
            changes_more: own.is_some_and(|own| own.changes_more),
        }))
    }

    /// `None` where an argument that makes the operation what it is was not understood.
    #[expect(
        clippy::too_many_lines,
        reason = "one arm an operation, with the names of its parameters"
    )]
    fn operation(&self, class: &str, given: &Given<'a>, depth: u32) -> Option<Operation> {
        if given.is_open() {
            return None;
        }
        let argument = |position: usize, name: &str| given.argument(self.exact, position, name);
        let value = |position: usize, name: &str| {
            let argument = argument(position, name)?;
            Some(argument.value(self.exact))
        };
        let text = |position: usize, name: &str| -> Option<Arc<str>> {
            value(position, name)?.as_str().map(Arc::from)
        };
        let flag = |position: usize, name: &str| {
            value(position, name).is_none_or(|value| value.truth() != Some(false))
        };
        let field = |position: usize| {
            let (module, code) = argument(position, "field")?.code()?;
            Some(self.field(module, code))
        };
        let steps = |position: usize, name: &str| {
            let mut steps = Steps::default();
            if let Some(list) = argument(position, name).filter(|it| !it.is_none()) {
                let (module, list) = list.code()?;
                self.list(module, list, depth, &mut steps);
            }
            (!steps.is_open).then_some(steps.steps)
        };
        // What is given and has no place leaves the operation unknown.
        let place = |position: usize, name: &str| match argument(position, name) {
            Some(given) if !given.is_none() => given.place().map(Some),
            _ => Some(None),
        };
        Some(match class {
            "CreateModel" => Operation::CreateModel {
                name: text(0, "name")?,
                fields: self.fields(argument(1, "fields")?.code()?, depth)?,
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
                code: place(0, "code")?,
                reverse: place(1, "reverse_code")?,
            },
            "RunSQL" => Operation::RunSql {
                sql: place(0, "sql")?,
                reverse: place(1, "reverse_sql")?,
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
        (module, list): (ModuleId, ExprRef<'a>),
        depth: u32,
    ) -> Option<Vec<(Arc<str>, Arc<StateField>)>> {
        let mut items = Vec::new();
        self.items(module, list, depth, &mut items).then_some(())?;
        let pair = |(module, item): (ModuleId, ExprRef<'a>)| {
            let (module, pair) = self.meant(module, item);
            let mut parts = pair.elements()?;
            let (name, made) = (parts.next()?, parts.next()?);
            let name = self.exact.value(module, name);
            Some((Arc::from(name.as_str()?), self.field(module, made)))
        };
        items.into_iter().map(pair).collect()
    }

    fn field(&self, module: ModuleId, made: ExprRef<'a>) -> Arc<StateField> {
        let (module, made) = self.meant(module, made);
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
            is_of_package: false,
            names_key: false,
            renamed: Vec::new(),
        })
    }
}

/// Operations of `django.contrib.postgres.operations` that leave the models as they are.
fn is_of_server(class: &str) -> bool {
    class.ends_with("Extension") || matches!(class, "CreateCollation" | "RemoveCollation")
}

/// Whether statements of a scope change a list after it is bound.
fn is_changed(body: BodyRef<'_>, name: &str) -> bool {
    const CHANGES: &[&str] = &[
        "append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort",
    ];
    let is_named = |expr: ExprRef<'_>| expr.as_name() == Some(name);
    let has_statement = body
        .all_statements()
        .any(|statement| match statement.kind() {
            Stmt::Augmented { target, .. } => is_named(body.expr(target)),
            _ => false,
        });
    // `operations.append(...)`
    let is_called = |expr: ExprRef<'_>| {
        let owner = expr.as_attribute();
        owner.is_some_and(|(owner, method)| is_named(owner) && CHANGES.contains(&method))
    };
    has_statement || body.exprs().any(is_called)
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
