from django_otp.models import Device as Device
from django_otp.models import ThrottlingMixin as ThrottlingMixin
from django_otp.models import TimestampMixin as TimestampMixin
import django.db.models
import django_otp.models

class HOTPDevice(django_otp.models.TimestampMixin, django_otp.models.ThrottlingMixin, django_otp.models.Device):
    key = django.db.models.CharField(max_length=80, default=lambda: None)
    digits = django.db.models.PositiveSmallIntegerField(default=6, choices=[(6, 6), (8, 8)])
    tolerance = django.db.models.PositiveSmallIntegerField(default=5)
    counter = django.db.models.BigIntegerField(default=0)
    @property
    def bin_key(self): ...
    @property
    def config_url(self): ...
    def get_throttle_factor(self, *args, **kwargs): ...
    def verify_token(self, *args, **kwargs): ...
