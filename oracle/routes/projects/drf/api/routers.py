from rest_framework.routers import APIRootView, DefaultRouter, DynamicRoute, Route, SimpleRouter


class OwnRootView(APIRootView):
    pass


class CustomRouter(SimpleRouter):
    routes = [
        Route(
            url=r"^{prefix}{trailing_slash}$",
            mapping={"get": "list"},
            name="{basename}_all",
            detail=False,
            initkwargs={"suffix": "List"},
        ),
        DynamicRoute(
            url=r"^{prefix}/do/{url_path}{trailing_slash}$",
            name="{basename}_{url_name}",
            detail=False,
            initkwargs={},
        ),
        Route(
            url=r"^{prefix}/{lookup}/delete/$",
            mapping={"get": "destroy", "post": "destroy"},
            name="{basename}_delete",
            detail=True,
            initkwargs={},
        ),
    ]


class NoRootRouter(DefaultRouter):
    include_root_view = False
    include_format_suffixes = False


class SecretRouter(DefaultRouter):
    APIRootView = OwnRootView
    root_view_name = "secret-root"

    def get_urls(self):
        urls = super().get_urls()
        return urls[:-1]

    def get_lookup_regex(self, viewset, lookup_prefix=""):
        return "(?P<secret>[a-z]+)"


shared = SimpleRouter()
