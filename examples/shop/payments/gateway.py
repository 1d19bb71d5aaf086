import requests
from django.conf import settings


class GatewayError(Exception):
    pass


def _headers():
    return {"Authorization": f"Bearer {settings.PAYMENT_API_KEY}"}


def capture(payment):
    response = requests.post(
        f"{settings.PAYMENT_API_URL}/charges/{payment.provider_id}/capture",
        headers=_headers(),
        timeout=10,
    )
    if not response.ok:
        raise GatewayError(response.text)
    return response.json()


def fetch(payment):
    response = requests.get(
        f"{settings.PAYMENT_API_URL}/charges/{payment.provider_id}", headers=_headers()
    )
    return response.json()
