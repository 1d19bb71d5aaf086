"""Queries that are built from a row, and queries that are built once for all rows."""

from django.db.models import Avg, Count, Exists, OuterRef, Q, Subquery
from django.shortcuts import get_object_or_404

from catalog.models import Author, Book, Category, Contribution, Publisher, Review
from sales.models import Customer, Order, OrderLine


def books_of_each_author():
    shelves = {}
    for author in Author.objects.all():
        shelves[author.name] = list(Book.objects.filter(author=author))  # grows: ORM007
    return shelves


def books_of_all_authors():
    shelves = {}
    authors = Author.objects.in_bulk()
    for book in Book.objects.filter(author__in=authors):
        shelves.setdefault(authors[book.author_id].name, []).append(book)
    return shelves


def count_for_each_publisher():
    return {
        publisher.name: Book.objects.filter(publisher=publisher).count()  # grows: ORM007
        for publisher in Publisher.objects.all()
    }


def count_of_each_publishers_relation():
    return {
        publisher.name: publisher.books.count()  # grows: ORM007, ORM001
        for publisher in Publisher.objects.all()
    }


def count_for_all_publishers():
    totals = Book.objects.values("publisher").annotate(total=Count("pk"))
    return {row["publisher"]: row["total"] for row in totals}


def count_for_each_status():
    return {
        status: Order.objects.filter(status=status).count() for status in ("new", "paid", "sent")
    }


def count_for_each_choice():
    totals = []
    for value, label in Order.Status.choices:
        totals.append((label, Order.objects.filter(status=value).count()))
    return totals


def revenue_of_recent_years():
    years = {}
    for year in range(2000, 2003):
        years[year] = Book.objects.filter(published_on__year=year).aggregate(Avg("price"))
    return years


def got_for_each_isbn(isbns):
    return [Book.objects.get(isbn=isbn) for isbn in isbns]  # grows: ORM007


def got_in_bulk_for_all_isbns(isbns):
    books = Book.objects.in_bulk(isbns, field_name="isbn")
    return [books[isbn] for isbn in isbns]


def filtered_for_all_isbns(isbns):
    books = {book.isbn: book for book in Book.objects.filter(isbn__in=isbns)}
    return [books[isbn] for isbn in isbns if isbn in books]


def or_404_for_each_key():
    keys = Book.objects.values_list("pk", flat=True)
    return [get_object_or_404(Book, pk=key).title for key in keys]  # grows: ORM007


def exists_for_each_customer():
    loyal = []
    for customer in Customer.objects.all():
        if Order.objects.filter(customer=customer, status="paid").exists():  # grows: ORM007
            loyal.append(customer)
    return loyal


def exists_for_all_customers():
    paid = Order.objects.filter(customer=OuterRef("pk"), status="paid")
    return [customer for customer in Customer.objects.filter(Exists(paid))]


def newest_of_each_customer():
    newest = {}
    for customer in Customer.objects.all():
        order = customer.orders.order_by("-placed_at").first()  # grows: ORM007, ORM001
        newest[customer.name] = order and order.placed_at
    return newest


def newest_of_all_customers():
    orders = Order.objects.filter(customer=OuterRef("pk")).order_by("-placed_at")
    customers = Customer.objects.annotate(newest=Subquery(orders.values("placed_at")[:1]))
    return {customer.name: customer.newest for customer in customers}


def average_for_each_book():
    averages = []
    for book in Book.objects.all():
        reviews = Review.objects.filter(book=book)  # built: ORM007
        averages.append(reviews.aggregate(stars=Avg("stars"))["stars"])  # grows: ORM007
    return averages


def average_for_all_books():
    books = Book.objects.annotate(average=Avg("reviews__stars"))
    return [book.average for book in books]


def asked_by_a_helper():
    return [_has_editor(book) for book in Book.objects.all()]


def _has_editor(book):
    return Contribution.objects.filter(book=book, role="editor").exists()  # grows: ORM007


def asked_by_a_helper_once():
    cheapest = Book.objects.order_by("price").first()
    return _has_translator(cheapest)


def _has_translator(book):
    return Contribution.objects.filter(book=book, role="translator").exists()


def built_by_a_helper():
    lines = []
    for category in Category.objects.all():
        for book in _cheapest(category):  # grows: ORM007
            lines.append((category.name, book.title))
    return lines


def _cheapest(category, amount=2):
    return Book.objects.filter(category=category).order_by("price")[:amount]  # built: ORM007


def narrowed_by_each_word(words):
    books = Book.objects.all()
    for word in words:
        books = books.filter(Q(title__icontains=word) | Q(isbn__contains=word))
    return list(books)


def collected_conditions(words):
    wanted = Q()
    for word in words:
        wanted |= Q(title__iexact=word)
    return list(Book.objects.filter(wanted))


def kept_unevaluated():
    by_author = {}
    for author in Author.objects.all():
        by_author[author.name] = Book.objects.filter(author=author)
    return sorted(by_author)


def joined_by_union():
    books = Book.objects.none()
    for low, high in ((0, 10), (20, 30)):
        books = books.union(Book.objects.filter(price__range=(low, high)))
    return list(books)


def asked_before_the_loop():
    editors = set(Contribution.objects.filter(role="editor").values_list("book_id", flat=True))
    return [book for book in Book.objects.all() if book.pk in editors]


def asked_in_the_loop_without_the_row():
    shares = []
    for line in OrderLine.objects.all():
        shares.append(line.quantity / OrderLine.objects.count())  # grows: ORM007
    return shares


def asked_once_beside_the_loop():
    total = OrderLine.objects.count()
    return [line.quantity / total for line in OrderLine.objects.all()]


def asked_when_first_needed():
    names = None
    lines = []
    for book in Book.objects.all():
        if names is None:
            names = dict(Author.objects.values_list("pk", "name"))
        lines.append(f"{book.title}, {names[book.author_id]}")
    return lines


def walked_up_the_tree():
    paths = []
    for category in Category.objects.all():
        path = [category.name]
        while category.parent_id is not None:
            category = Category.objects.get(pk=category.parent_id)  # grows: ORM007
            path.append(category.name)
        paths.append(path)
    return paths


def walked_up_the_tree_in_memory():
    categories = Category.objects.in_bulk()
    paths = []
    for category in categories.values():
        path = [category.name]
        while category.parent_id is not None:
            category = categories[category.parent_id]
            path.append(category.name)
        paths.append(path)
    return paths


def refreshed_one_by_one():
    stocks = []
    for book in Book.objects.all():
        book.refresh_from_db(fields=["stock"])  # grows: ORM007
        stocks.append(book.stock)
    return stocks


def handed_down_as_subquery():
    cheap = Book.objects.filter(price__lt=20)
    return list(OrderLine.objects.filter(book__in=cheap))


def emptied_queue():
    waiting = list(Order.objects.filter(status="new").values_list("pk", flat=True))
    carriers = []
    while waiting:
        order = Order.objects.select_related("shipment").get(pk=waiting.pop())  # grows: ORM007
        if hasattr(order, "shipment"):
            carriers.append(order.shipment.carrier)
    return carriers
