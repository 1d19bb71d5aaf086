//! Which names the project's code lets be `None`: where `NULL` means something of its own, code
//! asks for it, passes it on or stores it.

use std::sync::atomic::{AtomicBool, Ordering};

use luthier_project::Project;
use luthier_project::facts::ir::{BindingKind, CompareOp};
use luthier_project::facts::{BodyRef, CallRef, Expr, ExprRef, PythonFacts, Stmt};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

/// Names of attributes, parameters, keyword arguments and lookups, among those asked for; of
/// whatever class, so that one use anywhere counts for every field of that name.
pub(super) struct NullUses<'a> {
    /// Each with whether it has been found: one place is enough, so that the rest of the code has to be
    /// looked through only for those that are left.
    wanted: FxHashMap<&'a str, AtomicBool>,
}

impl<'a> NullUses<'a> {
    pub(super) fn of(project: &Project, wanted: &FxHashSet<&'a str>) -> Self {
        let wanted = wanted.iter().map(|&name| (name, AtomicBool::new(false)));
        let uses = Self {
            wanted: wanted.collect(),
        };
        let modules: Vec<_> = project.own_modules().collect();
        modules.par_iter().for_each(|&module| {
            let facts = project.modules.facts(module);
            if uses.may_be_in(facts) {
                collect(facts, &mut Found(&uses));
            }
        });
        uses
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.wanted
            .get(field)
            .is_some_and(|found| found.load(Ordering::Relaxed))
    }

    /// Whether a module may name one that has not been found.
    fn may_be_in(&self, facts: &PythonFacts) -> bool {
        let names = &facts.names;
        let mut left = self
            .wanted
            .iter()
            .filter(|(_, found)| !found.load(Ordering::Relaxed))
            .peekable();
        left.peek().is_some()
            && (left.any(|(name, _)| names.has(name)) || names.mention("__isnull"))
    }
}

/// Where names are put that may be `None`.
struct Found<'a>(&'a NullUses<'a>);

impl<'b> Extend<&'b str> for Found<'_> {
    fn extend<T: IntoIterator<Item = &'b str>>(&mut self, names: T) {
        for name in names {
            if let Some(found) = self.0.wanted.get(name) {
                found.store(true, Ordering::Relaxed);
            }
        }
    }
}

