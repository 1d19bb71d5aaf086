from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "oracle"
USE_TZ = True
DEFAULT_AUTO_FIELD = "project.keys.BigKey"
DJANGO_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.postgres"]
LOCAL_APPS = ["things", "things.sub"]
INSTALLED_APPS = DJANGO_APPS + LOCAL_APPS
