//! Text that comes from the user's files, made harmless, and fitted to a width.
//!
//! A message may quote anything: line breaks, escape sequences that would recolour a terminal,
//! marks that reverse the reading direction. Formats with an escape rule of their own apply that;
//! the others pass text through [`line`].

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// `text` as one line: line breaks and tabs become spaces, other control characters their
/// picture, marks that change the reading direction a replacement character.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => clean.push(' '),
            '\r' => {}
            '\0'..='\u{1f}' => clean.push(picture(character)),
            '\u{7f}' => clean.push('␡'),
            _ if is_harmful(character) => clean.push('\u{fffd}'),
            _ => clean.push(character),
        }
    }
    Cow::Owned(clean)
}

fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Unicode has a picture for each of the first 32 characters, in order.
fn picture(control: char) -> char {
    char::from_u32(0x2400 + u32::from(control)).unwrap_or('\u{fffd}')
}

/// Columns that `text` takes in a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// `text` padded with spaces to `columns`; longer text stays as it is.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(missing))
}

/// `text` cut to `columns`, with an ellipsis where something is missing.
pub(crate) fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    let mut used = 1;
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used > columns {
            break;
        }
        kept.push(character);
    }
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    Cow::Owned(kept)
}

/// `text` cut to about `columns` where a clause or sentence ends; anywhere where none does.
pub(crate) fn clause(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let ends = ["; ", ". "].into_iter().filter_map(|end| {
        let starts = text.match_indices(end).map(|(start, _)| start);
        starts
            .filter(|&start| width(&text[..start]) <= columns)
            .max()
    });
    match ends.max() {
        Some(end) => Cow::Borrowed(&text[..end]),
        None => cut(text, columns),
    }
}

/// `text` in lines of at most `columns`, broken at spaces; a longer word gets its own line.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    for word in text.split_whitespace() {
        if !current.is_empty() && width(&current) + 1 + width(word) > columns {
            lines.push(std::mem::take(&mut current));
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(word);
    }
    if !current.is_empty() || lines.is_empty() {
        lines.push(current);
    }
    lines
}

/// `1 finding`, `2 findings`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_fool_a_terminal_becomes_visible() {
        assert_eq!(
            line("a\r\nb\tc\u{1b}[31m\u{202e}d\u{7f}\u{9b}"),
            "a b c␛[31m\u{fffd}d␡\u{fffd}"
        );
        assert!(matches!(line("plain ä 界"), Cow::Borrowed(_)));
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(cut("界界界", 5), "界界…");
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(pad("界", 4), "界  ");
    }

    #[test]
    fn long_texts_end_with_a_clause() {
        assert_eq!(clause("do this; or that. Else not", 14), "do this");
        assert_eq!(clause("do this; or that. Else not", 20), "do this; or that");
        assert_eq!(clause("do this; or that", 20), "do this; or that");
        assert_eq!(clause("nothing to end at", 10), "nothing t…");
    }

    #[test]
    fn lines_break_at_spaces_only() {
        assert_eq!(
            wrap("one two threefourfive six", 8),
            ["one two", "threefourfive", "six"]
        );
        assert_eq!(wrap("", 8), [""]);
    }
}
