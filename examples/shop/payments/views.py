import hashlib
import hmac
import json

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.mail import mail_admins
from django.http import HttpResponse, HttpResponseForbidden
from django.shortcuts import get_object_or_404, render
from django.views.decorators.csrf import csrf_exempt

from orders.models import Order

from .models import Payment


@csrf_exempt
def webhook(request):
    event = json.loads(request.body)
    order = Order.objects.get(reference=event["reference"])
    Payment.objects.create(
        order=order,
        provider_id=event["id"],
        amount=event["amount"],
        status="captured",
        payload=event,
    )
    order.status = "paid"
    order.save()
    mail_admins("Payment", f"{order.reference} was paid")
    return HttpResponse(status=200)


@csrf_exempt
def refund_webhook(request):
    expected = hmac.new(
        settings.PAYMENT_WEBHOOK_SECRET.encode(), request.body, hashlib.sha256
    ).hexdigest()
    if request.headers.get("X-Signature") != expected:
        return HttpResponseForbidden()
    event = json.loads(request.body)
    payment = Payment.objects.get(provider_id=event["id"])
    payment.status = "refunded"
    payment.save()
    return HttpResponse(status=200)


@login_required
def receipt(request, pk):
    payment = get_object_or_404(Payment, pk=pk, order__customer__user=request.user)
    return render(request, "payments/receipt.html", {"payment": payment})
