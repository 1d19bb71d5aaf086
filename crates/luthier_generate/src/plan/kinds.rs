//! Which kind of change an operation is, and what has no plan.

use luthier_project::django::operations::{Engine, Volatility};
use luthier_project::migrations::{Operation, Reach};

use super::recipe::{Because, Part, Recipe, Release};
use super::subject::{Subject, added, is_unsafe};
use super::{add_column, alter_column, another_key, indexes, remove, rename, through};

/// What becomes of an operation.
pub(super) enum Planned {
    /// It is harmless: it goes through as it is.
    AsItIs(Part),
    InReleases(Recipe),
    /// Code of its own, which is run once, with the first release.
    Run(Release),
    /// It goes with the one before it.
    WithLast,
}

/// What an operation means to the release before, and to whoever waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Risk {
    Harmless,
    /// Code or SQL of its own, which is judged by itself and cannot be taken apart.
    Opaque,
    Risky,
}

/// What an operation means; why that is not known, where it is not.
pub(super) fn risk(subject: &Subject<'_>) -> Result<Risk, Because> {
    match subject.operation() {
        Operation::RunPython { .. }
        | Operation::RunSql { .. }
        | Operation::Server { .. }
        | Operation::SeparateDatabaseAndState { .. }
        | Operation::Unknown { .. } => return Ok(Risk::Opaque),
        _ if subject.transition.reach != Reach::Both => return Ok(Risk::Opaque),
        _ if !subject.transition.is_on_existing_table() => return Ok(Risk::Harmless),
        _ => {}
    }
    if changes_relation(subject) || another_key::is_about_key(subject.transition) {
        return Ok(Risk::Risky);
    }
    let effects = subject.effects().ok_or_else(|| {
        format!(
            "what \"{}\" does to the database is not known",
            subject.operation().describe()
        )
    })?;
    let changes = subject.changes().unwrap_or_default();
    // An expression of which nothing is known may make PostgreSQL write the table anew.
    let may_rewrite =
        added(&changes).is_some_and(|column| column.db_default == Some(Volatility::Unknown));
    // Dropping an index takes a moment, for which it waits, and everybody behind it.
    let drops_index = subject.engine() == Engine::PostgreSql
        && matches!(
            subject.operation(),
            Operation::RemoveIndex {
                is_concurrent: false,
                ..
            }
        );
    Ok(match is_unsafe(&effects) || may_rewrite || drops_index {
        true => Risk::Risky,
        false => Risk::Harmless,
    })
}

/// How an operation comes to the database, by the side of one that is risky.
pub(super) fn planned(subject: Subject<'_>, risk: Risk) -> Result<Planned, Because> {
    match risk {
        Risk::Harmless => return as_it_is(&subject),
        Risk::Opaque => {
            return Err(format!(
                "\"{}\" is code of its own",
                subject.operation().describe()
            ));
        }
        Risk::Risky => {}
    }
    let recipe = match subject.operation() {
        _ if subject.engine() == Engine::Sqlite => {
            return Err("SQLite has one writer at a time, and releases that share a file stop for each other anyway: there is nothing to plan".to_owned());
        }
        _ if another_key::is_about_key(subject.transition) => another_key::plan(subject)?,
        Operation::AddField { .. } => add_column::plan(subject)?,
        Operation::RemoveField { .. } => remove::field(subject)?,
        Operation::DeleteModel { .. } => remove::model(subject)?,
        Operation::AlterField { .. } if changes_relation(&subject) => through::plan(subject)?,
        Operation::AlterField { .. } => alter_column::plan(subject)?,
        Operation::RenameField { .. } => rename::field(subject)?,
        Operation::RenameModel { .. } | Operation::AlterModelTable { .. } => {
            rename::table(subject)?
        }
        Operation::AddIndex { .. } => indexes::index(subject)?,
        Operation::RemoveIndex { .. } => indexes::without_index(subject)?,
        Operation::AddConstraint { .. } => indexes::constraint(subject)?,
        Operation::AlterTogether { .. } => indexes::together(subject)?,
        other => {
            return Err(format!(
                "luthier knows no way for \"{}\" without a standstill",
                other.describe()
            ));
        }
    };
    Ok(Planned::InReleases(recipe))
}

/// Whether a many-to-many relation gets another model between, or becomes something else.
fn changes_relation(subject: &Subject<'_>) -> bool {
    let Operation::AlterField { name, field, .. } = subject.operation() else {
        return false;
    };
    let before = subject.before().ok().and_then(|model| model.field(name));
    before.is_some_and(|before| {
        let is_relation = before.is_many_to_many() || field.is_many_to_many();
        is_relation
            && (before.through != field.through
                || before.is_many_to_many() != field.is_many_to_many())
    })
}

fn as_it_is(subject: &Subject<'_>) -> Result<Planned, Because> {
    let written = subject.written()?;
    let name = fragment(subject);
    Ok(Planned::AsItIs(Part::quick(name, vec![written])))
}

/// The one release of a change that is safe once it is made in another way.
pub(super) fn once(title: String, why: impl Into<String>, parts: Vec<Part>) -> Vec<Release> {
    vec![Release {
        title,
        why: why.into(),
        parts,
        ..Release::default()
    }]
}

/// What Django calls a migration of this operation: `Operation.migration_name_fragment` of Django 5.2.
pub(super) fn fragment(subject: &Subject<'_>) -> String {
    let lower = |name: &str| name.to_lowercase();
    match subject.operation() {
        Operation::CreateModel { name, .. } => lower(name),
        Operation::DeleteModel { name } => format!("delete_{}", lower(name)),
        Operation::RenameModel { old_name, new_name } => {
            format!("rename_{}_{}", lower(old_name), lower(new_name))
        }
        Operation::AlterModelTable { name, .. } => format!("alter_{}_table", lower(name)),
        Operation::AlterModelTableComment { name, .. } => {
            format!("alter_{}_table_comment", lower(name))
        }
        Operation::AlterTogether { kind, name, .. } => {
            format!("alter_{}_{}", lower(name), kind.option())
        }
        Operation::AlterOrderWithRespectTo { name, .. } => {
            format!("alter_{}_order_with_respect_to", lower(name))
        }
        Operation::AlterModelOptions { name, .. } => format!("alter_{}_options", lower(name)),
        Operation::AlterModelManagers { name, .. } => format!("alter_{}_managers", lower(name)),
        Operation::AddField { model, name, .. } => format!("{}_{name}", lower(model)),
        Operation::RemoveField { model, name } => format!("remove_{}_{name}", lower(model)),
        Operation::AlterField { model, name, .. } => format!("alter_{}_{name}", lower(model)),
        Operation::RenameField {
            model,
            old_name,
            new_name,
        } => format!("rename_{old_name}_{}_{new_name}", lower(model)),
        Operation::AddIndex { model, index, .. } => format!("{}_{}", lower(model), index.name()),
        Operation::RemoveIndex { model, name, .. }
        | Operation::RemoveConstraint { model, name } => format!("remove_{}_{name}", lower(model)),
        Operation::RenameIndex { new_name, .. } => format!("rename_{new_name}"),
        Operation::AddConstraint {
            model, constraint, ..
        } => format!("{}_{}", lower(model), constraint.name()),
        Operation::AlterConstraint { model, constraint } => {
            format!("alter_{}_{}", lower(model), constraint.name())
        }
        Operation::ValidateConstraint { model, name } => {
            format!("{}_validate_{name}", lower(model))
        }
        _ => "change".to_owned(),
    }
}
