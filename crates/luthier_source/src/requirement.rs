//! One dependency as PEP 508 writes it: `celery[redis]>=5.3 ; python_version < "3.13"`.

use serde::{Deserialize, Serialize};

use crate::Span;

/// A dependency by name, with everything that narrows which version is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// The name as indexes compare it: lower case, runs of `-`, `_` and `.` as one `-`.
    pub name: String,
    /// Extras, normalised as the name is.
    pub extras: Vec<String>,
    /// The version specifiers as written, without blanks around them; empty when any will do.
    pub specifier: String,
    /// Where the code comes from when not from an index: the address after `@`.
    pub url: Option<String>,
    /// The environment marker's text, without the `;`.
    pub marker: String,
    pub span: Span,
}

impl Requirement {
    /// Whether exactly one version satisfies it: `==1.2.3`, `===…`, or a fixed address.
    pub fn is_pinned(&self) -> bool {
        self.url.is_some() || self.pinned_version().is_some()
    }

    /// The version of an exact pin (`==1.2.3`, not `==1.2.*`).
    pub fn pinned_version(&self) -> Option<&str> {
        let version = self
            .specifier
            .split(',')
            .find_map(|clause| clause.trim().strip_prefix("=="))?;
        let version = version.trim_start_matches('=').trim();
        (!version.ends_with(".*")).then_some(version)
    }
}

/// The name as package indexes compare it (PEP 503).
pub fn normalise_name(name: &str) -> String {
    let mut normalised = String::with_capacity(name.len());
    for character in name.chars() {
        if matches!(character, '-' | '_' | '.') {
            if !normalised.ends_with('-') {
                normalised.push('-');
            }
        } else {
            normalised.extend(character.to_lowercase());
        }
    }
    normalised
}

/// Reads one requirement out of `text`, whose first byte is at `offset` of its file.
/// `None` when it does not start with a name or goes on with what no requirement has.
pub fn parse_requirement(text: &str, offset: u32) -> Option<Requirement> {
    let body = text.trim_start();
    let start = offset + (text.len() - body.len()) as u32;
    let body = body.trim_end();
    let span = Span::new(start, start + body.len() as u32);

    let name_end = body
        .find(|c: char| !is_name_character(c))
        .unwrap_or(body.len());
    let name = &body[..name_end];
    let bounded = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    if !bounded(name.chars().next()) || !bounded(name.chars().next_back()) {
        return None;
    }

    let mut rest = body[name_end..].trim_start();
    let mut extras = Vec::new();
    if let Some(after) = rest.strip_prefix('[') {
        let (inside, after) = after.split_once(']')?;
        extras = inside
            .split(',')
            .map(str::trim)
            .filter(|extra| !extra.is_empty())
            .map(normalise_name)
            .collect();
        rest = after.trim_start();
    }

    let requirement = |specifier: &str, url: Option<&str>, marker: &str| Requirement {
        name: normalise_name(name),
        extras,
        specifier: specifier.to_owned(),
        url: url.map(str::to_owned),
        marker: marker.trim().to_owned(),
        span,
    };

    if let Some(address) = rest.strip_prefix('@') {
        // An address may hold a `;` itself: only one with a blank before it starts the marker.
        let (url, marker) = split_at_spaced_semicolon(address.trim_start());
        return (!url.is_empty()).then(|| requirement("", Some(url), marker));
    }

    let (specifier, marker) = rest.split_once(';').unwrap_or((rest, ""));
    let specifier = specifier.trim();
    let specifier = specifier
        .strip_prefix('(')
        .and_then(|inner| inner.strip_suffix(')'))
        .unwrap_or(specifier)
        .trim();
    let well_formed = specifier.is_empty() || specifier.starts_with(['=', '<', '>', '~', '!']);
    well_formed.then(|| requirement(specifier, None, marker))
}

fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

fn split_at_spaced_semicolon(text: &str) -> (&str, &str) {
    let cut = text
        .match_indices(';')
        .find(|(index, _)| text[..*index].ends_with(char::is_whitespace));
    match cut {
        Some((index, _)) => (text[..index].trim_end(), &text[index + 1..]),
        None => (text.trim_end(), ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Requirement {
        parse_requirement(text, 0).unwrap_or_else(|| panic!("{text} is a requirement"))
    }

    #[test]
    fn reads_every_part() {
        let requirement = parse(
            "  Django_REST.framework[filters, Schema_x] >=3.14, <4 ; python_version < '3.13'",
        );
        assert_eq!(requirement.name, "django-rest-framework");
        assert_eq!(requirement.extras, ["filters", "schema-x"]);
        assert_eq!(requirement.specifier, ">=3.14, <4");
        assert_eq!(requirement.marker, "python_version < '3.13'");
        assert_eq!(requirement.span.start, 2);
    }

    #[test]
    fn pins_are_exact_versions_and_addresses() {
        let pinned = |text: &str| parse(text).is_pinned();
        assert!(pinned("django==5.2.7"));
        assert!(pinned("django === 5.2.7"));
        assert!(pinned(
            "shop @ git+https://example.org/shop@abc;x ; python_version > '3'"
        ));
        assert!(!pinned("django==5.2.*"));
        assert!(!pinned("django>=5.2,<6"));
        assert!(!pinned("django"));
        assert_eq!(parse("x (>=1)").specifier, ">=1");
        assert_eq!(
            parse("shop @ https://example.org/a;b").url.as_deref(),
            Some("https://example.org/a;b")
        );
    }

    #[test]
    fn what_is_no_requirement_is_none() {
        for text in [
            "",
            "-r base.txt",
            "./local",
            "git+https://example.org/x",
            "-x",
            "a b",
            "a[b",
            "é",
        ] {
            assert_eq!(parse_requirement(text, 0), None, "{text}");
        }
    }
}
