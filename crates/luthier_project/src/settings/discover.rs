//! Which modules are settings, what each is for, and which one production uses.

use luthier_source::{FileKind, Sources};
use rustc_hash::FxHashMap;

use crate::django::settings as django;
use crate::facts::ir::{BindingKind, Expr, ImportKind, Stmt};
use crate::facts::{ExprRef, PythonFacts};
use crate::modules::{ModuleId, Modules};
use crate::place::Place;

/// What a settings module is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Shared by the others.
    Base,
    Local,
    Test,
    Staging,
    Production,
    /// Nothing says.
    Other,
}

/// Words that say what a module, class or folder is for.
const WORDS: &[(&str, Role)] = &[
    ("base", Role::Base),
    ("common", Role::Base),
    ("shared", Role::Base),
    ("core", Role::Base),
    ("default", Role::Base),
    ("defaults", Role::Base),
    ("global", Role::Base),
    ("local", Role::Local),
    ("dev", Role::Local),
    ("devel", Role::Local),
    ("devproject", Role::Local),
    ("develop", Role::Local),
    ("development", Role::Local),
    ("debug", Role::Local),
    ("example", Role::Local),
    ("sample", Role::Local),
    ("sandbox", Role::Local),
    ("demo", Role::Local),
    ("docs", Role::Local),
    ("test", Role::Test),
    ("tests", Role::Test),
    ("testing", Role::Test),
    ("testproject", Role::Test),
    ("testapp", Role::Test),
    ("testutils", Role::Test),
    ("unittest", Role::Test),
    ("pytest", Role::Test),
    ("ci", Role::Test),
    ("travis", Role::Test),
    ("e2e", Role::Test),
    ("staging", Role::Staging),
    ("stage", Role::Staging),
    ("stg", Role::Staging),
    ("preprod", Role::Staging),
    ("qa", Role::Staging),
    ("uat", Role::Staging),
    ("prod", Role::Production),
    ("production", Role::Production),
    ("live", Role::Production),
    ("deploy", Role::Production),
    ("deployment", Role::Production),
    ("release", Role::Production),
    ("heroku", Role::Production),
];

/// What a name is for, by the words in it; the last word that says something counts.
pub(super) fn role_of_name(name: &str) -> Role {
    let mut words = Vec::new();
    for part in name.split(['.', '_', '-', '/']) {
        // `ProductionSettings` is two words.
        let mut start = 0;
        let bytes = part.as_bytes();
        for at in 1..bytes.len() {
            if bytes[at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase() {
                words.push(part[start..at].to_ascii_lowercase());
                start = at;
            }
        }
        words.push(part[start..].to_ascii_lowercase());
    }
    let known = |word: &String| {
        WORDS
            .iter()
            .find(|(own, _)| own == word)
            .map(|(_, role)| *role)
    };
    words.iter().rev().find_map(known).unwrap_or(Role::Other)
}

/// A settings module before it is evaluated.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Dotted name.
    pub name: String,
    pub module: ModuleId,
    /// Of a class-based configuration, the class.
    pub class: Option<String>,
    pub role: Role,
}

/// Who names a settings module, the weightier first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Source {
    Deployment,
    Server,
    Worker,
    Manage,
    /// Started so for development or tests only.
    Development,
}

/// A place that names the settings module to use.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) module: String,
    pub(super) class: Option<String>,
    pub(super) source: Source,
    pub(super) place: Place,
}

/// Folders whose settings are never those of production.
const SIDE_FOLDERS: &[&str] = &[
    "tests",
    "test",
    "testing",
    "docs",
    "doc",
    "examples",
    "example",
    "example_project",
    "sandbox",
    "testproject",
    "test_project",
    "testapp",
    "demo",
    "benchmarks",
    "templates",
    "project_template",
];

pub(super) fn is_side_folder(path: &str) -> bool {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders
        .split('/')
        .any(|folder| SIDE_FOLDERS.contains(&folder))
}

