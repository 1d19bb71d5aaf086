//! The models as migrations leave them: Django's `ProjectState`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::exact::Exact;
use super::operation::{
    Base, Managers, ModelOptions, Named, OldIndex, Operation, Step, Together, is_proxy, option,
    remove_option, set_option,
};
use super::value::{Made, Value};
use crate::constant::Constant;
use crate::models::{Field, FieldKind};
use crate::modules::ValueRef;

/// The label of an app and the name of a model in lower case.
pub type ModelKey = (Arc<str>, Arc<str>);

/// Every model at one point of the history.
#[derive(Clone, Debug, Default)]
pub struct ProjectState {
    pub models: BTreeMap<ModelKey, Arc<ModelState>>,
    /// Apps with an operation that was not understood: their models may be others.
    pub open: BTreeSet<Arc<str>>,
}

/// One model at one point of the history.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelState {
    pub app: Arc<str>,
    /// As written, in its own letter case.
    pub name: Arc<str>,
    pub fields: Vec<(Arc<str>, Arc<StateField>)>,
    /// All but indexes and constraints.
    pub options: ModelOptions,
    pub indexes: Vec<Named>,
    pub constraints: Vec<Named>,
    pub bases: Vec<Base>,
    pub managers: Managers,
    /// Whether something about it was not understood: what it lacks is not known to be missing.
    pub is_open: bool,
    /// Whether a package makes it: the fields are known, the options may be others.
    pub is_of_package: bool,
    /// Whether an operation that was not understood may have changed it: what it has may be otherwise.
    pub is_doubtful: bool,
}

/// One field of one model at one point of the history.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says another thing about a field"
)]
#[derive(Clone, Debug)]
pub struct StateField {
    /// `None` where its class is not known to be one of a field.
    pub field: Option<Box<Field>>,
    /// The call that makes it; `None` for automatic ones.
    pub place: Option<ValueRef>,
    /// Where a relation leads, as `app.model` in lower case.
    pub to: Option<Arc<str>>,
    /// The model between the two of a many-to-many relation, as written; `None` for automatic ones.
    pub through: Option<Arc<str>>,
    /// Whether the default was for the rows there were only: `preserve_default=False`.
    pub lost_default: bool,
    /// Whether it is a primary key of a model class, which is never serialised.
    pub is_model_key: bool,
    /// Whether it names the primary key as the field that it leads to, which is not written.
    pub names_key: bool,
    /// Whether it comes from luthier's own description of a package that is not installed: another
    /// release may have it otherwise.
    pub is_sketched: bool,
    /// Whether a package adds it, or code changes it afterwards: its arguments may be others.
    pub is_of_package: bool,
    /// Fields that were renamed since, where this one names them: old and new name.
    pub renamed: Vec<(Arc<str>, Arc<str>)>,
}

impl PartialEq for StateField {
    fn eq(&self, other: &Self) -> bool {
        // Fields are told apart by what makes them; what they come to is compared elsewhere.
        let own = |field: &Self| {
            field
                .field
                .as_ref()
                .map(|it| (Arc::clone(&it.name), it.kind))
        };
        self.place == other.place
            && own(self) == own(other)
            && self.to == other.to
            && self.through == other.through
            && self.lost_default == other.lost_default
    }
}

impl StateField {
    pub fn kind(&self) -> FieldKind {
        self.field
            .as_ref()
            .map_or(FieldKind::Unknown, |field| field.kind)
    }

    pub fn is_many_to_many(&self) -> bool {
        self.kind() == FieldKind::ManyToMany
    }

    /// Whether it is a relation with a model at its end.
    pub fn is_relation(&self) -> bool {
        self.to.is_some()
    }

    pub fn null(&self) -> Option<bool> {
        self.field.as_ref()?.null()
    }

    pub fn has_default(&self) -> Option<bool> {
        match self.lost_default {
            true => Some(false),
            false => self.field.as_ref()?.has_default(),
        }
    }

