//! From byte offsets to lines and columns.

/// A place as people count: lines and columns from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineColumn {
    pub line: u32,
    pub column: u32,
}

/// The start offsets of a text's lines (`\n`, `\r\n` and lone `\r` end a line, as in Python).
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (index, byte) in bytes.iter().enumerate() {
            let ends_line = match byte {
                b'\n' => true,
                b'\r' => bytes.get(index + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends_line {
                starts.push(index as u32 + 1);
            }
        }
        Self { starts }
    }

    /// The number of lines; a text that ends in a line break has an empty last line.
    pub fn lines(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The line (from 1) that holds the byte at `offset`.
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|&start| start <= offset) as u32
    }

    /// The place of the byte at `offset`; an offset past the end or inside a character counts
    /// as the nearest place before it.
    pub fn line_column(&self, text: &str, offset: u32) -> LineColumn {
        let line = self.line(offset);
        let start = self.starts[line as usize - 1] as usize;
        let mut end = (offset as usize).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let column = text
            .get(start..end)
            .map_or(0, |before| before.chars().count()) as u32
            + 1;
        LineColumn { line, column }
    }

    /// The offset of the first byte of `line` (from 1); the text's length for a line past the end.
    pub fn start(&self, text: &str, line: u32) -> u32 {
        self.starts
            .get(line.max(1) as usize - 1)
            .copied()
            .unwrap_or(text.len() as u32)
    }

    /// The text of `line` (from 1) without its line break.
    pub fn line_text<'a>(&self, text: &'a str, line: u32) -> &'a str {
        let start = self.start(text, line) as usize;
        let end = self.start(text, line + 1) as usize;
        text.get(start..end)
            .unwrap_or("")
            .trim_end_matches(['\n', '\r'])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters_and_every_kind_of_line_break() {
        let text = "a\r\nä€x\rend\n";
        let index = LineIndex::new(text);
        let at = |needle: &str| index.line_column(text, text.find(needle).unwrap() as u32);
        assert_eq!(index.lines(), 4);
        assert_eq!(at("x"), LineColumn { line: 2, column: 3 });
        assert_eq!(at("end"), LineColumn { line: 3, column: 1 });
        assert_eq!(index.line_text(text, 2), "ä€x");
        assert_eq!(
            index.line_column(text, 999),
            LineColumn { line: 4, column: 1 }
        );
    }
}
