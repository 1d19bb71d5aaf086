//! Migrations around those that a plan replaces: later ones of the app go with them, and those of other
//! apps that name one name what takes its place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use luthier_diagnostics::apply;
use luthier_diagnostics::plans::{Adapted, Plan};
use luthier_project::Project;
use luthier_project::migrations::{Migration, MigrationId, Reference};
use luthier_source::{Sources, Span};

use super::compose::{Group, Target};
use super::recipe::Because;
use super::verbatim::dependencies;

/// What takes the place of migrations that are replaced, by app and name.
#[derive(Debug, Default)]
pub(super) struct Successors(BTreeMap<(Arc<str>, Arc<str>), Arc<str>>);

impl Successors {
    /// The migration that is there in the end.
    pub(super) fn of(&self, app: &Arc<str>, name: &Arc<str>) -> (Arc<str>, Arc<str>) {
        let known = (Arc::clone(app), Arc::clone(name));
        match self.0.get(&known) {
            Some(name) => (known.0, Arc::clone(name)),
            None => known,
        }
    }

    /// Takes in a plan: the models are what they are in the end once its first release is run.
    pub(super) fn take(&mut self, project: &Project, group: &Group<'_>, plan: &Plan) {
        let first = plan.steps.first().and_then(|step| step.migrations.last());
        let name = first.and_then(|file| file.path.rsplit('/').next()?.strip_suffix(".py"));
        let (Some(name), Target::Migrations(ids)) = (name, &group.target) else {
            return;
        };
        let name: Arc<str> = name.into();
        for &id in ids {
            let migration = project.migrations.get(id);
            let known = (Arc::clone(&migration.app), Arc::clone(&migration.name));
            self.0.insert(known, Arc::clone(&name));
        }
    }
}

/// Migrations with the later ones of their apps, in order: those would build on what is not there any more.
pub(super) fn with_later(project: &Project, asked: &[MigrationId]) -> Vec<MigrationId> {
    let migrations = &project.migrations;
    let order = || migrations.in_order().map(|(id, _)| id);
    let app = |id: MigrationId| &migrations.get(id).app;
    let apps: BTreeSet<&Arc<str>> = asked.iter().map(|&id| app(id)).collect();
    let mut found = BTreeSet::new();
    for own in apps {
        let of_app = asked.iter().copied().filter(|&id| app(id) == own);
        let mut later: BTreeSet<MigrationId> = of_app.collect();
        for id in order() {
            if migrations.before(id).iter().any(|it| later.contains(it)) {
                later.insert(id);
            }
        }
        found.extend(later.into_iter().filter(|&id| app(id) == own));
    }
    order().filter(|id| found.contains(id)).collect()
}

/// The groups in an order in which each comes after those that its migrations come after. Those that come
/// after themselves by way of other apps come with the migration that is in between.
pub(super) fn in_order<'p>(
    project: &Project,
    groups: Vec<Group<'p>>,
) -> Vec<(Group<'p>, Option<MigrationId>)> {
    let owners: BTreeMap<MigrationId, usize> = groups
        .iter()
        .enumerate()
        .flat_map(|(index, group)| group.replaced().iter().map(move |&id| (id, index)))
        .collect();
    let reached: Vec<Reached> = groups
        .iter()
        .map(|group| Reached::from(project, group, &groups, &owners))
        .collect();
    let mut order: Vec<usize> = (0..groups.len()).collect();
    // Who comes after more groups comes later: those that it comes after come after fewer.
    order.sort_by_key(|&index| reached[index].groups.len());
    let mut groups: Vec<Option<Group<'p>>> = groups.into_iter().map(Some).collect();
    let ordered = order.into_iter().filter_map(|index| {
        let between = reached[index].between;
        Some((groups[index].take()?, between))
    });
    ordered.collect()
}

/// What a group comes after, where each group is one.
#[derive(Default)]
struct Reached {
    groups: BTreeSet<usize>,
    /// The migration of another app by way of which it comes after itself.
    between: Option<MigrationId>,
}

