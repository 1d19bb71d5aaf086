//! All files together: what is declared, what is locked, which Django that gives.

use luthier_source::requirements_txt::RequirementLine;
use luthier_source::{FileId, FileKind, SitePackages, Sources};
use rustc_hash::FxHashSet;

use super::facts::{self, Declared};
use super::{Dependencies, Dependency, Locked, Manner, Purpose};
use crate::django::version::newest_allowed;
use crate::django::{DjangoTarget, DjangoVersion, VersionSource};
use crate::facts::FileFacts;
use crate::place::Place;
use crate::projects::{is_blueprint, is_vendored};

impl Dependencies {
    /// Reads what the files `own` of one project declare and lock.
    pub fn link(sources: &Sources, files: &[FileFacts], own: &[FileId]) -> Self {
        let mut dependencies = Self::default();
        let is_running = |file: &&FileId| {
            let path = &sources.file(**file).path;
            !is_blueprint(path) && !is_vendored(path)
        };
        let own: &[FileId] = &own.iter().filter(is_running).copied().collect::<Vec<_>>();
        let for_production = included_by_production(sources, files, own);
        for &file in own {
            let source = sources.file(file);
            let name = source.path.rsplit('/').next().unwrap_or(&source.path);
            let declared = match &files[file.0 as usize] {
                FileFacts::Requirements(requirements) => {
                    let purpose = if for_production.contains(&file) {
                        Purpose::Production
                    } else {
                        facts::purpose_of_path(&source.path)
                    };
                    let manner = if has_compiled_output(sources, &source.path) {
                        Manner::CompiledInput
                    } else {
                        Manner::Requirements
                    };
                    facts::of_requirements(requirements, purpose, manner)
                }
                FileFacts::Pyproject(pyproject) => {
                    let is_pipfile = source.kind == FileKind::Pipfile;
                    dependencies.requires_python = dependencies
                        .requires_python
                        .take()
                        .or_else(|| pyproject.requires_python.clone());
                    facts::of_pyproject(
                        pyproject,
                        if is_pipfile {
                            Manner::Pipfile
                        } else {
                            Manner::Metadata
                        },
                    )
                }
                FileFacts::Ini(ini) if name == "setup.cfg" => {
                    let python = ini
                        .get("options", "python_requires")
                        .map(|entry| entry.value.clone());
                    dependencies.requires_python = dependencies.requires_python.take().or(python);
                    facts::of_setup_cfg(ini)
                }
                FileFacts::Python(python) if name == "setup.py" => facts::of_setup_py(python),
                FileFacts::Lock(lock) => {
                    dependencies.lock_files.push(file);
                    let packages = lock.packages.iter().filter(|package| !package.local);
                    dependencies.locked.extend(packages.map(|package| Locked {
                        name: package.name.clone(),
                        version: package.version.clone(),
                        place: Place::new(file, package.span),
                    }));
                    continue;
                }
                _ => continue,
            };
            dependencies.declared.extend(
                declared
                    .into_iter()
                    .map(|declared| dependency(file, declared)),
            );
        }
        dependencies
    }

    /// The Django that the project runs on, from the firmest thing that says so.
    pub fn django(&self, configured: Option<&str>, packages: &SitePackages) -> DjangoTarget {
        if let Some((text, version)) =
            configured.and_then(|text| Some((text, DjangoVersion::parse(text)?)))
        {
            return target(version, Some(text), VersionSource::Configured);
        }
        let locked = self.locked.iter().filter(|locked| locked.name == "django");
        for locked in locked {
            if let Some((text, version)) = locked
                .version
                .as_deref()
                .and_then(|text| Some((text, DjangoVersion::parse(text)?)))
            {
                return target(version, Some(text), VersionSource::Locked(locked.place));
            }
        }
        let declared = || {
            self.declared
                .iter()
                .filter(|dependency| dependency.name == "django")
        };
        // What production installs says more than what tests or extras install.
        let by_weight = [
            Purpose::Production,
            Purpose::Constraint,
            Purpose::Optional,
            Purpose::Development,
        ];
        let ordered: Vec<&Dependency> = by_weight
            .into_iter()
            .flat_map(|purpose| declared().filter(move |d| d.purpose == purpose))
            .collect();
        for dependency in &ordered {
            if let Some((text, version)) = dependency
                .pinned_version()
                .and_then(|text| Some((text, DjangoVersion::parse(text)?)))
            {
                return target(version, Some(text), VersionSource::Pinned(dependency.place));
            }
        }
        let installed = packages.version("django");
        if let Some((text, version)) = installed
            .as_deref()
            .and_then(|text| Some((text, DjangoVersion::parse(text)?)))
        {
            return target(version, Some(text), VersionSource::Installed);
        }
        let range = ordered.iter().find_map(|dependency| {
            Some((newest_allowed(&dependency.specifier)?, dependency.place))
        });
        range.map_or_else(DjangoTarget::default, |(version, place)| {
            target(version, None, VersionSource::Range(place))
        })
    }
}

impl Dependency {
    /// The version of an exact pin.
    pub fn pinned_version(&self) -> Option<&str> {
        let version = self
            .specifier
            .split(',')
            .find_map(|clause| clause.trim().strip_prefix("=="))?;
        let version = version.trim_start_matches('=').trim();
        (!version.ends_with(".*")).then_some(version)
    }
}

fn target(version: DjangoVersion, exact: Option<&str>, source: VersionSource) -> DjangoTarget {
    DjangoTarget {
        version,
        exact: exact.map(str::to_owned),
        source,
    }
}

fn dependency(file: FileId, declared: Declared) -> Dependency {
    let Declared {
        requirement,
        purpose,
        manner,
    } = declared;
    Dependency {
        pinned: requirement.is_pinned(),
        place: Place::new(file, requirement.span),
        name: requirement.name,
        specifier: requirement.specifier,
        purpose,
        manner,
    }
}

/// Requirements files that a production one includes by `-r`, whatever their own names say.
fn included_by_production(
    sources: &Sources,
    files: &[FileFacts],
    own: &[FileId],
) -> FxHashSet<FileId> {
    let mut waiting: Vec<FileId> = own
        .iter()
        .copied()
        .filter(|file| matches!(files[file.0 as usize], FileFacts::Requirements(_)))
        .filter(|file| facts::purpose_of_path(&sources.file(*file).path) == Purpose::Production)
        .collect();
    let mut reached: FxHashSet<FileId> = FxHashSet::default();
    while let Some(file) = waiting.pop() {
        if !reached.insert(file) {
            continue;
        }
        let FileFacts::Requirements(requirements) = &files[file.0 as usize] else {
            continue;
        };
        for line in &requirements.lines {
            if let RequirementLine::Include { path, .. } = line {
                waiting.extend(sources.find(&beside(&sources.file(file).path, path)));
            }
        }
    }
    reached
}

/// Whether `x.in` has an `x.txt` beside it.
fn has_compiled_output(sources: &Sources, path: &str) -> bool {
    path.strip_suffix(".in")
        .is_some_and(|stem| sources.find(&format!("{stem}.txt")).is_some())
}

/// The path of what the file at `path` calls `relative`.
pub(crate) fn beside(path: &str, relative: &str) -> String {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
