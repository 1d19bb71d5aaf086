//! Rules about deployment.

mod collectstatic_missing;
mod container_runs_as_root;
mod development_server_in_production;
mod dockerignore_missing;
mod image_not_multi_stage;
mod migrate_at_start_race;
mod secret_in_image;
mod unpinned_base_image;
mod workflow_gaps;

use std::collections::BTreeSet;

use luthier_project::Project;
use luthier_project::deployment::{Command, Environment, Image, Moment};
use luthier_source::FileId;

use crate::Rule;

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[
    &development_server_in_production::RULE,
    &container_runs_as_root::RULE,
    &image_not_multi_stage::RULE,
    &secret_in_image::RULE,
    &unpinned_base_image::RULE,
    &dockerignore_missing::RULE,
    &collectstatic_missing::RULE,
    &migrate_at_start_race::RULE,
    &workflow_gaps::RULE,
];

/// The images that may run the project in production.
fn application_images(project: &Project) -> impl Iterator<Item = &Image> {
    let images = project.deployment.images.iter();
    images.filter(|image| image.environment != Environment::Development && image.runs_python)
}

/// Whether everything that an image starts could be read: no script of another image or machine,
/// no tool that runs commands out of a file of its own.
fn is_read(project: &Project, image: &Image) -> bool {
    const RUNNERS: [&str; 14] = [
        "apache2ctl",
        "apachectl",
        "circusd",
        "honcho",
        "init",
        "inv",
        "invoke",
        "just",
        "make",
        "npm",
        "runsvdir",
        "s6-svscan",
        "supervisord",
        "task",
    ];
    let own = || {
        project
            .deployment
            .commands
            .iter()
            .filter(|command| command.image == Some(image.file))
    };
    let started = || own().filter(|command| command.moment == Moment::Start);
    // The commands of a script that was read stand in another file.
    let files: BTreeSet<FileId> = started().map(|command| command.place.file).collect();
    let is_followed = |script: &Command| files.iter().any(|file| *file != script.place.file);
    started().all(|command| {
        let program = command.program.as_str();
        let is_script = program.contains("entrypoint")
            || program
                .rsplit_once('.')
                .is_some_and(|(_, extension)| extension == "sh");
        let has_file = program == "uwsgi"
            && command
                .arguments
                .iter()
                .any(|word| word.text.ends_with(".ini") || word.text.ends_with(".yaml"));
        !RUNNERS.contains(&program) && !has_file && (!is_script || is_followed(command))
    })
}
