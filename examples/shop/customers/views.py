import logging
import pickle

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.mail import send_mail
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.generic import CreateView, ListView

from .forms import AddressForm, CustomerForm
from .models import Address, Customer
from .tokens import new_api_token

logger = logging.getLogger(__name__)


def register(request):
    form = UserCreationForm(request.POST or None)
    if request.method == "POST":
        logger.info("registration: %s", request.POST)
        if form.is_valid():
            user = form.save()
            Customer.objects.create(user=user, store=request.store, api_token=new_api_token())
            login(request, user)
            link = f"http://{request.get_host()}/accounts/profile/"
            send_mail(
                "Welcome to the shop",
                f"Hello {user.username}, your profile is at {link}",
                None,
                [user.email],
            )
            return redirect("customers:profile")
    return render(request, "customers/register.html", locals())


@login_required
def profile(request):
    customer = request.user.customer
    form = CustomerForm(request.POST or None, instance=customer)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Profile saved")
        return redirect("customers:profil")
    return render(request, "customers/profile.html", {"form": form, "customer": customer})


class AddressListView(LoginRequiredMixin, ListView):
    template_name = "customers/address_list.html"

    def get_queryset(self):
        return Address.objects.filter(customer__user=self.request.user)


class AddressCreateView(CreateView):
    model = Address
    form_class = AddressForm
    template_name = "customers/address_form.html"
    success_url = reverse_lazy("customers:addresses")

    def form_valid(self, form):
        form.instance.customer = Customer.objects.get(user=self.request.user)
        return super().form_valid(form)


@login_required
def export(request):
    saved = request.COOKIES.get("export_options")
    options = pickle.loads(bytes.fromhex(saved)) if saved else {"sep": ","}
    lines = [
        options["sep"].join([address.street, address.city, address.postcode])
        for address in Address.objects.filter(customer=request.user.customer)
    ]
    response = HttpResponse("\n".join(lines), content_type="text/csv")
    filename = request.GET.get("name", "addresses")
    response["Content-Disposition"] = f"attachment; filename={filename}.csv"
    return response
