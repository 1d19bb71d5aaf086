//! Which statements Django's schema editors make of a change, in order.
//!
//! Read from `django/db/backends/*/schema.py` of Django 3.2 to 6.1; where releases differ, the code
//! says from which one on.

mod mysql;
mod postgresql;
mod sqlite;

pub use postgresql::is_kept;

use super::action::{Action, Role, Step};
use super::change::Change;
use super::column::Column;
use super::database::{Engine, Release};
use crate::django::DjangoVersion;

/// The statements of a change.
pub(super) fn steps(
    change: &Change,
    engine: Engine,
    release: Release,
    django: DjangoVersion,
) -> Vec<Step> {
    match engine {
        Engine::PostgreSql => postgresql::steps(change, django),
        Engine::MySql | Engine::MariaDb => mysql::steps(change, engine, release),
        Engine::Sqlite => sqlite::steps(change, release, django),
    }
}

/// The table at the other end of a foreign key, unless it is the same.
fn referenced(column: &Column) -> Vec<Role> {
    match column.reference {
        Some(to) if !to.is_to_itself => vec![Role::Referenced],
        _ => Vec::new(),
    }
}

/// A table, and what is deferred to the end: `unique_together`, foreign keys, then as many indexes as
/// each column comes to and those of `Meta`.
fn create_table(
    columns: &[Column],
    unique_together: u32,
    indexes: u32,
    per_column: impl Fn(&Column) -> u32,
) -> Vec<Step> {
    let created = |action| Step::between(action, Role::Created, []);
    let mut steps = vec![created(Action::CreateTable)];
    for _ in 0..unique_together {
        steps.push(created(Action::AddUnique));
    }
    for (index, column) in columns.iter().enumerate() {
        let Some(reference) = column.reference.filter(|to| to.has_constraint) else {
            continue;
        };
        let with = match reference.is_to_itself {
            true => Vec::new(),
            false => vec![Role::ReferencedBy(index)],
        };
        steps.push(Step::between(Action::AddForeignKey, Role::Created, with));
    }
    let all = columns.iter().map(per_column).sum::<u32>() + indexes;
    steps.extend((0..all).map(|_| created(Action::CreateIndex)));
    steps
}

/// Dropping a table drops the foreign keys between it and others.
fn drop_table(has_foreign_keys: bool, is_referenced: bool) -> Vec<Step> {
    let mut with = Vec::new();
    if has_foreign_keys {
        with.push(Role::Referenced);
    }
    if is_referenced {
        with.push(Role::Referencing);
    }
    vec![Step::between(Action::DropTable, Role::This, with)]
}

fn statement(actions: &[Action], with: &[Role]) -> Vec<Step> {
    vec![Step {
        actions: actions.to_vec(),
        on: Role::This,
        with: with.to_vec(),
    }]
}
