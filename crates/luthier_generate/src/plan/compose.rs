//! The plan of one app: what its operations come to, put side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use luthier_diagnostics::plans::{
    Plan, PlanSource, PlanStep, PlannedMigration, Purpose, Unplanned,
};
use luthier_diagnostics::{NewFile, apply};
use luthier_project::Project;
use luthier_project::django::operations::Engine;
use luthier_project::migrations::{
    MigrationFile, MigrationId, ModelKey, Operation, Transition, number,
};
use luthier_source::{FileId, Sources, Span};

use super::contradictions::contradiction;
use super::kinds::{self, Planned, Risk, planned, risk};
use super::neighbours::{self, Successors};
use super::recipe::{Because, Part, Release, Written};
use super::subject::Subject;
use super::verbatim::{self, Verbatim};
use super::{another_key, models, sql, through};

/// Operations of an app that are planned together.
pub(super) struct Group<'p> {
    pub(super) app: Arc<str>,
    pub(super) transitions: Vec<&'p Transition>,
    pub(super) target: Target,
}

/// Where the operations come from.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// What `makemigrations` would write after this migration.
    Drift(Option<MigrationId>),
    /// What migrations do that come after each other, all of which the plan replaces.
    Migrations(Vec<MigrationId>),
}

impl Group<'_> {
    /// The migrations that its plan replaces.
    pub(super) fn replaced(&self) -> &[MigrationId] {
        match &self.target {
            Target::Drift(_) => &[],
            Target::Migrations(ids) => ids,
        }
    }
}

/// `None` where nothing is unsafe. Migrations that other plans replace are named by what takes their place;
/// one may be in the way of this plan.
pub(super) fn plan(
    project: &Project,
    sources: &Sources,
    group: &Group<'_>,
    successors: &Successors,
    between: Option<MigrationId>,
) -> Result<Option<Plan>, Unplanned> {
    let unplanned = |operations: Vec<String>, because: Because| Unplanned {
        app: group.app.to_string(),
        operations,
        because,
    };
    let removed: BTreeSet<ModelKey> = group
        .transitions
        .iter()
        .filter(|it| matches!(it.step.operation, Operation::DeleteModel { .. }))
        .filter_map(|it| Some(it.before.as_ref()?.key()))
        .collect();
    let replaced = replaced(group);
    let subject = |transition| Subject {
        project,
        sources,
        transition,
        group: &group.transitions,
        is_replacing: replaced.iter().any(|(_, by)| std::ptr::eq(*by, transition)),
        removed: &removed,
    };
    let mut refused: BTreeMap<Because, Vec<String>> = BTreeMap::new();
    let mut refuse = |transition: &Transition, because: Because| {
        let operation = transition.step.operation.describe();
        refused.entry(because).or_default().push(operation);
    };
    let mut risks = Vec::new();
    for &transition in &group.transitions {
        match risk(&subject(transition)) {
            Ok(risk) => risks.push((transition, risk)),
            Err(because) => refuse(transition, because),
        }
    }
    // Without anything risky, nothing has to be written.
    let is_risky = risks.iter().any(|(_, risk)| *risk == Risk::Risky);
    // What has nothing to wait for takes its place at once.
    let is_replaced = |transition: &Transition| {
        let by = replaced
            .iter()
            .find(|(it, _)| std::ptr::eq(*it, transition));
        by.is_some_and(|(_, by)| {
            risks
                .iter()
                .any(|(it, risk)| std::ptr::eq(*it, *by) && *risk == Risk::Risky)
        })
    };
    let mut recipes = Vec::new();
    let mut is_opaque = None;
    for (place, &(transition, risk)) in risks.iter().enumerate().filter(|_| is_risky) {
        let migration = migration_of(project, group, transition);
        if risk == Risk::Opaque && migration.is_some() && is_opaque == migration {
            recipes.push(Planned::WithLast);
            continue;
        }
        let told_key = another_key::is_told(transition, &group.transitions);
        if told_key == Some(another_key::Told::WithOther) {
            recipes.push(Planned::WithLast);
            continue;
        }
        is_opaque = migration.filter(|_| risk == Risk::Opaque);
        let planned = match is_opaque {
            Some(id) => {
                let following = risks[place..].iter();
                let own = following.take_while(|(other, risk)| {
                    *risk == Risk::Opaque && migration_of(project, group, other) == Some(id)
                });
                let own: Vec<&Transition> = own.map(|(transition, _)| *transition).collect();
                code_of_its_own(project, sources, id, &own, successors)
            }
            None if is_replaced(transition)
                || through::is_about_model_between(transition, &group.transitions)
                || told_key.is_some() =>
            {
                told(&subject(transition))
            }
            None => planned(subject(transition), risk),
        };
        match planned {
            Ok(planned) => recipes.push(planned),
            Err(because) => refuse(transition, because),
        }
    }
    if let Some((because, operations)) = refused.into_iter().next() {
        return Err(unplanned(operations, because));
    }
    if !is_risky {
        return Ok(None);
    }
    if let Some((operations, because)) = contradiction(project, group, &recipes) {
        return Err(unplanned(operations, because));
    }
    let all = || {
        let described = group.transitions.iter();
        described
            .map(|it| it.step.operation.describe())
            .collect::<Vec<_>>()
    };
    if let Some(because) = dependent(project, group, between) {
        return Err(unplanned(all(), because));
    }
    let risky: Vec<String> = group
        .transitions
        .iter()
        .zip(&recipes)
        .filter(|(_, planned)| matches!(planned, Planned::InReleases(_)))
        .filter_map(|(transition, _)| Some(transition.model()?.name.to_string()))
        .collect();
    let mut models = risky;
    models.dedup();
    let kinds: BTreeSet<&'static str> = recipes
        .iter()
        .filter_map(|planned| match planned {
            Planned::InReleases(recipe) => Some(recipe.kind),
            Planned::AsItIs(_) | Planned::Run(_) | Planned::WithLast => None,
        })
        .collect();
    let composed = Composition {
        project,
        sources,
        group,
        successors,
        releases: side_by_side(group, recipes),
    };
    let steps = composed
        .steps()
        .map_err(|because| unplanned(all(), because))?;
    Ok(Some(Plan {
        app: group.app.to_string(),
        source: match &group.target {
            Target::Drift(_) => PlanSource::Drift,
            Target::Migrations(ids) => {
                let replaced = ids.iter().map(|&id| project.migrations.get(id));
                let names = replaced.map(|it| format!("{}.{}", it.app, it.name));
                PlanSource::Migrations(names.collect())
            }
        },
        database: match project.server().engine {
            Engine::PostgreSql => "postgresql",
            Engine::MySql => "mysql",
            Engine::MariaDb => "mariadb",
            Engine::Sqlite => "sqlite",
        },
        models,
        operations: all(),
        kinds: kinds.into_iter().collect(),
        steps,
    }))
}

