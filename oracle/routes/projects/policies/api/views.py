from rest_framework import filters, generics, mixins, pagination, parsers, renderers, viewsets
from rest_framework.authentication import TokenAuthentication
from rest_framework.decorators import (
    action,
    api_view,
    authentication_classes,
    parser_classes,
    permission_classes,
    renderer_classes,
    throttle_classes,
)
from rest_framework.permissions import AllowAny, IsAdminUser, IsAuthenticated
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle, UserRateThrottle
from rest_framework.views import APIView

from .rules import IN_HOUSE, IsGuest, IsOwner


class Small(pagination.LimitOffsetPagination):
    default_limit = 5


class Throttled:
    throttle_classes = [AnonRateThrottle, UserRateThrottle]


class Untouched(APIView):
    pass


class Listed(Throttled, generics.ListAPIView):
    permission_classes = [*IN_HOUSE, IsOwner]
    filter_backends = (filters.SearchFilter,)


class Child(Listed):
    permission_classes = (IsAuthenticated & (IsOwner | ~IsGuest),)
    pagination_class = None


class Grandchild(Child):
    pagination_class = Small
    authentication_classes = ()


class Extended(Listed):
    permission_classes = Listed.permission_classes + [IsAdminUser]
    parser_classes = list(Untouched.parser_classes)[:0] or [parsers.JSONParser]


class Hidden(mixins.ListModelMixin, viewsets.GenericViewSet):
    permission_classes = [IsAdminUser]
    renderer_classes = [renderers.JSONRenderer]

    @action(detail=False, permission_classes=[AllowAny], pagination_class=Small)
    def shown(self, request):
        return Response()

    @action(detail=True, methods=["post"])
    def plain(self, request, pk=None):
        return Response()


class Chosen(viewsets.ViewSet):
    def list(self, request):
        return Response()

    def get_permissions(self):
        return [AllowAny()] if self.action == "list" else super().get_permissions()


@api_view(["GET"])
def bare(request):
    return Response()


@api_view(["POST"])
@permission_classes([IsAdminUser | IsGuest])
@authentication_classes((TokenAuthentication,))
@throttle_classes([UserRateThrottle])
@parser_classes([parsers.JSONParser])
@renderer_classes([renderers.JSONRenderer])
def decorated(request):
    return Response()


def no_api(request):
    return None
