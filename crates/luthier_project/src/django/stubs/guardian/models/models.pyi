from django.contrib.contenttypes.models import ContentType as ContentType
from django.contrib.contenttypes.fields import GenericForeignKey as GenericForeignKey
from django.contrib.auth.models import Group as Group
from guardian.managers import GroupObjectPermissionManager as GroupObjectPermissionManager
from django.contrib.auth.models import Permission as Permission
from guardian.managers import UserObjectPermissionManager as UserObjectPermissionManager
import django.conf
import django.contrib.contenttypes.fields
import django.db.models
import guardian.managers

class BaseObjectPermission(django.db.models.Model):
    permission = django.db.models.ForeignKey(on_delete=django.db.models.CASCADE, to='auth.permission')
    class Meta:
        abstract = True
    def __str__(self, *args, **kwargs): ...
    def save(self, *args, **kwargs): ...

class BaseGenericObjectPermission(django.db.models.Model):
    content_type = django.db.models.ForeignKey(on_delete=django.db.models.CASCADE, to='contenttypes.contenttype')
    object_pk = django.db.models.CharField(max_length=255)
    content_object = django.contrib.contenttypes.fields.GenericForeignKey('content_type', 'object_pk')
    class Meta:
        abstract = True

class UserObjectPermissionBase(BaseObjectPermission):
    user = django.db.models.ForeignKey(on_delete=django.db.models.CASCADE, to=django.conf.settings.AUTH_USER_MODEL)
    objects = guardian.managers.UserObjectPermissionManager()
    class Meta:
        abstract = True
        unique_together = ['user', 'permission', 'content_object']

class UserObjectPermissionAbstract(UserObjectPermissionBase, BaseGenericObjectPermission):
    class Meta:
        abstract = True
        unique_together = ['user', 'permission', 'object_pk']

class UserObjectPermission(UserObjectPermissionAbstract):
    class Meta:
        unique_together = ['user', 'permission', 'object_pk']

class GroupObjectPermissionBase(BaseObjectPermission):
    group = django.db.models.ForeignKey(on_delete=django.db.models.CASCADE, to='auth.group')
    objects = guardian.managers.GroupObjectPermissionManager()
    class Meta:
        abstract = True
        unique_together = ['group', 'permission', 'content_object']

class GroupObjectPermissionAbstract(GroupObjectPermissionBase, BaseGenericObjectPermission):
    class Meta:
        abstract = True
        unique_together = ['group', 'permission', 'object_pk']

class GroupObjectPermission(GroupObjectPermissionAbstract):
    class Meta:
        unique_together = ['group', 'permission', 'object_pk']
