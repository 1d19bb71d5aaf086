from django.db import models


class OnlyInViews(models.Model):
    """Registered once the urlconf is loaded, which setup() does not do."""
