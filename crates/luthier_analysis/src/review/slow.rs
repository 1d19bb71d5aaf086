//! Slow work inside requests: mail, HTTP and other programs that a view calls directly, or through
//! one function of the project.

use luthier_diagnostics::review::Evidence;
use luthier_project::Project;
use luthier_project::facts::BodyRef;
use luthier_project::modules::{ClassRef, Definition, FunctionRef, ModuleId};
use luthier_project::routes::ViewTarget;
use luthier_source::Location;
use rustc_hash::FxHashSet;

use super::sheet::{Sheet, at};

/// What is slow, by its dotted name or the beginning of it (with a dot at the end).
const SLOW: &[(&str, &str)] = &[
    ("django.core.mail.send_mail", "sends mail"),
    ("django.core.mail.send_mass_mail", "sends mail"),
    ("django.core.mail.mail_admins", "sends mail"),
    ("django.core.mail.mail_managers", "sends mail"),
    ("smtplib.SMTP", "sends mail"),
    ("requests.get", "calls another service"),
    ("requests.post", "calls another service"),
    ("requests.put", "calls another service"),
    ("requests.patch", "calls another service"),
    ("requests.delete", "calls another service"),
    ("requests.head", "calls another service"),
    ("requests.options", "calls another service"),
    ("requests.request", "calls another service"),
    ("requests.api.", "calls another service"),
    ("httpx.get", "calls another service"),
    ("httpx.post", "calls another service"),
    ("httpx.put", "calls another service"),
    ("httpx.patch", "calls another service"),
    ("httpx.delete", "calls another service"),
    ("httpx.head", "calls another service"),
    ("httpx.request", "calls another service"),
    ("httpx.stream", "calls another service"),
    ("urllib.request.urlopen", "calls another service"),
    ("urllib.request.urlretrieve", "calls another service"),
    ("subprocess.run", "runs another program"),
    ("subprocess.call", "runs another program"),
    ("subprocess.check_call", "runs another program"),
    ("subprocess.check_output", "runs another program"),
    ("subprocess.getoutput", "runs another program"),
    ("subprocess.Popen", "runs another program"),
    ("os.system", "runs another program"),
    ("os.popen", "runs another program"),
];

/// A view that does slow work.
pub(super) struct SlowView {
    pub(super) view: String,
    /// `sends mail`
    pub(super) work: &'static str,
    pub(super) evidence: Evidence,
}

/// The views of the project that do slow work, and how many views there are.
pub(super) fn slow_views(sheet: Sheet<'_>) -> (Vec<SlowView>, usize) {
    let views = views(sheet.project);
    let slow = views.iter().filter_map(|view| {
        let project = sheet.project;
        let found = view.functions.iter().find_map(|&function| {
            direct(project, function).or_else(|| through_one(project, function))
        })?;
        let message = format!("`{}` {} here", view.name, found.work);
        Some(SlowView {
            view: view.name.clone(),
            work: found.work,
            evidence: at(found.location, message),
        })
    });
    (slow.collect(), views.len())
}

struct View {
    name: String,
    /// What runs when it answers a request.
    functions: Vec<FunctionRef>,
}

/// The views that the project's routes lead to, each once, as far as their code is the project's.
fn views(project: &Project) -> Vec<View> {
    let modules = &project.modules;
    let mut seen: FxHashSet<&ViewTarget> = FxHashSet::default();
    let mut views = Vec::new();
    for route in &project.routes.routes {
        let target = &route.view.target;
        if !seen.insert(target) {
            continue;
        }
        let view = match target {
            ViewTarget::Function(function) => View {
                name: modules.function_name(*function).to_owned(),
                functions: vec![*function],
            },
            ViewTarget::Class(class) => View {
                name: modules.class_name(*class).to_owned(),
                functions: methods(project, *class, None),
            },
            ViewTarget::Method(class, method) => View {
                name: format!("{}.{method}", modules.class_name(*class)),
                functions: methods(project, *class, Some(method)),
            },
            ViewTarget::External(_) | ViewTarget::Unknown => continue,
        };
        let is_own = |function: &FunctionRef| modules.is_repository(function.module);
        if view.functions.iter().any(is_own) {
            views.push(view);
        }
    }
    views
}

/// The methods of a class and of its bases in the repository, or those of one name.
fn methods(project: &Project, class: ClassRef, only: Option<&String>) -> Vec<FunctionRef> {
    let modules = &project.modules;
    let mut found = Vec::new();
    for class in modules.mro(class).classes() {
        if !modules.is_repository(class.module) {
            continue;
        }
        let facts = modules.facts(class.module);
        let body = facts.class(class.class).body;
        let of_class = facts
            .function_ids()
            .filter(|&id| facts.function(id).scope == body);
        for function in of_class {
            let name = facts.text(facts.function(function).name);
            if only.is_none_or(|only| only == name) {
                let module = class.module;
                found.push(FunctionRef { module, function });
            }
        }
    }
    found
}

struct Found {
    work: &'static str,
    location: Location,
}

/// Slow work in the function itself.
fn direct(project: &Project, function: FunctionRef) -> Option<Found> {
    let body = project.modules.function_body(function);
    slow_call(project, function.module, body)
}

/// Slow work in a function of the project that this one calls.
fn through_one(project: &Project, function: FunctionRef) -> Option<Found> {
    let body = project.modules.function_body(function);
    body.exprs()
        .filter_map(|expr| expr.as_call())
        .find_map(
            |call| match project.modules.resolve_expr(function.module, call.callee) {
                Definition::Function(inner) if project.modules.is_repository(inner.module) => {
                    direct(project, inner)
                }
                _ => None,
            },
        )
}

fn slow_call(project: &Project, module: ModuleId, body: BodyRef<'_>) -> Option<Found> {
    let file = project.modules.get(module).file?;
    body.exprs()
        .filter_map(|expr| expr.as_call())
        .find_map(|call| {
            let name = project.modules.qualified_expr(module, call.callee)?;
            let (_, work) = SLOW
                .iter()
                .find(|(slow, _)| name == *slow || slow.ends_with('.') && name.starts_with(slow))?;
            Some(Found {
                work,
                location: Location::new(file, call.expr.span()),
            })
        })
}
