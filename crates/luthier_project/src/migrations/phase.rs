//! Which step of a deployment a migration belongs to.

use luthier_source::sql::{Alteration, Filling, Kind};

use super::MigrationId;
use super::applied::{Applied, Reach};
use super::operation::Operation;
use crate::Project;
use crate::django::operations::{Effect, Outcome};
use crate::modules::ValueRef;

/// When something is to be run, seen from the code that is deployed with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// At any time: the database does not see it.
    Any,
    /// Before the new code: the release before does not mind.
    Expand,
    /// Once nothing runs the release before any more, which would break.
    Contract,
    /// Beside either: rows are written, and nothing is said of tables.
    Data,
    /// At no time does all go on working: the new code needs what breaks the release before, or the steps
    /// of several times are in one migration.
    Mixed,
    Unknown,
}

impl Phase {
    /// Both, in one migration.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Any, phase) | (phase, Self::Any) => phase,
            (one, two) if one == two => one,
            (Self::Mixed, _) | (_, Self::Mixed) => Self::Mixed,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            _ => Self::Mixed,
        }
    }
}

impl Project {
    /// The step that a migration as a whole belongs to.
    pub fn phase(&self, migration: MigrationId) -> Phase {
        let own = self.migrations.applied_by(migration).iter();
        own.map(|applied| self.phase_of(applied))
            .fold(Phase::Any, Phase::and)
    }

    fn phase_of(&self, applied: &Applied) -> Phase {
        if !applied.reaches_database() {
            return Phase::Any;
        }
        match applied.operation() {
            Operation::RunPython { code, .. } => {
                let is_noop = |code: &ValueRef| {
                    let name = self.modules.value(*code).last_name();
                    name == Some("noop")
                };
                if code.as_ref().is_some_and(is_noop) {
                    return Phase::Any;
                }
                let statements = self.sql(applied).map(|sql| &sql.texts);
                let mut phase = match self.writes(applied) {
                    [] if statements.is_some() => Phase::Any,
                    _ => Phase::Data,
                };
                for text in statements.into_iter().flatten() {
                    phase = phase.and(of_statements(text.statements.as_deref()));
                }
                phase
            }
            Operation::RunSql { sql, .. } => match self.sql(applied) {
                Some(sql) if sql.is_whole => {
                    let texts = sql.texts.iter();
                    texts
                        .map(|text| of_statements(text.statements.as_deref()))
                        .fold(Phase::Any, Phase::and)
                }
                _ if sql.is_none() => Phase::Any,
                _ => Phase::Unknown,
            },
            Operation::Unknown { .. } => Phase::Unknown,
            _ if applied.step.is_overridden => Phase::Unknown,
            Operation::Server { .. } | Operation::CreateModel { .. } => Phase::Expand,
            _ if !applied.is_managed() => Phase::Any,
            _ if applied.is_on_new_table => Phase::Expand,
            _ => self.phase_of_change(applied),
        }
    }

    fn phase_of_change(&self, applied: &Applied) -> Phase {
        let effects = applied.effects(&self.modules, self.server(), self.django.version);
        let Some(effects) = effects else {
            return Phase::Unknown;
        };
        if effects.is_empty() {
            return Phase::Any;
        }
        let breaks: Option<Vec<bool>> = effects.iter().map(breaks).collect();
        // The new code asks for what these make.
        let is_needed = matches!(
            applied.operation(),
            Operation::AddField { .. }
                | Operation::RenameField { .. }
                | Operation::RenameModel { .. }
                | Operation::AlterModelTable { .. }
                | Operation::AlterOrderWithRespectTo { .. }
        );
        match breaks {
            None => Phase::Unknown,
            Some(breaks) if !breaks.contains(&true) => Phase::Expand,
            Some(_) if is_needed && applied.reach == Reach::Both => Phase::Mixed,
            Some(_) => Phase::Contract,
        }
    }
}

/// Whether the release before fails, or may; `None` where that is not known.
fn breaks(effect: &Effect) -> Option<bool> {
    let previous = &effect.previous;
    let parts = [
        &previous.select,
        &previous.insert,
        &previous.update,
        &previous.delete,
    ];
    let is_broken = |part: &&Option<Outcome>| part.as_ref().is_some_and(|it| *it != Outcome::Works);
    if parts.iter().any(is_broken) {
        return Some(true);
    }
    parts.iter().all(|part| part.is_some()).then_some(false)
}

fn of_statements(statements: Option<&[luthier_source::sql::Statement]>) -> Phase {
    let Some(statements) = statements else {
        return Phase::Unknown;
    };
    let phases = statements.iter().map(|statement| of_sql(&statement.kind));
    phases.fold(Phase::Any, Phase::and)
}

fn of_sql(kind: &Kind) -> Phase {
    match kind {
        Kind::Insert { .. } | Kind::Update { .. } | Kind::Delete { .. } | Kind::Truncate(_) => {
            Phase::Data
        }
        Kind::CreateTable { .. } | Kind::CreateIndex { .. } | Kind::DropIndexes { .. } => {
            Phase::Expand
        }
        Kind::AlterTable { actions, .. } => {
            let phases = actions.iter().map(of_action);
            phases.fold(Phase::Any, Phase::and)
        }
        Kind::DropTables(_) | Kind::DropDatabase | Kind::DropSchema => Phase::Contract,
        Kind::Begin | Kind::Commit | Kind::Set(_) | Kind::Select | Kind::Lock { .. } => Phase::Any,
        Kind::Rebuild { .. } => Phase::Any,
        Kind::CreateView(_) | Kind::Object | Kind::Other => Phase::Unknown,
    }
}

fn of_action(action: &Alteration) -> Phase {
    match action {
        Alteration::AddColumn(column)
            if column.is_not_null && matches!(column.filling, Filling::Null) =>
        {
            Phase::Mixed
        }
        Alteration::RenameColumn { .. } | Alteration::RenameTable(_) => Phase::Mixed,
        Alteration::AddColumn(_)
        | Alteration::DropNotNull(_)
        | Alteration::SetDefault
        | Alteration::ValidateConstraint(_)
        | Alteration::DropConstraint { .. }
        | Alteration::AddIndex
        | Alteration::DropIndex => Phase::Expand,
        Alteration::DropColumn(_)
        | Alteration::SetNotNull(_)
        | Alteration::DropDefault(_)
        | Alteration::AddConstraint { .. } => Phase::Contract,
        Alteration::SetType { .. } | Alteration::Modify { .. } | Alteration::Other => {
            Phase::Unknown
        }
    }
}
