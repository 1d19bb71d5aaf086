from catalog.models import Book, Publisher
from sales.models import Customer

from .base import commands, functions


def a_publisher():
    return (Publisher.objects.order_by("pk").first().pk,)


def a_customer():
    return (Customer.objects.order_by("pk").first().pk,)


def keys():
    return (list(Book.objects.values_list("pk", flat=True)),)


CASES = [
    *functions(
        "reports.exporters",
        {
            "export_orders": "grows ORM001",
            "export_joined_orders": "constant ORM001",
            "export_plain_orders": "constant ORM001",
            "export_long_orders": "grows ORM001",
            "export_long_joined_orders": "constant ORM001",
            "export_editions": "grows ORM001",
            "export_joined_editions": "constant ORM001",
            "export_lines": "grows ORM001",
            "export_publisher": ("constant ORM001", a_publisher),
            "export_authors_of_publisher": ("grows ORM001", a_publisher),
            "export_customers": "constant ORM001",
            "count_books_on_stock": "constant ORM009",
        },
    ),
    *functions(
        "reports.summaries",
        {
            "summaries_of_books": "grows ORM001",
            "summaries_of_prices": "constant ORM001",
            "rows_of_orders": "grows ORM001",
            "rows_of_joined_orders": "constant ORM001",
            "stock_shares": "constant ORM007",
            "careless_stock_shares": "grows ORM007",
            "stocktaking_of_each_category": "grows ORM007",
            "customers_of_orders": "grows ORM001",
            "customers_of_joined_orders": "constant ORM001",
            "publishers_of_a_decorated_list": "grows ORM001",
            "publishers_of_a_decorated_joined_list": "constant ORM001",
            "described_books": "grows ORM001",
            "described_joined_books": "constant ORM001",
            "names_of_countries": "constant ORM007",
            "country_by_a_memory": "grows ORM007",
            "customers_in_segments": "grows ORM001",
            "customers_in_joined_segments": "constant ORM001",
        },
    ),
    *functions(
        "reports.concurrent",
        {
            "titles_with_authors": "grows ORM001",
            "titles_with_joined_authors": "constant ORM001",
            "collected_joined_authors": "constant ORM001",
            "books_of_each_publisher": "grows ORM007",
            "books_of_each_prefetched_publisher": "constant ORM007",
            "newest_review_of_each_book": "grows ORM007",
            "got_one_by_one": ("grows ORM007", keys),
            "got_in_bulk": ("constant ORM007", keys),
            "related_rows_of_each_order": "grows ORM007",
            "related_rows_of_one_order": "constant ORM007",
            "points_saved_one_by_one": "grows ORM008",
            "movements_created_one_by_one": "grows ORM008",
            "movements_created_in_bulk": "constant ORM008",
            "gathered_counts": "grows ORM007",
            "streamed_bylines": "grows ORM007",
            "collected_bylines": "grows ORM007",
            "streamed_joined_bylines": "constant ORM007",
            "labels_from_a_thread": "grows ORM001",
            "joined_labels_from_a_thread": "constant ORM001",
        },
    ),
    *functions(
        "reports.tasks",
        {
            "remind_customers": "grows ORM001",
            "remind_joined_customers": "constant ORM001",
            "summarise_each_customer": "grows ORM007",
            "recommend": ("constant ORM001", a_customer),
            "total_each_order": "grows ORM008",
            "total_all_orders": "constant ORM008",
            "royalties": "constant ORM006",
            "careless_royalties": "grows ORM007",
        },
    ),
    *commands(
        {
            "reports.management.commands.print_labels": "grows ORM001",
            "reports.management.commands.print_prefetched_labels": "constant ORM001",
            "reports.management.commands.check_stock": "grows ORM007",
            "reports.management.commands.archive_orders": "constant ORM008",
        }
    ),
]
