"""Fills the database: every table grows with `n`, and the first parents have many children."""

from datetime import date, datetime, timedelta, timezone

from django.contrib.auth.models import User
from django.core.management import call_command

from catalog import models as catalog
from sales import models as sales

NOON = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)


def fill(n):
    call_command("flush", interactive=False, verbosity=0)
    people(n)
    books(n)
    orders(n)


def people(n):
    User.objects.create_superuser("admin", password=None)
    for i in range(n):
        country = catalog.Country.objects.create(name=f"Country {i}", code=f"{i:02}")
        catalog.Publisher.objects.create(name=f"Publisher {i}", country=country)
        mentor = catalog.Author.objects.last()
        author = catalog.Author.objects.create(
            name=f"Author {i}", slug=f"author-{i}", bio="Lives.", country=country, mentor=mentor
        )
        catalog.AuthorProfile.objects.create(author=author, website=f"https://{i}.example.org")
        user = User.objects.create(username=f"reader{i}", email=f"reader{i}@example.org")
        customer = sales.Customer.objects.create(user=user, name=f"Customer {i}")
        for city in ("Graz", "Wien"):
            sales.Address.objects.create(customer=customer, street=f"Street {i}", city=city)


def books(n):
    authors = list(catalog.Author.objects.order_by("id"))
    publishers = list(catalog.Publisher.objects.order_by("id"))
    users = list(User.objects.exclude(username="admin").order_by("id"))
    categories, tags = [], []
    for i in range(n):
        parent = categories[(i - 1) // 2] if i else None
        categories.append(catalog.Category.objects.create(name=f"Category {i}", parent=parent))
        tags.append(catalog.Tag.objects.create(name=f"tag{i:03}"))
    for i in range(3 * n):
        # The first author and publisher have as many books of their own as there are authors.
        of_the_first = n <= i < 2 * n
        values = {
            "title": f"Book {i}",
            "isbn": f"978{i:010}",
            "description": "Long. " * 5,
            "price": 10 + i,
            "stock": 100,
            "published_on": date(2000, 1, 1) + timedelta(days=i),
            "author": authors[0 if of_the_first else i % n],
            "publisher": publishers[0 if of_the_first else i % n],
            "category": categories[i % n],
        }
        if i < 2 * n:
            book = catalog.Book.objects.create(**values)
        else:
            book = catalog.EBook.objects.create(**values, file_format="epub", size_in_kilobytes=9)
            book = book.book_ptr
        book.tags.add(tags[i % n], tags[(i + 1) % n], tags[(i + 2) % n])
        for offset, role in ((1, "editor"), (2, "translator")):
            catalog.Contribution.objects.create(
                book=book, author=authors[(i + offset) % n], role=role
            )
        for year in (2001, 2011):
            catalog.Edition.objects.create(book=book, binding="paper", year=year)
        for stars in (5, 2):
            catalog.Review.objects.create(
                book=book, reader=users[(i + stars) % n], stars=stars, text="Read it."
            )
        catalog.Note.objects.create(text=f"Note {i}", content_object=book)
        sales.StockMovement.objects.create(book=book, change=1, reason="delivery")
    for author in authors:
        catalog.Note.objects.create(text="An author", content_object=author)
    # A book that everybody reviews.
    for user in users:
        catalog.Review.objects.create(book=catalog.Book.objects.get(pk=1), reader=user, stars=3)


def orders(n):
    customers = list(sales.Customer.objects.order_by("id"))
    books = list(catalog.Book.objects.order_by("id"))
    statuses = sales.Order.Status.values
    for customer in customers:
        customer.favourites.add(books[customer.pk % n], books[0])
    for i in range(2 * n):
        coupon = sales.Coupon.objects.create(code=f"C{i}", percent=5)
        order = sales.Order.objects.create(
            customer=customers[i if i < n else 0],
            coupon=coupon if i % 4 else None,
            status=statuses[i % len(statuses)],
            placed_at=NOON + timedelta(hours=i),
            remark="Please wrap.",
        )
        # The first order is a large one.
        for book in books[:n] if i == 0 else books[i : i + 2]:
            sales.OrderLine.objects.create(
                order=order, book=book, quantity=2, unit_price=book.price
            )
        if i % 3:
            sales.Shipment.objects.create(order=order, carrier="Post", tracking_code=f"T{i}")
            # The signal has marked it as sent; here all states are wanted.
            order.save()
