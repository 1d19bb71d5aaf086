//! Options, managers, indexes and constraints that changed.

use std::sync::Arc;

use super::{Dependency, DependencyKind, Detector};
use crate::migrations::operation::{ModelOptions, Named, OldIndex, Operation, Together};
use crate::migrations::state::{ALTER_OPTION_KEYS, ModelKey, ModelState, rename};
use crate::migrations::value::{Made, Value, all, both, same_keywords};

/// What became of the indexes of one model.
pub(super) struct AlteredIndexes {
    model: ModelKey,
    added: Vec<Named>,
    removed: Vec<Named>,
    renamed: Vec<(OldIndex, Arc<str>)>,
}

/// What became of the constraints of one model.
pub(super) struct AlteredConstraints {
    model: ModelKey,
    added: Vec<Named>,
    removed: Vec<Named>,
    altered: Vec<Named>,
}

impl Detector<'_> {
    /// `generate_altered_options`
    pub(super) fn generate_altered_options(&mut self) {
        let mut kept = self.kept_of_any_kind();
        kept.extend(self.kept(|keys| &keys.unmanaged, |keys| &keys.models));
        kept.extend(self.kept(|keys| &keys.models, |keys| &keys.unmanaged));
        kept.sort_by(|one, two| one.0.cmp(&two.0));
        for (key, old, new) in kept {
            let (old_options, new_options) = (alterable(old), alterable(new));
            match same_keywords(&old_options, &new_options) {
                Some(true) => {}
                Some(false) if !new.has_open_options() => {
                    let operation = Operation::AlterModelOptions {
                        name: Arc::clone(&key.1),
                        options: new_options,
                    };
                    self.add(&key.0, operation, Vec::new());
                }
                _ => self.leave(new, "options of Meta"),
            }
        }
    }

    /// `generate_altered_managers`
    pub(super) fn generate_altered_managers(&mut self) {
        for (key, old, new) in self.kept_models() {
            let (Some(old_managers), Some(new_managers)) = (&old.managers, &new.managers) else {
                self.leave(new, "managers");
                continue;
            };
            let same = match old_managers.len() == new_managers.len() {
                false => Some(false),
                true => all(old_managers
                    .iter()
                    .zip(new_managers)
                    .map(|(old, new)| both(Some(old.0 == new.0), old.1.same(&new.1)))),
            };
            match same {
                Some(true) => {}
                Some(false) if !new.has_open_options() => {
                    let operation = Operation::AlterModelManagers {
                        name: Arc::clone(&key.1),
                        managers: new.managers.clone(),
                    };
                    self.add(&key.0, operation, Vec::new());
                }
                _ => self.leave(new, "managers"),
            }
        }
    }

    /// `generate_altered_db_table_comment`
    pub(super) fn generate_altered_db_table_comment(&mut self) {
        for (key, old, new) in self.kept_of_any_kind() {
            if let Some(comment) = self.changed(old, new, "db_table_comment") {
                let operation = Operation::AlterModelTableComment {
                    name: Arc::clone(&key.1),
                    comment,
                };
                self.add(&key.0, operation, Vec::new());
            }
        }
    }

    /// `generate_altered_db_table`
    pub(super) fn generate_altered_db_table(&mut self) {
        for (key, old, new) in self.kept_of_any_kind() {
            if let Some(table) = self.changed(old, new, "db_table") {
                let operation = Operation::AlterModelTable {
                    name: Arc::clone(&key.1),
                    table,
                };
                self.add(&key.0, operation, Vec::new());
            }
        }
    }

    /// `generate_altered_order_with_respect_to`
    pub(super) fn generate_altered_order_with_respect_to(&mut self) {
        for (key, old, new) in self.kept_models() {
            let Some(value) = self.changed(old, new, "order_with_respect_to") else {
                continue;
            };
            let field: Option<Arc<str>> = value.as_str().map(Arc::from);
            let after = field
                .iter()
                .map(|field| Dependency::on_field(key.clone(), field, DependencyKind::Create));
            let after = after.collect();
            let operation = Operation::AlterOrderWithRespectTo {
                name: Arc::clone(&key.1),
                field,
            };
            self.add(&key.0, operation, after);
        }
    }

    /// The new value of an option that is another one than before.
    fn changed(&mut self, old: &ModelState, new: &ModelState, name: &str) -> Option<Value> {
        let value = |model: &ModelState| model.option(name).cloned().unwrap_or(Value::None);
        let (old, new_value) = (value(old), value(new));
        match old.same(&new_value) {
            Some(true) => None,
            Some(false) if !new.has_open_options() => Some(new_value),
            _ => {
                self.leave(new, name);
                None
            }
        }
    }

    /// `_generate_removed_altered_foo_together`
    pub(super) fn generate_removed_altered_together(
        &mut self,
        kind: Together,
        indexes: &[AlteredIndexes],
    ) {
        for mut change in self.altered_together(kind) {
            if kind == Together::Index {
                // What became an index is renamed and not made anew.
                let renamed = indexes.iter().filter(|it| it.model == change.model);
                for (old, _) in renamed.flat_map(|it| &it.renamed) {
                    if let OldIndex::Of(fields) = old {
                        let names = fields.iter().map(|it| Value::Str(Arc::clone(it)));
                        let group = Value::Tuple(names.collect());
                        change.old.retain(|known| *known != group);
                    }
                }
            }
            if change.old.is_empty() {
                continue;
            }
            let is_kept = |group: &&Value| change.old.contains(group);
            let value = Value::Set(change.new.iter().filter(is_kept).cloned().collect());
            self.alter_together(kind, &change, value);
        }
    }

    /// `_generate_altered_foo_together`
    pub(super) fn generate_altered_together(&mut self, kind: Together) {
        for change in self.altered_together(kind) {
            if change.new.iter().all(|group| change.old.contains(group)) {
                continue;
            }
            self.alter_together(kind, &change, Value::Set(change.new.clone().into()));
        }
    }

    fn alter_together(&mut self, kind: Together, change: &AlteredTogether, value: Value) {
        let operation = Operation::AlterTogether {
            kind,
            name: Arc::clone(&change.model.1),
            value,
        };
        self.add(&change.model.0, operation, change.dependencies.clone());
    }

    /// `_get_altered_foo_together_operations`
    fn altered_together(&mut self, kind: Together) -> Vec<AlteredTogether> {
        let mut altered = Vec::new();
        for (key, old, new) in self.kept_models() {
            let groups = |model: &ModelState| match model.option(kind.option()) {
                None | Some(Value::None) => Some(Vec::new()),
                Some(value) => {
                    let groups = value.elements()?;
                    (!groups.contains(&Value::Unknown)).then(|| groups.to_vec())
                }
            };
            let (Some(old_groups), Some(new_groups)) = (groups(old), groups(new)) else {
                self.leave(new, kind.option());
                continue;
            };
            let is_same = old_groups.len() == new_groups.len()
                && old_groups.iter().all(|group| new_groups.contains(group));
            if is_same || new.has_open_options() {
                continue;
            }
            let names = new_groups.iter().filter_map(Value::elements).flatten();
            let names = names.filter_map(Value::as_str);
            let fields = names.filter_map(|name| new.field(name));
            let dependencies = fields
                .filter(|field| field.is_relation())
                .flat_map(|field| self.of_relation(&key, field))
                .collect();
            altered.push(AlteredTogether {
                model: key,
                old: old_groups,
                new: new_groups,
                dependencies,
            });
        }
        altered
    }

    /// `create_altered_indexes`
    pub(super) fn altered_indexes(&mut self) -> Vec<AlteredIndexes> {
        let mut altered = Vec::new();
        for (key, old, new) in self.kept_models() {
            let Some((mut added, mut removed)) = split(&old.indexes, &new.indexes) else {
                self.leave(new, "indexes");
                continue;
            };
            if new.has_open_options() || old.is_open {
                if !added.is_empty() || !removed.is_empty() {
                    self.leave(new, "indexes");
                }
                continue;
            }
            let renamed_pairs = renamed_pairs(&added, &removed);
            let mut renamed = Vec::new();
            for (old_name, new_name) in renamed_pairs {
                added.retain(|index| index.name.as_ref() != Some(&new_name));
                removed.retain(|index| index.name.as_ref() != Some(&old_name));
                renamed.push((OldIndex::Named(old_name), new_name));
            }
            self.rename_together(old, new, &mut added, &mut renamed);
            altered.push(AlteredIndexes {
                model: key,
                added,
                removed,
                renamed,
            });
        }
        altered
    }

    /// Groups of `index_together` that became indexes.
    fn rename_together(
        &self,
        old: &ModelState,
        new: &ModelState,
        added: &mut Vec<Named>,
        renamed: &mut Vec<(OldIndex, Arc<str>)>,
    ) {
        let groups = |model: &ModelState| -> Vec<Value> {
            let value = model.option("index_together");
            value
                .and_then(Value::elements)
                .map_or(Vec::new(), <[Value]>::to_vec)
        };
        let new_groups = groups(new);
        for group in groups(old) {
            if new_groups.contains(&group) {
                continue;
            }
            let Some(fields) = group.elements() else {
                continue;
            };
            let is_plain = |index: &Named| {
                index.made().is_some_and(|made: &Made| {
                    made.arguments.is_empty()
                        && made.keywords.len() == 2
                        && made.keyword("name").is_some()
                        && made.keyword("fields").and_then(Value::elements) == Some(fields)
                })
            };
            let same: Vec<usize> = added
                .iter()
                .enumerate()
                .filter(|(_, index)| is_plain(index))
                .map(|(index, _)| index)
                .collect();
            if let [only] = same[..] {
                let index = added.remove(only);
                let names = fields.iter().filter_map(Value::as_str).map(Arc::from);
                if let Some(name) = index.name {
                    renamed.push((OldIndex::Of(names.collect()), name));
                }
            }
        }
    }

    /// `generate_added_indexes`
    pub(super) fn generate_added_indexes(&mut self, altered: &[AlteredIndexes]) {
        for change in altered {
            let dependencies = self.of_relations(&change.model);
            for index in &change.added {
                let operation = Operation::AddIndex {
                    model: Arc::clone(&change.model.1),
                    index: index.clone(),
                    is_concurrent: false,
                };
                self.add(&change.model.0, operation, dependencies.clone());
            }
        }
    }

    /// `generate_removed_indexes`
    pub(super) fn generate_removed_indexes(&mut self, altered: &[AlteredIndexes]) {
        for change in altered {
            for index in &change.removed {
                let operation = Operation::RemoveIndex {
                    model: Arc::clone(&change.model.1),
                    name: index.name().into(),
                    is_concurrent: false,
                };
                self.add(&change.model.0, operation, Vec::new());
            }
        }
    }

    /// `generate_renamed_indexes`
    pub(super) fn generate_renamed_indexes(&mut self, altered: &[AlteredIndexes]) {
        for change in altered {
            for (old, new_name) in &change.renamed {
                let operation = Operation::RenameIndex {
                    model: Arc::clone(&change.model.1),
                    new_name: Arc::clone(new_name),
                    old: old.clone(),
                };
                self.add(&change.model.0, operation, Vec::new());
            }
        }
    }

    /// `create_altered_constraints`
    pub(super) fn altered_constraints(&mut self) -> Vec<AlteredConstraints> {
        let mut altered = Vec::new();
        for (key, old, new) in self.kept_models() {
            let Some((mut added, mut removed)) = split(&old.constraints, &new.constraints) else {
                self.leave(new, "constraints");
                continue;
            };
            if new.has_open_options() || old.is_open {
                if !added.is_empty() || !removed.is_empty() {
                    self.leave(new, "constraints");
                }
                continue;
            }
            let mut changed = Vec::new();
            added.retain(|new_constraint| {
                let is_told_only = |old: &&Named| {
                    old.name == new_constraint.name && differs_in_words(old, new_constraint)
                };
                let is_altered =
                    self.version >= (5, 2) && removed.iter().any(|old| is_told_only(&old));
                if is_altered {
                    changed.push(new_constraint.clone());
                }
                !is_altered
            });
            removed.retain(|old| changed.iter().all(|new: &Named| new.name != old.name));
            altered.push(AlteredConstraints {
                model: key,
                added,
                removed,
                altered: changed,
            });
        }
        altered
    }

    /// `generate_added_constraints`
    pub(super) fn generate_added_constraints(&mut self, altered: &[AlteredConstraints]) {
        for change in altered {
            let dependencies = self.of_relations(&change.model);
            for constraint in &change.added {
                let operation = Operation::AddConstraint {
                    model: Arc::clone(&change.model.1),
                    constraint: constraint.clone(),
                    is_unchecked: false,
                };
                self.add(&change.model.0, operation, dependencies.clone());
            }
        }
    }

    /// `generate_removed_constraints`
    pub(super) fn generate_removed_constraints(&mut self, altered: &[AlteredConstraints]) {
        for change in altered {
            for constraint in &change.removed {
                let operation = Operation::RemoveConstraint {
                    model: Arc::clone(&change.model.1),
                    name: constraint.name().into(),
                };
                self.add(&change.model.0, operation, Vec::new());
            }
        }
    }

    /// `generate_altered_constraints`
    pub(super) fn generate_altered_constraints(&mut self, altered: &[AlteredConstraints]) {
        for change in altered {
            let dependencies = self.of_relations(&change.model);
            for constraint in &change.altered {
                let operation = Operation::AlterConstraint {
                    model: Arc::clone(&change.model.1),
                    constraint: constraint.clone(),
                };
                self.add(&change.model.0, operation, dependencies.clone());
            }
        }
    }

    /// `_get_dependencies_for_model`, of which Django before 5.0 knew nothing.
    fn of_relations(&self, key: &ModelKey) -> Vec<Dependency> {
        let Some(model) = self.new.get(key).filter(|_| self.version >= (5, 0)) else {
            return Vec::new();
        };
        let fields = model.fields.iter();
        fields
            .filter(|(_, field)| field.is_relation())
            .flat_map(|(_, field)| self.of_relation(key, field))
            .collect()
    }
}

