use luthier_diagnostics::{Category, Dimension, Fix, FixAvailability, Severity};
use luthier_project::Place;
use luthier_project::settings::value::Item;
use luthier_source::{Sources, Span};

use super::{confidence, indent_of};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Middleware stand in an order that their documentation rules out.
    ///
    /// ## Why it matters
    ///
    /// Each middleware sees what those above it did to the request, and those below it did to the
    /// response. In the wrong order headers are missing, sessions are not there yet, or pages are
    /// cached for the wrong user; nothing fails loudly.
    ///
    /// ## Bad
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// MIDDLEWARE = [
    ///     "django.middleware.security.SecurityMiddleware",
    ///     "django.contrib.auth.middleware.AuthenticationMiddleware",  # fires
    ///     "django.contrib.sessions.middleware.SessionMiddleware",
    ///     "django.middleware.common.CommonMiddleware",
    ///     "corsheaders.middleware.CorsMiddleware",  # fires
    /// ]
    /// ```
    ///
    /// ### Where the token of forms is kept in the session
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// CSRF_USE_SESSIONS = True
    /// MIDDLEWARE = [
    ///     "django.middleware.csrf.CsrfViewMiddleware",  # fires
    ///     "django.contrib.sessions.middleware.SessionMiddleware",
    /// ]
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// MIDDLEWARE = [
    ///     "django.middleware.security.SecurityMiddleware",
    ///     "django.contrib.sessions.middleware.SessionMiddleware",
    ///     "django.contrib.auth.middleware.AuthenticationMiddleware",
    ///     "corsheaders.middleware.CorsMiddleware",
    ///     "django.middleware.common.CommonMiddleware",
    /// ]
    /// ```
    ///
    /// ### Where the token of forms is kept in the session
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// CSRF_USE_SESSIONS = True
    /// MIDDLEWARE = [
    ///     "django.contrib.sessions.middleware.SessionMiddleware",
    ///     "django.middleware.csrf.CsrfViewMiddleware",
    /// ]
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// MIDDLEWARE = [
    ///     "simple_history.middleware.HistoryRequestMiddleware",
    ///     "corsheaders.middleware.CorsMiddleware",
    ///     "django.middleware.security.SecurityMiddleware",
    ///     "whitenoise.middleware.WhiteNoiseMiddleware",
    ///     "shop.middleware.Timing",
    ///     "django.middleware.gzip.GZipMiddleware",
    ///     "debug_toolbar.middleware.DebugToolbarMiddleware",
    ///     "django.contrib.sessions.middleware.SessionMiddleware",
    ///     "django.middleware.locale.LocaleMiddleware",
    ///     "django.middleware.common.CommonMiddleware",
    ///     "django.middleware.csrf.CsrfViewMiddleware",
    ///     "django.contrib.auth.middleware.AuthenticationMiddleware",
    ///     "django.contrib.messages.middleware.MessageMiddleware",
    ///     "allauth.account.middleware.AccountMiddleware",
    /// ]
    /// ```
    ///
    /// ### The language is not kept in the session
    ///
    /// `LocaleMiddleware` has not read it since Django 4.0.
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// MIDDLEWARE = [
    ///     "django.middleware.locale.LocaleMiddleware",
    ///     "django.contrib.sessions.middleware.SessionMiddleware",
    ///     "django.middleware.common.CommonMiddleware",
    /// ]
    /// ```
    ///
    /// ### The token in a cookie needs no session
    ///
    /// ```python file=settings.py
    /// INSTALLED_APPS = ["django.contrib.auth"]
    /// ROOT_URLCONF = "urls"
    /// MIDDLEWARE = [
    ///     "django.middleware.csrf.CsrfViewMiddleware",
    ///     "django.contrib.sessions.middleware.SessionMiddleware",
    /// ]
    /// ```
    RULE = {
        code: "OPS001",
        name: "middleware-order",
        severity: Severity::Error,
        category: Category::Operations,
        dimension: Some(Dimension::Deployment),
        fix: FixAvailability::Sometimes,
        check: Check::Project(check),
    }
}