    pub fn has_db_default(&self) -> Option<bool> {
        self.field.as_ref()?.has_db_default()
    }

    /// The column of the field under a name; `None` where it has none, or the name is not known.
    pub fn column(&self, name: &str) -> Option<Arc<str>> {
        let field = self.field.as_deref()?;
        if field.kind.has_column() != Some(true) {
            return None;
        }
        match field.argument("db_column") {
            None | Some(Constant::None) if field.kind.is_foreign_key() => {
                Some(format!("{name}_id").into())
            }
            None | Some(Constant::None) => Some(name.into()),
            Some(column) => column.as_str().map(Arc::from),
        }
    }

    /// The model that it leads to, seen from a model.
    pub fn target(&self, from: &ModelKey) -> Option<ModelKey> {
        self.to.as_deref().map(|to| resolve(to, from))
    }

    /// The model between, seen from a model.
    pub fn through_target(&self, from: &ModelKey) -> Option<ModelKey> {
        self.through
            .as_deref()
            .map(|through| resolve(through, from))
    }
}

/// `resolve_relation`: the model that a text means, seen from a model.
pub(super) fn resolve(reference: &str, from: &ModelKey) -> ModelKey {
    match reference.split_once('.') {
        _ if reference == "self" => from.clone(),
        Some((app, model)) => (app.into(), model.to_lowercase().into()),
        None => (Arc::clone(&from.0), reference.to_lowercase().into()),
    }
}

impl ModelState {
    pub fn key(&self) -> ModelKey {
        (Arc::clone(&self.app), self.name.to_lowercase().into())
    }

    pub fn field(&self, name: &str) -> Option<&Arc<StateField>> {
        let mut fields = self.fields.iter();
        fields
            .find(|(key, _)| &**key == name)
            .map(|(_, field)| field)
    }

    /// Whether its table is one of these, named by table or as `app.Model`.
    pub fn is_one_of(&self, tables: &[String]) -> bool {
        let label = format!("{}.{}", self.app, self.name);
        let mut named = tables.iter();
        named.any(|name| *name == *self.table() || name.eq_ignore_ascii_case(&label))
    }

    /// The field that has a column, with its name.
    pub fn field_of_column(&self, column: &str) -> Option<(&Arc<str>, &Arc<StateField>)> {
        let mut fields = self.fields.iter();
        let (name, field) = fields.find(|(name, field)| {
            let own = field.column(name);
            own.is_some_and(|own| own.eq_ignore_ascii_case(column))
        })?;
        Some((name, field))
    }

    pub fn option(&self, name: &str) -> Option<&Value> {
        option(&self.options, name)
    }

    /// Whether its options may be others than are known.
    pub(super) fn has_open_options(&self) -> bool {
        self.is_open || self.is_of_package
    }

    pub fn is_proxy(&self) -> bool {
        is_proxy(&self.options)
    }

    pub fn is_managed(&self) -> bool {
        super::operation::is_managed(&self.options)
    }

    /// The model whose table it uses.
    pub fn table(&self) -> Arc<str> {
        match self.option("db_table").and_then(Value::as_str) {
            Some(table) if !table.is_empty() => table.into(),
            _ => format!("{}_{}", self.app, self.name.to_lowercase()).into(),
        }
    }

    fn set_field(&mut self, name: &Arc<str>, field: Arc<StateField>) {
        match self.fields.iter_mut().find(|(key, _)| key == name) {
            Some((_, known)) => *known = field,
            None => self.fields.push((Arc::clone(name), field)),
        }
    }
}

impl ProjectState {
    pub fn get(&self, key: &ModelKey) -> Option<&Arc<ModelState>> {
        self.models.get(key)
    }

    /// The model of an app by its name in any letter case.
    pub fn model(&self, app: &Arc<str>, name: &str) -> Option<&Arc<ModelState>> {
        self.models
            .get(&(Arc::clone(app), name.to_lowercase().into()))
    }

