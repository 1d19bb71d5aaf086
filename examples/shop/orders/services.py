from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import get_random_string

from .models import Coupon, Order, OrderItem, Return


@transaction.atomic
def cancel(order):
    """Give the stock back and mark the order; safe to call twice."""
    order = Order.objects.select_for_update().get(pk=order.pk)
    if order.status == "cancelled":
        return order
    for item in order.items.select_related("product"):
        type(item.product).objects.filter(pk=item.product_id).update(
            stock=F("stock") + item.quantity
        )
    order.status = "cancelled"
    order.save(update_fields=["status", "updated_at"])
    return order


def new_reference():
    return f"{timezone.now():%y%m%d}-{get_random_string(6).upper()}"


def apply_coupon(order, code):
    coupon = Coupon.objects.get(code=code)
    if coupon.expired:
        return order
    coupon.used = coupon.used + 1
    coupon.save()
    order.coupon = coupon
    order.total = Decimal(float(order.total) * (1 - coupon.percent / 100))
    order.save()
    return order


def copy_order(order):
    copy = Order.objects.create(
        reference=new_reference(), customer=order.customer, store=order.store
    )
    for item in order.items.all():
        OrderItem.objects.create(
            order=copy, product=item.product, quantity=item.quantity, price=item.product.price
        )
    return copy


def reserve(order):
    order = Order.objects.select_for_update().get(pk=order.pk)
    for item in order.items.all():
        item.product.stock -= item.quantity
        item.product.save()


def reserve_together(products):
    with transaction.atomic():
        for product in products:
            locked = type(product).objects.select_for_update().get(pk=product.pk)
            locked.stock -= 1
            locked.save()


def open_return(order, reason):
    with transaction.atomic():
        try:
            return Return.objects.create(order=order, reason=reason)
        except IntegrityError:
            return Return.objects.get(order=order)


def shipped_today():
    return Order.objects.filter(status="shiped", updated_at__date=timezone.localdate())
