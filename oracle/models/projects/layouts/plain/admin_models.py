from django.db import models


class OnlyInAdmin(models.Model):
    """Autodiscovery of admin modules registers it."""