    /// How many foreign keys of other tables lead to a field, those of the tables between two models
    /// included. Only keys and unique fields can be led to.
    pub(super) fn references_to(&self, model: &ModelState, name: &str) -> u32 {
        let known = model.field(name).and_then(|field| field.field.as_deref());
        let is_key = known.and_then(Field::primary_key) == Some(true);
        if !is_key && known.and_then(Field::unique) != Some(true) {
            return 0;
        }
        let key = model.key();
        let mut count = 0;
        for (from, other) in &self.models {
            for (_, field) in &other.fields {
                let leads_here = || field.target(from).as_ref() == Some(&key);
                let argument = |name: &str| field.field.as_deref()?.argument(name);
                if field.is_many_to_many() {
                    // The table between has a key to each end.
                    if is_key && field.through.is_none() {
                        count += u32::from(*from == key) + u32::from(leads_here());
                    }
                } else if field.is_relation()
                    && *from != key
                    && argument("db_constraint") != Some(&Constant::Bool(false))
                    && leads_here()
                {
                    let names_it = match argument("to_field") {
                        None | Some(Constant::None) => is_key,
                        Some(named) => named.as_str() == Some(name),
                    };
                    count += u32::from(names_it);
                }
            }
        }
        count
    }

    fn model_mut(&mut self, app: &Arc<str>, name: &str) -> Option<&mut ModelState> {
        let key = (Arc::clone(app), name.to_lowercase().into());
        self.models.get_mut(&key).map(Arc::make_mut)
    }

    /// Does to the models what an operation of an app says. One that names what is not there, or does more,
    /// leaves its app open.
    pub(super) fn apply(&mut self, app: &Arc<str>, step: &Step, exact: Exact<'_>) {
        if self.try_apply(app, &step.operation, exact).is_none() || step.changes_more {
            self.open.insert(Arc::clone(app));
        }
        if step.changes_more {
            match &step.operation {
                Operation::RenameModel { new_name, .. } => self.doubt(app, new_name),
                other => {
                    if let Some(name) = other.model() {
                        self.doubt(app, name);
                    }
                }
            }
        }
    }

