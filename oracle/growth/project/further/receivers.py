from django.dispatch import receiver

from further.signals import order_packed
from sales.models import StockMovement


@receiver(order_packed)
def take_from_stock(sender, order, **kwargs):
    movements = [
        StockMovement(book_id=line.book_id, change=-line.quantity, reason="packed")
        for line in order.lines.all()
    ]
    StockMovement.objects.bulk_create(movements)  # grows: ORM008
