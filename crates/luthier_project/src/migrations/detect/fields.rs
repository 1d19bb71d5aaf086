//! Fields that are new, gone or changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Dependency, DependencyKind, Detector};
use crate::migrations::operation::Operation;
use crate::migrations::state::{ModelKey, ModelState, StateField};
use crate::models::FieldKind;

type FieldKey = (ModelKey, Arc<str>);

impl Detector<'_> {
    fn field_keys<'s>(
        models: impl Iterator<Item = (&'s ModelKey, &'s ModelState)>,
    ) -> BTreeSet<FieldKey> {
        let keys = models.flat_map(|(key, model)| {
            let names = model.fields.iter();
            names.map(move |(name, _)| (key.clone(), Arc::clone(name)))
        });
        keys.collect()
    }

    fn old_and_new_fields(&self) -> (BTreeSet<FieldKey>, BTreeSet<FieldKey>) {
        let kept = self.kept_models();
        let old = Self::field_keys(kept.iter().map(|(key, old, _)| (key, *old)));
        let new = Self::field_keys(kept.iter().map(|(key, _, new)| (key, *new)));
        (old, new)
    }

    /// `generate_removed_fields`
    pub(super) fn generate_removed_fields(&mut self) {
        let (old, new) = self.old_and_new_fields();
        let gone: Vec<&FieldKey> = old.difference(&new).collect();
        let hidden = gone
            .iter()
            .filter(|(key, name)| (self.is_hidden)(key, name));
        let hidden: Vec<&FieldKey> = hidden.copied().collect();
        // A field of a class that is not known may bring others along: `text`, and `_text_rendered`.
        let is_brought = |key: &ModelKey, name: &str| {
            let mut hidden = hidden.iter();
            hidden.any(|(other, of)| other == key && name.contains(&**of))
        };
        for (key, name) in gone {
            let Some(model) = self.new.get(key).cloned() else {
                continue;
            };
            if model.is_open || is_brought(key, name) {
                self.leave(&model, &format!("whether {name} is gone"));
                continue;
            }
            self.remove_field(key, name);
        }
    }

    fn remove_field(&mut self, key: &ModelKey, name: &Arc<str>) {
        let operation = Operation::RemoveField {
            model: Arc::clone(&key.1),
            name: Arc::clone(name),
        };
        let mut after = vec![
            DependencyKind::RemoveOrderWrt,
            DependencyKind::AlterTogether,
        ];
        if self.version >= (6, 0) {
            after.push(DependencyKind::RemoveIndexOrConstraint);
        }
        let after = after.into_iter();
        let dependencies = after.map(|kind| Dependency::on_field(key.clone(), name, kind));
        self.add(&key.0, operation, dependencies.collect());
    }

    /// `generate_added_fields`
    pub(super) fn generate_added_fields(&mut self) {
        let (old, new) = self.old_and_new_fields();
        let added: Vec<&FieldKey> = new.difference(&old).collect();
        for (key, name) in &added {
            let (Some(old), Some(new)) = (self.old.get(key), self.new.get(key)) else {
                continue;
            };
            let is_sketched = new.field(name).is_some_and(|field| field.is_sketched);
            if old.is_open || is_sketched {
                self.leave(&Arc::clone(new), &format!("whether {name} is new"));
                continue;
            }
            self.add_field(key, name, &added);
        }
    }

    fn add_field(&mut self, key: &ModelKey, name: &Arc<str>, added: &[&FieldKey]) {
        let Some(field) = self
            .new
            .get(key)
            .and_then(|model| model.field(name))
            .cloned()
        else {
            return;
        };
        let mut dependencies = vec![Dependency::on_field(
            key.clone(),
            name,
            DependencyKind::Remove,
        )];
        if field.is_relation() {
            dependencies.extend(self.of_relation(key, &field));
        }
        if field.kind() == FieldKind::Generated {
            // What its expression reads has to be there; of what is added, any may be.
            for (other, added) in added {
                let is_same = other == key && added == name;
                if !is_same {
                    let on = Dependency::on_field(other.clone(), added, DependencyKind::Create);
                    dependencies.push(on);
                }
            }
        }
        let operation = Operation::AddField {
            model: Arc::clone(&key.1),
            name: Arc::clone(name),
            preserves_default: preserves_default(&field),
            field,
        };
        self.add(&key.0, operation, dependencies);
    }

    /// `generate_altered_fields`
    pub(super) fn generate_altered_fields(&mut self) {
        let (old, new) = self.old_and_new_fields();
        for (key, name) in old.intersection(&new) {
            let (Some(old_model), Some(new_model)) = (self.old.get(key), self.new.get(key)) else {
                continue;
            };
            let (old_model, new_model) = (Arc::clone(old_model), Arc::clone(new_model));
            let fields = (old_model.field(name), new_model.field(name));
            let (Some(old_field), Some(new_field)) = fields else {
                continue;
            };
            let same = match (self.deconstruct(old_field), self.deconstruct(new_field)) {
                (Some(old), Some(new)) => old.same(&new),
                _ => None,
            };
            match same {
                Some(true) => {}
                None => self.leave(&new_model, &format!("whether {name} is still the same")),
                Some(false) => self.alter_field(key, name, old_field, new_field),
            }
        }
    }

    fn alter_field(
        &mut self,
        key: &ModelKey,
        name: &Arc<str>,
        old: &Arc<StateField>,
        new: &Arc<StateField>,
    ) {
        let is_both = old.is_many_to_many() && new.is_many_to_many();
        // A table between other models is another table, since Django 6.1.
        let leads_elsewhere = is_both && old.to != new.to && self.version >= (6, 1);
        if old.is_many_to_many() != new.is_many_to_many() || leads_elsewhere {
            self.remove_field(key, name);
            self.add_field(key, name, &[]);
            return;
        }
        let dependencies = match new.is_relation() {
            true => self.of_relation(key, new),
            false => Vec::new(),
        };
        let operation = Operation::AlterField {
            model: Arc::clone(&key.1),
            name: Arc::clone(name),
            field: Arc::clone(new),
            preserves_default: true,
        };
        self.add(&key.0, operation, dependencies);
    }
}

/// Whether rows that are there get a value without being asked for one.
fn preserves_default(field: &StateField) -> bool {
    let Some(known) = field.field.as_deref() else {
        return true;
    };
    let takes_empty = known.blank() == Some(true) && known.kind.is_text();
    known.null() == Some(true)
        || field.has_default() == Some(true)
        || field.has_db_default() == Some(true)
        || field.is_many_to_many()
        || takes_empty
        || known.kind.is_auto()
}