impl Reached {
    fn from(
        project: &Project,
        group: &Group<'_>,
        groups: &[Group<'_>],
        owners: &BTreeMap<MigrationId, usize>,
    ) -> Self {
        let own = group.replaced();
        let mut reached = Self::default();
        let mut seen = BTreeSet::new();
        let before = |id: MigrationId| project.migrations.before(id).iter().copied();
        let first = own.iter().flat_map(|&id| before(id));
        // Each with the one of another app that is next to the group.
        let mut open: Vec<(MigrationId, MigrationId)> = first
            .filter(|id| !own.contains(id))
            .map(|id| (id, id))
            .collect();
        while let Some((id, next)) = open.pop() {
            if own.contains(&id) {
                reached.between = reached.between.or(Some(next));
                continue;
            }
            if !seen.insert(id) {
                continue;
            }
            open.extend(before(id).map(|it| (it, next)));
            if let Some(&index) = owners.get(&id)
                && reached.groups.insert(index)
            {
                open.extend(groups[index].replaced().iter().map(|&it| (it, next)));
            }
        }
        reached
    }
}

/// Why migrations cannot be replaced because of those that name them.
pub(super) fn refused(
    project: &Project,
    ids: &[MigrationId],
    between: Option<MigrationId>,
) -> Option<Because> {
    let migrations = &project.migrations;
    let shown = |migration: &Migration| format!("{}.{}", migration.app, migration.name);
    if let Some(id) = between {
        return Some(format!(
            "{} comes between migrations that the plan would replace: let those after it wait for another plan",
            shown(migrations.get(id))
        ));
    }
    for (_, other) in migrations.all().filter(|(id, _)| !ids.contains(id)) {
        let strong = other.replaces.iter().chain(&other.run_before);
        let mut strong = strong.filter(|it| is_one_of(project, ids, it));
        if let Some(reference) = strong.next() {
            return Some(format!(
                "{} replaces {}.{} or runs before it, which the plan would take away",
                shown(other),
                reference.app,
                reference.name
            ));
        }
        let mut named = other.dependencies.iter();
        let open =
            named.find(|it| is_one_of(project, ids, it) && name_in(project, other, it).is_none());
        if let Some(reference) = open {
            return Some(format!(
                "{} names {}.{}, which the plan would replace, and not as two texts: no other name can be put there",
                shown(other),
                reference.app,
                reference.name
            ));
        }
    }
    None
}

fn is_one_of(project: &Project, ids: &[MigrationId], reference: &Reference) -> bool {
    let mut replaced = ids.iter().map(|&id| project.migrations.get(id));
    replaced.any(|it| it.app == reference.app && it.name == reference.name)
}

/// Where a migration has the name of another one that it comes after.
fn name_in(project: &Project, migration: &Migration, reference: &Reference) -> Option<Span> {
    let elements = dependencies(project, migration)?;
    let mut elements = elements.into_iter();
    let element = elements.find(|it| it.span() == reference.place.span)?;
    let name = element.elements()?.nth(1)?;
    (name.as_str() == Some(&*reference.name)).then(|| name.span())
}

/// Lets the migrations that stay name what is there in the end: each with the first plan that changes what
/// it names.
pub(super) fn adapt(
    project: &Project,
    sources: &Sources,
    successors: &Successors,
    plans: &mut [Plan],
) {
    let known = |it: &Reference| successors.of(&it.app, &it.name).1;
    for (_, migration) in project.migrations.all() {
        let is_gone = successors.of(&migration.app, &migration.name).1 != migration.name;
        let changed: Vec<&Reference> = migration
            .dependencies
            .iter()
            .filter(|it| known(it) != it.name)
            .collect();
        let file = project.modules.get(migration.module).file;
        let (Some(first), Some(file), false) = (changed.first(), file, is_gone) else {
            continue;
        };
        let source = sources.file(file);
        let named = changed.iter().filter_map(|it| {
            let span = name_in(project, migration, it)?;
            let is_single = source.text[span.start as usize..].starts_with('\'');
            let quote = if is_single { '\'' } else { '"' };
            Some((span, format!("{quote}{}{quote}", known(it))))
        });
        let named: Vec<(Span, String)> = named.collect();
        let edits: Vec<(Span, &str)> = named.iter().map(|(span, text)| (*span, &**text)).collect();
        let plan = plans.iter_mut().find(|plan| *plan.app == *first.app);
        let step = plan.and_then(|plan| plan.steps.first_mut());
        if let (Ok(text), Some(step)) = (apply(&source.text, &edits), step) {
            step.adapted.push(Adapted {
                path: source.path.to_string(),
                before: source.text.to_string(),
                text,
            });
        }
    }
}
