"""Lists of books, authors and orders."""

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.shortcuts import render
from django.views.generic import ListView, TemplateView

from catalog.models import Author, Book, Edition, Review
from sales.models import Order
from storefront.mixins import HeadingMixin, JoinedMixin


class BookList(HeadingMixin, ListView):
    model = Book
    heading = "All books"
    ordering = ["title"]
    paginate_by = 100
    template_name = "storefront/book_list.html"


class JoinedBookList(HeadingMixin, ListView):
    heading = "All books"
    paginate_by = 100
    template_name = "storefront/joined_book_list.html"
    context_object_name = "book_list"

    def get_queryset(self):
        return Book.objects.with_people().order_by("title")


class MixedInBookList(JoinedMixin, ListView):
    model = Book
    joins = ("author", "publisher")
    template_name = "storefront/joined_book_list.html"


def cards(request):
    books = Book.objects.published().order_by("-published_on")
    return render(request, "storefront/cards.html", {"books": books})


def joined_cards(request):
    books = Book.objects.published().select_related("publisher").order_by("-published_on")
    context = {"books": books, "kind": "all"}
    return render(request, "storefront/joined_cards.html", context)


def books_with_tags(request):
    return render(request, "storefront/tags.html", {"books": Book.objects.all()})


def books_with_credits(request):
    return render(request, "storefront/credits.html", {"books": Book.objects.order_by("title")})


def books_with_harmless_tags(request):
    return render(request, "storefront/harmless_tags.html", {"books": Book.objects.all()})


def favourites(request):
    return render(request, "storefront/favourites.html", {"books": Book.objects.order_by("pk")})


class Authors(TemplateView):
    template_name = "storefront/authors.html"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["authors"] = Author.objects.order_by("name")
        return context


class PrefetchedAuthors(TemplateView):
    template_name = "storefront/prefetched_authors.html"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        authors = Author.objects.order_by("name").select_related("country")
        context["authors"] = authors.prefetch_related("books", "pupils")
        return context


def first_books(request):
    authors = Author.objects.prefetch_related("books")
    return render(request, "storefront/first_books.html", {"authors": authors})


def first_books_in_order(request):
    """The same page, where the prefetched rows have an order of their own."""
    newest_first = Prefetch("reviews", Review.objects.order_by("-id"))
    books = Book.objects.prefetch_related("tags", newest_first)
    return render(request, "storefront/best_reviews.html", {"books": books})


def best_reviews(request):
    books = Book.objects.prefetch_related("reviews", "tags")
    return render(request, "storefront/best_reviews.html", {"books": books})


class Editions(ListView):
    queryset = Edition.objects.order_by("year")
    context_object_name = "editions"
    template_name = "storefront/editions.html"


class JoinedEditions(ListView):
    queryset = Edition.objects.order_by("year").select_related("book")
    context_object_name = "editions"
    template_name = "storefront/joined_editions.html"


def regrouped(request):
    books = Book.objects.order_by("category")
    return render(request, "storefront/regrouped.html", {"books": books})


def joined_regrouped(request):
    books = Book.objects.order_by("category").select_related("category")
    return render(request, "storefront/joined_regrouped.html", {"books": books})


def sorted_in_the_template(request):
    return render(request, "storefront/sorted.html", {"books": Book.objects.all()})


def teaser(request):
    books = list(Book.objects.order_by("-published_on"))
    return render(request, "storefront/teaser.html", {"books": books})


class OrderRows(ListView):
    model = Order
    template_name = "storefront/rows.html"


class JoinedOrderRows(JoinedMixin, ListView):
    model = Order
    joins = ("customer",)
    template_name = "storefront/joined_rows.html"


def groups(request):
    found = {"cheap": [], "dear": []}
    for book in Book.objects.all():
        found["cheap" if book.price < 20 else "dear"].append(book)
    return render(request, "storefront/groups.html", {"groups": found})


def joined_groups(request):
    books = list(Book.objects.select_related("publisher"))
    found = [
        {"name": "cheap", "books": [book for book in books if book.price < 20]},
        {"name": "dear", "books": [book for book in books if book.price >= 20]},
    ]
    return render(request, "storefront/joined_groups.html", {"groups": found})


class Tree(TemplateView):
    """Shows the categories that the context processor gives to every page."""

    template_name = "storefront/tree.html"


class RowsOfValues(ListView):
    queryset = Book.objects.values("title", "author__name")
    context_object_name = "rows"
    template_name = "storefront/values.html"


def links(request):
    return render(request, "storefront/links.html", {"books": Book.objects.all()})


def key_links(request):
    return render(request, "storefront/key_links.html", {"books": Book.objects.all()})


def reviews(request):
    pages = Paginator(Review.objects.all(), per_page=200)
    page = pages.get_page(request.GET.get("page"))
    return render(request, "storefront/reviews.html", {"page_obj": page})


def joined_reviews(request):
    pages = Paginator(Review.objects.select_related("reader", "book"), per_page=200)
    page = pages.get_page(request.GET.get("page"))
    return render(request, "storefront/joined_reviews.html", {"page_obj": page})
