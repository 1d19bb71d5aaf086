from django.http import HttpResponse
from django.views.generic import DetailView, ListView

from .decorators import plain_decorator


def index(request):
    return HttpResponse()


@plain_decorator
def detail(request, pk=None, **kwargs):
    return HttpResponse()


def archive(request, **kwargs):
    return HttpResponse()


def by_position(request, number):
    return HttpResponse()


def not_found(request, exception):
    return HttpResponse(status=404)


class ProductList(ListView):
    pass


class ProductDetail(DetailView):
    pass
