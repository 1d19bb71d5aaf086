use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::dependencies::{Dependencies, Dependency, Manner, Purpose};
use luthier_source::FileId;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A requirements file that production installs leaves versions open.
    ///
    /// ## Why it matters
    ///
    /// Each build installs what is newest that minute, so the image that is tested is not the one
    /// that is deployed, and a release of a library that you never heard of takes production down on
    /// a day when nobody changed anything.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    ///
    /// ## Bad
    ///
    /// ```text file=requirements.txt
    /// Django==5.2.7
    /// celery  # fires
    /// psycopg>=3.1
    /// ```
    ///
    /// ## Good
    ///
    /// Pins, upper bounds, the input of a compiled file, and requirements that a lock or a
    /// constraints file narrows down.
    ///
    /// ```text file=requirements/base.txt
    /// Django==5.2.7
    /// celery~=5.4.0
    /// shop-theme @ git+https://example.com/theme@4f2c9a1
    /// ```
    ///
    /// ```text file=requirements/dev.txt
    /// -r base.txt
    /// ipython
    /// ```
    ///
    /// ### Compiled
    ///
    /// ```text file=requirements.in
    /// Django
    /// ```
    ///
    /// ```text file=requirements.txt
    /// Django==5.2.7
    /// ```
    ///
    /// ### Constrained
    ///
    /// ```text file=requirements.txt
    /// Django
    /// ```
    ///
    /// ```text file=requirements/constraints.txt
    /// Django==5.2.7
    /// ```
    ///
    /// ### Locked
    ///
    /// ```text file=requirements.txt
    /// Django
    /// ```
    ///
    /// ```toml file=uv.lock
    /// [[package]]
    /// name = "django"
    /// version = "5.2.7"
    /// ```
    RULE = {
        code: "OPS023",
        name: "unpinned-requirements",
        severity: Severity::Warning,
        category: Category::Operations,
        dimension: Some(Dimension::Deployment),
        check: Check::Project(check),
    }
}

/// How many places beyond the first one are shown.
const SHOWN: usize = 10;

fn check(ctx: &mut Context<'_>) {
    // The requirements of a library are those of whoever works on it.
    if ctx.project.root.manage_py.is_none() {
        return;
    }
    let dependencies = &ctx.project.dependencies;
    let open: Vec<&Dependency> = dependencies
        .production()
        .filter(|dependency| dependency.manner == Manner::Requirements && dependency.is_open())
        .filter(|dependency| !is_narrowed(dependencies, dependency))
        .collect();
    let mut files: Vec<FileId> = open
        .iter()
        .map(|dependency| dependency.place.file)
        .collect();
    files.dedup();
    for file in files {
        let own: Vec<&&Dependency> = open
            .iter()
            .filter(|dependency| dependency.place.file == file)
            .collect();
        let Some((first, others)) = own.split_first() else {
            continue;
        };
        let message = match others.len() {
            0 => format!("`{}` may be any version", first.name),
            1 => format!(
                "`{}` and `{}` may be any version",
                first.name, others[0].name
            ),
            more => format!("`{}` and {more} more may be any version", first.name),
        };
        let mut reported = ctx.report(first.place, message);
        reported
            .help("pin what you tested: compile the file with `uv pip compile` or `pip-compile`");
        for other in others.iter().take(SHOWN) {
            reported.related(other.place, format!("`{}` is open too", other.name));
        }
    }
}

/// Whether a lock, a constraint or another file says which version it is.
fn is_narrowed(dependencies: &Dependencies, dependency: &Dependency) -> bool {
    let elsewhere = dependencies
        .declared
        .iter()
        .filter(|other| other.name == dependency.name && other.place != dependency.place);
    let narrowed = elsewhere.into_iter().any(|other| {
        !other.is_open() && matches!(other.purpose, Purpose::Constraint | Purpose::Production)
    });
    narrowed
        || dependencies
            .locked
            .iter()
            .any(|locked| locked.name == dependency.name)
}
