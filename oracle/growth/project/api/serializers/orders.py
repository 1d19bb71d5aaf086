from rest_framework import serializers

from catalog.models import Tag
from sales.models import Customer, Order, OrderLine


class LineSerializer(serializers.ModelSerializer):
    title = serializers.CharField(source="book.title")  # grows: ORM003

    class Meta:
        model = OrderLine
        fields = ["quantity", "title"]


class JoinedLineSerializer(serializers.ModelSerializer):
    title = serializers.CharField(source="book.title")

    class Meta:
        model = OrderLine
        fields = ["quantity", "title"]


class OrderSerializer(serializers.ModelSerializer):
    lines = LineSerializer(many=True)

    class Meta:
        model = Order
        fields = ["id", "lines"]


class JoinedOrderSerializer(serializers.ModelSerializer):
    lines = JoinedLineSerializer(many=True)
    customer = serializers.StringRelatedField()

    class Meta:
        model = Order
        fields = ["id", "customer", "lines"]


class ShipmentSerializer(serializers.ModelSerializer):
    """Goes backwards over a one-to-one relation."""

    carrier = serializers.CharField(source="shipment.carrier", default="")  # grows: ORM003

    class Meta:
        model = Order
        fields = ["id", "carrier"]


class JoinedShipmentSerializer(serializers.ModelSerializer):
    carrier = serializers.CharField(source="shipment.carrier", default="")

    class Meta:
        model = Order
        fields = ["id", "carrier"]


class CustomerSerializer(serializers.Serializer):
    """No model says what its rows are; the view does."""

    name = serializers.CharField()
    mail = serializers.EmailField(source="user.email")  # grows: ORM003


class JoinedCustomerSerializer(serializers.Serializer):
    name = serializers.CharField()
    mail = serializers.EmailField(source="user.email")


class BulkTagSerializer(serializers.ListSerializer):
    def create(self, validated_data):
        return Tag.objects.bulk_create([Tag(**values) for values in validated_data])


class TagSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tag
        fields = ["id", "name"]
        list_serializer_class = BulkTagSerializer


class SlowTagSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tag
        fields = ["id", "name"]

    def create(self, validated_data):
        return Tag.objects.create(**validated_data)  # grows: ORM008


class SegmentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Customer
        fields = ["id", "name", "is_wholesale"]