const SECURITY: &str = "django.middleware.security.SecurityMiddleware";
const SESSION: &str = "django.contrib.sessions.middleware.SessionMiddleware";
const AUTH: &str = "django.contrib.auth.middleware.AuthenticationMiddleware";
const COMMON: &str = "django.middleware.common.CommonMiddleware";
const LOCALE: &str = "django.middleware.locale.LocaleMiddleware";
const GZIP: &str = "django.middleware.gzip.GZipMiddleware";
const CSRF: &str = "django.middleware.csrf.CsrfViewMiddleware";
const CONDITIONAL: &str = "django.middleware.http.ConditionalGetMiddleware";
const UPDATE_CACHE: &str = "django.middleware.cache.UpdateCacheMiddleware";
const FETCH_CACHE: &str = "django.middleware.cache.FetchFromCacheMiddleware";
const MESSAGES: &str = "django.contrib.messages.middleware.MessageMiddleware";
const REMOTE_USER: &str = "django.contrib.auth.middleware.RemoteUserMiddleware";
const PERSISTENT_REMOTE_USER: &str =
    "django.contrib.auth.middleware.PersistentRemoteUserMiddleware";
const LOGIN_REQUIRED: &str = "django.contrib.auth.middleware.LoginRequiredMiddleware";
const WHITENOISE: &str = "whitenoise.middleware.WhiteNoiseMiddleware";
const CORS: &str = "corsheaders.middleware.CorsMiddleware";
const TOOLBAR: &str = "debug_toolbar.middleware.DebugToolbarMiddleware";
const SILK: &str = "silk.middleware.SilkyMiddleware";

/// Which comes first, which after it, and why; the one that is to move is the first of the two
/// where it is too low, as `moves_up` says.
struct Order {
    first: &'static str,
    then: &'static str,
    why: &'static str,
    /// Whether `first` moves up rather than `then` down.
    moves_up: bool,
}

const fn up(first: &'static str, then: &'static str, why: &'static str) -> Order {
    Order {
        first,
        then,
        why,
        moves_up: true,
    }
}

const fn down(then: &'static str, first: &'static str, why: &'static str) -> Order {
    Order {
        first,
        then,
        why,
        moves_up: false,
    }
}

const VARY: &str = "the cache has to see the `Vary` header that the other sets";
const FETCH: &str = "it has to know the `Vary` header before it looks into the cache";

/// With `CSRF_USE_SESSIONS`.
const TOKEN_IN_SESSION: Order = down(CSRF, SESSION, "its token is in the session");

