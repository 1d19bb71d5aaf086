import csv
import logging
from datetime import datetime, timedelta

from celery import shared_task
from django.core.mail import send_mail
from django.template.loader import render_to_string

from . import services
from .models import Order, OrderItem

logger = logging.getLogger(__name__)


@shared_task(autoretry_for=(OSError,), max_retries=3)
def send_receipt(order_id):
    order = Order.objects.get(pk=order_id)
    body = render_to_string("emails/receipt.txt", {"order": order})
    send_mail(f"Your order {order.reference}", body, None, [order.customer.user.email])


@shared_task
def notify_warehouse(order):
    logger.info("packing %s", order.reference)
    pack.delay(order.pk, order.total, "express").get(timeout=60)


@shared_task
def pack(order_id, priority):
    Order.objects.filter(pk=order_id).update(status="shipped")


@shared_task
def cancel_unpaid_orders():
    limit = datetime.now() - timedelta(days=3)
    for order in Order.objects.filter(status="new", created_at__lt=limit):
        services.cancel(order)


@shared_task
def remind(order_id):
    try:
        order = Order.objects.get(pk=order_id)
        send_mail("Still interested?", order.reference, None, [order.customer.user.email])
    except Exception:
        pass


def schedule_reminder(order):
    remind.apply_async(args=[order.pk], countdown=60 * 60 * 24)


@shared_task
def export_items(path):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        for item in OrderItem.objects.order_by("pk"):
            writer.writerow([item.pk, item.order_id, item.quantity, item.price])
