from django import template
from django.utils.html import format_html

register = template.Library()


@register.filter
def money(amount, currency="EUR"):
    return f"{amount:.2f} {currency}"


@register.simple_tag
def stars(count):
    return format_html('<span class="stars">{}</span>', "*" * count)


@register.inclusion_tag("catalog/_card.html")
def product_card(product):
    return {"product": product}
