"""The many ways in which Python goes through rows."""

from collections import defaultdict
from functools import partial
from itertools import chain, groupby, islice
from operator import attrgetter

from catalog.labels import (
    country_of,
    joined_publisher_label,
    price_label,
    publisher_label,
    with_prefix,
)
from catalog.models import Author, Book, Edition, Publisher


def sorted_by_publisher():
    return sorted(Book.objects.all(), key=lambda book: book.publisher.name)  # grows: ORM001


def sorted_by_joined_publisher():
    books = Book.objects.select_related("publisher")
    return sorted(books, key=lambda book: book.publisher.name)


def sorted_by_getter_of_author():
    return sorted(Book.objects.all(), key=attrgetter("author.name"))  # grows: ORM001


def sorted_by_getter_of_title():
    return sorted(Book.objects.all(), key=attrgetter("title"))


def mapped_labels():
    return list(map(publisher_label, Book.objects.all()))


def mapped_labels_of_prices():
    return list(map(price_label, Book.objects.all()))


def mapped_labels_of_joined_books():
    return list(map(joined_publisher_label, Book.objects.with_people()))


def labels_from_a_closure():
    label = with_prefix("New:", publisher_label)
    return [label(book) for book in Book.objects.published()]


def labels_from_a_harmless_closure():
    label = with_prefix("New:", price_label)
    return [label(book) for book in Book.objects.published()]


def labels_from_a_table(kind="publisher"):
    labels = {"publisher": publisher_label, "price": price_label}
    label = labels[kind]
    return [label(book) for book in Book.objects.all()]


def labels_from_a_partial():
    greet = partial(_greeting, "Hello")
    return [greet(author=author) for author in Author.objects.all()]


def _greeting(word, author):
    return f"{word} {author.name} from {author.country.name}"  # grows: ORM001


def country_two_calls_away():
    return {book.pk: country_of(book) for book in Book.objects.all()}


def any_foreign_author():
    return any(book.author.country_id == 0 for book in Book.objects.all())  # grows: ORM001


def any_foreign_joined_author():
    return any(book.author.country_id == 0 for book in Book.objects.select_related("author"))


def summed_name_lengths():
    return sum(len(book.category.name) for book in Book.objects.only("category"))  # grows: ORM001


def grouped_by_author():
    books = Book.objects.order_by("author_id")
    by_author = groupby(books, key=lambda book: book.author)  # grows: ORM001
    return {author.name: len(list(group)) for author, group in by_author}


def grouped_by_author_key():
    names = dict(Author.objects.values_list("pk", "name"))
    books = Book.objects.order_by("author_id")
    return {
        names[author_id]: len(list(group))
        for author_id, group in groupby(books, key=lambda book: book.author_id)
    }


def collected_by_publisher():
    shelves = defaultdict(list)
    for book in Book.objects.all():
        shelves[book.publisher].append(book.title)  # grows: ORM001
    return dict(shelves)


def collected_by_publisher_key():
    publishers = Publisher.objects.in_bulk()
    shelves = defaultdict(list)
    for book in Book.objects.all():
        shelves[publishers[book.publisher_id].name].append(book.title)
    return dict(shelves)


def two_lists_chained():
    cheap, dear = Book.objects.filter(price__lt=15), Book.objects.filter(price__gte=15)
    return [book.author.name for book in chain(cheap, dear)]  # grows: ORM001


def two_joined_lists_chained():
    books = Book.objects.select_related("author")
    cheap, dear = books.filter(price__lt=15), books.filter(price__gte=15)
    return [book.author.name for book in chain(cheap, dear)]


def numbered():
    lines = []
    for number, book in enumerate(Book.objects.order_by("title"), start=1):
        lines.append(f"{number}. {book.title} ({book.category.name})")  # grows: ORM001
    return lines


def paired_with_prices():
    books = Book.objects.order_by("id")
    prices = Book.objects.order_by("id").values_list("price", flat=True)
    return [(book.publisher.name, price) for book, price in zip(books, prices)]  # grows: ORM001


def the_first_three():
    return [book.author.name for book in Book.objects.order_by("-published_on")[:3]]


