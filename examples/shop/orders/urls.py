from django.urls import path

from . import views

app_name = "orders"

urlpatterns = [
    path("", views.order_list, name="list"),
    path("basket/", views.basket, name="basket"),
    path("basket/add/<int:pk>/", views.add_to_basket, name="add"),
    path("checkout/", views.checkout, name="checkout"),
    path("report/", views.sales_report, name="report"),
    path("report/drop-cancelled/", views.drop_cancelled, name="drop-cancelled"),
    path("<slug:reference>/", views.order_detail, name="detail"),
    path("<slug:reference>/return/", views.request_return, name="return"),
]
