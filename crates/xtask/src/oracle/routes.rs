//! The routes that Django resolves, against those that luthier works out from the code.

mod policies;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, Result};
use luthier_project::modules::Modules;
use luthier_project::routes::{
    Literal, Namespace, ParamKind, Route, RouteName, Routes, Segment, Surroundings, ViewTarget,
};
use luthier_project::{Installed, Project, ProjectOptions};
use luthier_source::{SitePackages, WalkOptions};
use serde::Deserialize;

use super::{Tally, venv};
use crate::workspace;

/// What `dump.py` writes.
#[derive(Deserialize)]
struct Dump {
    routes: Vec<Real>,
    apps: Vec<(String, String)>,
    settings: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Real {
    pattern: String,
    name: Option<String>,
    namespaces: Vec<(Option<String>, Option<String>)>,
    view: String,
    converters: BTreeMap<String, String>,
    /// Of views of the REST framework, what they work by.
    #[serde(default)]
    policies: Option<BTreeMap<String, Vec<String>>>,
}

/// The packages that the made-up projects stand on.
const REQUIREMENTS: &[&str] = &[
    "Django==5.2.*",
    "djangorestframework==3.16.*",
    "drf-nested-routers==0.95.*",
    "django-ninja==1.4.*",
];

/// The projects below `oracle/routes/projects`.
pub(super) fn made_up() -> Result<Tally> {
    let mut tally = Tally::default();
    let interpreter = venv::interpreter((3, 10)..=(3, 13)).context("no Python 3.10 to 3.13")?;
    let python = venv::environment("routes", &interpreter, REQUIREMENTS)?;
    let folder = workspace::root().join("oracle/routes");
    let mut projects: Vec<PathBuf> = std::fs::read_dir(folder.join("projects"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    projects.sort();
    for project in projects {
        let name = project
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let dump = venv::cache().join(format!("routes-{name}.json"));
        let status = Command::new(&python)
            .arg(folder.join("dump.py"))
            .arg(&dump)
            .env("DJANGO_SETTINGS_MODULE", "settings")
            .env("PYTHONPATH", &project)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdout(Stdio::null())
            .status()?;
        if !status.success() {
            eprintln!("routes {name}: the project does not start");
            tally.failed += 1;
            continue;
        }
        tally += compare(&name, &project, &python, &dump)?;
    }
    Ok(tally)
}

/// Compares one project whose routes were written down before.
fn compare(name: &str, root: &Path, python: &Path, dump: &Path) -> Result<Tally> {
    let text = std::fs::read_to_string(dump).with_context(|| dump.display().to_string())?;
    let dump: Dump = serde_json::from_str(&text)?;
    let (sources, files) = luthier_project::read(root, &WalkOptions::default())?;
    let options = ProjectOptions {
        installed: Arc::new(Installed::new(SitePackages::find(root, Some(python)), None)),
        ..ProjectOptions::default()
    };
    let mut projects = Project::link_all(&sources, files, &options);
    let project = projects.swap_remove(0);
    let root_urlconf = match dump.settings.get("ROOT_URLCONF") {
        Some(serde_json::Value::String(name)) => vec![name.clone()],
        _ => Vec::new(),
    };
    let surroundings = Surroundings {
        root_urlconfs: root_urlconf,
        settings: dump
            .settings
            .iter()
            .map(|(name, value)| (name.clone(), literal(value)))
            .collect(),
        settings_complete: true,
        apps: dump.apps,
        apps_complete: true,
        ..Surroundings::default()
    };
    let started = std::time::Instant::now();
    let routes = Routes::link(&project.modules, &surroundings, &[]);
    let mut tally = report(name, &project.modules, &routes, &dump.routes);
    println!("  {name}: linked in {:?}", started.elapsed());
    tally += policies::compare(name, &project, &routes, &dump.routes);
    if tally.passed == 0 {
        tally.failed += 1;
    }
    Ok(tally)
}

fn literal(value: &serde_json::Value) -> Literal {
    match value {
        serde_json::Value::Null => Literal::None,
        serde_json::Value::Bool(value) => Literal::Bool(*value),
        serde_json::Value::Number(number) => number.as_i64().map_or(Literal::Unknown, Literal::Int),
        serde_json::Value::String(text) => Literal::Str(text.clone()),
        serde_json::Value::Array(values) => Literal::List(values.iter().map(literal).collect()),
        serde_json::Value::Object(entries) if entries.contains_key("unknown") => Literal::Unknown,
        serde_json::Value::Object(entries) => {
            let entry = |(key, value): (&String, &serde_json::Value)| {
                (Literal::Str(key.clone()), literal(value))
            };
            Literal::Dict(entries.iter().map(entry).collect())
        }
    }
}

fn report(name: &str, modules: &Modules, routes: &Routes, real: &[Real]) -> Tally {
    let mut tally = Tally::default();
    let mut ours: BTreeMap<String, (u32, bool)> = BTreeMap::new();
    for route in &routes.routes {
        if route.segments.contains(&Segment::Unknown) || route.name == RouteName::Unknown {
            continue;
        }
        // What is served only while DEBUG is on is not there when the oracle runs without.
        if route.when.debug == Some(true) {
            continue;
        }
        let entry = ours.entry(ours_line(modules, routes, route)).or_default();
        entry.0 += 1;
        entry.1 |= route.when.maybe;
    }
    let mut prefixes: Vec<String> = routes
        .open
        .iter()
        .map(|open| open.segments.iter().map(Segment::text).collect())
        .collect();
    // A pattern whose text is not known hides what is below it as well.
    for route in &routes.routes {
        if route.segments.contains(&Segment::Unknown) || route.name == RouteName::Unknown {
            let known = route
                .segments
                .iter()
                .take_while(|segment| **segment != Segment::Unknown);
            prefixes.push(known.map(Segment::text).collect());
        }
    }
    prefixes.sort();
    prefixes.dedup();
    let mut open = 0;
    for route in real {
        let line = real_line(route);
        match ours.get_mut(&line) {
            Some((count, _)) if *count > 0 => {
                *count -= 1;
                tally.passed += 1;
            }
            _ if prefixes
                .iter()
                .any(|prefix| route.pattern.starts_with(prefix.as_str())) =>
            {
                open += 1;
            }
            _ => {
                println!("  {name}: - {line}");
                tally.failed += 1;
            }
        }
    }
    for (line, (count, maybe)) in ours {
        for _ in 0..count {
            if !maybe {
                println!("  {name}: + {line}");
                tally.failed += 1;
            }
        }
    }
    println!(
        "  {name}: {} routes agree, {open} lie behind what is open",
        tally.passed
    );
    for spot in &routes.open {
        let module = &modules.get(spot.place.module).name;
        println!(
            "  {name}: open at {module} {:?}: {:?}",
            spot.place.span, spot.reason
        );
    }
    for prefix in prefixes {
        println!("  {name}: open below `{prefix}`");
    }
    tally
}

fn real_line(route: &Real) -> String {
    let namespace = |(app, instance): &(Option<String>, Option<String>)| {
        format!(
            "{}/{}",
            app.as_deref().unwrap_or("?"),
            instance.as_deref().unwrap_or("?")
        )
    };
    let namespaces: Vec<_> = route.namespaces.iter().map(namespace).collect();
    let converters: Vec<_> = route
        .converters
        .iter()
        .map(|(name, class)| format!("{name}={class}"))
        .collect();
    format!(
        "{} name={} in=[{}] view={} converters=[{}]",
        route.pattern,
        route.name.as_deref().unwrap_or("-"),
        namespaces.join(","),
        route.view,
        converters.join(",")
    )
}

fn ours_line(modules: &Modules, routes: &Routes, route: &Route) -> String {
    let namespace = |namespace: &Namespace| {
        let text = |name: &Option<String>| name.clone().unwrap_or_else(|| "?".to_owned());
        format!("{}/{}", text(&namespace.app), text(&namespace.instance))
    };
    let namespaces: Vec<_> = route.namespaces.iter().map(namespace).collect();
    let name = match &route.name {
        RouteName::Known(name) => name.as_str(),
        RouteName::None => "-",
        RouteName::Unknown => "?",
    };
    let mut converters = BTreeMap::new();
    for segment in &route.segments {
        for param in segment.params().unwrap_or_default() {
            if let (Some(name), ParamKind::Converter(converter)) = (param.name, param.kind) {
                converters.insert(name, converter_class(modules, routes, &converter));
            }
        }
    }
    let converters: Vec<_> = converters
        .iter()
        .map(|(name, class)| format!("{name}={class}"))
        .collect();
    format!(
        "{} name={name} in=[{}] view={} converters=[{}]",
        route.pattern(),
        namespaces.join(","),
        view_name(modules, route),
        converters.join(",")
    )
}

fn converter_class(modules: &Modules, routes: &Routes, name: &str) -> String {
    if let Some((_, Some(class))) = routes
        .converters
        .iter()
        .rev()
        .find(|(known, _)| known == name)
    {
        return modules.class_name(*class).to_owned();
    }
    match name {
        "int" => "IntConverter",
        "path" => "PathConverter",
        "slug" => "SlugConverter",
        "str" => "StringConverter",
        "uuid" => "UUIDConverter",
        name if name.starts_with("drf_format_suffix") => "FormatSuffixConverter",
        _ => "?",
    }
    .to_owned()
}

fn view_name(modules: &Modules, route: &Route) -> String {
    if route
        .namespaces
        .last()
        .is_some_and(|namespace| namespace.app.as_deref() == Some("ninja"))
        && matches!(route.view.target, ViewTarget::Function(_))
    {
        return "ninja".to_owned();
    }
    match &route.view.target {
        ViewTarget::Function(function) => modules.qualified_function(*function),
        ViewTarget::Class(class) => modules.qualified_class(*class),
        ViewTarget::Method(class, name) => {
            let mro = modules.mro(*class);
            let owner = mro
                .classes()
                .find(|class| modules.class_body(**class).binding(name).is_some());
            owner.map_or_else(
                || format!("?.{name}"),
                |owner| format!("{}.{name}", modules.qualified_class(*owner)),
            )
        }
        ViewTarget::External(dotted) => dotted.clone(),
        ViewTarget::Unknown => "?".to_owned(),
    }
}

/// Compares a project that is set up elsewhere, named by `ROUTES_NAME`, `ROUTES_ROOT`,
/// `ROUTES_PYTHON` and `ROUTES_DUMP`: for large packages, whose environments take long to make.
pub(super) fn elsewhere() -> Result<Tally> {
    let value = |name: &str| std::env::var(name).with_context(|| name.to_owned());
    compare(
        &value("ROUTES_NAME")?,
        Path::new(&value("ROUTES_ROOT")?),
        Path::new(&value("ROUTES_PYTHON")?),
        Path::new(&value("ROUTES_DUMP")?),
    )
}
