from rest_framework import generics, status
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.views import APIView

from api.serializers import orders
from sales.models import Customer, Order


class OrderView(generics.ListAPIView):
    """Prefetches the lines, and not what the lines ask for."""

    queryset = Order.objects.prefetch_related("lines")
    serializer_class = orders.OrderSerializer


class JoinedOrderView(generics.ListAPIView):
    queryset = Order.objects.select_related("customer").prefetch_related("lines__book")
    serializer_class = orders.JoinedOrderSerializer


class OneOrderView(generics.RetrieveAPIView):
    queryset = Order.objects.prefetch_related("lines__book")
    serializer_class = orders.JoinedOrderSerializer


class ShipmentView(generics.ListAPIView):
    queryset = Order.objects.all()
    serializer_class = orders.ShipmentSerializer


class JoinedShipmentView(generics.ListAPIView):
    queryset = Order.objects.select_related("shipment")
    serializer_class = orders.JoinedShipmentSerializer


class CustomerView(APIView):
    def get(self, request):
        customers = Customer.objects.order_by("name")
        return Response(orders.CustomerSerializer(customers, many=True).data)


@api_view(["GET"])
def joined_customers(request):
    customers = Customer.objects.order_by("name").select_related("user")
    serializer = orders.JoinedCustomerSerializer(customers, many=True)
    return Response({"customers": serializer.data})


@api_view(["GET"])
def segments(request):
    customers = list(Customer.objects.all())
    answer = {}
    for wholesale in (True, False):
        rows = [customer for customer in customers if customer.is_wholesale is wholesale]
        answer[str(wholesale)] = orders.SegmentSerializer(rows, many=True).data
    return Response(answer)


class TagsView(APIView):
    def post(self, request):
        serializer = orders.TagSerializer(data=request.data, many=True)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data, status=status.HTTP_201_CREATED)


class SlowTagsView(generics.CreateAPIView):
    serializer_class = orders.SlowTagSerializer

    def get_serializer(self, *args, **kwargs):
        return super().get_serializer(*args, many=True, **kwargs)
