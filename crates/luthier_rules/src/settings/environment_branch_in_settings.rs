use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::facts::ir::{CompareOp, Expr, Stmt, UnaryOp};
use luthier_project::facts::{ExprRef, Run, StmtRef};
use luthier_project::modules::ModuleId;
use luthier_project::settings::Role;
use luthier_project::{Place, Project};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Shared settings change with `DEBUG` or the name of the environment.
    ///
    /// ## Why it matters
    ///
    /// What production runs with can only be told by working through the conditions, and the branch
    /// for production is the one that nobody runs before it is deployed.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/settings/base.py
    /// import os
    /// DEBUG = os.environ.get("DEBUG") == "1"
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "shop.urls"
    /// if DEBUG:  # fires
    ///     INSTALLED_APPS += ["debug_toolbar"]
    /// if os.environ.get("ENVIRONMENT") == "production":  # fires
    ///     SECURE_SSL_REDIRECT = True
    /// ```
    ///
    /// ```python file=shop/settings/production.py
    /// from .base import *
    /// ```
    ///
    /// ## Good
    ///
    /// Branches in a module of one environment, on what is configured, or without effect on settings.
    ///
    /// ```python file=shop/settings/base.py
    /// import os
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "shop.urls"
    /// SENTRY_DSN = os.environ.get("SENTRY_DSN")
    /// if SENTRY_DSN:
    ///     SENTRY_ENABLED = True
    /// DEBUG = False
    /// if DEBUG:
    ///     print("debugging")
    /// ```
    ///
    /// ```python file=shop/settings/local.py
    /// from .base import *
    /// DEBUG = True
    /// if DEBUG:
    ///     INSTALLED_APPS += ["debug_toolbar"]
    /// ```
    ///
    /// ### One module, configured by a file
    ///
    /// ```python file=shop/settings.py
    /// import configparser
    /// config = configparser.ConfigParser()
    /// config.read("/etc/shop/shop.cfg")
    /// DEBUG = config.getboolean("django", "debug", fallback=False)
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "shop.urls"
    /// if DEBUG:
    ///     INSTALLED_APPS += ["debug_toolbar"]
    /// ```
    RULE = {
        code: "ARC004",
        name: "environment-branch-in-settings",
        severity: Severity::Warning,
        category: Category::Architecture,
        dimension: Some(Dimension::Architecture),
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    for module in shared_modules(project) {
        let Some(file) = project.modules.get(module).file else {
            continue;
        };
        let body = project.modules.facts(module).module();
        for statement in body.statements() {
            let Stmt::If {
                test,
                body: block,
                orelse,
            } = statement.kind()
            else {
                continue;
            };
            let test = body.expr(test);
            let Some(name) = environment_test(test) else {
                continue;
            };
            if changes_settings(statement, block) || changes_settings(statement, orelse) {
                ctx.report(
                    Place::new(file, test.span()),
                    format!("settings that environments share change with `{name}`"),
                )
                .help("move what differs into the settings module of each environment");
            }
        }
    }
}

/// The modules that production and others build on, in order of evaluation. One module for all has
/// nowhere to move things to: that it is not split is for another rule to say.
fn shared_modules(project: &Project) -> Vec<ModuleId> {
    let Some(production) = project.settings.production() else {
        return Vec::new();
    };
    let role = |id: ModuleId| {
        let found = project
            .settings
            .modules
            .iter()
            .find(|module| module.module == id);
        found.map(|module| module.role)
    };
    let settings = &project.settings.modules;
    let is_built_on = |id: ModuleId| {
        settings.iter().any(|module| {
            module.role != Role::Test
                && module.module != id
                && module.evaluated_modules().contains(&id)
        })
    };
    let shared = production
        .evaluated_modules()
        .iter()
        .copied()
        .filter(|&id| matches!(role(id), Some(Role::Base | Role::Other)) && is_built_on(id));
    shared.collect()
}

/// The name of what a test asks, where that is the environment.
fn environment_test(test: ExprRef<'_>) -> Option<String> {
    match test.kind() {
        Expr::Name(_) => test
            .as_name()
            .filter(|name| *name == "DEBUG")
            .map(str::to_owned),
        Expr::Unary(UnaryOp::Not, inner) => environment_test(test.at(inner)),
        Expr::Compare(
            CompareOp::Eq | CompareOp::NotEq | CompareOp::In | CompareOp::NotIn,
            left,
            right,
        ) => {
            let (left, right) = (test.at(left), test.at(right));
            let is_text = right.as_str().is_some() || right.elements().is_some();
            environment_name(left).filter(|_| is_text)
        }
        _ => None,
    }
}

/// Words for the name of an environment.
const NAMES: &[&str] = &[
    "ENV",
    "ENVIRONMENT",
    "DJANGO_ENV",
    "DJANGO_ENVIRONMENT",
    "APP_ENV",
    "APP_ENVIRONMENT",
    "STAGE",
    "DEPLOY_ENV",
    "DEPLOYMENT",
    "DEPLOYMENT_ENVIRONMENT",
    "SERVER_ENV",
    "RUN_ENV",
    "ENV_NAME",
    "ENVIRONMENT_NAME",
    "PROJECT_ENV",
];

fn environment_name(expr: ExprRef<'_>) -> Option<String> {
    let known = |name: &str| NAMES.contains(&name.to_ascii_uppercase().as_str());
    match expr.kind() {
        Expr::Name(_) => expr.as_name().filter(|name| known(name)).map(str::to_owned),
        Expr::Subscript(_, index) => expr
            .at(index)
            .as_str()
            .filter(|name| known(name))
            .map(str::to_owned),
        Expr::Call(..) => {
            let call = expr.as_call()?;
            let read = call.positional().next().and_then(ExprRef::as_str);
            read.filter(|name| known(name))
                .map(str::to_owned)
                .or_else(|| {
                    let (receiver, _) = call.callee.as_attribute()?;
                    environment_name(receiver)
                })
        }
        _ => None,
    }
}

/// Whether a block binds or changes a setting.
fn changes_settings(of: StmtRef<'_>, block: Run) -> bool {
    let is_setting = |expr: ExprRef<'_>| {
        let mut root = expr;
        while let Expr::Subscript(value, _) | Expr::Attribute(value, _) = root.kind() {
            root = root.at(value);
        }
        root.as_name()
            .is_some_and(|name| name.chars().all(|letter| !letter.is_lowercase()))
    };
    of.body
        .block(block)
        .any(|statement| match statement.kind() {
            Stmt::Assign { targets, .. } => statement.body.list(targets).any(is_setting),
            Stmt::Annotated { target, .. } | Stmt::Augmented { target, .. } => {
                is_setting(statement.body.expr(target))
            }
            Stmt::Expr(value) => {
                let call = statement.body.expr(value).as_call();
                let method = call.and_then(|call| call.callee.as_attribute());
                method.is_some_and(|(receiver, name)| {
                    let changes = [
                        "append",
                        "extend",
                        "insert",
                        "remove",
                        "update",
                        "pop",
                        "setdefault",
                    ];
                    changes.contains(&name) && is_setting(receiver)
                })
            }
            Stmt::If { body, orelse, .. } => {
                changes_settings(statement, body) || changes_settings(statement, orelse)
            }
            _ => false,
        })
}
