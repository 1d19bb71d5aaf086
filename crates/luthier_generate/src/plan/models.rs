//! Where the models of a plan are written.

use luthier_project::Project;
use luthier_project::migrations::ModelKey;
use luthier_source::FileId;

/// The files that hold the classes of these models, or those of their app where a class is gone.
pub(super) fn files_of(project: &Project, keys: &[ModelKey]) -> Vec<FileId> {
    let of_class = |key: &ModelKey| {
        let id = project.models.by_label(&format!("{}.{}", key.0, key.1))?;
        project
            .modules
            .get(project.models.get(id).class?.module)
            .file
    };
    let of_app = |key: &ModelKey| {
        let module = project.apps.by_label(&key.0)?.models_module?;
        project.modules.get(module).file
    };
    let files = keys
        .iter()
        .filter_map(|key| of_class(key).or_else(|| of_app(key)));
    let mut files: Vec<FileId> = files.collect();
    files.sort_unstable();
    files.dedup();
    files
}