fn collect(facts: &PythonFacts, names: &mut Found<'_>) {
    for body in facts.body_ids().map(|id| facts.body(id)) {
        for statement in body.all_statements() {
            match statement.kind() {
                Stmt::Assign { targets, value } if may_be_none(body.expr(value)) => {
                    names.extend(body.list(targets).filter_map(stored_under));
                }
                Stmt::Annotated {
                    target,
                    value: Some(value),
                    ..
                } if may_be_none(body.expr(value)) => {
                    let target = body.expr(target);
                    names.extend(target.as_name().or_else(|| stored_under(target)));
                }
                _ => {}
            }
        }
        for expr in body.exprs() {
            match expr.kind() {
                Expr::Compare(CompareOp::Is | CompareOp::IsNot, left, right)
                    if body.expr(right).is_none() =>
                {
                    let left = body.expr(left);
                    names.extend(attribute(left).or_else(|| key(left)));
                    names.extend(left.as_name());
                    names.extend(left.as_name().and_then(|name| passed_on(body, name)));
                }
                Expr::Str(text) => names.extend(asked_by(facts.text(text))),
                Expr::Dict(_) => {
                    let entries = expr.items().into_iter().flatten();
                    let nulls = entries.filter(|(_, value)| may_be_none(*value));
                    names.extend(nulls.filter_map(|(key, _)| key?.as_str()));
                }
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

/// `b` of `name = a.b`, the value that a variable of the scope passes on.
fn passed_on<'a>(body: BodyRef<'a>, name: &str) -> Option<&'a str> {
    let name = body.facts.names.find(name)?;
    let bindings = body.body().bindings.iter();
    let mut named = bindings.filter(|binding| binding.name == name);
    named.find_map(|binding| match binding.kind {
        BindingKind::Value(value) => attribute(body.expr(value)),
        _ => None,
    })
}

fn collect_call(call: CallRef<'_>, names: &mut Found<'_>) {
    for (name, value) in call.keywords() {
        if may_be_none(value) {
            names.extend([name]);
        }
        names.extend(asked_by(name));
    }
    let Some(given) = call.argument(0, "").and_then(attribute) else {
        return;
    };
    let callee = match call.callee.as_attribute() {
        Some((_, name)) => Some(name),
        None => call.callee.as_name(),
    };
    let is_understood = |callee: &str| {
        PARSERS.contains(&callee) || matches!(callee, "assertIsNone" | "assertIsNotNone")
    };
    if callee.is_some_and(is_understood) {
        names.extend([given]);
    }
}

/// What makes a value of another kind out of a text: that is never the empty string, so a row
/// without one has `NULL`.
const PARSERS: &[&str] = &[
    "UUID",
    "Decimal",
    "float",
    "fromisoformat",
    "fromstring",
    "import_string",
    "int",
    "ip_address",
    "ip_network",
    "literal_eval",
    "loads",
    "parse_date",
    "parse_datetime",
    "parse_duration",
    "parse_time",
    "rrulestr",
    "strptime",
];

/// `b` of the lookup `a__b__isnull`.
fn asked_by(lookup: &str) -> Option<&str> {
    let path = lookup.strip_suffix("__isnull")?;
    path.rsplit("__").next()
}

fn attribute(expr: ExprRef<'_>) -> Option<&str> {
    expr.as_attribute().map(|(_, name)| name)
}

/// `b` of `a.b` and of `a["b"]`.
fn stored_under(target: ExprRef<'_>) -> Option<&str> {
    attribute(target).or_else(|| key(target))
}

fn key(expr: ExprRef<'_>) -> Option<&str> {
    match expr.kind() {
        Expr::Subscript(_, key) => expr.at(key).as_str(),
        _ => None,
    }
}

/// `None`, `x or None`, `x if y else None`, `x.get(key)`, `getattr(x, name, None)`
fn may_be_none(expr: ExprRef<'_>) -> bool {
    match expr.kind() {
        Expr::None => true,
        Expr::Call(..) => expr.as_call().is_some_and(gives_none_instead),
        Expr::Or(operands) => expr.body.list(operands).last().is_some_and(may_be_none),
        Expr::Conditional { body, orelse, .. } => {
            may_be_none(expr.at(body)) || may_be_none(expr.at(orelse))
        }
        _ => false,
    }
}

/// `x.get(key)`, and calls whose last argument is what they give instead: `x.pop(key, None)`.
fn gives_none_instead(call: CallRef<'_>) -> bool {
    let callee = match call.callee.as_attribute() {
        Some((_, name)) => name,
        None => call.callee.as_name().unwrap_or_default(),
    };
    let arguments: Vec<ExprRef<'_>> = call.positional().collect();
    let is_plain = arguments.len() == call.arguments().len();
    match (callee, arguments.as_slice()) {
        ("get", [_]) => is_plain,
        ("get" | "pop" | "getattr", [.., last]) => is_plain && last.is_none(),
        _ => false,
    }
}

/// Fields of serializers that take `null` and refuse `""`.
fn nullable_declarations(body: BodyRef<'_>) -> impl Iterator<Item = &str> {
    body.body().bindings.iter().filter_map(move |binding| {
        let BindingKind::Value(expr) = binding.kind else {
            return None;
        };
        let call = body.expr(expr).as_call()?;
        let takes = |keyword: &str| call.keyword(keyword).and_then(ExprRef::as_bool) == Some(true);
        (takes("allow_null") && !takes("allow_blank")).then(|| body.facts.text(binding.name))
    })
}
