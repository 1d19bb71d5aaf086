from django.core.cache import cache
from rest_framework import serializers, viewsets
from rest_framework.decorators import action, api_view
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.response import Response

from .models import Category, Product, ProductImage, Review


class ProductImageSerializer(serializers.ModelSerializer):
    class Meta:
        model = ProductImage
        fields = ["file", "position"]


class ReviewSerializer(serializers.ModelSerializer):
    author = serializers.CharField(source="customer.user.username", read_only=True)

    class Meta:
        model = Review
        fields = ["id", "product", "author", "stars", "title", "text", "published"]


class ProductSerializer(serializers.ModelSerializer):
    category_name = serializers.CharField(source="category.name", read_only=True)
    images = ProductImageSerializer(many=True, read_only=True)
    reviews = ReviewSerializer(many=True, read_only=True)
    times_ordered = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = [
            "id",
            "name",
            "slug",
            "sku",
            "price",
            "purchase_price",
            "category_name",
            "images",
            "reviews",
            "times_ordered",
        ]

    def get_times_ordered(self, product):
        return product.orderitem_set.count()


class CategorySerializer(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields = ["id", "name", "slug", "parent"]
        depth = 2


class NewestFirst(CursorPagination):
    ordering = "-created_at"
    page_size = 20


class CategoryViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Category.objects.all()
    serializer_class = CategorySerializer


class ProductViewSet(viewsets.ModelViewSet):
    serializer_class = ProductSerializer

    def get_queryset(self):
        queryset = Product.objects.prefetch_related("tags")
        return queryset.filter(**self.request.query_params.dict())

    @action(detail=True, methods=["post"])
    def restock(self, request, pk=None):
        product = Product.objects.get(pk=pk)
        product.stock = product.stock + int(request.data["amount"])
        product.save()
        return Response({"stock": product.stock})


class ReviewViewSet(viewsets.ModelViewSet):
    queryset = Review.objects.select_related("customer__user")
    serializer_class = ReviewSerializer
    permission_classes = [IsAuthenticatedOrReadOnly]
    pagination_class = NewestFirst


@api_view(["GET"])
def product_feed(request):
    key = f"feed:{request.GET.get('category', 'all')}"
    products = cache.get(key)
    if products is None:
        products = Product.objects.available()
        cache.set(key, products, 300)
    return Response([{"name": product.name, "price": product.price} for product in products])
