from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response

from api.serializers import people
from catalog.models import Author, Publisher


class LongPages(PageNumberPagination):
    page_size = 100


class AuthorViewSet(viewsets.ModelViewSet):
    queryset = Author.objects.order_by("pk")
    serializer_class = people.AuthorSerializer
    pagination_class = LongPages


class JoinedAuthorViewSet(viewsets.ModelViewSet):
    queryset = Author.objects.select_related("country", "mentor").order_by("pk")
    serializer_class = people.JoinedAuthorSerializer
    pagination_class = LongPages


class AuthorKeyViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Author.objects.all()
    serializer_class = people.AuthorKeySerializer


class AuthorBooksViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Author.objects.all()
    serializer_class = people.AuthorBooksSerializer


class PrefetchedAuthorBooksViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Author.objects.all()
    serializer_class = people.PrefetchedAuthorBooksSerializer

    def get_queryset(self):
        queryset = super().get_queryset()
        if self.action == "list":
            queryset = queryset.prefetch_related("books")
        return queryset


class AuthorTotalsViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Author.objects.all()
    serializer_class = people.AuthorTotalsSerializer


class AnnotatedAuthorViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Author.objects.with_book_totals()
    serializer_class = people.AnnotatedAuthorSerializer


class DiscardingAuthorViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Author.objects.prefetch_related("books")
    serializer_class = people.DiscardingAuthorSerializer


class SiftingAuthorViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Author.objects.prefetch_related("books")
    serializer_class = people.SiftingAuthorSerializer


class PublisherViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Publisher.objects.all()
    serializer_class = people.PublisherSerializer

    @action(detail=False)
    def authors(self, request):
        authors = Author.objects.filter(books__publisher__isnull=False).distinct()
        return Response(people.AuthorSerializer(authors, many=True).data)

    @action(detail=False, url_path="joined-authors")
    def joined_authors(self, request):
        authors = Author.objects.select_related("country", "mentor")
        serializer = people.JoinedAuthorSerializer(authors, many=True)
        return Response(serializer.data)

    @action(detail=True)
    def summary(self, request, pk=None):
        publisher = self.get_object()
        return Response({"name": publisher.name, "country": publisher.country.name})
