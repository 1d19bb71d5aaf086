from django.db import models


class Two(models.Model):
    """Two configurations and no default: the plain AppConfig is taken."""
