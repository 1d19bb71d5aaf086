from django.contrib.auth.base_user import AbstractBaseUser as AbstractBaseUser
from django.contrib.auth.models import Group as Group
import django.conf
import django.db.models
import waffle.managers

class BaseModel(django.db.models.Model):
    class Meta:
        abstract = True
    def __str__(self, *args, **kwargs): ...
    def delete(self, *args, **kwargs): ...
    def flush(self, *args, **kwargs): ...
    def natural_key(self, *args, **kwargs): ...
    def save(self, *args, **kwargs): ...

class AbstractBaseFlag(BaseModel):
    name = django.db.models.CharField(max_length=100, unique=True)
    everyone = django.db.models.BooleanField(blank=True, null=True)
    percent = django.db.models.DecimalField(blank=True, null=True, max_digits=3, decimal_places=1)
    testing = django.db.models.BooleanField(default=False)
    superusers = django.db.models.BooleanField(default=True)
    staff = django.db.models.BooleanField(default=False)
    authenticated = django.db.models.BooleanField(default=False)
    languages = django.db.models.TextField(blank=True, default='')
    rollout = django.db.models.BooleanField(default=False)
    note = django.db.models.TextField(blank=True)
    created = django.db.models.DateTimeField(db_index=True, default=lambda: None)
    modified = django.db.models.DateTimeField(default=lambda: None)
    objects = waffle.managers.FlagManager()
    class Meta:
        abstract = True
    def _is_active_for_language(self, *args, **kwargs): ...
    def _is_active_for_percent(self, *args, **kwargs): ...
    def _is_active_for_user(self, *args, **kwargs): ...
    def flush(self, *args, **kwargs): ...
    def get_flush_keys(self, *args, **kwargs): ...
    def is_active(self, *args, **kwargs): ...
    def is_active_for_user(self, *args, **kwargs): ...

class AbstractUserFlag(AbstractBaseFlag):
    groups = django.db.models.ManyToManyField(blank=True, to='auth.group')
    users = django.db.models.ManyToManyField(blank=True, to=django.conf.settings.AUTH_USER_MODEL)
    class Meta:
        abstract = True
    def _get_group_ids(self, *args, **kwargs): ...
    def _get_user_ids(self, *args, **kwargs): ...
    def get_flush_keys(self, *args, **kwargs): ...
    def is_active_for_user(self, *args, **kwargs): ...

class Flag(AbstractUserFlag):
    class Meta:
        swappable = 'WAFFLE_FLAG_MODEL'

class AbstractBaseSwitch(BaseModel):
    name = django.db.models.CharField(max_length=100, unique=True)
    active = django.db.models.BooleanField(default=False)
    note = django.db.models.TextField(blank=True)
    created = django.db.models.DateTimeField(db_index=True, default=lambda: None)
    modified = django.db.models.DateTimeField(default=lambda: None)
    objects = waffle.managers.SwitchManager()
    class Meta:
        abstract = True
    def is_active(self, *args, **kwargs): ...

class AbstractBaseSample(BaseModel):
    name = django.db.models.CharField(max_length=100, unique=True)
    percent = django.db.models.DecimalField(max_digits=4, decimal_places=1)
    note = django.db.models.TextField(blank=True)
    created = django.db.models.DateTimeField(db_index=True, default=lambda: None)
    modified = django.db.models.DateTimeField(default=lambda: None)
    objects = waffle.managers.SampleManager()
    class Meta:
        abstract = True
    def is_active(self, *args, **kwargs): ...

class Switch(AbstractBaseSwitch):
    class Meta:
        swappable = 'WAFFLE_SWITCH_MODEL'

class Sample(AbstractBaseSample):
    class Meta:
        swappable = 'WAFFLE_SAMPLE_MODEL'
