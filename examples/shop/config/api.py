from django.urls import path
from rest_framework.routers import DefaultRouter
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView

from catalog.api import CategoryViewSet, ProductViewSet, ReviewViewSet, product_feed
from customers.api import CustomerViewSet, MeView
from orders.api import CouponCheckView, OrderViewSet, ReturnViewSet
from payments.api import PaymentViewSet

router = DefaultRouter()
router.register("categories", CategoryViewSet)
router.register("products", ProductViewSet, basename="product")
router.register("reviews", ReviewViewSet)
router.register("customers", CustomerViewSet)
router.register("orders", OrderViewSet, basename="order")
router.register("payments", PaymentViewSet)
router.register("returns", ReturnViewSet)

urlpatterns = [
    path("token/", TokenObtainPairView.as_view(), name="token"),
    path("token/refresh/", TokenRefreshView.as_view(), name="token-refresh"),
    path("me/", MeView.as_view(), name="me"),
    path("coupons/check/", CouponCheckView.as_view(), name="coupon-check"),
    path("feed/", product_feed, name="product-feed"),
    *router.urls,
]
