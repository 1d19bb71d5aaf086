from django.apps import AppConfig


class FirstConfig(AppConfig):
    name = "several"
    label = "first"


class SecondConfig(AppConfig):
    name = "several"
    label = "second"
