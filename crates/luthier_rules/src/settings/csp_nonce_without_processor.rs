use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::settings::{Kind, Value};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, all, any, contains, each, not};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// The policy asks for a nonce that templates cannot have.
    ///
    /// ## Why it matters
    ///
    /// The header then allows only scripts with the nonce, and no template can write it: every inline script
    /// of the site stops working.
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// from django.utils.csp import CSP
    ///
    /// ROOT_URLCONF = "config.urls"
    /// MIDDLEWARE = ["django.middleware.csp.ContentSecurityPolicyMiddleware"]
    /// TEMPLATES = [
    ///     {"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {}},
    /// ]
    /// SECURE_CSP = {"script-src": [CSP.SELF, CSP.NONCE]}  # fires
    /// ```
    ///
    /// ```text file=requirements.txt
    /// Django==6.1.3
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=config/settings.py
    /// from django.utils.csp import CSP
    ///
    /// ROOT_URLCONF = "config.urls"
    /// MIDDLEWARE = ["django.middleware.csp.ContentSecurityPolicyMiddleware"]
    /// TEMPLATES = [
    ///     {
    ///         "BACKEND": "django.template.backends.django.DjangoTemplates",
    ///         "OPTIONS": {"context_processors": ["django.template.context_processors.csp"]},
    ///     },
    /// ]
    /// SECURE_CSP = {"script-src": [CSP.SELF, CSP.NONCE]}
    /// ```
    ///
    /// ```text file=requirements.txt
    /// Django==6.1.3
    /// ```
    RULE = {
        code: "SEC027",
        name: "csp-nonce-without-processor",
        severity: Severity::Warning,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.W027"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.W027",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    for name in ["SECURE_CSP", "SECURE_CSP_REPORT_ONLY"] {
        let reported = all([
            view.middleware("django.middleware.csp.ContentSecurityPolicyMiddleware"),
            each(&view.value(name), &asks_for_nonce),
            not(has_processor(&view.value("TEMPLATES"))),
        ]);
        if reported? {
            return Some(vec![Problem::new(
                name,
                format!("`{name}` asks for a nonce that no template can write"),
                "add `django.template.context_processors.csp` to the context processors of `TEMPLATES`",
            )]);
        }
    }
    Some(Vec::new())
}

fn asks_for_nonce(policy: &Value) -> Option<bool> {
    let Kind::Dict(directives) = &policy.kind else {
        return Some(false);
    };
    let in_entries = any(directives.entries.iter().map(|directive| {
        each(&directive.value, &|sources| match sources.items() {
            Some(items) => any(items.iter().map(|item| is_nonce(&item.value))),
            None => is_nonce(sources),
        })
    }));
    if directives.open {
        any([in_entries, None])
    } else {
        in_entries
    }
}

/// `CSP.NONCE`, or the text that it stands for.
fn is_nonce(source: &Value) -> Option<bool> {
    match &source.kind {
        Kind::Reference(name) => Some(name.ends_with("CSP.NONCE")),
        _ => each(source, &|source| {
            Some(source.as_str()?.contains("<CSP_NONCE_SENTINEL>"))
        }),
    }
}

fn has_processor(templates: &Value) -> Option<bool> {
    any(templates.items()?.iter().map(|template| {
        let processors = template.value.at(&["OPTIONS", "context_processors"]);
        match processors.kind {
            Kind::Unset => Some(false),
            _ => contains(&processors, "django.template.context_processors.csp"),
        }
    }))
}
