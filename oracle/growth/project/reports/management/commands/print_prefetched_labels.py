from django.core.management.base import BaseCommand

from sales.models import Order


class Command(BaseCommand):
    help = "Prints an address label for each order that is to be sent."

    def add_arguments(self, parser):
        parser.add_argument("--status", default=Order.Status.PAID)

    def handle(self, *args, **options):
        orders = Order.objects.filter(status=options["status"])
        for order in orders.prefetch_related("customer__addresses"):
            self.stdout.write(self.label(order))

    def label(self, order):
        address = order.customer.addresses.first()
        return f"{order.customer.name}\n{address.street}\n{address.city}"
