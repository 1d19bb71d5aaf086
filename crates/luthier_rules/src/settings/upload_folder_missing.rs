use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{
    self, DeployCheck, Problem, Verdict, View, each,
    paths::{absolute, text},
    report_if,
};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// `FILE_UPLOAD_TEMP_DIR` is no folder.
    ///
    /// ## Why it matters
    ///
    /// Every upload too large for memory fails.
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// from pathlib import Path
    ///
    /// BASE_DIR = Path(__file__).resolve().parent.parent
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// MIDDLEWARE = []
    /// FILE_UPLOAD_TEMP_DIR = BASE_DIR / "var" / "uploads"  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// Whether a folder elsewhere on the machine is there cannot be known.
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// MIDDLEWARE = [
    ///     "django.middleware.security.SecurityMiddleware",
    ///     "django.contrib.sessions.middleware.SessionMiddleware",
    ///     "django.middleware.csrf.CsrfViewMiddleware",
    ///     "django.middleware.clickjacking.XFrameOptionsMiddleware",
    /// ]
    /// FILE_UPLOAD_TEMP_DIR = "/var/tmp/uploads"
    /// ```
    ///
    /// The folder is in the repository.
    ///
    /// ```python file=config/settings.py
    /// from pathlib import Path
    ///
    /// BASE_DIR = Path(__file__).resolve().parent.parent
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// MIDDLEWARE = []
    /// FILE_UPLOAD_TEMP_DIR = BASE_DIR / "config"
    /// ```
    RULE = {
        code: "SEC033",
        name: "upload-folder-missing",
        severity: Severity::Error,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("files.E001"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "files.E001",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let folder = view.value("FILE_UPLOAD_TEMP_DIR");
    if view.truth("FILE_UPLOAD_TEMP_DIR") == Some(false) {
        return Some(Vec::new());
    }
    let missing = each(&folder, &|folder| {
        let path = absolute(view, text(folder)?)?;
        (path.in_repository).then(|| !view.sources.has_folder(&path.relative()))
    });
    report_if(missing, || {
        Problem::new(
            "FILE_UPLOAD_TEMP_DIR",
            "`FILE_UPLOAD_TEMP_DIR` names a folder that is not in the repository",
            "remove the setting to use the system's own folder, or make the folder part of the deployment",
        )
    })
}
