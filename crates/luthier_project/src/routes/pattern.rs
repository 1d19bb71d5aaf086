//! What one level of a URL pattern matches.

use super::regex::{self, Groups};

/// One argument that a pattern hands to its view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// `None` for an unnamed group: handed on by position.
    pub name: Option<String>,
    pub kind: ParamKind,
    /// Whether a match may leave it out.
    pub optional: bool,
}

/// What a parameter takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParamKind {
    /// A converter of `path()`, by the name it is used under.
    Converter(String),
    /// A group of a regular expression: its text.
    Regex(String),
}

/// One level of a pattern: what `path()`, `re_path()` or `i18n_patterns()` gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// The route of `path()`.
    Route(String),
    /// The regular expression of `re_path()`.
    Regex(String),
    /// The language code that `i18n_patterns()` puts in front.
    Language,
    /// Made at run time.
    Unknown,
}

impl Segment {
    /// The text as Django shows it; `<language>/` and `<?>` stand for what is not fixed.
    pub fn text(&self) -> &str {
        match self {
            Self::Route(text) | Self::Regex(text) => text,
            Self::Language => "<language>/",
            Self::Unknown => "<?>",
        }
    }

    /// What a match hands to the view; `None` where that is not known.
    pub fn params(&self) -> Option<Vec<Param>> {
        match self {
            Self::Route(route) => Some(route_params(route)),
            Self::Regex(pattern) => regex::groups(pattern).map(|groups| groups.params()),
            Self::Language => Some(Vec::new()),
            Self::Unknown => None,
        }
    }

    /// The names of arguments that fill the pattern, one list a form; `None` where not known.
    pub fn forms(&self) -> Option<Vec<Vec<String>>> {
        match self {
            Self::Route(route) => {
                let names = route_params(route)
                    .into_iter()
                    .filter_map(|param| param.name);
                Some(vec![names.collect()])
            }
            Self::Regex(pattern) => regex::groups(pattern).and_then(|Groups { forms, .. }| forms),
            Self::Language => Some(vec![Vec::new()]),
            Self::Unknown => None,
        }
    }
}

/// The parameters in angle brackets, as `path()` reads them.
fn route_params(route: &str) -> Vec<Param> {
    let mut params = Vec::new();
    let mut rest = route;
    while let Some(open) = rest.find('<') {
        let inside = &rest[open + 1..];
        let Some(close) = inside.find('>') else { break };
        let (converter, name) = inside[..close]
            .split_once(':')
            .unwrap_or(("str", &inside[..close]));
        if converter.is_empty() || name.is_empty() {
            rest = inside;
            continue;
        }
        params.push(Param {
            name: Some(name.to_owned()),
            kind: ParamKind::Converter(converter.to_owned()),
            optional: false,
        });
        rest = &inside[close + 1..];
    }
    params
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_name_their_parameters() {
        let params = route_params("a/<int:pk>/<slug>/x<uuid:id>");
        let shown: Vec<_> = params
            .iter()
            .map(|param| (param.name.as_deref().unwrap(), &param.kind))
            .collect();
        let converter = |name: &str| ParamKind::Converter(name.to_owned());
        assert_eq!(
            shown,
            [
                ("pk", &converter("int")),
                ("slug", &converter("str")),
                ("id", &converter("uuid"))
            ]
        );
        assert_eq!(Segment::Route("a<b".into()).forms(), Some(vec![vec![]]));
    }
}
