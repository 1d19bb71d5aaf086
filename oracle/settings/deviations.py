"""The secure baseline, and the deviations from it that turn each check on, off, or nearly on.

A deviation is a function that changes a dictionary of settings. It names the settings it
touches first, so that the generator can write just these through the pattern under test.
"""

from layout import Code, Under

ABSENT = object()

SECURITY = "django.middleware.security.SecurityMiddleware"
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
CSRF = "django.middleware.csrf.CsrfViewMiddleware"
XFRAME = "django.middleware.clickjacking.XFrameOptionsMiddleware"
CSP = "django.middleware.csp.ContentSecurityPolicyMiddleware"
CSP_PROCESSOR = "django.template.context_processors.csp"

STRONG_KEY = "v9$kq2!mz8@xw4^ht6&bn1*lp7(cr5)dj3_fs0-ga=ye+uo~ti|kz?xq"
SHORT_KEY = "v9$kq2!mz8@xw4"
GENERATED_KEY = "django-insecure-v9$kq2!mz8@xw4^ht6&bn1*lp7(cr5)dj3_fs0-ga=ye"
MONOTONE_KEY = "abab" * 15
CACHE_ELSEWHERE = "/tmp/luthier-oracle-cache"


def baseline():
    """Settings on which no version of Django has anything to say."""
    return {
        "SECRET_KEY": STRONG_KEY,
        "DEBUG": False,
        "ALLOWED_HOSTS": ["shop.example"],
        "INSTALLED_APPS": [
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
        ],
        "MIDDLEWARE": [
            SECURITY,
            SESSIONS,
            "django.middleware.common.CommonMiddleware",
            CSRF,
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            XFRAME,
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [Under("templates")],
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        "ROOT_URLCONF": "shop.urls",
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Under("db.sqlite3")}},
        "USE_TZ": True,
        "STATIC_URL": "/static/",
        "SECURE_HSTS_SECONDS": 31536000,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
        "SECURE_HSTS_PRELOAD": True,
        "SECURE_SSL_REDIRECT": True,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
    }


def put(name, value):
    def change(settings):
        if value is ABSENT:
            settings.pop(name, None)
        else:
            settings[name] = value

    return [name], change


def without(name, item):
    return [name], lambda settings: settings[name].remove(item)


def both(*parts):
    """Several deviations as one."""

    def change(settings):
        for _, apply in parts:
            apply(settings)

    return [name for names, _ in parts for name in names], change


def template_option(item):
    def change(settings):
        settings["TEMPLATES"][0]["OPTIONS"]["context_processors"].append(item)

    return ["TEMPLATES"], change


def add(name, item, position=None):
    def change(settings):
        values = settings[name]
        values.insert(len(values) if position is None else position, item)

    return [name], change


def file_cache(location, alias="default"):
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    caches = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    caches[alias] = {"BACKEND": backend, "LOCATION": location}
    return put("CACHES", caches)


def cors(*parts):
    return both(
        *parts,
        add("INSTALLED_APPS", "corsheaders"),
        add("MIDDLEWARE", "corsheaders.middleware.CorsMiddleware", 0),
    )


def rest(settings):
    return both(put("REST_FRAMEWORK", settings), add("INSTALLED_APPS", "rest_framework"))


LOCMEM = "django.core.cache.backends.locmem.LocMemCache"
PAGINATION = "rest_framework.pagination.LimitOffsetPagination"
NONCE = Code("CSP.NONCE", ("from django.utils.csp import CSP",))
SELF = Code("CSP.SELF", ("from django.utils.csp import CSP",))

