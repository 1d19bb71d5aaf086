//! One run: read, link, ask the rules, and leave what the user wants to see.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use luthier_diagnostics::{
    Category, Confidence, DependsOn, Finding, ProjectSummary, Report, RuleInfo, Stats,
    review::Review,
};
use luthier_project::django::{DjangoTarget, VersionSource, checks};
use luthier_project::flows::CallGraph;
use luthier_project::migrations::Since;
use luthier_project::modules::ModuleId;
use luthier_project::settings::SettingsModule;
use luthier_project::{Base, FileFacts, Installed, Project, ProjectOptions};
use luthier_rules::{Options, Rule, registry, runner};
use luthier_source::{FileKind, Progress, SitePackages, Sources, WalkOptions, folders};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::answers::{self, Answers};
use crate::config::{ConfigError, Loaded, nearest};
use crate::date::Date;
use crate::earlier::EarlierReport;
use crate::select::{self, Asked, PerFile};
use crate::{fingerprint, review, suppress};

/// What to do.
#[derive(Clone, Debug)]
pub struct Request {
    /// The folder given; paths are relative to it.
    pub root: PathBuf,
    /// Only findings in these files and folders, relative to the root with forward slashes; all
    /// where empty. The whole project is read in any case.
    pub only: Vec<String>,
    pub configuration: Loaded,
    /// What the command line says about rules.
    pub asked: Asked,
    /// Only what Django's own checks would say, with what only the environment decides.
    pub deploy: bool,
    /// Overrides the configuration's.
    pub confidence: Option<Confidence>,
    /// Findings of an earlier run that are not shown again.
    pub baseline: Option<EarlierReport>,
    /// What changes are compared with, where a commit was named.
    pub base: Option<Arc<Base>>,
    /// What the last release had, where it was told: its migrations do no harm any more.
    pub since: Option<Arc<Since>>,
    /// An interpreter or environment whose packages the project uses, where named.
    pub python: Option<PathBuf>,
    /// Whether the review page is wanted.
    pub review: bool,
    /// The folder of the cache; none is used or written where there is none.
    pub cache: Option<PathBuf>,
    /// Told how far the run has come.
    pub progress: Option<Arc<Progress>>,
    /// Decides which suppressions have expired.
    pub today: Date,
}

impl Request {
    /// Everything as usual for the folder at `root`.
    pub fn new(root: impl Into<PathBuf>, configuration: Loaded, today: Date) -> Self {
        Self {
            root: root.into(),
            only: Vec::new(),
            configuration,
            asked: Asked::default(),
            deploy: false,
            confidence: None,
            baseline: None,
            base: None,
            since: None,
            python: None,
            review: false,
            cache: None,
            progress: None,
            today,
        }
    }

    fn confidence(&self) -> Confidence {
        let configured = self.configuration.config.confidence.map(Confidence::from);
        // Who asks what Django says gets all of it, also where a site may set it right.
        let usual = match self.deploy {
            true => Confidence::Possible,
            false => Confidence::Likely,
        };
        self.confidence.or(configured).unwrap_or(usual)
    }

    /// The rules that this run asks, by code.
    pub fn rules(&self) -> Vec<&'static Rule> {
        let config = Asked::of_config(&self.configuration.config);
        let mut rules = select::rules(&config, &self.asked);
        if self.deploy {
            rules.retain(|rule| checks::by_code(rule.code).is_some());
        }
        rules
    }
}

/// Why there is nothing to analyse.
#[derive(Debug)]
pub enum CheckError {
    /// The folder cannot be read.
    Root { path: PathBuf, error: io::Error },
    /// The configuration asks for what the project does not have.
    Config(ConfigError),
    /// The last release is told by a migration that is not there: `app.name`.
    NoSuchMigration(String),
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root { path, error } => write!(f, "cannot read {}: {error}", path.display()),
            Self::Config(error) => error.fmt(f),
            Self::NoSuchMigration(name) => {
                write!(f, "neither a commit nor a migration of the project: {name}")
            }
        }
    }
}

impl std::error::Error for CheckError {}

