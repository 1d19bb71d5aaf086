from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.utils.translation import gettext_lazy as _

__all__ = ["Author", "Book", "Edition"]

AUTHOR = "Author"


class Author(models.Model):
    name = models.CharField(_("name"), max_length=200)
    account = models.OneToOneField(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)


class Book(models.Model):
    isbn = models.CharField(max_length=13, unique=True)
    title = models.CharField(max_length=200, db_index=True)
    authors = models.ManyToManyField(AUTHOR, verbose_name=_("authors"), db_table="book_authors")
    shelf = models.ForeignKey("Shelf", models.PROTECT, related_name="%(class)s_on_shelf")
    sequel_to = models.OneToOneField("self", models.CASCADE, null=True, related_name="sequel")
    owner = models.ForeignKey(get_user_model(), on_delete=models.CASCADE, db_column="owned_by")
    editor = models.ForeignKey(
        to=settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="%(app_label)s_%(class)s_edited",
        related_query_name="%(app_label)s_%(class)s_editing",
    )


class Edition(models.Model):
    book = models.ForeignKey(Book, models.CASCADE, to_field="isbn")
    number = models.PositiveSmallIntegerField()

    class Meta:
        order_with_respect_to = "book"


class Draft(models.Model):
    """Not in __all__, registered all the same."""

    edition = models.ForeignKey(Edition, models.CASCADE)
