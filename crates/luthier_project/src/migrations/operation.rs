//! What a migration does, operation by operation.

use std::sync::Arc;

use super::exact::Exact;
use super::state::StateField;
use super::value::{Condition, Made, Value};
use crate::modules::{Modules, ValueRef};
use crate::place::Place;

/// One operation of `django.db.migrations.operations` or `django.contrib.postgres.operations`, a
/// subclass as what it derives from.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    CreateModel {
        name: Arc<str>,
        fields: Vec<(Arc<str>, Arc<StateField>)>,
        options: ModelOptions,
        bases: Vec<Base>,
        managers: Managers,
    },
    DeleteModel {
        name: Arc<str>,
    },
    RenameModel {
        old_name: Arc<str>,
        new_name: Arc<str>,
    },
    AlterModelTable {
        name: Arc<str>,
        table: Value,
    },
    AlterModelTableComment {
        name: Arc<str>,
        comment: Value,
    },
    /// `unique_together` and `index_together`.
    AlterTogether {
        kind: Together,
        name: Arc<str>,
        value: Value,
    },
    AlterOrderWithRespectTo {
        name: Arc<str>,
        field: Option<Arc<str>>,
    },
    AlterModelOptions {
        name: Arc<str>,
        options: ModelOptions,
    },
    AlterModelManagers {
        name: Arc<str>,
        managers: Managers,
    },
    AddField {
        model: Arc<str>,
        name: Arc<str>,
        field: Arc<StateField>,
        preserves_default: bool,
    },
    RemoveField {
        model: Arc<str>,
        name: Arc<str>,
    },
    AlterField {
        model: Arc<str>,
        name: Arc<str>,
        field: Arc<StateField>,
        preserves_default: bool,
    },
    RenameField {
        model: Arc<str>,
        old_name: Arc<str>,
        new_name: Arc<str>,
    },
    AddIndex {
        model: Arc<str>,
        index: Named,
        /// `AddIndexConcurrently`
        is_concurrent: bool,
    },
    RemoveIndex {
        model: Arc<str>,
        name: Arc<str>,
        /// `RemoveIndexConcurrently`
        is_concurrent: bool,
    },
    RenameIndex {
        model: Arc<str>,
        new_name: Arc<str>,
        old: OldIndex,
    },
    AddConstraint {
        model: Arc<str>,
        constraint: Named,
        /// `AddConstraintNotValid`
        is_unchecked: bool,
    },
    RemoveConstraint {
        model: Arc<str>,
        name: Arc<str>,
    },
    AlterConstraint {
        model: Arc<str>,
        constraint: Named,
    },
    ValidateConstraint {
        model: Arc<str>,
        name: Arc<str>,
    },
    RunPython {
        code: Option<ValueRef>,
        reverse: Option<ValueRef>,
    },
    RunSql {
        /// Statements with their parameters, as written.
        sql: Option<ValueRef>,
        reverse: Option<ValueRef>,
        state: Vec<Arc<Step>>,
    },
    SeparateDatabaseAndState {
        database: Vec<Arc<Step>>,
        state: Vec<Arc<Step>>,
    },
    /// Creates or drops an extension or a collation: models stay as they are.
    Server {
        class: Arc<str>,
    },
    /// A class of the project's own that derives from `Operation` itself, or one not found.
    Unknown {
        class: Option<Arc<str>>,
        /// Texts of which some name the models that it changes, in whatever letter case, where its code is seen
        /// to change models; `None` where it is known to leave them as they are.
        changes: Option<Arc<[Arc<str>]>>,
    },
}

/// One operation where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub operation: Operation,
    /// The call; `None` for operations that no code has.
    pub place: Option<ValueRef>,
    /// Whether its class derives from the operation and has methods of its own: the models change as the
    /// operation says, the database may be asked for something else.
    pub is_overridden: bool,
    /// Whether such methods change the models further.
    pub changes_more: bool,
}

impl Step {
    /// Where it is written: its class, as the call has it.
    pub fn place(&self, modules: &Modules) -> Option<Place> {
        let place = self.place?;
        let file = modules.get(place.module).file?;
        let call = modules.value(place).as_call()?;
        Some(Place::new(file, call.callee.span()))
    }
}

