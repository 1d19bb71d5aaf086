from django.db import models

from chained import abstract


class A(abstract.Shared):
    b = models.ForeignKey("B", models.CASCADE)
