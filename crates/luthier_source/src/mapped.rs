//! Text put together from pieces of a file, with the way back to where each piece came from:
//! lines joined by continuations, block scalars without their indentation.

use crate::Span;

/// A text and the places of its pieces in the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct MappedText {
    pub(crate) text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    /// Where the piece starts in the put-together text.
    text: u32,
    /// Where it starts in the file.
    source: u32,
}

impl MappedText {
    /// Adds `piece`, which stands at `source` in the file.
    pub(crate) fn push(&mut self, piece: &str, source: u32) {
        if !piece.is_empty() {
            self.pieces.push(Piece {
                text: self.text.len() as u32,
                source,
            });
            self.text.push_str(piece);
        }
    }

    /// The text from byte `cut` on.
    pub(crate) fn without_start(mut self, cut: usize) -> Self {
        let cut = cut as u32;
        let first = self
            .pieces
            .partition_point(|piece| piece.text <= cut)
            .saturating_sub(1);
        self.pieces.drain(..first);
        for piece in &mut self.pieces {
            // The first piece may be cut in its middle.
            piece.source += cut.saturating_sub(piece.text);
            piece.text = piece.text.saturating_sub(cut);
        }
        self.text.drain(..cut as usize);
        self
    }

    pub(crate) fn positions(&self) -> Positions<'_> {
        Positions::Pieces(&self.pieces)
    }
}

/// How offsets in a text become offsets in its file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Positions<'a> {
    /// The text is one piece of the file, from this offset on.
    From(u32),
    /// The text is not in the file as it stands: everything is at this place.
    Fixed(Span),
    Pieces(&'a [Piece]),
}

impl Positions<'_> {
    /// The file's bytes behind `start..end` of the text.
    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        match self {
            Self::From(offset) => Span::new(offset + start as u32, offset + end as u32),
            Self::Fixed(span) => *span,
            Self::Pieces(pieces) => {
                let from = source_of(pieces, start as u32);
                let to = if end > start {
                    source_of(pieces, end as u32 - 1) + 1
                } else {
                    from
                };
                Span::new(from, to.max(from))
            }
        }
    }
}

fn source_of(pieces: &[Piece], offset: u32) -> u32 {
    let next = pieces.partition_point(|piece| piece.text <= offset);
    pieces.get(next.saturating_sub(1)).map_or(offset, |piece| {
        piece.source + offset.saturating_sub(piece.text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_way_back() {
        let source = "run: a \\\n  && bcd";
        let mut mapped = MappedText::default();
        mapped.push("a ", 5);
        mapped.push("&& bcd", 11);
        let at = mapped.text.find("bcd").unwrap();
        assert_eq!(mapped.positions().span(at, at + 3).text(source), "bcd");
        assert_eq!(
            mapped.positions().span(0, mapped.text.len()).text(source),
            &source[5..]
        );
        assert_eq!(Positions::From(3).span(1, 2), Span::new(4, 5));
    }
}
