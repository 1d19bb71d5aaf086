from django.urls import include, path
from rest_framework import routers
from rest_framework.authtoken.views import ObtainAuthToken, obtain_auth_token

from api import views

router = routers.SimpleRouter()
router.register("hidden", views.Hidden, basename="hidden")
router.register("chosen", views.Chosen, basename="chosen")

urlpatterns = [
    path("untouched/", views.Untouched.as_view()),
    path("listed/", views.Listed.as_view()),
    path("child/", views.Child.as_view()),
    path("grandchild/", views.Grandchild.as_view()),
    path("extended/", views.Extended.as_view()),
    path("given/", views.Untouched.as_view(permission_classes=[])),
    path("bare/", views.bare),
    path("decorated/", views.decorated),
    path("no-api/", views.no_api),
    path("token/", obtain_auth_token),
    path("tokens/", ObtainAuthToken.as_view()),
    path("sets/", include(router.urls)),
]
