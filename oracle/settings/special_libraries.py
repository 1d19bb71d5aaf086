"""Cases of `special.py`: the libraries that read the environment, in their less usual forms."""

from deviations import SHORT_KEY, STRONG_KEY

KEYS = [STRONG_KEY, SHORT_KEY]
SWITCH = [None, "true", "false"]

CASES = {
    "environ-one-scheme": {
        "settings": """
            import environ

            from shop.secure import *

            env = environ.Env(
                SHOP_DEBUG=(bool, False),
                SHOP_HOSTS=(list, []),
                SHOP_HSTS=(int, 3600),
            )
            environ.Env.read_env(str(BASE_DIR / ".env.missing"))
            DEBUG = env("SHOP_DEBUG")
            ALLOWED_HOSTS = env("SHOP_HOSTS")
            SECURE_HSTS_SECONDS = env("SHOP_HSTS")
            """,
        "variables": {"SHOP_DEBUG": SWITCH, "SHOP_HOSTS": [None, "a.example"], "SHOP_HSTS": [None, "0"]},
    },
    "environ-cast-only": {
        "settings": """
            from environ import Env

            from shop.secure import *

            env = Env(SHOP_DEBUG=bool)
            DEBUG = env("SHOP_DEBUG")
            SECRET_KEY = env.str("SHOP_KEY")
            """,
        "variables": {"SHOP_DEBUG": ["on", "off"], "SHOP_KEY": KEYS},
    },
    "environ-default-from-setting": {
        "settings": """
            import environ

            from shop.secure import *

            env = environ.FileAwareEnv()
            DEBUG = env.bool("SHOP_DEBUG", default=False)
            SECURE_SSL_REDIRECT = env.bool("SHOP_REDIRECT", default=not DEBUG)
            """,
        "variables": {"SHOP_DEBUG": SWITCH, "SHOP_REDIRECT": SWITCH},
    },
    "environ-paths": """
        import environ

        from shop.secure import *

        root = environ.Path(__file__) - 2
        MEDIA_ROOT = root("media")
        CACHES = {
            "default": {
                "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
                "LOCATION": str(root.path("media", "cache")),
            }
        }
        """,
    "environ-databases": {
        "settings": """
            import environ

            from shop.secure import *

            env = environ.Env()
            DATABASES = {"default": env.db("DATABASE_URL", default="sqlite:///db.sqlite3")}
            DATABASES["default"]["ATOMIC_REQUESTS"] = True
            DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
            EMAIL_PORT = env.int("EMAIL_PORT", 25)
            """,
    },
    "environ-caches": """
        import environ

        from shop.secure import *

        env = environ.Env()
        CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
        CACHES.update(pages=env.cache_url_config("locmemcache://pages"))
        """,
    "environ-tuple-and-json": {
        "settings": """
            import environ

            from shop.secure import *

            env = environ.Env()
            ALLOWED_HOSTS = env.tuple("SHOP_HOSTS", default=("shop.example",))
            SECURE_HSTS_PRELOAD = env.json("SHOP_PRELOAD", default=True)
            """,
        "variables": {"SHOP_HOSTS": [None, "a.example", ""], "SHOP_PRELOAD": SWITCH},
    },
    "environ-prefix": {
        "settings": """
            import environ

            from shop.secure import *

            env = environ.Env()
            env.prefix = "SHOP_"
            DEBUG = env.bool("DEBUG", default=False)
            """,
        "variables": {"SHOP_DEBUG": SWITCH},
    },
    "environ-number-as-switch": {
        "settings": """
            import environ

            from shop.secure import *

            env = environ.Env()
            SESSION_COOKIE_SECURE = env.int("SHOP_SECURE", default=1)
            SECURE_HSTS_INCLUDE_SUBDOMAINS = env("SHOP_SUBDOMAINS", default=True)
            """,
        "variables": {"SHOP_SECURE": [None, "0"], "SHOP_SUBDOMAINS": [None, "True", "false"]},
    },
    "database-urls": """
        import dj_database_url

        from shop.secure import *

        DATABASES = {"default": dj_database_url.config(default="sqlite:///db.sqlite3", conn_max_age=600)}
        DATABASES["replica"] = dj_database_url.parse("sqlite:///replica.sqlite3", conn_health_checks=True)
        """,
    "decouple-forms": {
        "settings": """
            from decouple import AutoConfig, Csv

            from shop.secure import *

            config = AutoConfig(search_path=BASE_DIR)
            ALLOWED_HOSTS = config("SHOP_HOSTS", default="shop.example", cast=Csv(post_process=tuple))
            SECURE_HSTS_SECONDS = config("SHOP_HSTS", default=0, cast=int)
            DEBUG = config("SHOP_DEBUG", default="off", cast=bool)
            """,
        "variables": {"SHOP_HOSTS": [None, "a.example", ""], "SHOP_HSTS": [None, "60"], "SHOP_DEBUG": [None, "on"]},
    },
    "decouple-uncast": {
        "settings": """
            from decouple import config

            from shop.secure import *

            DEBUG = config("SHOP_DEBUG", default=False)
            """,
        "variables": {"SHOP_DEBUG": [None, "False"]},
    },
    "environs-forms": {
        "settings": """
            from environs import env

            from shop.secure import *

            ALLOWED_HOSTS = env.list("SHOP_HOSTS", subcast=str, default=["shop.example"])
            SECRET_KEY = env.str("SHOP_KEY")
            SECURE_HSTS_SECONDS = env.timedelta("SHOP_HSTS", default=3600).seconds if False else 3600
            LOCAL = env.bool("SHOP_LOCAL", False)
            if LOCAL:
                DEBUG = True
            """,
        "variables": {"SHOP_HOSTS": [None, "a.example", ""], "SHOP_KEY": KEYS, "SHOP_LOCAL": SWITCH},
    },
    "environs-database": """
        from environs import Env

        from shop.secure import *

        env = Env()
        env.read_env(recurse=False)
        DATABASES = {"default": env.dj_db_url("DATABASE_URL", default="sqlite:///db.sqlite3")}
        """,
    "pydantic-model": {
        "settings": """
            from pydantic import Field
            from pydantic_settings import BaseSettings, SettingsConfigDict

            from shop.secure import *

            class Options(BaseSettings):
                model_config = SettingsConfigDict(env_prefix="shop_", env_file=".env", extra="ignore")

                debug: bool = False
                secret_key: str
                hsts_seconds: int = Field(default=3600)
                hosts: list[str] = Field(default_factory=list)
                redirect: bool = Field(True, validation_alias="FORCE_TLS")

            options = Options()

            DEBUG = options.debug
            SECRET_KEY = options.secret_key
            SECURE_HSTS_SECONDS = options.hsts_seconds
            SECURE_SSL_REDIRECT = options.redirect
            """,
        "variables": {
            "SHOP_DEBUG": SWITCH,
            "SHOP_SECRET_KEY": KEYS,
            "SHOP_HSTS_SECONDS": [None, "0"],
            "FORCE_TLS": [None, "false"],
        },
    },
    "pydantic-property": {
        "settings": """
            from functools import lru_cache
            from typing import Optional

            from pydantic_settings import BaseSettings

            from shop.secure import *

            class Options(BaseSettings):
                shop_stage: str = "production"
                shop_hosts: Optional[str] = None

                @property
                def is_local(self) -> bool:
                    return self.shop_stage == "local"

            @lru_cache
            def get_options():
                return Options()

            DEBUG = get_options().is_local
            """,
        "variables": {"SHOP_STAGE": [None, "local"]},
    },
    "configuration-values": {
        "configuration": "Production",
        "settings": """
            from configurations import Configuration, values

            from shop import secure


            class Base(Configuration):
                SECRET_KEY = values.SecretValue()
                DEBUG = values.BooleanValue(False)
                ALLOWED_HOSTS = values.ListValue([])
                INSTALLED_APPS = secure.INSTALLED_APPS
                MIDDLEWARE = secure.MIDDLEWARE
                TEMPLATES = secure.TEMPLATES
                ROOT_URLCONF = secure.ROOT_URLCONF
                DATABASES = secure.DATABASES
                STATIC_URL = "/static/"


            class Production(Base):
                SECURE_HSTS_SECONDS = values.IntegerValue(3600)
                SECURE_SSL_REDIRECT = values.BooleanValue(True, environ_name="FORCE_TLS", environ_prefix=None)
                SESSION_COOKIE_SECURE = True
                CSRF_COOKIE_SECURE = True
            """,
        "variables": {
            "DJANGO_SECRET_KEY": KEYS,
            "DJANGO_DEBUG": [None, "yes"],
            "DJANGO_ALLOWED_HOSTS": [None, "a.example"],
            "DJANGO_SECURE_HSTS_SECONDS": [None, "0"],
            "FORCE_TLS": [None, "no"],
        },
    },
    "configuration-base-attributes": {
        "configuration": "Production",
        "settings": """
            from configurations import Configuration

            from shop import secure


            class Base(Configuration):
                SECRET_KEY = secure.SECRET_KEY
                ALLOWED_HOSTS = []
                INSTALLED_APPS = secure.INSTALLED_APPS
                MIDDLEWARE = secure.MIDDLEWARE[1:]
                TEMPLATES = secure.TEMPLATES
                ROOT_URLCONF = secure.ROOT_URLCONF
                DATABASES = secure.DATABASES


            class Production(Base):
                ALLOWED_HOSTS = Base.ALLOWED_HOSTS + ["shop.example"]
                MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"] + Base.MIDDLEWARE
                INSTALLED_APPS = Base.INSTALLED_APPS
                CSRF_COOKIE_SECURE = True

                @property
                def SESSION_COOKIE_SECURE(self):
                    return self.CSRF_COOKIE_SECURE

                @property
                def SECURE_SSL_REDIRECT(self):
                    return not self.DEBUG

                def SECURE_HSTS_SECONDS(self):
                    return 0
            """,
    },
    "configuration-overridden-parent": {
        "configuration": "Live",
        "settings": """
            from configurations import Configuration

            from shop import secure


            class Cookies:
                SESSION_COOKIE_SECURE = True
                CSRF_COOKIE_SECURE = True


            class Base(Cookies, Configuration):
                SECRET_KEY = secure.SECRET_KEY
                ALLOWED_HOSTS = ["shop.example"]
                INSTALLED_APPS = secure.INSTALLED_APPS
                MIDDLEWARE = secure.MIDDLEWARE
                TEMPLATES = secure.TEMPLATES
                ROOT_URLCONF = secure.ROOT_URLCONF
                DATABASES = secure.DATABASES


            class Production(Base):
                SECURE_SSL_REDIRECT = True
                SECURE_HSTS_SECONDS = 60


            class Live(Production):
                SECURE_HSTS_SECONDS = Production.SECURE_HSTS_SECONDS * 60
                CSRF_COOKIE_SECURE = False

                class Meta:
                    CSRF_COOKIE_SECURE = True
            """,
    },
    "configuration-mixin-with-defaults": {
        # A mixin that is itself a Configuration brings all of Django's defaults with it.
        "configuration": "Production",
        "settings": """
            from configurations import Configuration

            from shop import secure


            class Base(Configuration):
                SECRET_KEY = secure.SECRET_KEY
                ALLOWED_HOSTS = ["shop.example"]
                SESSION_COOKIE_SECURE = True
                SECURE_SSL_REDIRECT = True
                INSTALLED_APPS = secure.INSTALLED_APPS
                MIDDLEWARE = secure.MIDDLEWARE
                ROOT_URLCONF = secure.ROOT_URLCONF


            class Cookies(Configuration):
                CSRF_COOKIE_SECURE = True


            class Production(Cookies, Base):
                SECURE_HSTS_SECONDS = 60
            """,
    },
}
