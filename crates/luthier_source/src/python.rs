//! Python text to syntax trees. No other crate names the parser.

use ruff_python_ast::ModModule;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::Ranged;

use crate::span::{Problem, Span};

/// A parsed Python file: always a tree, even of broken code.
#[derive(Debug)]
pub struct ParsedPython {
    pub module: ModModule,
    /// Comments that hold the word `luthier`, in order of place, each with its `#`.
    pub directives: Vec<Span>,
    pub problems: Vec<Problem>,
}

/// Parses a whole file. Takes time linear in the text; deep nesting grows the stack as needed.
pub fn parse(text: &str) -> ParsedPython {
    let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module));
    let problems = parsed
        .errors()
        .iter()
        .map(|error| Problem {
            span: error.location.into(),
            message: error.error.to_string(),
        })
        .collect();
    let mut directives = Vec::new();
    if text.contains("luthier") {
        for token in parsed.tokens() {
            let span = Span::from(token.range());
            if token.kind() == TokenKind::Comment && span.text(text).contains("luthier") {
                directives.push(span);
            }
        }
    }
    let module = parsed
        .try_into_module()
        .expect("module mode gives a module")
        .into_syntax();
    ParsedPython {
        module,
        directives,
        problems,
    }
}

/// Texts above this many bytes could hold nesting whose tree needs more stack than a thread has.
const ROOMY_STACK_FROM: usize = 128 * 1024;

/// Parses `text` and hands the tree to `use_tree`, then drops it: trees do not outlive this call.
pub fn with_parsed<T>(text: &str, use_tree: impl FnOnce(&ParsedPython) -> T) -> T {
    if text.len() < ROOMY_STACK_FROM {
        return use_tree(&parse(text));
    }
    // A tree is at most as deep as its text is long, and dropping it recurses once per level.
    stacker::grow(text.len() * 256, || use_tree(&parse(text)))
}

/// What stands between the quotes of a string literal, and where it begins in it; `None` of literals in
/// several parts and of f-strings. Escapes are as written: it is the text itself only where there are none.
pub fn between_quotes(literal: &str) -> Option<(u32, &str)> {
    let prefix = literal.find(['"', '\''])?;
    let is_plain = literal[..prefix]
        .bytes()
        .all(|letter| b"rRuU".contains(&letter));
    let quoted = &literal[prefix..];
    let quotes = ["\"\"\"", "'''", "\"", "'"];
    let quote = quotes.into_iter().find(|quote| quoted.starts_with(quote))?;
    let inner = quoted.strip_prefix(quote)?.strip_suffix(quote)?;
    let is_sole = !inner.contains(quote);
    (is_plain && is_sole).then_some(((prefix + quote.len()) as u32, inner))
}

#[cfg(test)]
mod tests {
    use super::between_quotes;

    #[test]
    fn texts_have_places_within_their_literals() {
        assert_eq!(between_quotes("'a'"), Some((1, "a")));
        assert_eq!(between_quotes("r\"\"\"a 'b'\"\"\""), Some((4, "a 'b'")));
        assert_eq!(between_quotes("'a' 'b'"), None);
        assert_eq!(between_quotes("f'a'"), None);
        assert_eq!(between_quotes("''"), Some((1, "")));
        assert_eq!(between_quotes("'"), None);
        assert_eq!(between_quotes("NAME"), None);
    }
}
