from django.urls import path
from ninja import NinjaAPI

from events.api import router as events_router

api = NinjaAPI(version="2.0.0")
internal = NinjaAPI(urls_namespace="internal", docs_url=None)
api.add_router("/events/", events_router)
api.add_router("/late", "events.api.late")


@api.get("/hello")
def hello(request):
    return "hello"


@api.post("/hello/{int:number}/{name}", url_name="greet")
def hello_somebody(request, number: int, name: str):
    return name


@internal.api_operation(["GET", "PATCH"], "/both")
def both(request):
    return None


urlpatterns = [path("api/", api.urls), path("internal/", internal.urls)]
