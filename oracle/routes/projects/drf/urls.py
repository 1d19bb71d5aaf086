from django.urls import include, path, re_path
from rest_framework import routers
from rest_framework.urlpatterns import format_suffix_patterns
from rest_framework_nested import routers as nested

from api import views
from api.routers import CustomRouter, NoRootRouter, SecretRouter, shared

simple = routers.SimpleRouter(trailing_slash=False)
simple.register("orders", views.OrderViewSet)
simple.register("read", views.ReadViewSet, basename="read")

default = routers.DefaultRouter()
default.register(r"groups", views.GroupViewSet, basename="group")
default.register(r"made", views.MadeViewSet)
default.register("", views.NoPrefixViewSet, basename="none")

paths = routers.SimpleRouter(use_regex_path=False)
paths.register("path", views.PathViewSet, basename="path")

custom = CustomRouter()
custom.register("custom", views.GroupViewSet, basename="custom")
no_root = NoRootRouter()
no_root.register("no-root", views.ReadViewSet, "no-root")
secret = SecretRouter()
secret.register("things", views.ReadViewSet, basename="thing")

parent = nested.SimpleRouter()
parent.register("domains", views.GroupViewSet, basename="domains")
child = nested.NestedSimpleRouter(parent, "domains", lookup="domain")
child.register("nameservers", views.OrderViewSet, basename="domain-nameservers")
grandchild = nested.NestedDefaultRouter(child, "nameservers", lookup="nameserver")
grandchild.register("logs", views.ReadViewSet, basename="logs")

default.registry.extend(simple.registry)

urlpatterns = [
    path("simple/", include(simple.urls)),
    path("default/", include((default.urls, "default"), namespace="v1")),
    path("paths/", include(paths.urls)),
    path("custom/", include(custom.urls)),
    path("no-root/", include(no_root.urls)),
    path("secret/", include(secret.urls)),
    path("nested/", include(parent.urls)),
    path("nested/", include(child.urls)),
    path("nested/", include(grandchild.urls)),
    path("shared/", include(shared.urls)),
    path("auth/", include("rest_framework.urls")),
    path("bound/", views.OrderViewSet.as_view({"get": "list", "post": "create"}), name="bound"),
    path("function/", views.function, name="function"),
    path("class/", views.Plain.as_view(), name="class"),
]
urlpatterns += format_suffix_patterns(
    [
        path("suffix/", views.function, name="suffix"),
        re_path(r"^regex/(?P<pk>\d+)/$", views.Plain.as_view(), name="regex"),
    ],
    allowed=["json", "html"],
)
