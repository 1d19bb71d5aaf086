from django.db.models.signals import post_save
from django.dispatch import receiver

from sales.models import Order, Shipment


@receiver(post_save, sender=Shipment)
def mark_as_sent(sender, instance, created, **kwargs):
    if created:
        Order.objects.filter(pk=instance.order_id).update(status=Order.Status.SENT)
