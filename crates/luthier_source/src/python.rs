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
