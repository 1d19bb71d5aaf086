//! A tag's content to its words, as Django splits it: blanks part words, except in quotes.

use crate::Span;

/// One word of a tag, quotes included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bit<'a> {
    pub(super) text: &'a str,
    pub(super) start: u32,
}

impl<'a> Bit<'a> {
    pub(super) fn span(self) -> Span {
        Span::new(self.start, self.start + self.text.len() as u32)
    }

    /// The word behind its first `count` bytes.
    pub(super) fn after(self, count: usize) -> Self {
        Self {
            text: &self.text[count..],
            start: self.start + count as u32,
        }
    }

    /// `keyword=value`: the keyword, and the word behind the `=`.
    pub(super) fn keyword(self) -> Option<(&'a str, Bit<'a>)> {
        let equals = self.text.find('=')?;
        let name = &self.text[..equals];
        let named = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        (named && equals + 1 < self.text.len()).then(|| (name, self.after(equals + 1)))
    }
}

/// The words of `content`, which starts at `offset` of its file. A translated text `_("a b")`
/// is one word.
pub(super) fn split_contents(content: &str, offset: u32) -> Vec<Bit<'_>> {
    let mut quotes = ClosingQuotes::new(content);
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    let mut open_translation: Option<(usize, String)> = None;
    let mut at = 0;
    while let Some(start) = next_word(content, at) {
        let end = word_end(content, start, &mut quotes);
        at = end;
        let word = &content[start..end];
        if let Some((from, sentinel)) = open_translation.take() {
            if word.ends_with(&sentinel) {
                ranges.push((from, end));
            } else {
                open_translation = Some((from, sentinel));
            }
            continue;
        }
        let quote = word.strip_prefix("_(").and_then(|rest| rest.chars().next());
        match quote
            .filter(|c| matches!(c, '"' | '\''))
            .map(|quote| format!("{quote})"))
        {
            Some(sentinel) if !word.ends_with(&sentinel) => {
                open_translation = Some((start, sentinel));
            }
            _ => ranges.push((start, end)),
        }
    }
    if let Some((from, _)) = open_translation {
        ranges.push((from, content.trim_end().len()));
    }
    ranges
        .into_iter()
        .map(|(start, end)| Bit {
            text: &content[start..end],
            start: offset + start as u32,
        })
        .collect()
}

fn next_word(content: &str, at: usize) -> Option<usize> {
    let rest = &content[at..];
    let body = rest.trim_start();
    (!body.is_empty()).then(|| at + rest.len() - body.len())
}

/// The end of the word at `start`: runs without blanks and quotes around at least one quoted
/// part, else everything up to a blank.
fn word_end(content: &str, start: usize, quotes: &mut ClosingQuotes<'_>) -> usize {
    let mut at = plain_end(content, start);
    let mut has_quotes = false;
    while let Some(close) = quotes.close_of(at) {
        has_quotes = true;
        at = plain_end(content, close + 1);
    }
    if has_quotes {
        return at;
    }
    content[start..]
        .find(char::is_whitespace)
        .map_or(content.len(), |length| start + length)
}

fn plain_end(content: &str, at: usize) -> usize {
    let stop = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
    content[at..]
        .find(stop)
        .map_or(content.len(), |length| at + length)
}

/// Finds the quote that closes one, in time linear in the content however many stay open.
struct ClosingQuotes<'a> {
    bytes: &'a [u8],
    /// Per quote, once a search has failed: the answer for every start.
    known: [Option<Vec<u32>>; 2],
}

const NOWHERE: u32 = u32::MAX;

impl<'a> ClosingQuotes<'a> {
    fn new(content: &'a str) -> Self {
        Self {
            bytes: content.as_bytes(),
            known: [None, None],
        }
    }

    /// The place of the quote that closes the one at `open`; `None` when there is no quote at
    /// `open`, or none closes it.
    fn close_of(&mut self, open: usize) -> Option<usize> {
        let quote = *self.bytes.get(open)?;
        let which = match quote {
            b'"' => 0,
            b'\'' => 1,
            _ => return None,
        };
        if let Some(known) = &self.known[which] {
            let close = known[open + 1];
            return (close != NOWHERE).then_some(close as usize);
        }
        let mut at = open + 1;
        while at < self.bytes.len() {
            match self.bytes[at] {
                b'\\' => at += 2,
                byte if byte == quote => return Some(at),
                _ => at += 1,
            }
        }
        self.known[which] = Some(self.all_closes(quote));
        None
    }

    /// For every place, the next `quote` from there on that no backslash escapes.
    fn all_closes(&self, quote: u8) -> Vec<u32> {
        let length = self.bytes.len();
        let mut closes = vec![NOWHERE; length + 2];
        for at in (0..length).rev() {
            closes[at] = match self.bytes[at] {
                b'\\' => closes[at + 2],
                byte if byte == quote => at as u32,
                _ => closes[at + 1],
            };
        }
        closes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(content: &str, expected: &[&str]) {
        let bits: Vec<&str> = split_contents(content, 0)
            .iter()
            .map(|bit| bit.text)
            .collect();
        assert_eq!(bits, expected);
    }

    #[test]
    fn splits_as_django_does() {
        check(
            "This is \"a person\\'s\" test.",
            &["This", "is", "\"a person\\'s\"", "test."],
        );
        check(
            r"Another 'person\'s' test.",
            &["Another", r"'person\'s'", "test."],
        );
        check(
            r#"A "\"funky\" style" test."#,
            &["A", r#""\"funky\" style""#, "test."],
        );
        check(
            "url a|b:\"c d\"|e:'f' x=\"y z\"w",
            &["url", "a|b:\"c d\"|e:'f'", "x=\"y z\"w"],
        );
        check("trans _(\"a b\" c\") x", &["trans", "_(\"a b\" c\")", "x"]);
        check("a \"open b", &["a", "\"open", "b"]);
        check("\"a\"\"open b", &["\"a\"", "\"open", "b"]);
        check("", &[]);
    }

    #[test]
    fn open_quotes_cost_no_more_than_their_bytes() {
        split_contents(&"\" \\".repeat(200_000), 0);
        split_contents(&"'\\' ".repeat(200_000), 0);
        split_contents(&"_(\" x ".repeat(100_000), 0);
    }
}
