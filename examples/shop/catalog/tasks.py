import csv
import subprocess

import requests
from celery import shared_task
from django.conf import settings

from .models import Product


@shared_task
def sync_stock():
    response = requests.get(settings.STOCK_FEED_URL)
    for row in csv.DictReader(response.text.splitlines()):
        product = Product.objects.get(sku=row["sku"])
        product.stock = int(row["stock"])
        product.save()


@shared_task(acks_late=True)
def announce_price(product_id, old_price):
    product = Product.objects.get(pk=product_id)
    requests.post(
        f"{settings.PRICE_WATCH_URL}/changes",
        json={"sku": product.sku, "old": old_price, "new": str(product.price)},
    )


@shared_task(bind=True, max_retries=5)
def make_thumbnail(self, path, size):
    try:
        subprocess.run(f"convert {path} -resize {size} {path}.thumb", shell=True, check=True)
    except subprocess.CalledProcessError as error:
        raise self.retry(exc=error)


@shared_task
def rebuild_search_text():
    for product in Product.objects.all():
        product.save()
