//! What fixes write at the top of a module: one more import or one less, names below the imports.

use luthier_project::facts::ir::{Import, ImportKind, Stmt};
use luthier_project::facts::{ImportId, PythonFacts, StmtRef};
use luthier_source::Span;

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

/// What imports more names from a module: into the statement that imports others from there, else on a
/// line of its own. `None` where that statement is not in one line, and in modules that import nothing.
pub(crate) fn names(
    facts: &PythonFacts,
    text: &str,
    from: &str,
    names: &[&str],
) -> Option<(Span, String)> {
    let there = statements(facts).find_map(|statement| {
        let Stmt::Import { first, count } = statement.kind() else {
            return None;
        };
        let first = ImportId::index(first);
        let imports = &facts.imports[first..first + count as usize];
        let is_from = |import: &Import| {
            import.kind == ImportKind::From
                && import.level == 0
                && facts.text(import.module) == from
        };
        imports.iter().all(is_from).then_some((statement, imports))
    });
    let Some((statement, imports)) = there else {
        let line = format!("from {from} import {}", names.join(", "));
        let (at, line) = added(facts, text, &line)?;
        return Some((Span::at(at), line));
    };
    let whole = statement.span();
    let start = imports.first()?.span.start;
    let end = imports.last()?.span.end;
    let written = Span::new(start, end);
    let mut known: Vec<&str> = imports
        .iter()
        .map(|import| import.span.text(text))
        .collect();
    let is_sorted = known.is_sorted();
    known.extend(names);
    if is_sorted {
        known.sort_unstable();
    }
    if !whole.text(text).contains('\n') {
        return Some((written, known.join(", ")));
    }
    // One name a line, as formatters write it.
    let line = text[..start as usize].rfind('\n')? + 1;
    let indent = text.get(line..start as usize)?;
    let is_alone = indent.trim().is_empty() && !written.text(text).contains('#');
    is_alone.then(|| (written, known.join(&format!(",\n{indent}"))))
}

/// The start of the line after the last import at the top level.
pub(crate) fn end(facts: &PythonFacts, text: &str) -> Option<u32> {
    let last = statements(facts).last()?.span().end as usize;
    let line_break = text.get(last..)?.find('\n')?;
    Some((last + line_break + 1) as u32)
}

/// What takes one name out of the imports at the top level: the text to replace, and what with.
/// `None` where the statement does not stand on a line of its own.
pub(crate) fn removed(facts: &PythonFacts, text: &str, index: usize) -> Option<(Span, String)> {
    let (statement, first, count) = statements(facts).find_map(|statement| {
        let Stmt::Import { first, count } = statement.kind() else {
            return None;
        };
        let (first, count) = (ImportId::index(first), count as usize);
        (first..first + count)
            .contains(&index)
            .then_some((statement, first, count))
    })?;
    let span = statement.span();
    let written = span.text(text);
    let before = text.get(..span.start as usize)?;
    let after = text.get(span.end as usize..)?;
    let is_alone = (before.is_empty() || before.ends_with('\n')) && after.starts_with('\n');
    if !is_alone || written.contains(['\n', '(', '\\', ';']) {
        return None;
    }
    if count == 1 {
        return Some((Span::new(span.start, span.end + 1), String::new()));
    }
    let others = (first..first + count).filter(|other| *other != index);
    let others: Vec<&str> = others
        .map(|other| facts.imports[other].span.text(text))
        .collect();
    let head = written.get(..(facts.imports[first].span.start - span.start) as usize)?;
    Some((span, format!("{head}{}", others.join(", "))))
}
