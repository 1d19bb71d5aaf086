//! Do tests hold the code?

use luthier_diagnostics::review::Criterion;

use super::super::answer::later;
use super::Inputs;

pub(super) fn criteria(inputs: Inputs<'_>) -> Vec<Criterion> {
    let sheet = inputs.sheet;
    vec![
        sheet
            .clean(&["TST001"], "pytest-django")
            .criterion("pytest-django", "pytest with pytest-django"),
        sheet
            .clean(&["TST002"], "enforced")
            .criterion("coverage-floor", "coverage floor of 80 or more"),
        sheet
            .clean(&["TST003"], "factories")
            .criterion("factories", "factories"),
        later("services-tested", "services with tests"),
        later("endpoints-tested", "endpoints with tests"),
        later("time-and-network-controlled", "control of time and network"),
        later("levels-present", "levels of the pyramid"),
    ]
}
