use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::facts::ir::{Expr, ParamKind};
use luthier_project::modules::{Definition, FunctionRef};
use luthier_project::settings::Kind;

use super::deploy::{self, DeployCheck, Problem, Verdict, View, each, not, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// `CSRF_FAILURE_VIEW` cannot be called the way Django calls it.
    ///
    /// ## Why it matters
    ///
    /// Django calls it with the request and a `reason`: otherwise every rejected form ends in a server error
    /// instead of an explanation.
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
    /// CSRF_FAILURE_VIEW = "config.views.csrf_failure"  # fires
    /// ```
    ///
    /// ```python file=config/views.py
    /// def csrf_failure(request):
    ///     return None
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
    /// CSRF_FAILURE_VIEW = "config.views.csrf_failure"
    /// ```
    ///
    /// ```python file=config/views.py
    /// def csrf_failure(request, reason=""):
    ///     return None
    /// ```
    RULE = {
        code: "SEC028",
        name: "csrf-failure-view-signature",
        severity: Severity::Error,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("security.E101"),
        check: Check::Project(check),
    }
}

const CHECK: DeployCheck = DeployCheck {
    id: "security.E101",
    samples: &[],
    judge,
};

fn check(context: &mut Context<'_>) {
    deploy::check(context, &CHECK);
}

fn judge(view: &View<'_>) -> Verdict {
    let value = view.value("CSRF_FAILURE_VIEW");
    let fits = each(&value, &|value| {
        let (Kind::Str(dotted) | Kind::Reference(dotted)) = &value.kind else {
            return None;
        };
        takes_reason(view, view.project.modules.lookup(dotted))
    });
    report_if(not(fits), || {
        Problem::new(
            "CSRF_FAILURE_VIEW",
            "the view of `CSRF_FAILURE_VIEW` does not take `(request, reason=\"\")`",
            "give it the parameters `request` and `reason=\"\"`",
        )
    })
}

/// Whether `view(None, reason=None)` finds its parameters.
fn takes_reason(view: &View<'_>, definition: Definition) -> Option<bool> {
    let modules = &view.project.modules;
    let (function, has_self) = match definition {
        Definition::Function(function) => (function, false),
        Definition::Class(class) => match modules.class_member(class, "__init__") {
            Definition::Function(function) => (function, true),
            _ => return None,
        },
        Definition::Value(value) => match modules.value(value).kind() {
            Expr::Lambda(function) => {
                let module = value.module;
                (FunctionRef { module, function }, false)
            }
            _ => return None,
        },
        // Django's own view is right in every version.
        Definition::External(name) if name == "django.views.csrf.csrf_failure" => {
            return Some(true);
        }
        _ => return None,
    };
    let facts = modules.function(function);
    let scope = modules.facts(function.module).body(facts.scope);
    let keeps_signature = facts.decorators.iter().all(|decorator| {
        let decorator = scope.expr(*decorator);
        let called = decorator.without_call();
        let name = modules.qualified_expr(function.module, called);
        // Django's decorators of views carry on the signature of what they wrap.
        name.is_some_and(|name| name.starts_with("django.views.decorators."))
    });
    if !keeps_signature {
        return None;
    }
    let text = |name| modules.facts(function.module).text(name);
    let params = facts.params.iter().skip(usize::from(has_self));
    Some(binds(params.map(|param| {
        (text(param.name), param.kind, param.default.is_some())
    })))
}

/// Whether one positional argument and the keyword `reason` bind to the parameters.
fn binds<'a>(params: impl Iterator<Item = (&'a str, ParamKind, bool)>) -> bool {
    let (mut has_request, mut has_reason) = (false, false);
    for (name, kind, has_default) in params {
        let takes_position = matches!(kind, ParamKind::PositionalOnly | ParamKind::Ordinary);
        match kind {
            ParamKind::Arguments => has_request = true,
            ParamKind::Keywords => has_reason = true,
            _ if takes_position && !has_request => {
                // Passed by position, it cannot come again by its name.
                if name == "reason" && kind == ParamKind::Ordinary {
                    return false;
                }
                has_request = true;
            }
            _ if name == "reason" && kind != ParamKind::PositionalOnly => has_reason = true,
            _ if has_default => {}
            _ => return false,
        }
    }
    has_request && has_reason
}

#[cfg(test)]
mod tests {
    use luthier_project::facts::ir::ParamKind::{
        Arguments, KeywordOnly, Keywords, Ordinary, PositionalOnly,
    };

    use super::binds;

    #[test]
    fn parameters_are_bound_as_python_does() {
        let binds = |params: &[_]| binds(params.iter().copied());
        let request = ("request", Ordinary, false);
        assert!(binds(&[request, ("reason", Ordinary, true)]));
        assert!(binds(&[request, ("reason", KeywordOnly, false)]));
        assert!(binds(&[
            ("args", Arguments, false),
            ("kwargs", Keywords, false)
        ]));
        assert!(!binds(&[request]));
        assert!(!binds(&[request, ("why", Ordinary, false)]));
        assert!(!binds(&[request, ("reason", PositionalOnly, false)]));
        assert!(!binds(&[
            request,
            ("template", Ordinary, false),
            ("reason", Ordinary, true)
        ]));
        assert!(!binds(&[("reason", Ordinary, false)]));
    }
}
