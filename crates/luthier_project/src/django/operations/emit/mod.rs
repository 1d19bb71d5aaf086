//! Which statements Django's schema editors make of a change, in order.
//!
//! Read from `django/db/backends/*/schema.py` of Django 3.2 to 6.1; where releases differ, the code
//! says from which one on.

mod mysql;
mod postgresql;
mod sqlite;

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
        Engine::MySql | Engine::MariaDb => mysql::steps(change),
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

/// One statement for each foreign key of a new table.
fn foreign_keys(columns: &[Column]) -> impl Iterator<Item = Step> {
    let columns = columns.iter().enumerate();
    let keys = columns.filter(|(_, column)| column.has_constraint());
    keys.map(|(index, column)| {
        let with = match column.reference {
            Some(to) if to.is_to_itself => Vec::new(),
            _ => vec![Role::ReferencedBy(index)],
        };
        Step::between(Action::AddForeignKey, Role::Created, with)
    })
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
