//! One operation that is planned, and what has to be known of the models around it.

use std::collections::BTreeSet;
use std::sync::Arc;

use luthier_project::Project;
use luthier_project::django::names::index_name;
use luthier_project::django::operations::{
    Change, Column, ColumnType, Database, Effect, Engine, Outcome, Release as ServerRelease, Role,
    Sizes,
};
use luthier_project::migrations::{
    Code, Made, ModelKey, ModelState, Operation, StateField, Transition, Value,
};
use luthier_project::models::{FieldKind, Model};
use luthier_source::Sources;

use super::recipe::{Because, Written};
use super::sql::Table;

/// An operation with everything around it.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) project: &'a Project,
    pub(super) sources: &'a Sources,
    pub(super) transition: &'a Transition,
    /// All that is planned with it.
    pub(super) group: &'a [&'a Transition],
    /// Whether what it adds to `Meta` has the name of something that the same plan removes.
    pub(super) is_replacing: bool,
    /// Models that the same plan removes.
    pub(super) removed: &'a BTreeSet<ModelKey>,
}

impl<'a> Subject<'a> {
    pub(super) fn operation(&self) -> &'a Operation {
        &self.transition.step.operation
    }

    pub(super) fn database(&self) -> Database {
        self.project.server()
    }

    pub(super) fn engine(&self) -> Engine {
        self.database().engine
    }

    /// Whether the server is surely of a major release or a later one: by what is known of it, or
    /// because this Django runs on no older one.
    pub(super) fn is_postgresql(&self, major: u16) -> bool {
        // "Supported versions" of docs/ref/databases.txt, Django 4.2 to 6.0.
        let django = &self.project.django.version;
        let oldest = match (django.major, django.minor) {
            (..=4, _) | (5, 0) => 12,
            (5, 1) => 13,
            (5, _) | (6, 0) => 14,
            _ => 15,
        };
        let release = self
            .database()
            .release
            .unwrap_or(ServerRelease(oldest, 0, 0));
        self.engine() == Engine::PostgreSql && release >= ServerRelease(major, 0, 0)
    }

    pub(super) fn changes(&self) -> Option<Vec<Change>> {
        self.transition.changes(&self.project.modules)
    }

    pub(super) fn effects(&self) -> Option<Vec<Effect>> {
        let project = self.project;
        self.transition
            .effects(&project.modules, project.server(), project.django.version)
    }

    pub(super) fn before(&self) -> Result<&'a ModelState, Because> {
        let model = self.transition.before.as_deref();
        model.ok_or_else(|| "the model before it is not known".to_owned())
    }

    pub(super) fn after(&self) -> Result<&'a ModelState, Because> {
        let model = self.transition.after.as_deref();
        model.ok_or_else(|| "the model after it is not known".to_owned())
    }

    /// The column of the primary key, along which rows are gone through.
    pub(super) fn key(&self, model: &ModelState) -> Result<String, Because> {
        key_column(model).ok_or_else(|| {
            format!(
                "rows of {} cannot be gone through in batches: its primary key is not one known column",
                model.name
            )
        })
    }

    pub(super) fn made(&self, name: &str, field: &StateField) -> Result<Made, Because> {
        self.project
            .field_made(field)
            .ok_or_else(|| format!("what makes the field {name} is not all known"))
    }

    pub(super) fn code(&self, made: &Made) -> Result<Code, Because> {
        self.project
            .code_of(made)
            .ok_or_else(|| "a part of the field cannot be written in a migration".to_owned())
    }

    /// `AddField` or `AlterField` of a field that is not made as the models have it.
    pub(super) fn field_as(
        &self,
        class: &str,
        model: &ModelState,
        name: &str,
        made: &Made,
    ) -> Result<Code, Because> {
        Ok(field_operation(class, &model.name, name, self.code(made)?))
    }

    /// The table, the column and its type that a relation leads to.
    pub(super) fn referenced(&self, field: &StateField) -> Option<(Table, String, ColumnType)> {
        let graph = &self.project.models;
        let (app, model) = field.target(&self.transition.model()?.key())?;
        let model = graph.get(graph.by_label(&format!("{app}.{model}"))?);
        let named = field.field.as_deref()?.argument("to_field");
        let named = named.and_then(|named| named.as_str());
        let name = named.or(model.pk.as_deref())?;
        let target = model.fields.iter().find(|field| *field.name == *name)?;
        let table = model.db_table.as_deref().map_or_else(
            || format!("{}_{}", model.app_label, model.name.to_lowercase()),
            str::to_owned,
        );
        let kind = match target.class.internal_type.as_deref()? {
            "CharField" | "SlugField" | "FileField" | "FilePathField" => ColumnType::Varchar(None),
            other => ColumnType::of_field(other, Sizes::default()),
        };
        let column = target.column()?.to_string();
        Some((Table { name: table }, column, kind))
    }

    /// The operation as `makemigrations` writes it.
    pub(super) fn written(&self) -> Result<Written, Because> {
        self.written_as(self.operation())
    }

    pub(super) fn written_as(&self, operation: &Operation) -> Result<Written, Because> {
        let code = self.project.code_of_operation(operation).ok_or_else(|| {
            format!(
                "\"{}\" is not understood well enough to be written again",
                operation.describe()
            )
        })?;
        Ok(Written::new(code, operation.describe()).needing(self.needed(operation)))
    }

    /// The models that an operation refers to, its own left out.
    pub(super) fn needed(&self, operation: &Operation) -> Vec<ModelKey> {
        let own = match self.transition.model() {
            Some(model) => model.key(),
            None => return Vec::new(),
        };
        let targets = |field: &StateField| {
            let targets = [field.target(&own), field.through_target(&own)];
            targets.into_iter().flatten().collect::<Vec<_>>()
        };
        match operation {
            Operation::CreateModel { fields, .. } => fields
                .iter()
                .flat_map(|(_, field)| targets(field))
                .collect(),
            Operation::AddField { field, .. } | Operation::AlterField { field, .. } => {
                targets(field)
            }
            _ => Vec::new(),
        }
    }

    /// A model that only gets a relation to this one with what no migration has yet, or with what is planned.
    pub(super) fn coming(&self, key: &ModelKey) -> Option<String> {
        let drift = self.project.migrations.drift();
        let drifted = drift.apps.iter().flat_map(|it| &it.transitions);
        let mut transitions = drifted.chain(self.group.iter().copied());
        let found = transitions.find(|transition| {
            let Some(own) = transition.model().map(|model| model.key()) else {
                return false;
            };
            match &transition.step.operation {
                Operation::AddField { field, .. } => field.target(&own).as_ref() == Some(key),
                Operation::CreateModel { fields, .. } => fields
                    .iter()
                    .any(|(_, field)| field.target(&own).as_ref() == Some(key)),
                _ => false,
            }
        })?;
        found.model().map(|model| model.name.to_string())
    }

    /// A model as its migrations leave it.
    pub(super) fn migrated(&self, model: &Model) -> Option<&'a ModelState> {
        let key: ModelKey = (
            Arc::clone(&model.app_label),
            model.name.to_lowercase().into(),
        );
        let applied = self.project.migrations.applied();
        let last = applied
            .iter()
            .rev()
            .find(|applied| applied.model().is_some_and(|model| model.key() == key))?;
        last.after.as_deref()
    }

    /// The app's label and the name of the model.
    pub(super) fn model_name(&self) -> String {
        let model = self.transition.model();
        model.map_or_else(String::new, |model| model.name.to_string())
    }

    /// The beginning of the names of its migrations: `order_reference`.
    pub(super) fn stem(&self, field: &str) -> String {
        format!("{}_{}", self.model_name().to_lowercase(), field)
    }
}

