from catalog.models import Book

from .base import pages


def new_tags():
    return [{"name": f"new {key}"} for key in Book.objects.values_list("pk", flat=True)]


CASES = [
    *pages(
        "api.views.people",
        {
            "AuthorViewSet.list": ("grows ORM003", "/api/authors/"),
            "AuthorViewSet.retrieve": ("constant ORM003", "/api/authors/1/"),
            "JoinedAuthorViewSet.list": ("constant ORM003", "/api/joined-authors/"),
            "AuthorKeyViewSet.list": ("constant ORM003", "/api/author-keys/"),
            "AuthorBooksViewSet.list": ("grows ORM003", "/api/author-books/"),
            "AuthorBooksViewSet.retrieve": ("constant ORM003", "/api/author-books/1/"),
            "PrefetchedAuthorBooksViewSet.list": (
                "constant ORM003",
                "/api/prefetched-author-books/",
            ),
            "AuthorTotalsViewSet.list": ("grows ORM003", "/api/author-totals/"),
            "AnnotatedAuthorViewSet.list": ("constant ORM003", "/api/annotated-authors/"),
            "DiscardingAuthorViewSet.list": ("grows ORM006", "/api/discarding-authors/"),
            "SiftingAuthorViewSet.list": ("constant ORM006", "/api/sifting-authors/"),
            "PublisherViewSet.list": ("grows ORM003", "/api/publishers/"),
            "PublisherViewSet.retrieve": ("constant ORM003", "/api/publishers/1/"),
            "PublisherViewSet.authors": ("grows ORM003", "/api/publishers/authors/"),
            "PublisherViewSet.joined_authors": (
                "constant ORM003",
                "/api/publishers/joined-authors/",
            ),
            "PublisherViewSet.summary": ("constant ORM003", "/api/publishers/1/summary/"),
        },
    ),
    *pages(
        "api.views.books",
        {
            "PathView": ("grows ORM003", "/api/paths/"),
            "JoinedPathView": ("constant ORM003", "/api/joined-paths/"),
            "StringView": ("grows ORM003", "/api/strings/"),
            "LoadedStringView": ("constant ORM003", "/api/loaded-strings/"),
            "EditionNameView": ("grows ORM003", "/api/editions/"),
            "JoinedEditionNameView": ("constant ORM003", "/api/joined-editions/"),
            "KeyView": ("constant ORM003", "/api/keys/"),
            "ManyKeysView": ("grows ORM003", "/api/many-keys/"),
            "PrefetchedKeysView": ("constant ORM003", "/api/prefetched-keys/"),
            "SlugView": ("grows ORM003", "/api/slugs/"),
            "LoadedSlugView": ("constant ORM003", "/api/loaded-slugs/"),
            "KeyLinkView": ("constant ORM003", "/api/key-links/"),
            "SlugLinkView": ("grows ORM003", "/api/slug-links/"),
            "AuthorBySlugView": ("constant ORM003", "/api/by-slug/author-1/"),
            "DeepView": ("grows ORM003", "/api/deep/"),
            "LoadedDeepView": ("constant ORM003", "/api/loaded-deep/"),
            "WholeView": ("constant ORM003", "/api/contributions/"),
            "RepresentingView": ("grows ORM003", "/api/reviews/"),
            "LoadedRepresentingView": ("constant ORM003", "/api/loaded-reviews/"),
            "PropertyView": ("grows ORM003", "/api/properties/"),
            "SimplePropertyView": ("constant ORM003", "/api/simple-properties/"),
            "BookViewSet.list": ("constant ORM003", "/api/books/"),
            "BookViewSet.retrieve": ("constant ORM003", "/api/books/1/"),
            "FavouriteView": ("constant ORM003", "/api/favourites/"),
            "CarelessFavouriteView": ("grows ORM003", "/api/careless-favourites/"),
        },
    ),
    *pages(
        "api.views.fields",
        {
            "OwnFieldView": ("grows ORM003", "/api/own-fields/"),
            "HarmlessFieldView": ("constant ORM003", "/api/harmless-fields/"),
            "ReaderViewSet.list": ("grows ORM003", "/api/readers/"),
            "JoinedReaderViewSet.list": ("constant ORM003", "/api/joined-readers/"),
            "NamedMethodView": ("grows ORM003", "/api/named-methods/"),
            "JoinedMethodView": ("constant ORM003", "/api/joined-methods/"),
        },
    ),
    *pages(
        "api.views.orders",
        {
            "OrderView": ("grows ORM003", "/api/orders/"),
            "JoinedOrderView": ("constant ORM003", "/api/joined-orders/"),
            "OneOrderView": ("constant ORM003", "/api/orders/1/"),
            "ShipmentView": ("grows ORM003", "/api/shipments/"),
            "JoinedShipmentView": ("constant ORM003", "/api/joined-shipments/"),
            "CustomerView": ("grows ORM003", "/api/customers/"),
            "joined_customers": ("constant ORM003", "/api/joined-customers/"),
            "segments": ("constant ORM003", "/api/segments/"),
            "TagsView": ("constant ORM008", "/api/tags/", new_tags),
            "SlowTagsView": ("grows ORM008", "/api/slow-tags/", new_tags),
        },
    ),
    *pages(
        "api.views.desk",
        {
            "ReviewViewSet.list": ("grows ORM003", "/api/desk/reviews/"),
            "ReviewViewSet.retrieve": ("constant ORM003", "/api/desk/reviews/1/"),
            "ReviewViewSet.destroy": ("constant ORM003", "/api/desk/reviews/1/", None, "delete"),
            "EditionViewSet.list": ("grows ORM003", "/api/desk/editions/"),
            "EditionViewSet.retrieve": ("constant ORM003", "/api/desk/editions/1/"),
            "EditionViewSet.destroy": ("constant ORM003", "/api/desk/editions/1/", None, "delete"),
            "OrderViewSet.list": ("constant ORM003", "/api/desk/orders/"),
            "OrderViewSet.retrieve": ("grows ORM003", "/api/desk/orders/1/"),
            "QuotedReviewViewSet.list": ("constant ORM003", "/api/desk/quotes/"),
            "QuotedReviewViewSet.retrieve": ("constant ORM003", "/api/desk/quotes/1/"),
            "QuotedReviewViewSet.quoted": ("grows ORM003", "/api/desk/quotes/quoted/"),
            "NamedOrderViewSet.list": ("grows ORM003", "/api/desk/named-orders/"),
            "NamedOrderViewSet.retrieve": ("constant ORM003", "/api/desk/named-orders/1/"),
            "OneOrderView.get": ("grows ORM003", "/api/desk/one-order/1/"),
            "OneOrderView.delete": ("constant ORM003", "/api/desk/one-order/1/", None, "delete"),
        },
    ),
]
