SECRET_KEY = "oracle"
USE_TZ = True
LANGUAGES = [("en", "English"), ("de", "German"), ("pt-br", "Brazilian")]
LANGUAGE_CODE = "en"
MODELTRANSLATION_DEFAULT_LANGUAGE = "en"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = [
    "modeltranslation",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.flatpages",
    "django.contrib.redirects",
    "django.contrib.messages",
    "django.contrib.admin",
    "taggit",
    "mptt",
    "treebeard",
    "simple_history",
    "polymorphic",
    "guardian",
    "parler",
    "rest_framework",
    "rest_framework.authtoken",
    "modelcluster",
    "ordered_model",
    "solo",
    "library",
]
