from django.db import models


class Three(models.Model):
    two = models.ForeignKey("several.Two", models.CASCADE)
    self_by_label = models.ForeignKey("offspring.Three", models.CASCADE, null=True)