/// What a run found.
#[derive(Debug)]
pub struct Outcome {
    pub sources: Sources,
    pub project: ProjectSummary,
    /// In final order, with fingerprints.
    pub findings: Vec<Finding>,
    pub depends: Vec<DependsOn>,
    pub stats: Stats,
    /// The rules that ran, by code.
    pub rules: Vec<RuleInfo>,
    pub review: Option<Review>,
    /// What this run was asked to report; all where empty.
    pub only: Vec<String>,
    /// The fingerprints of findings that are there and were not to be shown: not sure enough, in
    /// other places, ignored in their file, or known to the baseline.
    pub hidden: Vec<String>,
    /// How many findings comments silenced.
    pub suppressed: usize,
    /// How many findings the baseline holds.
    pub known: usize,
}

impl Outcome {
    /// What formats write down.
    pub fn report(&self) -> Report<'_> {
        Report {
            sources: &self.sources,
            project: self.project.clone(),
            findings: self.findings.clone(),
            depends: self.depends.clone(),
            skipped: self.sources.skipped.clone(),
            stats: self.stats,
            rules: self.rules.clone(),
            review: self.review.clone(),
        }
    }
}

/// Reads the folder and analyses every project in it. Where nothing has changed since an earlier run
/// asked the same, its answer is the answer.
pub fn check(request: &Request) -> Result<Outcome, CheckError> {
    let started = Instant::now();
    let mut outcome = match &request.cache {
        Some(cache) if !request.review => check_again(request, cache)?,
        _ => {
            let (sources, facts) = read(request)?;
            let (outcome, projects) = analyse(request, sources, facts)?;
            let_go(projects);
            outcome
        }
    };
    outcome.stats.seconds = started.elapsed().as_secs_f64();
    Ok(outcome)
}

fn check_again(request: &Request, cache: &Path) -> Result<Outcome, CheckError> {
    let read = luthier_project::read_keys(&request.root, &walk_options(request));
    let (sources, keys) = read.map_err(|error| unreadable(request, error))?;
    let options = project_options(request);
    let key = answers::key(request, &options, &sources, &keys);
    let answers = Answers::open(cache, &request.root);
    if let Some(found) = answers.get(key) {
        return Ok(show(request, sources, found));
    }
    let facts = luthier_project::cached_facts(&sources, &keys, cache);
    let projects = link(request, &options, &sources, facts)?;
    let rules = request.rules();
    let found = Judged::new(request, &rules, &projects, &sources).found;
    options.installed.save();
    answers.keep(key, &found, options.installed.seen());
    let_go(projects);
    Ok(show(request, sources, found))
}

/// Takes projects apart while the report is being written: that takes as long.
fn let_go(projects: Vec<Project>) {
    rayon::spawn(move || drop(projects));
}

pub(crate) fn read(request: &Request) -> Result<(Sources, Vec<FileFacts>), CheckError> {
    let walk = walk_options(request);
    let read = match &request.cache {
        None => luthier_project::read(&request.root, &walk),
        Some(cache) => luthier_project::read_keys(&request.root, &walk).map(|(sources, keys)| {
            let facts = luthier_project::cached_facts(&sources, &keys, cache);
            (sources, facts)
        }),
    };
    read.map_err(|error| unreadable(request, error))
}

fn unreadable(request: &Request, error: io::Error) -> CheckError {
    CheckError::Root {
        path: request.root.clone(),
        error,
    }
}

fn walk_options(request: &Request) -> WalkOptions {
    let configuration = &request.configuration;
    let patterns = configuration.config.exclude.iter();
    let below = patterns.filter_map(|pattern| below(pattern, &configuration.prefix));
    WalkOptions {
        exclude: below.collect(),
        progress: request.progress.clone(),
    }
}

/// A pattern that is relative to the configuration's folder, as one relative to the folder `prefix`
/// below it; `None` where it matches nothing there.
fn below(pattern: &str, prefix: &str) -> Option<String> {
    let inner = pattern.trim_end_matches('/');
    let is_anchored = inner.contains('/') && !inner.starts_with("**/");
    if prefix.is_empty() || !is_anchored {
        return Some(pattern.to_owned());
    }
    let rest = pattern.trim_start_matches('/').strip_prefix(prefix)?;
    Some(format!("/{rest}"))
}