/// The settings modules of a repository, by name.
pub(super) fn candidates(
    sources: &Sources,
    modules: &Modules,
    own: &[ModuleId],
    named: &[Named],
) -> Vec<Candidate> {
    let mut looks: FxHashMap<ModuleId, bool> = FxHashMap::default();
    let mut found = Vec::new();
    for &id in own {
        let module = modules.get(id);
        let is_named = named
            .iter()
            .any(|named| modules.find(&named.module) == Some(id));
        let is_split_part = || is_included(&module.name);
        if !is_named
            && (!may_be_settings(&module.name) || !looks_like_settings(modules, id, &mut looks, 0))
        {
            continue;
        }
        if !is_named && is_split_part() {
            continue;
        }
        let path = module.file.map_or("", |file| &sources.file(file).path);
        let classes = configuration_classes(modules, id);
        if classes.is_empty() {
            let role = role_of(&module.name, path);
            found.push(Candidate {
                name: module.name.clone(),
                module: id,
                class: None,
                role,
            });
        }
        for class in classes {
            let role = match role_of_name(&class) {
                Role::Other => role_of(&module.name, path),
                role => role,
            };
            found.push(Candidate {
                name: module.name.clone(),
                module: id,
                class: Some(class),
                role,
            });
        }
    }
    // What the others build on is their base, whatever its name says.
    for index in 0..found.len() {
        if found[index].role != Role::Other || found[index].class.is_some() {
            continue;
        }
        let is_base = found.iter().enumerate().any(|(other, candidate)| {
            other != index && imports_all_of(modules, candidate.module, found[index].module)
        });
        let is_server = named.iter().any(|named| {
            named.source <= Source::Server
                && modules.find(&named.module) == Some(found[index].module)
        });
        if is_base && !is_server {
            found[index].role = Role::Base;
        }
    }
    found.sort_by(|a, b| (&a.name, &a.class).cmp(&(&b.name, &b.class)));
    found
}

fn role_of(name: &str, path: &str) -> Role {
    let last_two: Vec<&str> = name.rsplit('.').take(2).collect();
    let role = role_of_name(last_two[0]);
    if is_side_folder(path) && role != Role::Base {
        return Role::Test;
    }
    match role {
        Role::Other if last_two.len() == 2 => match role_of_name(last_two[1]) {
            // `devproject.settings` are those of a project beside the real thing.
            Role::Local | Role::Test if last_two[0] == "settings" => Role::Test,
            _ if last_two[0] == "settings" => Role::Other,
            role => role,
        },
        role => role,
    }
}

/// Parts that split settings include are no modules of their own.
fn is_included(name: &str) -> bool {
    let mut parts = name.rsplit('.').skip(1);
    parts.next().is_some_and(|folder| {
        matches!(folder, "components" | "environments" | "parts" | "includes")
    })
}

/// Whether a name suggests settings: `settings`, `config.settings.production`, `local_settings`,
/// `conf.base` ...
fn may_be_settings(name: &str) -> bool {
    let mut parts = name.rsplit('.');
    let last = parts.next().unwrap_or("");
    let parent = parts.next().unwrap_or("");
    last.contains("settings")
        || last.ends_with("_config")
        || parent.contains("settings")
        || matches!(last, "config" | "configuration" | "conf" | "testproject")
        || matches!(parent, "config" | "conf" | "configs" | "configuration")
            && role_of_name(last) != Role::Other
}

/// Settings that only a settings module assigns.
const TELLING: &[&str] = &[
    "INSTALLED_APPS",
    "ROOT_URLCONF",
    "MIDDLEWARE",
    "DATABASES",
    "SECRET_KEY",
    "TEMPLATES",
    "WSGI_APPLICATION",
    "ALLOWED_HOSTS",
    "STATIC_URL",
    "CACHES",
    "LOGGING",
    "AUTH_USER_MODEL",
    "DEBUG",
    "EMAIL_BACKEND",
    "MEDIA_ROOT",
];

fn looks_like_settings(
    modules: &Modules,
    id: ModuleId,
    known: &mut FxHashMap<ModuleId, bool>,
    depth: u32,
) -> bool {
    if let Some(&looks) = known.get(&id) {
        return looks;
    }
    known.insert(id, false);
    let facts = modules.facts(id);
    let mut told = 0;
    let mut names: Vec<&str> = Vec::new();
    for binding in &facts.module().body().bindings {
        let name = facts.text(binding.name);
        let is_value = !matches!(
            binding.kind,
            BindingKind::Import(_) | BindingKind::Class(_) | BindingKind::Function(_)
        );
        let is_telling = TELLING.contains(&name);
        if is_value && (is_telling || django::is_known(name)) && !names.contains(&name) {
            told += if is_telling { 2 } else { 1 };
            names.push(name);
        }
    }
    let stars = facts
        .imports
        .iter()
        .filter(|import| import.kind == ImportKind::Star);
    let builds_on_settings = depth < 8
        && stars
            .filter_map(|import| modules.absolute(id, import))
            .any(|target| {
                let target = modules.find(&target).filter(|target| *target != id);
                target.is_some_and(|target| {
                    modules.is_repository(target)
                        && looks_like_settings(modules, target, known, depth + 1)
                })
            });
    let includes = facts
        .imports
        .iter()
        .any(|import| facts.text(import.module).starts_with("split_settings"));
    let looks = told >= 3
        || builds_on_settings
        || includes
        || !configuration_classes(modules, id).is_empty();
    known.insert(id, looks);
    looks
}

