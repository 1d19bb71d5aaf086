//! Byte ranges, and what could not be parsed at one.

use ruff_text_size::{TextRange, TextSize};
use serde::{Deserialize, Serialize};

/// A range of bytes in one file, end exclusive.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// An empty span, where something would be inserted.
    pub fn at(offset: u32) -> Self {
        Self::new(offset, offset)
    }

    pub fn len(self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    pub fn contains(self, offset: u32) -> bool {
        self.start <= offset && offset < self.end
    }

    /// Whether `other` lies wholly within `self`.
    pub fn encloses(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The smallest span that holds both.
    pub fn cover(self, other: Span) -> Span {
        Span::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// The text at this span, clamped to what there is; empty where it cuts a character.
    pub fn text(self, source: &str) -> &str {
        let end = (self.end as usize).min(source.len());
        source.get(self.start as usize..end).unwrap_or("")
    }
}

impl From<TextRange> for Span {
    fn from(range: TextRange) -> Self {
        Span::new(range.start().to_u32(), range.end().to_u32())
    }
}

impl From<Span> for TextRange {
    fn from(span: Span) -> Self {
        TextRange::new(TextSize::new(span.start), TextSize::new(span.end))
    }
}

/// Something in a file that its parser did not understand; the rest of the file was still read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub span: Span,
    pub message: String,
}
