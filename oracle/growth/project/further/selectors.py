from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.db.models import Prefetch

from catalog.models import Author, Book, Contribution, Note
from further.models import OpenOrder
from sales.models import Customer, Order


def credits_of_authors():
    contributions = Contribution.objects.exclude(role="").select_related("book")
    authors = Author.objects.order_by("name").prefetch_related(
        Prefetch("contributions", queryset=contributions, to_attr="credits")
    )
    for author in authors:
        yield author.name, [_credit(contribution) for contribution in author.credits]


def _credit(contribution):
    book = contribution.book
    imprint = f"{book.publisher}, {book.published_on:%Y}"  # grows: ORM001
    return f"{contribution.role} of {book.title} ({imprint})"


def remarks():
    """The notes of the staff, each with the name of what it is about."""
    subjects = GenericPrefetch(
        "content_object", [Book.objects.select_related("author"), Author.objects.all()]
    )
    for note in Note.objects.prefetch_related(subjects):
        yield f"{_subject_name(note.content_object)}: {note.text}"


def _subject_name(subject):
    if isinstance(subject, Book):
        return f"{subject.title} by {subject.author.name}"
    return subject.name


def day_sheet():
    return [
        {
            "number": order.pk,
            "customer": order.customer.name,
            "contents": order.contents,
            "value": order.value,
        }
        for order in OpenOrder.objects.with_contents()
    ]


def reading_lists(wanted=frozenset({"tag001", "tag002"})):
    """The favourites of each customer that have a wanted tag, and how many there are in all."""
    lists = {}
    for customer in Customer.objects.prefetch_related("favourites__tags"):
        shelf = customer.favourites.all()
        matching = [book for book in shelf if wanted & {tag.name for tag in book.tags.all()}]
        lists[customer.name] = sorted(book.title for book in matching), shelf.count()
    return lists


def account_of(customer_id):
    customer = Customer.objects.prefetch_related("orders__lines").get(pk=customer_id)
    sizes = [len(order.lines.all()) for order in customer.orders.all()]
    unpaid = customer.orders.filter(status=Order.Status.NEW)
    return {"orders": len(sizes), "lines": sum(sizes), "unpaid": unpaid.count()}


def marked_favourites(customer_id):
    """All books, with a star at those that the customer likes."""
    favourites = Customer.objects.get(pk=customer_id).favourites.all()
    for book in Book.objects.order_by("title"):
        yield f"* {book.title}" if book in favourites else book.title
