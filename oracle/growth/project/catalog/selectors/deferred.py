"""Columns that are left out of a query, and what reads them."""

from django.db.models import Prefetch

from catalog.models import Author, Book


def reads_a_column_left_out():
    return [(book.title, book.isbn) for book in Book.objects.only("title")]  # grows: ORM009


def reads_the_columns_it_asked_for():
    books = Book.objects.only("title", "isbn")
    return [(book.pk, book.title, book.isbn) for book in books]


def reads_what_was_deferred():
    lengths = {}
    for book in Book.objects.defer("description", "price"):
        lengths[book.title] = len(book.description)  # grows: ORM009
    return lengths


def reads_beside_what_was_deferred():
    prices = {}
    for book in Book.objects.defer("description"):
        prices[book.title] = book.price
    return prices


def deferral_taken_back():
    return [len(book.description) for book in Book.objects.defer("description").defer(None)]


def second_only_replaces_the_first():
    books = Book.objects.only("title", "price").only("title")
    return [book.price for book in books]  # grows: ORM009


def second_only_asks_for_more():
    books = Book.objects.only("title").only("title", "price")
    return [book.price for book in books]


def only_and_then_defer():
    books = Book.objects.only("title", "price").defer("price")
    return [f"{book.title}: {book.price}" for book in books]  # grows: ORM009


def key_column_left_out():
    return {book.title: book.author_id for book in Book.objects.only("title")}  # grows: ORM009


def key_column_asked_for():
    return {book.title: book.author_id for book in Book.objects.only("title", "author")}


def key_always_comes_along():
    return {book.pk: book.title for book in Book.objects.only("title")}


def columns_of_the_joined_author():
    books = Book.objects.select_related("author").only("title", "author__name")
    return [f"{book.author.name}, {book.author.slug}" for book in books]  # grows: ORM009


def asked_columns_of_the_joined_author():
    books = Book.objects.select_related("author").only("title", "author__name", "author__slug")
    return [f"{book.author.name}, {book.author.slug}" for book in books]


def column_read_by_a_method():
    return [author.get_absolute_url() for author in Author.objects.only("name")]


def column_for_the_method():
    return [author.get_absolute_url() for author in Author.objects.only("name", "slug")]


def column_read_by_the_name_of_a_row():
    authors = Author.objects.order_by("slug").only("slug")
    return [f"- {author}" for author in authors]


def from_a_manager_that_defers():
    return [book.description[:20] for book in Book.light.published()]  # grows: ORM009


def from_a_manager_that_defers_something_else():
    return [book.title[:20] for book in Book.light.published()]


def from_a_manager_that_defers_and_adds_again():
    return [book.description[:20] for book in Book.light.defer(None)]


def prefetched_with_few_columns():
    books = Prefetch("books", queryset=Book.objects.only("title", "author"))
    summaries = []
    for author in Author.objects.prefetch_related(books):
        for book in author.books.all():
            summaries.append((book.title, book.stock))  # grows: ORM009
    return summaries


def prefetched_with_enough_columns():
    books = Prefetch("books", queryset=Book.objects.only("title", "stock", "author"))
    summaries = []
    for author in Author.objects.prefetch_related(books):
        for book in author.books.all():
            summaries.append((book.title, book.stock))
    return summaries


def prefetched_without_the_key_that_links():
    books = Prefetch("books", queryset=Book.objects.only("title"))  # built: ORM009
    authors = Author.objects.prefetch_related(books)  # built: ORM009
    return [[book.title for book in author.books.all()] for author in authors]  # grows: ORM009


def written_before_it_is_read():
    books = []
    for book in Book.objects.only("title"):
        book.description = book.title.title()
        books.append(book.description)
    return books


def one_row_with_few_columns(author_id):
    author = Author.objects.only("name").get(pk=author_id)
    return author.name, author.bio
