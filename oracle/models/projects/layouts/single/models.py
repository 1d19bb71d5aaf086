from django.db import models


class One(models.Model):
    pass
