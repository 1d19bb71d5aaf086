from rest_framework import generics, mixins, viewsets
from rest_framework.response import Response

from api.serializers import fields
from catalog.models import Edition, Review
from sales.models import OrderLine


class OwnFieldView(generics.ListAPIView):
    queryset = Edition.objects.all()
    serializer_class = fields.OwnFieldSerializer


class HarmlessFieldView(generics.ListAPIView):
    queryset = Review.objects.all()
    serializer_class = fields.HarmlessFieldSerializer


class ReaderViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    queryset = Review.objects.all()
    serializer_class = fields.ReaderSerializer

    def list(self, request, *args, **kwargs):
        reviews = self.filter_queryset(self.get_queryset()).filter(stars__gt=1)
        serializer = self.get_serializer(reviews, many=True)
        return Response({"reviews": serializer.data})


class JoinedReaderViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    queryset = Review.objects.all()
    serializer_class = fields.JoinedReaderSerializer

    def list(self, request, *args, **kwargs):
        reviews = self.filter_queryset(self.get_queryset()).select_related("reader")
        serializer = self.get_serializer(reviews, many=True)
        return Response({"reviews": serializer.data})


class NamedMethodView(generics.ListAPIView):
    serializer_class = fields.NamedMethodSerializer

    def get_queryset(self):
        return OrderLine.objects.filter(quantity__gt=0).order_by("pk")


class JoinedMethodView(generics.ListAPIView):
    serializer_class = fields.JoinedMethodSerializer

    def get_queryset(self):
        return OrderLine.objects.filter(quantity__gt=0).select_related("order")
