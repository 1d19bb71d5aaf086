from django.db import models


class BookQuerySet(models.QuerySet):
    def published(self):
        return self.filter(published_on__isnull=False)

    def cheaper_than(self, price):
        return self.filter(price__lt=price)

    def with_people(self):
        return self.select_related("author", "publisher")

    def with_shelf_marks(self):
        return self.select_related("category").prefetch_related("tags")


class BookManager(models.Manager.from_queryset(BookQuerySet)):
    pass


class JoinedBookManager(BookManager):
    """Books together with the people whose names every list of books prints."""

    def get_queryset(self):
        return super().get_queryset().select_related("author")


class LightBookManager(BookManager):
    """Books without the long text, for lists."""

    def get_queryset(self):
        return super().get_queryset().defer("description")


class ReviewQuerySet(models.QuerySet):
    def good(self):
        return self.filter(stars__gte=4)


class AuthorManager(models.Manager):
    def with_book_totals(self):
        return self.annotate(book_total=models.Count("books"))
