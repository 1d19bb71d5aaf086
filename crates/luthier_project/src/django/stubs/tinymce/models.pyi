import django.db.models

class HTMLField(django.db.models.TextField):
    pass
