from django.urls import include, path

from shop.views import index

from .more import *  # noqa: F403
from .more import nested as nested_patterns

urlpatterns = [
    path("own/", index, name="blog-own"),
    path("nested/", include(nested_patterns)),
    path("module/", include("blog.more")),
    *more_patterns,  # noqa: F405
]
