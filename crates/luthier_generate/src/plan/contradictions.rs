//! Operations of one change that get into each other's way, release by release.

use std::sync::Arc;

use luthier_project::Project;
use luthier_project::django::operations::{Action, Change, Role, Statement};
use luthier_project::migrations::{ModelKey, Operation, Transition};

use super::compose::Group;
use super::kinds::Planned;
use super::recipe::{Because, Recipe};
use super::sql::name;
use super::subject::added;

/// Why operations cannot be planned side by side, and which of them.
type Contradiction = (Vec<String>, Because);

/// `recipes` has what becomes of each operation of the group.
pub(super) fn contradiction(
    project: &Project,
    group: &Group<'_>,
    recipes: &[Planned],
) -> Option<Contradiction> {
    made_anew(project, group)
        .or_else(|| renamed_and_changed(project, group, recipes))
        .or_else(|| renamed_and_reached(group, recipes))
        .or_else(|| changed_twice(group, recipes))
}

/// A table that gets another name and changes otherwise: what comes before is not to have anything left
/// for a release that does not know the old name, and what comes after leaves alone what a view shows.
fn renamed_and_changed(
    project: &Project,
    group: &Group<'_>,
    recipes: &[Planned],
) -> Option<Contradiction> {
    let all = || group.transitions.iter().zip(recipes).enumerate();
    let mut renamings = all().filter(|(_, (transition, _))| {
        matches!(
            transition.step.operation,
            Operation::RenameModel { .. } | Operation::AlterModelTable { .. }
        )
    });
    renamings.find_map(|(place, (renaming, planned))| {
        let shown = format!(
            "{} gets another name and changes otherwise, too",
            renaming.model()?.name
        );
        let has_view = matches!(planned, Planned::InReleases(_));
        let names = keys(renaming);
        let mut others = all().filter(|(other, (transition, _))| {
            *other != place && keys(transition).iter().any(|key| names.contains(key))
        });
        others.find_map(|(other, (transition, planned))| {
            let has_more =
                matches!(planned, Planned::InReleases(recipe) if recipe.releases.len() > 1);
            let because = if other < place && has_more {
                "a later release would look for it under the old one; let that wait for a plan of its own, which comes after this one"
            } else if other > place && has_view && !is_beside(project, transition, planned) {
                "the view that has the old name for a release would not go along; let that wait for a plan of its own, which comes after this one"
            } else {
                return None;
            };
            Some((
                vec![transition.step.operation.describe()],
                format!("{shown}: {because}"),
            ))
        })
    })
}

/// A table that gets another name, while what another model needs calls it by one of its names: its columns
/// change with those of the other table, or it does not have that name yet.
fn renamed_and_reached(group: &Group<'_>, recipes: &[Planned]) -> Option<Contradiction> {
    let all = || group.transitions.iter().zip(recipes).enumerate();
    let mut renamings = all().filter_map(|(place, (transition, _))| match transition {
        Transition {
            before: Some(before),
            after: Some(after),
            ..
        } if before.table() != after.table() => Some((place, before, after)),
        _ => None,
    });
    renamings.find_map(|(place, before, after)| {
        let own = [before.key(), after.key()];
        let names = [before.table(), after.table()].map(|table| name(&table));
        let (other, (transition, _)) = all().find(|(other, (transition, planned))| {
            let Planned::InReleases(recipe) = planned else {
                return false;
            };
            let is_own = keys(transition).iter().any(|key| own.contains(key));
            // What only leads there finds it once it has its name.
            let is_bound = recipe.kind == "add-foreign-key-validating" && *other > place;
            !is_own && !is_bound && calls(recipe, &names)
        })?;
        let because = match other < place {
            true => "it would be looked for under the new one before it has that",
            false => "a view that has the old name for a release would not go along",
        };
        Some((
            vec![transition.step.operation.describe()],
            format!(
                "{} gets another name, and what is planned for {} changes its table, too: {because}; let that wait for a plan of its own, which comes after this one",
                after.name,
                transition.model()?.name
            ),
        ))
    })
}

/// Whether statements of a plan's own have one of these names in them.
fn calls(recipe: &Recipe, names: &[String]) -> bool {
    let parts = recipe.releases.iter().flat_map(|release| &release.parts);
    let operations = parts.flat_map(|part| &part.operations);
    let mut statements = operations.flat_map(|operation| &operation.statements);
    statements.any(|statement| names.iter().any(|name| statement.contains(name.as_str())))
}

fn keys(transition: &Transition) -> Vec<ModelKey> {
    let models = [&transition.before, &transition.after];
    models.into_iter().flatten().map(|it| it.key()).collect()
}

