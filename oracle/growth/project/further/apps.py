from django.apps import AppConfig


class FurtherConfig(AppConfig):
    name = "further"

    def ready(self):
        from further import receivers  # noqa: F401
