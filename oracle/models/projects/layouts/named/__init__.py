from django.apps import AppConfig


class Config(AppConfig):
    name = "named"

    def ready(self):
        import named.models_late  # noqa: F401

        self.get_model("Late")
