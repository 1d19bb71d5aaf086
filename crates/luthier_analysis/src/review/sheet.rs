//! One project as the review looks at it: its links, and what the rules found in it.

use std::collections::BTreeSet;

use luthier_diagnostics::review::Evidence;
use luthier_diagnostics::{DependsOn, Finding};
use luthier_project::Project;
use luthier_project::flows::CallGraph;
use luthier_project::settings::{Setting, SettingsModule};
use luthier_rules::registry;
use luthier_source::{Location, Sources, Span};

use super::answer::{self, Answer};

/// What the questions of the review are answered from.
#[derive(Clone, Copy)]
pub(super) struct Sheet<'a> {
    pub(super) project: &'a Project,
    pub(super) sources: &'a Sources,
    /// Which functions of the project call which.
    pub(super) calls: &'a CallGraph,
    /// Of every rule, whatever was selected; those that comments silence are not among them.
    pub(super) findings: &'a [Finding],
    pub(super) depends: &'a [DependsOn],
    /// The codes of rules whose silence is no approval.
    pub(super) undecided: &'a BTreeSet<&'static str>,
}

impl<'a> Sheet<'a> {
    /// The settings that production uses, as far as loading them was followed to the end.
    pub(super) fn settings(&self) -> Option<&'a SettingsModule> {
        let production = self.project.settings.production()?;
        production.fails().is_none().then_some(production)
    }

    /// The answer to questions about settings where there are none to ask.
    pub(super) fn no_settings(&self) -> Answer {
        match self.project.settings.production() {
            None => match self.project.settings.modules.as_slice() {
                [] => Answer::unknown(
                    "no settings module was found; name it with `settings` in luthier.toml",
                ),
                [found, ..] => Answer::unknown(format!(
                    "{} is taken for a test's settings; name production's with `settings` in \
                     luthier.toml",
                    found.name
                )),
            },
            Some(module) => {
                let why = module.fails().unwrap_or("it was not understood");
                Answer::unknown(format!("loading {} fails: {why}", module.name))
            }
        }
    }

    /// A setting of production, Django's default included.
    pub(super) fn setting(&self, name: &str) -> Option<Setting> {
        self.settings()?.effective(name)
    }

    /// What these rules found, surely or likely.
    pub(super) fn fired(&self, codes: &[&str]) -> Vec<&'a Finding> {
        let findings = self.findings.iter();
        findings
            .filter(|finding| codes.contains(&finding.code))
            .collect()
    }

    /// No, where the rule found that a setting is not what its author takes it for.
    pub(super) fn misread(&self, code: &str, setting: &str) -> Option<Answer> {
        let fired = self.fired(&[code]);
        let is_about = |finding: &&&Finding| finding.symbol.as_deref() == Some(setting);
        let finding = fired.iter().find(is_about)?;
        Some(Answer::no(finding.message.clone()).at([answer::evidence(finding)]))
    }

    /// What these rules found, as evidence.
    pub(super) fn evidence(&self, codes: &[&str]) -> Vec<Evidence> {
        let fired = self.fired(codes);
        fired.into_iter().map(answer::evidence).collect()
    }

    /// Yes where none of these rules found anything.
    pub(super) fn clean(&self, codes: &[&str], yes: &str) -> Answer {
        if codes.iter().any(|code| registry::find(code).is_none()) {
            return Answer::not_yet_judged();
        }
        let fired = self.fired(codes);
        match fired.first() {
            None if codes.iter().any(|code| self.undecided.contains(code)) => {
                Answer::unknown("not all that decides it was understood")
            }
            None => Answer::yes(yes),
            Some(first) => Answer::no(first.message.clone()).at(self.evidence(codes)),
        }
    }

    /// Whether one of the packages is among the dependencies, or imported by the project's code.
    pub(super) fn uses(&self, packages: &[Package]) -> Option<Use> {
        packages.iter().find_map(|package| self.uses_one(*package))
    }

    fn uses_one(&self, package: Package) -> Option<Use> {
        let declared = &self.project.dependencies.declared;
        let declared = declared
            .iter()
            .find(|dependency| dependency.name == package.name);
        let place = declared.map(|dependency| dependency.place);
        place
            .or_else(|| self.import_of(package.module))
            .map(|place| Use {
                name: package.name,
                place,
            })
    }

    /// The first import of a module (or of something in it) in the project's code, tests aside.
    pub(super) fn import_of(&self, module: &str) -> Option<Location> {
        self.project.own_files().iter().find_map(|&file| {
            let path = &self.sources.file(file).path;
            if luthier_project::facts::is_test_path(path) {
                return None;
            }
            let facts = self.project.facts(file).python()?;
            let import = facts.imports.iter().find(|import| {
                let name = facts.text(import.module);
                import.level == 0
                    && name
                        .strip_prefix(module)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })?;
            Some(Location::new(file, import.span))
        })
    }
}

/// A distribution, and the module that it brings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Package {
    pub(super) name: &'static str,
    pub(super) module: &'static str,
}

pub(super) const fn package(name: &'static str, module: &'static str) -> Package {
    Package { name, module }
}

/// Where a package is declared or imported.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use {
    pub(super) name: &'static str,
    pub(super) place: Location,
}

impl Use {
    pub(super) fn evidence(self) -> Evidence {
        at(self.place, format!("`{}`", self.name))
    }
}

pub(super) fn at(location: Location, message: impl Into<String>) -> Evidence {
    Evidence {
        location,
        message: message.into(),
    }
}

/// Where a setting gets its value, if that is in the repository.
pub(super) fn written(setting: &Setting, message: impl Into<String>) -> Option<Evidence> {
    setting.place().map(|place| at(place, message))
}

/// The first line of a file, for what concerns it as a whole.
pub(super) fn whole(file: luthier_source::FileId, message: impl Into<String>) -> Evidence {
    at(Location::new(file, Span::at(0)), message)
}
