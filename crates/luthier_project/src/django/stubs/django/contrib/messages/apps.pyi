import django.apps

class MessagesConfig(django.apps.AppConfig):
    name = 'django.contrib.messages'
