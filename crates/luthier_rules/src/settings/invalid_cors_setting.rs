use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::settings::{Kind, Value};

use super::deploy::{self, DeployCheck, Problem, Verdict, View, any, each, not, report_if};
use crate::context::Context;
use crate::declare_rule;
use crate::rule::Check;

declare_rule! {
    /// A setting of django-cors-headers is of the wrong kind or form.
    ///
    /// ## Why it matters
    ///
    /// The package compares what browsers send with these settings: an origin without a scheme
    /// matches none, and a text where a list belongs is searched letter by letter. The site's own
    /// front end is then locked out, or somebody else's let in.
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// INSTALLED_APPS = ["corsheaders"]
    /// CORS_ALLOWED_ORIGINS = [
    ///     "https://shop.example",
    ///     "shop.example",  # fires
    ///     "https://shop.example/",  # fires
    /// ]
    /// CORS_ALLOW_CREDENTIALS = "true"  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// INSTALLED_APPS = ["corsheaders"]
    /// CORS_ALLOWED_ORIGINS = ["https://shop.example", "null"]
    /// CORS_ALLOWED_ORIGIN_REGEXES = [r"^https://\w+\.shop\.example$"]
    /// CORS_ALLOW_CREDENTIALS = True
    /// ```
    ///
    /// Where the package is not installed nobody reads its settings.
    ///
    /// ```python file=config/settings.py
    /// ROOT_URLCONF = "config.urls"
    /// USE_TZ = True
    /// INSTALLED_APPS = ["shop"]
    /// CORS_ALLOWED_ORIGINS = ["shop.example"]
    /// ```
    RULE = {
        code: "SEC039",
        name: "invalid-cors-setting",
        severity: Severity::Error,
        category: Category::Security,
        dimension: Some(Dimension::Security),
        django_check: Some("corsheaders.E001"),
        check: Check::Project(check),
    }
}

const ORIGIN_SAMPLES: &[(&str, &str)] = &[
    ("https://shop.example", "an origin"),
    ("shop.example", "an origin without a scheme"),
    ("https://shop.example/path", "an origin with a path"),
];

const CHECKS: &[DeployCheck] = &[
    own("corsheaders.E001", |view| {
        texts(view, &["CORS_ALLOW_HEADERS"])
    }),
    own("corsheaders.E002", |view| {
        texts(view, &["CORS_ALLOW_METHODS"])
    }),
    own("corsheaders.E003", |view| {
        switch(view, &["CORS_ALLOW_CREDENTIALS"])
    }),
    own("corsheaders.E004", age),
    own("corsheaders.E005", |view| {
        switch(view, &["CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL"])
    }),
    own("corsheaders.E006", |view| texts(view, ORIGINS)),
    own("corsheaders.E007", |view| {
        let names = &["CORS_ALLOWED_ORIGIN_REGEXES", "CORS_ORIGIN_REGEX_WHITELIST"];
        expect(
            view,
            names,
            "a sequence of texts or compiled patterns",
            |value| is_sequence_of(value, &is_text_or_pattern),
        )
    }),
    own("corsheaders.E008", |view| {
        texts(view, &["CORS_EXPOSE_HEADERS"])
    }),
    own("corsheaders.E009", |view| {
        expect(
            view,
            &["CORS_URLS_REGEX"],
            "a text or a compiled pattern",
            is_text_or_pattern,
        )
    }),
    own("corsheaders.E012", |view| removed(view, "CORS_MODEL")),
    own("corsheaders.E013", |view| {
        let mut problems = removed(view, "CORS_REPLACE_HTTPS_REFERER")?;
        problems.extend(origins(view, "is missing scheme or host", &|origin| {
            !origin.has_both()
        })?);
        Some(problems)
    }),
    own("corsheaders.E014", |view| {
        origins(view, "has more than scheme and host", &|origin| {
            origin.has_both() && origin.has_more
        })
    }),
    own("corsheaders.E015", |view| {
        switch(view, &["CORS_ALLOW_PRIVATE_NETWORK"])
    }),
];

const fn own(id: &'static str, judge: fn(&View<'_>) -> Verdict) -> DeployCheck {
    DeployCheck {
        id,
        samples: ORIGIN_SAMPLES,
        judge,
    }
}

fn check(context: &mut Context<'_>) {
    for check in CHECKS {
        deploy::check(context, check);
    }
}

/// The present name of the setting, and the one before it.
const ORIGINS: &[&str] = &["CORS_ALLOWED_ORIGINS", "CORS_ORIGIN_WHITELIST"];

/// The first of the names that is set.
fn first_set(view: &View<'_>, names: &[&'static str]) -> Option<(&'static str, Value)> {
    let values = names.iter().map(|name| (*name, view.value(name)));
    values
        .into_iter()
        .find(|(_, value)| value.kind != Kind::Unset)
}

/// One message unless the setting is absent or of the right kind.
fn expect(
    view: &View<'_>,
    names: &[&'static str],
    kind: &str,
    is_right: impl Fn(&Value) -> Option<bool>,
) -> Verdict {
    let Some((name, value)) = first_set(view, names) else {
        return Some(Vec::new());
    };
    let is_right = |value: &Value| match value.kind {
        Kind::Unset => Some(true),
        _ => is_right(value),
    };
    let wrong = deploy::all([view.has_app("corsheaders"), not(each(&value, &is_right))]);
    report_if(wrong, || {
        let message = format!("`{name}` is not {kind}");
        Problem::new(name, message, "give the setting a value of that kind")
    })
}

fn texts(view: &View<'_>, names: &[&'static str]) -> Verdict {
    expect(view, names, "a sequence of texts", |value| {
        is_sequence_of(value, &is_text)
    })
}

