//! What fixes write at the top of a module: one more import, names below the imports.

use luthier_project::facts::ir::Stmt;
use luthier_project::facts::{PythonFacts, StmtRef};

/// The import statements at a module's top level, branches left out.
fn statements(facts: &PythonFacts) -> impl Iterator<Item = StmtRef<'_>> {
    let statements = facts.module().statements();
    statements.filter(|statement| matches!(statement.kind(), Stmt::Import { .. }))
}

/// Where an import of Django's belongs, and its line: before the first one of Django's, else after
/// all imports. `None` in modules that import nothing.
pub(crate) fn added(facts: &PythonFacts, text: &str, line: &str) -> Option<(u32, String)> {
    let is_djangos = |statement: &StmtRef<'_>| {
        let code = statement.span().text(text);
        code.starts_with("from django") || code.starts_with("import django")
    };
    if let Some(first) = statements(facts).find(is_djangos) {
        return Some((first.span().start, format!("{line}\n")));
    }
    Some((end(facts, text)?, format!("{line}\n")))
}

/// The start of the line after the last import at the top level.
pub(crate) fn end(facts: &PythonFacts, text: &str) -> Option<u32> {
    let last = statements(facts).last()?.span().end as usize;
    let line_break = text.get(last..)?.find('\n')?;
    Some((last + line_break + 1) as u32)
}
