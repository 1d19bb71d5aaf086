"""Going from rows to the rows that belong to them."""

from django.db.models import Count, F, Prefetch, prefetch_related_objects

from catalog.models import Author, Book, Category, Country, Note, Publisher, Tag
from sales.models import Order, OrderLine


def tags_of_each_book():
    return {
        book.title: [tag.name for tag in book.tags.all()]  # grows: ORM001
        for book in Book.objects.all()
    }


def tags_of_each_book_prefetched():
    return {
        book.title: [tag.name for tag in book.tags.all()]
        for book in Book.objects.prefetch_related("tags")
    }


def reviews_where_tags_are_prefetched():
    stars = []
    for book in Book.objects.prefetch_related("tags"):
        for review in book.reviews.all():  # grows: ORM001
            stars.append(review.stars)
    return stars


def prefetch_taken_off_again():
    books = Book.objects.prefetch_related("reviews", "tags")
    unread = books.prefetch_related(None).filter(stock__gt=0)
    return [len(book.reviews.all()) for book in unread]  # grows: ORM001


def prefetched_child_knows_its_parent():
    labels = []
    for author in Author.objects.prefetch_related("books"):
        for book in author.books.all():
            labels.append(f"{author.name}: {book.title} ({book.author.slug})")
    return labels


def prefetched_child_asked_for_another_parent():
    labels = []
    for author in Author.objects.prefetch_related("books"):
        for book in author.books.all():
            labels.append(f"{author.name}: {book.publisher.name}")  # grows: ORM001
    return labels


def prefetched_child_and_its_other_parent():
    labels = []
    for author in Author.objects.prefetch_related("books__publisher"):
        for book in author.books.all():
            labels.append(f"{author.name}: {book.publisher.name}")
    return labels


def prefetch_with_a_joined_queryset():
    books = Book.objects.select_related("publisher").order_by("title")
    authors = Author.objects.prefetch_related(Prefetch("books", queryset=books))
    return [book.publisher.name for author in authors for book in author.books.all()]


def prefetch_with_a_plain_queryset():
    books = Book.objects.order_by("title")
    authors = Author.objects.prefetch_related(Prefetch("books", queryset=books))
    return [
        book.publisher.name  # grows: ORM001
        for author in authors
        for book in author.books.all()
    ]


def prefetched_to_an_attribute():
    cheap = Prefetch("books", Book.objects.filter(price__lt=20), to_attr="cheap_books")
    authors = Author.objects.prefetch_related(cheap)
    return {author.name: [book.title for book in author.cheap_books] for author in authors}


def relation_read_beside_the_attribute():
    cheap = Prefetch("books", Book.objects.filter(price__lt=20), to_attr="cheap_books")
    totals = {}
    for author in Author.objects.prefetch_related(cheap):
        totals[author.name] = len(author.books.all())  # grows: ORM001
    return totals


def prefetched_afterwards():
    books = list(Book.objects.order_by("title"))
    prefetch_related_objects(books, "tags", "author__country")
    return [(book.author.country.name, [tag.name for tag in book.tags.all()]) for book in books]


def other_list_prefetched_afterwards():
    cheap = list(Book.objects.filter(price__lt=12))
    books = list(Book.objects.filter(price__gte=12))
    prefetch_related_objects(cheap, "tags")
    return [[tag.name for tag in book.tags.all()] for book in books]  # grows: ORM001


def prefetch_while_streaming():
    for book in Book.objects.prefetch_related("tags").iterator(chunk_size=500):
        yield book.title, ", ".join(tag.name for tag in book.tags.all())


def streaming_without_prefetch():
    for book in Book.objects.iterator(chunk_size=500):
        yield book.title, ", ".join(tag.name for tag in book.tags.all())  # grows: ORM001


def books_of_each_tag():
    longest = []
    for tag in Tag.objects.all():
        titles = [book.title for book in tag.books.all()]  # grows: ORM001
        longest.append(max(titles, key=len, default=""))
    return longest


def books_of_each_tag_prefetched():
    longest = []
    for tag in Tag.objects.prefetch_related("books"):
        titles = [book.title for book in tag.books.all()]
        longest.append(max(titles, key=len, default=""))
    return longest


def roles_through_the_middle_model():
    credits = []
    for book in Book.objects.prefetch_related("contributions"):
        for contribution in book.contributions.all():
            credits.append((contribution.role, contribution.author.name))  # grows: ORM001
    return credits


def roles_through_the_middle_model_prefetched():
    credits = []
    for book in Book.objects.prefetch_related("contributions__author"):
        for contribution in book.contributions.all():
            credits.append((contribution.role, contribution.author.name))
    return credits


def books_of_publishers_of_countries():
    titles = []
    for country in Country.objects.prefetch_related("publishers"):
        for publisher in country.publishers.all():
            for book in publisher.books.all():  # grows: ORM001
                titles.append(book.title)
    return titles


def books_of_publishers_of_countries_prefetched():
    titles = []
    for country in Country.objects.prefetch_related("publishers__books"):
        for publisher in country.publishers.all():
            for book in publisher.books.all():
                titles.append(book.title)
    return titles


def subject_of_each_note():
    return [str(note.content_object) for note in Note.objects.all()]  # grows: ORM001


def subject_of_each_note_prefetched():
    return [str(note.content_object) for note in Note.objects.prefetch_related("content_object")]


def notes_of_each_book():
    return [note.text for book in Book.objects.all() for note in book.notes.all()]  # grows: ORM001


def notes_of_each_book_prefetched():
    books = Book.objects.prefetch_related("notes")
    return [note.text for book in books for note in book.notes.all()]


def tree_by_asking_each_category():
    def branch(category):
        children = category.children.order_by("name")  # built: ORM001, ORM007
        return {child.name: branch(child) for child in children}  # grows: ORM001, ORM007

    roots = Category.objects.filter(parent=None)
    return {root.name: branch(root) for root in roots}


def tree_from_one_query():
    children = {}
    for category in Category.objects.order_by("name"):
        children.setdefault(category.parent_id, []).append(category)

    def branch(category):
        return {child.name: branch(child) for child in children.get(category.pk, [])}

    return {root.name: branch(root) for root in children[None]}


def one_large_order_with_its_books(order_id):
    order = Order.objects.get(pk=order_id)
    return [(line.quantity, line.book.title) for line in order.lines.all()]  # grows: ORM001


def one_large_order_with_joined_books(order_id):
    order = Order.objects.get(pk=order_id)
    lines = order.lines.select_related("book")
    return [(line.quantity, line.book.title) for line in lines]


def one_large_order_with_prefetched_books(order_id):
    order = Order.objects.prefetch_related("lines__book").get(pk=order_id)
    return [(line.quantity, line.book.title) for line in order.lines.all()]


def publishers_with_a_total():
    publishers = Publisher.objects.annotate(total=Count("books"))
    return {publisher.name: publisher.total for publisher in publishers}


def lines_with_annotated_names():
    lines = OrderLine.objects.annotate(title=F("book__title"), buyer=F("order__customer__name"))
    return [f"{line.buyer}: {line.title}" for line in lines]


def lines_as_dictionaries():
    lines = OrderLine.objects.values("quantity", "book__title", "book__author__name")
    return [f"{line['quantity']} x {line['book__title']}" for line in lines]


def titles_as_a_flat_list():
    return [title.upper() for title in Book.objects.values_list("title", flat=True)]
