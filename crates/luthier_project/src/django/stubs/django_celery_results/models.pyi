import django.db.models
import django_celery_results.managers

class TaskResult(django.db.models.Model):
    task_id = django.db.models.CharField(max_length=255, unique=True)
    periodic_task_name = django.db.models.CharField(max_length=255, null=True)
    task_name = django.db.models.CharField(max_length=255, null=True)
    task_args = django.db.models.TextField(null=True)
    task_kwargs = django.db.models.TextField(null=True)
    status = django.db.models.CharField(max_length=50, default='PENDING')
    worker = django.db.models.CharField(max_length=100, null=True, default=None)
    content_type = django.db.models.CharField(max_length=128)
    content_encoding = django.db.models.CharField(max_length=64)
    result = django.db.models.TextField(null=True, default=None, editable=False)
    date_created = django.db.models.DateTimeField(auto_now_add=True)
    date_started = django.db.models.DateTimeField(null=True, default=None)
    date_done = django.db.models.DateTimeField(auto_now=True)
    traceback = django.db.models.TextField(blank=True, null=True)
    meta = django.db.models.TextField(null=True, default=None, editable=False)
    objects = django_celery_results.managers.TaskResultManager()
    class Meta:
        ordering = ['-date_done']
    def __str__(self, *args, **kwargs): ...
    def as_dict(self, *args, **kwargs): ...

class ChordCounter(django.db.models.Model):
    group_id = django.db.models.CharField(max_length=255, unique=True)
    sub_tasks = django.db.models.TextField()
    count = django.db.models.PositiveIntegerField()
    def group_result(self, *args, **kwargs): ...

class GroupResult(django.db.models.Model):
    group_id = django.db.models.CharField(max_length=255, unique=True)
    date_created = django.db.models.DateTimeField(auto_now_add=True)
    date_done = django.db.models.DateTimeField(auto_now=True)
    content_type = django.db.models.CharField(max_length=128)
    content_encoding = django.db.models.CharField(max_length=64)
    result = django.db.models.TextField(null=True, default=None, editable=False)
    objects = django_celery_results.managers.GroupResultManager()
    class Meta:
        ordering = ['-date_done']
    def __str__(self, *args, **kwargs): ...
    def as_dict(self, *args, **kwargs): ...
