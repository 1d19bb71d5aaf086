from catalog.models import Author
from sales.models import Order

from .base import functions


def an_author():
    return (Author.objects.order_by("id").first().pk,)


def a_large_order():
    return (Order.objects.order_by("id").first().pk,)


CASES = [
    *functions(
        "catalog.selectors.forward",
        {
            "author_of_each_book": "grows ORM001",
            "author_of_rows_that_are_new": "constant ORM001",
            "author_of_rows_that_are_not_new": "grows ORM001",
            "author_where_the_key_changes": "grows ORM001",
            "author_of_rows_that_fail": "constant ORM001",
            "author_given_to_each_of_a_list": "constant ORM001",
            "author_given_to_each_of_a_queryset": "constant ORM001",
            "author_of_what_is_asked_for_anew": "grows ORM001",
            "author_of_each_book_joined": "constant ORM001",
            "country_behind_joined_author": "grows ORM001",
            "country_joined_all_the_way": "constant ORM001",
            "author_key_through_the_author": "grows ORM001",
            "author_key_of_the_book_itself": "constant ORM001",
            "filtering_after_the_join_keeps_it": "constant ORM001",
            "joins_taken_off_again": "grows ORM001",
            "second_join_adds_to_the_first": "constant ORM001",
            "bare_join_skips_nullable_publisher": "grows ORM001",
            "bare_join_takes_required_author": "constant ORM001",
            "join_in_one_branch_only": "grows ORM001",
            "join_in_both_branches": "constant ORM001",
            "guarded_by_another_key": "grows ORM001",
            "guarded_by_the_key_column": "constant ORM001",
            "books_filtered_by_their_author": ("grows ORM001", an_author),
            "books_reached_from_their_author": ("constant ORM001", an_author),
            "narrowed_books_of_an_author": ("constant ORM001", an_author),
            "author_set_by_hand": ("constant ORM001", an_author),
            "unsaved_books_know_their_author": ("constant ORM001", an_author),
            "profile_of_each_author": "grows ORM001",
            "profile_of_each_author_joined": "constant ORM001",
            "author_of_profile_knows_its_profile": "constant ORM001",
            "orders_asked_for_their_shipment": "grows ORM001",
            "orders_asked_for_their_shipment_joined": "constant ORM001",
            "tracking_code_or_nothing": "grows ORM001",
            "mentor_of_each_author": "grows ORM001",
            "mentor_of_each_author_joined": "constant ORM001",
            "title_of_each_ebook": "constant ORM001",
            "author_of_each_ebook": "grows ORM001",
            "ebook_behind_each_book": "grows ORM001",
            "ebook_behind_each_book_joined": "constant ORM001",
            "parent_link_of_each_ebook": "constant ORM001",
            "author_by_raw_sql": "grows ORM001",
            "reader_of_each_review": "grows ORM001",
            "book_of_each_line_of_large_orders": "grows ORM001",
        },
    ),
    *functions(
        "catalog.selectors.backward",
        {
            "tags_of_each_book": "grows ORM001",
            "tags_of_each_book_prefetched": "constant ORM001",
            "reviews_where_tags_are_prefetched": "grows ORM001",
            "prefetch_taken_off_again": "grows ORM001",
            "prefetched_child_knows_its_parent": "constant ORM001",
            "prefetched_child_asked_for_another_parent": "grows ORM001",
            "prefetched_child_and_its_other_parent": "constant ORM001",
            "prefetch_with_a_joined_queryset": "constant ORM001",
            "prefetch_with_a_plain_queryset": "grows ORM001",
            "prefetched_to_an_attribute": "constant ORM001",
            "relation_read_beside_the_attribute": "grows ORM001",
            "prefetched_afterwards": "constant ORM001",
            "other_list_prefetched_afterwards": "grows ORM001",
            "prefetch_while_streaming": "constant ORM001",
            "streaming_without_prefetch": "grows ORM001",
            "books_of_each_tag": "grows ORM001",
            "books_of_each_tag_prefetched": "constant ORM001",
            "roles_through_the_middle_model": "grows ORM001",
            "roles_through_the_middle_model_prefetched": "constant ORM001",
            "books_of_publishers_of_countries": "grows ORM001",
            "books_of_publishers_of_countries_prefetched": "constant ORM001",
            "subject_of_each_note": "grows ORM001",
            "subject_of_each_note_prefetched": "constant ORM001",
            "notes_of_each_book": "grows ORM001",
            "notes_of_each_book_prefetched": "constant ORM001",
            "tree_by_asking_each_category": "grows ORM001",
            "tree_from_one_query": "constant ORM001",
            "one_large_order_with_its_books": ("grows ORM001", a_large_order),
            "one_large_order_with_joined_books": ("constant ORM001", a_large_order),
            "one_large_order_with_prefetched_books": ("constant ORM001", a_large_order),
            "publishers_with_a_total": "constant ORM001",
            "lines_with_annotated_names": "constant ORM001",
            "lines_as_dictionaries": "constant ORM001",
            "titles_as_a_flat_list": "constant ORM001",
        },
    ),
]
