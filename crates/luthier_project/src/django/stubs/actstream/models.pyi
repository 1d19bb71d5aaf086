from django.contrib.contenttypes.models import ContentType as ContentType
from actstream.managers import FollowManager as FollowManager
from django.contrib.contenttypes.fields import GenericForeignKey as GenericForeignKey
import actstream.managers
import django.conf
import django.contrib.contenttypes.fields
import django.db.models

class Follow(django.db.models.Model):
    user = django.db.models.ForeignKey(on_delete=django.db.models.CASCADE, to=django.conf.settings.AUTH_USER_MODEL)
    content_type = django.db.models.ForeignKey(on_delete=django.db.models.CASCADE, to='contenttypes.contenttype')
    object_id = django.db.models.CharField(max_length=255, db_index=True)
    actor_only = django.db.models.BooleanField(default=True)
    flag = django.db.models.CharField(max_length=255, blank=True, db_index=True, default='')
    started = django.db.models.DateTimeField(db_index=True, default=lambda: None)
    follow_object = django.contrib.contenttypes.fields.GenericForeignKey('content_type', 'object_id')
    objects = actstream.managers.FollowManager()
    class Meta:
        unique_together = ['user', 'content_type', 'object_id', 'flag']
    def __str__(self, *args, **kwargs): ...

class Action(django.db.models.Model):
    actor_content_type = django.db.models.ForeignKey(related_name='actor', on_delete=django.db.models.CASCADE, to='contenttypes.contenttype')
    actor_object_id = django.db.models.CharField(max_length=255, db_index=True)
    verb = django.db.models.CharField(max_length=255, db_index=True)
    description = django.db.models.TextField(blank=True, null=True)
    target_content_type = django.db.models.ForeignKey(blank=True, null=True, related_name='target', on_delete=django.db.models.CASCADE, to='contenttypes.contenttype')
    target_object_id = django.db.models.CharField(max_length=255, blank=True, null=True, db_index=True)
    action_object_content_type = django.db.models.ForeignKey(blank=True, null=True, related_name='action_object', on_delete=django.db.models.CASCADE, to='contenttypes.contenttype')
    action_object_object_id = django.db.models.CharField(max_length=255, blank=True, null=True, db_index=True)
    timestamp = django.db.models.DateTimeField(db_index=True, default=lambda: None)
    public = django.db.models.BooleanField(db_index=True, default=True)
    actor = django.contrib.contenttypes.fields.GenericForeignKey('actor_content_type', 'actor_object_id')
    target = django.contrib.contenttypes.fields.GenericForeignKey('target_content_type', 'target_object_id')
    action_object = django.contrib.contenttypes.fields.GenericForeignKey('action_object_content_type', 'action_object_object_id')
    objects = actstream.managers.ActionManager()
    class Meta:
        ordering = ['-timestamp']
    def __str__(self, *args, **kwargs): ...
    def action_object_url(self, *args, **kwargs): ...
    def actor_url(self, *args, **kwargs): ...
    def get_absolute_url(self, *args, **kwargs): ...
    def target_url(self, *args, **kwargs): ...
    def timesince(self, *args, **kwargs): ...
