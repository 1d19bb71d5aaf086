from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.test import TestCase
from django.urls import reverse

from catalog.models import Product
from customers.models import Customer
from orders import services
from orders.models import Order, OrderItem


class OrderTests(TestCase):
    fixtures = ["fixtures/shop.json"]
    made = []

    def setUp(self):
        self.user = User.objects.create_user("ada", "ada@example.com", "pw")
        self.product = Product.objects.get(slug="rosin")
        self.customer = Customer.objects.create(user=self.user, store=self.product.store)
        self.order = Order.objects.create(
            reference=services.new_reference(), customer=self.customer, store=self.product.store
        )

    def test_a_total(self):
        OrderItem.objects.create(
            order=self.order, product=self.product, quantity=2, price=self.product.price
        )
        self.order.recompute_total()
        self.made.append(self.order.total)
        self.assertEqual(self.order.total, Decimal("19.80"))

    def test_b_total_was_recorded(self):
        self.assertEqual(self.made, [Decimal("19.80")])

    def test_reference_starts_with_today(self):
        self.assertTrue(self.order.reference.startswith(f"{datetime.now():%y%m%d}"))

    def test_cancel_gives_stock_back(self):
        OrderItem.objects.create(
            order=self.order, product=self.product, quantity=2, price=self.product.price
        )
        services.cancel(self.order)
        self.product.refresh_from_db()
        self.assertEqual(self.product.stock, 14)

    def test_list_needs_login(self):
        response = self.client.get(reverse("orders:list"))
        self.assertRedirects(
            response, f"{reverse('customers:login')}?next={reverse('orders:list')}"
        )

    def test_list(self):
        self.client.force_login(self.user)
        self.client.get(reverse("orders:list"))