/// Options of `Meta`, as set.
pub type ModelOptions = Vec<(Arc<str>, Value)>;

/// Managers by name; `None` where they are not known.
pub type Managers = Option<Vec<(Arc<str>, Value)>>;

/// A base of a model in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// `app.model` in lower case.
    Model(Arc<str>),
    /// A class that is no model: a mixin, `models.Model` itself.
    Class(Arc<str>),
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Together {
    Unique,
    Index,
}

impl Together {
    pub fn option(self) -> &'static str {
        match self {
            Self::Unique => "unique_together",
            Self::Index => "index_together",
        }
    }
}

/// An index or a constraint and its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// `None` where it is worked out in a way that was not followed.
    pub name: Option<Arc<str>>,
    pub value: Value,
}

impl Named {
    /// An index or a constraint by what it is made of.
    pub(super) fn of(value: &Value, exact: Exact<'_>) -> Self {
        let value = normal(value, exact);
        let name = match &value {
            Value::Made(made) => made.keyword("name").and_then(Value::as_str).map(Arc::from),
            _ => None,
        };
        Self { name, value }
    }

    pub fn made(&self) -> Option<&Made> {
        match &self.value {
            Value::Made(made) => Some(made),
            _ => None,
        }
    }

    /// Whether two have the same name and are made of the same; `None` where that is not known.
    pub fn same(&self, other: &Self) -> Option<bool> {
        let names = match (&self.name, &other.name) {
            (Some(one), Some(two)) => Some(one == two),
            _ => None,
        };
        super::value::both(names, self.value.same(&other.value))
    }

    /// `name`, or what stands for one that is not known.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("?")
    }
}

/// An index or a constraint as `deconstruct()` gives it: without what was left to the constructor.
fn normal(value: &Value, exact: Exact<'_>) -> Value {
    let Value::Made(made) = value else {
        return value.clone();
    };
    let own = exact.constraint(&made.class);
    let whole_class = own.as_ref().unwrap_or(&made.class);
    let class = whole_class.rsplit('.').next().unwrap_or(whole_class);
    let mut keywords: Vec<(Arc<str>, Value)> = Vec::new();
    for (name, value) in &made.keywords {
        let is_default = match &**name {
            "index_type" => {
                matches!(value.as_str(), Some(text) if text.eq_ignore_ascii_case("gist"))
            }
            "fields" | "include" | "opclasses" | "condition" => value.truth() == Some(false),
            _ => *value == Value::None,
        };
        if is_default {
            continue;
        }
        let (name, value): (Arc<str>, Value) = match &**name {
            "check" if class == "CheckConstraint" => ("condition".into(), hashable(value)),
            // `ExclusionConstraint.__eq__` of Django 4.2 to 6.1 compares what it was given.
            "expressions" => (Arc::clone(name), value.clone()),
            _ => (Arc::clone(name), hashable(value)),
        };
        keywords.push((name, value));
    }
    let field = |name: &Value| match name {
        Value::Str(_) => Value::Made(Arc::new(Made {
            class: "django.db.models.F".into(),
            arguments: vec![name.clone()],
            keywords: Vec::new(),
        })),
        other => hashable(other),
    };
    Value::Made(Arc::new(Made {
        class: Arc::clone(whole_class),
        arguments: made.arguments.iter().map(field).collect(),
        keywords,
    }))
}

/// `make_hashable`: lists are as good as tuples where expressions and constraints are compared.
fn hashable(value: &Value) -> Value {
    let all = |items: &[Value]| items.iter().map(hashable).collect::<Vec<_>>();
    match value {
        Value::List(items) | Value::Tuple(items) => Value::Tuple(all(items).into()),
        Value::Made(made) => Value::Made(Arc::new(Made {
            class: Arc::clone(&made.class),
            arguments: all(&made.arguments),
            keywords: made
                .keywords
                .iter()
                .map(|(name, value)| (Arc::clone(name), hashable(value)))
                .collect(),
        })),
        Value::Condition(condition) => Value::Condition(Arc::new(Condition {
            connector: condition.connector,
            is_negated: condition.is_negated,
            children: all(&condition.children),
        })),
        other => other.clone(),
    }
}

