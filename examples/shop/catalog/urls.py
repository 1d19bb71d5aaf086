from django.urls import path

from core.views import leave, search_hint

from . import views

app_name = "catalog"

urlpatterns = [
    path("", views.ProductListView.as_view(), name="product-list"),
    path("search/", views.search, name="search"),
    path("search/none/", search_hint, name="search-hint"),
    path("compare/", views.CompareView.as_view(), name="compare"),
    path("leave/", leave, name="leave"),
    path("lucky/", views.lucky, name="lucky"),
    path("live-stock/", views.live_stock, name="live-stock"),
    path("price-list/", views.price_list, name="price-list"),
    path("manuals/", views.manual, name="manual"),
    path("category/<slug:slug>/", views.category_page, name="category"),
    path("<slug:slug>/", views.ProductDetailView.as_view(), name="product-detail"),
    path("<slug:slug>/review/", views.add_review, name="add-review"),
    path("<slug:slug>/edit/", views.ProductUpdateView.as_view(), name="product-edit"),
]
