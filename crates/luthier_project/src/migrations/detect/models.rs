//! Models that are new or gone.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Dependency, DependencyKind, Detector};
use crate::migrations::operation::{Base, ModelOptions, Named, Operation, Together, option};
use crate::migrations::state::{ModelKey, ModelState, ProjectState, StateField, resolve};
use crate::migrations::value::Value;

/// Fields with the models that they lead to, by name.
type RelatedFields = BTreeMap<Arc<str>, Arc<StateField>>;

impl Detector<'_> {
    /// `generate_deleted_models`
    pub(super) fn generate_deleted_models(&mut self) {
        let is_new = |key: &ModelKey| {
            self.new_keys.models.contains(key) || self.new_keys.unmanaged.contains(key)
        };
        let deleted = |keys: &std::collections::BTreeSet<ModelKey>| -> Vec<ModelKey> {
            keys.iter().filter(|key| !is_new(key)).cloned().collect()
        };
        let mut keys = deleted(&self.old_keys.models);
        keys.extend(deleted(&self.old_keys.unmanaged));
        let through_users = self.through_users();
        for key in keys {
            let Some(model) = self.old.get(&key).cloned() else {
                continue;
            };
            let is_there = self.new.models.contains_key(&key);
            if !is_there && (self.is_made)(&key.0, &model.name) {
                self.leave(&model, "whether it is gone");
                continue;
            }
            self.delete(&key, &model, &through_users);
        }
    }

    fn delete(
        &mut self,
        key: &ModelKey,
        model: &ModelState,
        through_users: &BTreeMap<ModelKey, (ModelKey, Arc<str>)>,
    ) {
        let (app, name) = key;
        let related: RelatedFields = model
            .fields
            .iter()
            .filter(|(_, field)| field.is_relation())
            .map(|(name, field)| (Arc::clone(name), Arc::clone(field)))
            .collect();
        for kind in self.togethers() {
            let together = model.option(kind.option());
            if together.is_some_and(|value| value.truth() == Some(true)) {
                let operation = Operation::AlterTogether {
                    kind,
                    name: Arc::clone(name),
                    value: Value::None,
                };
                self.add(app, operation, Vec::new());
            }
        }
        if self.version >= (6, 0) {
            self.remove_indexes_of_gone(key, model);
        }
        for field in related.keys() {
            let operation = Operation::RemoveField {
                model: Arc::clone(name),
                name: Arc::clone(field),
            };
            let after = if self.version >= (6, 0) {
                let kind = DependencyKind::RemoveIndexOrConstraint;
                vec![Dependency::on_field(key.clone(), field, kind)]
            } else {
                Vec::new()
            };
            self.add(app, operation, after);
        }
        let mut dependencies = Vec::new();
        for (other, field, relation) in references(self.old, key) {
            dependencies.push(Dependency::on_field(
                other.clone(),
                &field,
                DependencyKind::Remove,
            ));
            if !relation.is_many_to_many() {
                dependencies.push(Dependency::on_field(other, &field, DependencyKind::Alter));
            }
        }
        for field in related.keys() {
            dependencies.push(Dependency::on_field(
                key.clone(),
                field,
                DependencyKind::Remove,
            ));
        }
        if let Some((user, field)) = through_users.get(key) {
            dependencies.push(Dependency::on_field(
                user.clone(),
                field,
                DependencyKind::Remove,
            ));
        }
        let operation = Operation::DeleteModel {
            name: Arc::clone(&model.name),
        };
        self.add(app, operation, dependencies);
    }

    /// Indexes and constraints of a model that is gone go before its fields.
    fn remove_indexes_of_gone(&mut self, key: &ModelKey, model: &ModelState) {
        for index in &model.indexes {
            let operation = Operation::RemoveIndex {
                model: Arc::clone(&key.1),
                name: index.name().into(),
                is_concurrent: false,
            };
            self.add(&key.0, operation, Vec::new());
        }
        for constraint in &model.constraints {
            let operation = Operation::RemoveConstraint {
                model: Arc::clone(&key.1),
                name: constraint.name().into(),
            };
            self.add(&key.0, operation, Vec::new());
        }
    }

    /// By the model between, the many-to-many relation that uses it.
    fn through_users(&self) -> BTreeMap<ModelKey, (ModelKey, Arc<str>)> {
        let mut users = BTreeMap::new();
        for key in &self.old_keys.models {
            let Some(model) = self.old.get(key) else {
                continue;
            };
            for (name, field) in &model.fields {
                if let Some(through) = field.through_target(key) {
                    users.insert(through, (key.clone(), Arc::clone(name)));
                }
            }
        }
        users
    }

    /// `generate_created_models`
    pub(super) fn generate_created_models(&mut self) {
        let is_old = |key: &ModelKey| {
            self.old_keys.models.contains(key) || self.old_keys.unmanaged.contains(key)
        };
        let added = |keys: &std::collections::BTreeSet<ModelKey>| -> Vec<ModelKey> {
            let mut added: Vec<ModelKey> =
                keys.iter().filter(|key| !is_old(key)).cloned().collect();
            added.sort_by_key(|key| std::cmp::Reverse(self.swappable_first_key(key)));
            added
        };
        let mut keys = added(&self.new_keys.models);
        keys.extend(added(&self.new_keys.unmanaged));
        for key in keys {
            let Some(model) = self.new.get(&key).cloned() else {
                continue;
            };
            if model.is_open {
                self.leave(&model, "it is new, and not all of it is understood");
            }
            self.create(&key, &model);
        }
    }

    /// Models that may be swapped come first.
    fn swappable_first_key(&self, key: &ModelKey) -> ModelKey {
        let is_first = self.new.get(key).is_some_and(|model| {
            let is_user = model.bases.iter().any(|base| match base {
                Base::Class(name) => {
                    name.ends_with(".AbstractUser") || name.ends_with(".AbstractBaseUser")
                }
                _ => false,
            });
            let label = format!("{}.{}", key.0, key.1);
            let user = self.exact.settings.text("AUTH_USER_MODEL");
            let is_swappable = model.option("swappable").and_then(Value::truth) == Some(true);
            is_swappable || is_user || user.is_some_and(|user| user.to_lowercase() == label)
        });
        match is_first {
            true => (
                format!("___{}", key.0).into(),
                format!("___{}", key.1).into(),
            ),
            false => key.clone(),
        }
    }

    fn create(&mut self, key: &ModelKey, model: &ModelState) {
        let (app, name) = key;
        let mut related = RelatedFields::new();
        let mut key_relation = None;
        for (name, field) in &model.fields {
            if let Some(target) = field.target(key) {
                let known = field.field.as_deref();
                let is_key = field.is_model_key
                    || known.and_then(crate::models::Field::primary_key) == Some(true);
                let is_parent_link = known
                    .and_then(|field| field.relation.as_deref())
                    .is_some_and(|relation| relation.is_parent_link);
                if is_key {
                    key_relation = Some(target);
                } else if !is_parent_link {
                    related.insert(Arc::clone(name), Arc::clone(field));
                }
            }
            if field.through.is_some() {
                related.insert(Arc::clone(name), Arc::clone(field));
            }
        }
        let mut dependencies = vec![Dependency::on_model(key.clone(), DependencyKind::Remove)];
        dependencies.extend(self.of_bases(key, model));
        if let Some(target) = key_relation {
            dependencies.push(Dependency::on_model(target, DependencyKind::Create));
        }
        let mut deferred = vec!["unique_together", "order_with_respect_to"];
        if self.has_index_together() {
            deferred.push("index_together");
        }
        let options: ModelOptions = model
            .options
            .iter()
            .filter(|(name, _)| !deferred.contains(&&**name))
            .cloned()
            .collect();
        let own = model.fields.iter();
        let own = own.filter(|(name, _)| !related.contains_key(name));
        let operation = Operation::CreateModel {
            name: Arc::clone(&model.name),
            fields: own.cloned().collect(),
            options,
            bases: model.bases.clone(),
            managers: model.managers.clone(),
        };
        self.add_first(app, operation, dependencies);
        if !model.is_managed() {
            return;
        }
        for (field_name, field) in &related {
            let mut dependencies = self.of_relation(key, field);
            dependencies.push(Dependency::on_model(key.clone(), DependencyKind::Create));
            let operation = Operation::AddField {
                model: Arc::clone(name),
                name: Arc::clone(field_name),
                field: Arc::clone(field),
                preserves_default: true,
            };
            self.add(app, operation, dependencies);
        }
        if let Some(Value::Str(field)) = option(&model.options, "order_with_respect_to") {
            let operation = Operation::AlterOrderWithRespectTo {
                name: Arc::clone(name),
                field: Some(Arc::clone(field)),
            };
            let dependencies = vec![
                Dependency::on_field(key.clone(), field, DependencyKind::Create),
                Dependency::on_model(key.clone(), DependencyKind::Create),
            ];
            self.add(app, operation, dependencies);
        }
        self.add_rest_of_new(key, model, &related);
        self.alter_relations_of_old_proxy(key);
    }

    /// Indexes, constraints and `unique_together` of a new model, after its fields.
    fn add_rest_of_new(&mut self, key: &ModelKey, model: &ModelState, related: &RelatedFields) {
        let (app, name) = key;
        let mut after: Vec<Dependency> = related
            .keys()
            .map(|field| Dependency::on_field(key.clone(), field, DependencyKind::Create))
            .collect();
        after.push(Dependency::on_model(key.clone(), DependencyKind::Create));
        let of = |index: &Named| Operation::AddIndex {
            model: Arc::clone(name),
            index: index.clone(),
            is_concurrent: false,
        };
        for index in &model.indexes {
            self.add(app, of(index), after.clone());
        }
        for constraint in &model.constraints {
            let operation = Operation::AddConstraint {
                model: Arc::clone(name),
                constraint: constraint.clone(),
                is_unchecked: false,
            };
            self.add(app, operation, after.clone());
        }
        for kind in self.togethers() {
            if let Some(value) = model.option(kind.option())
                && value.truth() == Some(true)
            {
                let operation = Operation::AlterTogether {
                    kind,
                    name: Arc::clone(name),
                    value: value.clone(),
                };
                self.add(app, operation, after.clone());
            }
        }
    }

    /// The options that name groups of fields.
    fn togethers(&self) -> Vec<Together> {
        match self.has_index_together() {
            true => vec![Together::Unique, Together::Index],
            false => vec![Together::Unique],
        }
    }

    /// Relations to a model that was a proxy and has a table of its own now.
    fn alter_relations_of_old_proxy(&mut self, key: &ModelKey) {
        if !self.old_keys.proxies.contains(key) {
            return;
        }
        for (other, field, relation) in references(self.new, key) {
            let Some(model) = self.new.get(&other) else {
                continue;
            };
            let operation = Operation::AlterField {
                model: Arc::clone(&model.name),
                name: field,
                field: relation,
                preserves_default: true,
            };
            let dependencies = vec![Dependency::on_model(key.clone(), DependencyKind::Create)];
            self.add(&other.0, operation, dependencies);
        }
    }

    /// A new model comes after its bases, and after fields that a base gives up for it.
    fn of_bases(&self, key: &ModelKey, model: &ModelState) -> Vec<Dependency> {
        let mut dependencies = Vec::new();
        for base in &model.bases {
            let Base::Model(label) = base else {
                continue;
            };
            let base = resolve(label, key);
            dependencies.push(Dependency::on_model(base.clone(), DependencyKind::Create));
            let (Some(old), Some(new)) = (self.old.get(&base), self.new.get(&base)) else {
                continue;
            };
            for (name, _) in &old.fields {
                if new.field(name).is_none() && model.field(name).is_some() {
                    let removed = Dependency::on_field(base.clone(), name, DependencyKind::Remove);
                    dependencies.push(removed);
                }
            }
        }
        dependencies
    }

    /// `_get_dependencies_for_foreign_key`
    pub(super) fn of_relation(&self, key: &ModelKey, field: &StateField) -> Vec<Dependency> {
        let targets = [field.target(key), field.through_target(key)];
        let targets = targets.into_iter().flatten();
        targets
            .map(|target| Dependency::on_model(target, DependencyKind::Create))
            .collect()
    }

    /// `generate_deleted_proxies`
    pub(super) fn generate_deleted_proxies(&mut self) {
        let gone = self.old_keys.proxies.difference(&self.new_keys.proxies);
        for key in gone.cloned().collect::<Vec<_>>() {
            if let Some(model) = self.old.get(&key).cloned() {
                let is_there = self.new.models.contains_key(&key);
                if !is_there && (self.is_made)(&key.0, &model.name) {
                    self.leave(&model, "whether it is gone");
                    continue;
                }
                let operation = Operation::DeleteModel {
                    name: Arc::clone(&model.name),
                };
                self.add(&key.0, operation, Vec::new());
            }
        }
    }

    /// `generate_created_proxies`
    pub(super) fn generate_created_proxies(&mut self) {
        let added = self.new_keys.proxies.difference(&self.old_keys.proxies);
        for key in added.cloned().collect::<Vec<_>>() {
            let Some(model) = self.new.get(&key).cloned() else {
                continue;
            };
            let mut dependencies = vec![Dependency::on_model(key.clone(), DependencyKind::Remove)];
            for base in &model.bases {
                if let Base::Model(label) = base {
                    let base = resolve(label, &key);
                    dependencies.push(Dependency::on_model(base, DependencyKind::Create));
                }
            }
            let operation = Operation::CreateModel {
                name: Arc::clone(&model.name),
                fields: Vec::new(),
                options: model.options.clone(),
                bases: model.bases.clone(),
                managers: model.managers.clone(),
            };
            self.add(&key.0, operation, dependencies);
        }
    }
}

