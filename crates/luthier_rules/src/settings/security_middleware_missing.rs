use luthier_diagnostics::{Category, Dimension, Severity};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, not, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// `MIDDLEWARE` lacks Django's security middleware.
    ///
    /// ## Why it matters
    ///
    /// Without `SecurityMiddleware` none of the `SECURE_` settings has an effect: no redirect to HTTPS, no
    /// HSTS, no `nosniff`, whatever the settings say.
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// MIDDLEWARE = [  # fires
    ///     "django.middleware.common.CommonMiddleware",
    /// ]
    /// ```
    ///
    /// ## Good
    ///
    /// The middleware may be added later, in any way.
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
    /// MIDDLEWARE.insert(0, "django.middleware.security.SecurityMiddleware")
    /// ```
    RULE = {
        code: "SEC001",
        name: "security-middleware-missing",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.W001"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.W001",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let reported = not(view.security_middleware());
    report_if(reported, || {
        Problem::new(
            "MIDDLEWARE",
            "`MIDDLEWARE` lacks `django.middleware.security.SecurityMiddleware`",
            "put `django.middleware.security.SecurityMiddleware` first in `MIDDLEWARE`",
        )
    })
}
