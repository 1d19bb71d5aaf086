SECRET_KEY = "oracle"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", "base", "shop"]
