//! What rules about operations share: which operations they look at, and how they report.

use std::sync::Arc;

use luthier_diagnostics::Confidence;
use luthier_project::Project;
use luthier_project::django::operations::{Change, Column, Effect, Engine, Role, Touch};
use luthier_project::facts::CallRef;
use luthier_project::migrations::{
    Applied, Left, Migration, MigrationId, ModelKey, ModelState, Operation, Reach, StateField,
};
use luthier_project::models::FieldKind;
use luthier_source::sql::Statement;

use crate::Context;
use crate::context::Reported;

/// Operations that change a table which was there before their migration: rows may be in it, and
/// the release before may be using it.
pub(super) fn on_existing_tables(project: &Project) -> impl Iterator<Item = &Applied> {
    let applied = project.migrations.applied().iter();
    applied.filter(|applied| applied.is_on_existing_table())
}

/// The same where the models follow at once: what the code of the release before knows.
pub(super) fn known_to_code(project: &Project) -> impl Iterator<Item = &Applied> {
    on_existing_tables(project).filter(|applied| applied.reach == Reach::Both)
}

/// What an operation on a table in use does to the database. Where nothing tells which server it is,
/// PostgreSQL is meant: what most projects run on, and the message says so.
pub(super) fn effects(project: &Project, applied: &Applied) -> Vec<Effect> {
    let effects = applied.effects(&project.modules, project.server(), project.django.version);
    effects.unwrap_or_default()
}

pub(super) fn is_postgresql(project: &Project) -> bool {
    project.server().engine == Engine::PostgreSql
}

/// Operations that add a column of a kind, and by that make the database write the whole table anew.
pub(super) fn rewriting<'p>(
    project: &'p Project,
    is_it: impl Fn(&Column) -> bool + 'p,
) -> impl Iterator<Item = &'p Applied> {
    on_existing_tables(project).filter(move |applied| {
        let changes = applied.changes(&project.modules).unwrap_or_default();
        let mut added = changes.iter();
        added.any(|change| matches!(change, Change::AddColumn(column) if is_it(column)))
            && Applied::touch(&effects(project, applied)).rewrite == Some(true)
    })
}

/// Who waits for a lock: `reads and writes`, `writes`.
pub(super) fn waiting(touch: Touch) -> Option<&'static str> {
    let lock = touch.lock??;
    if lock.blocks_reads() {
        Some("reads and writes")
    } else {
        lock.blocks_writes().then_some("writes")
    }
}

/// Who waits meanwhile, and on which database, as it reads after what is done.
pub(super) fn meanwhile(project: &Project, waiting: &str) -> String {
    let server = project.server().engine;
    format!("while {waiting} of the table wait on {server}")
}

/// What an operation does to one table that was there before its migration.
pub(super) struct OnTable<'p> {
    /// `` `Order` ``, or the name of the table where no model has it.
    pub(super) shown: String,
    pub(super) model: Option<ModelKey>,
    pub(super) touch: Touch,
    /// The name that the database has for it.
    table: Arc<str>,
    /// The one that does it, of an operation that is SQL.
    statement: Option<&'p Statement>,
    state: Option<&'p ModelState>,
}

impl OnTable<'_> {
    /// `shop.order`, or the name of the table where no model has it.
    pub(super) fn name(&self) -> String {
        match &self.model {
            Some((app, model)) => format!("{app}.{model}"),
            None => self.shown.clone(),
        }
    }

    /// Whether the migration has truncated it by then: nothing is there to go over.
    pub(super) fn is_truncated(&self, project: &Project, applied: &Applied) -> bool {
        project.left(applied, &self.table, self.state, self.statement) == Left::Nothing
    }

    /// Whether it is one of these, named by table or as `app.Model`.
    pub(super) fn is_one_of(&self, tables: &[String]) -> bool {
        match self.state {
            Some(state) => state.is_one_of(tables),
            None => tables
                .iter()
                .any(|table| *table == self.shown.trim_matches('`')),
        }
    }
}

