"""The shop window over GraphQL, with Strawberry and its optimizer."""

import strawberry
import strawberry_django
from strawberry import auto
from strawberry_django.optimizer import DjangoOptimizerExtension

from catalog.models import Author, Book, Category, Publisher, Tag


@strawberry_django.type(Tag)
class TagType:
    name: auto


@strawberry_django.type(Publisher)
class PublisherType:
    name: auto

    @classmethod
    def get_queryset(cls, queryset, info):
        return queryset.filter(is_active=True)


@strawberry_django.type(Author)
class AuthorType:
    name: auto
    books: list["BookType"]  # grows: ORM005
    country_id: auto

    @strawberry_django.field
    def country_name(self) -> str:
        return self.country.name  # grows: ORM005

    @strawberry_django.field(select_related=["country"], only=["country__code"])
    def country_code(self) -> str:
        return self.country.code  # grows: ORM005


@strawberry_django.type(Category)
class CategoryType:
    name: auto
    parent: "CategoryType | None"


@strawberry_django.type(Book)
class BookType:
    title: auto
    author: AuthorType
    publisher: PublisherType | None
    tags: list[TagType]

    @strawberry_django.field
    def price_tag(self) -> str:
        return f"{self.isbn}: {self.price}"  # grows: ORM009

    @strawberry_django.field(only=["isbn", "price"])
    def price_label(self) -> str:
        return f"{self.isbn}: {self.price}"

    @strawberry_django.field(prefetch_related=["tags"])
    def tag_names(self) -> list[str]:
        return [tag.name for tag in self.tags.all()]

    @strawberry_django.field(select_related=["category"])
    def category_name(self) -> str:
        return self.category.name


@strawberry.type
class Query:
    books: list[BookType] = strawberry_django.field()
    authors: list[AuthorType] = strawberry_django.field()
    categories: list[CategoryType] = strawberry_django.field()

    @strawberry_django.field
    def cheap_books(self) -> list[BookType]:
        return Book.objects.filter(price__lt=1000)

    @strawberry.field
    def any_books(self) -> list[BookType]:
        return Book.objects.order_by("id")

    @strawberry.field
    def author_list(self) -> list[AuthorType]:
        return list(Author.objects.all())


schema = strawberry.Schema(query=Query, extensions=[DjangoOptimizerExtension])