struct AlteredTogether {
    model: ModelKey,
    old: Vec<Value>,
    new: Vec<Value>,
    dependencies: Vec<Dependency>,
}

fn alterable(model: &ModelState) -> ModelOptions {
    let options = model.options.iter();
    let options = options.filter(|(name, _)| ALTER_OPTION_KEYS.contains(&&**name));
    options.cloned().collect()
}

/// What only the new and only the old ones have; `None` where some cannot be compared.
fn split(old: &[Named], new: &[Named]) -> Option<(Vec<Named>, Vec<Named>)> {
    let lacking = |all: &[Named], others: &[Named]| {
        let mut lacking = Vec::new();
        for one in all {
            let same: Vec<Option<bool>> = others.iter().map(|other| one.same(other)).collect();
            if same.contains(&Some(true)) {
                continue;
            }
            if same.contains(&None) {
                return None;
            }
            lacking.push(one.clone());
        }
        Some(lacking)
    };
    Some((lacking(new, old)?, lacking(old, new)?))
}

/// Old and new names of indexes that are the same but for them. Django counts every such pair.
fn renamed_pairs(added: &[Named], removed: &[Named]) -> Vec<(Arc<str>, Arc<str>)> {
    let mut pairs = Vec::new();
    for new in added {
        for old in removed {
            let (Some(old_name), Some(new_name)) = (&old.name, &new.name) else {
                continue;
            };
            let mut same_name = old.clone();
            rename(&mut same_name, new_name);
            if old_name != new_name && same_name.same(new) == Some(true) {
                pairs.push((Arc::clone(old_name), Arc::clone(new_name)));
            }
        }
    }
    pairs
}

/// Whether two constraints differ in nothing that the database knows of.
fn differs_in_words(old: &Named, new: &Named) -> bool {
    let without = |named: &Named| {
        let mut made = named.made()?.clone();
        made.keywords.retain(|(name, _)| {
            !matches!(&**name, "violation_error_code" | "violation_error_message")
        });
        Some(Value::Made(Arc::new(made)))
    };
    match (without(old), without(new)) {
        (Some(old), Some(new)) => old.same(&new) == Some(true),
        _ => false,
    }
}
