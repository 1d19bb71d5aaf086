"""Reading foreign keys of many rows."""

import logging

from catalog.models import Author, AuthorProfile, Book, EBook, Review
from sales.models import Order, OrderLine

logger = logging.getLogger(__name__)


def author_of_each_book():
    names = []
    for book in Book.objects.all():
        names.append(book.author.name)  # grows: ORM001
    return names


def author_of_each_book_joined():
    names = []
    for book in Book.objects.select_related("author"):
        names.append(book.author.name)
    return names


def country_behind_joined_author():
    books = Book.objects.select_related("author")
    return {book.isbn: book.author.country.code for book in books}  # grows: ORM001


def country_joined_all_the_way():
    books = Book.objects.select_related("author__country")
    return {book.isbn: book.author.country.code for book in books}


def author_key_through_the_author():
    return [book.author.pk for book in Book.objects.all()]  # grows: ORM001


def author_key_of_the_book_itself():
    return [book.author_id for book in Book.objects.all()]


def filtering_after_the_join_keeps_it():
    books = Book.objects.select_related("author", "publisher")
    books = books.filter(price__gt=1).exclude(title="").order_by("title").distinct()
    lines = []
    for book in books:
        publisher = book.publisher.name if book.publisher else "own edition"
        lines.append((book.author.name, publisher))
    return lines


def joins_taken_off_again():
    books = Book.objects.select_related("author").order_by("title")
    cheap = books.filter(price__lt=10_000).select_related(None)
    return [book.author.name for book in cheap]  # grows: ORM001


def second_join_adds_to_the_first():
    books = Book.objects.select_related("author").select_related("publisher")
    return [(book.author.name, book.publisher.name) for book in books]


def bare_join_skips_nullable_publisher():
    found = []
    for book in Book.objects.select_related():
        author = book.author.name
        publisher = book.publisher.name  # grows: ORM001
        found.append((author, publisher))
    return found


def bare_join_takes_required_author():
    return [book.author.country.name for book in Book.objects.select_related()]


def join_in_one_branch_only(cheap_first=True):
    books = Book.objects.published()
    if cheap_first:
        books = books.order_by("price")
    else:
        books = books.select_related("category").order_by("title")
    return [book.category.name for book in books]  # grows: ORM001


def join_in_both_branches(cheap_first=True):
    books = Book.objects.published()
    if cheap_first:
        books = books.select_related("category").order_by("price")
    else:
        books = books.order_by("title").select_related("category", "author")
    return [book.category.name for book in books]


def guarded_by_another_key():
    linked = 0
    for order in Order.objects.all():
        if order.coupon and order.coupon.percent > 3:  # grows: ORM001
            linked += 1
    return linked


def guarded_by_the_key_column():
    return sum(1 for order in Order.objects.all() if order.coupon_id is not None)


def books_filtered_by_their_author(author_id):
    author = Author.objects.get(pk=author_id)
    books = Book.objects.filter(author=author)
    return [f"{book.title} by {book.author.name}" for book in books]  # grows: ORM001


def books_reached_from_their_author(author_id):
    author = Author.objects.get(pk=author_id)
    return [f"{book.title} by {book.author.name}" for book in author.books.all()]


def narrowed_books_of_an_author(author_id):
    author = Author.objects.get(pk=author_id)
    books = author.books.filter(price__gt=1).order_by("title")
    return [f"{book.title} by {book.author.name}" for book in books]


def author_set_by_hand(author_id):
    author = Author.objects.get(pk=author_id)
    labels = []
    for book in Book.objects.filter(author_id=author_id):
        book.author = author
        labels.append(f"{book.title} by {book.author.name}")
    return labels


def unsaved_books_know_their_author(author_id):
    author = Author.objects.get(pk=author_id)
    drafts = [Book(title=title, author=author) for title in ("One", "Two", "Three")]
    return [draft.author.name for draft in drafts]


def profile_of_each_author():
    for author in Author.objects.order_by("name"):
        yield author.name, author.profile.website  # grows: ORM001


