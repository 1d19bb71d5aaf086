from django_otp.models import Device as Device
from django_otp.models import ThrottlingMixin as ThrottlingMixin
from django_otp.models import TimestampMixin as TimestampMixin
import django.db.models
import django_otp.models

class StaticDevice(django_otp.models.TimestampMixin, django_otp.models.ThrottlingMixin, django_otp.models.Device):
    def get_throttle_factor(self, *args, **kwargs): ...
    def verify_token(self, *args, **kwargs): ...

class StaticToken(django.db.models.Model):
    device = django.db.models.ForeignKey(related_name='token_set', on_delete=django.db.models.CASCADE, to='otp_static.staticdevice')
    token = django.db.models.CharField(max_length=16, db_index=True)
