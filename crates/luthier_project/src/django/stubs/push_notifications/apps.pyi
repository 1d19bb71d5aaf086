import django.apps

class PushNotificationsConfig(django.apps.AppConfig):
    name = 'push_notifications'
    default_auto_field = 'django.db.models.AutoField'