/// Every field that leads to a model or has it between: the model it is on, its name, itself.
fn references(state: &ProjectState, to: &ModelKey) -> Vec<(ModelKey, Arc<str>, Arc<StateField>)> {
    // A proxy stands for the model whose table it uses.
    let concrete = |key: ModelKey| concrete(state, key);
    let to = concrete(to.clone());
    let mut found = Vec::new();
    for (key, model) in &state.models {
        for (name, field) in &model.fields {
            let leads_there = [field.target(key), field.through_target(key)]
                .into_iter()
                .flatten()
                .any(|target| concrete(target) == to);
            if leads_there {
                found.push((key.clone(), Arc::clone(name), Arc::clone(field)));
            }
        }
    }
    found
}

/// The model whose table a model uses.
fn concrete(state: &ProjectState, key: ModelKey) -> ModelKey {
    let mut key = key;
    // A proxy of a proxy; more steps than models are a circle.
    for _ in 0..state.models.len() {
        let Some(model) = state.get(&key).filter(|model| model.is_proxy()) else {
            break;
        };
        let base = model.bases.iter().find_map(|base| match base {
            Base::Model(label) => Some(resolve(label, &key)),
            _ => None,
        });
        match base {
            Some(base) => key = base,
            None => break,
        }
    }
    key
}
