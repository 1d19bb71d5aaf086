SECRET_KEY = "oracle"
USE_TZ = True
ENABLE_EXTRAS = False
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "plain",
    "single",
    "several",
    "several.child.apps.ChildConfig",
    "chained",
    "namespace.app",
    "named.Config",
]
