from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from rest_framework import mixins, viewsets
from rest_framework.decorators import action, api_view
from rest_framework.response import Response
from rest_framework.views import APIView

from . import models
from .routers import shared


class Common(viewsets.ModelViewSet):
    @action(detail=True, methods=["POST"], url_path="mark-(?P<how>[a-z]+)", url_name="marked")
    def mark(self, request, pk=None, how=None):
        return Response()

    @action(detail=False)
    def recent_ones(self, request):
        return Response()

    @recent_ones.mapping.delete
    def forget(self, request):
        return Response()


class OrderViewSet(Common):
    queryset = models.Order.objects.select_related().all()


class GroupViewSet(Common):
    queryset = Group.objects.all()
    lookup_field = "name"
    lookup_value_regex = "[a-z]{2,5}"


class MadeViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = QuerySet(model=get_user_model()).order_by("pk")
    lookup_url_kwarg = "user_id"


class ReadViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    pass


class NoPrefixViewSet(viewsets.ViewSet):
    def list(self, request):
        return Response()

    def retrieve(self, request, pk=None):
        return Response()


class PathViewSet(viewsets.ViewSet):
    lookup_value_converter = "int"

    def list(self, request):
        return Response()

    def destroy(self, request, pk):
        return Response()


@api_view(["GET", "POST"])
def function(request, format=None):
    return Response()


class Plain(APIView):
    pass


shared.register("late", ReadViewSet, basename="late")
