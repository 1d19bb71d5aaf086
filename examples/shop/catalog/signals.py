import requests
from django.conf import settings
from django.core.cache import cache
from django.db.models.signals import post_save
from django.dispatch import receiver

from .models import Product, Review


@receiver(post_save, sender=Review)
def forget_rating(sender, instance, **kwargs):
    cache.delete(f"product-rating-{instance.product_id}")


@receiver(post_save, sender=Product)
def publish_to_search(sender, instance, **kwargs):
    url = getattr(settings, "SEARCH_INDEX_URL", None)
    if url:
        requests.post(url, json={"id": instance.pk, "text": instance.search_text})
