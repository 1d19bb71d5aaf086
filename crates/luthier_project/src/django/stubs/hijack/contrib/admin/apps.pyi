import django.apps

class HijackAdminConfig(django.apps.AppConfig):
    name = 'hijack.contrib.admin'
    label = 'hijack_admin'
