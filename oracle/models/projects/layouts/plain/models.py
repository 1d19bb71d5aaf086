from django.conf import settings
from django.db import models

try:
    import not_there_at_all
except ImportError:
    not_there_at_all = None

from .deep.inner import Inner  # noqa: F401


class Outer(models.Model):
    class Nested(models.Model):
        """A class within a class is registered under its own name."""

        outer = models.ForeignKey("plain.Outer", models.CASCADE)


if settings.ENABLE_EXTRAS:

    class Extra(models.Model):
        pass


if not settings.ENABLE_EXTRAS and "plain" in settings.INSTALLED_APPS:

    class Fallback(models.Model):
        pass

else:

    class Never(models.Model):
        pass
