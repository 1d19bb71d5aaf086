from django import forms

from .models import Address, Customer


class AddressForm(forms.ModelForm):
    class Meta:
        model = Address
        fields = ["kind", "street", "city", "postcode", "country"]


class CustomerForm(forms.ModelForm):
    class Meta:
        model = Customer
        exclude = ["user"]
