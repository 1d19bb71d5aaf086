//! What must not be shown of settings: passwords, keys and tokens, wherever they are written.
//!
//! Too much is hidden rather than too little: what is printed ends up in logs and issues.

use luthier_project::facts::ir::Expr;
use luthier_project::facts::{ExprRef, PythonFacts};
use luthier_project::settings::{Kind, Value, WhenUnset};
use luthier_source::Span;

/// Stands for what is hidden.
pub(super) const MASK: &str = "***";

/// Words that make a name one of a secret.
const WORDS: &[&str] = &[
    "apikey",
    "credential",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "passwords",
    "pwd",
    "secret",
    "secrets",
    "token",
    "tokens",
];
/// Words that do so before `key` or `keys`.
const KINDS_OF_KEYS: &[&str] = &[
    "access",
    "api",
    "auth",
    "encryption",
    "fernet",
    "private",
    "secret",
    "signing",
];
/// Last words of names that are about secrets and are none.
const ABOUT: &[&str] = &[
    "age",
    "backend",
    "backends",
    "class",
    "classes",
    "days",
    "field",
    "form",
    "forms",
    "generator",
    "hasher",
    "hashers",
    "header",
    "length",
    "lifetime",
    "model",
    "name",
    "serializer",
    "serializers",
    "timeout",
    "type",
    "types",
    "url",
    "validator",
    "validators",
];
/// What stands before a secret in connection strings and queries.
const ASSIGNED: &[&str] = &[
    "password=",
    "passwd=",
    "pwd=",
    "secret=",
    "token=",
    "api_key=",
    "apikey=",
];

/// Whether what is called so is a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let is_key = words
        .windows(2)
        .any(|pair| KINDS_OF_KEYS.contains(&pair[0]) && matches!(pair[1], "key" | "keys"));
    let is_about = words.last().is_some_and(|last| ABOUT.contains(last));
    !is_about && (is_key || words.iter().any(|word| WORDS.contains(word)))
}

/// The value with its secrets hidden; `secret` where its own name says that it is one.
pub(super) fn masked(value: &Value, secret: bool) -> Value {
    let mut value = value.clone();
    mask(&mut value, secret);
    value
}

fn mask(value: &mut Value, secret: bool) {
    match &mut value.kind {
        Kind::Str(text) | Kind::Path(text) => {
            let hidden = hidden(text, secret);
            if let Some(hidden) = hidden {
                *text = hidden.into();
            }
        }
        Kind::Text(parts) => mask_parts(parts, secret),
        Kind::List(items) | Kind::Tuple(items) | Kind::Set(items) => {
            for item in items {
                mask(&mut item.value, secret);
            }
        }
        Kind::Dict(dict) => {
            for entry in &mut dict.entries {
                let of_secret = entry.key.as_str().is_some_and(is_secret);
                mask(&mut entry.value, secret || of_secret);
            }
        }
        Kind::Environment(environment) => {
            let of_secret = environment.variables.iter().any(|name| is_secret(name));
            if let WhenUnset::Value(value) = &mut environment.unset {
                mask(value, secret || of_secret);
            }
        }
        Kind::OneOf(alternatives) => {
            for alternative in alternatives {
                mask(&mut alternative.value, secret);
            }
        }
        Kind::Object(object) => {
            for (name, value) in &mut object.arguments {
                let of_secret = name.as_deref().is_some_and(is_secret);
                mask(value, secret || of_secret);
            }
        }
        Kind::None
        | Kind::Bool(_)
        | Kind::Int(_)
        | Kind::Float(_)
        | Kind::Bytes
        | Kind::Duration { .. }
        | Kind::Reference(_)
        | Kind::Unset
        | Kind::Unknown(_) => {}
    }
}

/// The parts of one string: a URL begins in one of them and its password may end in another.
fn mask_parts(parts: &mut [Value], secret: bool) {
    let mut within_url = false;
    for part in parts {
        let Kind::Str(text) = &mut part.kind else {
            mask(part, secret);
            continue;
        };
        let (before, rest) = match text.split_once('@') {
            Some((before, rest)) if within_url => (Some(before), rest),
            _ => (None, &**text),
        };
        let mut shown = match before {
            Some(_) => format!("{MASK}@"),
            None => String::new(),
        };
        shown.push_str(&hidden(rest, secret).unwrap_or_else(|| rest.to_owned()));
        let begins = rest.rfind("://");
        let tail = begins.map_or(rest, |at| &rest[at + 3..]);
        let ends = tail.contains(['@', '/', '?', '#']);
        within_url = (begins.is_some() || within_url && before.is_none()) && !ends;
        *text = shown.into();
    }
}

