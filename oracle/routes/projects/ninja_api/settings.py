SECRET_KEY = "oracle"
ROOT_URLCONF = "urls"
USE_TZ = True
INSTALLED_APPS = ["events"]
