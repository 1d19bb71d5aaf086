from collections import Counter

import requests
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required, user_passes_test
from django.core.mail import send_mail
from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from catalog.models import Product
from core.money import with_vat

from . import services
from .forms import CheckoutForm, ReturnForm
from .models import Order, OrderItem
from .tasks import notify_warehouse, schedule_reminder


@login_required
def order_list(request):
    orders = Order.objects.filter(customer__user=request.user).order_by("status")
    page = Paginator(orders, 20).get_page(request.GET.get("page"))
    return render(request, "orders/order_list.html", {"page": page})


def order_detail(request, reference):
    order = get_object_or_404(Order, reference=reference)
    return render(request, "orders/order_detail.html", {"order": order})


def basket(request):
    basket = request.session.get("basket", {})
    lines = []
    for pk, quantity in basket.items():
        product = Product.objects.get(pk=pk)
        lines.append({"product": product, "quantity": quantity, "gross": with_vat(product.price)})
    return render(request, "orders/basket.html", {"lines": lines})


@require_POST
def add_to_basket(request, pk):
    basket = request.session.setdefault("basket", {})
    basket[str(pk)] = basket.get(str(pk), 0) + 1
    request.session.modified = True
    return redirect("orders:basket")


@login_required
def checkout(request):
    form = CheckoutForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        customer = request.user.customer
        with transaction.atomic():
            order = Order.objects.create(
                reference=services.new_reference(),
                customer=customer,
                store=request.store,
                note=form.cleaned_data["note"],
            )
            for pk, quantity in request.session.get("basket", {}).items():
                product = Product.objects.get(pk=pk)
                if product.stock < quantity:
                    messages.error(request, f"{product} is sold out")
                    continue
                OrderItem.objects.create(
                    order=order, product=product, quantity=quantity, price=product.price
                )
                product.stock = product.stock - quantity
                product.save()
            order.recompute_total()
            if form.cleaned_data["coupon"]:
                services.apply_coupon(order, form.cleaned_data["coupon"])
            response = requests.post(
                f"{settings.PAYMENT_API_URL}/charges",
                json={"amount": str(order.total), "reference": order.reference},
                headers={"Authorization": f"Bearer {settings.PAYMENT_API_KEY}"},
            )
            if response.ok:
                order.status = "paid"
                order.save()
            notify_warehouse.delay(order)
            send_mail(
                f"Order {order.reference}",
                "Thank you for your order.",
                None,
                [request.user.email],
            )
        customer.points += int(order.total)
        customer.save()
        schedule_reminder(order)
        request.session["basket"] = {}
        return redirect("orders:detail_page", reference=order.reference)
    return render(request, "orders/checkout.html", {"form": form})


@login_required
def request_return(request, reference):
    order = get_object_or_404(Order, reference=reference, customer__user=request.user)
    form = ReturnForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.open_return(order, form.cleaned_data["reason"])
        return redirect(order)
    return render(request, "orders/return_form.html", {"form": form, "order": order})


@user_passes_test(lambda user: user.is_staff)
def sales_report(request):
    orders = Order.objects.of_current_store()
    by_city = Counter()
    for order in orders:
        address = order.customer.addresses.filter(kind="billing").first()
        if address:
            by_city[address.city] += 1
    revenue = sum(order.total for order in Order.objects.all())
    return render(
        request,
        "orders/report.html",
        {"by_city": by_city.most_common(), "revenue": revenue, "count": orders.count()},
    )


@require_POST
@user_passes_test(lambda user: user.is_staff)
def drop_cancelled(request):
    Order.objects.filter(status="cancelled").delete()
    return redirect("orders:report")
