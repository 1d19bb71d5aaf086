from django.core.management.base import BaseCommand

from sales.models import Order


class Command(BaseCommand):
    help = "Prints an address label for each order that is to be sent."

    def handle(self, *args, **options):
        for order in Order.objects.filter(status=Order.Status.PAID):
            self.stdout.write(self.label(order))

    def label(self, order):
        address = order.customer.addresses.first()  # grows: ORM001, ORM007
        return f"{order.customer.name}\n{address.street}\n{address.city}"
