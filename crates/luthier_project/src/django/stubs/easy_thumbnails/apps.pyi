import django.apps

class EasyThumbnailsConfig(django.apps.AppConfig):
    name = 'easy_thumbnails'
    default_auto_field = 'django.db.models.AutoField'
