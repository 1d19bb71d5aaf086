from rest_framework import generics, viewsets
from rest_framework.response import Response

from api.serializers import books
from catalog.models import Book, Contribution, Edition, Review
from sales.models import Customer


class PathView(generics.ListAPIView):
    queryset = Book.objects.all()
    serializer_class = books.PathSerializer


class JoinedPathView(generics.ListAPIView):
    queryset = Book.objects.select_related("author", "publisher")
    serializer_class = books.JoinedPathSerializer


class StringView(generics.ListAPIView):
    queryset = Book.objects.all()
    serializer_class = books.StringSerializer


class LoadedStringView(generics.ListAPIView):
    queryset = Book.objects.with_shelf_marks()
    serializer_class = books.LoadedStringSerializer


class EditionNameView(generics.ListAPIView):
    queryset = Edition.objects.all()
    serializer_class = books.EditionNameSerializer


class JoinedEditionNameView(generics.ListAPIView):
    queryset = Edition.objects.select_related("book")
    serializer_class = books.EditionNameSerializer


class KeyView(generics.ListCreateAPIView):
    queryset = Book.objects.all()
    serializer_class = books.KeySerializer


class ManyKeysView(generics.ListAPIView):
    queryset = Book.objects.all()
    serializer_class = books.ManyKeysSerializer


class PrefetchedKeysView(generics.ListAPIView):
    queryset = Book.objects.prefetch_related("tags", "reviews")
    serializer_class = books.PrefetchedKeysSerializer


class SlugView(generics.ListAPIView):
    queryset = Book.objects.all()
    serializer_class = books.SlugSerializer


class LoadedSlugView(generics.ListAPIView):
    queryset = Book.joined.prefetch_related("tags")
    serializer_class = books.LoadedSlugSerializer


class KeyLinkView(generics.ListAPIView):
    queryset = Book.objects.all()
    serializer_class = books.KeyLinkSerializer


class SlugLinkView(generics.ListAPIView):
    queryset = Book.objects.all()
    serializer_class = books.SlugLinkSerializer


class DeepView(generics.ListAPIView):
    queryset = Book.objects.all()
    serializer_class = books.DeepSerializer


class LoadedDeepView(generics.ListAPIView):
    queryset = Book.objects.select_related("category")
    serializer_class = books.LoadedDeepSerializer


class WholeView(generics.ListAPIView):
    queryset = Contribution.objects.all()
    serializer_class = books.WholeSerializer


class RepresentingView(generics.ListAPIView):
    queryset = Review.objects.all()
    serializer_class = books.RepresentingSerializer


class LoadedRepresentingView(generics.ListAPIView):
    serializer_class = books.LoadedRepresentingSerializer

    def get_queryset(self):
        return Review.objects.good().select_related("book")


class PropertyView(generics.ListAPIView):
    queryset = Book.objects.all()
    serializer_class = books.PropertySerializer


class SimplePropertyView(generics.ListAPIView):
    queryset = Book.objects.all()
    serializer_class = books.SimplePropertySerializer


class BookViewSet(viewsets.ReadOnlyModelViewSet):
    """The list shows columns only; a single book shows more."""

    queryset = Book.objects.all()

    def get_serializer_class(self):
        if self.action == "retrieve":
            return books.BookDetailSerializer
        return books.BookListSerializer


class FavouriteView(generics.ListAPIView):
    queryset = Book.objects.all()
    serializer_class = books.FavouriteSerializer

    def get_serializer_context(self):
        context = super().get_serializer_context()
        customer = Customer.objects.first()
        context["favourites"] = set(customer.favourites.values_list("pk", flat=True))
        return context


class CarelessFavouriteView(generics.ListAPIView):
    queryset = Book.objects.all()
    serializer_class = books.CarelessFavouriteSerializer


class AuthorBySlugView(generics.GenericAPIView):
    """What links by slug lead to."""

    def get(self, request, slug):
        return Response({"slug": slug, "books": Book.objects.filter(author__slug=slug).count()})
