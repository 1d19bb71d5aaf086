//! Tokens to nodes: what stands inside which block.

use rustc_hash::FxHashMap;

use super::expression::parse_expression;
use super::lexer::{Lexer, Token, TokenKind};
use super::split::split_contents;
use super::tags::tag_kind;
use super::{Comment, Node, NodeKind, Template};
use crate::{Problem, Span};

/// Reads a whole template.
pub fn parse_template(text: &str) -> Template {
    let mut parser = Parser::default();
    let mut tokens = Lexer::new(text);
    while let Some(token) = tokens.next() {
        match token.kind {
            TokenKind::Comment => {
                let text = token.content.to_owned();
                parser.template.comments.push(Comment {
                    text,
                    span: token.span,
                });
            }
            TokenKind::Variable => parser.variable(token),
            TokenKind::Block if opens(token.content, "comment") => {
                let closed = tokens
                    .any(|token| token.kind == TokenKind::Block && token.content == "endcomment");
                if !closed {
                    parser.problem(token.span, "`comment` without `endcomment`".to_owned());
                }
            }
            TokenKind::Block => parser.tag(token),
        }
    }
    if tokens.in_verbatim() {
        let end = Span::at(text.len() as u32);
        parser.problem(end, "`verbatim` without `endverbatim`".to_owned());
    }
    parser.finish()
}

fn opens(content: &str, tag: &str) -> bool {
    content.split_whitespace().next() == Some(tag)
}

/// Built-in tags that have an end tag, `end` and their name.
const BLOCK_TAGS: [&str; 17] = [
    "autoescape",
    "block",
    "blocktrans",
    "blocktranslate",
    "cache",
    "filter",
    "for",
    "if",
    "ifchanged",
    "language",
    "localize",
    "localtime",
    "partialdef",
    "spaceless",
    "timezone",
    "with",
    "verbatim",
];

#[derive(Default)]
struct Parser {
    template: Template,
    /// The open blocks: the place in `BLOCK_TAGS`, and the node if the tag was understood.
    open: Vec<OpenBlock>,
    /// How many of each are open.
    open_counts: FxHashMap<&'static str, usize>,
}

struct OpenBlock {
    tag: &'static str,
    node: u32,
}

impl Parser {
    fn problem(&mut self, span: Span, message: String) {
        self.template.problems.push(Problem { span, message });
    }

    fn push(&mut self, kind: NodeKind, span: Span) -> u32 {
        let index = self.template.nodes.len() as u32;
        let parent = self.open.last().map(|block| block.node);
        self.template.nodes.push(Node {
            kind,
            parent,
            end: index + 1,
            span,
        });
        index
    }

    fn variable(&mut self, token: Token<'_>) {
        match parse_expression(token.content, token.content_start) {
            Some(expression) => {
                self.push(NodeKind::Variable(expression), token.span);
            }
            None => self.problem(
                token.span,
                format!("`{}` is no template expression", shortened(token.content)),
            ),
        }
    }

    fn tag(&mut self, token: Token<'_>) {
        let bits = split_contents(token.content, token.content_start);
        let Some(name) = bits.first().map(|bit| bit.text) else {
            return self.problem(token.span, "an empty tag".to_owned());
        };
        if let Some(tag) = name.strip_prefix("end").and_then(block_tag) {
            return self.close(tag, token.span);
        }
        let kind = tag_kind(&bits).unwrap_or_else(|| NodeKind::Other {
            name: name.to_owned(),
            arguments: Vec::new(),
        });
        if matches!(&kind, NodeKind::Other { arguments, .. } if arguments.is_empty() && bits.len() > 1)
        {
            self.problem(
                token.span,
                format!("`{}` is not understood", shortened(token.content)),
            );
        }
        let node = self.push(kind, token.span);
        if let Some(tag) = block_tag(name) {
            self.open.push(OpenBlock { tag, node });
            *self.open_counts.entry(tag).or_default() += 1;
        }
    }

    /// Closes the innermost open `tag`, and with it what was left open inside it.
    fn close(&mut self, tag: &'static str, span: Span) {
        if self.open_counts.get(tag).is_none_or(|count| *count == 0) {
            return self.problem(span, format!("`end{tag}` closes nothing"));
        }
        while let Some(block) = self.pop() {
            if block.tag == tag {
                return;
            }
            self.problem(span, format!("`{}` is still open at `end{tag}`", block.tag));
        }
    }

    fn pop(&mut self) -> Option<OpenBlock> {
        let block = self.open.pop()?;
        if let Some(count) = self.open_counts.get_mut(block.tag) {
            *count -= 1;
        }
        self.template.nodes[block.node as usize].end = self.template.nodes.len() as u32;
        Some(block)
    }

    fn finish(mut self) -> Template {
        while let Some(block) = self.pop() {
            let span = self.template.nodes[block.node as usize].span;
            self.problem(span, format!("`{}` is never closed", block.tag));
        }
        self.template
    }
}

fn block_tag(name: &str) -> Option<&'static str> {
    BLOCK_TAGS.into_iter().find(|tag| *tag == name)
}

fn shortened(content: &str) -> String {
    content.chars().take(60).collect()
}
