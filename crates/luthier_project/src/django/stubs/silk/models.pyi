import django.db.models

class Request(django.db.models.Model):
    id = django.db.models.CharField(primary_key=True, max_length=36, default=lambda: None, serialize=False)
    path = django.db.models.CharField(max_length=190, db_index=True)
    query_params = django.db.models.TextField(blank=True, default='')
    raw_body = django.db.models.TextField(blank=True, default='')
    body = django.db.models.TextField(blank=True, default='')
    method = django.db.models.CharField(max_length=10)
    start_time = django.db.models.DateTimeField(db_index=True, default=lambda: None)
    view_name = django.db.models.CharField(max_length=190, blank=True, null=True, db_index=True, default='')
    end_time = django.db.models.DateTimeField(blank=True, null=True)
    time_taken = django.db.models.FloatField(blank=True, null=True)
    encoded_headers = django.db.models.TextField(blank=True, default='')
    meta_time = django.db.models.FloatField(blank=True, null=True)
    meta_num_queries = django.db.models.IntegerField(blank=True, null=True)
    meta_time_spent_queries = django.db.models.FloatField(blank=True, null=True)
    pyprofile = django.db.models.TextField(blank=True, default='')
    prof_file = django.db.models.FileField(max_length=300, blank=True)
    num_sql_queries = django.db.models.IntegerField(default=0)
    @property
    def content_type(self): ...
    @property
    def headers(self): ...
    @property
    def profile_table(self): ...
    @property
    def time_spent_on_sql_queries(self): ...
    @property
    def total_meta_time(self): ...
    def _shorten(self, *args, **kwargs): ...
    def save(self, *args, **kwargs): ...

class Response(django.db.models.Model):
    id = django.db.models.CharField(primary_key=True, max_length=36, default=lambda: None, serialize=False)
    request = django.db.models.OneToOneField(related_name='response', on_delete=django.db.models.CASCADE, to='silk.request')
    status_code = django.db.models.IntegerField()
    raw_body = django.db.models.TextField(blank=True, default='')
    body = django.db.models.TextField(blank=True, default='')
    encoded_headers = django.db.models.TextField(blank=True, default='')
    @property
    def content_type(self): ...
    @property
    def headers(self): ...
    @property
    def raw_body_decoded(self): ...

class SQLQueryManager(django.db.models.Manager):
    def bulk_create(self, *args, **kwargs): ...

class SQLQuery(django.db.models.Model):
    query = django.db.models.TextField()
    start_time = django.db.models.DateTimeField(blank=True, null=True, default=lambda: None)
    end_time = django.db.models.DateTimeField(blank=True, null=True)
    time_taken = django.db.models.FloatField(blank=True, null=True)
    identifier = django.db.models.IntegerField(default=-1)
    request = django.db.models.ForeignKey(blank=True, null=True, related_name='queries', on_delete=django.db.models.CASCADE, to='silk.request')
    traceback = django.db.models.TextField()
    analysis = django.db.models.TextField(blank=True, null=True)
    objects = SQLQueryManager()
    @property
    def first_keywords(self): ...
    @property
    def formatted_query(self): ...
    @property
    def num_joins(self): ...
    @property
    def tables_involved(self): ...
    @property
    def traceback_ln_only(self): ...
    def delete(self, *args, **kwargs): ...
    def prepare_save(self, *args, **kwargs): ...
    def save(self, *args, **kwargs): ...

class BaseProfile(django.db.models.Model):
    name = django.db.models.CharField(max_length=300, blank=True, default='')
    start_time = django.db.models.DateTimeField(default=lambda: None)
    end_time = django.db.models.DateTimeField(blank=True, null=True)
    request = django.db.models.ForeignKey(blank=True, null=True, on_delete=django.db.models.CASCADE, to='silk.request')
    time_taken = django.db.models.FloatField(blank=True, null=True)
    class Meta:
        abstract = True
    def save(self, *args, **kwargs): ...

class Profile(BaseProfile):
    file_path = django.db.models.CharField(max_length=300, blank=True, default='')
    line_num = django.db.models.IntegerField(blank=True, null=True)
    end_line_num = django.db.models.IntegerField(blank=True, null=True)
    func_name = django.db.models.CharField(max_length=300, blank=True, default='')
    exception_raised = django.db.models.BooleanField(default=False)
    dynamic = django.db.models.BooleanField(default=False)
    queries = django.db.models.ManyToManyField(db_index=True, related_name='profiles', to='silk.sqlquery')
    @property
    def is_context_profile(self): ...
    @property
    def is_function_profile(self): ...
    @property
    def time_spent_on_sql_queries(self): ...
