from catalog.models import Book

from .base import functions


def isbns():
    return (list(Book.objects.values_list("isbn", flat=True)),)


def book_keys():
    return (list(Book.objects.values_list("pk", flat=True)),)


def names():
    return ([f"new {isbn}" for isbn in Book.objects.values_list("isbn", flat=True)],)


CASES = [
    *functions(
        "catalog.selectors.lookups",
        {
            "books_of_each_author": "grows ORM007",
            "books_of_all_authors": "constant ORM007",
            "count_for_each_publisher": "grows ORM007",
            "count_of_each_publishers_relation": "grows ORM007",
            "count_for_all_publishers": "constant ORM007",
            "count_for_each_status": "constant ORM007",
            "count_for_each_choice": "constant ORM007",
            "revenue_of_recent_years": "constant ORM007",
            "got_for_each_isbn": ("grows ORM007", isbns),
            "got_in_bulk_for_all_isbns": ("constant ORM007", isbns),
            "filtered_for_all_isbns": ("constant ORM007", isbns),
            "or_404_for_each_key": "grows ORM007",
            "exists_for_each_customer": "grows ORM007",
            "exists_for_all_customers": "constant ORM007",
            "newest_of_each_customer": "grows ORM007",
            "newest_of_all_customers": "constant ORM007",
            "average_for_each_book": "grows ORM007",
            "average_for_all_books": "constant ORM007",
            "asked_by_a_helper": "grows ORM007",
            "asked_by_a_helper_once": "constant ORM007",
            "built_by_a_helper": "grows ORM007",
            "narrowed_by_each_word": ("constant ORM007", names),
            "collected_conditions": ("constant ORM007", names),
            "kept_unevaluated": "constant ORM007",
            "joined_by_union": "constant ORM007",
            "asked_before_the_loop": "constant ORM007",
            "asked_in_the_loop_without_the_row": "grows ORM007",
            "asked_once_beside_the_loop": "constant ORM007",
            "asked_when_first_needed": "constant ORM007",
            "walked_up_the_tree": "grows ORM007",
            "walked_up_the_tree_in_memory": "constant ORM007",
            "refreshed_one_by_one": "grows ORM007",
            "handed_down_as_subquery": "constant ORM007",
            "emptied_queue": "grows ORM007",
        },
    ),
    *functions(
        "sales.services.writing",
        {
            "raise_prices_one_by_one": "grows ORM008",
            "raise_prices_at_once": "constant ORM008",
            "raise_prices_in_bulk": "constant ORM008",
            "mark_as_sent_with_one_column": "grows ORM008",
            "mark_as_sent_by_filter": "constant ORM008",
            "book_movements_one_by_one": "grows ORM008",
            "book_movements_in_bulk": "constant ORM008",
            "book_movements_from_a_comprehension": "constant ORM008",
            "instances_saved_one_by_one": "grows ORM008",
            "instance_built_in_the_loop_and_saved_after_it": "constant ORM008",
            "delete_bad_reviews_one_by_one": "grows ORM008",
            "delete_bad_reviews_at_once": "constant ORM008",
            "delete_by_filter_in_loop": ("grows ORM008", book_keys),
            "update_by_filter_in_loop": "grows ORM008",
            "add_a_tag_to_each_book": "grows ORM008",
            "add_all_books_to_a_tag": "constant ORM008",
            "clear_the_tags_of_each_book": "grows ORM008",
            "through_rows_in_bulk": "constant ORM008",
            "tags_from_names": ("grows ORM008", names),
            "tags_from_names_at_once": ("constant ORM008", names),
            "shipments_updated_or_created": "grows ORM008",
            "default_tags": "constant ORM008",
            "save_the_dearest": "constant ORM008",
            "save_the_first_match": "constant ORM008",
            "points_given_by_a_helper": "grows ORM008",
            "points_given_to_one": "constant ORM008",
            "in_batches_of_many": "constant ORM008",
            "created_through_the_relation": "grows ORM008",
            "lines_created_through_the_relation": "grows ORM008",
            "coupons_saved_by_their_own_method": "grows ORM008",
            "one_coupon_for_all_orders": "constant ORM008",
            "one_shipment_with_its_signal": "constant ORM008",
            "lines_created_in_bulk_through_the_relation": "constant ORM008",
        },
    ),
]