def profile_of_each_author_joined():
    for author in Author.objects.select_related("profile").order_by("name"):
        yield author.name, author.profile.website


def author_of_profile_knows_its_profile():
    profiles = AuthorProfile.objects.select_related("author")
    return [profile.author.profile.website for profile in profiles]


def orders_asked_for_their_shipment():
    return [order.pk for order in Order.objects.all() if hasattr(order, "shipment")]  # grows: ORM001


def orders_asked_for_their_shipment_joined():
    orders = Order.objects.select_related("shipment")
    return [order.pk for order in orders if hasattr(order, "shipment")]


def tracking_code_or_nothing():
    codes = {}
    for order in Order.objects.iterator():
        shipment = getattr(order, "shipment", None)  # grows: ORM001
        codes[order.pk] = shipment.tracking_code if shipment else ""
    return codes


def mentor_of_each_author():
    mentors = Author.objects.exclude(mentor=None)
    return [(author.name, author.mentor.name) for author in mentors]  # grows: ORM001


def mentor_of_each_author_joined():
    mentors = Author.objects.exclude(mentor=None).select_related("mentor")
    return [(author.name, author.mentor.name) for author in mentors]


def title_of_each_ebook():
    return [(ebook.title, ebook.file_format) for ebook in EBook.objects.all()]


def author_of_each_ebook():
    return [ebook.author.name for ebook in EBook.objects.all()]  # grows: ORM001


def ebook_behind_each_book():
    formats = []
    for book in Book.objects.all():
        if hasattr(book, "ebook"):  # grows: ORM001
            formats.append(book.ebook.file_format)
    return formats


def ebook_behind_each_book_joined():
    formats = []
    for book in Book.objects.select_related("ebook"):
        if hasattr(book, "ebook"):
            formats.append(book.ebook.file_format)
    return formats


def parent_link_of_each_ebook():
    return [ebook.book_ptr.title for ebook in EBook.objects.all()]


def author_by_raw_sql():
    books = Book.objects.raw("SELECT * FROM catalog_book ORDER BY title")
    return [book.author.name for book in books]  # grows: ORM001


def reader_of_each_review():
    reviews = Review.objects.good()
    return {review.pk: review.reader.username for review in reviews}  # grows: ORM001


def book_of_each_line_of_large_orders():
    lines = OrderLine.objects.filter(quantity__gte=2).select_related("order")
    totals = {}
    for line in lines:
        totals.setdefault(line.order.status, []).append(line.book.title)  # grows: ORM001
    return totals


def author_of_rows_that_are_new():
    names = []
    for book in Book.objects.all():
        if book._state.adding and book.author:
            names.append(book.author.name)
    return names


def author_of_rows_that_are_not_new():
    names = []
    for book in Book.objects.all():
        if not book._state.adding:
            names.append(book.author.name)  # grows: ORM001
    return names


def author_where_the_key_changes():
    lines = []
    author_id = None
    for book in Book.objects.order_by("author_id", "title"):
        if book.author_id != author_id:
            author_id = book.author_id
            lines.append(book.author.name)  # grows: ORM001
        lines.append(book.title)
    return lines


def author_of_rows_that_fail():
    sold = []
    for book in Book.objects.all():
        if book.price < 0:
            logger.warning("%s of %s has no price", book.title, book.author.name)
            continue
        sold.append(book.title)
    return sold


def author_given_to_each_of_a_list():
    authors = Author.objects.in_bulk()
    books = list(Book.objects.order_by("title"))
    for book in books:
        book.author = authors[book.author_id]
    return [book.author.name for book in books]


def author_given_to_each_of_a_queryset():
    authors = Author.objects.in_bulk()
    books = Book.objects.order_by("title")
    for book in books:
        book.author = authors[book.author_id]
    return [book.author.name for book in books]


def author_of_what_is_asked_for_anew():
    authors = Author.objects.in_bulk()
    books = Book.objects.order_by("title")
    for book in books:
        book.author = authors[book.author_id]
    return [book.author.name for book in books.filter(price__gt=0)]  # grows: ORM001
