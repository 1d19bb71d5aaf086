//! Is the project hard to break into?

use luthier_diagnostics::review::Criterion;

use super::super::answer::{Verdict, evidence, later, share};
use super::super::signals::deploy_check_codes;
use super::super::topics;
use super::Inputs;

/// Django's checks about transport: HSTS, redirect, cookies over HTTPS only.
const HTTPS_CHECKS: [&str; 4] = [
    "security.W004",
    "security.W008",
    "security.W012",
    "security.W016",
];

pub(super) fn criteria(inputs: Inputs<'_>) -> Vec<Criterion> {
    let Inputs { sheet, signals, .. } = inputs;
    vec![
        deploy_checks(inputs),
        signals
            .secret_management
            .criterion("secrets-outside-code", "safe handling of secrets"),
        https(inputs),
        later(
            "routes-protected",
            "routes with authentication and permission",
        ),
        topics::checks_clean(sheet, &["security.W003"], "CSRF middleware on")
            .criterion("csrf", "CSRF protection"),
        later("no-injection", "code free of injection"),
        later("input-validated", "validated input"),
        later("throttling", "throttling"),
        topics::admin_moved(sheet).criterion("admin-moved", "custom URL for the admin"),
        later("dependencies-sound", "dependencies without advisories"),
    ]
}

/// The share of Django's checks that have nothing to say, of those that the code decides.
fn deploy_checks(inputs: Inputs<'_>) -> Criterion {
    let (id, title) = ("deploy-checks", "deploy checks clean");
    let sheet = inputs.sheet;
    let codes = deploy_check_codes(sheet);
    let verdict = inputs.signals.deploy_checks.verdict;
    if sheet.settings().is_none() || verdict == Verdict::NotYetJudged {
        return inputs.signals.deploy_checks.criterion(id, title);
    }
    let fired = sheet.fired(&codes);
    let failed = |code: &&&str| fired.iter().any(|finding| finding.code == **code);
    let is_open = |code: &&&str| {
        let depends = sheet.depends.iter().any(|depends| depends.code == **code);
        depends || sheet.undecided.contains(**code)
    };
    let decided = codes.iter().filter(|code| failed(code) || !is_open(code));
    let (of, no) = (decided.clone().count(), decided.filter(failed).count());
    let places = fired.iter().map(|finding| evidence(finding)).collect();
    share(id, title, of - no, of, places)
}

fn https(inputs: Inputs<'_>) -> Criterion {
    let (id, title) = ("https-enforced", "HTTPS checks clean");
    let clean = |check| topics::checks_clean(inputs.sheet, &[check], "");
    let middleware = topics::security_middleware(inputs.sheet);
    let answers = HTTPS_CHECKS.map(|check| match check {
        "security.W004" | "security.W008" if middleware.verdict != Verdict::Yes => {
            middleware.clone()
        }
        check => clean(check),
    });
    let count = |verdict| {
        answers
            .iter()
            .filter(|answer| answer.verdict == verdict)
            .count()
    };
    let (yes, no) = (count(Verdict::Yes), count(Verdict::No));
    if yes + no == 0 {
        return answers[0].criterion(id, title);
    }
    let places = answers
        .iter()
        .flat_map(|answer| answer.evidence.iter().cloned());
    share(id, title, yes, yes + no, places.collect())
}
