//! Whether a project is run by those who wrote it, or installed and set up by others.
//!
//! A package that others install ships settings that are defaults: hosts, certificates and keys are
//! for each installation to say, in a file or a settings module of its own.

use luthier_source::Sources;

use crate::Project;
use crate::facts::{ExprRef, FileFacts, PythonFacts};
use crate::projects::is_blueprint;

/// Whether the project is a package for others to install: it declares a distribution or is one
/// that was built (all code lies in packages, and nothing beside it says how to work on it or how
/// to run it), and no file says how it is deployed.
pub(crate) fn is_distributed(project: &Project, sources: &Sources) -> bool {
    !project.deployment.is_described()
        && (declares_packages(project, sources) || is_built(project, sources))
}

/// Whether a `setup.py` or `setup.cfg` says which packages to ship.
fn declares_packages(project: &Project, sources: &Sources) -> bool {
    project.own_files().iter().any(|&file| {
        let path = &sources.file(file).path;
        let name = path.rsplit('/').next().unwrap_or(path);
        match project.facts(file) {
            FileFacts::Python(python) if name == "setup.py" => ships_packages(python),
            FileFacts::Ini(ini) if name == "setup.cfg" => ini.get("options", "packages").is_some(),
            _ => false,
        }
    })
}

fn is_built(project: &Project, sources: &Sources) -> bool {
    let is_in_package = |path: &str| {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        !folder.is_empty() && sources.find(&format!("{folder}/__init__.py")).is_some()
    };
    let mut has_packages = false;
    for &file in project.own_files() {
        let path = &*sources.file(file).path;
        let is_top = path.matches('/').count() <= 1;
        match project.facts(file) {
            FileFacts::Python(_) if path.contains('/') => {
                has_packages |= is_top && is_in_package(path);
            }
            FileFacts::Template(_) | FileFacts::None => {}
            // Code or configuration beside the packages: somebody's working folder.
            _ if is_top && !is_in_package(path) && !is_blueprint(path) => return false,
            _ => {}
        }
    }
    let manage = project.root.manage_py.map(|file| &*sources.file(file).path);
    has_packages && manage.is_none_or(is_in_package)
}

fn ships_packages(facts: &PythonFacts) -> bool {
    let calls = facts.body_ids().flat_map(|id| facts.body(id).exprs());
    calls.filter_map(ExprRef::as_call).any(|call| {
        let callee = call.callee.dotted();
        matches!(callee.as_deref(), Some("setup" | "setuptools.setup"))
            && ["packages", "entry_points"]
                .iter()
                .any(|keyword| call.keyword(keyword).is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANAGE: &str =
        "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n";

    fn is_distributed(files: &[(&str, &str)]) -> bool {
        let base = [
            ("shop/__init__.py", ""),
            ("shop/settings.py", "INSTALLED_APPS = []\n"),
        ];
        let sources = Sources::in_memory(&[&base, files].concat());
        Project::from_sources(&sources).is_distributed
    }

    #[test]
    fn built_packages_and_declared_ones_are_for_others() {
        let setup = "from setuptools import find_packages, setup\nsetup(name='shop', packages=find_packages())\n";
        assert!(is_distributed(&[]));
        assert!(is_distributed(&[("shop/manage.py", MANAGE)]));
        assert!(is_distributed(&[
            ("manage.py", MANAGE),
            ("setup.py", setup)
        ]));
    }

    #[test]
    fn sites_are_not() {
        let setup = "from setuptools import setup\nsetup(packages=['shop'])\n";
        assert!(!is_distributed(&[("manage.py", MANAGE)]));
        assert!(!is_distributed(&[("requirements.txt", "django\n")]));
        assert!(!is_distributed(&[
            ("setup.py", setup),
            ("Procfile", "web: gunicorn shop.wsgi\n")
        ]));
    }
}
