"""Cases of `special.py`: modules, names and namespaces."""

CASES = {
    "names-exported": {
        "settings": """
            from shop.secure import *
            from shop.partial import *
            """,
        "files": {
            "shop/partial.py": """
                __all__ = ["DEBUG", "SECURE_HSTS_SECONDS"]

                DEBUG = True
                SECURE_HSTS_SECONDS = 0
                SECURE_SSL_REDIRECT = False
                """
        },
    },
    "underscored-names-stay": {
        "settings": """
            from shop.secure import *
            from shop.partial import *

            if _STAGE != "local":
                SECURE_SSL_REDIRECT = False
            """,
        "files": {
            "shop/partial.py": """
                from shop.stage import _STAGE

                __all__ = ["_STAGE"]
                """,
            "shop/stage.py": """
                _STAGE = "production"
                """,
        },
    },
    "imports-itself": """
        from shop.secure import *
        from shop.settings import *

        DEBUG = True
        """,
    "import-circle": {
        "settings": """
            from shop.secure import *

            SECURE_SSL_REDIRECT = False

            from shop.other import *
            """,
        "files": {
            "shop/other.py": """
                from shop.settings import *

                DEBUG = not SECURE_SSL_REDIRECT
                """
        },
    },
    "later-star-wins": {
        "settings": """
            DEBUG = True
            X_FRAME_OPTIONS = "SAMEORIGIN"

            from shop.secure import *
            """,
    },
    "renamed-import": """
        from shop.secure import *
        from shop.secure import DEBUG as SECURE_SSL_REDIRECT
        from shop import secure as base

        SECURE_HSTS_PRELOAD = base.SECURE_SSL_REDIRECT and base.DEBUG
        """,
    "list-shared-by-two-names": """
        from shop.secure import *

        middleware = MIDDLEWARE
        middleware.remove("django.middleware.csrf.CsrfViewMiddleware")
        """,
    "list-copied": """
        import copy

        from shop.secure import *

        without = list(MIDDLEWARE)
        without.clear()
        others = copy.deepcopy(MIDDLEWARE)
        others.pop(0)
        more = MIDDLEWARE[:]
        more.remove("django.middleware.csrf.CsrfViewMiddleware")
        """,
    "list-changed-through-module": """
        from shop import secure
        from shop.secure import *

        secure.MIDDLEWARE.remove("django.middleware.csrf.CsrfViewMiddleware")
        secure.DEBUG = True
        """,
    "list-passed-to-function": """
        from shop.secure import *

        def harden(middleware, extra=()):
            middleware.remove("django.middleware.security.SecurityMiddleware")
            for name in extra:
                middleware.append(name)

        harden(MIDDLEWARE, extra=["django.middleware.gzip.GZipMiddleware"])
        """,
    "namespace-loop": """
        from shop.secure import *

        OVERRIDES = {"DEBUG": True, "SECURE_SSL_REDIRECT": False, "lower": 1}
        for name, value in OVERRIDES.items():
            if name.isupper():
                globals()[name] = value
        """,
    "namespace-vars": """
        from shop.secure import *

        vars()["SECURE_HSTS_SECONDS"] = 0
        locals()["SECURE_HSTS_PRELOAD"] = False
        """,
    "namespace-setattr": """
        import sys

        from shop.secure import *

        setattr(sys.modules[__name__], "SECURE_SSL_REDIRECT", False)
        """,
    "namespace-in-function": {
        "settings": """
            from shop.apply import apply
            from shop.secure import *

            apply(globals())
            """,
        "files": {
            "shop/apply.py": """
                DEFAULTS = {"SECURE_SSL_REDIRECT": False}


                def apply(namespace, **more):
                    namespace.update(DEFAULTS, **more)
                    namespace.setdefault("DEBUG", True)
                    namespace["SECURE_HSTS_PRELOAD"] = False
                """
        },
    },
    "global-statement": """
        from shop.secure import *

        def switch_on():
            global DEBUG
            DEBUG = True

        switch_on()
        """,
    "name-used-in-condition": """
        from shop.secure import *

        if "DEBUG" in globals() and not DEBUG:
            X_FRAME_OPTIONS = "SAMEORIGIN"
        if "MISSING" in locals():
            DEBUG = True
        """,
    "try-with-everything": """
        from shop.secure import *

        try:
            from shop.nothing import DEBUG, ALLOWED_HOSTS
        except (ImportError, AttributeError) as error:
            SECURE_SSL_REDIRECT = False
        else:
            SECURE_HSTS_SECONDS = 0
        finally:
            X_FRAME_OPTIONS = "SAMEORIGIN"
        """,
    "try-that-succeeds": {
        "settings": """
            from shop.secure import *

            try:
                from shop.extra import EXTRA
            except ImportError:
                MIDDLEWARE = []
            else:
                MIDDLEWARE += EXTRA
            """,
        "files": {"shop/extra.py": "EXTRA = ['django.middleware.gzip.GZipMiddleware']\n"},
    },
    "file-that-is-not-there": """
        import os

        from shop.secure import *

        if os.path.exists(os.path.join(BASE_DIR, "shop", "local.py")):
            from shop.local import *
        """,
    "relative-imports": {
        "settings": """
            from .conf.base import *
            from .conf import flags

            DEBUG = flags.DEBUG
            """,
        "files": {
            "shop/conf/__init__.py": "",
            "shop/conf/base.py": "from ..secure import *\nfrom .flags import REDIRECT as SECURE_SSL_REDIRECT\n",
            "shop/conf/flags.py": "DEBUG, REDIRECT = True, False\n",
        },
    },
    "nested-includes": {
        "settings": """
            from split_settings.tools import include, optional

            from shop.secure import *

            include("parts/first.py", optional("parts/gone.py"), optional(None))
            """,
        "files": {
            "shop/parts/first.py": """
                from split_settings.tools import include

                SECURE_HSTS_SECONDS = 0
                include("second.py")
                """,
            "shop/parts/second.py": """
                SECURE_HSTS_SECONDS = 30 + SECURE_HSTS_SECONDS
                MIDDLEWARE = [name for name in MIDDLEWARE if "csrf" not in name]
                """,
        },
    },
    "star-arguments": """
        from shop.secure import *

        def join(*parts, separator=".", **ignored):
            return separator.join(parts)

        def settings_for(**options):
            return {"DEBUG": False, **options}

        X_FRAME_OPTIONS = join("SAME", "ORIGIN", separator="")
        globals().update(settings_for(DEBUG=True))
        """,
    "texts-taken-apart": """
        from shop.secure import *

        POLICIES = "DENY|SAMEORIGIN"
        X_FRAME_OPTIONS = POLICIES.split("|")[-1]
        SECURE_REFERRER_POLICY = "same-origin;rest".partition(";")[0]
        LANGUAGE_CODE = "DE_AT".lower().replace("_", "-")[:2]
        SECURE_CROSS_ORIGIN_OPENER_POLICY = "-".join(reversed(["origin", "same"]))
        """,
    "any-and-all": """
        from shop.secure import *

        HAS_CSRF = any("csrf" in name for name in MIDDLEWARE)
        DEBUG = HAS_CSRF and all([True, len(MIDDLEWARE) > 100])
        SECURE_SSL_REDIRECT = any(name.endswith("Nothing") for name in MIDDLEWARE)
        """,
    "sorted-and-zipped": """
        from shop.secure import *

        MIDDLEWARE = [name for _, name in sorted(enumerate(MIDDLEWARE), reverse=True)]
        ALLOWED_HOSTS = [f"{a}.{b}" for a, b in zip(("www", "api"), ("shop.example",) * 2)]
        SECRET_KEY_FALLBACKS = list(map(str.strip, [" short "]))
        """,
    "filter-with-lambda": """
        from shop.secure import *

        MIDDLEWARE = list(filter(lambda name: "XFrame" not in name, MIDDLEWARE))
        """,
    "noise": """
        import logging
        import os
        import sys
        import warnings

        from shop.secure import *

        logging.captureWarnings(True)
        warnings.filterwarnings("ignore", module="nothing")
        LOGGING = {"version": 1, "root": {"level": os.environ.get("LEVEL", "INFO")}}
        logger = logging.getLogger(__name__)
        logger.debug("settings of %s", sys.version_info)
        if sys.version_info >= (3, 8):
            SECURE_HSTS_PRELOAD = False
        if sys.platform == "no-such-platform":
            DEBUG = True
        if __name__ == "__main__":
            DEBUG = True
        """,
    "type-checking": """
        from typing import TYPE_CHECKING

        from shop.secure import *

        if TYPE_CHECKING:
            DEBUG = True
        """,
    "test-commands": """
        import sys

        from shop.secure import *

        if len(sys.argv) > 1 and sys.argv[1] == "test":
            DEBUG = True
        if "runserver" in sys.argv:
            SECURE_SSL_REDIRECT = False
        if sys.argv[1:2] == ["test"]:
            MIDDLEWARE = []
        """,
    "setting-objects": """
        from shop.secure import *

        class Switches:
            redirect = False
            preload = not redirect

        SECURE_SSL_REDIRECT = Switches.redirect
        SECURE_HSTS_PRELOAD = Switches.preload
        """,
    "silenced-late": """
        from shop.secure import *

        DEBUG = True
        SILENCED_SYSTEM_CHECKS = ["security.W001"]
        SILENCED_SYSTEM_CHECKS += ["security.W018", "corsheaders.E013"]
        MIDDLEWARE.remove("django.middleware.security.SecurityMiddleware")
        """,
}
