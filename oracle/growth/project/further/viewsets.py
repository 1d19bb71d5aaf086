from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response

from catalog.models import Author, Book, Contribution, Review
from further import serializers
from sales.models import Order


class Pages(PageNumberPagination):
    page_size = 200
    page_size_query_param = "size"


class EagerMixin:
    """Fetches with the rows what their serializer says that it needs."""

    def get_queryset(self):
        queryset = super().get_queryset()
        setup = getattr(self.get_serializer_class(), "setup_eager_loading", None)
        return setup(queryset) if setup else queryset


class OrderViewSet(
    EagerMixin, mixins.ListModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet
):
    queryset = Order.objects.order_by("pk")
    pagination_class = Pages
    serializer_class = serializers.OrderSerializer
    serializer_classes = {
        "create": serializers.NewOrderSerializer,
        "lines": serializers.LineSerializer,
    }

    def get_serializer_class(self):
        return self.serializer_classes.get(self.action, self.serializer_class)

    @action(detail=True)
    def lines(self, request, pk=None):
        order = get_object_or_404(Order, pk=pk)
        page = self.paginate_queryset(order.lines.select_related("book").order_by("pk"))
        serializer = self.get_serializer(page, many=True)
        return self.get_paginated_response(serializer.data)


class ReviewViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Review.objects.select_related("book", "reader")
    serializer_class = serializers.ReviewSerializer

    def get_queryset(self):
        reviews = super().get_queryset()
        if stars := self.request.query_params.get("stars"):
            reviews = reviews.filter(stars=stars)
        return reviews


class BookViewSet(viewsets.ReadOnlyModelViewSet):
    serializer_class = serializers.BookSerializer
    pagination_class = Pages

    def get_queryset(self):
        by_role = Contribution.objects.select_related("author").order_by("role")
        books = Book.objects.published().order_by("title").select_related("category")
        return books.prefetch_related("tags", Prefetch("contributions", queryset=by_role))


class AuthorViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Author.objects.prefetch_related("books")
    serializer_class = serializers.AuthorSerializer

    @action(detail=False)
    def directory(self, request):
        authors = Author.objects.order_by("name").only("name", "slug")
        return Response(serializers.DirectorySerializer(authors, many=True).data)
