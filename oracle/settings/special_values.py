"""Cases of `special.py`: exact values, languages, paths, views, versions."""

CSP_HEAD = """
from django.utils.csp import CSP
from shop.secure import *

MIDDLEWARE += ["django.middleware.csp.ContentSecurityPolicyMiddleware"]
"""
LONG_CODE = "en-" + "-".join(["abcdefgh"] * 60)


def language(code, listed=None):
    text = f'from shop.secure import *\n\nLANGUAGE_CODE = "{code}"\n'
    if listed:
        text += f"LANGUAGES = {[(name, name) for name in listed]!r}\n"
    return text


def failure_view(definition, value='"shop.failing.view"'):
    return {
        "settings": f"from shop.secure import *\n\nCSRF_FAILURE_VIEW = {value}\n",
        "files": {"shop/failing.py": definition},
    }


CASES = {
    "paths-as-texts": """
        import os

        from shop.secure import *

        PROJECT_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        MEDIA_ROOT = os.path.join(PROJECT_ROOT, "media")
        CACHES = {
            "default": {
                "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
                "LOCATION": os.path.join(MEDIA_ROOT, "cache"),
            }
        }
        FILE_UPLOAD_TEMP_DIR = os.path.join(PROJECT_ROOT, "uploads")
        """,
    "paths-normalised": """
        import os.path

        from shop.secure import *

        HERE = os.path.dirname(__file__)
        STATIC_ROOT = os.path.normpath(os.path.join(HERE, "..", "static"))
        CACHES = {
            "default": {
                "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
                "LOCATION": os.path.realpath(os.path.join(HERE, os.pardir, "static", "..", "static")),
            }
        }
        """,
    "paths-with-options": """
        import pathlib

        from shop.secure import *

        ROOT = pathlib.Path(__file__).resolve().parents[1]
        DATA = ROOT.joinpath("var", "data")
        MEDIA_ROOT = DATA.with_name("media")
        CACHES = {
            "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
            "files": {
                "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
                "LOCATION": str(DATA.parent),
            },
        }
        """,
    "path-arithmetic-from-names": """
        from shop.secure import *

        FOLDER = "media"
        MEDIA_ROOT = f"{BASE_DIR / FOLDER}"
        CACHES = {
            "default": {
                "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
                "LOCATION": MEDIA_ROOT + "/" + "cache",
            }
        }
        """,
    "static-dirs-from-a-loop": """
        from shop.secure import *

        STATICFILES_DIRS = []
        for folder in ("assets", "vendor"):
            STATICFILES_DIRS.append(BASE_DIR / "uploads")
        CACHES = {
            alias: {
                "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
                "LOCATION": BASE_DIR / "uploads" / alias,
            }
            for alias in ("default", "pages")
        }
        """,
    "upload-folder-relative": """
        from shop.secure import *

        FILE_UPLOAD_TEMP_DIR = "uploads"
        """,
    "upload-folder-relative-missing": """
        from shop.secure import *

        FILE_UPLOAD_TEMP_DIR = "no/such/folder"
        """,
    "numbers-of-every-kind": """
        from datetime import timedelta

        from shop.secure import *

        SECURE_HSTS_SECONDS = timedelta(days=365, hours=6).total_seconds()
        SECURE_HSTS_PRELOAD = 2**3 > 7
        SECURE_SSL_REDIRECT = not -1 > 0
        SESSION_COOKIE_SECURE = 3_600 // 60 == 60 and 7 % 4 == 3
        """,
    "numbers-that-vanish": """
        from shop.secure import *

        MINUTE = 60
        SECURE_HSTS_SECONDS = MINUTE * 60 - 3600
        """,
    "assignment-forms": """
        from shop.secure import *

        SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
        DEBUG: bool = True
        (SECURE_SSL_REDIRECT, SECURE_HSTS_PRELOAD) = False, False
        X_FRAME_OPTIONS, *_rest = ["SAMEORIGIN", "DENY"]
        SECURE_HSTS_SECONDS *= 0
        """,
    "deleted-setting": """
        from shop.secure import *

        del SECURE_HSTS_SECONDS
        del ALLOWED_HOSTS
        """,
    "middleware-tuples": """
        from shop import secure
        from shop.secure import *

        MIDDLEWARE = tuple(secure.MIDDLEWARE[1:])
        MIDDLEWARE += ("django.middleware.gzip.GZipMiddleware",)
        ALLOWED_HOSTS = ("shop.example",)
        """,
    "middleware-from-django": """
        from django.conf import global_settings

        from shop.secure import *

        MIDDLEWARE = global_settings.MIDDLEWARE + ["django.middleware.security.SecurityMiddleware"]
        INSTALLED_APPS = list(global_settings.INSTALLED_APPS)
        """,
    "languages-from-django": """
        from django.conf import global_settings
        from django.utils.translation import gettext_lazy as _

        from shop.secure import *

        LANGUAGES = global_settings.LANGUAGES + [("tlh_x", _("Klingon"))]
        LANGUAGES_BIDI = global_settings.LANGUAGES_BIDI + ["ur"]
        LANGUAGE_CODE = "cy"
        """,
    "languages-translated": """
        from django.utils.translation import gettext_lazy as _

        from shop.secure import *

        LANGUAGES = [("nl", _("Dutch")), ("fr", _("French"))]
        LANGUAGE_CODE = "nl"
        """,
    "language-upper-case": language("EN-us"),
    "language-modifier": language("sr@latin", ["sr", "en"]),
    "language-region-of-listed": language("fr-fr", ["fr-ca", "en"]),
    "language-underscore": language("pt_BR"),
    "language-very-long": language(LONG_CODE),
    "language-without-translation": "from shop.secure import *\n\nLANGUAGE_CODE = 'de'\nUSE_I18N = False\n",
    "language-bidi-default": language("ug"),
    "referrer-set": "from shop.secure import *\n\nSECURE_REFERRER_POLICY = {'origin', 'no-referrer'}\n",
    "referrer-empty-text": "from shop.secure import *\n\nSECURE_REFERRER_POLICY = ''\n",
    "referrer-empty-list": "from shop.secure import *\n\nSECURE_REFERRER_POLICY = []\n",
    "referrer-trailing-comma": "from shop.secure import *\n\nSECURE_REFERRER_POLICY = 'same-origin,'\n",
    "key-bytes": "from shop.secure import *\n\nSECRET_KEY = 'x' * 49 + 'abcdef'\n",
    "key-exactly-fifty": "from shop.secure import *\n\nSECRET_KEY = 'abcde' * 10\n",
    "key-four-letters": "from shop.secure import *\n\nSECRET_KEY = 'abcd' * 20\n",
    "key-not-ascii": "from shop.secure import *\n\nSECRET_KEY = 'äöüßé' * 10\n",
    "key-not-ascii-short": "from shop.secure import *\n\nSECRET_KEY = 'äöüßé' * 9 + 'abc'\n",
    "key-generated-at-start": """
        from django.core.management.utils import get_random_secret_key

        from shop.secure import *

        SECRET_KEY = get_random_secret_key()
        """,
    "key-from-file": {
        "settings": """
            from shop.secure import *

            with open(BASE_DIR / "secret.txt") as file:
                SECRET_KEY = file.read().strip()
            """,
        "files": {"secret.txt": "q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6j7k8l9z0x1c2v3b4n5m6\n"},
    },
    "failure-view-decorated": failure_view(
        """
        from django.views.decorators.cache import never_cache


        @never_cache
        def view(request, reason=""):
            pass
        """
    ),
    "failure-view-keyword-only": failure_view("def view(request, *, reason):\n    pass\n"),
    "failure-view-extra-required": failure_view("def view(request, template, reason=''):\n    pass\n"),
    "failure-view-extra-optional": failure_view("def view(request, reason='', template='403.html'):\n    pass\n"),
    "failure-view-positional-only": failure_view("def view(request, reason, /):\n    pass\n"),
    "failure-view-as-view": failure_view(
        """
        from django.views.generic import TemplateView

        view = TemplateView.as_view(template_name="403.html")
        """
    ),
    "failure-view-lambda": failure_view("view = lambda request: None\n"),
    "failure-view-imported": {
        "settings": "from shop.secure import *\n\nCSRF_FAILURE_VIEW = 'shop.failing.csrf_failure_short'\n",
        "files": {"shop/failing.py": "from shop.views import *\n"},
    },
    "failure-view-callable": """
        from shop.secure import *
        from shop.views import csrf_failure_renamed

        CSRF_FAILURE_VIEW = csrf_failure_renamed
        """,
    "failure-view-of-django": "from shop.secure import *\n\nCSRF_FAILURE_VIEW = 'django.views.csrf.csrf_failure'\n",
    "cors-app-config": """
        from shop.secure import *

        INSTALLED_APPS += ["corsheaders.apps.CorsHeadersAppConfig"]
        CORS_ALLOWED_ORIGINS = ["shop.example", "https://shop.example?x=1", "https://shop.example#top"]
        """,
    "cors-both-names": """
        from shop.secure import *

        INSTALLED_APPS += ["corsheaders"]
        CORS_ORIGIN_WHITELIST = ["broken"]
        CORS_ALLOWED_ORIGINS = ("file://", "null", "capacitor://localhost")
        CORS_ALLOWED_ORIGIN_REGEXES = (r"^https://\\w+\\.shop\\.example$",)
        """,
    "cors-defaults-extended": """
        from corsheaders.defaults import default_headers, default_methods

        from shop.secure import *

        INSTALLED_APPS += ["corsheaders"]
        CORS_ALLOW_HEADERS = [*default_headers, "x-request-id"]
        CORS_ALLOW_METHODS = list(default_methods) + ["PURGE"]
        CORS_PREFLIGHT_MAX_AGE = 0
        """,
    "rest-framework-app-config": """
        from shop.secure import *

        INSTALLED_APPS += ["rest_framework.apps.RestFrameworkConfig"]
        REST_FRAMEWORK = {"PAGE_SIZE": 20, "DEFAULT_PAGINATION_CLASS": None}
        """,
    "nonce-without-processor": {
        "since": "6.1",
        "settings": CSP_HEAD + 'SECURE_CSP = {"script-src": [CSP.SELF, CSP.NONCE]}\n',
    },
    "nonce-report-only": {
        "since": "6.1",
        "settings": CSP_HEAD + 'SECURE_CSP_REPORT_ONLY = {"default-src": CSP.NONCE}\n',
    },
    "nonce-with-processor": {
        "since": "6.1",
        "settings": CSP_HEAD
        + 'SECURE_CSP = {"script-src": [CSP.NONCE]}\n'
        + 'TEMPLATES[0]["OPTIONS"]["context_processors"].append("django.template.context_processors.csp")\n',
    },
    "nonce-without-middleware": {
        "since": "6.1",
        "settings": CSP_HEAD + 'MIDDLEWARE.pop()\nSECURE_CSP = {"script-src": [CSP.NONCE]}\n',
    },
    "nonce-nowhere": {
        "since": "6.1",
        "settings": CSP_HEAD + 'SECURE_CSP = {"script-src": [CSP.SELF]}\n',
    },
    "mailer-console": {
        "since": "6.1",
        "settings": """
            from shop.secure import *

            MAILERS = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}
            """,
    },
    "mailer-smtp": {
        "since": "6.1",
        "settings": """
            from shop.secure import *

            MAILERS = {
                "default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend"},
                "spare": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"},
            }
            """,
    },
    "mailer-without-backend": {
        "since": "6.1",
        "settings": 'from shop.secure import *\n\nMAILERS = {"default": {}}\n',
    },
    "mailer-from-environment": {
        "since": "6.1",
        "settings": """
            import os

            from shop.secure import *

            MAILERS = {
                "default": {
                    "BACKEND": os.environ.get("MAILER", "django.core.mail.backends.smtp.EmailBackend"),
                }
            }
            """,
        "variables": {"MAILER": [None, "django.core.mail.backends.console.EmailBackend"]},
    },
}
