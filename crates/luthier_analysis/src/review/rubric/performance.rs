//! Does it stay fast?

use luthier_diagnostics::review::Criterion;

use super::super::answer::later;
use super::Inputs;

pub(super) fn criteria(inputs: Inputs<'_>) -> Vec<Criterion> {
    let signals = inputs.signals;
    vec![
        signals.caching.criterion("shared-cache", "shared cache"),
        signals
            .database_connections
            .criterion("connection-reuse", "connection reuse"),
        later("queries-per-route", "routes with fewer than 10 queries"),
        later("pagination", "lists with pagination"),
        signals
            .static_files
            .hashed
            .criterion("static-files-hashed", "hashed static files"),
        signals.background_tasks.criterion(),
    ]
}