# Deviations that every Django version can start with.
DEVIATIONS = {
    "no-security-middleware": without("MIDDLEWARE", SECURITY),
    "no-frame-middleware": without("MIDDLEWARE", XFRAME),
    "no-csrf-middleware": without("MIDDLEWARE", CSRF),
    "no-csrf-middleware-insecure-cookie": both(
        without("MIDDLEWARE", CSRF), put("CSRF_COOKIE_SECURE", False)
    ),
    "security-middleware-twice": add("MIDDLEWARE", SECURITY),
    "hsts-zero": put("SECURE_HSTS_SECONDS", 0),
    "hsts-absent": put("SECURE_HSTS_SECONDS", ABSENT),
    "hsts-none": put("SECURE_HSTS_SECONDS", None),
    "hsts-short": put("SECURE_HSTS_SECONDS", 60),
    "subdomains-off": put("SECURE_HSTS_INCLUDE_SUBDOMAINS", False),
    "subdomains-absent": put("SECURE_HSTS_INCLUDE_SUBDOMAINS", ABSENT),
    "subdomains-truthy": put("SECURE_HSTS_INCLUDE_SUBDOMAINS", 1),
    "subdomains-off-without-hsts": both(
        put("SECURE_HSTS_INCLUDE_SUBDOMAINS", False), put("SECURE_HSTS_SECONDS", 0)
    ),
    "preload-off": put("SECURE_HSTS_PRELOAD", False),
    "preload-absent": put("SECURE_HSTS_PRELOAD", ABSENT),
    "preload-text": put("SECURE_HSTS_PRELOAD", "True"),
    "nosniff-off": put("SECURE_CONTENT_TYPE_NOSNIFF", False),
    "nosniff-on": put("SECURE_CONTENT_TYPE_NOSNIFF", True),
    "nosniff-truthy": put("SECURE_CONTENT_TYPE_NOSNIFF", 1),
    "redirect-off": put("SECURE_SSL_REDIRECT", False),
    "redirect-absent": put("SECURE_SSL_REDIRECT", ABSENT),
    "redirect-truthy": put("SECURE_SSL_REDIRECT", "yes"),
    "key-short": put("SECRET_KEY", SHORT_KEY),
    "key-generated": put("SECRET_KEY", GENERATED_KEY),
    "key-monotone": put("SECRET_KEY", MONOTONE_KEY),
    "key-absent": put("SECRET_KEY", ABSENT),
    "key-empty": put("SECRET_KEY", ""),
    "fallback-weak": put("SECRET_KEY_FALLBACKS", [STRONG_KEY[::-1], SHORT_KEY]),
    "fallback-strong": put("SECRET_KEY_FALLBACKS", [STRONG_KEY[::-1]]),
    "fallback-none": put("SECRET_KEY_FALLBACKS", []),
    "fallback-generated": put("SECRET_KEY_FALLBACKS", [GENERATED_KEY]),
    "debug-on": put("DEBUG", True),
    "debug-absent": put("DEBUG", ABSENT),
    "debug-text": put("DEBUG", "False"),
    "debug-number": put("DEBUG", 1),
    "frame-same-origin": put("X_FRAME_OPTIONS", "SAMEORIGIN"),
    "frame-deny": put("X_FRAME_OPTIONS", "DENY"),
    "frame-lowercase": put("X_FRAME_OPTIONS", "deny"),
    "frame-same-origin-without-middleware": both(
        put("X_FRAME_OPTIONS", "SAMEORIGIN"), without("MIDDLEWARE", XFRAME)
    ),
    "hosts-empty": put("ALLOWED_HOSTS", []),
    "hosts-absent": put("ALLOWED_HOSTS", ABSENT),
    "hosts-any": put("ALLOWED_HOSTS", ["*"]),
    "hosts-tuple": put("ALLOWED_HOSTS", ("shop.example", ".shop.example")),
    "referrer-none": put("SECURE_REFERRER_POLICY", None),
    "referrer-valid": put("SECURE_REFERRER_POLICY", "strict-origin"),
    "referrer-several": put("SECURE_REFERRER_POLICY", "no-referrer, strict-origin-when-cross-origin"),
    "referrer-invalid": put("SECURE_REFERRER_POLICY", "same origin"),
    "referrer-list": put("SECURE_REFERRER_POLICY", ["no-referrer", "origin"]),
    "referrer-list-invalid": put("SECURE_REFERRER_POLICY", ["no-referrer", "everything"]),
    "referrer-invalid-without-middleware": both(
        put("SECURE_REFERRER_POLICY", "same origin"), without("MIDDLEWARE", SECURITY)
    ),
    "opener-none": put("SECURE_CROSS_ORIGIN_OPENER_POLICY", None),
    "opener-valid": put("SECURE_CROSS_ORIGIN_OPENER_POLICY", "same-origin-allow-popups"),
    "opener-invalid": put("SECURE_CROSS_ORIGIN_OPENER_POLICY", "cross-origin"),
    "session-cookie-insecure": put("SESSION_COOKIE_SECURE", False),
    "session-cookie-absent": put("SESSION_COOKIE_SECURE", ABSENT),
    "session-cookie-insecure-app-only": both(
        put("SESSION_COOKIE_SECURE", False), without("MIDDLEWARE", SESSIONS),
        without("MIDDLEWARE", "django.contrib.auth.middleware.AuthenticationMiddleware"),
        without("MIDDLEWARE", "django.contrib.messages.middleware.MessageMiddleware"),
    ),
    "session-cookie-insecure-middleware-only": both(
        put("SESSION_COOKIE_SECURE", "1"), without("INSTALLED_APPS", "django.contrib.sessions")
    ),
    "session-cookie-insecure-config-path": both(
        put("SESSION_COOKIE_SECURE", False),
        without("INSTALLED_APPS", "django.contrib.sessions"),
        add("INSTALLED_APPS", "django.contrib.sessions.apps.SessionsConfig"),
    ),
    "session-script": put("SESSION_COOKIE_HTTPONLY", False),
    "session-script-app-only": both(
        put("SESSION_COOKIE_HTTPONLY", None), without("MIDDLEWARE", SESSIONS),
        without("MIDDLEWARE", "django.contrib.auth.middleware.AuthenticationMiddleware"),
        without("MIDDLEWARE", "django.contrib.messages.middleware.MessageMiddleware"),
    ),
    "session-script-middleware-only": both(
        put("SESSION_COOKIE_HTTPONLY", False), without("INSTALLED_APPS", "django.contrib.sessions")
    ),
    "csrf-cookie-insecure": put("CSRF_COOKIE_SECURE", False),
    "csrf-cookie-absent": put("CSRF_COOKIE_SECURE", ABSENT),
    "csrf-cookie-in-session": both(put("CSRF_COOKIE_SECURE", False), put("CSRF_USE_SESSIONS", True)),
    "cache-without-default": put("CACHES", {"pages": {"BACKEND": LOCMEM}}),
    "cache-two": put("CACHES", {"default": {"BACKEND": LOCMEM}, "pages": {"BACKEND": LOCMEM}}),
    "cache-empty": put("CACHES", {}),
    "file-cache-absolute": file_cache(CACHE_ELSEWHERE),
    "file-cache-relative": file_cache("cache/pages"),
    "file-cache-relative-second": file_cache("cache", "pages"),
    "file-cache-in-media": both(put("MEDIA_ROOT", Under("media")), file_cache(Under("media/cache"))),
    "file-cache-is-static": both(put("STATIC_ROOT", Under("static")), file_cache(Under("static"))),
    "file-cache-holds-media": both(
        put("MEDIA_ROOT", Under("var/cache/media")), file_cache(Under("var/cache"), "pages")
    ),
    "file-cache-beside-media": both(put("MEDIA_ROOT", Under("media")), file_cache(Under("mediacache"))),
    "file-cache-in-static-dirs": both(
        put("STATICFILES_DIRS", [Under("assets")]), file_cache(Under("assets/cache"))
    ),
    "file-cache-in-prefixed-static-dirs": both(
        put("STATICFILES_DIRS", [("vendor", Under("assets"))]), file_cache(Under("assets"), "pages")
    ),
    "file-cache-beside-static-dirs": both(
        put("STATICFILES_DIRS", [Under("assets")]), file_cache(Under("var"))
    ),
    "upload-folder-missing": put("FILE_UPLOAD_TEMP_DIR", Under("no/such/folder")),
    "upload-folder-there": put("FILE_UPLOAD_TEMP_DIR", Under("uploads")),
    "upload-folder-none": put("FILE_UPLOAD_TEMP_DIR", None),
    "upload-folder-is-file": put("FILE_UPLOAD_TEMP_DIR", Under("manage.py")),
    "language-valid": put("LANGUAGE_CODE", "de"),
    "language-variant": put("LANGUAGE_CODE", "de-at"),
    "language-malformed": put("LANGUAGE_CODE", "en_GB!"),
    "language-not-listed": both(
        put("LANGUAGE_CODE", "fr"), put("LANGUAGES", [("en", "English"), ("de", "German")])
    ),
    "language-listed": both(
        put("LANGUAGE_CODE", "de"), put("LANGUAGES", [("en", "English"), ("de", "German")])
    ),
    "language-sibling-listed": both(
        put("LANGUAGE_CODE", "pt"), put("LANGUAGES", [("en", "English"), ("pt-br", "Brazil")])
    ),
    "language-without-catalog": both(
        put("LANGUAGE_CODE", "en"), put("LANGUAGES", [("en", "English"), ("tlh", "Klingon")])
    ),
    "language-not-listed-untranslated": both(
        put("LANGUAGE_CODE", "fr"), put("LANGUAGES", [("en", "English")]), put("USE_I18N", False)
    ),
    "languages-malformed": put("LANGUAGES", [("en", "English"), ("e n", "Broken")]),
    "languages-bidi-malformed": put("LANGUAGES_BIDI", ["he", "a_r"]),
    "languages-bidi-valid": put("LANGUAGES_BIDI", ["he", "ar"]),
    "csp-text": put("SECURE_CSP", "default-src 'self'"),
    "csp-none": put("SECURE_CSP", None),
    "csp-dict": put("SECURE_CSP", {"default-src": ["'self'"]}),
    "csp-report-list": put("SECURE_CSP_REPORT_ONLY", ["default-src 'self'"]),
    "page-size-without-class": rest({"PAGE_SIZE": 50}),
    "page-size-with-class": rest({"PAGE_SIZE": 50, "DEFAULT_PAGINATION_CLASS": PAGINATION}),
    "page-size-none": rest({"PAGE_SIZE": None}),
    "page-size-not-installed": put("REST_FRAMEWORK", {"PAGE_SIZE": 50}),
    "cors-fine": cors(put("CORS_ALLOWED_ORIGINS", ["https://shop.example", "null"])),
    "cors-without-scheme": cors(put("CORS_ALLOWED_ORIGINS", ["shop.example"])),
    "cors-with-path": cors(put("CORS_ALLOWED_ORIGINS", ["https://shop.example/"])),
    "cors-text": cors(put("CORS_ALLOWED_ORIGINS", 1)),
    "cors-string": cors(put("CORS_ALLOWED_ORIGINS", "https://shop.example")),
    "cors-old-name": cors(put("CORS_ORIGIN_WHITELIST", ["shop.example:443"])),
    "cors-headers-set": cors(put("CORS_ALLOW_HEADERS", {"x-token": 1})),
    "cors-headers-text": cors(put("CORS_ALLOW_HEADERS", "x-token")),
    "cors-methods-none": cors(put("CORS_ALLOW_METHODS", None)),
    "cors-methods-mixed": cors(put("CORS_ALLOW_METHODS", ["GET", 1])),
    "cors-credentials-text": cors(put("CORS_ALLOW_CREDENTIALS", "true")),
    "cors-private-network-number": cors(put("CORS_ALLOW_PRIVATE_NETWORK", 1)),
    "cors-age-negative": cors(put("CORS_PREFLIGHT_MAX_AGE", -1)),
    "cors-age-text": cors(put("CORS_PREFLIGHT_MAX_AGE", "60")),
    "cors-age-bool": cors(put("CORS_PREFLIGHT_MAX_AGE", True)),
    "cors-all-text": cors(put("CORS_ALLOW_ALL_ORIGINS", "yes")),
    "cors-all-old-name": cors(put("CORS_ORIGIN_ALLOW_ALL", 1)),
    "cors-regexes": cors(
        put("CORS_ALLOWED_ORIGIN_REGEXES", ["^https://", Code('re.compile("^https")', ("import re",))])
    ),
    "cors-regexes-numbers": cors(put("CORS_ALLOWED_ORIGIN_REGEXES", [1])),
    "cors-expose-none": cors(put("CORS_EXPOSE_HEADERS", None)),
    "cors-urls-list": cors(put("CORS_URLS_REGEX", ["^/api/"])),
    "cors-urls-fine": cors(put("CORS_URLS_REGEX", Code('re.compile("^/api/")', ("import re",)))),
    "cors-model": cors(put("CORS_MODEL", "cors.Origin")),
    "cors-replace-referer": cors(put("CORS_REPLACE_HTTPS_REFERER", True)),
    "cors-not-installed": put("CORS_ALLOWED_ORIGINS", ["shop.example"]),
    "silenced": both(
        put("SILENCED_SYSTEM_CHECKS", ["security.W004", "security.W008"]),
        put("SECURE_HSTS_SECONDS", 0),
        put("SECURE_SSL_REDIRECT", False),
    ),
    "silenced-others": both(
        put("SILENCED_SYSTEM_CHECKS", ["security.W019", "security.W009"]),
        put("SECURE_SSL_REDIRECT", False),
        put("SECRET_KEY", SHORT_KEY),
    ),
    "failure-view-good": put("CSRF_FAILURE_VIEW", "shop.views.csrf_failure"),
    "failure-view-one-argument": put("CSRF_FAILURE_VIEW", "shop.views.csrf_failure_short"),
    "failure-view-other-name": put("CSRF_FAILURE_VIEW", "shop.views.csrf_failure_renamed"),
    "failure-view-anything": put("CSRF_FAILURE_VIEW", "shop.views.csrf_failure_anything"),
    "failure-view-class": put("CSRF_FAILURE_VIEW", "shop.views.CsrfFailure"),
    "failure-view-no-module": put("CSRF_FAILURE_VIEW", "nosuchmodule.csrf_failure"),
    "failure-view-no-dots": put("CSRF_FAILURE_VIEW", "csrf_failure"),
}

VIEWS = '''\
from django.http import HttpResponseForbidden


def csrf_failure(request, reason=""):
    return HttpResponseForbidden(reason)


def csrf_failure_short(request):
    return HttpResponseForbidden()


def csrf_failure_renamed(request, why):
    return HttpResponseForbidden(why)


def csrf_failure_anything(*args, **kwargs):
    return HttpResponseForbidden()


class CsrfFailure:
    def __init__(self, request, reason=None):
        self.reason = reason
'''

# What else a string setting may be in some environment, where one is generated from a variable.
OTHER_TEXT = {
    "SECRET_KEY": [STRONG_KEY, SHORT_KEY],
    "X_FRAME_OPTIONS": ["DENY", "SAMEORIGIN"],
    "SECURE_REFERRER_POLICY": ["same-origin", "anything"],
    "SECURE_CROSS_ORIGIN_OPENER_POLICY": ["same-origin", "anything"],
}
