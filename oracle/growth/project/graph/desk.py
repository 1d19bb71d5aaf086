"""The information desk over GraphQL, with Strawberry and nothing that looks ahead."""

from typing import Annotated, Optional

import strawberry
import strawberry_django
from asgiref.sync import sync_to_async
from strawberry import auto
from strawberry.dataloader import DataLoader
from strawberry.types import Info

from catalog.models import Author, Book, Country, Review, Tag


@strawberry_django.type(Country)
class CountryType:
    name: auto


@strawberry_django.type(Tag)
class TagType:
    name: auto


@strawberry_django.type(Review)
class ReviewType:
    stars: auto
    reader: auto  # grows: ORM005


@strawberry_django.type(Author)
class AuthorType:
    name: auto
    country: CountryType  # grows: ORM005
    books: list["BookType"]  # grows: ORM005

    @strawberry_django.field
    def book_count(self) -> int:
        return self.books.count()  # grows: ORM005

    @strawberry.field
    def first_titles(self) -> list[str]:
        return [book.title for book in self.books.all()[:3]]  # grows: ORM005


async def load_countries(keys: list[int]) -> list[CountryType]:
    countries = await sync_to_async(Country.objects.in_bulk)(keys)
    return [countries[key] for key in keys]


@strawberry.type
class Person:
    name: str
    country: CountryType  # grows: ORM005

    @strawberry.field
    async def home(self, info: Info) -> CountryType:
        loader = info.context.setdefault("countries", DataLoader(load_fn=load_countries))
        return await loader.load(self.country_id)

    @strawberry.field
    def mentor_name(self) -> str | None:
        return self.mentor.name if self.mentor_id else None  # grows: ORM005


@strawberry_django.type(Book)
class BookType:
    title: auto
    writer: AuthorType = strawberry_django.field(field_name="author")  # grows: ORM005
    tags: list[TagType]  # grows: ORM005
    reviews: list[Annotated["ReviewType", strawberry.lazy("graph.desk")]]  # grows: ORM005

    @strawberry.field
    def author_name(self) -> str:
        return self.author.name  # grows: ORM005

    @strawberry.field
    def mark(self) -> str:
        return self.stock_mark()


def books_of_publisher(key: int) -> list[BookType]:
    return Book.objects.filter(publisher_id=key)


@strawberry.type
class Query:
    books: list[BookType] = strawberry_django.field()
    authors: list[AuthorType] = strawberry_django.field()
    books_of: list[BookType] = strawberry.field(resolver=books_of_publisher)

    @strawberry_django.field
    def full_books(self) -> list[BookType]:
        return Book.objects.select_related("author__country").prefetch_related("tags", "reviews")

    @strawberry.field
    def book(self, key: int) -> Optional[BookType]:
        return Book.objects.get(pk=key)

    @strawberry_django.field
    def full_authors(self) -> list[AuthorType]:
        return Author.objects.select_related("country").prefetch_related("books")

    @strawberry.field
    def people(self) -> list[Person]:
        return Author.objects.all()

    @strawberry.field
    def full_people(self) -> list[Person]:
        return Author.objects.select_related("country", "mentor")

    @strawberry_django.field
    async def later_people(self) -> list[Person]:
        return [author async for author in Author.objects.all()]


schema = strawberry.Schema(query=Query)
