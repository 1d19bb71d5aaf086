//! What rules about operations share: which operations they look at, and how they report.

use std::sync::Arc;

use luthier_diagnostics::{Confidence, Location};
use luthier_project::Project;
use luthier_project::migrations::{
    Applied, Connector, ModelState, Operation, Reach, StateField, Value,
};
use luthier_project::models::FieldKind;

use crate::Context;
use crate::context::Reported;

/// Operations that change a table which was there before their migration: rows may be in it, and
/// the release before may be using it.
pub(super) fn on_existing_tables(project: &Project) -> impl Iterator<Item = &Applied> {
    let applied = project.migrations.applied().iter();
    applied.filter(|applied| {
        let is_there = applied.before.is_some() && !applied.is_on_new_table;
        is_there && applied.reaches_database() && applied.is_managed()
    })
}

/// The same where the models follow at once: what the code of the release before knows.
pub(super) fn known_to_code(project: &Project) -> impl Iterator<Item = &Applied> {
    on_existing_tables(project).filter(|applied| applied.reach == Reach::Both)
}

/// Reports an operation. One of an older migration has long been run wherever the project is in
/// use, so that it is only possible.
pub(super) fn report<'c>(
    context: &'c mut Context<'_>,
    applied: &Applied,
    message: String,
) -> Reported<'c> {
    let project = context.project;
    let migration = project.migrations.get(applied.migration);
    let location = place(project, applied).unwrap_or(migration.place);
    let is_recent = project.migrations.is_recent(applied.migration);
    let symbol = symbol(applied);
    let mut reported = context.report(location, message);
    reported.app(&*migration.app);
    if let Some(symbol) = symbol {
        reported.symbol(symbol);
    }
    if !is_recent {
        reported.confidence(Confidence::Possible);
    }
    reported
}

/// Where an operation is written: its class, as the call has it.
pub(super) fn place(project: &Project, applied: &Applied) -> Option<Location> {
    let place = applied.step.place?;
    let file = project.modules.get(place.module).file?;
    let call = project.modules.value(place).as_call()?;
    Some(Location {
        file,
        span: call.callee.span(),
    })
}

/// `shop.Order.total`
fn symbol(applied: &Applied) -> Option<String> {
    let model = applied.model()?;
    let label = format!("{}.{}", model.app, model.name);
    Some(match field_name(applied.operation()) {
        Some(field) => format!("{label}.{field}"),
        None => label,
    })
}

/// The field that an operation is about.
fn field_name(operation: &Operation) -> Option<&Arc<str>> {
    match operation {
        Operation::AddField { name, .. }
        | Operation::RemoveField { name, .. }
        | Operation::AlterField { name, .. } => Some(name),
        Operation::RenameField { old_name, .. } => Some(old_name),
        _ => None,
    }
}

/// A field that `AlterField` changes: as it was, and as it is then.
pub(super) fn altered(
    applied: &Applied,
) -> Option<(&Arc<str>, &Arc<StateField>, &Arc<StateField>)> {
    let Operation::AlterField { name, .. } = applied.operation() else {
        return None;
    };
    let before = applied.before.as_ref()?.field(name)?;
    let after = applied.after.as_ref()?.field(name)?;
    Some((name, before, after))
}

/// `Order.total`, or the model where there is no field.
pub(super) fn shown(applied: &Applied) -> String {
    let model = applied.model().map_or("?", |model| &*model.name);
    match field_name(applied.operation()) {
        Some(field) => format!("`{model}.{field}`"),
        None => format!("`{model}`"),
    }
}

/// The model alone.
pub(super) fn shown_model(applied: &Applied) -> String {
    format!("`{}`", applied.model().map_or("?", |model| &*model.name))
}

/// Whether a field that is added has a column which must not be NULL and which the database gives no
/// value by itself.
pub(super) fn is_added_not_null(name: &str, field: &StateField) -> bool {
    let makes_its_own = matches!(field.kind(), FieldKind::Generated) || field.kind().is_auto();
    let is_not_null = field.null() == Some(false) && field.has_db_default() == Some(false);
    is_not_null && field.column(name).is_some() && !makes_its_own
}

/// How a column that must not be NULL comes to a table in use.
pub(super) fn without_null(project: &Project) -> &'static str {
    if project.django.version.major >= 5 {
        "give it `db_default`, or add it with `null=True`, fill the rows in batches, and set NOT NULL in a later release"
    } else {
        "add it with `null=True`, fill the rows in batches, and set NOT NULL in a later release"
    }
}

/// Whether a check constraint of the table sees to it that a field is not NULL.
pub(super) fn has_not_null_check(model: &ModelState, field: &str) -> bool {
    let lookup = format!("{field}__isnull");
    let is_it = |child: &Value| {
        let pair = child.elements();
        matches!(pair, Some([Value::Str(name), Value::Bool(false)]) if **name == *lookup)
    };
    model.constraints.iter().any(|constraint| {
        let condition = constraint.made().and_then(|made| made.keyword("condition"));
        match condition {
            Some(Value::Condition(condition)) => {
                let all_hold = condition.connector == Connector::And && !condition.is_negated;
                all_hold && condition.children.iter().any(is_it)
            }
            _ => false,
        }
    })
}
