"""The till over GraphQL, with the connections of Relay."""

import graphene
from graphene import relay
from graphene_django import DjangoObjectType
from graphene_django.fields import DjangoConnectionField
from graphene_django.filter import DjangoFilterConnectionField

from sales.models import Coupon, Customer, Order, OrderLine, Shipment


class CouponNode(DjangoObjectType):
    class Meta:
        model = Coupon
        interfaces = (relay.Node,)
        fields = ("code", "percent")


class LineNode(DjangoObjectType):
    class Meta:
        model = OrderLine
        interfaces = (relay.Node,)
        fields = ("quantity", "unit_price", "order")  # grows: ORM005
        filter_fields = ("quantity",)


class ShipmentNode(DjangoObjectType):
    class Meta:
        model = Shipment
        interfaces = (relay.Node,)
        fields = ("carrier",)


class OrderNode(DjangoObjectType):
    class Meta:
        model = Order
        interfaces = (relay.Node,)
        fields = (
            "status",
            "coupon",  # grows: ORM005
            "shipment",  # grows: ORM005
            "lines",  # grows: ORM005
            "customer",  # grows: ORM005
        )


class CustomerNode(DjangoObjectType):
    class Meta:
        model = Customer
        interfaces = (relay.Node,)
        fields = ("name", "orders")  # grows: ORM005


class OrderConnection(relay.Connection):
    class Meta:
        node = OrderNode


class Query(graphene.ObjectType):
    node = relay.Node.Field()
    orders = DjangoConnectionField(OrderNode)
    orders_with_coupons = DjangoConnectionField(OrderNode)
    orders_with_lines = relay.ConnectionField(OrderConnection)
    lines = DjangoFilterConnectionField(LineNode)
    lines_with_orders = DjangoFilterConnectionField(LineNode)
    customers = DjangoConnectionField(CustomerNode)
    customers_with_orders = DjangoConnectionField(CustomerNode)

    def resolve_orders_with_coupons(root, info, **kwargs):
        return Order.objects.select_related("coupon", "shipment")

    def resolve_orders_with_lines(root, info, **kwargs):
        return Order.objects.prefetch_related("lines")

    def resolve_lines_with_orders(root, info, **kwargs):
        return OrderLine.objects.select_related("order")

    def resolve_customers_with_orders(root, info, **kwargs):
        return Customer.objects.prefetch_related("orders")


schema = graphene.Schema(query=Query)
