"""More lists: what a template asks of the methods of a row, what a view adds to its context."""

from django.shortcuts import render
from django.views.generic import ListView

from catalog.models import Book
from sales.models import Order


class Marks(ListView):
    model = Book
    template_name = "storefront/marks.html"


class PriceTags(ListView):
    model = Book
    template_name = "storefront/price_tags.html"


def shelves(request):
    books = Book.objects.order_by("category", "title")
    return render(request, "storefront/shelves.html", {"books": books})


def loaded_shelves(request):
    books = Book.objects.with_shelf_marks().order_by("category", "title")
    return render(request, "storefront/loaded_shelves.html", {"books": books})


class Names(ListView):
    """Goes through the rows of the page before the template does."""

    model = Book
    template_name = "storefront/names.html"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["names"] = self.names(context["book_list"])
        return context

    def names(self, books):
        return sorted({book.author.name for book in books})  # grows: ORM001


class JoinedNames(ListView):
    queryset = Book.objects.select_related("author")
    template_name = "storefront/names.html"

    def get_context_data(self, **kwargs):
        names = sorted({book.author.name for book in self.object_list})
        return super().get_context_data(names=names, **kwargs)


class Baskets(ListView):
    context_object_name = "orders"
    template_name = "storefront/baskets.html"

    def get_queryset(self):
        return Order.objects.filter(status__in=["new", "paid", "sent"])


class LoadedBaskets(Baskets):
    template_name = "storefront/loaded_baskets.html"

    def get_queryset(self):
        return super().get_queryset().select_related("shipment").prefetch_related("lines__book")