    /// Leaves open what a model has and lacks, where there is one of that name, seen from an app.
    fn doubt(&mut self, app: &Arc<str>, name: &str) {
        let key = resolve(name, &(Arc::clone(app), Arc::default()));
        if let Some(model) = self.models.get_mut(&key).map(Arc::make_mut) {
            model.is_open = true;
            model.is_doubtful = true;
        }
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one arm an operation, as they are listed"
    )]
    fn try_apply(&mut self, app: &Arc<str>, operation: &Operation, exact: Exact<'_>) -> Option<()> {
        match operation {
            Operation::CreateModel {
                name,
                fields,
                options,
                bases,
                managers,
            } => {
                let created = Created {
                    name,
                    fields,
                    options,
                    bases,
                    managers,
                };
                self.create(app, created, exact);
            }
            Operation::DeleteModel { name } => {
                self.models
                    .remove(&(Arc::clone(app), name.to_lowercase().into()))?;
            }
            Operation::RenameModel { old_name, new_name } => {
                self.rename_model(app, old_name, new_name)?;
            }
            Operation::AlterModelTable { name, table } => {
                set_option(
                    &mut self.model_mut(app, name)?.options,
                    "db_table",
                    table.clone(),
                );
            }
            Operation::AlterModelTableComment { name, comment } => {
                let options = &mut self.model_mut(app, name)?.options;
                set_option(options, "db_table_comment", comment.clone());
            }
            Operation::AlterTogether { kind, name, value } => {
                let options = &mut self.model_mut(app, name)?.options;
                set_option(options, kind.option(), value.clone());
            }
            Operation::AlterOrderWithRespectTo { name, field } => {
                let value = field
                    .as_ref()
                    .map_or(Value::None, |field| Value::Str(Arc::clone(field)));
                let options = &mut self.model_mut(app, name)?.options;
                set_option(options, "order_with_respect_to", value);
            }
            Operation::AlterModelOptions { name, options } => {
                let own = &mut self.model_mut(app, name)?.options;
                own.retain(|(key, _)| !ALTER_OPTION_KEYS.contains(&&**key));
                for (name, value) in options {
                    set_option(own, name, value.clone());
                }
            }
            Operation::AlterModelManagers { name, managers } => {
                self.model_mut(app, name)?.managers.clone_from(managers);
            }
            Operation::AddField {
                model,
                name,
                field,
                preserves_default,
            }
            | Operation::AlterField {
                model,
                name,
                field,
                preserves_default,
            } => {
                let field = kept(field, *preserves_default);
                self.model_mut(app, model)?.set_field(name, field);
            }
            Operation::RemoveField { model, name } => {
                let model = self.model_mut(app, model)?;
                let index = model.fields.iter().position(|(key, _)| key == name)?;
                model.fields.remove(index);
            }
            Operation::RenameField {
                model,
                old_name,
                new_name,
            } => self.rename_field(app, model, old_name, new_name)?,
            Operation::AddIndex { model, index, .. } => {
                self.model_mut(app, model)?.indexes.push(index.clone());
            }
            Operation::RemoveIndex { model, name, .. } => {
                let indexes = &mut self.model_mut(app, model)?.indexes;
                indexes.retain(|index| index.name.as_ref() != Some(name));
            }
            Operation::RenameIndex {
                model,
                new_name,
                old,
            } => self.rename_index(app, model, new_name, old)?,
            Operation::AddConstraint {
                model, constraint, ..
            } => {
                let constraints = &mut self.model_mut(app, model)?.constraints;
                constraints.push(constraint.clone());
            }
            Operation::RemoveConstraint { model, name } => {
                let constraints = &mut self.model_mut(app, model)?.constraints;
                constraints.retain(|constraint| constraint.name.as_ref() != Some(name));
            }
            Operation::AlterConstraint { model, constraint } => {
                let constraints = &mut self.model_mut(app, model)?.constraints;
                for known in constraints {
                    if known.name == constraint.name {
                        *known = constraint.clone();
                    }
                }
            }
            Operation::RunSql { state, .. } | Operation::SeparateDatabaseAndState { state, .. } => {
                for step in state {
                    self.apply(app, step, exact);
                }
            }
            Operation::ValidateConstraint { .. }
            | Operation::RunPython { .. }
            | Operation::Server { .. } => {}
            Operation::Unknown { changes, .. } => {
                for text in changes.iter().flat_map(|texts| texts.iter()) {
                    self.doubt(app, text);
                }
                changes.is_none().then_some(())?;
            }
        }
        Some(())
    }

    fn create(&mut self, app: &Arc<str>, created: Created<'_>, exact: Exact<'_>) {
        let Created {
            name,
            fields,
            options,
            bases,
            managers,
        } = created;
        let mut options = options.clone();
        let mut take = |name: &str| {
            let value = option(&options, name).cloned();
            remove_option(&mut options, name);
            value
        };
        let (indexes, indexes_known) = named(take("indexes"), exact);
        let (constraints, constraints_known) = named(take("constraints"), exact);
        for kind in [Together::Unique, Together::Index] {
            if let Some(value) = option(&options, kind.option()).map(normalize_together) {
                set_option(&mut options, kind.option(), value);
            }
        }
        let model = ModelState {
            app: Arc::clone(app),
            name: Arc::clone(name),
            fields: fields.to_vec(),
            is_open: !indexes_known || !constraints_known,
            options,
            indexes,
            constraints,
            bases: bases.to_vec(),
            managers: managers.clone(),
            is_of_package: false,
            is_doubtful: false,
        };
        self.models.insert(model.key(), Arc::new(model));
    }

    /// The model gets its new name, and so do the relations that lead to it, in whatever app.
    fn rename_model(&mut self, app: &Arc<str>, old: &str, new: &Arc<str>) -> Option<()> {
        let old_key = (Arc::clone(app), Arc::from(old.to_lowercase()));
        let mut renamed = self.models.remove(&old_key)?;
        Arc::make_mut(&mut renamed).name = Arc::clone(new);
        self.models.insert(renamed.key(), renamed);
        let new_reference: Arc<str> = format!("{app}.{new}").into();
        let new_target: Arc<str> = new_reference.to_lowercase().into();
        for (key, model) in &mut self.models {
            let leads_there = |reference: &Option<Arc<str>>| {
                let reference = reference.as_deref();
                // `self` follows by itself.
                reference.is_some_and(|it| it != "self" && resolve(it, key) == old_key)
            };
            let changed: Vec<_> = model
                .fields
                .iter()
                .enumerate()
                .filter_map(|(index, (_, field))| {
                    let (to, through) = (leads_there(&field.to), leads_there(&field.through));
                    if !to && !through {
                        return None;
                    }
                    let mut field = (**field).clone();
                    if to {
                        field.to = Some(Arc::clone(&new_target));
                    }
                    if through {
                        field.through = Some(Arc::clone(&new_reference));
                    }
                    Some((index, Arc::new(field)))
                })
                .collect();
            if !changed.is_empty() {
                let model = Arc::make_mut(model);
                for (index, field) in changed {
                    model.fields[index].1 = field;
                }
            }
        }
        Some(())
    }

    fn rename_field(
        &mut self,
        app: &Arc<str>,
        model: &str,
        old: &Arc<str>,
        new: &Arc<str>,
    ) -> Option<()> {
        let key: ModelKey = (Arc::clone(app), model.to_lowercase().into());
        let state = self.model_mut(app, model)?;
        let index = state.fields.iter().position(|(name, _)| name == old)?;
        let (_, field) = state.fields.remove(index);
        state.fields.push((Arc::clone(new), field));
        for kind in [Together::Unique, Together::Index] {
            if let Some(value) = option(&state.options, kind.option()) {
                let value = renamed_within(value, old, new);
                set_option(&mut state.options, kind.option(), value);
            }
        }
        for (other_key, other) in &mut self.models {
            let is_own = *other_key == key;
            let names_it = |field: &StateField| {
                let target = field.target(other_key);
                is_own && field.kind() == FieldKind::CompositePrimaryKey
                    || target.as_ref() == Some(&key) && names(field, old)
            };
            let changed: Vec<usize> = other
                .fields
                .iter()
                .enumerate()
                .filter(|(_, (_, field))| names_it(field))
                .map(|(index, _)| index)
                .collect();
            for index in changed {
                let fields = &mut Arc::make_mut(other).fields;
                let field = Arc::make_mut(&mut fields[index].1);
                field.renamed.push((Arc::clone(old), Arc::clone(new)));
            }
        }
        Some(())
    }

    fn rename_index(
        &mut self,
        app: &Arc<str>,
        model: &str,
        new_name: &Arc<str>,
        old: &OldIndex,
    ) -> Option<()> {
        let model = self.model_mut(app, model)?;
        match old {
            OldIndex::Named(old) => {
                for index in &mut model.indexes {
                    if index.name.as_ref() == Some(old) {
                        rename(index, new_name);
                    }
                }
            }
            OldIndex::Of(fields) => {
                let fields: Arc<[Value]> =
                    fields.iter().map(|it| Value::Str(Arc::clone(it))).collect();
                if let Some(Value::Set(groups)) = option(&model.options, "index_together") {
                    let rest = groups.iter().filter(|group| {
                        let items = group.elements();
                        items.is_none_or(|items| *items != *fields)
                    });
                    let rest = Value::Set(rest.cloned().collect());
                    set_option(&mut model.options, "index_together", rest);
                }
                model.indexes.push(Named {
                    name: Some(Arc::clone(new_name)),
                    value: Value::Made(Arc::new(Made {
                        class: "django.db.models.Index".into(),
                        arguments: Vec::new(),
                        keywords: vec![
                            ("name".into(), Value::Str(Arc::clone(new_name))),
                            ("fields".into(), Value::Tuple(fields)),
                        ],
                    })),
                });
            }
        }
        Some(())
    }
}