fn switch(view: &View<'_>, names: &[&'static str]) -> Verdict {
    expect(view, names, "`True` or `False`", |value| {
        Some(matches!(value.kind, Kind::Bool(_)))
    })
}

fn age(view: &View<'_>) -> Verdict {
    expect(
        view,
        &["CORS_PREFLIGHT_MAX_AGE"],
        "a number from 0 on",
        |value| Some(value.as_int().is_some_and(|seconds| seconds >= 0)),
    )
}

fn removed(view: &View<'_>, name: &'static str) -> Verdict {
    let is_set = each(&view.value(name), &|value| Some(value.kind != Kind::Unset));
    let reported = match is_set {
        // Anything there is too much.
        None if view
            .module
            .get(name)
            .is_some_and(|setting| setting.value.environment().is_some()) =>
        {
            Some(true)
        }
        is_set => is_set,
    };
    report_if(deploy::all([view.has_app("corsheaders"), reported]), || {
        let message = format!("django-cors-headers has removed `{name}`");
        Problem::new(
            name,
            message,
            "remove the setting; the package's changelog names what replaced it",
        )
    })
}

/// One message for each origin that the test holds for.
fn origins(view: &View<'_>, what: &str, is_wrong: &dyn Fn(&Origin) -> bool) -> Verdict {
    let Some((name, value)) = first_set(view, ORIGINS) else {
        return Some(Vec::new());
    };
    match view.has_app("corsheaders") {
        Some(true) => {}
        Some(false) => return Some(Vec::new()),
        None => return None,
    }
    if let Kind::Str(text) = &value.kind {
        return letters(view, name, text, what, is_wrong);
    }
    if !each(&value, &|value| is_sequence_of(value, &is_text))? {
        return Some(Vec::new());
    }
    let mut problems = Vec::new();
    for item in value.items()? {
        let text = item.value.as_str()?;
        if item.many || !item.when.is_always() {
            return None;
        }
        if Origin::of(text).is_some_and(|origin| is_wrong(&origin)) {
            let message = format!("the origin `{text}` in `{name}` {what}");
            problems.push(Problem::new(name, message, HELP).at(item.value.place));
        }
    }
    Some(problems)
}

const HELP: &str = "an origin is scheme, host and port only: `https://shop.example`";

/// A text is a sequence of texts: its letters.
fn letters(
    view: &View<'_>,
    name: &'static str,
    text: &str,
    what: &str,
    is_wrong: &dyn Fn(&Origin) -> bool,
) -> Verdict {
    let mut origins = text
        .chars()
        .filter_map(|letter| Origin::of(&letter.to_string()));
    let wrong = origins.any(|origin| is_wrong(&origin));
    report_if(Some(wrong), || {
        let message = format!("`{name}` is a text, of which each letter {what}");
        Problem::new(name, message, HELP).at(view.value(name).place)
    })
}

/// What matters of an origin, taken apart as Python's `urlsplit` does.
struct Origin {
    has_scheme: bool,
    has_host: bool,
    has_more: bool,
}

impl Origin {
    /// `None` for the words that stand for origins.
    fn of(text: &str) -> Option<Self> {
        if matches!(text, "null" | "file://") {
            return None;
        }
        let text = text.trim_matches(|letter: char| letter <= ' ');
        let scheme = text.split_once(':').filter(|(scheme, _)| {
            scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
                && scheme
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        });
        let rest = scheme.map_or(text, |(_, rest)| rest);
        let host = rest.strip_prefix("//").map(|rest| {
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            rest.split_at(end)
        });
        let (host, more) = host.unwrap_or(("", rest));
        Some(Self {
            has_scheme: scheme.is_some(),
            has_host: !host.is_empty(),
            // A lone `?` or `#` is dropped.
            has_more: !more.trim_matches(['?', '#']).is_empty(),
        })
    }

    fn has_both(&self) -> bool {
        self.has_scheme && self.has_host
    }
}

/// `isinstance(value, Sequence)` with elements of one kind; a text is one too.
fn is_sequence_of(value: &Value, is_element: &dyn Fn(&Value) -> Option<bool>) -> Option<bool> {
    match &value.kind {
        Kind::Str(_) => is_element(value),
        Kind::List(items) | Kind::Tuple(items) => not(any(items
            .iter()
            .map(|item| not(each(&item.value, &|element| is_element(element)))))),
        _ => Some(false),
    }
}

fn is_text(value: &Value) -> Option<bool> {
    Some(matches!(value.kind, Kind::Str(_) | Kind::Text(_)))
}

fn is_text_or_pattern(value: &Value) -> Option<bool> {
    match &value.kind {
        Kind::Object(object) => (&*object.callee == "re.compile").then_some(true),
        _ => is_text(value),
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn origins_are_taken_apart() {
        let parts = |text| {
            let origin = Origin::of(text).unwrap();
            (origin.has_both(), origin.has_more)
        };
        assert_eq!(parts("https://shop.example:8000"), (true, false));
        assert_eq!(parts("https://shop.example/"), (true, true));
        assert_eq!(parts("https://shop.example?x=1"), (true, true));
        assert!(!parts("shop.example").0);
        assert!(!parts("shop.example:443").0);
        assert!(!parts("//shop.example").0);
        assert!(Origin::of("null").is_none());
    }
}
