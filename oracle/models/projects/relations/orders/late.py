from django.db import models

from catalogue.models import Book


class LateBooking(models.Model):
    """Registered because ready() imports this module."""

    book = models.ForeignKey(Book, models.CASCADE)
