from django.urls import include, path
from rest_framework.routers import SimpleRouter

from api.views import books, desk, fields, orders, people

app_name = "api"

router = SimpleRouter()
router.register("authors", people.AuthorViewSet, basename="author")
router.register("joined-authors", people.JoinedAuthorViewSet, basename="joined-author")
router.register("author-keys", people.AuthorKeyViewSet, basename="author-key")
router.register("author-books", people.AuthorBooksViewSet, basename="author-books")
router.register(
    "prefetched-author-books", people.PrefetchedAuthorBooksViewSet, basename="prefetched-books"
)
router.register("author-totals", people.AuthorTotalsViewSet, basename="author-totals")
router.register("annotated-authors", people.AnnotatedAuthorViewSet, basename="annotated-author")
router.register("discarding-authors", people.DiscardingAuthorViewSet, basename="discarding")
router.register("sifting-authors", people.SiftingAuthorViewSet, basename="sifting")
router.register("publishers", people.PublisherViewSet, basename="publisher")
router.register("books", books.BookViewSet, basename="book")
router.register("readers", fields.ReaderViewSet, basename="reader")
router.register("joined-readers", fields.JoinedReaderViewSet, basename="joined-reader")
router.register("desk/reviews", desk.ReviewViewSet, basename="desk-review")
router.register("desk/editions", desk.EditionViewSet, basename="desk-edition")
router.register("desk/orders", desk.OrderViewSet, basename="desk-order")
router.register("desk/quotes", desk.QuotedReviewViewSet, basename="desk-quote")
router.register("desk/named-orders", desk.NamedOrderViewSet, basename="desk-named-order")

urlpatterns = [
    path("", include(router.urls)),
    path("paths/", books.PathView.as_view()),
    path("joined-paths/", books.JoinedPathView.as_view()),
    path("strings/", books.StringView.as_view()),
    path("loaded-strings/", books.LoadedStringView.as_view()),
    path("editions/", books.EditionNameView.as_view()),
    path("joined-editions/", books.JoinedEditionNameView.as_view()),
    path("keys/", books.KeyView.as_view()),
    path("many-keys/", books.ManyKeysView.as_view()),
    path("prefetched-keys/", books.PrefetchedKeysView.as_view()),
    path("slugs/", books.SlugView.as_view()),
    path("loaded-slugs/", books.LoadedSlugView.as_view()),
    path("key-links/", books.KeyLinkView.as_view()),
    path("slug-links/", books.SlugLinkView.as_view()),
    path("by-slug/<slug:slug>/", books.AuthorBySlugView.as_view(), name="author-by-slug"),
    path("deep/", books.DeepView.as_view()),
    path("loaded-deep/", books.LoadedDeepView.as_view()),
    path("contributions/", books.WholeView.as_view()),
    path("reviews/", books.RepresentingView.as_view()),
    path("loaded-reviews/", books.LoadedRepresentingView.as_view()),
    path("properties/", books.PropertyView.as_view()),
    path("simple-properties/", books.SimplePropertyView.as_view()),
    path("favourites/", books.FavouriteView.as_view()),
    path("careless-favourites/", books.CarelessFavouriteView.as_view()),
    path("own-fields/", fields.OwnFieldView.as_view()),
    path("harmless-fields/", fields.HarmlessFieldView.as_view()),
    path("named-methods/", fields.NamedMethodView.as_view()),
    path("joined-methods/", fields.JoinedMethodView.as_view()),
    path("orders/", orders.OrderView.as_view()),
    path("joined-orders/", orders.JoinedOrderView.as_view()),
    path("orders/<int:pk>/", orders.OneOrderView.as_view()),
    path("desk/one-order/<int:pk>/", desk.OneOrderView.as_view()),
    path("shipments/", orders.ShipmentView.as_view()),
    path("joined-shipments/", orders.JoinedShipmentView.as_view()),
    path("customers/", orders.CustomerView.as_view()),
    path("joined-customers/", orders.joined_customers),
    path("segments/", orders.segments),
    path("tags/", orders.TagsView.as_view()),
    path("slow-tags/", orders.SlowTagsView.as_view()),
]
