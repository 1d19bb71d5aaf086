"""Values that are made from rows: dataclasses, named tuples, services with a memory."""

from collections import Counter
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache, wraps
from typing import Iterable, NamedTuple

from catalog.models import Author, Book, Category, Country
from sales.models import Customer, Order


@dataclass
class BookSummary:
    title: str
    author: str

    @classmethod
    def of(cls, book):
        return cls(title=book.title, author=book.author.name)  # grows: ORM001


@dataclass
class PriceSummary:
    title: str
    price: float

    @classmethod
    def of(cls, book: Book) -> "PriceSummary":
        return cls(title=book.title, price=float(book.price))


class OrderRow(NamedTuple):
    number: int
    customer: str
    lines: int


def summaries_of_books():
    return [asdict(BookSummary.of(book)) for book in Book.objects.all()]


def summaries_of_prices():
    return [asdict(PriceSummary.of(book)) for book in Book.objects.all()]


def rows_of_orders():
    orders = Order.objects.prefetch_related("lines")
    return [
        OrderRow(
            number=order.pk,
            customer=order.customer.name,  # grows: ORM001
            lines=len(order.lines.all()),
        )
        for order in orders
    ]


def rows_of_joined_orders():
    orders = Order.objects.select_related("customer").prefetch_related("lines")
    return [
        OrderRow(order.pk, order.customer.name, len(order.lines.all())) for order in orders
    ]


class Stocktaking:
    """Fetches the books once, whatever is asked of it."""

    def __init__(self, category=None):
        self.category = category

    @cached_property
    def books(self):
        books = Book.objects.select_related("category")
        return list(books.filter(category=self.category) if self.category else books)

    @cached_property
    def total(self):
        return sum(book.stock for book in self.books)

    def share(self, book):
        return book.stock / self.total

    def shares(self):
        return {book.title: self.share(book) for book in self.books}

    def by_category(self):
        totals = Counter()
        for book in self.books:
            totals[book.category.name] += book.stock
        return totals


class CarelessStocktaking:
    """The same, but nothing is kept."""

    @property
    def books(self):
        return Book.objects.all()

    @property
    def total(self):
        return sum(book.stock for book in self.books)  # grows: ORM007

    def share(self, book):
        return book.stock / self.total

    def shares(self):
        return {book.title: self.share(book) for book in self.books}


def stock_shares():
    taking = Stocktaking()
    return taking.shares(), taking.by_category()


def careless_stock_shares():
    return CarelessStocktaking().shares()


def stocktaking_of_each_category():
    totals = []
    for category in Category.objects.all():
        totals.append(_stock_of(category))
    return totals


def _stock_of(category):
    books = Book.objects.filter(category=category)
    return sum(book.stock for book in books)  # grows: ORM007


def logged(function):
    """Keeps the function, and says that it ran."""

    @wraps(function)
    def wrapper(*args, **kwargs):
        logged.calls.append(function.__name__)
        return function(*args, **kwargs)

    return wrapper


logged.calls = []


def as_list(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        return list(function(*args, **kwargs))

    return wrapper


@logged
def customers_of_orders():
    return [order.customer.name for order in Order.objects.all()]  # grows: ORM001


@logged
def customers_of_joined_orders():
    return [order.customer.name for order in Order.objects.select_related("customer")]


@as_list
def books_as_list():
    yield from Book.objects.order_by("title")


def publishers_of_a_decorated_list():
    return {book.publisher.name for book in books_as_list()}  # grows: ORM001


@as_list
def joined_books_as_list():
    return Book.objects.select_related("publisher")


def publishers_of_a_decorated_joined_list():
    return {book.publisher.name for book in joined_books_as_list()}


def _all_books() -> Iterable[Book]:
    return Book.objects.with_people()


def _other_books() -> Iterable[Book]:
    return Book.objects.published()


def describe(books: Iterable[Book]):
    return [book.author.name for book in books]  # grows: ORM001


def describe_joined(books: Iterable[Book]):
    return [book.author.name for book in books]


def described_books():
    return describe(_other_books())


def described_joined_books():
    return describe_joined(_all_books())


def names_of_countries():
    @lru_cache(maxsize=None)
    def names():
        return dict(Country.objects.values_list("pk", "name"))

    return [names()[author.country_id] for author in Author.objects.all()]


def country_by_a_memory():
    @lru_cache(maxsize=None)
    def name(country_id):
        return Country.objects.get(pk=country_id).name  # grows: ORM007

    return [name(author.country_id) for author in Author.objects.all()]


def customers_in_segments():
    segments = {"wholesale": [], "retail": []}
    for customer in Customer.objects.all():
        segment = "wholesale" if customer.is_wholesale else "retail"
        segments[segment].append(customer)
    return {name: _mails(customers) for name, customers in segments.items()}


def _mails(customers):
    return [customer.user.email for customer in customers]  # grows: ORM001


def customers_in_joined_segments():
    segments = {"wholesale": [], "retail": []}
    for customer in Customer.objects.select_related("user"):
        segments["wholesale" if customer.is_wholesale else "retail"].append(customer)
    return {
        name: [customer.user.email for customer in customers]
        for name, customers in segments.items()
    }
