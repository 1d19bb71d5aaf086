import django.apps

class AuditlogConfig(django.apps.AppConfig):
    name = 'auditlog'
    default_auto_field = 'django.db.models.AutoField'
