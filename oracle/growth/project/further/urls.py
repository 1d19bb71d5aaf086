from django.urls import include, path
from rest_framework.routers import DefaultRouter

from further import pages, viewsets

app_name = "further"

router = DefaultRouter()
router.register("orders", viewsets.OrderViewSet)
router.register("reviews", viewsets.ReviewViewSet)
router.register("books", viewsets.BookViewSet, basename="book")
router.register("authors", viewsets.AuthorViewSet)

urlpatterns = [
    path("", pages.front_page, name="front-page"),
    path("api/", include(router.urls)),
    path("board/", pages.OrderBoard.as_view(), name="board"),
    path("customers/<int:pk>/", pages.CustomerFile.as_view(), name="customer"),
    path("novelties/", pages.Novelties.as_view(), name="novelties"),
    path("publishers/<int:pk>/", pages.publisher_catalogue, name="publisher"),
    path("rated/", pages.RatedBooks.as_view(), name="rated"),
    path("gift/", pages.SendGift.as_view(), name="gift"),
]
