//! Calls of `django.apps.apps.get_model` that name their model in plain text.

use luthier_diagnostics::Location;
use luthier_project::Project;
use luthier_project::facts::ir::Stmt;
use luthier_project::facts::{CallRef, ExprRef};
use luthier_project::modules::{Definition, ModuleId};

/// One call.
pub(super) struct GetModel {
    /// `app.Model`
    pub(super) label: String,
    /// Where the model is named.
    pub(super) location: Location,
    /// Whether only some condition leads there, such as `apps.is_installed(..)`.
    pub(super) is_conditional: bool,
}

/// The calls of a module. Those in `try` are left out: they are prepared for a model that is not
/// there. So are those on the historical `apps` of a migration, which is a parameter.
pub(super) fn calls(project: &Project, module: ModuleId) -> Vec<GetModel> {
    let facts = project.modules.facts(module);
    let Some(file) = project.modules.get(module).file else {
        return Vec::new();
    };
    if !facts.names.mention("get_model") || !facts.names.mention("django.apps") {
        return Vec::new();
    }
    let exprs = facts.body_ids().flat_map(|body| facts.body(body).exprs());
    let found = exprs.filter_map(|expr| {
        let call = expr
            .as_call()
            .filter(|call| is_get_model(project, module, *call))?;
        let (label, named) = label(call)?;
        let around = Around::of(expr);
        (!around.is_tried).then(|| GetModel {
            label,
            location: Location {
                file,
                span: named.span(),
            },
            is_conditional: around.is_conditional,
        })
    });
    found.collect()
}

fn is_get_model(project: &Project, module: ModuleId, call: CallRef<'_>) -> bool {
    let Some((owner, "get_model")) = call.callee.as_attribute() else {
        return false;
    };
    match project.modules.resolve_expr(module, owner) {
        Definition::External(name) => name == "django.apps.apps",
        Definition::Value(value) => {
            project.modules.get(value.module).name == "django.apps.registry"
        }
        _ => false,
    }
}

/// `get_model("app.Model")` and `get_model("app", "Model")`, with the text that names the model.
fn label(call: CallRef<'_>) -> Option<(String, ExprRef<'_>)> {
    let first = call.argument(0, "app_label")?;
    let app = first.as_str()?;
    let second = call
        .argument(1, "model_name")
        .filter(|second| !second.is_none());
    match second {
        Some(second) => Some((format!("{app}.{}", second.as_str()?), second)),
        None if call.is_open() => None,
        None => (app.matches('.').count() == 1).then(|| (app.to_owned(), first)),
    }
}

/// The statements around an expression within its scope.
struct Around {
    is_tried: bool,
    is_conditional: bool,
}

impl Around {
    fn of(expr: ExprRef<'_>) -> Self {
        let span = expr.span();
        let mut around = Self {
            is_tried: false,
            is_conditional: false,
        };
        let statements = expr.body.all_statements();
        for statement in statements.filter(|statement| statement.span().encloses(span)) {
            match statement.kind() {
                // `with suppress(LookupError)` and `with assertRaises(LookupError)` are one too.
                Stmt::Try(_) | Stmt::With { .. } => around.is_tried = true,
                Stmt::If { .. } | Stmt::While { .. } | Stmt::Match { .. } => {
                    around.is_conditional = true;
                }
                _ => {}
            }
        }
        around
    }
}
