import django.db.models

class FileManager(django.db.models.Manager):
    def _get_thumbnail_manager(self, *args, **kwargs): ...
    def get_file(self, *args, **kwargs): ...

class ThumbnailManager(FileManager):
    def _get_thumbnail_manager(self, *args, **kwargs): ...

class File(django.db.models.Model):
    storage_hash = django.db.models.CharField(max_length=40, db_index=True)
    name = django.db.models.CharField(max_length=255, db_index=True)
    modified = django.db.models.DateTimeField(default=lambda: None)
    objects = FileManager()
    class Meta:
        abstract = True
        unique_together = [['storage_hash', 'name']]
    def __str__(self, *args, **kwargs): ...

class Source(File):
    class Meta:
        unique_together = [['storage_hash', 'name']]

class Thumbnail(File):
    source = django.db.models.ForeignKey(related_name='thumbnails', on_delete=django.db.models.CASCADE, to='easy_thumbnails.source')
    objects = ThumbnailManager()
    class Meta:
        unique_together = [['storage_hash', 'name', 'source']]

class ThumbnailDimensions(django.db.models.Model):
    thumbnail = django.db.models.OneToOneField(related_name='dimensions', on_delete=django.db.models.CASCADE, to='easy_thumbnails.thumbnail')
    width = django.db.models.PositiveIntegerField(null=True)
    height = django.db.models.PositiveIntegerField(null=True)
    @property
    def size(self): ...
    def __str__(self, *args, **kwargs): ...
