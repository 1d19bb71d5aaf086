//! The packages of the corpus, each installed with all that it needs: too slow for every run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use luthier_source::SitePackages;

use super::{Place, compare, dump_with};
use crate::corpus::packages;
use crate::oracle::{Only, Tally, venv};
use crate::workspace;

/// One package that Django can be set up with.
struct Package {
    name: &'static str,
    settings: &'static str,
    /// Settings that leave the migrations on, where those do not.
    migrated: Option<&'static str>,
    python: (u32, u32),
    /// Folders within the package that it puts on `sys.path` itself.
    extra_paths: &'static [&'static str],
}

const PACKAGES: &[Package] = &[
    Package {
        name: "wagtail",
        settings: "wagtail_settings",
        migrated: None,
        python: (3, 12),
        extra_paths: &[],
    },
    Package {
        name: "pretix",
        settings: "pretix.testutils.settings",
        migrated: Some("pretix.settings"),
        python: (3, 12),
        extra_paths: &[],
    },
    Package {
        name: "nautobot",
        settings: "nautobot.core.settings",
        migrated: None,
        python: (3, 12),
        extra_paths: &[],
    },
    Package {
        name: "misago",
        settings: "devproject.settings",
        migrated: None,
        python: (3, 12),
        extra_paths: &[],
    },
    Package {
        name: "pulpcore",
        settings: "pulpcore.app.settings",
        migrated: None,
        python: (3, 12),
        extra_paths: &[],
    },
    Package {
        name: "kolibri",
        settings: "kolibri.deployment.default.settings.base",
        migrated: None,
        python: (3, 11),
        extra_paths: &["kolibri/dist"],
    },
];

/// One package where Django can be set up with it.
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    /// Its folder in the corpus.
    pub(crate) project: PathBuf,
    pub(crate) settings: &'static str,
    /// The same, or others with which the migrations are on.
    pub(crate) migrated: &'static str,
    pub(crate) extra_paths: &'static [&'static str],
    pub(crate) python: PathBuf,
    /// Where it may write.
    pub(crate) home: PathBuf,
}

impl Setting {
    /// Installs the package, unless that was done before.
    fn of(package: &'static Package, project: &Path) -> Result<Self> {
        let interpreter = venv::interpreter(package.python..=package.python)
            .with_context(|| format!("Python {:?} for {}", package.python, package.name))?;
        let requirement = packages::requirement(package.name);
        let python = venv::environment(package.name, &interpreter, &[&requirement])?;
        // Packages that write where their user lives get a place of their own.
        let home = venv::cache().join("models").join("home").join(package.name);
        fs::create_dir_all(&home)?;
        fs::write(home.join("pulp.key"), "A".repeat(43) + "=")?;
        Ok(Self {
            name: package.name,
            project: project.to_path_buf(),
            settings: package.settings,
            migrated: package.migrated.unwrap_or(package.settings),
            extra_paths: package.extra_paths,
            python,
            home,
        })
    }

    /// The package's Python, with all that its settings ask for.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.python);
        command
            .env("HOME", &self.home)
            .env("DATA_DIR", &self.home)
            .env("KOLIBRI_HOME", self.home.join("kolibri"))
            .env("PULP_DB_ENCRYPTION_KEY", self.home.join("pulp.key"))
            .env("PULP_CONTENT_ORIGIN", "http://example.org")
            .env("PULP_SECRET_KEY", "oracle")
            .env("NAUTOBOT_SECRET_KEY", "oracle");
        command
    }

    pub(crate) fn python_path(&self) -> Vec<PathBuf> {
        let extra = self.extra_paths.iter();
        let mut path: Vec<_> = extra.map(|extra| self.project.join(extra)).collect();
        path.push(self.project.clone());
        path.push(workspace::root().join("oracle/models/corpus"));
        path
    }
}

/// What `compare` says of every package of the corpus that is wanted. One that cannot be set up
/// counts as one failure.
pub(crate) fn each(only: &Only, compare: impl Fn(&Setting) -> Result<Tally>) -> Result<Tally> {
    let mut sum = Tally::default();
    let folder = packages::folder(None);
    for (name, project) in packages::fetch(&folder, &[])? {
        if !only.wants(&name) {
            continue;
        }
        let package = PACKAGES
            .iter()
            .find(|package| package.name == name)
            .with_context(|| format!("no settings are known for {name}"))?;
        let compared = Setting::of(package, &project).and_then(|setting| compare(&setting));
        sum += compared.unwrap_or_else(|error| {
            eprintln!("{name}: {error:#}");
            Tally {
                passed: 0,
                failed: 1,
            }
        });
    }
    Ok(sum)
}

/// Compares every package of the corpus.
pub(crate) fn corpus(only: &Only) -> Result<Tally> {
    each(only, |setting| {
        let dump = dump_with(
            setting.name,
            setting.command(),
            &setting.python_path(),
            &setting.home,
            setting.settings,
        )?;
        let extra_paths = setting.extra_paths.iter().map(|&extra| extra.to_owned());
        let place = Place {
            name: setting.name,
            folder: &setting.project,
            packages: SitePackages::find(&setting.project, Some(&setting.python)),
            extra_paths: extra_paths.collect(),
        };
        compare(&place, &dump)
    })
}
