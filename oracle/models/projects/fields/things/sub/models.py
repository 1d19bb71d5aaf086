from django.db import models


class Deep(models.Model):
    """The innermost app that contains the module owns it."""

    thing = models.ForeignKey("things.Thing", on_delete=models.CASCADE)
