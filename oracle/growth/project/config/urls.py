from django.contrib import admin
from django.urls import include, path

from backoffice.sites import depot, office
from further.sites import counter

urlpatterns = [
    path("", include("storefront.urls")),
    path("api/", include("api.urls")),
    path("admin/", admin.site.urls),
    path("office/", office.urls),
    path("depot/", depot.urls),
    path("counter/", counter.urls),
    path("further/", include("further.urls")),
]
