import django.db.models

class ThumbnailerField(django.db.models.FileField):
    pass

class ThumbnailerImageField(ThumbnailerField, django.db.models.ImageField):
    pass
