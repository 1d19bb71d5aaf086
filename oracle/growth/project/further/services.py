import csv
from decimal import ROUND_UP, Decimal
from itertools import islice

from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string

from catalog.models import Book, Review
from further.signals import order_packed
from sales.models import Customer, Order


@transaction.atomic
def pack_orders():
    packed = []
    for order in Order.objects.filter(status=Order.Status.PAID).prefetch_related("lines"):
        order_packed.send(sender=Order, order=order)
        packed.append(order.pk)
    return Order.objects.filter(pk__in=packed).update(status=Order.Status.SENT)


def receive_delivery(stream):
    """Reads the delivery note of a publisher, and gives back what nobody has ordered."""
    delivered, unknown = [], []
    for record in csv.DictReader(stream):
        try:
            book = Book.objects.get(isbn=record["isbn"])  # grows: ORM007
        except Book.DoesNotExist:
            unknown.append(record["isbn"])
            continue
        book.stock += int(record["copies"])
        delivered.append(book)
    Book.objects.bulk_update(delivered, ["stock"])
    return unknown


def in_chunks(rows, size):
    rows = iter(rows)
    while chunk := list(islice(rows, size)):
        yield chunk


def round_prices(step=Decimal("0.50")):
    changed = 0
    for chunk in in_chunks(Book.objects.order_by("pk").iterator(), 250):
        for book in chunk:
            book.price = (book.price / step).to_integral_value(ROUND_UP) * step
        with transaction.atomic():
            changed += Book.objects.bulk_update(chunk, ["price"])
    return changed


async def recommend_newest():
    newest = await Book.objects.order_by("-published_on").afirst()
    recommended = 0
    async for customer in Customer.objects.exclude(is_wholesale=True):
        await customer.favourites.aadd(newest)  # grows: ORM008
        recommended += 1
    return recommended


def review_digest():
    reviews = Review.objects.good().select_related("book", "reader")
    text = render_to_string("further/digest.txt", {"reviews": reviews, "site": "Bookshop"})
    return EmailMessage("Good reviews", text, to=["editors@example.org"])
