//! What each action does to the tables that it touches, by database and release, with the source.

mod mysql;
mod postgresql;
mod sqlite;

use super::action::Action;
use super::database::{Engine, Release};
use super::effect::{Touch, Transaction};

/// One row of a table of facts.
#[derive(Debug)]
pub struct Fact {
    pub action: Action,
    /// The first release that it holds for.
    pub since: Release,
    /// What happens to the table that the statement is about.
    pub touch: Touch,
    /// What happens to the table at the other end of a foreign key.
    pub with: Touch,
    pub transaction: Transaction,
    pub source: &'static str,
}

/// All rows for a database: for each action, those of older releases first.
pub fn of(engine: Engine) -> &'static [Fact] {
    match engine {
        Engine::PostgreSql => postgresql::FACTS,
        Engine::MySql => mysql::MYSQL,
        Engine::MariaDb => mysql::MARIADB,
        Engine::Sqlite => sqlite::FACTS,
    }
}

/// The row for an action on a release; `None` where the table has none.
pub fn find(engine: Engine, release: Release, action: Action) -> Option<&'static Fact> {
    let mut facts = of(engine).iter().rev();
    facts.find(|fact| fact.action == action && fact.since <= release)
}

#[cfg(test)]
mod tests {
    use super::{Engine, of};

    #[test]
    fn rows_of_one_action_are_in_order_of_releases() {
        for engine in [
            Engine::PostgreSql,
            Engine::MySql,
            Engine::MariaDb,
            Engine::Sqlite,
        ] {
            let facts = of(engine);
            for (place, fact) in facts.iter().enumerate() {
                let before = facts[..place].iter().rev();
                let mut before = before.filter(|other| other.action == fact.action);
                assert!(
                    before.next().is_none_or(|other| other.since < fact.since),
                    "{engine}: {:?}",
                    fact.action
                );
                assert!(!fact.source.is_empty());
            }
        }
    }
}
