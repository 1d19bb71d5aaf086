//! What one suppression comment says.

use luthier_source::Span;

use crate::date::Date;
use crate::select::Selector;

/// A comment that begins as a suppression does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comment {
    /// From its `#` (or `{#`) to its end.
    pub(super) span: Span,
    pub(super) content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Ignore(Ignore),
    /// What is wrong with it.
    Invalid(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ignore {
    /// For the whole file, not for one place.
    pub(super) file: bool,
    /// The words between the brackets, and what each selects, if anything.
    pub(super) words: Vec<Word>,
    pub(super) until: Option<Date>,
    pub(super) has_reason: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) span: Span,
    pub(super) selector: Option<Selector>,
}

/// Reads the suppression in `text`, the text of a comment at `start` of its file that ends in
/// `closing` (empty for comments that end with their line). Other pragmas may stand before it.
pub(super) fn read(text: &str, start: u32, closing: &str) -> Option<Comment> {
    let (hash, body) = find(text)?;
    let content_end = text.len() - closing.len();
    let content = text.get(body..content_end)?.trim_end();
    content.strip_prefix("ignore")?;
    let offset = start + body as u32;
    Some(Comment {
        span: Span::new(start + hash as u32, start + text.len() as u32),
        content: match ignore(content, offset) {
            Ok(ignore) => Content::Ignore(ignore),
            Err(wrong) => Content::Invalid(wrong),
        },
    })
}

/// Where `# luthier: ` begins (with the brace of a template's comment) and where it ends.
fn find(text: &str) -> Option<(usize, usize)> {
    for (hash, _) in text.match_indices('#') {
        let after = text[hash + 1..].trim_start();
        if let Some(rest) = after.strip_prefix("luthier:") {
            let body = text.len() - rest.trim_start().len();
            let brace = text[..hash].ends_with('{');
            return Some((hash - usize::from(brace), body));
        }
    }
    None
}

fn ignore(content: &str, offset: u32) -> Result<Ignore, String> {
    let rest = content.strip_prefix("ignore").unwrap_or(content);
    let (file, rest) = match rest.strip_prefix("-file") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let Some(listed) = rest.strip_prefix('[') else {
        return Err("it names no rule in brackets".to_owned());
    };
    let Some((listed, after)) = listed.split_once(']') else {
        return Err("its bracket is not closed".to_owned());
    };
    let listed_at = offset as usize + content.len() - after.len() - 1 - listed.len();
    let words = words(listed, listed_at as u32);
    if words.is_empty() {
        return Err("its brackets are empty".to_owned());
    }
    let mut until = None;
    let mut has_reason = false;
    for word in after.split_whitespace() {
        match word.strip_prefix("until=") {
            Some(day) => match Date::parse(day) {
                Some(date) => until = Some(date),
                None => return Err(format!("`{day}` is no day; write `until=YYYY-MM-DD`")),
            },
            None => has_reason |= word.contains(char::is_alphanumeric),
        }
    }
    Ok(Ignore {
        file,
        words,
        until,
        has_reason,
    })
}

fn words(listed: &str, start: u32) -> Vec<Word> {
    let mut found = Vec::new();
    let mut offset = 0;
    for part in listed.split(',') {
        let word = part.trim();
        if !word.is_empty() {
            let begin = start + (offset + part.len() - part.trim_start().len()) as u32;
            found.push(Word {
                span: Span::new(begin, begin + word.len() as u32),
                selector: Selector::parse(word).ok(),
            });
        }
        offset += part.len() + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Content {
        read(text, 0, "").expect("a suppression").content
    }

    #[test]
    fn rules_day_and_reason_are_read() {
        let text =
            "# noqa: E501  # luthier: ignore-file[LUT002, nothing] until=2030-01-31 as agreed";
        let comment = read(text, 100, "").unwrap();
        assert_eq!(comment.span, Span::new(114, 100 + text.len() as u32));
        let Content::Ignore(ignore) = comment.content else {
            panic!("readable")
        };
        let words: Vec<_> = ignore
            .words
            .iter()
            .map(|word| {
                let span = Span::new(word.span.start - 100, word.span.end - 100);
                (span.text(text), word.selector.is_some())
            })
            .collect();
        assert_eq!(words, [("LUT002", true), ("nothing", false)]);
        assert_eq!((ignore.file, ignore.has_reason), (true, true));
        assert_eq!(ignore.until, Date::parse("2030-01-31"));
    }

    #[test]
    fn templates_close_their_comments() {
        let comment = read("<a> {# luthier: ignore[LUT002] #}", 0, "#}").unwrap();
        assert_eq!(comment.span, Span::new(4, 33));
        let Content::Ignore(ignore) = comment.content else {
            panic!("readable")
        };
        assert!(!ignore.has_reason);
    }

    #[test]
    fn mistakes_are_told_and_other_comments_left_alone() {
        let wrong = |text: &str| match parsed(text) {
            Content::Invalid(wrong) => wrong,
            Content::Ignore(_) => panic!("{text} is valid"),
        };
        assert_eq!(wrong("# luthier: ignore"), "it names no rule in brackets");
        assert_eq!(wrong("#luthier:ignore[LUT002"), "its bracket is not closed");
        assert_eq!(wrong("# luthier: ignore[ ]"), "its brackets are empty");
        assert_eq!(
            wrong("# luthier: ignore[LUT002] until=soon"),
            "`soon` is no day; write `until=YYYY-MM-DD`"
        );
        for other in [
            "# a luthier: ignore[X]",
            "# luthier builds",
            "# luthier: says hello",
        ] {
            assert_eq!(read(other, 0, ""), None, "{other}");
        }
    }
}
