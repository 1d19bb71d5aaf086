from .local import *

DEBUG = False

MIDDLEWARE = [item for item in MIDDLEWARE if not item.startswith("debug_toolbar.")]
DEBUG_TOOLBAR_CONFIG = {"IS_RUNNING_TESTS": False}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
