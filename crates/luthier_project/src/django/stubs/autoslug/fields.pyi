import django.db.models

class AutoSlugField(django.db.models.SlugField):
    pass
