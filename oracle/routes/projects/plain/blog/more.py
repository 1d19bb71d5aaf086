from django.urls import include, path

from shop.views import detail, index

nested = [
    path("deep/", include(([path("x/", index, name="x")], "deep"), namespace="deep-here")),
]
more_patterns = [path("star/", index, name="blog-star")]
urlpatterns = [path("<str:which>/", detail, kwargs={"pk": 1}, name="more")]
