from push_notifications.fields import HexIntegerField as HexIntegerField
import django.conf
import django.db.models
import push_notifications.fields

class Device(django.db.models.Model):
    name = django.db.models.CharField(max_length=255, blank=True, null=True)
    active = django.db.models.BooleanField(default=True)
    user = django.db.models.ForeignKey(blank=True, null=True, on_delete=django.db.models.CASCADE, to=django.conf.settings.AUTH_USER_MODEL)
    date_created = django.db.models.DateTimeField(null=True, auto_now_add=True)
    application_id = django.db.models.CharField(max_length=64, blank=True, null=True)
    class Meta:
        abstract = True
    def __str__(self, *args, **kwargs): ...

class GCMDeviceManager(django.db.models.Manager):
    def get_queryset(self, *args, **kwargs): ...

class GCMDeviceQuerySet(django.db.models.QuerySet):
    def send_message(self, *args, **kwargs): ...

class GCMDevice(Device):
    device_id = push_notifications.fields.HexIntegerField(blank=True, null=True, db_index=True)
    registration_id = django.db.models.TextField()
    cloud_message_type = django.db.models.CharField(max_length=3, default='FCM', choices=[('FCM', 'FCM'), ('GCM', 'GCM')])
    objects = GCMDeviceManager()
    def send_message(self, *args, **kwargs): ...

class APNSDeviceManager(django.db.models.Manager):
    def get_queryset(self, *args, **kwargs): ...

class APNSDeviceQuerySet(django.db.models.QuerySet):
    def send_message(self, *args, **kwargs): ...

class APNSDevice(Device):
    device_id = django.db.models.UUIDField(blank=True, null=True, db_index=True)
    registration_id = django.db.models.CharField(max_length=200, db_index=True)
    objects = APNSDeviceManager()
    def send_message(self, *args, **kwargs): ...

class WNSDeviceManager(django.db.models.Manager):
    def get_queryset(self, *args, **kwargs): ...

class WNSDeviceQuerySet(django.db.models.QuerySet):
    def send_message(self, *args, **kwargs): ...

class WNSDevice(Device):
    device_id = django.db.models.UUIDField(blank=True, null=True, db_index=True)
    registration_id = django.db.models.TextField()
    objects = WNSDeviceManager()
    def send_message(self, *args, **kwargs): ...

class WebPushDeviceManager(django.db.models.Manager):
    def get_queryset(self, *args, **kwargs): ...

class WebPushDeviceQuerySet(django.db.models.QuerySet):
    def send_message(self, *args, **kwargs): ...

class WebPushDevice(Device):
    registration_id = django.db.models.TextField()
    p256dh = django.db.models.CharField(max_length=88)
    auth = django.db.models.CharField(max_length=24)
    browser = django.db.models.CharField(max_length=10, default='CHROME', choices=[('CHROME', 'CHROME'), ('FIREFOX', 'FIREFOX'), ('OPERA', 'OPERA'), ('EDGE', 'EDGE'), ('SAFARI', 'SAFARI')])
    objects = WebPushDeviceManager()
    @property
    def device_id(self): ...
    def send_message(self, *args, **kwargs): ...
