//! Asks once before a loop what is the same for all rows.

use luthier_diagnostics::Fix;
use luthier_project::facts::ir::{Owner, Stmt};
use luthier_project::facts::{ExprRef, StmtRef};
use luthier_project::flows::{Ask, Growing, Target};
use luthier_project::modules::Definition;

use super::Mending;
use super::loops::expr_at;
use super::related::is_same_for_all;
use crate::querysets::using::WRITING;

/// The query before the loop, and its answer in place of it.
pub(super) fn fix(mending: Mending<'_>, growing: &Growing) -> Option<Fix> {
    let Ask::Method {
        model,
        name,
        relation: None,
        ..
    } = &growing.ask
    else {
        return None;
    };
    let prefix = match &**name {
        "count" => "",
        "exists" => "has_",
        _ => return None,
    };
    if !growing.calls.is_empty() {
        return None;
    }
    let project = mending.project;
    let (module, whole) = expr_at(project, growing.place)?;
    let body = whole.body;
    let Owner::Function(function) = body.owner() else {
        return None;
    };
    if project.modules.facts(module).function(function).is_async {
        return None;
    }
    let (mut calls, mut root) = (Vec::new(), whole);
    while let Some(call) = root.as_call() {
        root = call.callee.as_attribute()?.0;
        calls.push(call);
    }
    let (class, _) = root.as_attribute()?;
    let is_manager = matches!(
        project.modules.resolve_expr(module, class),
        Definition::Class(class) if project.models.by_class(class) == Some(*model)
    );
    if calls.first()?.callee.as_attribute()?.1 != &**name
        || !is_manager
        || !is_same_for_all(body, &calls, None)
    {
        return None;
    }
    let statement = outermost(whole)?;
    let span = statement.span();
    let known = project.calls(module);
    let may_write = body
        .exprs()
        .filter(|expr| span.encloses(expr.span()))
        .filter_map(ExprRef::as_call)
        .any(|call| {
            let method = call.callee.as_attribute().map_or("", |(_, method)| method);
            WRITING.contains(&method)
                || matches!(
                    known.target(body.id, call.expr.id),
                    Some(Target::Function(_)) | None
                )
        });
    let layout = mending.layout(module)?;
    let text = whole.span().text(layout.text);
    if may_write || text.contains(['\n', '#']) {
        return None;
    }
    let model = project.models.get(*model).name.to_lowercase();
    let answer = match prefix {
        "" => format!("{model}_count"),
        prefix => format!("{prefix}{model}"),
    };
    let is_taken = body.facts.module().binding(&answer).is_some()
        || body.exprs().any(|expr| expr.as_name() == Some(&*answer));
    let indent = layout.indent(span.start);
    let fix = Fix::risky("Ask once, before the loop");
    (!is_taken).then(|| {
        fix.insert(
            layout.file,
            span.start,
            format!("{answer} = {text}\n{indent}"),
        )
        .replace(layout.file, whole.span(), answer)
    })
}

/// The outermost loop around an expression, else the statement that it stands in.
fn outermost(expr: ExprRef<'_>) -> Option<StmtRef<'_>> {
    let span = expr.span();
    let around = || {
        let statements = expr.body.all_statements();
        statements.filter(move |statement| statement.span().encloses(span))
    };
    let is_loop = |statement: &StmtRef<'_>| matches!(statement.kind(), Stmt::For { .. });
    if around().any(|statement| matches!(statement.kind(), Stmt::While { .. } | Stmt::Try(_))) {
        return None;
    }
    around()
        .filter(is_loop)
        .max_by_key(|statement| statement.span().len())
        .or_else(|| around().min_by_key(|statement| statement.span().len()))
        .filter(|statement| !matches!(statement.kind(), Stmt::If { .. } | Stmt::With { .. }))
}
