from django import template

from catalog.models import Book

register = template.Library()


@register.simple_tag
def credit_line(book):
    return f"{book.author.name}, {book.title}"  # grows: ORM002


@register.simple_tag
def price_line(book):
    return f"{book.title}: {book.price}"


@register.filter
def imprint(book):
    return f"{book.title} ({book.publisher.name})"  # grows: ORM002


@register.filter
def shortened(book):
    return book.title[:10]


@register.inclusion_tag("storefront/parts/reviews.html")
def latest_reviews(book):
    return {"reviews": book.reviews.all()[:2]}  # built: ORM002


@register.inclusion_tag("storefront/parts/badge.html")
def price_badge(book):
    return {"price": book.price, "is_cheap": book.price < 15}


@register.inclusion_tag("storefront/parts/byline.html", takes_context=True)
def credited(context, book):
    return {"book": book, "user": context.get("user")}


@register.simple_tag
def bestsellers(amount=3):
    return Book.objects.order_by("-stock")[:amount]


@register.simple_tag(takes_context=True)
def is_favourite(context, book):
    return book.fans.filter(user=context["user"].pk).exists()  # grows: ORM002, ORM007
