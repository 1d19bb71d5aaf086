from django.conf import settings
from django.db import models

import catalogue.models
from catalogue.models import Book as B


class Review(models.Model):
    book = models.ForeignKey(B, models.CASCADE)
    author = models.ForeignKey(catalogue.models.Author, models.CASCADE, related_name="reviewed_by")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    also = models.ManyToManyField(to="catalogue.Book", related_name="also_reviewed", through="ReviewedAlso")


class ReviewedAlso(models.Model):
    review = models.ForeignKey("reviews.Review", models.CASCADE)
    book = models.ForeignKey("catalogue.book", models.CASCADE)
