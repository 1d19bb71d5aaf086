//! Words of an instruction, exec arrays, and variables in image names.

use crate::mapped::Positions;
use crate::shell::Word;

/// Words between blanks with quotes and escapes resolved, as `ENV`, `ARG` and `COPY` split them.
pub(super) fn split_words(text: &str, positions: Positions<'_>, escape: char) -> Vec<Word> {
    let mut words = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some(&(start, first)) = chars.peek() {
        if first.is_whitespace() {
            chars.next();
            continue;
        }
        let mut word = String::new();
        let mut literal = true;
        let mut quote: Option<char> = None;
        let mut end = start;
        while let Some(&(at, character)) = chars.peek() {
            if quote.is_none() && character.is_whitespace() {
                break;
            }
            chars.next();
            end = at + character.len_utf8();
            if quote == Some(character) {
                quote = None;
            } else if quote.is_none() && matches!(character, '"' | '\'') {
                quote = Some(character);
            } else if character == escape && quote != Some('\'') {
                if let Some((at, escaped)) = chars.next() {
                    end = at + escaped.len_utf8();
                    word.push(escaped);
                }
            } else {
                literal &= character != '$' || quote == Some('\'');
                word.push(character);
            }
        }
        let span = positions.span(start, end);
        words.push(Word {
            text: word,
            literal,
            span,
        });
    }
    words
}

/// The strings of a JSON array, or `None` when the text is not wholly one.
pub(super) fn parse_exec_array(text: &str, positions: Positions<'_>) -> Option<Vec<Word>> {
    let mut rest = Cursor { text, at: 0 };
    let mut words = Vec::new();
    rest.expect('[')?;
    if rest.expect(']').is_none() {
        loop {
            let (start, string) = rest.string()?;
            words.push(Word {
                text: string,
                literal: true,
                span: positions.span(start, rest.at),
            });
            if rest.expect(',').is_none() {
                rest.expect(']')?;
                break;
            }
        }
    }
    rest.skip_blanks();
    (rest.at == text.len()).then_some(words)
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl Cursor<'_> {
    fn skip_blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn expect(&mut self, wanted: char) -> Option<()> {
        self.skip_blanks();
        let found = self.text[self.at..].starts_with(wanted);
        self.at += usize::from(found);
        found.then_some(())
    }

    fn next(&mut self) -> Option<char> {
        let character = self.text[self.at..].chars().next()?;
        self.at += character.len_utf8();
        Some(character)
    }

    /// A JSON string: where it starts, and its text.
    fn string(&mut self) -> Option<(usize, String)> {
        self.skip_blanks();
        let start = self.at;
        self.expect('"')?;
        let mut string = String::new();
        loop {
            match self.next()? {
                '"' => return Some((start, string)),
                '\\' => string.push(self.escaped()?),
                character => string.push(character),
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        match self.next()? {
            'n' => Some('\n'),
            't' => Some('\t'),
            'r' => Some('\r'),
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            'u' => {
                let digits = self.text.get(self.at..self.at + 4)?;
                self.at += 4;
                let code = u32::from_str_radix(digits, 16).ok()?;
                Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
            }
            character @ ('"' | '\\' | '/') => Some(character),
            _ => None,
        }
    }
}

/// Puts values in for `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME-default}`;
/// `None` when a value is not known or another expansion is used.
pub fn expand_variables(text: &str, lookup: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        expanded.push_str(&rest[..dollar]);
        let after = &rest[dollar + 1..];
        let (name, default, length) = if let Some(braced) = after.strip_prefix('{') {
            let inner = &braced[..braced.find('}')?];
            let name_end = inner
                .find(|c: char| !is_name_character(c))
                .unwrap_or(inner.len());
            let (name, operator) = inner.split_at(name_end);
            let default = match operator {
                "" => None,
                _ => Some(
                    operator
                        .strip_prefix(":-")
                        .or_else(|| operator.strip_prefix('-'))?,
                ),
            };
            (name, default, inner.len() + 2)
        } else {
            let end = after
                .find(|c: char| !is_name_character(c))
                .unwrap_or(after.len());
            (&after[..end], None, end)
        };
        let value = lookup(name).or_else(|| default.map(str::to_owned))?;
        expanded.push_str(&value);
        rest = &after[length..];
    }
    expanded.push_str(rest);
    Some(expanded)
}

fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_need_a_value_or_a_default() {
        let expand = |text| expand_variables(text, |name| (name == "A").then(|| "1".to_owned()));
        assert_eq!(expand("x:$A-${A}").as_deref(), Some("x:1-1"));
        assert_eq!(expand("${B:-2}${B-3}").as_deref(), Some("23"));
        assert_eq!(expand("$B"), None);
        assert_eq!(expand("${A:+x}"), None);
        assert_eq!(expand("${A"), None);
    }
}
