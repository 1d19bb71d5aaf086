from .base import *

EMAIL_BACKEND = "core.mail.QueuedEmailBackend"

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

SESSION_ENGINE = "django.contrib.sessions.backends.cache"
SESSION_COOKIE_SECURE = True

CSRF_TRUSTED_ORIGINS = ["https://shop.example.com", "https://*.shop.example.com"]
X_FRAME_OPTIONS = "SAMEORIGIN"

ADMINS = [("Shop", "ops@example.com")]
