from datetime import timedelta

from django.core.management.base import BaseCommand
from django.utils import timezone

from sales.models import Order

PATIENCE = {Order.Status.NEW: 14, Order.Status.PAID: 3}


class Command(BaseCommand):
    help = "Leaves a remark at orders that have waited for too long."

    def add_arguments(self, parser):
        parser.add_argument("--remark", default="Waits for too long.")

    def handle(self, *args, remark, **options):
        for status, days in PATIENCE.items():
            late = Order.objects.filter(
                status=status, placed_at__lt=timezone.now() - timedelta(days=days)
            )
            changed = late.update(remark=remark)
            self.stdout.write(f"{changed} orders are {status.label.lower()} for too long")
