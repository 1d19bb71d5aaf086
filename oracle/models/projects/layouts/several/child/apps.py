from django.apps import AppConfig


class ChildConfig(AppConfig):
    name = "several.child"
    label = "offspring"
