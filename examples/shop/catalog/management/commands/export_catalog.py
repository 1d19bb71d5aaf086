import csv

from django.apps import apps
from django.core.management.base import BaseCommand

from catalog.models import Product


class Command(BaseCommand):
    help = "Writes the catalogue as CSV, for the print shop."

    def add_arguments(self, parser):
        parser.add_argument("path")
        parser.add_argument("--brand")
        parser.add_argument("--category")

    def handle(self, *args, **options):
        products = Product.objects.select_related("image").filter(stock__gt=0)
        products = products.prefetch_related("tags")
        if options["category"]:
            products = products.filter(categroy__slug=options["category"])
        if options["brand"]:
            brand = apps.get_model("catalog", "Brand").objects.get(name=options["brand"])
            products = products.filter(attributes__brand=brand.name)
        with open(options["path"], "w", newline="") as file:
            writer = csv.writer(file)
            for product in products:
                tags = ", ".join(tag.name for tag in product.tags.order_by("name"))
                writer.writerow([product.sku, product.name, product.category.name, tags])
        print(f"wrote {products.count()} products")
