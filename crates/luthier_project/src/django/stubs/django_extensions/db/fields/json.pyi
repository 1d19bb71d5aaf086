import django.db.models

class JSONField(django.db.models.TextField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault('default', None)
        super().__init__(*args, **kwargs)
