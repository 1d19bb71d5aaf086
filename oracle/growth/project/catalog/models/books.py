from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.utils.functional import cached_property

from catalog.managers import BookManager, JoinedBookManager, LightBookManager, ReviewQuerySet

from .notes import Note
from .people import Author, Publisher


class Category(models.Model):
    name = models.CharField(max_length=80)
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children"
    )

    class Meta:
        verbose_name_plural = "categories"

    def __str__(self):
        return self.name


class Tag(models.Model):
    name = models.CharField(max_length=40)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Book(models.Model):
    title = models.CharField(max_length=200)
    isbn = models.CharField(max_length=13, unique=True)
    description = models.TextField(blank=True)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    stock = models.PositiveIntegerField(default=0)
    published_on = models.DateField(null=True, blank=True)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    publisher = models.ForeignKey(
        Publisher, models.SET_NULL, null=True, blank=True, related_name="books"
    )
    category = models.ForeignKey(Category, models.PROTECT, related_name="books")
    tags = models.ManyToManyField(Tag, blank=True, related_name="books")
    contributors = models.ManyToManyField(
        Author, through="Contribution", related_name="contributed_books"
    )
    notes = GenericRelation(Note)

    objects = BookManager()
    joined = JoinedBookManager()
    light = LightBookManager()

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return f"/books/{self.isbn}/"

    @property
    def byline(self):
        return f"{self.title} by {self.author.name}"  # grows: ORM001, ORM002, ORM003

    @property
    def price_tag(self):
        return f"{self.title}: {self.price}"

    @cached_property
    def newest_review(self):
        return self.reviews.order_by("-id").first()  # grows: ORM007

    def shelf_mark(self):
        return f"{self._shelf()}-{self.isbn[-4:]}"

    def _shelf(self):
        return self.category.name[:3].upper()  # grows: ORM001, ORM002, ORM004

    def stock_mark(self):
        return f"{self.category_id}-{self.isbn[-4:]}"


class EBook(Book):
    file_format = models.CharField(max_length=10)
    size_in_kilobytes = models.PositiveIntegerField()


class Contribution(models.Model):
    book = models.ForeignKey(Book, models.CASCADE, related_name="contributions")
    author = models.ForeignKey(Author, models.CASCADE, related_name="contributions")
    role = models.CharField(max_length=40)

    def __str__(self):
        return self.role


class Edition(models.Model):
    book = models.ForeignKey(Book, models.CASCADE, related_name="editions")
    binding = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()

    def __str__(self):
        return f"{self.book.title}, {self.binding} {self.year}"  # grows: ORM001, ORM002, ORM003, ORM004


class Review(models.Model):
    book = models.ForeignKey(Book, models.CASCADE, related_name="reviews")
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reviews")
    stars = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-stars", "id"]

    def __str__(self):
        return f"{self.stars} stars"