/// Whether the first release of an operation leaves every column that there is to those who know it.
fn is_beside(project: &Project, transition: &Transition, planned: &Planned) -> bool {
    let kind = match planned {
        Planned::InReleases(recipe) => recipe.kind,
        _ => "",
    };
    let effects = transition.effects(&project.modules, project.server(), project.django.version);
    let statements = effects.map(|effects| {
        let statements = effects.into_iter().flat_map(|effect| effect.statements);
        statements.collect::<Vec<_>>()
    });
    match &transition.step.operation {
        // Tables between it and others go along, of which its own effects do not tell.
        Operation::RenameModel { .. } => false,
        // The database does not see it.
        _ if kind.is_empty() && statements.as_ref().is_some_and(Vec::is_empty) => true,
        Operation::AddField { .. } => kind != "stored-column-rewrite",
        Operation::AddConstraint { .. } => kind != "add-exclusion-constraint",
        Operation::AlterField { .. } => {
            let changes = transition.changes(&project.modules).unwrap_or_default();
            let keeps_key = changes.iter().all(|change| match change {
                Change::AlterColumn(alteration) => {
                    alteration.from.is_primary_key == alteration.to.is_primary_key
                }
                _ => false,
            });
            // Another collation or comment comes with the type, too, and PostgreSQL alters none that a
            // view shows.
            keeps_key && statements.is_some_and(|statements| !alter_type(&statements))
        }
        Operation::RemoveField { name, .. } => {
            let field = transition.before.as_ref().and_then(|it| it.field(name));
            kind == "remove-column" && field.is_some_and(|field| !field.is_many_to_many())
        }
        Operation::RenameField { .. } => kind == "rename-column",
        Operation::AddIndex { .. }
        | Operation::RemoveIndex { .. }
        | Operation::RenameIndex { .. }
        | Operation::RemoveConstraint { .. }
        | Operation::AlterTogether { .. }
        | Operation::AlterModelOptions { .. }
        | Operation::AlterModelManagers { .. } => true,
        _ => false,
    }
}

/// Whether statements give a column of the table a type, be it the one that it has.
fn alter_type(statements: &[Statement]) -> bool {
    let own = statements.iter().filter(|it| it.on == Role::This);
    own.flat_map(|it| &it.actions).any(|action| {
        matches!(
            action,
            Action::AlterTypeKept
                | Action::AlterTypeKeptChecked
                | Action::AlterTypeKeptIndexed
                | Action::AlterTypeConverted
                | Action::AlterTypeSomehow
        )
    })
}

/// A column or a table that one operation leaves for a later release, and another one makes anew.
fn made_anew(project: &Project, group: &Group<'_>) -> Option<Contradiction> {
    let mut gone: Vec<(ModelKey, Arc<str>)> = Vec::new();
    let mut gone_tables: Vec<Arc<str>> = Vec::new();
    for transition in &group.transitions {
        let Some(model) = transition.model() else {
            continue;
        };
        match &transition.step.operation {
            Operation::DeleteModel { .. } => gone_tables.push(model.table()),
            Operation::CreateModel { .. } if gone_tables.contains(&model.table()) => {
                return Some((
                    vec![transition.step.operation.describe()],
                    format!(
                        "the table {} is removed and made anew in one change: give the new model another table, with `db_table`",
                        model.table()
                    ),
                ));
            }
            Operation::RemoveField { name, .. } => {
                let field = transition.before.as_ref().and_then(|it| it.field(name));
                if let Some(column) = field.and_then(|field| field.column(name)) {
                    gone.push((model.key(), column));
                }
            }
            Operation::AddField { .. } => {
                let changes = transition.changes(&project.modules).unwrap_or_default();
                let Some(column) = added(&changes) else {
                    continue;
                };
                if gone.contains(&(model.key(), Arc::clone(&column.name))) {
                    return Some((
                        vec![transition.step.operation.describe()],
                        format!(
                            "the column {} is removed and added in one change: give the new field another column, with `db_column`",
                            column.name
                        ),
                    ));
                }
            }
            _ => {}
        }
    }
    None
}

/// A field that has another column for a release, and changes otherwise with it.
fn changed_twice(group: &Group<'_>, recipes: &[Planned]) -> Option<Contradiction> {
    let field = |transition: &Transition| -> Option<(ModelKey, Vec<Arc<str>>)> {
        let names = match &transition.step.operation {
            Operation::AddField { name, .. }
            | Operation::AlterField { name, .. }
            | Operation::RemoveField { name, .. } => vec![Arc::clone(name)],
            Operation::RenameField {
                old_name, new_name, ..
            } => vec![Arc::clone(old_name), Arc::clone(new_name)],
            _ => return None,
        };
        Some((transition.model()?.key(), names))
    };
    let has_code = |planned: &Planned| match planned {
        Planned::InReleases(recipe) => recipe.releases.iter().any(|it| !it.code.is_empty()),
        _ => false,
    };
    let with_code = group.transitions.iter().zip(recipes);
    let mut with_code = with_code.filter(|(_, planned)| has_code(planned));
    with_code.find_map(|(transition, _)| {
        let (model, names) = field(transition)?;
        let other = group.transitions.iter().find(|other| {
            let about = field(other);
            !std::ptr::eq(**other, *transition)
                && about.is_some_and(|(other, others)| {
                    other == model && names.iter().any(|name| others.contains(name))
                })
        })?;
        Some((
            vec![other.step.operation.describe()],
            format!(
                "{} gets another type and changes otherwise, too: split that into migrations of their own",
                names[0]
            ),
        ))
    })
}
