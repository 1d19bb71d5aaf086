//! How Django finds a language among those that are configured.

use luthier_project::django::DjangoVersion;
use luthier_project::django::settings as defaults;
use luthier_project::settings::Value;

use super::{Problem, Verdict, View, each};

/// Longer codes are cut by Django before it looks them up.
const MAX_LENGTH: usize = 500;

/// Languages in Django's default `LANGUAGES` for which it brings no translations.
const WITHOUT_CATALOG: &[&str] = &["es-ni", "ht"];

/// What Django falls back to before it drops the region.
const FALLBACKS: &[(&str, &str)] = &[
    ("zh-cn", "zh-hans"),
    ("zh-hk", "zh-hant"),
    ("zh-mo", "zh-hant"),
    ("zh-my", "zh-hans"),
    ("zh-sg", "zh-hans"),
    ("zh-tw", "zh-hant"),
];

/// Whether a text has the form of a language code.
pub(in crate::settings) fn is_well_formed(code: &str) -> bool {
    // Django's pattern ends in `$`, which also matches before one last line break.
    let code = code.strip_suffix('\n').unwrap_or(code);
    let (tags, modifier) = match code.split_once('@') {
        Some((tags, modifier)) => (tags, Some(modifier)),
        None => (code, None),
    };
    let within = |text: &str, most: usize, letter: fn(&u8) -> bool| {
        (1..=most).contains(&text.len()) && text.as_bytes().iter().all(letter)
    };
    let mut tags = tags.split('-');
    let first = tags
        .next()
        .is_some_and(|tag| within(tag, 8, u8::is_ascii_alphabetic));
    first
        && tags.all(|tag| within(tag, 8, u8::is_ascii_alphanumeric))
        && modifier.is_none_or(|modifier| within(modifier, 20, u8::is_ascii_alphanumeric))
}

/// A problem for each item of a setting whose language code, taken from it by `code_of`, has not the
/// form of one.
pub(in crate::settings) fn malformed_items(
    view: &View<'_>,
    setting: &'static str,
    code_of: impl Fn(&Value) -> Option<&Value>,
) -> Verdict {
    let languages = view.value(setting);
    let mut problems = Vec::new();
    let mut known = true;
    for item in languages.items()? {
        let malformed = code_of(&item.value).and_then(|code| {
            each(code, &|code| {
                Some(!code.as_str().is_some_and(is_well_formed))
            })
        });
        match malformed {
            Some(true) if !item.many && item.when.is_always() => problems.push(
                Problem::new(
                    setting,
                    format!("`{setting}` holds something that is not a language code"),
                    "write tags with hyphens, such as `de-at`",
                )
                .at(item.value.place),
            ),
            Some(false) if !item.many => {}
            _ => known = false,
        }
    }
    (known || !problems.is_empty()).then_some(problems)
}

/// Whether Django finds a language for `code` among the `listed` ones; `None` where that depends on
/// translations that the project itself may bring.
pub(in crate::settings) fn is_supported(
    code: &str,
    listed: &[String],
    version: DjangoVersion,
) -> Option<bool> {
    let code = match code.len() <= MAX_LENGTH {
        true => code,
        false => match code[..MAX_LENGTH].rfind('-') {
            Some(end) if end > 0 => &code[..end],
            _ => return Some(false),
        },
    };
    if code.is_empty() {
        return Some(false);
    }
    let listed: Vec<String> = listed.iter().map(|code| code.to_lowercase()).collect();
    let candidates = candidates(code);
    let mut needs_own = false;
    for candidate in &candidates {
        let candidate = candidate.to_lowercase();
        if listed.contains(&candidate) {
            match has_catalog(&candidate, version) {
                true => return Some(true),
                false => needs_own = true,
            }
        }
    }
    let generic = format!("{}-", candidates.last()?);
    if listed.iter().any(|listed| listed.starts_with(&generic)) {
        return Some(true);
    }
    if needs_own { None } else { Some(false) }
}

/// The code itself, its fallback, and what is left after dropping tags from the end.
fn candidates(code: &str) -> Vec<&str> {
    let mut found = vec![code];
    let fallback = FALLBACKS.iter().find(|(from, _)| *from == code);
    found.extend(fallback.map(|(_, to)| *to));
    let mut rest = code;
    while let Some(end) = rest.rfind('-') {
        rest = &rest[..end];
        found.push(rest);
    }
    found
}

/// Whether Django brings translations for a language.
fn has_catalog(code: &str, version: DjangoVersion) -> bool {
    let languages = defaults::default("LANGUAGES", version);
    let pairs = languages
        .and_then(|languages| languages.items())
        .unwrap_or(&[]);
    !WITHOUT_CATALOG.contains(&code)
        && pairs.iter().any(|pair| {
            let first = pair.value.items().and_then(<[_]>::first);
            first.and_then(|first| first.value.as_str()) == Some(code)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LTS: DjangoVersion = DjangoVersion::new(5, 2);

    fn supported(code: &str, listed: &[&str]) -> Option<bool> {
        let listed: Vec<String> = listed.iter().map(|code| (*code).to_owned()).collect();
        is_supported(code, &listed, LTS)
    }

    #[test]
    fn codes_have_a_form() {
        for code in ["de", "zh-hant-tw", "sr@latin", "es-419", "EN"] {
            assert!(is_well_formed(code), "{code}");
        }
        for code in ["", "en_GB", "en-", "e n", "en-us-", "abcdefghi", "1a"] {
            assert!(!is_well_formed(code), "{code}");
        }
    }

    #[test]
    fn a_language_is_found_by_itself_its_parent_or_a_sibling() {
        assert_eq!(supported("de", &["de"]), Some(true));
        assert_eq!(supported("de-at", &["de"]), Some(true));
        assert_eq!(supported("pt", &["pt-br"]), Some(true));
        assert_eq!(supported("zh-tw", &["zh-hant"]), Some(true));
        assert_eq!(supported("fr", &["de"]), Some(false));
        assert_eq!(supported("tlh", &["tlh"]), None);
    }
}
