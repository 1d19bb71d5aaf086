import unittest

import requests
from django.test import TestCase
from django.urls import reverse


class CatalogPageTests(TestCase):
    fixtures = ["fixtures/shop.json"]

    def test_list_shows_products(self):
        response = self.client.get(reverse("catalog:product-list"))
        self.assertEqual(response.status_code, 200)
        self.assertContains(response, "Rosin")

    def test_search_by_sku(self):
        response = self.client.get(reverse("catalog:search"), {"q": "ros-1"})
        self.assertContains(response, "Rosin")


class StockFeedTests(TestCase):
    @unittest.skip
    def test_feed_is_there(self):
        response = requests.get("http://feeds.wholesale.example/stock.csv")
        self.assertEqual(response.status_code, 200)
