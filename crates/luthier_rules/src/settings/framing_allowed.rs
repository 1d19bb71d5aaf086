use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, all, each, not, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// Pages may be shown in frames.
    ///
    /// ## Why it matters
    ///
    /// With `X_FRAME_OPTIONS` other than `DENY` a page can be framed, by this site's own pages at least:
    /// one that shows foreign content can let visitors click on another unawares.
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
    /// X_FRAME_OPTIONS = "SAMEORIGIN"  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// Django's default is `DENY`.
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
    /// Without the middleware there is no header; that is SEC002.
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]
    /// X_FRAME_OPTIONS = "SAMEORIGIN"
    /// ```
    RULE = {
        code: "SEC019",
        name: "framing-allowed",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.W019"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.W019",
    samples: &[("DENY", "DENY"), ("SAMEORIGIN", "anything else")],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let reported = all([
        view.middleware("django.middleware.clickjacking.XFrameOptionsMiddleware"),
        not(each(&view.value("X_FRAME_OPTIONS"), &|value| {
            Some(value.as_str() == Some("DENY"))
        })),
    ]);
    report_if(reported, || {
        Problem::new(
            "X_FRAME_OPTIONS",
            "`X_FRAME_OPTIONS` is not `DENY`: pages may be shown in frames",
            "set it to `DENY` and loosen it for single views with `xframe_options_sameorigin`",
        )
    })
}
