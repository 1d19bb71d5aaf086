"""Single objects, with what belongs to them."""

from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.views.generic import DetailView

from catalog.models import Author, Publisher
from sales.models import Order


class OrderDetail(DetailView):
    model = Order
    template_name = "storefront/order_detail.html"


class JoinedOrderDetail(DetailView):
    queryset = Order.objects.select_related("customer").prefetch_related("lines__book")
    template_name = "storefront/joined_order_detail.html"


class FetchedOrderDetail(DetailView):
    """Fetches the object itself."""

    template_name = "storefront/joined_order_detail.html"

    def get_object(self):
        orders = Order.objects.prefetch_related("lines__book")
        return get_object_or_404(orders, pk=self.kwargs["pk"])


def order_with_lines(request, pk):
    order = get_object_or_404(Order, pk=pk)
    lines = order.lines.select_related("book").order_by("pk")
    return render(request, "storefront/order_with_lines.html", {"order": order, "lines": lines})


class AuthorDetail(DetailView):
    model = Author
    template_name = "storefront/author_detail.html"


class PublisherDetail(DetailView):
    model = Publisher
    template_name = "storefront/publisher_detail.html"


def confirm(order_id):
    order = Order.objects.select_related("customer").get(pk=order_id)
    return render_to_string("storefront/order_mail.txt", {"order": order})


def confirm_joined(order_id):
    order = Order.objects.select_related("customer").get(pk=order_id)
    context = {"order": order, "lines": order.lines.select_related("book__author")}
    return render_to_string("storefront/joined_order_mail.txt", context)
