SECRET_KEY = "oracle"
ROOT_URLCONF = "urls"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "rest_framework.authtoken",
    "api",
]
REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": ["api.rules.IsOwner"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "DEFAULT_THROTTLE_RATES": {"anon": "1/day", "user": "2/day"},
    "PAGE_SIZE": 10,
}
