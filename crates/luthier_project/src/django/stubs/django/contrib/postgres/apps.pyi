import django.apps

class PostgresConfig(django.apps.AppConfig):
    name = 'django.contrib.postgres'
