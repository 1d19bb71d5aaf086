import django.db.models
import picklefield.fields

class Task(django.db.models.Model):
    id = django.db.models.CharField(primary_key=True, max_length=32, editable=False, serialize=False)
    name = django.db.models.CharField(max_length=100, editable=False)
    func = django.db.models.CharField(max_length=256)
    hook = django.db.models.CharField(max_length=256, null=True)
    args = picklefield.fields.PickledObjectField(null=True, editable=False, protocol=-1)
    kwargs = picklefield.fields.PickledObjectField(null=True, editable=False, protocol=-1)
    result = picklefield.fields.PickledObjectField(null=True, editable=False, protocol=-1)
    group = django.db.models.CharField(max_length=100, null=True, editable=False)
    cluster = django.db.models.CharField(max_length=100, blank=True, null=True, default=None)
    started = django.db.models.DateTimeField(editable=False)
    stopped = django.db.models.DateTimeField(editable=False)
    success = django.db.models.BooleanField(default=True, editable=False)
    attempt_count = django.db.models.IntegerField(default=0)
    class Meta:
        app_label = 'django_q'
        ordering = ['-stopped']
    def __str__(self, *args, **kwargs): ...
    def group_count(self, *args, **kwargs): ...
    def group_delete(self, *args, **kwargs): ...
    def group_result(self, *args, **kwargs): ...
    def time_taken(self, *args, **kwargs): ...

class SuccessManager(django.db.models.Manager):
    def get_queryset(self, *args, **kwargs): ...

class Success(Task):
    objects = SuccessManager()
    class Meta:
        app_label = 'django_q'
        ordering = ['-stopped']
        proxy = True

class FailureManager(django.db.models.Manager):
    def get_queryset(self, *args, **kwargs): ...

class Failure(Task):
    objects = FailureManager()
    class Meta:
        app_label = 'django_q'
        ordering = ['-stopped']
        proxy = True

class Schedule(django.db.models.Model):
    name = django.db.models.CharField(max_length=100, blank=True, null=True)
    func = django.db.models.CharField(max_length=256)
    hook = django.db.models.CharField(max_length=256, blank=True, null=True)
    args = django.db.models.TextField(blank=True, null=True)
    kwargs = django.db.models.TextField(blank=True, null=True)
    schedule_type = django.db.models.CharField(max_length=2, default='O', choices=[('O', 'O'), ('I', 'I'), ('H', 'H'), ('D', 'D'), ('W', 'W'), ('BW', 'BW'), ('M', 'M'), ('BM', 'BM'), ('Q', 'Q'), ('Y', 'Y'), ('C', 'C')])
    minutes = django.db.models.PositiveSmallIntegerField(blank=True, null=True)
    repeats = django.db.models.IntegerField(default=-1)
    next_run = django.db.models.DateTimeField(null=True, default=lambda: None)
    cron = django.db.models.CharField(max_length=100, blank=True, null=True)
    task = django.db.models.CharField(max_length=100, null=True, editable=False)
    cluster = django.db.models.CharField(max_length=100, blank=True, null=True, default=None)
    intended_date_kwarg = django.db.models.CharField(max_length=100, blank=True, null=True)
    class Meta:
        app_label = 'django_q'
        ordering = ['next_run']
    def __str__(self, *args, **kwargs): ...
    def calculate_next_run(self, *args, **kwargs): ...
    def last_run(self, *args, **kwargs): ...
    def save(self, *args, **kwargs): ...
    def success(self, *args, **kwargs): ...

class OrmQ(django.db.models.Model):
    key = django.db.models.CharField(max_length=100)
    payload = django.db.models.TextField()
    lock = django.db.models.DateTimeField(null=True)
    class Meta:
        app_label = 'django_q'
    @property
    def task(self): ...
    def args(self, *args, **kwargs): ...
    def func(self, *args, **kwargs): ...
    def group(self, *args, **kwargs): ...
    def kwargs(self, *args, **kwargs): ...
    def name(self, *args, **kwargs): ...
    def q_options(self, *args, **kwargs): ...
    def task_id(self, *args, **kwargs): ...
