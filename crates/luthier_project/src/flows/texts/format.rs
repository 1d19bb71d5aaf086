//! Texts with holes: where the holes of `%` and of `.format()` are, and what is put in.

/// What is put into a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hole<'t> {
    Position(usize),
    Name(&'t str),
}

/// A hole with the text from the start up to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap<'t> {
    pub(super) hole: Hole<'t>,
    pub(super) before: &'t str,
}

/// The holes of a `%` format that take text as it is; numbers cannot change a statement.
///
/// <https://docs.python.org/3/library/stdtypes.html#printf-style-string-formatting>
pub(super) fn percent(text: &str) -> Vec<Gap<'_>> {
    let mut gaps = Vec::new();
    let mut position = 0;
    let mut rest = 0;
    while let Some(found) = text[rest..].find('%') {
        let start = rest + found;
        let mut at = start + 1;
        let name = text[at..].strip_prefix('(').and_then(|inner| {
            let end = inner.find(')')?;
            at += end + 2;
            Some(&inner[..end])
        });
        let flags = text[at..].find(|letter: char| !"-+ #0123456789.*".contains(letter));
        let Some(kind) = flags.and_then(|skip| text[at + skip..].chars().next()) else {
            break;
        };
        at += flags.unwrap_or_default();
        rest = at + kind.len_utf8();
        if kind == '%' {
            continue;
        }
        let hole = match name {
            Some(name) => Hole::Name(name),
            None => Hole::Position(position),
        };
        position += usize::from(name.is_none());
        if matches!(kind, 's' | 'r' | 'a') {
            let before = &text[..start];
            gaps.push(Gap { hole, before });
        }
    }
    gaps
}

/// The holes of a `str.format()` text.
///
/// <https://docs.python.org/3/library/string.html#format-string-syntax>
pub(super) fn braces(text: &str) -> Vec<Gap<'_>> {
    let mut gaps = Vec::new();
    let mut position = 0;
    let mut rest = 0;
    while let Some(found) = text[rest..].find(['{', '}']) {
        let start = rest + found;
        let doubled = &text[start..=start];
        if text[start + 1..].starts_with(doubled) {
            rest = start + 2;
            continue;
        }
        if doubled == "}" {
            rest = start + 1;
            continue;
        }
        let Some(end) = text[start..].find('}') else {
            break;
        };
        let inner = &text[start + 1..start + end];
        rest = start + end + 1;
        let (field, format) = inner.split_once(':').unwrap_or((inner, ""));
        let field = field.split('!').next().unwrap_or_default();
        let name = field.split(['.', '[']).next().unwrap_or_default();
        let hole = match name.parse() {
            Ok(number) => Hole::Position(number),
            Err(_) if name.is_empty() => Hole::Position(position),
            Err(_) => Hole::Name(name),
        };
        position += usize::from(name.is_empty());
        // `{:d}` takes numbers only, and of `{0.name}` only a part is put in.
        if format.is_empty() && name == field {
            let before = &text[..start];
            gaps.push(Gap { hole, before });
        }
    }
    gaps
}

/// Whether a text of SQL ends within quotes: what follows is a value.
pub(super) fn ends_in_quotes(text: &str) -> bool {
    text.bytes().filter(|&byte| byte == b'\'').count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_of_percent_formats() {
        let gaps = percent("a %s 100%% %d '%(name)s' %-5s");
        let holes: Vec<Hole<'_>> = gaps.iter().map(|gap| gap.hole).collect();
        assert_eq!(
            holes,
            [Hole::Position(0), Hole::Name("name"), Hole::Position(2)]
        );
        assert!(ends_in_quotes(gaps[1].before));
    }

    #[test]
    fn holes_of_brace_formats() {
        let gaps = braces("{{x}} {} {name} {1} {:d} {0.attr}");
        let holes: Vec<Hole<'_>> = gaps.iter().map(|gap| gap.hole).collect();
        assert_eq!(
            holes,
            [Hole::Position(0), Hole::Name("name"), Hole::Position(1)]
        );
    }
}
