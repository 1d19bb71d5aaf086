//! Columns that get NOT NULL, as luthier replays the migrations.

use std::collections::{BTreeMap, BTreeSet};

use luthier_project::Project;
use luthier_project::migrations::{Applied, ModelState, Operation, StateField};

/// By migration, what it does to columns of tables that were there before it.
pub(super) type Replayed = BTreeMap<String, BTreeSet<String>>;

pub(super) fn replayed(project: &Project) -> Replayed {
    let mut replayed = Replayed::new();
    for applied in project.migrations.applied() {
        for change in changes(applied) {
            let migration = project.migrations.get(applied.migration);
            let key = format!("{}.{}", migration.app, migration.name);
            replayed.entry(key).or_default().insert(change);
        }
    }
    replayed
}

fn changes(applied: &Applied) -> Vec<String> {
    let of_field = matches!(
        applied.operation(),
        Operation::AddField { .. } | Operation::AlterField { .. }
    );
    if !of_field || applied.is_on_new_table || !applied.reaches_database() {
        return Vec::new();
    }
    let (Some(before), Some(after)) = (&applied.before, &applied.after) else {
        return Vec::new();
    };
    if !applied.is_managed() {
        return Vec::new();
    }
    let fields = after.fields.iter();
    fields
        .filter(|(_, field)| is_not_null(field))
        .filter_map(|(name, _)| {
            let model = after.name.to_lowercase();
            match nullable(before, name) {
                None => Some(format!("added {model}.{name}")),
                Some(true) => Some(format!("not null {model}.{name}")),
                Some(false) => None,
            }
        })
        .collect()
}

/// Whether a field of the model takes NULL; `None` where there is none.
fn nullable(model: &ModelState, name: &str) -> Option<bool> {
    let field = model.field(name)?;
    Some(!is_not_null(field))
}

fn is_not_null(field: &StateField) -> bool {
    !field.is_many_to_many() && field.null() == Some(false)
}
