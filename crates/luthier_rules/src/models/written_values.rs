//! Where code writes out what a field of some name holds: compared, stored, asked for.

use luthier_diagnostics::Location;
use luthier_project::Project;
use luthier_project::facts::ir::CompareOp;
use luthier_project::facts::{CallRef, Expr, ExprRef, Stmt};
use luthier_project::modules::ModuleId;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

/// The literal values that code uses with the names of attributes and keyword arguments.
pub(super) struct WrittenValues<'a> {
    by_name: FxHashMap<&'a str, Vec<(String, Location)>>,
}

/// One use: the name, the value, and where it stands.
type Written<'a> = (&'a str, String, Location);

impl<'a> WrittenValues<'a> {
    /// Of the names that are `wanted`.
    pub(super) fn of(project: &'a Project, wanted: &FxHashSet<&str>) -> Self {
        let modules: Vec<ModuleId> = project.own_modules().collect();
        let found: Vec<Vec<Written<'a>>> = modules
            .par_iter()
            .map(|&module| in_module(project, module, wanted))
            .collect();
        let mut by_name: FxHashMap<&'a str, Vec<(String, Location)>> = FxHashMap::default();
        for (name, value, place) in found.into_iter().flatten() {
            by_name.entry(name).or_default().push((value, place));
        }
        Self { by_name }
    }

    /// The first place where one of the values is written out for a field of that name.
    pub(super) fn find(&self, field: &str, values: &[String]) -> Option<(&str, Location)> {
        let mut uses = self.by_name.get(field)?.iter();
        let (value, place) = uses.find(|(value, _)| values.contains(value))?;
        Some((value, *place))
    }
}

/// The text of a literal that a choice may have as its value.
pub(super) fn literal(value: ExprRef<'_>) -> Option<String> {
    match value.kind() {
        Expr::Int(number) => Some(number.to_string()),
        _ => value.as_str().map(str::to_owned),
    }
}

fn in_module<'a>(
    project: &'a Project,
    module: ModuleId,
    wanted: &FxHashSet<&str>,
) -> Vec<Written<'a>> {
    let mut found = Vec::new();
    let Some(file) = project.modules.get(module).file else {
        return found;
    };
    if project.modules.is_migration(module) {
        return found;
    }
    let facts = project.modules.facts(module);
    if !wanted.iter().any(|name| facts.names.mention(name)) {
        return found;
    }
    let mut add = |name, value: ExprRef<'_>| {
        if !wanted.contains(name) {
            return;
        }
        let literals = value.elements().into_iter().flatten();
        for literal in literals.chain([value]).filter_map(literal) {
            found.push((name, literal, Location::new(file, value.span())));
        }
    };
    for body in facts.body_ids().map(|id| facts.body(id)) {
        for statement in body.all_statements() {
            if let Stmt::Assign { targets, value } = statement.kind() {
                for (_, name) in body.list(targets).filter_map(ExprRef::as_attribute) {
                    add(name, body.expr(value));
                }
            }
        }
        for expr in body.exprs() {
            if let Expr::Compare(op, left, right) = expr.kind()
                && matches!(
                    op,
                    CompareOp::Eq | CompareOp::NotEq | CompareOp::In | CompareOp::NotIn
                )
            {
                let (left, right) = (body.expr(left), body.expr(right));
                if let Some((_, name)) = left.as_attribute() {
                    add(name, right);
                } else if let Some((_, name)) = right.as_attribute() {
                    add(name, left);
                }
            }
            for (name, value) in expr.as_call().into_iter().flat_map(CallRef::keywords) {
                add(asked(name), value);
            }
        }
    }
    found
}

/// The field that a lookup asks for: `order__state__in` asks for `state`.
fn asked(keyword: &str) -> &str {
    let path = ["__in", "__exact", "__iexact"]
        .iter()
        .find_map(|lookup| keyword.strip_suffix(lookup));
    let path = path.unwrap_or(keyword);
    path.rsplit("__").next().unwrap_or(path)
}
