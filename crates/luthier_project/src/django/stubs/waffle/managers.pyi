import django.db.models

class BaseManager(django.db.models.Manager):
    def create(self, *args, **kwargs): ...
    def get_by_natural_key(self, *args, **kwargs): ...

class FlagManager(BaseManager):
    pass

class SwitchManager(BaseManager):
    pass

class SampleManager(BaseManager):
    pass
