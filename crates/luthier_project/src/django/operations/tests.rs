//! What no server is asked: databases other than PostgreSQL, and releases that are not known.

use super::{
    Alteration, Change, Column, ColumnType, Database, Default, Effect, Engine, Loss, Outcome,
    Reference, Release, Role, Touch, Transaction, effect,
};
use crate::django::DjangoVersion;

const DJANGO: DjangoVersion = DjangoVersion::new(5, 2);

fn column(kind: ColumnType) -> Column {
    Column {
        name: "status".into(),
        kind,
        is_auto: false,
        is_positive: false,
        is_null: true,
        is_primary_key: false,
        is_unique: false,
        is_indexed: false,
        reference: None,
        default: Default::Nothing,
        db_default: None,
        generated: None,
        collation: None,
        comment: None,
    }
}

fn add(column: Column) -> Change {
    Change::AddColumn(Box::new(column))
}

fn alter(from: Column, to: Column) -> Change {
    Change::AlterColumn(Box::new(Alteration {
        from,
        to,
        differs: true,
        has_same_default: true,
        referenced_by: 0,
        is_in_check: false,
        is_checked_not_null: false,
    }))
}

fn on(engine: Engine, release: Release, change: &Change) -> Effect {
    let database = Database {
        engine,
        release: Some(release),
    };
    effect(change, database, DJANGO)
}

fn on_any(engine: Engine, change: &Change) -> Effect {
    let database = Database {
        engine,
        release: None,
    };
    effect(change, database, DJANGO)
}

#[test]
fn an_unknown_release_leaves_open_what_releases_differ_in() {
    let added = add(column(ColumnType::Integer));
    let old = on(Engine::MySql, Release(5, 7, 0), &added);
    let new = on(Engine::MySql, Release(8, 0, 12), &added);
    assert_eq!(old.on(Role::This).rewrite, Some(true));
    assert_eq!(new.on(Role::This).rewrite, Some(false));
    let any = on_any(Engine::MySql, &added);
    assert_eq!(any.on(Role::This).rewrite, None);
    assert_eq!(any.on(Role::This).lock, new.on(Role::This).lock);
    assert_eq!(any.transaction, Some(Transaction::CommitsItself));
    let any = on_any(Engine::PostgreSql, &added);
    assert_eq!(any, on(Engine::PostgreSql, Release(17, 0, 0), &added));
}

#[test]
fn sqlite_remakes_what_it_cannot_add() {
    let nullable = on_any(Engine::Sqlite, &add(column(ColumnType::Integer)));
    assert_eq!(nullable.on(Role::This).rewrite, Some(false));
    let filled = Column {
        is_null: false,
        default: Default::Given,
        ..column(ColumnType::Integer)
    };
    let filled = on_any(Engine::Sqlite, &add(filled));
    assert_eq!(filled.on(Role::This).rewrite, Some(true));
    assert_eq!(filled.previous.insert, Some(Outcome::Fails));
    let dropped = Change::DropColumn(Box::new(column(ColumnType::Integer)));
    let effect = on_any(Engine::Sqlite, &dropped);
    assert_eq!(effect.on(Role::This).rewrite, Some(true));
    assert_eq!(effect.loses, Some(Loss::Certain));
}

#[test]
fn mysql_widens_texts_in_place_while_the_length_keeps_its_bytes() {
    let widened = |from, to| {
        let text = |length| column(ColumnType::Varchar(Some(length)));
        let effect = on_any(Engine::MySql, &alter(text(from), text(to)));
        effect.on(Role::This).rewrite
    };
    assert_eq!(widened(20, 60), Some(false));
    assert_eq!(widened(300, 400), Some(false));
    assert_eq!(widened(60, 300), Some(true));
    // One to four bytes a character: the character set decides.
    assert_eq!(widened(100, 200), None);
    assert_eq!(widened(60, 20), Some(true));
}

#[test]
fn a_foreign_key_is_copied_into_mysql_and_looked_up_by_postgresql() {
    let key = Column {
        reference: Some(Reference {
            has_constraint: true,
            is_to_itself: false,
        }),
        is_indexed: true,
        ..column(ColumnType::BigInteger)
    };
    let effect = on_any(Engine::MySql, &add(key.clone()));
    let touch = effect.on(Role::This);
    assert_eq!(touch.rewrite, Some(true));
    assert!(touch.lock.flatten().is_some_and(super::Lock::blocks_writes));
    let effect = on_any(Engine::PostgreSql, &add(key));
    assert_eq!(effect.on(Role::This).rewrite, Some(false));
    assert_ne!(effect.on(Role::Referenced), Touch::NOTHING);
}

#[test]
fn types_that_are_not_known_are_said_to_be_so() {
    let changed = alter(column(ColumnType::Unknown), column(ColumnType::Integer));
    for engine in [Engine::PostgreSql, Engine::MySql, Engine::MariaDb] {
        let effect = on_any(engine, &changed);
        assert_eq!(effect.on(Role::This).rewrite, None, "{engine}");
        assert_eq!(effect.forwards, None, "{engine}");
        assert_eq!(effect.loses, None, "{engine}");
    }
}

#[test]
fn a_field_that_the_database_does_not_see_touches_nothing() {
    let alteration = Alteration {
        from: column(ColumnType::Integer),
        to: column(ColumnType::Integer),
        differs: false,
        has_same_default: false,
        referenced_by: 3,
        is_in_check: true,
        is_checked_not_null: false,
    };
    let change = Change::AlterColumn(Box::new(alteration));
    for engine in [
        Engine::PostgreSql,
        Engine::MySql,
        Engine::MariaDb,
        Engine::Sqlite,
    ] {
        let effect = on_any(engine, &change);
        assert_eq!(effect.statements, []);
        assert_eq!(effect.previous.insert, Some(Outcome::Works));
    }
}
