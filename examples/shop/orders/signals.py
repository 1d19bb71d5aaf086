from django.db.models.signals import post_save
from django.dispatch import receiver

from .models import Order
from .tasks import send_receipt


@receiver(post_save, sender=Order)
def receipt_when_paid(sender, instance, created, **kwargs):
    if not created and instance.status == "paid":
        send_receipt.delay(instance.pk)
