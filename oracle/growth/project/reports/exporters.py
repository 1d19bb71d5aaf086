"""Exports: a base class goes through the rows, its children say what a line is."""

import csv
import io

from catalog.models import Book, Edition, Publisher
from sales.models import Customer, Order, OrderLine


class Export:
    """Writes a heading, and one line for each row."""

    headings = ()

    def queryset(self):
        raise NotImplementedError

    def line(self, row):
        return [row.pk, str(row)]

    def lines(self):
        for row in self.queryset():
            yield self.line(row)

    def as_csv(self):
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(self.headings)
        writer.writerows(self.lines())
        return out.getvalue()


class OrderExport(Export):
    headings = ("number", "customer")

    def queryset(self):
        return Order.objects.filter(status="new")

    def line(self, row):
        return [row.pk, row.customer.name]  # grows: ORM001


class JoinedOrderExport(Export):
    headings = ("number", "customer", "mail")

    def queryset(self):
        return Order.objects.filter(status="new").select_related("customer__user")

    def line(self, row):
        return [row.pk, row.customer.name, row.customer.user.email]


class PlainOrderExport(OrderExport):
    """Inherits the rows, and asks less of them."""

    def line(self, row):
        return [row.pk, row.customer_id]


class LongOrderExport(JoinedOrderExport):
    headings = (*JoinedOrderExport.headings, "coupon")

    def line(self, row):
        coupon = row.coupon.code if row.coupon else ""  # grows: ORM001
        return [*super().line(row), coupon]


class LongJoinedOrderExport(JoinedOrderExport):
    headings = (*JoinedOrderExport.headings, "coupon")

    def queryset(self):
        return super().queryset().select_related("coupon")

    def line(self, row):
        return [*super().line(row), row.coupon.code if row.coupon else ""]


class EditionExport(Export):
    """Keeps the line of the base class, which asks each row for its name."""

    def queryset(self):
        return Edition.objects.all()


class JoinedEditionExport(EditionExport):
    def queryset(self):
        return super().queryset().select_related("book")

    def line(self, row):
        return [row.pk, row.binding, row.book.title]


class TitlesMixin:
    def line(self, row):
        return [row.quantity, self.title_of(row)]

    def title_of(self, row):
        return row.book.title  # grows: ORM001


class LineExport(TitlesMixin, Export):
    def queryset(self):
        return OrderLine.objects.select_related("order")


class ForOnePublisher(Export):
    """Gets its rows from the relation of one object."""

    def __init__(self, publisher_id):
        self.publisher = Publisher.objects.get(pk=publisher_id)

    def queryset(self):
        return self.publisher.books.all()

    def line(self, row):
        return [row.publisher.name, row.title]


class AuthorsForOnePublisher(ForOnePublisher):
    def line(self, row):
        return [row.author.name, row.title]  # grows: ORM001


class CustomerExport(Export):
    """Fetches what its lines need before the first of them."""

    def queryset(self):
        return Customer.objects.order_by("name")

    def line(self, row):
        return [row.name, self.mails[row.user_id]]

    def lines(self):
        users = Customer.objects.values_list("user_id", "user__email")
        self.mails = dict(users)
        return super().lines()


def export_orders():
    return OrderExport().as_csv()


def export_joined_orders():
    return JoinedOrderExport().as_csv()


def export_plain_orders():
    return PlainOrderExport().as_csv()


def export_long_orders():
    return LongOrderExport().as_csv()


def export_long_joined_orders():
    return LongJoinedOrderExport().as_csv()


def export_editions():
    return EditionExport().as_csv()


def export_joined_editions():
    return JoinedEditionExport().as_csv()


def export_lines():
    return LineExport().as_csv()


def export_publisher(publisher_id):
    return ForOnePublisher(publisher_id).as_csv()


def export_authors_of_publisher(publisher_id):
    return AuthorsForOnePublisher(publisher_id).as_csv()


def export_customers():
    return CustomerExport().as_csv()


def count_books_on_stock():
    return sum(book.stock for book in Book.objects.only("stock"))
