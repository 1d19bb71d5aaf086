from django.db import models


class NeverRegistered(models.Model):
    """Nothing imports this module."""

    book = models.ForeignKey("catalogue.Book", models.CASCADE)
