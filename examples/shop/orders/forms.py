from django import forms

from .models import Return


class CheckoutForm(forms.Form):
    coupon = forms.CharField(required=False, max_length=20)
    note = forms.CharField(required=False, max_length=200)


class ReturnForm(forms.ModelForm):
    class Meta:
        model = Return
        fields = ["reason"]
