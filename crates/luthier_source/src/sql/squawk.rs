//! What squawk says of SQL for PostgreSQL.

use enum_iterator::all;
use squawk_linter::{Linter, LinterSettings, Rule};
use squawk_syntax::SourceFile;

use super::{is_sane, with_room};
use crate::Span;

/// One thing that squawk warns of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// As squawk calls it: `require-concurrent-index-creation`.
    pub rule: String,
    pub span: Span,
}

/// All that squawk says of a text, for a major release of PostgreSQL, in a transaction that somebody else
/// began or not.
pub fn lint(text: &str, release: u16, is_in_transaction: bool) -> Vec<Violation> {
    if !is_sane(text) {
        return Vec::new();
    }
    with_room(text, || linted(text, release, is_in_transaction))
}

fn linted(text: &str, release: u16, is_in_transaction: bool) -> Vec<Violation> {
    let parsed = SourceFile::parse(text);
    let mut linter = Linter::from(all::<Rule>());
    linter.settings = LinterSettings {
        pg_version: release.to_string().parse().unwrap_or_default(),
        assume_in_transaction: is_in_transaction,
    };
    let violations = linter.lint(&parsed, text).into_iter();
    violations
        .map(|violation| Violation {
            rule: violation.code.to_string(),
            span: Span::new(
                violation.text_range.start().into(),
                violation.text_range.end().into(),
            ),
        })
        .collect()
}

/// The names of all rules that squawk has.
pub fn lint_rules() -> Vec<String> {
    all::<Rule>().map(|rule| rule.to_string()).collect()
}
