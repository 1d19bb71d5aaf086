//! The production checklist: before any deploy, and within the first week. Security's own ten points
//! are among the lines.

use luthier_diagnostics::review::ChecklistItem;

use super::answer::{Answer, Verdict};
use super::pipelines::Pipelines;
use super::rubric::Inputs;
use super::{routes, signals, topics};

/// Before any deploy.
pub(super) fn p0(inputs: Inputs<'_>) -> Vec<ChecklistItem> {
    let Inputs { sheet, signals, .. } = inputs;
    vec![
        signals
            .deploy_checks
            .item("deploy-checks", "deploy check without a warning"),
        signals::secret_key(sheet).item("secret-key", "secret key from the environment"),
        signals::debug(sheet).item("debug-off", "DEBUG off"),
        topics::allowed_hosts(sheet).item("allowed-hosts", "ALLOWED_HOSTS set"),
        topics::https(sheet).item("https", "HTTPS enforced"),
        signals
            .database_connections
            .item("connection-pooling", "connection pooling"),
        signals
            .static_files
            .served
            .item("static-files", "static files served"),
        topics::error_tracking(sheet).item("error-tracking", "error tracking"),
        topics::backups(sheet).item("backups", "backups scheduled"),
    ]
}

/// In the first week.
pub(super) fn p1(inputs: Inputs<'_>) -> Vec<ChecklistItem> {
    let Inputs {
        sheet,
        signals,
        pipelines,
    } = inputs;
    vec![
        topics::rate_limits(sheet).item("rate-limits", "rate limits on all endpoints"),
        topics::admin_moved(sheet).item("admin-moved", "admin moved"),
        signals.caching.item("shared-cache", "shared cache"),
        signals
            .background_tasks
            .answer
            .item("background-tasks", "background tasks"),
        topics::json_logs(sheet).item("json-logs", "structured JSON logs"),
        continuous_integration(pipelines).item("ci", "CI"),
        routes::health_endpoint(sheet).item("health-endpoint", "health endpoint"),
        pipelines
            .audit
            .item("dependency-audit", "dependency audit in CI"),
        topics::checks_clean(sheet, &["security.W003"], "CSRF middleware on")
            .item("csrf", "CSRF protection on"),
        Answer::not_yet_judged().item("injection", "no injection"),
        Answer::not_yet_judged().item("validation", "input validated"),
    ]
}

fn continuous_integration(pipelines: &Pipelines) -> Answer {
    match pipelines.tests.verdict {
        Verdict::Yes => Answer::yes(format!("tests: {}", pipelines.tests.note))
            .at(pipelines.tests.evidence.clone()),
        _ => pipelines.tests.clone(),
    }
}
