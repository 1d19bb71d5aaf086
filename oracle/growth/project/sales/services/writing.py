"""Writing many rows: one by one, or all at once."""

from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from catalog.models import Book, Category, Review, Tag
from sales.models import Coupon, Customer, Order, OrderLine, Shipment, StockMovement


def raise_prices_one_by_one():
    for book in Book.objects.all():
        book.price *= Decimal("1.1")
        book.save()  # grows: ORM008


def raise_prices_at_once():
    Book.objects.update(price=F("price") * Decimal("1.1"))


def raise_prices_in_bulk():
    books = list(Book.objects.all())
    for book in books:
        book.price *= Decimal("1.1")
    Book.objects.bulk_update(books, ["price"])


def mark_as_sent_with_one_column():
    with transaction.atomic():
        for order in Order.objects.filter(status=Order.Status.PAID):
            order.status = Order.Status.SENT
            order.save(update_fields=["status"])  # grows: ORM008


def mark_as_sent_by_filter():
    Order.objects.filter(status=Order.Status.PAID).update(status=Order.Status.SENT)


def book_movements_one_by_one():
    for line in OrderLine.objects.select_related("book"):
        StockMovement.objects.create(  # grows: ORM008
            book=line.book, change=-line.quantity, reason="sale"
        )


def book_movements_in_bulk():
    movements = []
    for line in OrderLine.objects.select_related("book"):
        movements.append(StockMovement(book=line.book, change=-line.quantity, reason="sale"))
    StockMovement.objects.bulk_create(movements)


def book_movements_from_a_comprehension():
    StockMovement.objects.bulk_create(
        StockMovement(book_id=book_id, change=1, reason="found")
        for book_id in Book.objects.values_list("pk", flat=True)
    )


def instances_saved_one_by_one():
    for customer in Customer.objects.all():
        order = Order(customer=customer, placed_at=timezone.now())
        order.remark = "welcome"
        order.save()  # grows: ORM008


def instance_built_in_the_loop_and_saved_after_it():
    order = Order(customer=Customer.objects.first(), placed_at=timezone.now())
    for line in OrderLine.objects.all():
        order.total += line.unit_price * line.quantity
    order.save()


def delete_bad_reviews_one_by_one():
    for review in Review.objects.filter(stars__lt=3):
        review.delete()  # grows: ORM008


def delete_bad_reviews_at_once():
    Review.objects.filter(stars__lt=3).delete()


def delete_by_filter_in_loop(book_ids):
    for book_id in book_ids:
        Review.objects.filter(book_id=book_id, stars=2).delete()  # grows: ORM008


def update_by_filter_in_loop():
    for category in Category.objects.all():
        Book.objects.filter(category=category).update(stock=category.pk)  # grows: ORM008


def add_a_tag_to_each_book():
    tag = Tag.objects.create(name="sale")
    for book in Book.objects.filter(price__gt=5):
        book.tags.add(tag)  # grows: ORM008


def add_all_books_to_a_tag():
    tag = Tag.objects.create(name="sale")
    tag.books.add(*Book.objects.filter(price__gt=5))


def clear_the_tags_of_each_book():
    for book in Book.objects.all():
        book.tags.clear()  # grows: ORM008


def through_rows_in_bulk():
    tag = Tag.objects.create(name="sale")
    through = Book.tags.through
    keys = Book.objects.values_list("pk", flat=True)
    through.objects.bulk_create([through(book_id=key, tag_id=tag.pk) for key in keys])


def tags_from_names(names):
    return [Tag.objects.get_or_create(name=name)[0] for name in names]  # grows: ORM008, ORM007


def tags_from_names_at_once(names):
    Tag.objects.bulk_create([Tag(name=name) for name in names], ignore_conflicts=True)
    return list(Tag.objects.filter(name__in=names))


def shipments_updated_or_created():
    for order in Order.objects.filter(status=Order.Status.SENT):
        Shipment.objects.update_or_create(  # grows: ORM008, ORM007
            order=order, defaults={"carrier": "Rail", "tracking_code": str(order.pk)}
        )


def default_tags():
    for name in ("new", "used", "rare"):
        Tag.objects.create(name=name)


def save_the_dearest():
    dearest = None
    for book in Book.objects.all():
        if dearest is None or book.price > dearest.price:
            dearest = book
    dearest.stock += 1
    dearest.save(update_fields=["stock"])


def save_the_first_match():
    for order in Order.objects.filter(status="new"):
        if order.remark:
            order.status = "paid"
            order.save()
            break


def points_given_by_a_helper():
    for customer in Customer.objects.all():
        _give_points(customer, 10)


def _give_points(customer, points):
    customer.points += points
    customer.save(update_fields=["points"])  # grows: ORM008


def points_given_to_one():
    _take_points(Customer.objects.order_by("pk").first(), 1)


def _take_points(customer, points):
    customer.points += points
    customer.save(update_fields=["points"])


def in_batches_of_many(size=500):
    batch = []
    for book in Book.objects.iterator():
        batch.append(StockMovement(book=book, change=1, reason="count"))
        if len(batch) == size:
            StockMovement.objects.bulk_create(batch)
            batch = []
    StockMovement.objects.bulk_create(batch)


def created_through_the_relation():
    for order in Order.objects.filter(shipment=None):
        Shipment.objects.create(order=order, carrier="Post", tracking_code="?")  # grows: ORM008


def lines_created_through_the_relation():
    book = Book.objects.first()
    for order in Order.objects.all():
        order.lines.create(book=book, quantity=1, unit_price=0)  # grows: ORM008


def lines_created_in_bulk_through_the_relation():
    order = Order.objects.first()
    books = Book.objects.filter(price__lt=30)
    order.lines.bulk_create([OrderLine(order=order, book=book, unit_price=0) for book in books])


def coupons_saved_by_their_own_method():
    for coupon in Coupon.objects.filter(percent__lt=50):
        coupon.percent += 1
        coupon.save()  # grows: ORM008


def one_coupon_for_all_orders():
    coupon = Coupon(code="thanks", percent=5)
    coupon.save()
    Order.objects.filter(coupon=None).update(coupon=coupon)


def one_shipment_with_its_signal():
    order = Order.objects.filter(shipment=None).first()
    return Shipment.objects.create(order=order, carrier="Post", tracking_code="?")
