from django.contrib.sites.models import Site as Site
import django.db.models

class Redirect(django.db.models.Model):
    site = django.db.models.ForeignKey(on_delete=django.db.models.CASCADE, to='sites.site')
    old_path = django.db.models.CharField(max_length=200, db_index=True)
    new_path = django.db.models.CharField(max_length=200, blank=True)
    class Meta:
        db_table = 'django_redirect'
        ordering = ['old_path']
        unique_together = [['site', 'old_path']]
    def __str__(self, *args, **kwargs): ...