/// What is removed from `Meta` and comes back under its name, each with what brings it.
fn replaced<'s>(group: &Group<'s>) -> Vec<(&'s Transition, &'s Transition)> {
    let removed = |transition: &Transition| match &transition.step.operation {
        Operation::RemoveIndex { name, .. } | Operation::RemoveConstraint { name, .. } => {
            Some((transition.model()?.key(), Arc::clone(name)))
        }
        _ => None,
    };
    let added = |transition: &Transition| match &transition.step.operation {
        Operation::AddIndex { index: named, .. }
        | Operation::AddConstraint {
            constraint: named, ..
        } => Some((transition.model()?.key(), named.name.clone()?)),
        _ => None,
    };
    let mut found = Vec::new();
    for (place, transition) in group.transitions.iter().enumerate() {
        let Some(gone) = removed(transition).filter(|_| transition.is_on_existing_table()) else {
            continue;
        };
        let mut later = group.transitions[place + 1..].iter();
        let by = later.find(|other| added(other).as_ref() == Some(&gone));
        found.extend(by.map(|by| (*transition, *by)));
    }
    found
}

/// What only the models hear of for now.
fn told(subject: &Subject<'_>) -> Result<Planned, Because> {
    let written = subject.written()?;
    let summary = format!("{}, in the models only", written.summary);
    let code = sql::separate(Vec::new(), vec![written.code]);
    let part = Part::quick(kinds::fragment(subject), vec![Written::told(code, summary)]);
    Ok(Planned::AsItIs(part))
}

/// The migration that a transition is of, where migrations are planned.
fn migration_of(
    project: &Project,
    group: &Group<'_>,
    transition: &Transition,
) -> Option<MigrationId> {
    let Target::Migrations(ids) = &group.target else {
        return None;
    };
    let module = transition.step.place?.module;
    let mut ids = ids.iter().copied();
    ids.find(|&id| project.migrations.get(id).module == module)
}

