import django.db.models

class CICharField(django.db.models.CharField):
    pass

class CIEmailField(django.db.models.EmailField):
    pass

class CITextField(django.db.models.TextField):
    pass
