use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, all, not, report_if, truth};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// `PAGE_SIZE` is set and nothing paginates.
    ///
    /// ## Why it matters
    ///
    /// Without `DEFAULT_PAGINATION_CLASS` the page size has no effect: every list endpoint answers with the
    /// whole table.
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
    /// INSTALLED_APPS = ["rest_framework"]
    /// REST_FRAMEWORK = {
    ///     "PAGE_SIZE": 50,  # fires
    /// }
    /// ```
    ///
    /// ## Good
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
    /// INSTALLED_APPS = ["rest_framework"]
    /// REST_FRAMEWORK = {
    ///     "PAGE_SIZE": 50,
    ///     "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    /// }
    /// ```
    ///
    /// Where REST framework is not installed nobody reads it.
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
    /// INSTALLED_APPS = ["shop"]
    /// REST_FRAMEWORK = {"PAGE_SIZE": 50}
    /// ```
    RULE = {
        code: "SEC038",
        name: "page-size-without-pagination",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("rest_framework.W001"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "rest_framework.W001",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let settings = view.value("REST_FRAMEWORK");
    let size = settings.at(&["PAGE_SIZE"]);
    let reported = all([
        view.has_app("rest_framework"),
        truth(&size),
        not(truth(&settings.at(&["DEFAULT_PAGINATION_CLASS"]))),
    ]);
    report_if(reported, || {
        Problem::new(
            "REST_FRAMEWORK",
            "`PAGE_SIZE` has no effect without `DEFAULT_PAGINATION_CLASS`",
            "set `DEFAULT_PAGINATION_CLASS`, or remove `PAGE_SIZE`",
        )
        .at(size.place)
    })
}
