import csv
import io
import re

from django.conf import settings
from django.contrib.auth.decorators import login_required, permission_required
from django.db import connection
from django.http import FileResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.views.generic import DetailView, ListView, TemplateView, UpdateView

from orders.models import OrderItem

from .forms import PriceListForm, ProductForm, ReviewForm
from .models import Category, Product, Review

SKU_PATTERN = re.compile(r"^([A-Z]+-?)+[0-9]+$")

recently_viewed = {}


class ProductListView(ListView):
    model = Product
    template_name = "catalog/product_list.html"
    context_object_name = "products"

    def get_queryset(self):
        return Product.objects.available().with_rating()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["total"] = len(Product.objects.all())
        return context


class ProductDetailView(DetailView):
    model = Product
    template_name = "catalog/product_detail.html"

    def get_object(self, queryset=None):
        product = super().get_object(queryset)
        recently_viewed.setdefault(self.request.session.session_key, []).append(product.pk)
        return product

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        reviews = Review.objects.filter(product=self.object, published=True)
        if reviews:
            context["has_reviews"] = True
        context["review_count"] = reviews.count()
        related = Product.objects.filter(category=self.object.category).exclude(pk=self.object.pk)
        if related.exists():
            context["related"] = [product.name for product in related]
        context["bought_with"] = Product.objects.filter(
            pk__in=list(
                OrderItem.objects.filter(order__items__product=self.object).values_list(
                    "product_id", flat=True
                )
            )
        )[:4]
        context["description"] = mark_safe(self.object.description)
        return context


class ProductUpdateView(UpdateView):
    model = Product
    form_class = ProductForm
    template_name = "catalog/product_form.html"


class CompareView(TemplateView):
    template_name = "catalog/product_compare.html"


def search(request):
    order = request.GET.get("order", "name")
    term = request.GET.get("q", "")
    products = Product.objects.order_by(order)
    if SKU_PATTERN.match(term.upper().partition(" ")[0]):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT id FROM catalog_product WHERE upper(sku) = '{term.upper()}'")
            ids = [row[0] for row in cursor.fetchall()]
        products = products.filter(pk__in=ids)
    elif term:
        products = products.filter(search_text__icontains=term.lower())
    return render(request, "catalog/search.html", {"products": products, "term": term})


def category_page(request, slug, page=1):
    category = get_object_or_404(Category, slug=slug)
    products = Product.objects.filter(category=category).prefetch_related("category")
    return render(
        request, "catalog/category.html", {"category": category, "products": products}
    )


def lucky(request):
    return redirect(Product.objects.order_by("?").first())


async def live_stock(request):
    low = Product.objects.filter(stock__lt=settings.LOW_STOCK_THRESHOLD)
    return JsonResponse({"low": [product.sku for product in low]})


@login_required
def add_review(request, pk):
    product = get_object_or_404(Product, pk=pk)
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        review = form.save(commit=False)
        review.product = product
        review.customer = request.user.customer
        review.save()
        return redirect(product)
    return render(request, "catalog/review_form.html", {"form": form, "product": product})


@permission_required("catalog.change_product")
def price_list(request):
    form = PriceListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        text = io.TextIOWrapper(request.FILES["file"], encoding="utf-8")
        for row in csv.DictReader(text):
            product = Product.objects.get(sku=row["sku"])
            product.price = row["price"]
            product.save()
        return redirect("catalog:product-list")
    return render(request, "catalog/price_list.html", {"form": form})


def manual(request):
    return FileResponse(open(settings.MEDIA_ROOT / "manuals" / request.GET["file"], "rb"))


def published_reviews(product):
    return Review.objects.filter(product=product, published=True).select_related("customer__user")