/// What the documentation of Django and of the packages says.
const ORDERS: &[Order] = &[
    up(UPDATE_CACHE, SESSION, VARY),
    up(UPDATE_CACHE, GZIP, VARY),
    up(UPDATE_CACHE, LOCALE, VARY),
    down(FETCH_CACHE, SESSION, FETCH),
    down(FETCH_CACHE, GZIP, FETCH),
    down(FETCH_CACHE, LOCALE, FETCH),
    up(
        GZIP,
        CONDITIONAL,
        "what is compressed later no longer fits its `ETag`",
    ),
    up(
        GZIP,
        COMMON,
        "the length that is set there has to be that of the compressed page",
    ),
    up(LOCALE, COMMON, "redirects there have to know the language"),
    down(AUTH, SESSION, "it reads the session"),
    down(MESSAGES, SESSION, "it may store messages in the session"),
    down(
        REMOTE_USER,
        AUTH,
        "it builds on the user that the other finds",
    ),
    down(LOGIN_REQUIRED, AUTH, "it reads the user"),
    down(
        PERSISTENT_REMOTE_USER,
        AUTH,
        "it builds on the user that the other finds",
    ),
    up(CSRF, REMOTE_USER, "a login there has to be protected"),
    up(
        CSRF,
        PERSISTENT_REMOTE_USER,
        "a login there has to be protected",
    ),
    up(
        UPDATE_CACHE,
        FETCH_CACHE,
        "pages are stored on the way out, which goes from the bottom to the top",
    ),
    down(
        WHITENOISE,
        SECURITY,
        "static files need the security headers too",
    ),
    up(WHITENOISE, SESSION, "static files should pass nothing else"),
    up(WHITENOISE, COMMON, "static files should pass nothing else"),
    up(CORS, COMMON, "what answers before it has no CORS headers"),
    up(
        CORS,
        WHITENOISE,
        "what answers before it has no CORS headers",
    ),
    down(
        TOOLBAR,
        GZIP,
        "it cannot write into a page that is already compressed",
    ),
    down(
        SILK,
        GZIP,
        "it cannot read a page that is already compressed",
    ),
    down(
        "django_otp.middleware.OTPMiddleware",
        AUTH,
        "it reads the user",
    ),
    down(
        "allauth.usersessions.middleware.UserSessionsMiddleware",
        AUTH,
        "it reads the user",
    ),
    down(
        "hijack.middleware.HijackUserMiddleware",
        AUTH,
        "it reads the user",
    ),
    down(
        "impersonate.middleware.ImpersonateMiddleware",
        AUTH,
        "it replaces the user",
    ),
    down(
        "auditlog.middleware.AuditlogMiddleware",
        AUTH,
        "it reads the user",
    ),
    down(
        "axes.middleware.AxesMiddleware",
        AUTH,
        "it is to be the last",
    ),
    up(
        "django_prometheus.middleware.PrometheusBeforeMiddleware",
        "django_prometheus.middleware.PrometheusAfterMiddleware",
        "together they measure what is between them",
    ),
];

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let Some(production) = project.settings.production() else {
        return;
    };
    let Some(middleware) = production.get("MIDDLEWARE") else {
        return;
    };
    let Some(items) = middleware.value.items() else {
        return;
    };
    let at = |name: &str| {
        items
            .iter()
            .position(|item| item.value.as_str() == Some(name))
    };
    // Only then the token is in the session.
    let uses_session = production
        .effective("CSRF_USE_SESSIONS")
        .is_some_and(|setting| setting.value.is_definitely_true());
    let csrf = uses_session.then_some(&TOKEN_IN_SESSION);
    let mut moved: Vec<&str> = Vec::new();
    for order in ORDERS.iter().chain(csrf) {
        let (Some(first), Some(then)) = (at(order.first), at(order.then)) else {
            continue;
        };
        if first < then {
            continue;
        }
        let (wrong, other) = if order.moves_up {
            (first, then)
        } else {
            (then, first)
        };
        let name = if order.moves_up {
            order.first
        } else {
            order.then
        };
        let stands_for = if order.moves_up {
            order.then
        } else {
            order.first
        };
        if moved.contains(&name) {
            continue;
        }
        moved.push(name);
        let Some(place) = items[wrong].value.place else {
            continue;
        };
        let side = if order.moves_up { "after" } else { "before" };
        let fix = fix(ctx.sources, &items[wrong], &items[other], order.moves_up);
        let short = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
        let message = format!(
            "`{}` stands {side} `{}`: {}",
            short(name),
            short(stands_for),
            order.why
        );
        let wanted = if order.moves_up { "above" } else { "below" };
        let mut reported = ctx.report(place, message);
        reported
            .help(format!("move it {wanted} `{}`", short(stands_for)))
            .symbol("MIDDLEWARE")
            .confidence(confidence(production))
            .fix(fix);
        if let Some(other) = items[other].value.place {
            reported.related(other, format!("`{}` stands here", short(stands_for)));
        }
    }
}

/// Moves one line above or below another of the same list.
fn fix(sources: &Sources, wrong: &Item, other: &Item, up: bool) -> Option<Fix> {
    let (wrong, other) = (wrong.value.place?, other.value.place?);
    let (from, to) = (line_of(sources, wrong)?, line_of(sources, other)?);
    if wrong.file != other.file {
        return None;
    }
    let text = &sources.file(wrong.file).text;
    let line = from.text(text).to_owned();
    let at = if up { to.start } else { to.end };
    Some(
        Fix::safe("Move the middleware")
            .delete(wrong.file, from)
            .insert(wrong.file, at, line),
    )
}

/// The whole line of an element that stands on one of its own and ends in a comma.
fn line_of(sources: &Sources, place: Place) -> Option<Span> {
    let indent = indent_of(sources, place)?;
    let text = &sources.file(place.file).text;
    let rest = &text[place.span.end as usize..];
    let end = rest.find('\n')?;
    let after = rest[..end].trim();
    let is_alone =
        after == "," || after.starts_with(',') && after[1..].trim_start().starts_with('#');
    let start = place.span.start - indent.len() as u32;
    is_alone.then(|| Span::new(start, place.span.end + end as u32 + 1))
}
