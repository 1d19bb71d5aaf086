//! For which lines a suppression comment holds: its own, and where it stands alone on a line the
//! next statement.

use luthier_project::facts::{PythonFacts, Stmt};
use luthier_source::{SourceFile, Span};

/// Lines from 1, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) first: u32,
    pub(super) last: u32,
}

impl Lines {
    pub(super) fn contains(self, line: u32) -> bool {
        (self.first..=self.last).contains(&line)
    }
}

/// The lines that a comment at `comment` holds for.
pub(super) fn lines(file: &SourceFile, facts: Option<&PythonFacts>, comment: Span) -> Lines {
    let index = file.line_index();
    let own = index.line(comment.start);
    let statements = facts.map_or_else(Vec::new, |facts| statements(file, facts));
    // The statement whose text the comment stands in or behind, as far as it is one piece.
    let around = statements.iter().rfind(|statement| {
        statement.lines.first <= own && own <= statement.lines.last && statement.whole
    });
    if !stands_alone(file, comment) {
        let ends = around.map(|statement| statement.lines);
        let covers = ends.filter(|lines| own == lines.first || own == lines.last);
        return covers.unwrap_or(Lines {
            first: own,
            last: own,
        });
    }
    let next = next_code_line(file, own);
    let below = statements
        .iter()
        .find(|statement| statement.lines.first == next);
    match (around, below) {
        (None, Some(below)) => below.lines,
        _ => Lines {
            first: next,
            last: next,
        },
    }
}

fn stands_alone(file: &SourceFile, comment: Span) -> bool {
    let index = file.line_index();
    let start = index.start(&file.text, index.line(comment.start));
    Span::new(start, comment.start)
        .text(&file.text)
        .trim()
        .is_empty()
}

/// The first line below `line` that is neither empty nor a comment.
fn next_code_line(file: &SourceFile, line: u32) -> u32 {
    let index = file.line_index();
    let is_code = |&line: &u32| {
        let text = index.line_text(&file.text, line).trim_start();
        !text.is_empty() && !text.starts_with('#') && !text.starts_with("{#")
    };
    (line + 1..=index.lines()).find(is_code).unwrap_or(line)
}

struct Statement {
    lines: Lines,
    /// Whether these are all its lines; of a compound statement only the head counts.
    whole: bool,
}

/// All statements of a file by place, outer before inner.
fn statements(file: &SourceFile, facts: &PythonFacts) -> Vec<Statement> {
    let mut spans: Vec<(Span, Option<u32>)> = Vec::new();
    for body in facts.body_ids().map(|id| facts.body(id)) {
        for stmt in body.all_statements() {
            spans.push((stmt.span(), head_end(facts, stmt.kind(), stmt.span())));
        }
    }
    spans.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    let index = file.line_index();
    let mut found = Vec::with_capacity(spans.len());
    for (position, &(span, head)) in spans.iter().enumerate() {
        let first = index.line(span.start);
        let Some(head) = head else {
            let last = index.line(span.end.saturating_sub(1).max(span.start));
            found.push(Statement {
                lines: Lines { first, last },
                whole: true,
            });
            continue;
        };
        let inner = spans
            .get(position + 1)
            .filter(|(inner, _)| span.encloses(*inner));
        let last = inner.map_or(index.line(head), |(inner, _)| {
            index.line(inner.start).saturating_sub(1).max(first)
        });
        found.push(Statement {
            lines: Lines { first, last },
            whole: false,
        });
    }
    found
}

/// A place in the head of a compound statement; `None` for others.
fn head_end(facts: &PythonFacts, kind: Stmt, span: Span) -> Option<u32> {
    match kind {
        Stmt::Class(id) => Some(facts.class(id).name_span.start),
        Stmt::Function(id) => Some(facts.function(id).name_span.start),
        Stmt::If { .. }
        | Stmt::For { .. }
        | Stmt::While { .. }
        | Stmt::With { .. }
        | Stmt::Try(_)
        | Stmt::Match { .. } => Some(span.start),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use luthier_project::facts::FileFacts;
    use luthier_source::FileKind;

    use super::*;

    /// The lines that the one comment with `luthier` in it holds for.
    fn covered(path: &str, text: &str) -> (u32, u32) {
        let kind = FileKind::of(path).unwrap();
        let file = SourceFile::new(path, kind, text.to_owned());
        let facts = FileFacts::extract(&file);
        let start = text.find("# luthier").unwrap() as u32;
        let lines = lines(&file, facts.python(), Span::new(start, start + 9));
        (lines.first, lines.last)
    }

    #[test]
    fn a_comment_behind_code_holds_for_its_line_or_the_statement_it_closes() {
        assert_eq!(covered("a.py", "x = 1\ny = 2  # luthier\n"), (2, 2));
        assert_eq!(covered("a.py", "x = [\n  1,  # luthier\n  2,\n]\n"), (2, 2));
        assert_eq!(covered("a.py", "x = [\n  1,\n]  # luthier\n"), (1, 3));
        assert_eq!(covered("a.py", "x = [  # luthier\n  1,\n]\n"), (1, 3));
        assert_eq!(covered("a.py", "if x:  # luthier\n    y = 1\n"), (1, 1));
    }

    #[test]
    fn a_comment_alone_holds_for_the_next_statement() {
        assert_eq!(
            covered("a.py", "# luthier\n# more\n\nx = [\n  1,\n]\ny = 2\n"),
            (4, 6)
        );
        assert_eq!(
            covered("a.py", "x = [\n  # luthier\n  1,\n  2,\n]\n"),
            (3, 3)
        );
        assert_eq!(
            covered(
                "a.py",
                "# luthier\n@one\n@two\ndef f(\n  a,\n):\n    pass\n"
            ),
            (2, 6)
        );
        assert_eq!(
            covered(
                "a.py",
                "class A:\n    # luthier\n    x = (1,\n         2)\n"
            ),
            (3, 4)
        );
        assert_eq!(
            covered(
                "tests/test_a.py",
                "# luthier\n@one\ndef f():\n    return [\n]\n"
            ),
            (2, 3)
        );
        assert_eq!(covered("a.py", "x = 1\n# luthier\n"), (2, 2));
        assert_eq!(
            covered("Dockerfile", "FROM a\n# luthier\nUSER root\n"),
            (3, 3)
        );
    }
}
