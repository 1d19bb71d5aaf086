from .base import functions

CASES = functions(
    "catalog.selectors.sums",
    {
        "pieces_sold": "constant ORM014",
        "pieces_sold_of_nothing": "constant ORM014",
        "turnover": "constant ORM014",
        "turnover_of_nothing": "constant ORM014",
        "stock_in_a_loop": "constant ORM014",
        "stock_in_a_loop_over_nothing": "constant ORM014",
        "stock_by_column": "constant ORM014",
        "newest_year": "constant ORM014",
        "newest_year_of_nothing": "constant ORM014",
        "oldest_day": "constant ORM014",
        "oldest_day_of_nothing": "constant ORM014",
        "largest_stock_of_nothing": "constant ORM014",
        "newest_year_or_failure": "constant ORM014",
        "last_of_all": "constant ORM014",
        "shown_and_added": "constant ORM014",
        "of_a_property": "constant ORM014",
        "sum_of_lengths": "constant ORM014",
    },
)
