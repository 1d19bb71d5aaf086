//! Are queries few, small and right?

use luthier_diagnostics::review::Criterion;

use super::super::answer::later;
use super::Inputs;

pub(super) fn criteria(_inputs: Inputs<'_>) -> Vec<Criterion> {
    vec![
        later(
            "queries-do-not-grow",
            "consumers of querysets free of growth",
        ),
        later("writes-batched", "batched writes"),
        later(
            "queries-use-what-they-load",
            "queries that use what they load",
        ),
        later("indexes-fit-filters", "indexes that fit the filters"),
        later("race-free-updates", "race-free updates"),
    ]
}
