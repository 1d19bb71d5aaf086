//! What the URLs of the project tell.

use luthier_project::routes::Route;
use luthier_source::Location;

use super::answer::Answer;
use super::sheet::{Package, Sheet, at, package, written};

const PACKAGES: &[Package] = &[
    package("django-health-check", "health_check"),
    package("django-alive", "django_alive"),
    package("django-watchman", "watchman"),
    package("django-heartbeat", "heartbeat"),
    package("django-healthchecks", "django_healthchecks"),
    package("django-probes", "django_probes"),
];

/// Parts of a URL by which health endpoints are known.
const WORDS: &[&str] = &[
    "health",
    "healthz",
    "healthcheck",
    "healthchecks",
    "livez",
    "readyz",
    "liveness",
    "readiness",
    "alive",
    "heartbeat",
    "ping",
];

/// Can a load balancer ask whether the process is well?
pub(super) fn health_endpoint(sheet: Sheet<'_>) -> Answer {
    let routes = &sheet.project.routes;
    if let Some(route) = routes.routes.iter().find(|route| names_health(route)) {
        let pattern = route.pattern();
        let answer = Answer::yes(format!("`{pattern}`"));
        return answer.at(place(sheet, route).map(|place| at(place, format!("`{pattern}`"))));
    }
    if let Some(used) = sheet.uses(PACKAGES) {
        return Answer::yes(used.name).at([used.evidence()]);
    }
    let middleware = sheet.setting("MIDDLEWARE");
    if let Some(middleware) = &middleware {
        let strings = middleware.value.strings();
        let health = strings
            .iter()
            .find(|(text, _)| text.to_lowercase().contains("health"));
        if let Some((text, _)) = health {
            return Answer::yes(format!("`{text}`")).at(written(middleware, "MIDDLEWARE"));
        }
    }
    if routes.routes.is_empty() {
        Answer::unknown("no routes were found")
    } else if routes.is_complete() {
        Answer::no("no route for it")
    } else {
        Answer::unknown("none among the routes that were understood")
    }
}

/// Whether a URL without parameters ends in one of the words: `health/`, `api/^health-check/$`.
fn names_health(route: &Route) -> bool {
    let pattern = route.pattern().to_lowercase();
    if pattern.contains(['<', '(']) {
        return false;
    }
    let is_mark = |letter: char| matches!(letter, '/' | '^' | '$' | '?' | '\\');
    let last = pattern.split(is_mark).rfind(|part| !part.is_empty());
    let joined = last.unwrap_or_default().replace(['-', '_'], "");
    WORDS.contains(&joined.as_str())
}

/// Where the pattern of a route is written, where that is in the repository.
fn place(sheet: Sheet<'_>, route: &Route) -> Option<Location> {
    let file = sheet.project.modules.get(route.place.module).file?;
    let text = &sheet.sources.file(file).text;
    let is_there = route.place.span.end as usize <= text.len();
    is_there.then(|| Location::new(file, route.place.span))
}
