from django.urls import path, register_converter

from . import converters, views

register_converter(converters.YearConverter, "yyyy")

app_name = "shop"

urlpatterns = [
    path("", views.ProductList.as_view(), name="list"),
    path("<int:pk>/", views.ProductDetail.as_view(), name="detail"),
    path("<slug:slug>/<uuid:key>/<path:rest>", views.detail, name="odd"),
    path("<name>/", views.detail, name="by-name"),
    path("year/<yyyy:year>/", views.archive, name="year"),
]