/// Which index is renamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OldIndex {
    Named(Arc<str>),
    /// The one that `index_together` made of these fields.
    Of(Vec<Arc<str>>),
}

/// The value of an option, where it is set.
pub(super) fn option<'a>(options: &'a [(Arc<str>, Value)], name: &str) -> Option<&'a Value> {
    let mut options = options.iter();
    options
        .find(|(key, _)| &**key == name)
        .map(|(_, value)| value)
}

pub(super) fn set_option(options: &mut ModelOptions, name: &str, value: Value) {
    remove_option(options, name);
    options.push((name.into(), value));
}

pub(super) fn remove_option(options: &mut ModelOptions, name: &str) {
    options.retain(|(key, _)| &**key != name);
}

pub(super) fn is_proxy(options: &ModelOptions) -> bool {
    option(options, "proxy").and_then(Value::truth) == Some(true)
}

pub(super) fn is_managed(options: &ModelOptions) -> bool {
    option(options, "managed").and_then(Value::truth) != Some(false)
}

impl Operation {
    /// The model that it is about, in whatever letter case.
    pub fn model(&self) -> Option<&Arc<str>> {
        match self {
            Self::CreateModel { name, .. }
            | Self::DeleteModel { name }
            | Self::AlterModelTable { name, .. }
            | Self::AlterModelTableComment { name, .. }
            | Self::AlterTogether { name, .. }
            | Self::AlterOrderWithRespectTo { name, .. }
            | Self::AlterModelOptions { name, .. }
            | Self::AlterModelManagers { name, .. } => Some(name),
            Self::RenameModel { old_name, .. } => Some(old_name),
            Self::AddField { model, .. }
            | Self::RemoveField { model, .. }
            | Self::AlterField { model, .. }
            | Self::RenameField { model, .. }
            | Self::AddIndex { model, .. }
            | Self::RemoveIndex { model, .. }
            | Self::RenameIndex { model, .. }
            | Self::AddConstraint { model, .. }
            | Self::RemoveConstraint { model, .. }
            | Self::AlterConstraint { model, .. }
            | Self::ValidateConstraint { model, .. } => Some(model),
            Self::RunPython { .. }
            | Self::RunSql { .. }
            | Self::SeparateDatabaseAndState { .. }
            | Self::Server { .. }
            | Self::Unknown { .. } => None,
        }
    }

    /// What Django says of it: `Operation.describe()` of Django 5.2.
    pub fn describe(&self) -> String {
        match self {
            Self::CreateModel { name, options, .. } => {
                let proxy = if is_proxy(options) { "proxy " } else { "" };
                format!("Create {proxy}model {name}")
            }
            Self::DeleteModel { name } => format!("Delete model {name}"),
            Self::RenameModel { old_name, new_name } => {
                format!("Rename model {old_name} to {new_name}")
            }
            Self::AlterModelTable { name, table } => {
                let table = table.as_str().unwrap_or("(default)");
                format!("Rename table for {name} to {table}")
            }
            Self::AlterModelTableComment { name, .. } => format!("Alter {name} table comment"),
            Self::AlterTogether { kind, name, value } => {
                let count = value.elements().map_or(0, <[Value]>::len);
                let option = kind.option();
                format!("Alter {option} for {name} ({count} constraint(s))")
            }
            Self::AlterOrderWithRespectTo { name, field } => {
                let field = field.as_deref().unwrap_or("None");
                format!("Set order_with_respect_to on {name} to {field}")
            }
            Self::AlterModelOptions { name, .. } => format!("Change Meta options on {name}"),
            Self::AlterModelManagers { name, .. } => format!("Change managers on {name}"),
            Self::AddField { model, name, .. } => format!("Add field {name} to {model}"),
            Self::RemoveField { model, name } => format!("Remove field {name} from {model}"),
            Self::AlterField { model, name, .. } => format!("Alter field {name} on {model}"),
            Self::RenameField {
                model,
                old_name,
                new_name,
            } => format!("Rename field {old_name} on {model} to {new_name}"),
            Self::AddIndex {
                model,
                index,
                is_concurrent,
            } => describe_index(model, index, *is_concurrent),
            Self::RemoveIndex {
                model,
                name,
                is_concurrent,
            } => {
                let concurrently = if *is_concurrent {
                    "Concurrently remove"
                } else {
                    "Remove"
                };
                format!("{concurrently} index {name} from {model}")
            }
            Self::RenameIndex {
                model,
                new_name,
                old,
            } => match old {
                OldIndex::Named(old) => format!("Rename index {old} on {model} to {new_name}"),
                OldIndex::Of(fields) => {
                    let fields = python_tuple(fields);
                    format!("Rename unnamed index for {fields} on {model} to {new_name}")
                }
            },
            Self::AddConstraint {
                model,
                constraint,
                is_unchecked,
            } => {
                let name = constraint.name();
                let unchecked = if *is_unchecked { "not valid " } else { "" };
                format!("Create {unchecked}constraint {name} on model {model}")
            }
            Self::RemoveConstraint { model, name } => {
                format!("Remove constraint {name} from model {model}")
            }
            Self::AlterConstraint { model, constraint } => {
                format!("Alter constraint {} on {model}", constraint.name())
            }
            Self::ValidateConstraint { model, name } => {
                format!("Validate constraint {name} on model {model}")
            }
            Self::RunPython { .. } => "Raw Python operation".to_owned(),
            Self::RunSql { .. } => "Raw SQL operation".to_owned(),
            Self::SeparateDatabaseAndState { .. } => {
                "Custom state/database change combination".to_owned()
            }
            Self::Server { class } => class.rsplit('.').next().unwrap_or(class).to_owned(),
            Self::Unknown { class, .. } => match class {
                Some(class) => class.rsplit('.').next().unwrap_or(class).to_owned(),
                None => "Custom operation".to_owned(),
            },
        }
    }
}

