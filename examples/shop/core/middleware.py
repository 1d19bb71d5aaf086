from core.models import Store
from core.tenancy import set_current_store


class StoreMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        subdomain = request.headers.get("X-Store") or request.get_host().split(".")[0]
        request.store = Store.objects.filter(subdomain=subdomain).first()
        set_current_store(request.store)
        return self.get_response(request)