/// What `CreateModel` says of a model.
struct Created<'a> {
    name: &'a Arc<str>,
    fields: &'a [(Arc<str>, Arc<StateField>)],
    options: &'a ModelOptions,
    bases: &'a [Base],
    managers: &'a Managers,
}

/// Options that `AlterModelOptions` takes away where it does not name them.
pub(super) const ALTER_OPTION_KEYS: &[&str] = &[
    "base_manager_name",
    "default_manager_name",
    "default_related_name",
    "get_latest_by",
    "managed",
    "ordering",
    "permissions",
    "default_permissions",
    "select_on_save",
    "verbose_name",
    "verbose_name_plural",
];

/// A field as the state keeps it.
fn kept(field: &Arc<StateField>, preserves_default: bool) -> Arc<StateField> {
    if preserves_default {
        return Arc::clone(field);
    }
    let mut field = (**field).clone();
    field.lost_default = true;
    Arc::new(field)
}

/// Whether a relation names a field at its far end.
fn names(field: &StateField, name: &str) -> bool {
    let argument = field
        .field
        .as_ref()
        .and_then(|field| field.argument("to_field"));
    let renamed = field.renamed.iter().any(|(_, new)| &**new == name);
    renamed || argument.and_then(|argument| argument.as_str()) == Some(name)
}

