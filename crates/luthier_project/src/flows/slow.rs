//! Work that takes long, in views: mail, HTTP, other programs, file conversion.

use luthier_source::Location;
use rayon::prelude::*;

use super::graph::{self, CallGraph};
use super::{Call, Target};
use crate::Project;
use crate::facts::CallRef;
use crate::facts::ir::Owner;
use crate::modules::{FunctionRef, ModuleId};
use crate::routes::ViewTarget;
use crate::views::View;

/// What a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlowWork {
    Mail,
    Http,
    Program,
    Conversion,
}

/// What is slow, by its dotted name.
const SLOW: &[(&str, SlowWork)] = &[
    ("django.core.mail.EmailMessage.send", SlowWork::Mail),
    (
        "django.core.mail.EmailMultiAlternatives.send",
        SlowWork::Mail,
    ),
    ("django.core.mail.mail_admins", SlowWork::Mail),
    ("django.core.mail.mail_managers", SlowWork::Mail),
    ("django.core.mail.message.EmailMessage.send", SlowWork::Mail),
    (
        "django.core.mail.message.EmailMultiAlternatives.send",
        SlowWork::Mail,
    ),
    ("django.core.mail.send_mail", SlowWork::Mail),
    ("django.core.mail.send_mass_mail", SlowWork::Mail),
    ("os.popen", SlowWork::Program),
    ("os.system", SlowWork::Program),
    ("pdfkit.from_file", SlowWork::Conversion),
    ("pdfkit.from_string", SlowWork::Conversion),
    ("pdfkit.from_url", SlowWork::Conversion),
    ("smtplib.SMTP", SlowWork::Mail),
    ("smtplib.SMTP_SSL", SlowWork::Mail),
    ("subprocess.Popen", SlowWork::Program),
    ("subprocess.call", SlowWork::Program),
    ("subprocess.check_call", SlowWork::Program),
    ("subprocess.check_output", SlowWork::Program),
    ("subprocess.getoutput", SlowWork::Program),
    ("subprocess.run", SlowWork::Program),
    ("urllib.request.urlopen", SlowWork::Http),
    ("urllib.request.urlretrieve", SlowWork::Http),
    ("weasyprint.HTML.write_pdf", SlowWork::Conversion),
];

/// What the clients of these packages are, which have a method or function for each verb.
const CLIENTS: &[&str] = &[
    "httpx.AsyncClient.",
    "httpx.Client.",
    "httpx.",
    "requests.Session.",
    "requests.api.",
    "requests.sessions.Session.",
    "requests.",
];

const VERBS: &[&str] = &[
    "delete", "get", "head", "options", "patch", "post", "put", "request", "send", "stream",
];

/// A view that waits for slow work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlowView {
    /// The function's or class's name, with the method's behind it where a route names one.
    pub name: String,
    pub work: SlowWork,
    /// The call.
    pub place: Location,
}

/// The views that do slow work themselves or in a function that they call, and the number of views
/// that were looked at.
pub(super) fn slow_views(project: &Project, graph: &CallGraph) -> (Vec<SlowView>, usize) {
    let own: Vec<(&View, Vec<FunctionRef>)> = project
        .views
        .views
        .iter()
        .map(|view| (view, graph::entries(project, view)))
        .filter(|(_, entries)| !entries.is_empty())
        .collect();
    let slow = own
        .par_iter()
        .filter_map(|(view, entries)| slow_view(project, graph, view, entries));
    (slow.collect(), own.len())
}

fn slow_view(
    project: &Project,
    graph: &CallGraph,
    view: &View,
    entries: &[FunctionRef],
) -> Option<SlowView> {
    let receiver = graph::receiver(view);
    let direct = entries.iter().find_map(|&entry| slow_call(project, entry));
    let found = direct.or_else(|| {
        let mut callees = entries
            .iter()
            .flat_map(|&entry| graph.callees(project, entry, receiver));
        callees.find_map(|callee| slow_call(project, callee))
    });
    let (work, place) = found?;
    let modules = &project.modules;
    let name = match &view.target {
        ViewTarget::Function(function) => modules.function_name(*function).to_owned(),
        ViewTarget::Class(class) => modules.class_name(*class).to_owned(),
        ViewTarget::Method(class, method) => format!("{}.{method}", modules.class_name(*class)),
        ViewTarget::External(_) | ViewTarget::Unknown => return None,
    };
    Some(SlowView { name, work, place })
}

/// The first slow call in a function's own body.
fn slow_call(project: &Project, function: FunctionRef) -> Option<(SlowWork, Location)> {
    let module = function.module;
    let body = project.modules.function(function).body;
    debug_assert!(matches!(
        project.modules.facts(module).body(body).owner(),
        Owner::Function(_)
    ));
    let calls = project.calls(module);
    calls.of_body(body).iter().find_map(|call: &Call| {
        let Target::Outside(name) = call.target else {
            return None;
        };
        let work = slow(calls.name(name))?;
        Some((work, project.call_place(module, *call)?))
    })
}

/// Whether calling something by its dotted name takes long.
pub(super) fn slow(dotted: &str) -> Option<SlowWork> {
    if let Ok(found) = SLOW.binary_search_by_key(&dotted, |&(name, _)| name) {
        return Some(SLOW[found].1);
    }
    let mut rests = CLIENTS
        .iter()
        .filter_map(|client| dotted.strip_prefix(client));
    rests
        .any(|rest| VERBS.contains(&rest))
        .then_some(SlowWork::Http)
}

/// The same of a method of an instance of a class outside.
pub(super) fn slow_method(class: &str, method: &str) -> bool {
    let may_be_slow = VERBS.contains(&method) || method == "write_pdf";
    may_be_slow && slow(&format!("{class}.{method}")).is_some()
}

impl Project {
    /// What a call of the repository's waits for, where it is known to be slow.
    pub fn slow_work(&self, module: ModuleId, call: CallRef<'_>) -> Option<SlowWork> {
        let calls = self.calls(module);
        match calls.target(call.expr.body.id, call.expr.id)? {
            Target::Outside(name) => slow(calls.name(name)),
            _ => None,
        }
    }

    /// The views that do slow work themselves or in a function that they call, and the number of
    /// views that were looked at.
    pub fn slow_views(&self, graph: &CallGraph) -> (Vec<SlowView>, usize) {
        slow_views(self, graph)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_for_the_search() {
        assert!(SLOW.is_sorted_by_key(|(name, _)| name));
    }

    #[test]
    fn clients_are_slow_with_a_verb() {
        assert_eq!(slow("requests.get"), Some(SlowWork::Http));
        assert_eq!(slow("requests.Session.post"), Some(SlowWork::Http));
        assert_eq!(slow("requests.Session"), None);
        assert_eq!(slow("requests.codes.get"), None);
        assert_eq!(slow("smtplib.SMTP"), Some(SlowWork::Mail));
    }
}
