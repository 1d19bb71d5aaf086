//! Which Django projects a repository holds.

use luthier_source::{FileId, FileKind, Sources};

use crate::facts::{FileFacts, PythonFacts};

/// Where one project lives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectRoot {
    /// The folder of its manage.py, relative; `""` for the repository's own folder, also where
    /// there is no manage.py at all.
    pub folder: String,
    pub manage_py: Option<FileId>,
}

/// How near a file of the repository is to one of its projects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Nearness {
    Own,
    /// Around the project or beside it, and no other project's.
    Shared,
    /// Another project's.
    Other,
}

/// Which part of a repository is whose, as one of its projects sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Territory {
    folder: String,
    /// The folders of other projects, those around this one left out.
    others: Vec<String>,
}

impl Territory {
    /// Of the project in `folder` where there is no other.
    pub fn alone(folder: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            others: Vec::new(),
        }
    }

    /// Of the project in `folder`, one of those in `roots`.
    pub fn among(folder: &str, roots: &[ProjectRoot]) -> Self {
        let folders = roots.iter().map(|root| &root.folder);
        let others = folders.filter(|other| !is_within(folder, other));
        Self {
            folder: folder.to_owned(),
            others: others.cloned().collect(),
        }
    }

    pub fn folder(&self) -> &str {
        &self.folder
    }

    pub fn nearness(&self, path: &str) -> Nearness {
        if self.others.iter().any(|other| is_within(path, other)) {
            Nearness::Other
        } else if is_within(path, &self.folder) {
            Nearness::Own
        } else {
            Nearness::Shared
        }
    }
}

/// The projects of a repository, by folder. A repository without manage.py is one project: one
/// that is started otherwise, or a reusable app.
pub fn discover(sources: &Sources, files: &[FileFacts]) -> Vec<ProjectRoot> {
    let mut roots: Vec<ProjectRoot> = Vec::new();
    for (id, file) in sources
        .iter()
        .filter(|(_, file)| file.kind == FileKind::Python)
    {
        let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
        let is_manage_py =
            name == "manage.py" && files[id.0 as usize].python().is_some_and(starts_django);
        if is_manage_py {
            roots.push(ProjectRoot {
                folder: folder.to_owned(),
                manage_py: Some(id),
            });
        }
    }
    if roots.is_empty() {
        roots.push(ProjectRoot::default());
    }
    roots.sort_by(|a, b| a.folder.cmp(&b.folder));
    roots
}

/// Which project each file belongs to, as an index into `roots`: the deepest one around it, the
/// first for files around which there is none.
pub fn owners(sources: &Sources, roots: &[ProjectRoot]) -> Vec<usize> {
    let owner = |path: &str| {
        let around = roots
            .iter()
            .enumerate()
            .filter(|(_, root)| is_within(path, &root.folder));
        around
            .max_by_key(|(_, root)| root.folder.len())
            .map_or(0, |(index, _)| index)
    };
    sources.iter().map(|(_, file)| owner(&file.path)).collect()
}

/// Whether a path is a folder, or lies below it.
fn is_within(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a file is part of a project to be generated, not of one that runs: below a folder that
/// `startproject --template` or a cookiecutter will copy.
pub fn is_blueprint(path: &str) -> bool {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders.split('/').any(|folder| {
        folder.contains("{{")
            || matches!(folder, "project_template" | "project_name" | "app_template")
    })
}

/// Whether a file is a copy of somebody else's work.
pub fn is_vendored(path: &str) -> bool {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    let mut folders = folders.split('/');
    folders.any(|folder| matches!(folder, "vendor" | "vendored" | "_vendor" | "third_party"))
}

/// Whether a manage.py names real settings. Those that `startproject --template` will fill in do
/// not: their module is no dotted name.
fn starts_django(facts: &PythonFacts) -> bool {
    let mut names_settings = false;
    for expr in facts.body_ids().flat_map(|id| facts.body(id).exprs()) {
        match expr.as_str() {
            Some(text) if text.contains("{{") => return false,
            Some("DJANGO_SETTINGS_MODULE" | "DJANGO_CONFIGURATION") => names_settings = true,
            _ => {}
        }
    }
    let imports_management = facts.imports.iter().any(|import| {
        facts
            .text(import.module)
            .starts_with("django.core.management")
    });
    names_settings || imports_management
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blueprints_are_told_by_their_folders() {
        assert!(is_blueprint(
            "cms/project_template/project_name/settings/base.py"
        ));
        assert!(is_blueprint("{{cookiecutter.slug}}/Dockerfile"));
        assert!(!is_blueprint("config/settings/project_name.py"));
    }

    #[test]
    fn projects_are_told_from_their_templates() {
        let manage =
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n";
        let sources = Sources::in_memory(&[
            ("a/manage.py", manage),
            ("b/manage.py", manage),
            (
                "tool/template/manage.py",
                &manage.replace("config", "{{ name }}"),
            ),
            ("b/shop/models.py", ""),
            ("shared/x.py", ""),
        ]);
        let files: Vec<FileFacts> = sources
            .iter()
            .map(|(_, file)| FileFacts::extract(file))
            .collect();
        let roots = discover(&sources, &files);
        let folders: Vec<&str> = roots.iter().map(|root| root.folder.as_str()).collect();
        assert_eq!(folders, ["a", "b"]);
        let owner = |path| owners(&sources, &roots)[sources.find(path).unwrap().0 as usize];
        assert_eq!((owner("b/shop/models.py"), owner("shared/x.py")), (1, 0));
    }
    #[test]
    fn files_are_near_or_another_projects() {
        let root = |folder: &str| ProjectRoot {
            folder: folder.to_owned(),
            manage_py: None,
        };
        let roots = [root(""), root("a"), root("a/example"), root("ab")];
        let seen_from = |folder| Territory::among(folder, &roots);
        assert_eq!(seen_from("a").nearness("a/shop/models.py"), Nearness::Own);
        assert_eq!(seen_from("a").nearness("libs/money.py"), Nearness::Shared);
        assert_eq!(seen_from("a").nearness("ab/urls.py"), Nearness::Other);
        assert_eq!(seen_from("a").nearness("a/example/x.py"), Nearness::Other);
        assert_eq!(seen_from("").nearness("a/shop/models.py"), Nearness::Other);
        assert_eq!(seen_from("").nearness("libs/money.py"), Nearness::Own);
        assert_eq!(seen_from("a/example").nearness("a/x.py"), Nearness::Shared);
    }
}
