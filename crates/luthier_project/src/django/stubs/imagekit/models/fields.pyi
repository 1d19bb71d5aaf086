import django.db.models

class ProcessedImageField(django.db.models.ImageField):
    pass