/// What is shown instead of a text; `None` where it can be shown as it is.
fn hidden(text: &str, secret: bool) -> Option<String> {
    if secret {
        return (!text.is_empty()).then(|| MASK.to_owned());
    }
    let shown = without_assigned(&without_credentials(text));
    (shown != text).then_some(shown)
}

/// `postgres://user:secret@host` without the password; of `https://key@host` without the key.
fn without_credentials(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (scheme, after) = rest.split_at(at + 3);
        shown.push_str(scheme);
        let end = after
            .find(|c: char| c.is_whitespace() || matches!(c, ',' | '"' | '\''))
            .unwrap_or(after.len());
        let (url, next) = after.split_at(end);
        let authority = url.find(['/', '?', '#']).map_or(url, |at| &url[..at]);
        // A password may hold a slash that should have been escaped.
        let is_port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let has_odd_password = authority
            .split_once(':')
            .is_some_and(|(_, port)| !authority.contains('@') && !is_port(port));
        let searched = if has_odd_password { url } else { authority };
        match searched.rfind('@') {
            Some(at) => {
                match url[..at].split_once(':') {
                    Some((user, _)) => {
                        shown.push_str(user);
                        shown.push(':');
                        shown.push_str(MASK);
                    }
                    None if scheme.ends_with("http://") || scheme.ends_with("https://") => {
                        shown.push_str(MASK);
                    }
                    None => shown.push_str(&url[..at]),
                }
                shown.push_str(&url[at..]);
            }
            None => shown.push_str(url),
        }
        rest = next;
    }
    shown.push_str(rest);
    shown
}

/// `host=db password=secret` and `?password=secret` without the secret.
fn without_assigned(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    loop {
        let next = ASSIGNED
            .iter()
            .filter_map(|word| Some(lower[at..].find(word)? + at + word.len()))
            .min();
        let Some(start) = next else {
            shown.push_str(&text[at..]);
            return shown;
        };
        let end = text[start..]
            .find(|c: char| c.is_whitespace() || matches!(c, '&' | ';' | '"' | '\''))
            .map_or(text.len(), |end| start + end);
        shown.push_str(&text[at..start]);
        if end > start {
            shown.push_str(MASK);
        }
        at = end;
    }
}

/// Where a file of settings has strings, and which of them are secrets.
#[derive(Debug, Default)]
pub(super) struct Literals {
    /// In order; none within another.
    all: Vec<Span>,
    /// Names of keys and variables: never secrets.
    names: Vec<Span>,
    /// Values that are secrets by the key, keyword or variable that they belong to.
    secrets: Vec<Span>,
}

impl Literals {
    pub(super) fn of(facts: &PythonFacts) -> Self {
        let mut found = Self::default();
        for body in facts.body_ids().map(|id| facts.body(id)) {
            for expr in body.exprs() {
                found.expression(expr);
            }
            for statement in body.all_statements() {
                if let Some((target, value)) = statement.assignment()
                    && is_secret_target(target)
                {
                    found.secrets.push(value.span());
                }
            }
        }
        let all = &mut found.all;
        all.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
        let mut end = 0;
        all.retain(|span| {
            let is_outer = span.start >= end;
            end = end.max(span.end);
            is_outer
        });
        found.names.sort_by_key(|span| span.start);
        found
    }

    fn expression(&mut self, expr: ExprRef<'_>) {
        match expr.kind() {
            Expr::Str(_) | Expr::FString(_) | Expr::Bytes(_) => self.all.push(expr.span()),
            Expr::Subscript(_, index) => self.name(expr.at(index)),
            Expr::Dict(_) => {
                for (key, value) in expr.items().into_iter().flatten() {
                    let Some(key) = key else { continue };
                    self.name(key);
                    if key.as_str().is_some_and(is_secret) {
                        self.secrets.push(value.span());
                    }
                }
            }
            Expr::Call(..) => self.call(expr),
            _ => {}
        }
    }

    /// `env("DB_PASSWORD", default="secret")`, `connect(password="secret")`
    fn call(&mut self, expr: ExprRef<'_>) {
        let Some(call) = expr.as_call() else { return };
        let first = call.positional().next();
        let variable = first.filter(|first| first.as_str().is_some_and(is_variable));
        if let Some(variable) = variable {
            self.name(variable);
        }
        let of_secret = variable.and_then(ExprRef::as_str).is_some_and(is_secret);
        let others = call.positional().skip(1).filter(|_| of_secret);
        self.secrets.extend(others.map(ExprRef::span));
        for (keyword, value) in call.keywords() {
            if of_secret || is_secret(keyword) {
                self.secrets.push(value.span());
            }
        }
    }

