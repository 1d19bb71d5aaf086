from django_otp.models import Device as Device
from django_otp.models import ThrottlingMixin as ThrottlingMixin
from django_otp.models import TimestampMixin as TimestampMixin
import django.db.models
import django_otp.models

class TOTPDevice(django_otp.models.TimestampMixin, django_otp.models.ThrottlingMixin, django_otp.models.Device):
    key = django.db.models.CharField(max_length=80, default=lambda: None)
    step = django.db.models.PositiveSmallIntegerField(default=30)
    t0 = django.db.models.BigIntegerField(default=0)
    digits = django.db.models.PositiveSmallIntegerField(default=6, choices=[(6, 6), (8, 8)])
    tolerance = django.db.models.PositiveSmallIntegerField(default=1)
    drift = django.db.models.SmallIntegerField(default=0)
    last_t = django.db.models.BigIntegerField(default=-1)
    @property
    def bin_key(self): ...
    @property
    def config_url(self): ...
    def _read_str_from_settings(self, *args, **kwargs): ...
    def get_throttle_factor(self, *args, **kwargs): ...
    def verify_token(self, *args, **kwargs): ...