fn imports_all_of(modules: &Modules, id: ModuleId, target: ModuleId) -> bool {
    let facts = modules.facts(id);
    let mut stars = facts
        .imports
        .iter()
        .filter(|import| import.kind == ImportKind::Star);
    stars.any(|import| {
        modules
            .absolute(id, import)
            .and_then(|dotted| modules.find(&dotted))
            == Some(target)
    })
}

/// The classes of django-configurations that a module declares, mixins without settings left out.
fn configuration_classes(modules: &Modules, id: ModuleId) -> Vec<String> {
    let facts = modules.facts(id);
    if !facts.imports.iter().any(|import| {
        let module = facts.text(import.module);
        module == "configurations"
            || module.starts_with("configurations.")
            || modules
                .absolute(id, import)
                .and_then(|dotted| modules.find(&dotted))
                .is_some_and(|from| modules.is_repository(from) && facts.classes.len() < 40)
    }) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for class in facts.class_ids() {
        let declared = facts.class(class);
        if declared.scope != crate::facts::BodyId::MODULE {
            continue;
        }
        let class_ref = crate::modules::ClassRef { module: id, class };
        let inherits = |dotted| modules.inherits(class_ref, dotted) == Some(true);
        if inherits("configurations.Configuration") || inherits("configurations.base.Configuration")
        {
            found.push(facts.text(declared.name).to_owned());
        }
    }
    found
}

/// File names that start Django, and how much what they name weighs.
fn starter(path: &str) -> Option<Source> {
    let name = path.rsplit('/').next().unwrap_or(path);
    Some(match name {
        "wsgi.py" | "asgi.py" | "passenger_wsgi.py" | "application.py" => Source::Server,
        "celery.py" | "celery_app.py" | "celeryapp.py" | "worker.py" | "tasks.py" => Source::Worker,
        "manage.py" | "__main__.py" | "cli.py" | "main.py" => Source::Manage,
        _ => return None,
    })
}

/// What Python files say about `DJANGO_SETTINGS_MODULE` and `DJANGO_CONFIGURATION`.
pub(super) fn named_in_python(
    sources: &Sources,
    modules: &Modules,
    own: &[ModuleId],
) -> Vec<Named> {
    let mut found = Vec::new();
    for &id in own {
        let Some(file) = modules.get(id).file else {
            continue;
        };
        let source = sources.file(file);
        let Some(weight) = starter(&source.path).filter(|_| source.kind == FileKind::Python) else {
            continue;
        };
        let facts = modules.facts(id);
        if facts.names.find("DJANGO_SETTINGS_MODULE").is_none() {
            continue;
        }
        let class = assigned_variable(facts, "DJANGO_CONFIGURATION").map(|(class, _)| class);
        if let Some((module, span)) = assigned_variable(facts, "DJANGO_SETTINGS_MODULE") {
            let place = Place::new(file, span);
            found.push(Named {
                module,
                class,
                source: weight,
                place,
            });
        }
    }
    found
}

/// What a file sets an environment variable to: the last of `setdefault(...)` and `os.environ[...] =`.
fn assigned_variable(
    facts: &PythonFacts,
    variable: &str,
) -> Option<(String, luthier_source::Span)> {
    let text = |value: ExprRef<'_>| value.as_str().map(|text| (text.to_owned(), value.span()));
    let mut found = None;
    for body in facts.body_ids().map(|id| facts.body(id)) {
        for call in body.exprs().filter_map(ExprRef::as_call) {
            let is_setdefault = call
                .callee
                .as_attribute()
                .is_some_and(|(_, name)| name == "setdefault");
            let mut arguments = call.positional();
            if is_setdefault
                && arguments.next().and_then(ExprRef::as_str) == Some(variable)
                && let Some(named) = arguments.next().and_then(text)
            {
                found = Some(named);
            }
        }
        for statement in body.all_statements() {
            let Stmt::Assign { .. } = statement.kind() else {
                continue;
            };
            let Some((target, value)) = statement.assignment() else {
                continue;
            };
            if let Expr::Subscript(_, index) = target.kind()
                && target.at(index).as_str() == Some(variable)
                && let Some(named) = text(value)
            {
                found = Some(named);
            }
        }
    }
    found
}

