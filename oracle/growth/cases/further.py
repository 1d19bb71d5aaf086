import io

from catalog.models import Book
from sales.models import Customer

from .base import admin_pages, commands, functions, pages


def a_customer():
    return (Customer.objects.order_by("pk").first().pk,)


def a_delivery():
    lines = [f"{isbn},3" for isbn in Book.objects.values_list("isbn", flat=True)]
    return (io.StringIO("\n".join(["isbn,copies", *lines, "9990000000000,1"])),)


def an_order():
    lines = [
        {"book_id": key, "quantity": 1, "unit_price": "9.90"}
        for key in Book.objects.values_list("pk", flat=True)
    ]
    return {"customer": 1, "remark": "", "lines": lines}


CASES = [
    *functions(
        "further.reports",
        {
            "turnover_by_country": "grows ORM001",
            "turnover_by_author": "constant ORM001",
            "pick_list": "grows ORM001",
            "parcel_labels": "constant ORM001",
            "review_sheet": "grows ORM001",
            "price_list": "constant ORM009",
            "largest_stocks": "constant ORM001",
            "teasers_of_reviewed_books": "grows ORM009",
            "orders_by_hour": "grows ORM007",
            "orders_by_status": "constant ORM007",
        },
    ),
    *functions(
        "further.selectors",
        {
            "credits_of_authors": "grows ORM001",
            "remarks": "constant ORM001",
            "day_sheet": "grows ORM006",
            "reading_lists": "constant ORM006",
            "account_of": ("constant ORM006", a_customer),
            "marked_favourites": ("constant ORM007", a_customer),
        },
    ),
    *functions(
        "further.services",
        {
            "pack_orders": "grows ORM008",
            "receive_delivery": ("grows ORM007", a_delivery),
            "round_prices": "constant ORM008",
            "recommend_newest": "grows ORM008",
            "review_digest": "grows ORM002",
        },
    ),
    *pages(
        "further.pages",
        {
            "OrderBoard": ("grows ORM002", "/further/board/"),
            "CustomerFile": ("constant ORM002", "/further/customers/1/"),
            "Novelties": ("grows ORM002", "/further/novelties/"),
            "publisher_catalogue": ("constant ORM002", "/further/publishers/1/"),
            "RatedBooks": ("constant ORM002", "/further/rated/"),
            "front_page": ("constant ORM009", "/further/"),
            "SendGift": ("grows ORM001", "/further/gift/"),
        },
    ),
    *pages(
        "further.viewsets",
        {
            "OrderViewSet.list": ("constant ORM003", "/further/api/orders/"),
            "OrderViewSet.create": ("grows ORM008", "/further/api/orders/", an_order),
            "OrderViewSet.lines": ("grows ORM003", "/further/api/orders/1/lines/"),
            "ReviewViewSet.list": ("grows ORM003", "/further/api/reviews/"),
            "BookViewSet.list": ("constant ORM003", "/further/api/books/"),
            "AuthorViewSet.list": ("grows ORM006", "/further/api/authors/"),
            "AuthorViewSet.directory": ("grows ORM009", "/further/api/authors/directory/"),
        },
    ),
    *admin_pages(
        "further.admin",
        {
            "OpenOrderAdmin": ("grows ORM004", "/counter/further/openorder/"),
            "BookAdmin": ("constant ORM004", "/counter/catalog/book/"),
            "BookInline": ("grows ORM004", "/counter/catalog/publisher/1/change/"),
            "OrderInline": ("constant ORM004", "/counter/sales/customer/1/change/"),
        },
    ),
    *commands({"further.management.commands.warn_about_orders": "constant ORM008"}),
]
