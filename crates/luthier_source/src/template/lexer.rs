//! Text to tokens: `{% … %}`, `{{ … }}`, `{# … #}`, none of which crosses a line.

use crate::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Block,
    Variable,
    Comment,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind,
    /// What stands between the marks, without blanks around it.
    pub(super) content: &'a str,
    /// Where the content starts.
    pub(super) content_start: u32,
    /// The whole token, marks included.
    pub(super) span: Span,
}

/// The tokens of a template in order. Inside `{% verbatim %}` only its end is one.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line_end: usize,
    /// For each closing mark: up to here on this line it was looked for in vain.
    missing_until: [usize; 3],
    /// The content of the tag that ends the open `verbatim`.
    verbatim_end: Option<String>,
}

/// What follows `{`, what it opens, and what stands before `}` where it is closed.
const MARKS: [(u8, TokenKind, u8); 3] = [
    (b'%', TokenKind::Block, b'%'),
    (b'{', TokenKind::Variable, b'}'),
    (b'#', TokenKind::Comment, b'#'),
];

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            line_end: 0,
            missing_until: [0; 3],
            verbatim_end: None,
        }
    }

    /// Whether the file ended inside `{% verbatim %}`.
    pub(super) fn in_verbatim(&self) -> bool {
        self.verbatim_end.is_some()
    }

    fn next_token(&mut self) -> Option<Token<'a>> {
        let bytes = self.text.as_bytes();
        loop {
            let start = self.at + memchr::memchr(b'{', bytes.get(self.at..)?)?;
            self.at = start + 1;
            let Some(mark) = MARKS
                .iter()
                .position(|(byte, _, _)| bytes.get(start + 1) == Some(byte))
            else {
                continue;
            };
            if start >= self.line_end {
                let end = memchr::memchr(b'\n', &bytes[start..]);
                self.line_end = end.map_or(bytes.len(), |end| start + end);
            }
            let Some(close) = self.find_close(mark, start + 2) else {
                continue;
            };
            let inner = &self.text[start + 2..close];
            let content = inner.trim();
            self.at = close + 2;
            return Some(Token {
                kind: MARKS[mark].1,
                content,
                content_start: (start + 2 + inner.len() - inner.trim_start().len()) as u32,
                span: Span::new(start as u32, close as u32 + 2),
            });
        }
    }

    /// The closing mark on the same line; a failed search is not repeated from further on.
    fn find_close(&mut self, mark: usize, from: usize) -> Option<usize> {
        if from <= self.missing_until[mark] {
            return None;
        }
        let line = self.text.as_bytes().get(from..self.line_end)?;
        let first = MARKS[mark].2;
        let mut braces = memchr::memchr_iter(b'}', line);
        let found = braces.find(|&brace| brace > 0 && line[brace - 1] == first);
        if found.is_none() {
            self.missing_until[mark] = self.line_end;
        }
        found.map(|brace| from + brace - 1)
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let token = self.next_token()?;
            let block = token.kind == TokenKind::Block;
            if let Some(end) = &self.verbatim_end {
                if block && token.content == end {
                    self.verbatim_end = None;
                    return Some(token);
                }
                continue;
            }
            let content = token.content;
            if block && (content == "verbatim" || content.starts_with("verbatim ")) {
                self.verbatim_end = Some(format!("end{content}"));
            }
            return Some(token);
        }
    }
}
