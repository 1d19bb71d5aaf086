from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.generic import DetailView, FormView, ListView, TemplateView

from catalog.models import Book
from further.forms import GiftForm
from sales.models import Customer, Order


class OrderBoard(TemplateView):
    """One column for each status, one ticket for each order."""

    template_name = "further/board.html"

    def get_context_data(self, **kwargs):
        columns = {label: [] for label in Order.Status.labels}
        for order in Order.objects.select_related("customer", "coupon"):
            columns[order.get_status_display()].append(order)
        return super().get_context_data(columns=columns, **kwargs)


class CustomerFile(DetailView):
    queryset = Customer.objects.select_related("user")
    template_name = "further/customer_file.html"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["orders"] = self.object.orders.select_related("coupon").prefetch_related("lines")
        return context


class Novelties(ListView):
    queryset = Book.objects.select_related("author").order_by("-published_on")
    paginate_by = 100
    template_name = "further/novelties.html"


def publisher_catalogue(request, pk):
    books = Book.objects.filter(publisher=pk).order_by("title")
    page = Paginator(books, 100).get_page(request.GET.get("page"))
    return render(request, "further/publisher_catalogue.html", {"page": page})


class RatedBooks(ListView):
    model = Book
    context_object_name = "books"
    template_name = "further/rated_books.html"

    def get_queryset(self):
        books = super().get_queryset().prefetch_related("reviews")
        return books.filter(reviews__stars__gte=self.request.GET.get("stars", 1)).distinct()


def front_page(request):
    """The newest book with all that is said about it, and the others by name."""
    lead, *others = Book.light.published().order_by("-published_on")[:50]
    return render(request, "further/front_page.html", {"lead": lead, "others": others})


class SendGift(FormView):
    form_class = GiftForm
    template_name = "further/gift.html"
