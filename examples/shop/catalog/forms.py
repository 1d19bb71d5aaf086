from django import forms

from .models import Product, Review


class ReviewForm(forms.ModelForm):
    class Meta:
        model = Review
        fields = ["stars", "title", "text"]

    def clean_stars(self):
        stars = self.cleaned_data["stars"]
        if not 1 <= stars <= 5:
            raise forms.ValidationError("Between one and five stars, please.")
        return stars


class ProductForm(forms.ModelForm):
    class Meta:
        model = Product
        fields = "__all__"


class PriceListForm(forms.Form):
    file = forms.FileField()
