"""What may be asked of a relation that was prefetched: some calls use the rows at hand."""

from django.db.models import Avg, Prefetch

from catalog.models import Author, Book, Tag
from sales.models import Customer


def filtered_again():
    picked = {}
    for author in Author.objects.prefetch_related("books"):
        cheap = author.books.filter(price__lt=20)  # built: ORM006
        picked[author.name] = [book.title for book in cheap]  # grows: ORM006
    return picked


def filtered_in_python():
    picked = {}
    for author in Author.objects.prefetch_related("books"):
        picked[author.name] = [book.title for book in author.books.all() if book.price < 20]
    return picked


def filtered_by_the_prefetch():
    cheap = Prefetch("books", queryset=Book.objects.filter(price__lt=20))
    authors = Author.objects.prefetch_related(cheap)
    return {author.name: [book.title for book in author.books.all()] for author in authors}


def excluded_again():
    authors = Author.objects.prefetch_related("books")
    return [list(author.books.exclude(stock=0)) for author in authors]  # grows: ORM006


def ordered_again():
    authors = Author.objects.prefetch_related("books")
    return [list(author.books.order_by("title")) for author in authors]  # grows: ORM006


def sorted_in_python():
    authors = Author.objects.prefetch_related("books")
    return [sorted(author.books.all(), key=lambda book: book.title) for author in authors]


def ordered_all_again():
    authors = Author.objects.prefetch_related("books")
    return [list(author.books.all().order_by("title")) for author in authors]  # grows: ORM006


def all_of_all():
    titles = []
    for author in Author.objects.prefetch_related("books"):
        books = author.books.all()
        for book in books.all():  # grows: ORM006
            titles.append(book.title)
    return titles


def all_kept_in_a_name():
    titles = []
    for author in Author.objects.prefetch_related("books"):
        books = author.books.all()
        for book in books:
            titles.append(book.title)
        titles.append(f"{len(books)} in all")
    return titles


def first_of_unordered():
    authors = Author.objects.prefetch_related("books")
    return [author.books.first() for author in authors]  # grows: ORM006


def first_of_ordered_by_meta():
    books = Book.objects.prefetch_related("reviews")
    return [review.stars for book in books if (review := book.reviews.first())]


def first_of_all_ordered_by_meta():
    books = Book.objects.prefetch_related("reviews")
    return [review.stars for book in books if (review := book.reviews.all().first())]


def first_of_prefetch_with_order():
    newest_first = Prefetch("books", queryset=Book.objects.order_by("-published_on"))
    authors = Author.objects.prefetch_related(newest_first)
    return [author.books.first() for author in authors]


def last_of_ordered_by_meta():
    books = Book.objects.prefetch_related("reviews")
    return [review.stars for book in books if (review := book.reviews.last())]  # grows: ORM006


def last_by_negative_index():
    lists = (list(book.reviews.all()) for book in Book.objects.prefetch_related("reviews"))
    return [reviews[-1].stars for reviews in lists if reviews]


def taken_by_index():
    books = Book.objects.prefetch_related("tags")
    return [book.tags.all()[0].name for book in books]


def taken_by_slice():
    books = Book.objects.prefetch_related("tags")
    return [[tag.name for tag in book.tags.all()[:2]] for book in books]


def counted():
    return {tag.name: tag.books.count() for tag in Tag.objects.prefetch_related("books")}


def counted_all():
    return {tag.name: tag.books.all().count() for tag in Tag.objects.prefetch_related("books")}


def counted_by_length():
    return {tag.name: len(tag.books.all()) for tag in Tag.objects.prefetch_related("books")}


def counted_after_a_filter():
    good = {}
    for book in Book.objects.prefetch_related("reviews"):
        good[book.title] = book.reviews.filter(stars=5).count()  # grows: ORM006
    return good


def counted_after_a_method_of_its_queryset():
    good = {}
    for book in Book.objects.prefetch_related("reviews"):
        good[book.title] = book.reviews.good().count()  # grows: ORM006
    return good


def asked_whether_any_exist():
    books = Book.objects.prefetch_related("reviews")
    return [book.title for book in books if book.reviews.exists()]


def asked_whether_any_match():
    books = Book.objects.prefetch_related("reviews")
    return [book.title for book in books if book.reviews.filter(stars=1).exists()]  # grows: ORM006


def asked_for_truth():
    return [book.title for book in Book.objects.prefetch_related("reviews") if book.reviews.all()]


def asked_whether_contained():
    classic = Tag.objects.first()
    books = Book.objects.prefetch_related("tags")
    return [book.title for book in books if book.tags.contains(classic)]


def asked_by_in():
    classic = Tag.objects.first()
    books = Book.objects.prefetch_related("tags")
    return [book.title for book in books if classic in book.tags.all()]


def got_by_key():
    found = []
    for customer in Customer.objects.prefetch_related("addresses"):
        found.append(customer.addresses.get(city="Graz").street)  # grows: ORM006
    return found


def got_by_next():
    found = []
    for customer in Customer.objects.prefetch_related("addresses"):
        home = next(address for address in customer.addresses.all() if address.city == "Graz")
        found.append(home.street)
    return found


def values_of_prefetched():
    names = []
    for book in Book.objects.prefetch_related("tags"):
        names += book.tags.values_list("name", flat=True)  # grows: ORM006
    return names


def dictionaries_of_prefetched():
    books = Book.objects.prefetch_related("tags")
    return [list(book.tags.values("id", "name")) for book in books]  # grows: ORM006


def names_of_prefetched():
    names = []
    for book in Book.objects.prefetch_related("tags"):
        names += [tag.name for tag in book.tags.all()]
    return names


def aggregated_again():
    books = Book.objects.prefetch_related("reviews")
    return [book.reviews.aggregate(stars=Avg("stars"))["stars"] for book in books]  # grows: ORM006


def averaged_in_python():
    averages = []
    for book in Book.objects.prefetch_related("reviews"):
        stars = [review.stars for review in book.reviews.all()]
        averages.append(sum(stars) / len(stars) if stars else None)
    return averages


def latest_again():
    authors = Author.objects.prefetch_related("books")
    return [author.books.latest("published_on").title for author in authors]  # grows: ORM006


def greatest_in_python():
    authors = Author.objects.prefetch_related("books")
    return [max(author.books.all(), key=lambda book: book.published_on) for author in authors]


def streamed_again():
    authors = Author.objects.prefetch_related("books")
    return [list(author.books.iterator()) for author in authors]  # grows: ORM006


def joined_again():
    titles = []
    for author in Author.objects.prefetch_related("books"):
        for book in author.books.select_related("publisher"):  # grows: ORM006
            titles.append((book.title, book.publisher.name))
    return titles


def distinct_again():
    authors = Author.objects.prefetch_related("books")
    return [list(author.books.distinct()) for author in authors]  # grows: ORM006


def in_bulk_again():
    books = Book.objects.prefetch_related("tags")
    return [book.tags.in_bulk() for book in books]  # grows: ORM006


def reversed_by_queryset():
    books = Book.objects.prefetch_related("tags")
    return [[tag.name for tag in book.tags.all().reverse()] for book in books]  # grows: ORM006


def reversed_by_python():
    books = Book.objects.prefetch_related("tags")
    return [[tag.name for tag in reversed(book.tags.all())] for book in books]


def one_author_filtered(author_id):
    author = Author.objects.prefetch_related("books").get(pk=author_id)
    return author.books.filter(price__lt=20).count(), len(author.books.all())
