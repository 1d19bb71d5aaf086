"""What is worked out of all rows in Python, of tables with rows and of none."""

from django.utils import timezone

from catalog.models import Book, Edition
from sales.models import OrderLine


def pieces_sold():
    return sum(line.quantity for line in OrderLine.objects.all())


def pieces_sold_of_nothing():
    return sum(line.quantity for line in OrderLine.objects.filter(quantity__lt=0))


def turnover():
    lines = OrderLine.objects.order_by("pk")
    return round(sum([line.quantity * line.unit_price for line in lines]), 2)


def turnover_of_nothing():
    return sum(
        line.unit_price * line.quantity for line in OrderLine.objects.filter(quantity__gt=1_000)
    )


def stock_in_a_loop():
    stock = 7
    for book in Book.objects.filter(price__gt=0):
        stock += book.stock
    return stock


def stock_in_a_loop_over_nothing():
    stock = 0
    for book in Book.objects.filter(price__lt=0):
        stock += book.stock - 1
    return stock


def stock_by_column():
    return sum(Book.objects.values_list("stock", flat=True)) * 2


def newest_year():
    return max((edition.year for edition in Edition.objects.all()), default=None)


def newest_year_of_nothing():
    return max((edition.year for edition in Edition.objects.filter(year=0)), default=None)


def oldest_day():
    return min(Book.objects.values_list("published_on", flat=True), default=None)


def oldest_day_of_nothing():
    future = timezone.now().date()
    published = min(
        Book.objects.filter(published_on__gt=future).values_list("published_on", flat=True),
        default=None,
    )
    return published


def largest_stock_of_nothing():
    return max((book.stock for book in Book.objects.filter(stock__lt=0)), default=0)


def newest_year_or_failure():
    """Says otherwise of an empty table than the database does."""
    try:
        return max(edition.year for edition in Edition.objects.filter(year=0))
    except ValueError:
        return "none"


def last_of_all():
    """The row is wanted behind the loop."""
    stock = 0
    for book in Book.objects.order_by("pk"):
        stock += book.stock
    return stock, book.title


def shown_and_added():
    """The rows serve something else."""
    books = Book.objects.order_by("pk")
    return [book.title for book in books], sum(book.stock for book in books)


def of_a_property():
    return sorted({len(book.price_tag) for book in Book.objects.all()})


def sum_of_lengths():
    return sum(len(book.title) for book in Book.objects.all())
