"""The catalogue over GraphQL, with Graphene: what the shelves in the shop ask for."""

import graphene
import graphene_django_optimizer as gql_optimizer
from aiodataloader import DataLoader
from django.db.models import Count
from graphene_django import DjangoListField, DjangoObjectType

from catalog.models import Author, AuthorProfile, Book, Category, Contribution, Country, Edition
from catalog.models import Publisher, Review, Tag


class CountryType(DjangoObjectType):
    class Meta:
        model = Country
        fields = ("id", "name", "code")


class PublisherType(DjangoObjectType):
    class Meta:
        model = Publisher
        fields = "__all__"  # grows: ORM005

    @classmethod
    def get_queryset(cls, queryset, info):
        return queryset.filter(is_active=True)


class ProfileType(DjangoObjectType):
    class Meta:
        model = AuthorProfile
        fields = ("website", "languages")


class AuthorType(DjangoObjectType):
    book_total = graphene.Int()
    book_count = graphene.Int()
    titles = graphene.List(graphene.String)
    cheap_books = graphene.List(lambda: BookType)
    country_name = graphene.String(source="country")  # grows: ORM005
    mentor_name = graphene.String()

    class Meta:
        model = Author
        fields = (
            "id",
            "name",
            "country",  # grows: ORM005
            "profile",  # grows: ORM005
            "books",  # grows: ORM005
            "mentor",  # grows: ORM005
        )

    def resolve_book_total(root, info):
        return root.book_total

    def resolve_book_count(root, info):
        return root.books.count()  # grows: ORM005

    def resolve_titles(root, info):
        return [book.title for book in root.books.all()]  # grows: ORM005

    def resolve_cheap_books(root, info):  # grows: ORM005, ORM006
        return root.books.filter(price__lt=15)

    def resolve_mentor_name(self, info):
        if self.mentor_id is None:
            return None
        return self.mentor.name  # grows: ORM005


class TagType(DjangoObjectType):
    class Meta:
        model = Tag
        exclude = ("books",)


class EditionType(DjangoObjectType):
    label = graphene.String()

    class Meta:
        model = Edition
        fields = ["binding", "year"]

    @staticmethod
    def resolve_label(parent, info):
        return f"{parent.binding} of {parent.book.title}"  # grows: ORM005


class ReviewType(DjangoObjectType):
    class Meta:
        model = Review
        fields = ("stars", "text", "book")  # grows: ORM005

    def resolve_text(root, info):
        return f"{root.text} ({root.book.title})"  # grows: ORM005


class BooksByCategory(DataLoader):
    async def batch_load_fn(self, keys):
        books = {key: [] for key in keys}
        async for book in Book.objects.filter(category_id__in=keys):
            books[book.category_id].append(book)
        return [books[key] for key in keys]


class CategoryType(DjangoObjectType):
    class Meta:
        model = Category
        fields = ("name", "parent", "children", "books")  # grows: ORM005

    async def resolve_books(root, info):
        loader = info.context.setdefault("books", BooksByCategory())
        return await loader.load(root.pk)


class BookType(DjangoObjectType):
    category_key = graphene.ID()
    byline = graphene.String()
    editors = graphene.List(AuthorType)
    mark = graphene.String()
    hinted_byline = graphene.String()

    class Meta:
        model = Book
        fields = (
            "title",
            "price",
            "author",  # grows: ORM005
            "publisher",  # grows: ORM005
            "tags",  # grows: ORM005
            "editions",  # grows: ORM005
            "reviews",  # grows: ORM005
        )

    def resolve_category_key(root, info):
        return root.category_id

    def resolve_byline(root, info):
        return f"{root.title} by {root.author.name}"  # grows: ORM005

    def resolve_editors(root, info):
        contributions = Contribution.objects.filter(book=root, role="editor")
        return [one.author for one in contributions.select_related("author")]  # grows: ORM005

    def resolve_mark(root, info):
        return root.stock_mark()

    @gql_optimizer.resolver_hints(select_related=("author",), only=("title", "author__name"))
    def resolve_hinted_byline(root, info):
        return f"{root.title} by {root.author.name}"  # grows: ORM005


class ShelfQuery:
    books = graphene.List(BookType)
    book = graphene.Field(BookType, key=graphene.ID(required=True))
    all_books = DjangoListField(BookType)
    books_with_authors = graphene.List(graphene.NonNull(BookType), required=True)
    full_books = graphene.List(BookType)
    newest_books = graphene.List(BookType)
    optimised_books = graphene.List(BookType)
    editions = graphene.List(EditionType)
    full_editions = graphene.List(EditionType)

    def resolve_books(root, info):
        return Book.objects.order_by("id")

    def resolve_book(root, info, key):
        return Book.objects.get(pk=key)

    def resolve_books_with_authors(root, info):
        return Book.objects.select_related("author__country")

    def resolve_full_books(self, info):
        return Book.objects.select_related("author", "publisher").prefetch_related(
            "tags", "editions", "reviews"
        )

    def resolve_newest_books(root, info):
        return Book.objects.order_by("-id")[:5]

    def resolve_optimised_books(root, info):
        return gql_optimizer.query(Book.objects.all(), info)

    def resolve_editions(root, info):
        return Edition.objects.all()

    def resolve_full_editions(root, info):
        return Edition.objects.select_related("book")


class PeopleQuery:
    authors = graphene.List(AuthorType)
    counted_authors = graphene.List(AuthorType)
    full_authors = graphene.List(AuthorType)
    author_list = graphene.List(AuthorType)
    categories = DjangoListField(CategoryType)
    later_categories = graphene.List(CategoryType)
    reviews = graphene.Field(graphene.List(ReviewType))
    plain_reviews = graphene.List(ReviewType)
    publishers = DjangoListField(PublisherType)

    def resolve_authors(root, info):
        return Author.objects.order_by("id")

    def resolve_counted_authors(root, info):
        return Author.objects.annotate(book_total=Count("books"))

    def resolve_full_authors(root, info):
        return Author.objects.select_related("country", "mentor", "profile").prefetch_related(
            "books"
        )

    def resolve_author_list(root, info):
        return [author for author in Author.objects.all()]

    async def resolve_later_categories(root, info):
        return [category async for category in Category.objects.all()]

    def resolve_reviews(root, info):
        return Review.objects.select_related("book__author")

    def resolve_plain_reviews(root, info):
        return Review.objects.all()


class Query(ShelfQuery, PeopleQuery, graphene.ObjectType):
    pass


schema = graphene.Schema(query=Query)
