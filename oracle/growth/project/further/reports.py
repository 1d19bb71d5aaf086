"""What the shop wants to know at the end of the month."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from heapq import nlargest
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from catalog.models import Book, Review
from further.tables import Column, as_csv, as_dict, column
from sales.models import Order, OrderLine, Shipment


def turnover_by_country():
    """By the country of the publisher; books without one are sold for the shop itself."""
    lines = OrderLine.objects.select_related("book__publisher", "order").order_by("order_id")
    turnover = defaultdict(Decimal)
    for line in lines:
        turnover[_country_code(line.book.publisher)] += line.quantity * line.unit_price
    return dict(turnover)


def _country_code(publisher):
    if publisher is None:
        return "--"
    return publisher.country.code  # grows: ORM001


@as_dict
def turnover_by_author():
    lines = OrderLine.objects.select_related("book__author__country").order_by(
        "book__author__country__code", "book__author__name"
    )
    for country, sold in groupby(lines, key=lambda line: line.book.author.country):
        by_author = groupby(sold, key=attrgetter("book.author.name"))
        yield country.code, {name: _sum_of(of_author) for name, of_author in by_author}


def _sum_of(lines):
    return sum(line.quantity * line.unit_price for line in lines)


@dataclass(frozen=True)
class Ticket:
    """Hangs on the shelf until the order is packed."""

    position: int
    order: Order

    @property
    def recipient(self):
        return self.order.customer.name.upper()  # grows: ORM001

    def __str__(self):
        return f"{self.position}. {self.recipient} ({self.order.get_status_display()})"


def pick_list():
    new = Order.objects.filter(status=Order.Status.NEW)
    paid = Order.objects.filter(status=Order.Status.PAID)
    waiting = (new | paid).order_by("placed_at")
    tickets = [Ticket(position, order) for position, order in enumerate(waiting, start=1)]
    return "\n".join(map(str, tickets))


class Parcel(NamedTuple):
    shipment: Shipment
    order: Order

    def label(self):
        return f"{self.order.customer.name}: {self.shipment.tracking_code}"


def parcel_labels(carrier="Post"):
    orders = Order.objects.select_related("customer").in_bulk()
    parcels = [
        Parcel(shipment, orders[shipment.order_id])
        for shipment in Shipment.objects.filter(carrier=carrier)
    ]
    return [parcel.label() for parcel in sorted(parcels, key=lambda p: p.order.placed_at)]


REVIEW_COLUMNS = [
    column("stars"),
    column("book.title"),
    Column("shelf", lambda review: review.book.category.name),  # grows: ORM001
    Column("length", lambda review: len(review.text)),
]


def review_sheet():
    reviews = Review.objects.select_related("book").exclude(text="")
    return as_csv(REVIEW_COLUMNS, reviews)


PRICE_LIST = ("isbn", "title", "price", "publisher_id")


def price_list():
    books = Book.objects.filter(stock__gt=0).only(*PRICE_LIST)
    return as_csv([column(name) for name in PRICE_LIST], books)


def largest_stocks(amount=3):
    largest = nlargest(amount, Book.objects.all(), key=attrgetter("stock", "price"))
    return [f"{book.stock} x {book.title}, {book.publisher.name}" for book in largest]


def teasers_of_reviewed_books():
    reviews = Review.objects.filter(stars=5).select_related("book").defer("book__description")
    return {review.pk: _teaser(review.book) for review in reviews}


def _teaser(book, length=60):
    text = book.description  # grows: ORM009
    return f"{text[:length]}..." if len(text) > length else text


def orders_by_hour():
    """How many orders came in, for the hours that had any."""
    counts = []
    for hour in Order.objects.datetimes("placed_at", "hour"):
        end = hour + timedelta(hours=1)
        placed = Order.objects.filter(placed_at__gte=hour, placed_at__lt=end)  # built: ORM007
        counts.append((hour, placed.count()))  # grows: ORM007
    return counts


def orders_by_status():
    counts = {}
    for status, label in Order.Status.choices:
        placed = Order.objects.filter(status=status)
        counts[label] = placed.count()
    return counts