/// A file with what is code of its own in a migration, in the place that it has there.
fn code_of_its_own(
    project: &Project,
    sources: &Sources,
    id: MigrationId,
    transitions: &[&Transition],
    successors: &Successors,
) -> Result<Planned, Because> {
    let migration = project.migrations.get(id);
    let end = migration
        .name
        .trim_start_matches(|letter: char| letter.is_ascii_digit());
    let part = Part {
        verbatim: Some(verbatim::kept(
            project,
            sources,
            migration,
            transitions,
            successors,
        )?),
        ..Part::alone(format!("{}_run", end.trim_start_matches('_')), Vec::new())
    };
    Ok(Planned::Run(Release {
        title: format!("Run what {} runs of its own", migration.name),
        why: "it is not judged here, and is run once: what the release before writes afterwards, it has not seen".to_owned(),
        parts: vec![part],
        ..Release::default()
    }))
}

/// Why what a plan builds on is not there, or what it replaces has to stay.
fn dependent(
    project: &Project,
    group: &Group<'_>,
    between: Option<MigrationId>,
) -> Option<Because> {
    let migrations = &project.migrations;
    if let Target::Migrations(ids) = &group.target {
        return neighbours::refused(project, ids, between).or_else(|| {
            let drifted = drifted_with(project, group)?;
            Some(format!(
                "{drifted} has changes that no migration has: write them first, or take them back"
            ))
        });
    }
    let made_elsewhere = migrations
        .drift()
        .apps
        .iter()
        .filter(|it| it.app != group.app);
    let made_elsewhere: BTreeSet<ModelKey> = made_elsewhere
        .flat_map(|drifted| &drifted.transitions)
        .filter(|it| matches!(it.step.operation, Operation::CreateModel { .. }))
        .filter_map(|it| Some(it.after.as_ref()?.key()))
        .collect();
    let targets = group.transitions.iter().filter_map(|transition| {
        let (Operation::AddField { field, .. } | Operation::AlterField { field, .. }) =
            &transition.step.operation
        else {
            return None;
        };
        field.target(&transition.model()?.key())
    });
    let mut targets = targets.filter(|target| made_elsewhere.contains(target));
    let (app, model) = targets.next()?;
    Some(format!(
        "{app}.{model} has no migration yet: write those of {app} first, with makemigrations"
    ))
}

/// A model that the migrations of a group are about, and which is not what they make of it.
fn drifted_with(project: &Project, group: &Group<'_>) -> Option<String> {
    let models: BTreeSet<ModelKey> = group
        .transitions
        .iter()
        .flat_map(|it| [&it.before, &it.after])
        .flatten()
        .map(|model| model.key())
        .collect();
    let drifted = &project.migrations.drift().apps;
    let mut others = drifted.iter().flat_map(|it| &it.transitions);
    let found = others.find_map(|it| it.model().filter(|model| models.contains(&model.key())))?;
    Some(format!("{}.{}", found.app, found.name))
}

/// The releases of all recipes, the first ones together, the second ones together.
fn side_by_side(group: &Group<'_>, recipes: Vec<Planned>) -> Vec<Vec<Release>> {
    let mut releases: Vec<Vec<Release>> = Vec::new();
    for (transition, planned) in group.transitions.iter().zip(recipes) {
        let about = transition.model().map(|model| model.key());
        let own = match planned {
            Planned::AsItIs(part) => vec![Release {
                parts: vec![part],
                ..Release::default()
            }],
            Planned::InReleases(recipe) => recipe.releases,
            Planned::Run(release) => vec![release],
            Planned::WithLast => Vec::new(),
        };
        for (index, mut release) in own.into_iter().enumerate() {
            for part in &mut release.parts {
                part.about.clone_from(&about);
            }
            if index == releases.len() {
                releases.push(Vec::new());
            }
            releases[index].push(release);
        }
    }
    releases
}

struct Composition<'a> {
    project: &'a Project,
    sources: &'a Sources,
    group: &'a Group<'a>,
    successors: &'a Successors,
    /// Release by release, what each operation does then.
    releases: Vec<Vec<Release>>,
}

