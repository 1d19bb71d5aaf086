import django.db.models

class HideChoicesCharField(django.db.models.CharField):
    pass
