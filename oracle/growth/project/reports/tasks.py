"""What runs at night. The queue is a plain list here; `task` keeps the function callable."""

from django.core.mail import EmailMessage
from django.db.models import Prefetch

from catalog.models import Author, Book
from sales.models import Customer, Order, OrderLine

REGISTERED = {}


def task(function=None, *, name=None):
    def register(function):
        REGISTERED[name or function.__name__] = function
        return function

    return register(function) if function else register


@task
def remind_customers():
    messages = []
    for order in Order.objects.filter(status=Order.Status.NEW).order_by("pk"):
        address = order.customer.user.email  # grows: ORM001
        messages.append(EmailMessage("Your order", f"Order {order.pk}", to=[address]))
    return len(messages)


@task(name="remind-joined-customers")
def remind_joined_customers():
    orders = Order.objects.filter(status=Order.Status.NEW).select_related("customer__user")
    messages = []
    for order in orders:
        address = order.customer.user.email
        messages.append(EmailMessage("Your order", f"Order {order.pk}", to=[address]))
    return len(messages)


@task
def summarise_each_customer():
    for customer in Customer.objects.all():
        summarise_customer(customer.pk)


@task
def summarise_customer(customer_id):
    customer = Customer.objects.get(pk=customer_id)  # grows: ORM007
    return customer.orders.count()  # grows: ORM007


@task
def recommend(customer_id):
    """One customer, with as many favourites as there may be."""
    customer = Customer.objects.prefetch_related("favourites__author").get(pk=customer_id)
    return [book.author.name for book in customer.favourites.all()]


@task
def total_each_order():
    for order in Order.objects.prefetch_related("lines"):
        order.total = sum(line.unit_price * line.quantity for line in order.lines.all())
        order.save(update_fields=["total"])  # grows: ORM008


@task
def total_all_orders():
    orders = list(Order.objects.prefetch_related("lines"))
    for order in orders:
        order.total = sum(line.unit_price * line.quantity for line in order.lines.all())
    Order.objects.bulk_update(orders, ["total"], batch_size=1000)


@task
def royalties():
    sold = Prefetch(
        "order_lines", OrderLine.objects.filter(order__status="sent"), to_attr="sold_lines"
    )
    authors = Author.objects.prefetch_related(Prefetch("books", Book.objects.prefetch_related(sold)))
    return {
        author.name: sum(line.quantity for book in author.books.all() for line in book.sold_lines)
        for author in authors
    }


@task
def careless_royalties():
    sums = {}
    for author in Author.objects.prefetch_related("books"):
        for book in author.books.all():
            sold = book.order_lines.filter(order__status="sent")  # built: ORM007, ORM001
            earned = sum(line.quantity for line in sold)  # grows: ORM007, ORM001
            sums[author.name] = sums.get(author.name, 0) + earned
    return sums
