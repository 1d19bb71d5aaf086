from django import forms

from catalog.models import Book, Category, Edition, Review
from sales.models import Order, OrderLine


class EditionForm(forms.Form):
    """Each choice is called by the name of the row."""

    edition = forms.ModelChoiceField(queryset=Edition.objects.all())


class JoinedEditionForm(forms.Form):
    edition = forms.ModelChoiceField(queryset=Edition.objects.none())

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["edition"].queryset = Edition.objects.select_related("book")


class CategoryForm(forms.Form):
    category = forms.ModelChoiceField(queryset=Category.objects.all())
    title = forms.CharField(required=False)


class ShelfChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, book):
        return f"{book.category.name}: {book.title}"  # grows: ORM001


class ShelfForm(forms.Form):
    book = ShelfChoiceField(queryset=Book.objects.order_by("title"))


class JoinedShelfChoiceField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, book):
        return f"{book.category.name}: {book.title}"


class JoinedShelfForm(forms.Form):
    books = JoinedShelfChoiceField(queryset=Book.objects.select_related("category"))


class ReviewForm(forms.ModelForm):
    class Meta:
        model = Review
        fields = ["book", "stars", "text"]


class LineForm(forms.ModelForm):
    class Meta:
        model = OrderLine
        fields = ["book", "quantity"]  # grows: ORM001, ORM002


LineFormSet = forms.inlineformset_factory(Order, OrderLine, form=LineForm, extra=1)


class QuantityForm(forms.ModelForm):
    class Meta:
        model = OrderLine
        fields = ["quantity"]


QuantityFormSet = forms.inlineformset_factory(Order, OrderLine, form=QuantityForm, extra=1)
