//! The packages of the corpus, each installed with all that it needs: too slow for every run.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use luthier_source::SitePackages;

use super::{Place, compare, dump_with};
use crate::corpus::packages;
use crate::oracle::{Tally, venv};
use crate::workspace;

/// One package that Django can be set up with.
struct Package {
    name: &'static str,
    settings: &'static str,
    python: (u32, u32),
    /// Folders within the package that it puts on `sys.path` itself.
    extra_paths: &'static [&'static str],
}

const PACKAGES: &[Package] = &[
    Package {
        name: "wagtail",
        settings: "wagtail_settings",
        python: (3, 12),
        extra_paths: &[],
    },
    Package {
        name: "pretix",
        settings: "pretix.testutils.settings",
        python: (3, 12),
        extra_paths: &[],
    },
    Package {
        name: "nautobot",
        settings: "nautobot.core.settings",
        python: (3, 12),
        extra_paths: &[],
    },
    Package {
        name: "misago",
        settings: "devproject.settings",
        python: (3, 12),
        extra_paths: &[],
    },
    Package {
        name: "pulpcore",
        settings: "pulpcore.app.settings",
        python: (3, 12),
        extra_paths: &[],
    },
    Package {
        name: "kolibri",
        settings: "kolibri.deployment.default.settings.base",
        python: (3, 11),
        extra_paths: &["kolibri/dist"],
    },
];

/// Compares every package of the corpus.
pub(crate) fn corpus() -> Result<Tally> {
    let mut sum = Tally::default();
    let folder = packages::folder(None);
    for (name, project) in packages::fetch(&folder, &[])? {
        let package = PACKAGES
            .iter()
            .find(|package| package.name == name)
            .with_context(|| format!("no settings are known for {name}"))?;
        sum += run(package, &project).unwrap_or_else(|error| {
            eprintln!("{name}: {error:#}");
            Tally {
                passed: 0,
                failed: 1,
            }
        });
    }
    Ok(sum)
}

fn run(package: &Package, project: &Path) -> Result<Tally> {
    let interpreter = venv::interpreter(package.python..=package.python)
        .with_context(|| format!("Python {:?} for {}", package.python, package.name))?;
    let requirement = packages::requirement(package.name);
    let python = venv::environment(package.name, &interpreter, &[&requirement])?;
    // Packages that write where their user lives get a place of their own.
    let home = venv::cache().join("models").join("home").join(package.name);
    fs::create_dir_all(&home)?;
    fs::write(home.join("pulp.key"), "A".repeat(43) + "=")?;
    let mut command = Command::new(&python);
    command
        .env("HOME", &home)
        .env("KOLIBRI_HOME", home.join("kolibri"))
        .env("PULP_DB_ENCRYPTION_KEY", home.join("pulp.key"))
        .env("PULP_CONTENT_ORIGIN", "http://example.org")
        .env("PULP_SECRET_KEY", "oracle")
        .env("NAUTOBOT_SECRET_KEY", "oracle");
    let mut python_path: Vec<_> = package
        .extra_paths
        .iter()
        .map(|extra| project.join(extra))
        .collect();
    python_path.push(project.to_path_buf());
    python_path.push(workspace::root().join("oracle/models/corpus"));
    let dump = dump_with(package.name, command, &python_path, &home, package.settings)?;
    let packages = SitePackages::find(project, Some(&python));
    let extra_paths = package.extra_paths.iter().map(|&extra| extra.to_owned());
    let place = Place {
        name: package.name,
        folder: project,
        packages,
        extra_paths: extra_paths.collect(),
    };
    compare(&place, &dump)
}
