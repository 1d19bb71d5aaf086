//! Is it built, started and watched as a production system is?

use luthier_diagnostics::review::Criterion;
use luthier_project::deployment::User;

use super::super::answer::{Answer, Verdict, later, share};
use super::super::routes;
use super::Inputs;

pub(super) fn criteria(inputs: Inputs<'_>) -> Vec<Criterion> {
    let Inputs {
        sheet, pipelines, ..
    } = inputs;
    let has_image = sheet
        .project
        .deployment
        .images
        .iter()
        .any(|image| image.runs_python);
    let container = |code: &str, yes: &str| {
        if has_image {
            sheet.clean(&[code], yes)
        } else {
            Answer::not_applicable("no Dockerfile that runs Python")
        }
    };
    let mut non_root = container("OPS011", "own user");
    let images = sheet.project.deployment.images.iter();
    let mut python = images.filter(|image| image.runs_python);
    if non_root.verdict == Verdict::Yes && python.any(|image| image.user == User::Unknown) {
        non_root = Answer::unknown("as whom the base image runs is not known");
    }
    let (held, of) = pipelines.share();
    vec![
        container("OPS012", "multi-stage").criterion("multi-stage", "multi-stage image"),
        non_root.criterion("non-root", "unprivileged container"),
        share(
            "ci",
            "jobs that CI should run",
            held,
            of,
            pipelines.missing(),
        ),
        routes::health_endpoint(sheet).criterion("health-endpoint", "health endpoint"),
        later("server-tuned", "tuned server"),
        later("release-safe", "safe release steps"),
    ]
}
