from django.contrib.auth.models import User
from django.test import TestCase

from catalog.models import Category, Product, Review
from core.models import Store
from customers.models import Customer


class ProductTests(TestCase):
    def setUp(self):
        self.store = Store.objects.create(name="Berlin", subdomain="berlin")
        self.category = Category.objects.create(name="Strings", slug="strings")
        self.product = Product.objects.create(
            name="Silk string", slug="silk-string", sku="STR-1", category=self.category,
            store=self.store, price="12.50", stock=3,
        )

    def test_search_text_follows_the_name(self):
        self.assertEqual(self.product.search_text, "silk string str-1")

    def test_available_needs_stock(self):
        Product.objects.filter(pk=self.product.pk).update(stock=0)
        self.assertFalse(Product.objects.available().exists())

    def test_sold_out(self):
        Product.objects.filter(pk=self.product.pk).update(stock=0)
        self.assertEqual(self.product.stock, 3)

    def test_rating(self):
        user = User.objects.create_user("ada")
        customer = Customer.objects.create(user=user, store=self.store)
        Review.objects.create(product=self.product, customer=customer, stars=4)
        self.product.average_rating()
