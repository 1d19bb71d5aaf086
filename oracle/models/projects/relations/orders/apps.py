from django.apps import AppConfig


class BaseOrdersConfig(AppConfig):
    name = "orders"
    label = "sales"


class OrdersConfig(BaseOrdersConfig):
    default = True

    def ready(self):
        from . import late  # noqa: F401
