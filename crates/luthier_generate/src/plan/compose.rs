//! The plan of one app: what its operations come to, put side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use luthier_diagnostics::NewFile;
use luthier_diagnostics::plans::{
    Plan, PlanSource, PlanStep, PlannedMigration, Purpose, Unplanned,
};
use luthier_project::Project;
use luthier_project::django::operations::Engine;
use luthier_project::migrations::{
    MigrationFile, MigrationId, ModelKey, Operation, Transition, number,
};
use luthier_source::Sources;

use super::kinds::{Planned, Risk, planned, risk};
use super::models;
use super::recipe::{Because, Part, Recipe, Release};
use super::subject::{Subject, added};

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

/// `None` where nothing is unsafe.
pub(super) fn plan(
    project: &Project,
    sources: &Sources,
    group: &Group<'_>,
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
    let subject = |transition| Subject {
        project,
        transition,
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
    let mut recipes = Vec::new();
    for (transition, risk) in risks.into_iter().filter(|_| is_risky) {
        match planned(subject(transition), risk) {
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
    if let Some((operations, because)) = contradiction(project, group) {
        return Err(unplanned(operations, because));
    }
    let all = || {
        let described = group.transitions.iter();
        described
            .map(|it| it.step.operation.describe())
            .collect::<Vec<_>>()
    };
    if let Some(because) = dependent(project, group) {
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
    let composed = Composition {
        project,
        sources,
        group,
        releases: side_by_side(group, &mut recipes),
    };
    let steps = composed
        .steps()
        .map_err(|because| unplanned(all(), because))?;
    let kinds: BTreeSet<&'static str> = recipes
        .iter()
        .filter_map(|planned| match planned {
            Planned::InReleases(recipe) => Some(recipe.kind),
            Planned::AsItIs(_) => None,
        })
        .collect();
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

/// Why what a plan builds on is not there, or what it replaces has to stay.
fn dependent(project: &Project, group: &Group<'_>) -> Option<Because> {
    let migrations = &project.migrations;
    if let Target::Migrations(ids) = &group.target {
        let is_replaced = |app: &str, name: &str| {
            let mut replaced = ids.iter().map(|&id| migrations.get(id));
            replaced.any(|it| *it.app == *app && *it.name == *name)
        };
        let others = migrations.all().filter(|(id, _)| !ids.contains(id));
        let references = others.flat_map(|(_, other)| {
            let named = other.dependencies.iter().chain(&other.replaces);
            named.map(move |reference| (other, reference))
        });
        for (other, reference) in references {
            if is_replaced(&reference.app, &reference.name) {
                return Some(format!(
                    "{}.{} names {}.{}, which the plan would replace: plan both, or let it name what comes before",
                    other.app, other.name, reference.app, reference.name
                ));
            }
        }
        let is_lacking = migrations.drift().apps.iter().any(|it| it.app == group.app);
        return is_lacking.then(|| {
            format!(
                "the models of {} have changes that no migration has: write them first, or take them back",
                group.app
            )
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

/// A column that one operation leaves for a later release, and another one makes anew.
fn contradiction(project: &Project, group: &Group<'_>) -> Option<(Vec<String>, Because)> {
    let mut gone: Vec<(ModelKey, Arc<str>)> = Vec::new();
    let mut gone_tables: Vec<Arc<str>> = Vec::new();
    for transition in &group.transitions {
        let Some(model) = transition.model() else {
            continue;
        };
        match &transition.step.operation {
            Operation::RenameModel { old_name, .. } => {
                let names = [old_name.to_lowercase(), model.name.to_lowercase()];
                let mut others = group.transitions.iter().filter(|other| {
                    let about = other.model().map(|model| model.name.to_lowercase());
                    !std::ptr::eq(**other, *transition)
                        && about.is_some_and(|about| names.contains(&about))
                });
                let Some(other) = others.next() else {
                    continue;
                };
                return Some((
                    vec![other.step.operation.describe()],
                    format!(
                        "{} gets another name and changes otherwise, too: a later release would look for it under the old one; split that into migrations of their own",
                        model.name
                    ),
                ));
            }
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

/// The releases of all recipes, the first ones together, the second ones together.
fn side_by_side(group: &Group<'_>, recipes: &mut [Planned]) -> Vec<Vec<Release>> {
    let mut releases: Vec<Vec<Release>> = Vec::new();
    for (transition, planned) in group.transitions.iter().zip(recipes) {
        let about = transition.model().map(|model| model.key());
        let own = match planned {
            Planned::AsItIs(part) => {
                let operations = part.operations.clone();
                vec![Release {
                    parts: vec![Part::quick(part.name.clone(), operations)],
                    ..Release::default()
                }]
            }
            Planned::InReleases(Recipe { releases, .. }) => std::mem::take(releases),
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
        let mut names = Names::new(self.project, self.group);
        let files = models::files_of(self.project, &self.models());
        let last = self.releases.len();
        let mut steps = Vec::new();
        for (index, releases) in self.releases.iter().enumerate() {
            let code = files.iter().filter(|_| index == 0).map(|&file| {
                let file = self.sources.file(file);
                NewFile {
                    path: file.path.to_string(),
                    text: file.text.to_string(),
                }
            });
            let code = code.collect();
            let written = merged(releases)
                .into_iter()
                .map(|parts| names.file(self.project, &parts));
            let written = written.map(|(file, operations)| PlannedMigration {
                path: format!("{folder}/{}.py", file.name),
                text: file.text(),
                operations,
            });
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
            let irreversible: Vec<&str> = releases
                .iter()
                .filter_map(|release| release.irreversible.as_deref())
                .collect();
            steps.push(PlanStep {
                number: index + 1,
                purposes: purposes.collect(),
                code,
                migrations: written.collect(),
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
}

impl<'p> Names<'p> {
    fn new(project: &'p Project, group: &'p Group<'p>) -> Self {
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
                    .map(|it| (Arc::clone(&it.app), Arc::clone(&it.name)))
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
        }
    }

    fn file(&mut self, project: &Project, parts: &[&Part]) -> (MigrationFile, Vec<String>) {
        let end = match parts {
            [only] => only.name.clone(),
            [first, second] => format!("{}_{}", first.name, second.name),
            several => format!("{}_and_more", several[0].name),
        };
        let mut name = format!("{:04}_{}", self.next, shortened(&end));
        while !self.taken.insert(name.clone()) {
            name.push_str("_safely");
        }
        self.next += 1;
        let operations = || parts.iter().flat_map(|part| &part.operations);
        let mut file = MigrationFile::empty(name, std::mem::take(&mut self.after));
        file.is_atomic = parts.iter().all(|part| part.is_atomic);
        file.operations = operations().map(|it| it.code.clone()).collect();
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
        (file, summaries)
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
        if file.dependencies.iter().any(|(known, _)| known == app) {
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