/// The column of a model's primary key.
fn key_column(model: &ModelState) -> Option<String> {
    let mut keys = model.fields.iter().filter(|(_, field)| {
        let known = field.field.as_deref();
        known.is_none_or(|known| known.primary_key() != Some(false))
    });
    let (name, field) = keys.next()?;
    let is_certain = field.field.as_deref()?.primary_key() == Some(true) && keys.next().is_none();
    let column = is_certain.then(|| field.column(name))?;
    column.map(|column| column.to_string())
}

/// The only column that is added.
pub(super) fn added(changes: &[Change]) -> Option<&Column> {
    match changes {
        [Change::AddColumn(column)] => Some(column),
        _ => None,
    }
}

/// Whether an operation stops the release before, or makes it wait for as long as there are rows.
pub(super) fn is_unsafe(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| {
        let previous = &effect.previous;
        let outcomes = [
            &previous.select,
            &previous.insert,
            &previous.update,
            &previous.delete,
        ];
        let stops = outcomes
            .into_iter()
            .any(|outcome| *outcome == Some(Outcome::Fails));
        let roles = effect.statements.iter().flat_map(|statement| {
            let with = statement.with.iter().copied();
            with.chain([statement.on])
        });
        // Nobody uses a table yet that is made with it.
        let roles: BTreeSet<Role> = roles.filter(|role| *role != Role::Created).collect();
        let waits = roles.into_iter().any(|role| {
            let touch = effect.on(role);
            let lock = touch.lock.flatten();
            lock.is_some_and(|lock| lock.blocks_reads() || lock.blocks_writes())
                && touch.grows_with_rows() == Some(true)
        });
        stops || waits || effect.forwards == Some(Outcome::Fails)
    })
}

