//! Does somebody notice when it breaks, and does it break gently?

use luthier_diagnostics::review::Criterion;

use super::super::answer::later;
use super::super::topics;
use super::Inputs;

pub(super) fn criteria(inputs: Inputs<'_>) -> Vec<Criterion> {
    let sheet = inputs.sheet;
    vec![
        later("uniform-api-errors", "uniform API errors"),
        topics::error_tracking(sheet).criterion("error-tracking", "error tracking"),
        topics::json_logs(sheet).criterion("structured-logs", "structured logs"),
        later(
            "no-swallowed-exceptions",
            "exceptions that are not swallowed",
        ),
        later("retries-with-backoff", "tasks that retry with backoff"),
        later("timeouts", "outgoing calls with a timeout"),
    ]
}
