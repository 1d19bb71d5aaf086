from django.db import models


class Reward(models.Model):
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.CASCADE, related_name="rewards"
    )
    title = models.CharField(max_length=80)
    cost = models.PositiveIntegerField()

    def __str__(self):
        return self.title