/// Indexes or constraints of an option, and whether they are all.
pub(super) fn named(value: Option<Value>, exact: Exact<'_>) -> (Vec<Named>, bool) {
    let Some(value) = value else {
        return (Vec::new(), true);
    };
    let Some(elements) = value.elements() else {
        return (Vec::new(), false);
    };
    let is_known = !elements.contains(&Value::Unknown);
    let elements = elements.iter().filter(|it| **it != Value::Unknown);
    let named = elements.map(|value| Named::of(value, exact));
    (named.collect(), is_known)
}

pub(super) fn rename(named: &mut Named, name: &Arc<str>) {
    named.name = Some(Arc::clone(name));
    if let Value::Made(made) = &mut named.value {
        let made = Arc::make_mut(made);
        made.keywords.retain(|(key, _)| &**key != "name");
        made.keywords
            .push(("name".into(), Value::Str(Arc::clone(name))));
    }
}

/// `normalize_together`: a set of tuples, whether one group was given or several.
pub(super) fn normalize_together(value: &Value) -> Value {
    let Some(groups) = value.elements() else {
        return match value {
            Value::None => Value::None,
            _ => Value::Unknown,
        };
    };
    if groups.is_empty() {
        return Value::Set([].into());
    }
    let tuple = |items: &[Value]| Value::Tuple(items.into());
    if groups[0].elements().is_none() {
        return Value::Set([tuple(groups)].into());
    }
    let mut set: Vec<Value> = Vec::new();
    for group in groups {
        let group = group.elements().map_or(Value::Unknown, tuple);
        if !set.contains(&group) {
            set.push(group);
        }
    }
    Value::Set(set.into())
}

/// Names of fields in groups, one of them renamed.
fn renamed_within(value: &Value, old: &str, new: &Arc<str>) -> Value {
    let one = |name: &Value| match name.as_str() {
        Some(name) if name == old => Value::Str(Arc::clone(new)),
        _ => name.clone(),
    };
    let Some(groups) = value.elements() else {
        return value.clone();
    };
    let groups = groups.iter().map(|group| match group.elements() {
        Some(names) => Value::Tuple(names.iter().map(one).collect()),
        None => group.clone(),
    });
    Value::Set(groups.collect())
}