    fn name(&mut self, expr: ExprRef<'_>) {
        if expr.as_str().is_some() {
            self.names.push(expr.span());
        }
    }

    /// The text at `line` with its secrets hidden; `secret` where all that it says is one.
    pub(super) fn masked(&self, text: &str, line: Span, secret: bool) -> String {
        let mut shown = String::new();
        let mut at = line.start;
        let first = self.all.partition_point(|span| span.end <= line.start);
        for literal in self.all[first..]
            .iter()
            .take_while(|it| it.start < line.end)
        {
            let (start, end) = (literal.start.max(line.start), literal.end.min(line.end));
            shown.push_str(Span::new(at, start).text(text));
            at = end;
            let written = Span::new(start, end).text(text);
            let named = self
                .names
                .binary_search_by_key(&literal.start, |span| span.start);
            // Where the parts of an f-string begin and end, its text does not tell.
            let is_url_in_parts =
                written.contains('{') && written.contains("://") && written.contains('@');
            let is_secret = secret
                || is_url_in_parts
                || self
                    .secrets
                    .iter()
                    .any(|span| span.start <= literal.start && literal.end <= span.end);
            if named.is_ok() {
                shown.push_str(written);
            } else if is_secret {
                shown.extend(["\"", MASK, "\""]);
            } else {
                shown.push_str(&hidden(written, false).unwrap_or_else(|| written.to_owned()));
            }
        }
        shown.push_str(Span::new(at, line.end).text(text));
        shown
    }
}

/// `SECRET_KEY`, `DATABASES["default"]["PASSWORD"]`
fn is_secret_target(target: ExprRef<'_>) -> bool {
    match target.kind() {
        Expr::Name(_) => target.as_name().is_some_and(is_secret),
        Expr::Attribute(..) => target
            .as_attribute()
            .is_some_and(|(_, name)| is_secret(name)),
        Expr::Subscript(_, index) => target.at(index).as_str().is_some_and(is_secret),
        _ => false,
    }
}

/// Whether a text may be an environment variable's name.
fn is_variable(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets() {
        for secret in [
            "SECRET_KEY",
            "SECRET_KEY_FALLBACKS",
            "EMAIL_HOST_PASSWORD",
            "password",
            "AWS_SECRET_ACCESS_KEY",
            "GITHUB_TOKEN",
            "STRIPE_API_KEY",
            "api-key",
            "SIGNING_KEY",
        ] {
            assert!(is_secret(secret), "{secret}");
        }
        for open in [
            "AUTH_PASSWORD_VALIDATORS",
            "PASSWORD_HASHERS",
            "TOKEN_MODEL",
            "KEY_PREFIX",
            "DEBUG",
            "CACHE_KEY",
            "PASSWORD_RESET_TIMEOUT",
        ] {
            assert!(!is_secret(open), "{open}");
        }
    }

    #[test]
    fn credentials_within_texts() {
        for (text, shown) in [
            (
                "postgres://shop:s3cr@t@db:5432/shop",
                "postgres://shop:***@db:5432/shop",
            ),
            ("postgres://shop:a/b@db/shop", "postgres://shop:***@db/shop"),
            ("https://0123abc@sentry.io/4", "https://***@sentry.io/4"),
            (
                "redis://:pw@a/0,redis://:pw@b/0",
                "redis://:***@a/0,redis://:***@b/0",
            ),
            (
                "host=db password=x user=shop",
                "host=db password=*** user=shop",
            ),
            ("amqp://shop@queue//", "amqp://shop@queue//"),
            (
                "https://example.com:8000/@me",
                "https://example.com:8000/@me",
            ),
            ("plain", "plain"),
        ] {
            let hidden = hidden(text, false);
            assert_eq!(hidden.as_deref().unwrap_or(text), shown);
        }
    }

    #[test]
    fn a_url_in_parts() {
        let part = |text: &str| Value::new(Kind::Str(text.into()), None);
        let value = Value::new(
            Kind::Text(vec![
                part("postgres://"),
                Value::unknown("user"),
                part(":hunter2@"),
                Value::unknown("host"),
                part("/shop@2"),
            ]),
            None,
        );
        assert_eq!(
            masked(&value, false).to_string(),
            "f\"postgres://{<user>}***@{<host>}/shop@2\""
        );
    }
}
