from django.contrib import admin
from django.urls import include, path

from shop.sites import shop_site

urlpatterns = [
    path("admin/doc/", include("django.contrib.admindocs.urls")),
    path("admin/", admin.site.urls),
    path("shop-admin/", shop_site.urls),
]
