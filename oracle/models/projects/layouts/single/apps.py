from django.apps import AppConfig


class Whatever(AppConfig):
    """The only one there is, so it is taken."""

    name = "single"
    label = "lonely"
    default_auto_field = "django.db.models.SmallAutoField"
