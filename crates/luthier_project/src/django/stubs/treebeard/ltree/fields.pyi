import django.db.models

class PathField(django.db.models.TextField):
    pass
