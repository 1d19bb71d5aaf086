SECRET_KEY = "oracle"
ROOT_URLCONF = "project_urls"
USE_TZ = True
STATIC_URL = "/static/"
MEDIA_URL = "/media/"
MEDIA_ROOT = "/tmp"
FEATURE_BLOG = True
FEATURE_OFF = False
LANGUAGES = [("en", "English"), ("de", "German")]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.flatpages",
    "django.contrib.sites",
    "django.contrib.staticfiles",
    "shop",
    "blog",
]
