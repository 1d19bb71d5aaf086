"""Cases of `special.py`: what the environment decides, read by hand."""

from deviations import SHORT_KEY, STRONG_KEY

KEYS = [STRONG_KEY, SHORT_KEY]

CASES = {
    "several-settings-follow-one-variable": {
        "settings": """
            import os

            from shop.secure import *

            DEBUG = os.environ.get("SHOP_DEBUG", "") == "1"
            SECURE_SSL_REDIRECT = not DEBUG
            SESSION_COOKIE_SECURE = not DEBUG
            SECURE_HSTS_SECONDS = 0 if DEBUG else 3600
            """,
        "variables": {"SHOP_DEBUG": [None, "1", "0"]},
    },
    "branch-on-debug": {
        "settings": """
            import os

            from shop.secure import *

            DEBUG = bool(os.environ.get("SHOP_DEBUG"))

            if not DEBUG:
                SECURE_REFERRER_POLICY = "strict-origin"
            else:
                SECURE_REFERRER_POLICY = "nonsense"
                MIDDLEWARE.remove("django.middleware.clickjacking.XFrameOptionsMiddleware")
            """,
        "variables": {"SHOP_DEBUG": [None, "1"]},
    },
    "stage-by-name": {
        "settings": """
            import os

            from shop.secure import *

            ENVIRONMENT = os.environ.get("ENVIRONMENT", "development")

            if ENVIRONMENT == "production":
                SECURE_SSL_REDIRECT = True
            elif ENVIRONMENT == "staging":
                SECURE_SSL_REDIRECT = True
                SECURE_HSTS_SECONDS = 0
            else:
                DEBUG = True
                SECURE_SSL_REDIRECT = False
            """,
        "variables": {"ENVIRONMENT": [None, "production", "staging"]},
    },
    "stage-compared": {
        "settings": """
            import os

            from shop.secure import *

            STAGE = os.environ["STAGE"]
            DEBUG = STAGE not in ("production", "staging")
            CSRF_COOKIE_SECURE = STAGE == "production"
            SECURE_SSL_REDIRECT = STAGE != "local"
            """,
        "variables": {"STAGE": ["production", "staging", "local"]},
    },
    "stage-matched": {
        "settings": """
            import os

            from shop.secure import *

            match os.environ.get("STAGE", "production"):
                case "production":
                    DEBUG = False
                case "staging" | "preview":
                    DEBUG = False
                    SECURE_SSL_REDIRECT = False
                case other:
                    DEBUG = True
            """,
        "variables": {"STAGE": [None, "staging", "laptop"]},
    },
    "stage-in-dictionary": {
        "settings": """
            import os

            from shop.secure import *

            DEBUG = {"local": True, "production": False}[os.environ.get("STAGE", "production")]
            """,
        "variables": {"STAGE": [None, "local"]},
    },
    "negated-variable": {
        "settings": """
            from os import environ

            from shop.secure import *

            DEBUG = not environ.get("PRODUCTION")
            """,
        "variables": {"PRODUCTION": [None, "1"]},
    },
    "walrus": {
        "settings": """
            import os

            from shop.secure import *

            if (level := os.environ.get("SHOP_DEBUG")) == "full":
                DEBUG = True
            """,
        "variables": {"SHOP_DEBUG": [None, "full"]},
    },
    "presence-of-a-variable": {
        "settings": """
            import os

            from shop.secure import *

            if "DYNO" in os.environ:
                SECURE_SSL_REDIRECT = True
            else:
                SECURE_SSL_REDIRECT = False
            """,
        "variables": {"DYNO": [None, "web.1"]},
    },
    "required-by-hand": {
        "settings": """
            import os

            from django.core.exceptions import ImproperlyConfigured

            from shop.secure import *

            def required(name):
                try:
                    return os.environ[name]
                except KeyError:
                    raise ImproperlyConfigured(f"set {name}")

            SECRET_KEY = required("SHOP_KEY")
            """,
        "variables": {"SHOP_KEY": KEYS},
    },
    "helper-with-loop": {
        "settings": """
            import os

            from shop.secure import *

            def names(variable, default=""):
                found = []
                for item in os.getenv(variable, default).split(","):
                    item = item.strip()
                    if item:
                        found.append(item)
                return found

            ALLOWED_HOSTS = names("SHOP_HOSTS")
            """,
        "variables": {"SHOP_HOSTS": [None, "a.example, b.example"]},
    },
    "helper-from-other-module": {
        "settings": """
            from shop.reading import env_bool, env_int
            from shop.secure import *

            DEBUG = env_bool("SHOP_DEBUG")
            SECURE_HSTS_SECONDS = env_int("SHOP_HSTS", 3600)
            """,
        "files": {
            "shop/reading.py": """
                import os

                TRUE = frozenset({"1", "true"})


                def env_bool(name, default=False):
                    return os.environ.get(name, str(default)).lower() in TRUE


                def env_int(name, default):
                    return int(os.environ.get(name, default))
                """
        },
        "variables": {"SHOP_DEBUG": [None, "true", "0"], "SHOP_HSTS": [None, "0"]},
    },
    "helper-raises-on-nonsense": {
        "settings": """
            import os

            from shop.secure import *

            def strtobool(value):
                value = value.lower()
                if value in ("y", "yes", "true", "on", "1"):
                    return True
                elif value in ("n", "no", "false", "off", "0"):
                    return False
                else:
                    raise ValueError(value)

            SECURE_SSL_REDIRECT = strtobool(os.getenv("SHOP_REDIRECT", "on"))
            """,
        "variables": {"SHOP_REDIRECT": [None, "off", "true"]},
    },
    "helper-lambda": {
        "settings": """
            import os

            from shop.secure import *

            flag = lambda name, default="0": os.getenv(name, default) == "1"
            DEBUG = flag("SHOP_DEBUG")
            """,
        "variables": {"SHOP_DEBUG": [None, "1"]},
    },
    "helper-early-return": {
        "settings": """
            import os

            from shop.secure import *

            def hosts():
                if os.environ.get("SHOP_HOST"):
                    return [os.environ["SHOP_HOST"]]
                return []

            ALLOWED_HOSTS = hosts()
            """,
        "variables": {"SHOP_HOST": [None, "shop.example"]},
    },
    "key-without-default": {
        "settings": """
            import os

            from shop.secure import *

            SECRET_KEY = os.environ.get("SHOP_KEY")
            """,
        "variables": {"SHOP_KEY": [None, *KEYS]},
    },
    "key-or-random": {
        "settings": """
            import os

            from django.core.management.utils import get_random_secret_key

            from shop.secure import *

            SECRET_KEY = os.environ.get("SHOP_KEY") or get_random_secret_key()
            """,
        "variables": {"SHOP_KEY": [None, *KEYS]},
    },
    "key-insecure-by-default": {
        "settings": """
            import os

            from shop.secure import *

            SECRET_KEY = os.environ.get("SHOP_KEY", "django-insecure-change-me")
            """,
        "variables": {"SHOP_KEY": [None, *KEYS]},
    },
    "fallbacks-from-environment": {
        "settings": """
            import os

            from shop.secure import *

            SECRET_KEY_FALLBACKS = [key for key in os.environ.get("SHOP_OLD", "").split(",") if key]
            """,
        "variables": {"SHOP_OLD": [None, *KEYS]},
    },
    "fallback-beside-weak": {
        "settings": f"""
            import os

            from shop.secure import *

            SECRET_KEY_FALLBACKS = [os.environ["SHOP_OLD"], {SHORT_KEY!r}]
            """,
        "variables": {"SHOP_OLD": KEYS},
    },
    "one-host-from-environment": {
        "settings": """
            import os

            from shop.secure import *

            ALLOWED_HOSTS = [os.environ.get("SHOP_HOST")]
            """,
        "variables": {"SHOP_HOST": [None, "shop.example", ""]},
    },
    "one-host-if-set": {
        "settings": """
            import os

            from shop.secure import *

            ALLOWED_HOSTS = [host for host in [os.environ.get("SHOP_HOST")] if host]
            """,
        "variables": {"SHOP_HOST": [None, "shop.example", ""]},
    },
    "hosts-plus-environment": {
        "settings": """
            import os

            from shop.secure import *

            ALLOWED_HOSTS = ["localhost"]
            ALLOWED_HOSTS += os.environ.get("SHOP_HOSTS", "").split()
            """,
        "variables": {"SHOP_HOSTS": [None, "a.example"]},
    },
    "host-added-if-set": {
        "settings": """
            import os

            from shop.secure import *

            ALLOWED_HOSTS = []
            HOST = os.environ.get("SHOP_HOST")
            if HOST:
                ALLOWED_HOSTS.append(HOST)
            """,
        "variables": {"SHOP_HOST": [None, "shop.example"]},
    },
    "number-or-zero": {
        "settings": """
            import os

            from shop.secure import *

            SECURE_HSTS_SECONDS = int(os.environ.get("SHOP_HSTS", "0") or 0)
            """,
        "variables": {"SHOP_HSTS": [None, "", "0", "3600"]},
    },
    "number-computed": {
        "settings": """
            import os

            from shop.secure import *

            SECURE_HSTS_SECONDS = 60 * int(os.environ.get("SHOP_HSTS_MINUTES", 60))
            """,
        "variables": {"SHOP_HSTS_MINUTES": [None, "0", "5"]},
    },
    "frame-if-set": {
        "settings": """
            import os

            from shop.secure import *

            X_FRAME_OPTIONS = "SAMEORIGIN" if os.environ.get("SHOP_FRAMES") else "DENY"
            """,
        "variables": {"SHOP_FRAMES": [None, "1"]},
    },
    "switches-combined": {
        "settings": """
            import os

            from shop.secure import *

            LOCAL = os.environ.get("SHOP_LOCAL") == "1"
            SECURE_SSL_REDIRECT = not LOCAL and os.environ.get("SHOP_TLS", "1") == "1"
            DEBUG = LOCAL or False
            """,
        "variables": {"SHOP_LOCAL": [None, "1"], "SHOP_TLS": [None, "0"]},
    },
    "language-from-environment": {
        "settings": """
            import os

            from shop.secure import *

            LANGUAGES = [("en", "English"), ("de", "German")]
            LANGUAGE_CODE = os.environ.get("SHOP_LANGUAGE", "en-us")
            """,
        "variables": {"SHOP_LANGUAGE": [None, "de", "fr", "en_GB!"]},
    },
    "cache-folder-from-environment": {
        "settings": """
            import os

            from shop.secure import *

            CACHES = {
                "default": {
                    "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
                    "LOCATION": os.environ.get("SHOP_CACHE", "/tmp/luthier-oracle-cache"),
                }
            }
            """,
        "variables": {"SHOP_CACHE": [None, "cache"]},
    },
    "cache-if-redis": {
        "settings": """
            import os

            from shop.secure import *

            REDIS_URL = os.getenv("REDIS_URL")
            if REDIS_URL:
                CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
            else:
                CACHES = {
                    "default": {
                        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
                        "LOCATION": "cache",
                    }
                }
            """,
        "variables": {"REDIS_URL": [None, "redis://localhost/1"]},
    },
    "async-unsafe-set": """
        import os

        from shop.secure import *

        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        """,
    "async-unsafe-default": """
        import os

        from shop.secure import *

        os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        """,
    "async-unsafe-emptied": """
        import os

        from shop.secure import *

        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = ""
        """,
    "variable-set-by-settings": {
        "settings": """
            import os

            from shop.secure import *

            os.environ.setdefault("SHOP_DEBUG", "1")
            DEBUG = os.environ["SHOP_DEBUG"] == "1"
            """,
        "variables": {"SHOP_DEBUG": [None, "0"]},
    },
    "checked-at-start": {
        "settings": """
            import os

            from shop.secure import *

            if "SHOP_KEY" not in os.environ:
                raise RuntimeError("no key")
            SECRET_KEY = os.environ["SHOP_KEY"]
            assert SECRET_KEY
            """,
        "variables": {"SHOP_KEY": KEYS},
    },
    "page-size-from-environment": {
        "settings": """
            import os

            from shop.secure import *

            INSTALLED_APPS += ["rest_framework"]
            REST_FRAMEWORK = {"PAGE_SIZE": int(os.environ.get("PAGE_SIZE", "0"))}
            """,
        "variables": {"PAGE_SIZE": [None, "20"]},
    },
    "cors-origins-from-environment": {
        "settings": """
            import os

            from shop.secure import *

            INSTALLED_APPS += ["corsheaders"]
            CORS_ALLOWED_ORIGINS = os.environ.get("ORIGINS", "https://shop.example").split(",")
            """,
        "variables": {"ORIGINS": [None, "shop.example", "https://a.example/x"]},
    },
    "cors-origins-empty-item": {
        "settings": """
            import os

            from shop.secure import *

            INSTALLED_APPS += ["corsheaders"]
            CORS_ALLOW_CREDENTIALS = os.environ.get("CREDENTIALS", False)
            """,
        "variables": {"CREDENTIALS": [None, "true"]},
    },
}
