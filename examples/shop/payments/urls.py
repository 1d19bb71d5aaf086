from django.urls import path

from . import views

app_name = "payments"

urlpatterns = [
    path("webhook/", views.webhook, name="webhook"),
    path("webhook/refunds/", views.refund_webhook, name="refund-webhook"),
    path("receipt/<int:pk>/", views.receipt, name="receipt"),
]
