//! Which names the project's code lets be `None`: where `NULL` means something of its own, code
//! asks for it, passes it on or stores it.

use luthier_project::Project;
use luthier_project::facts::ir::{BindingKind, CompareOp};
use luthier_project::facts::{BodyRef, CallRef, Expr, ExprRef, PythonFacts, Stmt};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

/// Names of attributes, parameters, keyword arguments and lookups; of whatever class, so that one
/// use anywhere counts for every field of that name.
pub(super) struct NullUses<'a> {
    names: FxHashSet<&'a str>,
}

impl<'a> NullUses<'a> {
    pub(super) fn of(project: &'a Project) -> Self {
        let modules: Vec<_> = project.own_modules().collect();
        let of_module = |&module| {
            let mut names = FxHashSet::default();
            collect(project.modules.facts(module), &mut names);
            names
        };
        let names =
            modules
                .par_iter()
                .map(of_module)
                .reduce(FxHashSet::default, |mut all, names| {
                    all.extend(names);
                    all
                });
        Self { names }
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.names.contains(field)
    }
}

fn collect<'a>(facts: &'a PythonFacts, names: &mut FxHashSet<&'a str>) {
    for body in facts.body_ids().map(|id| facts.body(id)) {
        for statement in body.all_statements() {
            if let Stmt::Assign { targets, value } = statement.kind()
                && may_be_none(body.expr(value))
            {
                names.extend(body.list(targets).filter_map(attribute));
            }
        }
        for expr in body.exprs() {
            match expr.kind() {
                Expr::Compare(CompareOp::Is | CompareOp::IsNot, left, right)
                    if body.expr(right).is_none() =>
                {
                    names.extend(attribute(body.expr(left)));
                }
                Expr::Str(text) => names.extend(asked_by(facts.text(text))),
                _ => {}
            }
            if let Some(call) = expr.as_call() {
                collect_call(call, names);
            }
        }
        names.extend(nullable_declarations(body));
    }
    for function in &facts.functions {
        let scope = facts.body(function.scope);
        let nullable = function.params.iter().filter(|parameter| {
            let default = parameter.default.map(|default| scope.expr(default));
            default.is_some_and(ExprRef::is_none)
        });
        names.extend(nullable.map(|parameter| facts.text(parameter.name)));
    }
}

fn collect_call<'a>(call: CallRef<'a>, names: &mut FxHashSet<&'a str>) {
    for (name, value) in call.keywords() {
        if may_be_none(value) {
            names.insert(name);
        }
        names.extend(asked_by(name));
    }
    let callee = match call.callee.as_attribute() {
        Some((_, name)) => Some(name),
        None => call.callee.as_name(),
    };
    // JSON in a text is never the empty string.
    if let Some("loads" | "assertIsNone" | "assertIsNotNone") = callee {
        names.extend(call.argument(0, "").and_then(attribute));
    }
}

/// `b` of the lookup `a__b__isnull`.
fn asked_by(lookup: &str) -> Option<&str> {
    let path = lookup.strip_suffix("__isnull")?;
    path.rsplit("__").next()
}

fn attribute(expr: ExprRef<'_>) -> Option<&str> {
    expr.as_attribute().map(|(_, name)| name)
}

/// `None`, `x or None`, `x if y else None`
fn may_be_none(expr: ExprRef<'_>) -> bool {
    match expr.kind() {
        Expr::None => true,
        Expr::Or(operands) => expr.body.list(operands).last().is_some_and(may_be_none),
        Expr::Conditional { body, orelse, .. } => {
            may_be_none(expr.at(body)) || may_be_none(expr.at(orelse))
        }
        _ => false,
    }
}

/// Fields of serializers that take `null`, and parameters of a class by that name.
fn nullable_declarations(body: BodyRef<'_>) -> impl Iterator<Item = &str> {
    body.body().bindings.iter().filter_map(move |binding| {
        let BindingKind::Value(expr) = binding.kind else {
            return None;
        };
        let takes_null = body.expr(expr).as_call()?.keyword("allow_null")?;
        (takes_null.as_bool() == Some(true)).then(|| body.facts.text(binding.name))
    })
}
