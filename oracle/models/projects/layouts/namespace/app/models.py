from django.db import models

import chained.models as other
from chained.models import Renamed


class InNamespace(models.Model):
    a = models.ForeignKey(other.A, models.CASCADE)
    b = models.ForeignKey(Renamed, models.CASCADE)
