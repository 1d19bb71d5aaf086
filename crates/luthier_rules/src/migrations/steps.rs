//! What rules about operations share: which operations they look at, and how they report.

use std::sync::Arc;

use luthier_diagnostics::{Confidence, Location};
use luthier_project::Project;
use luthier_project::migrations::{Applied, Migration, Operation, Reach, StateField};

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
pub(super) fn altered(applied: &Applied) -> Option<(&Arc<str>, &Arc<StateField>, &Arc<StateField>)> {
    let Operation::AlterField { name, .. } = applied.operation() else {
        return None;
    };
    let before = applied.before.as_ref()?.field(name)?;
    let after = applied.after.as_ref()?.field(name)?;
    Some((name, before, after))
}

/// `shop.0002_total`
pub(super) fn name(migration: &Migration) -> String {
    format!("{}.{}", migration.app, migration.name)
}
