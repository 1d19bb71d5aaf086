from django import template

register = template.Library()


@register.simple_tag
def newest_edition(book):
    return book.editions.order_by("-year").first()  # grows: ORM002, ORM007


@register.filter
def average_stars(book):
    stars = [review.stars for review in book.reviews.all()]
    return round(sum(stars) / len(stars), 1) if stars else "-"