/// Everything after reading.
pub(crate) fn analyse(
    request: &Request,
    sources: Sources,
    facts: Vec<FileFacts>,
) -> Result<(Outcome, Vec<Project>), CheckError> {
    let options = project_options(request);
    let projects = link(request, &options, &sources, facts)?;
    // A review judges by every rule, whatever is selected to be shown.
    let rules = if request.review {
        registry::all()
    } else {
        request.rules()
    };
    let judged = Judged::new(request, &rules, &projects, &sources);
    options.installed.save();
    let outcome = if request.review {
        let calls: Vec<CallGraph> = projects.iter().map(CallGraph::of).collect();
        let Judged { mut found, answers } = judged;
        let mut review = reviewed(&projects, &calls, &sources, &found.findings, &answers);
        let selected = request.rules();
        let is_selected = |code: &str| selected.iter().any(|rule| rule.code == code);
        found.findings.retain(|finding| is_selected(finding.code));
        let mut outcome = show(request, sources, found);
        if let Some(review) = &mut review {
            let pairs = projects.iter().zip(&calls);
            let traffic: Vec<_> = pairs
                .map(|(project, calls)| review::Traffic::of(project, calls))
                .collect();
            review.first = review::first(&outcome.findings, &traffic, &outcome.sources);
        }
        outcome.review = review;
        outcome
    } else {
        show(request, sources, judged.found)
    };
    Ok((outcome, projects))
}

/// The facts of all files, taken back out of the projects.
pub(crate) fn facts_of(projects: Vec<Project>) -> Vec<FileFacts> {
    let facts = projects.first().map(|project| project.files.clone());
    drop(projects);
    facts.and_then(Arc::into_inner).unwrap_or_default()
}

fn link(
    request: &Request,
    options: &ProjectOptions,
    sources: &Sources,
    facts: Vec<FileFacts>,
) -> Result<Vec<Project>, CheckError> {
    let projects = Project::link_all(sources, facts, options);
    expect_told(request, &projects, sources)?;
    Ok(projects)
}

/// Refuses what is told of projects that have no such thing.
pub(crate) fn expect_told(
    request: &Request,
    projects: &[Project],
    sources: &Sources,
) -> Result<(), CheckError> {
    expect_settings(request, projects, sources)?;
    let Some(Since::Migration { app, name }) = request.since.as_deref() else {
        return Ok(());
    };
    let mut all = projects.iter().flat_map(|project| project.migrations.all());
    match all.any(|(_, migration)| migration.app == *app && migration.name == *name) {
        true => Ok(()),
        false => Err(CheckError::NoSuchMigration(format!("{app}.{name}"))),
    }
}

/// What a run found, before anything is left out of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) project: Linked,
    /// In final order, with fingerprints; what comments silence is not among them.
    pub(crate) findings: Vec<Finding>,
    pub(crate) depends: Vec<DependsOn>,
    /// How many findings comments silenced.
    pub(crate) suppressed: usize,
    /// Of all files.
    pub(crate) lines: usize,
}

/// What was found, and what the rules said of each project.
struct Judged {
    found: Found,
    answers: Vec<runner::Output>,
}

