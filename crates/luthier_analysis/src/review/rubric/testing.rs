//! Do tests hold the code?

use luthier_diagnostics::review::Criterion;

use super::super::answer::{Answer, Verdict, later};
use super::super::sheet::at;
use super::Inputs;

pub(super) fn criteria(inputs: Inputs<'_>) -> Vec<Criterion> {
    let sheet = inputs.sheet;
    let tests = &sheet.project.tests;
    let runner = match sheet.clean(&["TST001"], "pytest-django") {
        yes if yes.verdict == Verdict::Yes && !tests.has_pytest_django => unseen(),
        answer => answer,
    };
    let factories = match sheet.clean(&["TST003"], "factories") {
        yes if yes.verdict == Verdict::Yes && tests.factories.is_empty() => unseen(),
        answer => answer,
    };
    vec![
        runner.criterion("pytest-django", "pytest with pytest-django"),
        coverage(inputs).criterion("coverage-floor", "coverage floor of 80 or more"),
        factories.criterion("factories", "factories"),
        later("services-tested", "services with tests"),
        later("endpoints-tested", "endpoints with tests"),
        later("time-and-network-controlled", "control of time and network"),
        later("levels-present", "levels of the pyramid"),
    ]
}

/// Silence of a rule is no proof: what would prove it was not seen either.
fn unseen() -> Answer {
    Answer::unknown("not seen in the repository")
}

fn coverage(inputs: Inputs<'_>) -> Answer {
    let floor = inputs.sheet.project.tests.coverage_floor;
    match floor {
        Some(floor) => {
            let note = format!("a floor of {} %", floor.percent);
            let answer = if floor.percent >= 80.0 {
                Answer::yes(note.clone())
            } else {
                Answer::no(note.clone())
            };
            answer.at([at(floor.place, note)])
        }
        None => match inputs.sheet.clean(&["TST002"], "") {
            yes if yes.verdict == Verdict::Yes => unseen(),
            answer => answer,
        },
    }
}