impl Composition<'_> {
    fn steps(self) -> Result<Vec<PlanStep>, Because> {
        let migrations = &self.project.migrations;
        let app = &self.group.app;
        let folder = migrations
            .folder(app, &self.project.modules, self.sources)
            .ok_or_else(|| format!("the folder of the migrations of {app} is not known"))?;
        let mut names = Names::new(self.project, self.group, self.successors);
        let mut files = models::files_of(self.project, &self.models());
        let edits = self.releases.iter().flatten();
        files.extend(
            edits
                .flat_map(|release| &release.code)
                .map(|edit| edit.file),
        );
        files.sort_unstable();
        files.dedup();
        let mut texts: Vec<Option<String>> = vec![None; files.len()];
        let last = self.releases.len();
        let mut steps = Vec::new();
        for (index, releases) in self.releases.iter().enumerate() {
            let mut code = Vec::new();
            for (file, known) in files.iter().zip(&mut texts) {
                let text = self.text(*file, releases)?;
                // Each step has the files that differ from those of the step before.
                if known.as_ref() != Some(&text) {
                    code.push(NewFile {
                        path: self.sources.file(*file).path.to_string(),
                        text: text.clone(),
                    });
                    *known = Some(text);
                }
            }
            let mut written = Vec::new();
            for parts in merged(releases) {
                let file = match &parts[0].verbatim {
                    Some(verbatim) => names.verbatim(&parts[0].name, verbatim)?,
                    None => names.file(self.project, &parts),
                };
                written.push(PlannedMigration {
                    path: format!("{folder}/{}", file.path),
                    ..file
                });
            }
            let said = releases.iter().filter(|release| !release.title.is_empty());
            let purposes = said.map(|release| Purpose {
                title: release.title.clone(),
                why: release.why.clone(),
            });
            let conditions = releases
                .iter()
                .filter_map(|release| release.before_next.as_deref());
            let every = "every process runs this release";
            let before_next: Vec<&str> = [every].into_iter().chain(conditions).collect();
            let mut irreversible: Vec<&str> = Vec::new();
            for because in releases
                .iter()
                .filter_map(|release| release.irreversible.as_deref())
            {
                if !irreversible.contains(&because) {
                    irreversible.push(because);
                }
            }
            steps.push(PlanStep {
                number: index + 1,
                purposes: purposes.collect(),
                code,
                migrations: written,
                adapted: Vec::new(),
                removed: match (&self.group.target, index) {
                    (Target::Migrations(ids), 0) => {
                        ids.iter().filter_map(|&id| self.path(id)).collect()
                    }
                    _ => Vec::new(),
                },
                before_next: (index + 1 < last).then(|| before_next.join("; ")),
                irreversible: (!irreversible.is_empty()).then(|| irreversible.join("; ")),
            });
        }
        Ok(steps)
    }

    /// The code of a file in a release.
    fn text(&self, file: FileId, releases: &[Release]) -> Result<String, Because> {
        let edits = releases.iter().flat_map(|release| &release.code);
        let edits: Vec<(Span, &str)> = edits
            .filter(|edit| edit.file == file)
            .map(|edit| (edit.span, &*edit.text))
            .collect();
        let source = self.sources.file(file);
        apply(&source.text, &edits)
            .map_err(|_| format!("{} cannot be written for each of the releases", source.path))
    }

    fn path(&self, id: MigrationId) -> Option<String> {
        let module = self.project.migrations.get(id).module;
        let file = self.project.modules.get(module).file?;
        Some(self.sources.file(file).path.to_string())
    }

    /// The models that the operations are about.
    fn models(&self) -> Vec<ModelKey> {
        let transitions = self.group.transitions.iter();
        let models = transitions.filter_map(|transition| transition.model());
        let mut keys: Vec<ModelKey> = models.map(|model| model.key()).collect();
        keys.sort();
        keys.dedup();
        keys
    }
}

/// The parts of a release, those that may share a file together.
fn merged(releases: &[Release]) -> Vec<Vec<&Part>> {
    let mut files: Vec<Vec<&Part>> = Vec::new();
    for part in releases.iter().flat_map(|release| &release.parts) {
        match files.last_mut() {
            Some(last)
                if part.is_quick && last.iter().all(|it| it.is_quick && it.about == part.about) =>
            {
                last.push(part);
            }
            _ => files.push(vec![part]),
        }
    }
    files
}

/// The names of the files that a plan writes, one after the other.
struct Names<'p> {
    app: &'p Arc<str>,
    next: u32,
    taken: BTreeSet<String>,
    /// What the next file comes after.
    after: Vec<(Arc<str>, Arc<str>)>,
    /// Whether migrations are replaced: what they came after, the first file comes after.
    is_replacing: bool,
}

