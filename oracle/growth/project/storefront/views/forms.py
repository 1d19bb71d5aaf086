"""Pages with forms."""

from django.shortcuts import get_object_or_404, render
from django.views.generic import CreateView, FormView

from catalog.models import Review
from sales.models import Order
from storefront import forms


class PickEdition(FormView):
    form_class = forms.EditionForm
    template_name = "storefront/form.html"
    success_url = "/"


class PickJoinedEdition(FormView):
    form_class = forms.JoinedEditionForm
    template_name = "storefront/form.html"
    success_url = "/"


class PickCategory(FormView):
    form_class = forms.CategoryForm
    template_name = "storefront/form.html"
    success_url = "/"


def pick_from_shelf(request):
    return render(request, "storefront/form.html", {"form": forms.ShelfForm(request.POST or None)})


def pick_from_joined_shelf(request):
    form = forms.JoinedShelfForm(request.POST or None)
    return render(request, "storefront/form.html", {"form": form})


class WriteReview(CreateView):
    model = Review
    form_class = forms.ReviewForm
    template_name = "storefront/form.html"
    success_url = "/"


def edit_lines(request, pk):
    """Each form of the set fetches the books that may be chosen."""
    order = get_object_or_404(Order, pk=pk)
    formset = forms.LineFormSet(request.POST or None, instance=order)
    return render(request, "storefront/formset.html", {"formset": formset})


def edit_quantities(request, pk):
    order = get_object_or_404(Order, pk=pk)
    formset = forms.QuantityFormSet(request.POST or None, instance=order)
    return render(request, "storefront/quantities.html", {"formset": formset})
