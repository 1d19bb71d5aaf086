//! What an operation of a migration does to a database that is in use: which locks it takes, whether
//! tables are rewritten or read as a whole, what the previous release can still do, and whether it can
//! be taken back.
//!
//! A [`Change`] of the state comes to statements, as Django's schema editors make them (`emit`); a
//! statement to actions, whose effects are looked up in tables by database and release ([`facts`]).
//! What a change means for rows and for old code does not depend on statements (`outcome`,
//! `conversion`). PostgreSQL's part is measured on real servers with the real Django, by
//! `cargo xtask oracle locks`: every row of its table, every case of the rest that it has.

mod action;
mod change;
mod column;
mod conversion;
mod database;
mod effect;
mod emit;
pub mod facts;
mod outcome;
#[cfg(test)]
mod tests;

pub use action::{Action, Role};
pub use change::{Alteration, Change, Constraint, Index};
pub use column::{
    Column, ColumnType, Default, Digits, Generated, Reference, Sizes, Volatility, is_auto,
    is_positive,
};
pub use database::{Database, Engine, Release};
pub use effect::{Condition, Effect, Lock, Loss, Outcome, Previous, Statement, Touch, Transaction};
pub use emit::is_kept;

use super::DjangoVersion;
use action::Step;

/// What a change does. Where the release of the database is not known, only what is the same for all
/// of them is said.
pub fn effect(change: &Change, database: Database, django: DjangoVersion) -> Effect {
    let releases = match &database.release {
        Some(release) => std::slice::from_ref(release),
        None => database.engine.releases(),
    };
    let effects = releases
        .iter()
        .map(|release| on_release(change, database.engine, *release, django));
    effects
        .reduce(Effect::or)
        .expect("each database has releases")
}

fn on_release(change: &Change, engine: Engine, release: Release, django: DjangoVersion) -> Effect {
    let steps = emit::steps(change, engine, release, django);
    let mut transaction = Some(Transaction::Inside);
    let statements: Vec<_> = steps
        .into_iter()
        .map(|step| statement(step, engine, release, &mut transaction))
        .collect();
    let outcomes = outcome::outcomes(change, engine, django);
    Effect {
        statements,
        transaction,
        forwards: outcomes.forwards,
        previous: outcomes.previous,
        backwards: outcomes.backwards,
        loses: outcomes.loses,
        taking_back_loses: outcomes.taking_back_loses,
    }
}

/// Looks up what the actions of a statement do.
fn statement(
    step: Step,
    engine: Engine,
    release: Release,
    transaction: &mut Option<Transaction>,
) -> Statement {
    let mut touch = Touch::NOTHING;
    let mut touch_with = Touch::NOTHING;
    let mut sources = Vec::new();
    for action in &step.actions {
        match facts::find(engine, release, *action) {
            Some(fact) => {
                touch = touch.and(fact.touch);
                touch_with = touch_with.and(fact.with);
                sources.push(fact.source);
                if fact.transaction != Transaction::Inside {
                    *transaction = Some(fact.transaction);
                }
            }
            None => {
                touch = Touch::UNKNOWN;
                touch_with = Touch::UNKNOWN;
                *transaction = None;
            }
        }
    }
    Statement {
        actions: step.actions,
        on: step.on,
        with: step.with,
        touch,
        touch_with,
        sources,
    }
}