/// What an operation does to tables that were there, in order; SQL statement by statement. What is not
/// known is left out.
pub(super) fn on_tables<'p>(project: &'p Project, applied: &'p Applied) -> Vec<OnTable<'p>> {
    if !applied.reaches_database() || applied.step.is_overridden {
        return Vec::new();
    }
    if let Some(before) = applied
        .before
        .as_deref()
        .filter(|_| applied.is_on_existing_table())
    {
        return vec![OnTable {
            shown: shown_model(applied),
            model: Some(before.key()),
            touch: Applied::touch(&effects(project, applied)),
            table: before.table(),
            statement: None,
            state: Some(before),
        }];
    }
    let of_sql = project.sql_effects(applied).into_iter();
    of_sql
        .map(|effect| {
            let model = project.table_before(applied.migration, effect.table);
            let name = model.map_or(effect.table, |model| &*model.name);
            OnTable {
                shown: format!("`{name}`"),
                model: model.map(|model| model.key()),
                touch: effect.effect.on(Role::This),
                table: effect.table.into(),
                statement: Some(effect.statement),
                state: model.map(|model| &**model),
            }
        })
        .collect()
}

/// Reports an operation. One of an older migration has long been run wherever the project is in
/// use, what was made shortly before may not be in use yet, one with methods of its own may do
/// otherwise, and a model may be otherwise that such a one has changed: these are only possible.
pub(super) fn report<'c>(
    context: &'c mut Context<'_>,
    applied: &Applied,
    message: String,
) -> Reported<'c> {
    let project = context.project;
    let migration = project.migrations.get(applied.migration);
    let location = applied.place(&project.modules).unwrap_or(migration.place);
    // Where there is more than was understood, what was may be one branch of several.
    let is_sure = project.migrations.is_recent(applied.migration)
        && !project.migrations.is_of_late(applied)
        && !project.migrations.does_more(applied.migration);
    let symbol = symbol(applied);
    let mut reported = context.report(location, message);
    reported.app(&*migration.app);
    if let Some(symbol) = symbol {
        reported.symbol(symbol);
    }
    let is_doubtful = applied.before.as_ref().is_some_and(|it| it.is_doubtful);
    if !is_sure || applied.step.is_overridden || is_doubtful {
        reported.confidence(Confidence::Possible);
    }
    reported
}

/// The call that makes an operation.
pub(super) fn call<'a>(project: &'a Project, applied: &Applied) -> Option<CallRef<'a>> {
    project.modules.value(applied.step.place?).as_call()
}

/// Whether an operation's class is Django's own: one that derives from it may be called otherwise.
pub(super) fn is_djangos(project: &Project, applied: &Applied) -> bool {
    let named = || {
        let callee = call(project, applied)?.callee;
        project
            .modules
            .qualified_expr(applied.step.place?.module, callee)
    };
    named().is_some_and(|name| name.starts_with("django."))
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

/// Whether a field that is added has a column which must not be NULL, which the database gives no
/// value by itself, and which the release before does not know.
pub(super) fn is_new_not_null(
    project: &Project,
    applied: &Applied,
    name: &str,
    field: &StateField,
) -> bool {
    let makes_its_own = matches!(field.kind(), FieldKind::Generated) || field.kind().is_auto();
    let is_not_null = field.null() == Some(false) && field.has_db_default() == Some(false);
    let is_known = |column: &str| {
        let begun = project.migrations.begun(applied);
        begun.is_some_and(|begun| begun.field_of_column(column).is_some())
    };
    let column = field.column(name);
    is_not_null && !makes_its_own && column.is_some_and(|column| !is_known(&column))
}

/// How a column that must not be NULL comes to a table in use.
pub(super) fn without_null(project: &Project) -> &'static str {
    if project.django.version.major >= 5 {
        "give it `db_default`, or add it with `null=True`, fill the rows in batches, and set NOT NULL in a later release"
    } else {
        "add it with `null=True`, fill the rows in batches, and set NOT NULL in a later release"
    }
}

/// What to do by hand, and the command that writes it where nothing around is in its way, which only
/// planning tells. Plans are made for PostgreSQL above all.
pub(super) fn or_plan(project: &Project, applied: &Applied, by_hand: &str) -> String {
    let migration = project.migrations.get(applied.migration);
    match is_postgresql(project) {
        true => format!(
            "{by_hand}; `luthier migrations plan --migration {}` writes that release by release, or says what is in its way",
            name(migration)
        ),
        false => by_hand.to_owned(),
    }
}

/// Whether a migration makes the table of a model.
pub(super) fn is_made_in(project: &Project, migration: MigrationId, model: &ModelKey) -> bool {
    let mut own = project.migrations.applied_by(migration).iter();
    own.any(|applied| {
        matches!(applied.operation(), Operation::CreateModel { .. })
            && applied
                .after
                .as_ref()
                .is_some_and(|made| made.key() == *model)
    })
}

/// `shop.0002_total`
pub(super) fn name(migration: &Migration) -> String {
    format!("{}.{}", migration.app, migration.name)
}
