import functools

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.conf.urls.static import static
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.contrib.flatpages import views as flatpages
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.http import HttpResponse
from django.urls import include, path, re_path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_page
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView, TemplateView
from django.views.i18n import JavaScriptCatalog

import blog.urls
from blog.feeds import LatestEntries
from shop import views
from shop.decorators import plain_decorator, wrapping_decorator

extra = [path("extra/", views.index, name="extra")]


def helper(prefix, view, names=("a", "b")):
    found = []
    for number, name in enumerate(names):
        if number:
            found.append(path(f"{prefix}/{name}/", view, name="%s-%s" % (prefix, name)))
        else:
            found += [path("{}/".format(prefix), view, name=prefix)]
    return found


def generated():
    for name in ["one", "two"]:
        yield path(name + "/", views.index, name=name.upper())


urlpatterns = [
    path("", views.index, name="index"),
    path("about/", TemplateView.as_view(template_name="about.html"), name="about"),
    path("old/", RedirectView.as_view(pattern_name="index")),
    path("shop/", include("shop.urls")),
    path("second-shop/", include("shop.urls", namespace="second")),
    path("blog/", include(blog.urls)),
    path("tuple/", include(([path("in/", views.index, name="in")], "tuple_app"))),
    path("tuple2/", include((extra, "tuple_app"), namespace="instance")),
    path("list/", include(extra)),
    path("accounts/", include("django.contrib.auth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("login/", auth_views.LoginView.as_view(), {"extra_context": {}}, name="own-login"),
    path("exempt/", csrf_exempt(views.index), name="exempt"),
    path("cached/", cache_page(60)(views.ProductList.as_view()), name="cached"),
    path("both/", login_required(csrf_exempt(views.ProductList.as_view())), name="both"),
    path("own/", plain_decorator(views.index), name="own-decorator"),
    path("own-wraps/", wrapping_decorator("x")(views.index), name="own-wraps"),
    path("partial/", functools.partial(views.detail, pk=1), name="partial"),
    path("lambda/", lambda request: HttpResponse(), name="lambda"),
    path("feed/", LatestEntries(), name="feed"),
    path("page/", flatpages.flatpage, {"url": "/page/"}, name="page"),
    path("jsi18n/", JavaScriptCatalog.as_view(packages=["shop"]), name="jsi18n"),
    path(_("translated/"), views.index, name="translated"),
    re_path(r"^(?P<year>[0-9]{4})/(?:(?P<month>[0-9]{2})/)?$", views.archive, name="archive"),
    re_path(r"^plain/(\d+)/$", views.by_position, name="by-position"),
    re_path("files/(?P<name>.*)$", views.archive),
    *helper("star", views.index),
]
urlpatterns += helper("plus", views.index, names=["x", "y", "z"])
urlpatterns.append(path("appended/", views.index, name="appended"))
urlpatterns.extend(generated())
urlpatterns.insert(0, path("inserted/", views.index, name="inserted"))
urlpatterns = urlpatterns + [path("added/", views.index)] + list(generated())
urlpatterns += i18n_patterns(
    path("local/", views.index, name="local"),
    path("local-shop/", include("shop.urls", namespace="local-shop")),
    prefix_default_language=False,
)
urlpatterns += [path(f"loop/{number}/", views.index, name=f"loop-{number}") for number in range(3)]
urlpatterns += [path(name, view) for name, view in {"d1/": views.index, "d2/": views.detail}.items()]

if settings.DEBUG:
    urlpatterns += [path("debug/", views.index, name="debug")]
    urlpatterns += static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT)
else:
    urlpatterns += [path("no-debug/", views.index, name="no-debug")]

if settings.FEATURE_BLOG and not settings.FEATURE_OFF:
    urlpatterns.append(path("feature/", views.index, name="feature"))
if settings.FEATURE_OFF:
    urlpatterns.append(path("off/", views.index, name="off"))
if getattr(settings, "NOT_THERE", None):
    urlpatterns.append(path("not-there/", views.index, name="not-there"))
if "blog" in settings.INSTALLED_APPS:
    urlpatterns.append(path("installed/", views.index, name="installed"))

try:
    import not_installed_package
except ImportError:
    not_installed_package = None
if not_installed_package:
    urlpatterns.append(path("package/", include("not_installed_package.urls")))

urlpatterns += staticfiles_urlpatterns()

handler404 = "shop.views.not_found"
