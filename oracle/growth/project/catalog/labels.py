"""How books and the like are called in lists."""


def publisher_label(book):
    return f"{book.title} ({book.publisher.name})"  # grows: ORM001


def price_label(book):
    return f"{book.title} ({book.price})"


def joined_publisher_label(book):
    """For books whose publisher was joined."""
    return f"{book.title}, {book.publisher.name}"


def with_prefix(prefix, label):
    def prefixed(book):
        return f"{prefix} {label(book)}"

    return prefixed


def country_of(book):
    return name_of(book.author.country)  # grows: ORM001


def name_of(thing):
    return thing.name.strip().title()