/// The same class with other arguments: those to leave out, and those to give.
pub(super) fn with(made: &Made, without: &[&str], given: &[(&str, Value)]) -> Made {
    let mut made = made.clone();
    made.keywords
        .retain(|(name, _)| !without.contains(&&**name) && given.iter().all(|it| *it.0 != **name));
    made.keywords.extend(
        given
            .iter()
            .map(|(name, value)| ((*name).into(), value.clone())),
    );
    made
}

/// Whether a model has no field and no column of these names, none of which is too long. Others may be taken
/// as well.
pub(super) fn expect_free(
    model: &ModelState,
    names: &[&str],
    is_taken: impl Fn(&str) -> bool,
) -> Result<(), Because> {
    const LONGEST: usize = 63;
    let is_there = |name: &str| {
        model.field(name).is_some() || model.field_of_column(name).is_some() || is_taken(name)
    };
    if let Some(name) = names.iter().find(|name| is_there(name)) {
        return Err(format!("{} has a field {name} already", model.name));
    }
    match names.iter().find(|name| name.len() > LONGEST) {
        None => Ok(()),
        Some(name) => Err(format!("{name} is too long for the name of a column")),
    }
}

/// The name that Django gives an index of one column.
pub(super) fn name_of_index(table: &Table, column: &str, suffix: &str) -> String {
    index_name(&table.name, &[column], suffix)
}

/// A field of a model for an operation, made of code: `model_name`, `name`, `field`.
pub(super) fn field_operation(class: &str, model: &str, name: &str, field: Code) -> Code {
    Code::call(&format!("migrations.{class}"))
        .import_from("django.db", "migrations")
        .argument("model_name", Code::text(&model.to_lowercase()))
        .argument("name", Code::text(name))
        .argument("field", field)
        .broken()
}

/// The only column that is altered, as it was and as it is then.
pub(super) fn renamed_column(changes: &[Change]) -> Option<(&Column, &Column)> {
    match changes {
        [Change::AlterColumn(alteration)] => Some((&alteration.from, &alteration.to)),
        _ => None,
    }
}

/// Whether a generated column or a relation of another model hangs on the column of a field.
pub(super) fn is_named(project: &Project, model: &ModelState, field: &str) -> bool {
    let in_generated = model.fields.iter().any(|(_, other)| {
        other.kind() == FieldKind::Generated
            && project
                .field_made(other)
                .is_none_or(|made| speaks_of(&Value::Made(made.into()), field))
    });
    let graph = &project.models;
    let id = graph.by_label(&format!("{}.{}", model.app, model.name));
    let by_another = graph.registered().any(|(_, other)| {
        other.fields.iter().any(|candidate| {
            let relation = candidate.relation.as_deref();
            let leads_here =
                relation.is_some_and(|it| it.to.model().is_some() && it.to.model() == id);
            let to_field = candidate.argument("to_field");
            leads_here && to_field.and_then(|it| it.as_str()) == Some(field)
        })
    });
    in_generated || by_another
}

/// Whether a value has the name of a field in it, as lookups and orderings do.
pub(super) fn speaks_of(value: &Value, field: &str) -> bool {
    let within = |items: &[Value]| items.iter().any(|item| speaks_of(item, field));
    match value {
        Value::Str(text) => text.trim_start_matches('-').split("__").next() == Some(field),
        Value::Condition(condition) => within(&condition.children),
        Value::Made(made) => {
            let mut keywords = made.keywords.iter();
            within(&made.arguments) || keywords.any(|(_, value)| speaks_of(value, field))
        }
        Value::Dict(entries) => entries
            .iter()
            .any(|(key, value)| speaks_of(key, field) || speaks_of(value, field)),
        Value::Unknown => true,
        other => other.elements().is_some_and(within),
    }
}
