use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::settings::Kind;

use super::deploy::{self, DeployCheck, Problem, Verdict, View, each, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// `CSRF_FAILURE_VIEW` names a module that cannot be imported.
    ///
    /// ## Why it matters
    ///
    /// Every rejected form ends in a server error instead of an explanation.
    ///
    /// ## Bad
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
    /// CSRF_FAILURE_VIEW = "csrf_failure"  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// Django's own view needs no setting.
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
    /// ```
    ///
    /// A package that is not seen from here may well have it.
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
    /// CSRF_FAILURE_VIEW = "companylib.views.csrf_failure"
    /// ```
    RULE = {
        code: "SEC029",
        name: "csrf-failure-view-missing",
        severity: Severity::Error,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.E102"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.E102",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let value = view.value("CSRF_FAILURE_VIEW");
    let missing = each(&value, &|value| match &value.kind {
        Kind::Str(path) => cannot_be_imported(view, path),
        Kind::Reference(_) => Some(false),
        _ => None,
    });
    report_if(missing, || {
        Problem::new(
            "CSRF_FAILURE_VIEW",
            format!(
                "`{}` cannot be imported",
                value.as_str().unwrap_or("CSRF_FAILURE_VIEW")
            ),
            "give the full dotted path of the view",
        )
    })
}

/// Whether importing ends in an `ImportError`: there is no dot, or not even the package around the
/// module. Where only the last part is missing Django raises another error, which is no message of
/// this check.
fn cannot_be_imported(view: &View<'_>, path: &str) -> Option<bool> {
    let Some((module, _)) = path.rsplit_once('.') else {
        return Some(true);
    };
    let modules = &view.project.modules;
    let outer = module.split('.').next().unwrap_or(module);
    if modules.find(module).is_some() || outer == "django" {
        return Some(false);
    }
    let is_somewhere = modules.find(outer).is_some() || modules.is_namespace(outer);
    if is_somewhere || !modules.has_packages() {
        return None;
    }
    Some(true)
}