def the_first_three_by_islice():
    books = islice(Book.objects.order_by("-published_on").iterator(), 3)
    return [book.author.name for book in books]


def the_last_hundred():
    return [book.author.name for book in Book.objects.order_by("-id")[:100]]  # grows: ORM001


def leaves_after_the_first():
    for book in Book.objects.order_by("-price"):
        return book.author.name
    return None


def looks_for_one_that_is_not_there():
    for book in Book.objects.order_by("-price"):
        if book.author.name == "Nobody":  # grows: ORM001
            return book.title
    return None


def stops_at_the_first():
    name = ""
    for book in Book.objects.order_by("-price"):
        name = book.author.name
        break
    return name


def after_the_loop():
    dearest = None
    for book in Book.objects.all():
        if dearest is None or book.price > dearest.price:
            dearest = book
    return dearest.author.country.name


def first_row_outside():
    books = list(Book.objects.order_by("title"))
    return books[0].author.name, [book.title for book in books]


def read_twice():
    books = Book.objects.select_related("author")
    titles = [book.title for book in books]
    names = {book.author.name for book in books}
    return titles, names


def editions_in_words():
    return ", ".join(str(edition) for edition in Edition.objects.all())


def editions_mapped_to_words():
    return ", ".join(map(str, Edition.objects.order_by("year")))


def editions_formatted():
    return [f"* {edition}" for edition in Edition.objects.filter(year__gt=2000)]


def editions_by_their_own_columns():
    return [f"* {edition.binding} {edition.year}" for edition in Edition.objects.all()]


def bylines():
    return [book.byline for book in Book.objects.published()]


def price_tags():
    return [book.price_tag for book in Book.objects.published()]


def shelf_marks():
    return [book.shelf_mark() for book in Book.objects.published()]


def stock_marks():
    return [book.stock_mark() for book in Book.objects.published()]


def newest_review_once_a_book():
    stars = []
    for book in Book.objects.all():
        if book.newest_review:
            stars.append(book.newest_review.stars)
    return stars


def titles_one_by_one():
    for book in Book.objects.order_by("title"):
        yield book


def read_from_a_generator():
    return [book.author.slug for book in titles_one_by_one()]  # grows: ORM001


def delegated_generator():
    yield from titles_one_by_one()


def read_titles_from_a_generator():
    return [book.title for book in delegated_generator()]


def through_custom_methods():
    books = Book.objects.published().cheaper_than(10_000)
    return [book.publisher.country_id for book in books]  # grows: ORM001


def through_custom_methods_that_join():
    books = Book.objects.published().with_people().cheaper_than(10_000)
    return [(book.author.name, book.publisher.country_id) for book in books]


def through_shelf_marks_method():
    books = Book.objects.with_shelf_marks().published()
    return [(book.category.name, [tag.name for tag in book.tags.all()]) for book in books]


def through_a_manager_that_joins():
    return [book.author.name for book in Book.joined.published()]


def through_a_manager_that_joins_less():
    return [book.category.name for book in Book.joined.published()]  # grows: ORM001


def nested_comprehension_over_joined():
    publishers = Publisher.objects.prefetch_related("books__author", "books__tags")
    return [
        (publisher.name, book.author.name, tag.name)
        for publisher in publishers
        for book in publisher.books.all()
        for tag in book.tags.all()
    ]


def walks_by_index():
    books = list(Book.objects.order_by("title"))
    names, position = [], 0
    while position < len(books):
        names.append(books[position].author.name)  # grows: ORM001
        position += 1
    return names


def remembered_by_key():
    seen, names = {}, []
    for author in Author.objects.in_bulk().values():
        seen[author.pk] = author
    for book in Book.objects.all():
        names.append(seen[book.author_id].name)
    return names


def filtered_by_related_value():
    def is_local(book):
        return book.publisher.is_active  # grows: ORM001

    return list(filter(is_local, Book.objects.all()))


def unpacked_into_a_dictionary():
    return dict((book.isbn, book.author) for book in Book.objects.all())  # grows: ORM001