/// Which candidate production uses, and why; `None` where none of them can be it. `takes_in` says
/// whether evaluating one candidate evaluates another.
pub(super) fn production(
    candidates: &[Candidate],
    configured: Option<&str>,
    named: &[Named],
    modules: &Modules,
    path_of: impl Fn(&Named) -> String,
    takes_in: impl Fn(usize, usize) -> bool,
) -> Option<(usize, String)> {
    if let Some(configured) = configured {
        let (module, class) = configured
            .split_once(':')
            .map_or((configured, None), |(m, c)| (m, Some(c)));
        let id = modules.find(module);
        let fits = |candidate: &Candidate| {
            Some(candidate.module) == id && (class.is_none() || candidate.class.as_deref() == class)
        };
        if let Some(index) = candidates.iter().position(fits) {
            return Some((index, "configured".to_owned()));
        }
    }
    let choose = |named: &Named| {
        let id = modules.find(&named.module)?;
        let exact = candidates.iter().position(|candidate| {
            candidate.module == id && named.class.is_some() && candidate.class == named.class
        });
        let by_role = candidates
            .iter()
            .position(|candidate| candidate.module == id && candidate.role == Role::Production);
        exact.or(by_role).or_else(|| {
            candidates
                .iter()
                .position(|candidate| candidate.module == id)
        })
    };
    let reason = |named: &Named| format!("`DJANGO_SETTINGS_MODULE` in {}", path_of(named));
    let mut ordered: Vec<&Named> = named.iter().collect();
    ordered.retain(|named| named.source != Source::Development);
    ordered.sort_by_key(|named| named.source);
    // A module that is named where production is started, and whose own name agrees or says nothing.
    let by_name = |role: Role| {
        candidates
            .iter()
            .position(|candidate| candidate.role == role)
    };
    for wanted in [&[Role::Production][..], &[Role::Other], &[Role::Base]] {
        for named in ordered
            .iter()
            .filter(|named| named.source <= Source::Server)
        {
            if let Some(index) = choose(named)
                && wanted.contains(&candidates[index].role)
                && (candidates[index].role != Role::Base || by_name(Role::Production).is_none())
            {
                return Some((index, reason(named)));
            }
        }
        if wanted == [Role::Production]
            && let Some(index) = by_name(Role::Production)
        {
            // What the server starts with may itself lead there: then it has the last word.
            let leads_there = ordered.iter().find_map(|named| {
                let start = choose(named).filter(|_| named.source <= Source::Server)?;
                let within = format!("{}.", candidates[start].name);
                // A package runs before what is in it, whichever of them Django starts with.
                let is_free =
                    candidates[index].name.starts_with(&within) || !takes_in(index, start);
                let are_alike =
                    candidates[start].class.is_some() == candidates[index].class.is_some();
                let is_start = start != index && are_alike && is_free && takes_in(start, index);
                is_start.then(|| (start, reason(named)))
            });
            return Some(leads_there.unwrap_or_else(|| (index, "its name".to_owned())));
        }
    }
    for wanted in [Role::Other, Role::Base] {
        for named in &ordered {
            if let Some(index) = choose(named)
                && candidates[index].role == wanted
            {
                return Some((index, reason(named)));
            }
        }
    }
    for (role, why) in [
        (
            Role::Other,
            "no other settings module could be production's",
        ),
        (
            Role::Staging,
            "no settings module is production's; this one is nearest",
        ),
        (Role::Base, "no settings module builds on it for production"),
        (Role::Local, "there is no other settings module"),
    ] {
        if let Some(index) = by_name(role) {
            return Some((index, why.to_owned()));
        }
    }
    None
}

/// Takes in the configured module though nothing else says that it is one.
pub(super) fn add_configured(modules: &Modules, configured: &str, candidates: &mut Vec<Candidate>) {
    let (name, class) = configured
        .split_once(':')
        .map_or((configured, None), |(name, class)| (name, Some(class)));
    let Some(module) = modules.find(name).filter(|id| modules.is_repository(*id)) else {
        return;
    };
    let is_known = candidates.iter().any(|candidate| {
        candidate.module == module && (class.is_none() || candidate.class.as_deref() == class)
    });
    if !is_known {
        candidates.push(Candidate {
            name: name.to_owned(),
            module,
            class: class.map(str::to_owned),
            role: Role::Production,
        });
        candidates.sort_by(|a, b| (&a.name, &a.class).cmp(&(&b.name, &b.class)));
    }
}
