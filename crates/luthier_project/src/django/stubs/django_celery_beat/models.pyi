import django.db.models
import timezone_field.fields

class SolarSchedule(django.db.models.Model):
    event = django.db.models.CharField(max_length=24, choices=[('dawn_astronomical', 'dawn_astronomical'), ('dawn_civil', 'dawn_civil'), ('dawn_nautical', 'dawn_nautical'), ('dusk_astronomical', 'dusk_astronomical'), ('dusk_civil', 'dusk_civil'), ('dusk_nautical', 'dusk_nautical'), ('solar_noon', 'solar_noon'), ('sunrise', 'sunrise'), ('sunset', 'sunset')])
    latitude = django.db.models.DecimalField(max_digits=9, decimal_places=6)
    longitude = django.db.models.DecimalField(max_digits=9, decimal_places=6)
    class Meta:
        ordering = ['event', 'latitude', 'longitude']
        unique_together = ['event', 'latitude', 'longitude']
    @property
    def schedule(self): ...
    def __str__(self, *args, **kwargs): ...

class IntervalSchedule(django.db.models.Model):
    every = django.db.models.IntegerField()
    period = django.db.models.CharField(max_length=24, choices=[('days', 'days'), ('hours', 'hours'), ('minutes', 'minutes'), ('seconds', 'seconds'), ('microseconds', 'microseconds')])
    class Meta:
        ordering = ['period', 'every']
    @property
    def period_singular(self): ...
    @property
    def schedule(self): ...
    def __str__(self, *args, **kwargs): ...

class ClockedSchedule(django.db.models.Model):
    clocked_time = django.db.models.DateTimeField()
    class Meta:
        ordering = ['clocked_time']
    @property
    def schedule(self): ...
    def __str__(self, *args, **kwargs): ...

class CrontabSchedule(django.db.models.Model):
    minute = django.db.models.CharField(max_length=240, default='*')
    hour = django.db.models.CharField(max_length=96, default='*')
    day_of_month = django.db.models.CharField(max_length=124, default='*')
    month_of_year = django.db.models.CharField(max_length=64, default='*')
    day_of_week = django.db.models.CharField(max_length=64, default='*')
    timezone = timezone_field.fields.TimeZoneField(default=lambda: None, use_pytz=False, choices=[(None, None)])
    class Meta:
        ordering = ['month_of_year', 'day_of_month', 'day_of_week', 'hour', 'minute', 'timezone']
    @property
    def human_readable(self): ...
    @property
    def schedule(self): ...
    def __str__(self, *args, **kwargs): ...
    def due_start_time(self, *args, **kwargs): ...

class PeriodicTasks(django.db.models.Model):
    ident = django.db.models.SmallIntegerField(primary_key=True, unique=True, default=1, serialize=False)
    last_update = django.db.models.DateTimeField()

class PeriodicTask(django.db.models.Model):
    name = django.db.models.CharField(max_length=200, unique=True)
    task = django.db.models.CharField(max_length=200)
    interval = django.db.models.ForeignKey(blank=True, null=True, on_delete=django.db.models.CASCADE, to='django_celery_beat.intervalschedule')
    crontab = django.db.models.ForeignKey(blank=True, null=True, on_delete=django.db.models.CASCADE, to='django_celery_beat.crontabschedule')
    solar = django.db.models.ForeignKey(blank=True, null=True, on_delete=django.db.models.CASCADE, to='django_celery_beat.solarschedule')
    clocked = django.db.models.ForeignKey(blank=True, null=True, on_delete=django.db.models.CASCADE, to='django_celery_beat.clockedschedule')
    args = django.db.models.TextField(blank=True, default='[]')
    kwargs = django.db.models.TextField(blank=True, default='{}')
    queue = django.db.models.CharField(max_length=200, blank=True, null=True, default=None)
    exchange = django.db.models.CharField(max_length=200, blank=True, null=True, default=None)
    routing_key = django.db.models.CharField(max_length=200, blank=True, null=True, default=None)
    headers = django.db.models.TextField(blank=True, default='{}')
    priority = django.db.models.PositiveIntegerField(blank=True, null=True, default=None)
    expires = django.db.models.DateTimeField(blank=True, null=True)
    expire_seconds = django.db.models.PositiveIntegerField(blank=True, null=True)
    one_off = django.db.models.BooleanField(default=False)
    start_time = django.db.models.DateTimeField(blank=True, null=True)
    enabled = django.db.models.BooleanField(default=True)
    last_run_at = django.db.models.DateTimeField(blank=True, null=True, editable=False)
    total_run_count = django.db.models.PositiveIntegerField(default=0, editable=False)
    date_changed = django.db.models.DateTimeField(auto_now=True)
    description = django.db.models.TextField(blank=True)
    objects = django.db.models.Manager()
    @property
    def expires_(self): ...
    @property
    def schedule(self): ...
    @property
    def scheduler(self): ...
    def __str__(self, *args, **kwargs): ...
    def _clean_expires(self, *args, **kwargs): ...
    def delete(self, *args, **kwargs): ...
    def due_start_time(self, *args, **kwargs): ...
    def save(self, *args, **kwargs): ...
    def validate_unique(self, *args, **kwargs): ...
