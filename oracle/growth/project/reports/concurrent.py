"""Reports of async code."""

import asyncio

from asgiref.sync import sync_to_async

from catalog.models import Book, Publisher, Review
from sales.models import Customer, Order, StockMovement


async def titles_with_authors():
    lines = []
    async for book in Book.objects.order_by("title"):
        author = await sync_to_async(lambda: book.author)()  # grows: ORM001
        lines.append(f"{book.title} by {author.name}")
    return lines


async def titles_with_joined_authors():
    lines = []
    async for book in Book.objects.select_related("author"):
        lines.append(f"{book.title} by {book.author.name}")
    return lines


async def collected_joined_authors():
    return [book.author.name async for book in Book.objects.select_related("author")]


async def books_of_each_publisher():
    counts = {}
    async for publisher in Publisher.objects.all():
        counts[publisher.name] = await publisher.books.acount()  # grows: ORM007, ORM001
    return counts


async def books_of_each_prefetched_publisher():
    counts = {}
    async for publisher in Publisher.objects.prefetch_related("books"):
        counts[publisher.name] = len(publisher.books.all())
    return counts


async def newest_review_of_each_book():
    stars = []
    async for book in Book.objects.all():
        review = await Review.objects.filter(book=book).afirst()  # grows: ORM007
        stars.append(review.stars if review else None)
    return stars


async def got_one_by_one(keys):
    return [await Book.objects.aget(pk=key) for key in keys]  # grows: ORM007


async def got_in_bulk(keys):
    books = await Book.objects.ain_bulk(keys)
    return [books[key] for key in keys]


async def related_rows_of_each_order():
    titles = []
    async for order in Order.objects.all():
        async for line in order.lines.select_related("book"):  # grows: ORM007, ORM001
            titles.append(line.book.title)
    return titles


async def related_rows_of_one_order():
    order = await Order.objects.afirst()
    return [line.book.title async for line in order.lines.select_related("book")]


async def points_saved_one_by_one():
    async for customer in Customer.objects.all():
        customer.points += 1
        await customer.asave(update_fields=["points"])  # grows: ORM008


async def movements_created_one_by_one():
    async for book in Book.objects.filter(stock__gt=0):
        await StockMovement.objects.acreate(book=book, change=0, reason="count")  # grows: ORM008


async def movements_created_in_bulk():
    movements = []
    async for book in Book.objects.filter(stock__gt=0):
        movements.append(StockMovement(book=book, change=0, reason="count"))
    await StockMovement.objects.abulk_create(movements)


async def gathered_counts():
    publishers = [publisher async for publisher in Publisher.objects.all()]
    return await asyncio.gather(*[_books_of(publisher) for publisher in publishers])


async def _books_of(publisher):
    return await Book.objects.filter(publisher=publisher).acount()  # grows: ORM007


@sync_to_async
def _labels_of_orders():
    return [f"{order.pk}: {order.customer.name}" for order in Order.objects.all()]  # grows: ORM001


async def labels_from_a_thread():
    return await _labels_of_orders()


@sync_to_async
def _joined_labels_of_orders():
    orders = Order.objects.select_related("customer")
    return [f"{order.pk}: {order.customer.name}" for order in orders]


async def joined_labels_from_a_thread():
    return await _joined_labels_of_orders()


async def streamed_bylines():
    async for book in Book.objects.order_by("title"):
        publisher = await Publisher.objects.aget(pk=book.publisher_id)  # grows: ORM007
        yield f"{book.title} ({publisher.name})"


async def collected_bylines():
    return [line async for line in streamed_bylines()]


async def streamed_joined_bylines():
    async for book in Book.objects.select_related("publisher").aiterator():
        yield f"{book.title} ({book.publisher.name})"
