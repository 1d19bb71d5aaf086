//! What the URLs of the project tell.

use super::answer::Answer;
use super::sheet::{Package, Sheet, package};

const PACKAGES: &[Package] = &[
    package("django-health-check", "health_check"),
    package("django-alive", "django_alive"),
    package("django-watchman", "watchman"),
    package("django-heartbeat", "heartbeat"),
    package("django-healthchecks", "django_healthchecks"),
];

/// Can a load balancer ask whether the process is well?
pub(super) fn health_endpoint(sheet: Sheet<'_>) -> Answer {
    if let Some(used) = sheet.uses(PACKAGES) {
        return Answer::yes(used.name).at([used.evidence()]);
    }
    Answer::not_yet_judged()
}
