from django.db import models


def key():
    return models.ForeignKey


class B(models.Model):
    pass
