from django.core.management.base import BaseCommand

from sales.models import Order, Shipment


class Command(BaseCommand):
    help = "Takes the shipments of orders away that were never paid."

    def handle(self, *args, **options):
        unpaid = Order.objects.filter(status=Order.Status.NEW)
        deleted, _ = Shipment.objects.filter(order__in=unpaid).delete()
        unpaid.update(remark="")
        for order in unpaid.only("pk"):
            self.stdout.write(f"archived {order.pk}")
        self.stdout.write(f"{deleted} shipments")
