//! Which statements of a module matter to one of its names: a module of models imports half of the
//! project, and a list of texts in it needs none of that.

use rustc_hash::{FxHashMap, FxHashSet};

use luthier_source::Span;

use crate::facts::ir::ImportKind;
use crate::facts::{BodyId, Expr, ExprRef, Name, PythonFacts, Stmt, StmtRef};

/// The module's own statements that may have to do with what `name` is in the end, in order: those
/// that bind or change it, and what these use in turn. `None` where that cannot be told.
///
/// An assignment only changes what it assigns to; a call on the right of it is taken to leave its
/// arguments as they are.
pub(super) fn statements_about<'a>(facts: &'a PythonFacts, name: &str) -> Option<Vec<StmtRef<'a>>> {
    let has_star = facts
        .imports
        .iter()
        .any(|import| import.scope == BodyId::MODULE && import.kind == ImportKind::Star);
    if has_star {
        return None;
    }
    let statements: Vec<StmtRef<'a>> = facts.module().statements().collect();
    let uses = uses(facts, &statements);
    let mut changed_by: FxHashMap<Name, Vec<usize>> = FxHashMap::default();
    for (index, statement) in statements.iter().enumerate() {
        for name in changes(facts, *statement, &uses[index]) {
            changed_by.entry(name).or_default().push(index);
        }
    }
    let mut wanted = vec![facts.names.find(name)?];
    let mut seen: FxHashSet<Name> = wanted.iter().copied().collect();
    let mut taken = vec![false; statements.len()];
    while let Some(name) = wanted.pop() {
        for &index in changed_by.get(&name).into_iter().flatten() {
            if !std::mem::replace(&mut taken[index], true) {
                wanted.extend(
                    uses[index]
                        .iter()
                        .copied()
                        .filter(|name| seen.insert(*name)),
                );
            }
        }
    }
    let about = statements.into_iter().zip(taken);
    Some(
        about
            .filter_map(|(statement, taken)| taken.then_some(statement))
            .collect(),
    )
}

/// The names that each statement uses, functions and classes within it included.
fn uses(facts: &PythonFacts, statements: &[StmtRef<'_>]) -> Vec<Vec<Name>> {
    let spans: Vec<Span> = statements
        .iter()
        .map(|statement| statement.span())
        .collect();
    let mut uses = vec![Vec::new(); statements.len()];
    for expr in facts.body_ids().flat_map(|id| facts.body(id).exprs()) {
        let Expr::Name(name) = expr.kind() else {
            continue;
        };
        let after = spans.partition_point(|span| span.start <= expr.span().start);
        if let Some(uses) = after.checked_sub(1).and_then(|index| uses.get_mut(index)) {
            uses.push(name);
        }
    }
    uses
}

/// The names that are something else after a statement, or may be.
fn changes(facts: &PythonFacts, statement: StmtRef<'_>, uses: &[Name]) -> Vec<Name> {
    let body = statement.body;
    match statement.kind() {
        Stmt::Assign { targets, .. } => body.list(targets).flat_map(roots).collect(),
        Stmt::Annotated { target, .. } => roots(body.expr(target)),
        Stmt::Class(id) => vec![facts.class(id).name],
        Stmt::Function(id) => vec![facts.function(id).name],
        Stmt::Import { first, count } => {
            let imports = &facts.imports[first.index()..][..count as usize];
            imports.iter().map(|import| import.binds).collect()
        }
        // A block may import, define and change anything that it names.
        _ => {
            let span = statement.span();
            let within = |other: Span| span.encloses(other);
            let imports = facts.imports.iter().filter(|import| within(import.span));
            let functions = facts.functions.iter();
            let functions = functions.filter(|function| within(function.span));
            let classes = facts.classes.iter().filter(|class| within(class.name_span));
            let mut names = uses.to_vec();
            names.extend(imports.map(|import| import.binds));
            names.extend(functions.map(|function| function.name));
            names.extend(classes.map(|class| class.name));
            names
        }
    }
}

/// The names at the roots of an assignment's target: `a` of `a[0].b`, `a` and `b` of `a, b`.
fn roots(target: ExprRef<'_>) -> Vec<Name> {
    match target.kind() {
        Expr::Name(name) => vec![name],
        Expr::Attribute(value, _) | Expr::Subscript(value, _) | Expr::Starred(value) => {
            roots(target.at(value))
        }
        _ => target
            .elements()
            .map_or_else(Vec::new, |elements| elements.flat_map(roots).collect()),
    }
}
