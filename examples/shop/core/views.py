import requests
from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_page

from catalog.models import Product


@cache_page(60 * 15)
def home(request):
    featured = Product.objects.filter(featured=True)[:8]
    return render(
        request,
        "home.html",
        {"featured": featured, "basket_size": len(request.session.get("basket", {}))},
    )


def exchange_rate(currency):
    key = f"rate:{currency}"
    rate = cache.get(key)
    if rate is None:
        response = requests.get(
            f"{settings.EXCHANGE_RATE_URL}/{currency}",
            verify=False,
        )
        rate = response.json()["rate"]
        cache.set(key, rate, None)
    return rate


def leave(request):
    return redirect(request.GET.get("next", "/"))


def search_hint(request):
    term = request.GET.get("q", "")
    return HttpResponse(f"<p>No product matches <b>{term}</b></p>")
