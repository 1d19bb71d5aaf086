"""Answers that are no pages."""

import csv

from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.views import View
from django.views.decorators.http import require_GET

from catalog.models import Author, Book
from sales.models import Order


@require_GET
def books_as_json(request):
    books = Book.objects.all()
    if word := request.GET.get("q"):
        books = books.filter(title__icontains=word)
    data = [{"title": book.title, "author": book.author.name} for book in books]  # grows: ORM001
    return JsonResponse({"books": data})


@require_GET
def joined_books_as_json(request):
    books = Book.objects.select_related("author")
    if word := request.GET.get("q"):
        books = books.filter(title__icontains=word)
    return JsonResponse({"books": [serialized(book) for book in books]})


def serialized(book):
    return {"title": book.title, "author": {"id": book.author_id, "name": book.author.name}}


class Echo:
    def write(self, value):
        return value


def streamed_orders(request):
    writer = csv.writer(Echo())
    orders = Order.objects.iterator()
    lines = (writer.writerow([order.pk, order.customer.name]) for order in orders)  # grows: ORM001
    return StreamingHttpResponse(lines, content_type="text/csv")


def streamed_joined_orders(request):
    def lines():
        for order in Order.objects.select_related("customer").iterator():
            yield writer.writerow([order.pk, order.customer.name])

    writer = csv.writer(Echo())
    return StreamingHttpResponse(lines(), content_type="text/csv")


class AuthorStatistics(View):
    """Counts per author, in the request itself."""

    def get_authors(self):
        return Author.objects.order_by("name")

    def row(self, author):
        return {
            "name": author.name,
            "books": author.books.count(),  # grows: ORM007, ORM001
            "mentor": author.mentor.name if author.mentor else None,  # grows: ORM007, ORM001
        }

    def get(self, request):
        return JsonResponse({"authors": [self.row(author) for author in self.get_authors()]})


class PrefetchedAuthorStatistics(AuthorStatistics):
    def get_authors(self):
        return super().get_authors().select_related("mentor").prefetch_related("books")

    def row(self, author):
        mentor = author.mentor.name if author.mentor_id else None
        return {"name": author.name, "books": author.books.count(), "mentor": mentor}


class OrdersAsText(View):
    def get(self, request):
        lines = [f"{order.pk} {order.get_status_display()}" for order in Order.objects.all()]
        return HttpResponse("\n".join(lines), content_type="text/plain")