fn describe_index(model: &str, index: &Named, is_concurrent: bool) -> String {
    let create = if is_concurrent {
        "Concurrently create"
    } else {
        "Create"
    };
    let name = index.name();
    let made = index.made();
    let expressions = made.map_or(&[][..], |made| &made.arguments);
    if !expressions.is_empty() && !is_concurrent {
        let expressions: Vec<String> = expressions.iter().map(shown).collect();
        let expressions = expressions.join(", ");
        return format!("{create} index {name} on {expressions} on model {model}");
    }
    let fields = made.and_then(|made| made.keyword("fields")?.elements());
    let fields: Vec<&str> = fields
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let fields = fields.join(", ");
    format!("{create} index {name} on field(s) {fields} of model {model}")
}

/// A tuple of texts as Python prints it.
fn python_tuple(items: &[Arc<str>]) -> String {
    let quoted: Vec<String> = items.iter().map(|item| format!("'{item}'")).collect();
    match &quoted[..] {
        [only] => format!("({only},)"),
        several => format!("({})", several.join(", ")),
    }
}

/// An expression as Django prints it.
fn shown(value: &Value) -> String {
    let of = |items: &[Value]| items.iter().map(shown).collect::<Vec<_>>().join(", ");
    match value {
        Value::Str(text) => format!("F({text})"),
        Value::Int(value) => value.to_string(),
        Value::Made(made) => {
            let class = made.class.rsplit('.').next().unwrap_or(&made.class);
            match (class, &made.arguments[..]) {
                ("F", [Value::Str(name)]) => format!("F({name})"),
                ("Value", [Value::Str(text)]) => format!("Value('{text}')"),
                ("Value", [value]) => format!("Value({})", shown(value)),
                ("OrderBy", [inner]) => {
                    let is_descending =
                        made.keyword("descending").and_then(Value::truth) == Some(true);
                    let descending = if is_descending { "True" } else { "False" };
                    format!("OrderBy({}, descending={descending})", shown(inner))
                }
                ("CombinedExpression", [left, Value::Str(sign), right]) => {
                    format!("{} {sign} {}", shown(left), shown(right))
                }
                ("OpClass", [inner]) => {
                    let name = made.keyword("name").and_then(Value::as_str);
                    format!("OpClass({}, name={})", shown(inner), name.unwrap_or("?"))
                }
                (class, arguments) => format!("{class}({})", of(arguments)),
            }
        }
        _ => "?".to_owned(),
    }
}
