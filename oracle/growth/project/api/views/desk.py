"""Views that show more of their rows to one action than to the others."""

from rest_framework import generics, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from api.serializers import desk
from catalog.models import Edition, Review
from sales.models import Order


class ReviewViewSet(viewsets.ModelViewSet):
    """Only the list asks for the book."""

    queryset = Review.objects.order_by("pk")

    def get_serializer_class(self):
        if self.action == "list":
            return desk.TitledReviewSerializer
        return desk.ReviewSerializer


class EditionViewSet(viewsets.ModelViewSet):
    """Only the list asks for the tags, which would be a query more for all others."""

    queryset = Edition.objects.order_by("pk")
    serializer_classes = {"list": desk.TaggedEditionSerializer}

    def get_serializer_class(self):
        return self.serializer_classes.get(self.action, desk.EditionSerializer)


class OrderViewSet(viewsets.ReadOnlyModelViewSet):
    """Only one order is shown with its lines."""

    def get_queryset(self):
        return Order.objects.exclude(remark="").order_by("pk")

    def get_serializer_class(self):
        if self.action == "retrieve":
            return desk.WholeOrderSerializer
        return desk.OrderSerializer


class QuotedReviewViewSet(viewsets.ReadOnlyModelViewSet):
    """Loads for one action what it needs, and nothing for another."""

    queryset = Review.objects.order_by("pk")

    def get_queryset(self):
        reviews = super().get_queryset()
        if self.action == "quoted":
            reviews = reviews.select_related("reader")
        return reviews

    def get_serializer_class(self):
        if self.action == "quoted":
            return desk.QuotedReviewSerializer
        if self.action == "retrieve":
            return desk.SignedReviewSerializer
        return desk.ReviewSerializer

    @action(detail=False)
    def quoted(self, request):
        reviews = self.filter_queryset(self.get_queryset())
        return Response(self.get_serializer(reviews, many=True).data)


class NamedOrderViewSet(viewsets.ModelViewSet):
    """All but one action show the customer."""

    queryset = Order.objects.order_by("pk")
    serializer_class = desk.NamedOrderSerializer


class OneOrderView(generics.RetrieveDestroyAPIView):
    queryset = Order.objects.all()
    serializer_class = desk.WholeOrderSerializer
