from django.db import models


class Inner(models.Model):
    class Meta:
        app_label = "plain"