impl<'p> Names<'p> {
    fn new(project: &'p Project, group: &'p Group<'p>, successors: &Successors) -> Self {
        let migrations = &project.migrations;
        let of = |id| {
            let migration = migrations.get(id);
            (Arc::clone(&migration.app), Arc::clone(&migration.name))
        };
        let all = migrations.all();
        let own = all.filter(|(_, migration)| migration.app == group.app);
        let taken = own
            .map(|(_, migration)| migration.name.to_string())
            .collect();
        let (next, after) = match &group.target {
            Target::Drift(after) => (
                migrations.next_number(&group.app),
                after.iter().copied().map(of).collect(),
            ),
            Target::Migrations(ids) => {
                let replaced = || ids.iter().map(|&id| migrations.get(id));
                let is_replaced = |name: &str| replaced().any(|it| *it.name == *name);
                let dependencies = replaced().flat_map(|it| &it.dependencies);
                let dependencies: BTreeSet<(Arc<str>, Arc<str>)> = dependencies
                    .filter(|it| it.app != group.app || !is_replaced(&it.name))
                    .map(|it| successors.of(&it.app, &it.name))
                    .collect();
                let first = replaced().filter_map(|it| number(&it.name)).min();
                (first.unwrap_or(1), dependencies.into_iter().collect())
            }
        };
        Self {
            app: &group.app,
            next,
            taken,
            after,
            is_replacing: matches!(group.target, Target::Migrations(_)),
        }
    }

    /// A name that nobody has.
    fn free(&mut self, end: &str) -> String {
        let mut name = format!("{:04}_{}", self.next, shortened(end));
        while !self.taken.insert(name.clone()) {
            name.push_str("_safely");
        }
        self.next += 1;
        name
    }

    fn verbatim(&mut self, end: &str, verbatim: &Verbatim) -> Result<PlannedMigration, Because> {
        let name = self.free(end);
        let text = verbatim.after(&std::mem::take(&mut self.after))?;
        let path = format!("{name}.py");
        self.after = vec![(Arc::clone(self.app), name.into())];
        Ok(PlannedMigration {
            path,
            text,
            operations: vec!["Run it as it is".to_owned()],
        })
    }

    fn file(&mut self, project: &Project, parts: &[&Part]) -> PlannedMigration {
        let end = match parts {
            [only] => only.name.clone(),
            [first, second] => format!("{}_{}", first.name, second.name),
            several => format!("{}_and_more", several[0].name),
        };
        let name = self.free(&end);
        let operations = || parts.iter().flat_map(|part| &part.operations);
        let mut file = MigrationFile::empty(name, std::mem::take(&mut self.after));
        file.is_atomic = parts.iter().all(|part| part.is_atomic);
        file.operations = operations().map(|it| it.code.clone()).collect();
        if file.is_atomic
            && project.server().engine == Engine::PostgreSql
            && operations().any(|it| it.is_locking)
        {
            let [first, last] = sql::patience();
            file.operations.insert(0, first);
            file.operations.push(last);
        }
        file.definitions = parts
            .iter()
            .filter_map(|part| part.definitions.clone())
            .collect();
        let needs: BTreeSet<&ModelKey> = operations().flat_map(|it| &it.needs).collect();
        for key in needs {
            self.need(project, key, &mut file);
        }
        self.after = vec![(Arc::clone(self.app), Arc::from(&*file.name))];
        let summaries = operations().map(|it| it.summary.clone()).collect();
        PlannedMigration {
            path: format!("{}.py", file.name),
            text: file.text(),
            operations: summaries,
        }
    }

    /// A model of another app comes with that app's last migration.
    fn need(&self, project: &Project, (app, model): &ModelKey, file: &mut MigrationFile) {
        if app == self.app {
            return;
        }
        if project.user_model_label() == Some(format!("{app}.{model}")) {
            if !file.swappable.contains(&"AUTH_USER_MODEL") {
                file.swappable.push("AUTH_USER_MODEL");
            }
            return;
        }
        let is_named = file.dependencies.iter().any(|(known, _)| known == app);
        if is_named || self.is_replacing {
            return;
        }
        let migrations = &project.migrations;
        let own = migrations.in_order().filter(|(_, it)| it.app == *app);
        let last = own.last().map(|(_, migration)| Arc::clone(&migration.name));
        let name = last.unwrap_or_else(|| "__first__".into());
        file.dependencies.push((Arc::clone(app), name));
    }
}

/// As long as Django lets names be: `Migration.suggest_name` stops at 52 letters.
fn shortened(name: &str) -> String {
    const LONGEST: usize = 52;
    let name: String = name
        .chars()
        .map(|letter| match letter.is_ascii_alphanumeric() {
            true => letter.to_ascii_lowercase(),
            false => '_',
        })
        .collect();
    name.chars().take(LONGEST).collect()
}
