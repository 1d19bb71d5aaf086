from .base import queries

CASES = [
    *queries(
        "graph.shelves",
        {
            "ShelfQuery.resolve_books": ("constant ORM005", "{ books { title price categoryKey mark } }"),
            "BookType.Meta": ("grows ORM005", "{ books { author { name } } }"),
            "ShelfQuery.books": ("grows ORM005", "{ books { tags { name } editions { year } } }"),
            "ShelfQuery.all_books": ("grows ORM005", "{ allBooks { author { name } reviews { stars } } }"),
            "BookType.resolve_byline": ("grows ORM005", "{ books { byline } }"),
            "BookType.resolve_editors": ("grows ORM005", "{ books { editors { name } } }"),
            "ShelfQuery.resolve_book": ("constant ORM005", "{ book(key: 1) { title author { name } } }"),
            "ShelfQuery.book": ("grows ORM005", "{ book(key: 1) { author { books { publisher { name } } } } }"),
            "ShelfQuery.resolve_books_with_authors": (
                "constant ORM005",
                "{ booksWithAuthors { byline author { name country { name } } } }",
            ),
            "ShelfQuery.books_with_authors": (
                "grows ORM005",
                "{ booksWithAuthors { author { mentorName } } }",
            ),
            "ShelfQuery.resolve_full_books": (
                "constant ORM005",
                "{ fullBooks { author { name } tags { name } editions { year } reviews { text } } }",
            ),
            "ShelfQuery.full_books": ("grows ORM005", "{ fullBooks { publisher { name } } }"),
            "ShelfQuery.resolve_newest_books": ("constant ORM005", "{ newestBooks { author { name } } }"),
            "ShelfQuery.resolve_optimised_books": (
                "constant ORM005",
                "{ optimisedBooks { author { name } tags { name } } }",
            ),
            "ShelfQuery.optimised_books": ("constant ORM005", "{ optimisedBooks { hintedByline } }"),
            "BookType.resolve_hinted_byline": ("grows ORM005", "{ books { hintedByline } }"),
            "ShelfQuery.resolve_editions": ("grows ORM005", "{ editions { label } }"),
            "ShelfQuery.resolve_full_editions": ("constant ORM005", "{ fullEditions { label } }"),
            "PeopleQuery.resolve_authors": (
                "grows ORM005",
                "{ authors { bookCount titles countryName mentorName } }",
            ),
            "AuthorType.Meta": (
                "grows ORM005",
                "{ authors { country { name } profile { website } mentor { name } } }",
            ),
            "PeopleQuery.resolve_counted_authors": ("constant ORM005", "{ countedAuthors { bookTotal } }"),
            "PeopleQuery.resolve_full_authors": (
                "constant ORM005",
                "{ fullAuthors { titles countryName mentorName profile { languages } } }",
            ),
            "AuthorType.resolve_cheap_books": ("grows ORM006", "{ fullAuthors { cheapBooks { title } } }"),
            "AuthorType.cheap_books": ("grows ORM005", "{ authors { cheapBooks { title } } }"),
            "PeopleQuery.resolve_author_list": ("grows ORM005", "{ authorList { books { title } } }"),
            "PeopleQuery.categories": ("grows ORM005", "{ categories { parent { name } } }"),
            "PeopleQuery.resolve_later_categories": (
                "constant ORM005",
                "{ laterCategories { name books { title } } }",
                "async",
            ),
            "ReviewType.resolve_text": ("grows ORM005", "{ plainReviews { text } }"),
            "PeopleQuery.resolve_plain_reviews": ("constant ORM005", "{ plainReviews { stars } }"),
            "PeopleQuery.resolve_reviews": (
                "constant ORM005",
                "{ reviews { stars text book { title author { name } } } }",
            ),
            "PeopleQuery.reviews": ("grows ORM005", "{ reviews { book { publisher { name } } } }"),
            "PublisherType.get_queryset": ("grows ORM005", "{ publishers { country { name } } }"),
        },
    ),
    *queries(
        "graph.counter",
        {
            "Query.orders": ("grows ORM005", "{ orders { edges { node { coupon { code } shipment { carrier } customer { name } } } } }"),
            "OrderNode.Meta": ("grows ORM005", "{ orders { edges { node { lines { edges { node { quantity } } } } } } }"),
            "Query.resolve_orders_with_coupons": (
                "constant ORM005",
                "{ ordersWithCoupons { edges { node { coupon { code } shipment { carrier } } } } }",
            ),
            "Query.resolve_orders_with_lines": (
                "constant ORM005",
                "{ ordersWithLines { edges { node { lines { edges { node { quantity } } } } } } }",
            ),
            "Query.lines": ("grows ORM005", "{ lines { edges { node { order { status } } } } }"),
            "Query.resolve_lines_with_orders": (
                "constant ORM005",
                "{ linesWithOrders { edges { node { order { status } } } } }",
            ),
            "Query.customers": (
                "grows ORM005",
                "{ customers { edges { node { orders { edges { node { status } } } } } } }",
            ),
            "Query.resolve_customers_with_orders": (
                "constant ORM005",
                "{ customersWithOrders { edges { node { orders { edges { node { status } } } } } } }",
            ),
        },
    ),
    *queries(
        "graph.desk",
        {
            "BookType.mark": ("constant ORM005", "{ books { title mark } }"),
            "BookType.author_name": ("grows ORM005", "{ books { authorName } }"),
            "Query.books": ("grows ORM005", "{ books { writer { name } tags { name } } }"),
            "books_of_publisher": ("grows ORM005", "{ booksOf(key: 1) { reviews { stars } } }"),
            "ReviewType": ("grows ORM005", "{ book(key: 1) { reviews { reader { pk } } } }"),
            "Query.full_books": (
                "constant ORM005",
                "{ fullBooks { authorName writer { name country { name } } tags { name } reviews { stars } } }",
            ),
            "Query.book": ("constant ORM005", "{ book(key: 1) { title writer { name } } }"),
            "Query.authors": ("grows ORM005", "{ authors { country { name } books { title } } }"),
            "AuthorType.book_count": ("grows ORM005", "{ authors { bookCount } }"),
            "AuthorType.first_titles": ("grows ORM005", "{ authors { firstTitles } }"),
            "Query.full_authors": ("constant ORM005", "{ fullAuthors { country { name } books { title } } }"),
            "Query.people": ("grows ORM005", "{ people { country { name } mentorName } }"),
            "Query.full_people": ("constant ORM005", "{ fullPeople { country { name } mentorName } }"),
            "Person.home": ("constant ORM005", "{ laterPeople { home { name } } }", "async"),
        },
    ),
    *queries(
        "graph.window",
        {
            "Query.books": ("constant ORM005", "{ books { author { name } publisher { name } tags { name } } }"),
            "Query.cheap_books": ("constant ORM005", "{ cheapBooks { author { name } tagNames } }"),
            "Query.any_books": ("constant ORM005", "{ anyBooks { author { name } tags { name } } }"),
            "Query.categories": ("constant ORM005", "{ categories { name parent { name } } }"),
            "AuthorType.country_name": ("grows ORM005", "{ authors { countryName } }"),
            "AuthorType.country_code": ("constant ORM005", "{ authors { countryCode } }"),
            "AuthorType": ("constant ORM005", "{ authors { name books { title tags { name } } } }"),
            "Query.author_list": ("grows ORM005", "{ authorList { books { title } } }"),
            "Query": ("grows ORM005", "{ authorList { countryCode } }"),
            "BookType.price_tag": ("grows ORM009", "{ books { priceTag } }"),
            "BookType.price_label": ("constant ORM009", "{ books { priceLabel } }"),
            "BookType.tag_names": ("constant ORM005", "{ books { tagNames } }"),
            "BookType.category_name": ("constant ORM005", "{ books { categoryName } }"),
        },
    ),
]
