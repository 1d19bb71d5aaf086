from django.contrib.sites.models import Site as Site
import django.db.models

class FlatPage(django.db.models.Model):
    url = django.db.models.CharField(max_length=100, db_index=True)
    title = django.db.models.CharField(max_length=200)
    content = django.db.models.TextField(blank=True)
    enable_comments = django.db.models.BooleanField(default=False)
    template_name = django.db.models.CharField(max_length=70, blank=True)
    registration_required = django.db.models.BooleanField(default=False)
    sites = django.db.models.ManyToManyField(to='sites.site')
    class Meta:
        db_table = 'django_flatpage'
        ordering = ['url']
    def __str__(self, *args, **kwargs): ...
    def get_absolute_url(self, *args, **kwargs): ...
