import django.db.models

class OrgManager(django.db.models.Manager):
    def get_for_user(self, *args, **kwargs): ...

class ActiveOrgManager(OrgManager):
    def get_queryset(self, *args, **kwargs): ...
