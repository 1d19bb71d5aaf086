from rest_framework import serializers, viewsets
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import IsAdminUser, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from .models import Coupon, Order, OrderItem, Return


class OrderItemSerializer(serializers.ModelSerializer):
    product_name = serializers.CharField(source="product.name", read_only=True)

    class Meta:
        model = OrderItem
        fields = ["product", "product_name", "quantity", "price"]


class OrderSerializer(serializers.ModelSerializer):
    items = OrderItemSerializer(many=True)
    customer_name = serializers.CharField(source="customer.user.username", read_only=True)

    class Meta:
        model = Order
        fields = ["reference", "status", "total", "customer", "customer_name", "items"]

    def create(self, validated_data):
        items = validated_data.pop("items")
        order = Order.objects.create(**validated_data)
        for item in items:
            OrderItem.objects.create(order=order, **item)
        return order


class OrderViewSet(viewsets.ModelViewSet):
    serializer_class = OrderSerializer
    permission_classes = [IsAuthenticated]
    queryset = Order.objects.all()


class CouponCheckView(APIView):
    def post(self, request):
        code = request.data["code"]
        coupon = Coupon.objects.filter(code=code).first()
        if coupon is None:
            return Response({"valid": False})
        return Response({"valid": True, "percent": coupon.percent})


class ReturnSerializer(serializers.ModelSerializer):
    class Meta:
        model = Return
        fields = ["id", "order", "reason", "created_at"]


class ReturnPages(PageNumberPagination):
    page_size = 50


class ReturnViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Return.objects.order_by("-pk")
    serializer_class = ReturnSerializer
    permission_classes = [IsAdminUser]
    pagination_class = ReturnPages