impl Judged {
    fn new(
        request: &Request,
        rules: &[&'static Rule],
        projects: &[Project],
        sources: &Sources,
    ) -> Self {
        let mut answers = ask(request, rules, projects, sources);
        let runner::Output {
            mut findings,
            depends,
            ..
        } = together(&mut answers);
        let suppressed = suppress::suppress(
            &mut findings,
            sources,
            |file| projects.first()?.facts(file).python(),
            suppress::Settings {
                ran: rules,
                require_reason: request.configuration.config.require_reason,
                today: request.today,
            },
        );
        runner::sort(&mut findings);
        fingerprint::set(&mut findings, sources);
        let found = Found {
            project: Linked::of(projects),
            findings,
            depends,
            suppressed,
            lines: lines(sources),
        };
        Self { found, answers }
    }
}

/// What the user wants to see of what was found.
fn show(request: &Request, sources: Sources, found: Found) -> Outcome {
    let mut findings = found.findings;
    let mut hidden = leave_wanted(request, &mut findings, &sources);
    let baseline = request.baseline.as_ref();
    let known = baseline.map_or_else(Vec::new, |baseline| baseline.retain_new(&mut findings));
    let number_known = known.len();
    hidden.extend(known);
    Outcome {
        project: found.project.summary(&sources),
        findings,
        depends: found.depends,
        stats: Stats {
            files: sources.len(),
            lines: found.lines,
            seconds: 0.0,
        },
        rules: request.rules().iter().map(|rule| rule.info()).collect(),
        review: None,
        only: request.only.clone(),
        hidden,
        suppressed: found.suppressed,
        known: number_known,
        sources,
    }
}

pub(crate) fn project_options(request: &Request) -> ProjectOptions {
    let config = &request.configuration.config;
    let packages = SitePackages::find(&request.root, request.python.as_deref());
    ProjectOptions {
        settings: config.settings.clone(),
        target_django: config.target_django.clone(),
        database: config.database(),
        installed: Arc::new(Installed::new(packages, request.cache.as_deref())),
        base: request.base.clone(),
        since: request.since.clone(),
        replays: request.review || request.rules().iter().any(|rule| asks_for_replay(rule)),
    }
}

fn asks_for_replay(rule: &Rule) -> bool {
    rule.category == Category::Migrations
}

/// Refuses a configured settings module that is not there: all that is said of settings would be
/// said of another one. A configuration further up may mean another project of the repository.
fn expect_settings(
    request: &Request,
    projects: &[Project],
    sources: &Sources,
) -> Result<(), CheckError> {
    let configuration = &request.configuration;
    let Some(configured) = configuration.config.settings.as_deref() else {
        return Ok(());
    };
    let (name, class) = configured
        .split_once(':')
        .map_or((configured, None), |(name, class)| (name, Some(class)));
    let has = |project: &Project| {
        let own = project.modules.find(name);
        own.filter(|id| project.modules.is_repository(*id))
            .is_some_and(|id| class.is_none_or(|class| has_class(project, id, class)))
    };
    if !uses_django(sources) || projects.iter().any(has) || is_elsewhere(name, configuration) {
        return Ok(());
    }
    let modules = projects
        .iter()
        .flat_map(|project| &project.settings.modules);
    let mut known: Vec<String> = modules.map(full_name).collect();
    known.retain(|known| known != configured);
    let known = || known.iter().map(String::as_str);
    let rest = match nearest(configured, known()) {
        Some(nearest) => format!("; did you mean `{nearest}`?"),
        None if known().next().is_none() => String::new(),
        None => format!("; there is {}", known().collect::<Vec<_>>().join(", ")),
    };
    let message = format!("no settings module `{configured}` in the project{rest}");
    Err(CheckError::Config(ConfigError::of_key(
        configuration,
        "settings",
        message,
    )))
}

fn has_class(project: &Project, module: ModuleId, name: &str) -> bool {
    let facts = project.modules.facts(module);
    let mut classes = facts.class_ids();
    classes.any(|class| facts.text(facts.class(class).name) == name)
}

/// As the configuration names it.
fn full_name(module: &SettingsModule) -> String {
    match &module.class {
        Some(class) => format!("{}:{class}", module.name),
        None => module.name.clone(),
    }
}

/// Whether a module of that name lies below the configuration's folder, where that is not the
/// folder that was read.
fn is_elsewhere(dotted: &str, configuration: &Loaded) -> bool {
    let folder = configuration.path.as_deref().and_then(Path::parent);
    let Some(folder) = folder.filter(|_| !configuration.prefix.is_empty()) else {
        return false;
    };
    let name = dotted.replace('.', "/");
    let names = [format!("/{name}.py"), format!("/{name}/__init__.py")];
    let walk = WalkOptions {
        exclude: configuration.config.exclude.clone(),
        progress: None,
    };
    let Ok((sources, _)) = Sources::load(folder, &walk, |_| ()) else {
        return false;
    };
    sources.iter().any(|(_, file)| {
        names
            .iter()
            .any(|name| format!("/{}", file.path).ends_with(name))
    })
}

/// What the rules say of each project.
pub(crate) fn ask(
    request: &Request,
    rules: &[&'static Rule],
    projects: &[Project],
    sources: &Sources,
) -> Vec<runner::Output> {
    let config = &request.configuration.config;
    let options = Options {
        large_tables: config.large_tables.clone(),
        owner_fields: config.owner_fields.clone(),
        tenant_fields: config.tenant_fields.clone(),
        // What the environment decides is no finding; only who asks about deployment wants it.
        only_findings: !request.deploy && !request.review,
    };
    let run = |project| runner::run(rules, project, sources, &options);
    projects.iter().map(run).collect()
}

/// The answers of all projects in one list; the findings move there.
fn together(answers: &mut [runner::Output]) -> runner::Output {
    let mut whole = runner::Output::default();
    for answer in answers {
        whole.findings.append(&mut answer.findings);
        whole.depends.extend_from_slice(&answer.depends);
    }
    whole.depends.sort();
    whole.depends.dedup();
    whole
}

/// The review of all projects, out of everything that the rules found and comments do not silence.
fn reviewed(
    projects: &[Project],
    calls: &[CallGraph],
    sources: &Sources,
    findings: &[Finding],
    answers: &[runner::Output],
) -> Option<Review> {
    let each = projects.iter().zip(calls).zip(answers);
    let reviews = each.map(|((project, calls), answer)| {
        let is_own = |finding: &&Finding| {
            let own = project.own_files().binary_search(&finding.location.file);
            own.is_ok() && finding.confidence >= Confidence::Likely
        };
        let own: Vec<Finding> = findings.iter().filter(is_own).cloned().collect();
        let found = review::Found {
            findings: &own,
            depends: &answer.depends,
            undecided: &answer.undecided,
        };
        review::of_project(project, sources, calls, found)
    });
    review::merged(reviews.collect())
}

/// Takes out what the user does not want to see, and gives its fingerprints.
fn leave_wanted(request: &Request, findings: &mut Vec<Finding>, sources: &Sources) -> Vec<String> {
    let per_file = PerFile::new(&request.configuration.config, &request.configuration.prefix);
    let confidence = request.confidence();
    let unwanted = findings.extract_if(.., |finding| {
        let path = &sources.file(finding.location.file).path;
        finding.confidence < confidence
            || !is_within(path, &request.only)
            || per_file.ignores(path, finding.code)
    });
    unwanted.map(|finding| finding.fingerprint).collect()
}

pub(crate) fn is_within(path: &str, only: &[String]) -> bool {
    only.is_empty()
        || only.iter().any(|place| {
            let place = place.trim_end_matches('/');
            let below = path.strip_prefix(place);
            place.is_empty()
                || place == "."
                || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
}

/// What only linked projects tell of a summary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Linked {
    settings: Vec<String>,
    django: Option<String>,
    apps: usize,
    models: usize,
}

impl Linked {
    fn of(projects: &[Project]) -> Self {
        Self {
            settings: production_names(projects),
            django: projects.first().and_then(|project| known(&project.django)),
            apps: projects.iter().map(own_apps).sum(),
            models: projects.iter().map(own_models).sum(),
        }
    }

    fn summary(self, sources: &Sources) -> ProjectSummary {
        let name = sources.root.file_name();
        ProjectSummary {
            name: name.map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            // What all paths are relative to.
            root: ".".to_owned(),
            repository_path: folders::within_repository(&sources.root),
            settings: self.settings,
            django: self.django,
            apps: self.apps,
            models: self.models,
            files: sources.len(),
        }
    }
}

/// The production settings of each project; where several have the same name, with the folder.
fn production_names(projects: &[Project]) -> Vec<String> {
    let named = projects.iter().filter_map(|project| {
        let production = project.settings.production()?;
        Some((production.name.as_str(), project.root.folder.as_str()))
    });
    let named: Vec<_> = named.collect();
    let told = |&(name, folder): &(&str, &str)| {
        let is_unique = named.iter().filter(|(other, _)| *other == name).count() == 1;
        match folder {
            "" => name.to_owned(),
            _ if is_unique => name.to_owned(),
            folder => format!("{name} ({folder})"),
        }
    };
    named.iter().map(told).collect()
}

fn own_apps(project: &Project) -> usize {
    project.apps.iter().filter(|app| app.is_own).count()
}

/// The registered models that the project's own code defines.
fn own_models(project: &Project) -> usize {
    let registered = project.models.registered();
    let own = registered
        .filter(|(_, model)| model.class.is_some() && project.modules.is_repository(model.module));
    own.count()
}

/// The Django version, unless nothing in the project says any.
fn known(django: &DjangoTarget) -> Option<String> {
    match django.source {
        VersionSource::Assumed => None,
        _ => Some(
            django
                .exact
                .clone()
                .unwrap_or_else(|| django.version.to_string()),
        ),
    }
}

/// Whether any Python file so much as names Django.
pub fn uses_django(sources: &Sources) -> bool {
    sources
        .iter()
        .filter(|(_, file)| file.kind == FileKind::Python)
        .any(|(_, file)| file.text.contains("django") || file.text.contains("DJANGO"))
}

fn lines(sources: &Sources) -> usize {
    let files: Vec<_> = sources.iter().map(|(_, file)| file).collect();
    let of = |text: &str| {
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes()).count();
        breaks + usize::from(!text.is_empty() && !text.ends_with('\n'))
    };
    files.par_iter().map(|file| of(&file.text)).sum()
}

#[cfg(test)]
mod tests;
