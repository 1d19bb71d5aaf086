from django import forms

from catalog.models import Book


def gifts():
    books = Book.objects.filter(stock__gt=0).order_by("title")
    choices = [("", "Surprise me")]
    choices += [(b.isbn, f"{b.title} ({b.category.name})") for b in books]  # grows: ORM001
    return choices


class GiftForm(forms.Form):
    recipient = forms.EmailField()
    book = forms.ChoiceField(choices=gifts, required=False)
    wrapping = forms.ChoiceField(choices=[("plain", "Plain"), ("stars", "With stars")])
