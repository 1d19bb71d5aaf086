//! Rules about deployment.

mod collectstatic_missing;
mod container_runs_as_root;
mod development_server_in_production;
mod dockerignore_missing;
mod image_not_multi_stage;
mod secret_in_image;
mod unpinned_base_image;

use luthier_project::Project;
use luthier_project::deployment::{Environment, Image};

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
];

/// The images that may run the project in production.
fn application_images(project: &Project) -> impl Iterator<Item = &Image> {
    let images = project.deployment.images.iter();
    images.filter(|image| image.environment != Environment::Development && image.runs_python)
}
