from organizations.managers import ActiveOrgManager as ActiveOrgManager
from organizations.managers import OrgManager as OrgManager
import django.db.models
import organizations.managers

class AbstractBaseOrganization(django.db.models.Model):
    name = django.db.models.CharField(max_length=200)
    is_active = django.db.models.BooleanField(default=True)
    objects = organizations.managers.OrgManager()
    active = organizations.managers.ActiveOrgManager()
    class Meta:
        abstract = True
        ordering = ['name']
    @property
    def user_relation_name(self): ...
    def __str__(self, *args, **kwargs): ...
    def ais_member(self, *args, **kwargs): ...
    def is_member(self, *args, **kwargs): ...

class OrganizationBase(AbstractBaseOrganization):
    class Meta:
        abstract = True
        ordering = ['name']
    @property
    def _org_user_model(self): ...
    def aadd_user(self, *args, **kwargs): ...
    def add_user(self, *args, **kwargs): ...

class AbstractBaseOrganizationUser(django.db.models.Model):
    class Meta:
        abstract = True
        ordering = ['organization', 'user']
        unique_together = ['user', 'organization']
    @property
    def name(self): ...
    def __str__(self, *args, **kwargs): ...

class OrganizationUserBase(AbstractBaseOrganizationUser):
    class Meta:
        abstract = True
        ordering = ['organization', 'user']
        unique_together = ['user', 'organization']

class AbstractBaseOrganizationOwner(django.db.models.Model):
    class Meta:
        abstract = True
    def __str__(self, *args, **kwargs): ...

class OrganizationOwnerBase(AbstractBaseOrganizationOwner):
    class Meta:
        abstract = True

class AbstractBaseInvitation(django.db.models.Model):
    guid = django.db.models.UUIDField(editable=False)
    invitee_identifier = django.db.models.CharField(max_length=1000)
    class Meta:
        abstract = True
    def __str__(self, *args, **kwargs): ...
    def aactivate(self, *args, **kwargs): ...
    def activate(self, *args, **kwargs): ...
    def activation_kwargs(self, *args, **kwargs): ...
    def get_absolute_url(self, *args, **kwargs): ...
    def invitation_token(self, *args, **kwargs): ...
    def save(self, *args, **kwargs): ...

class OrganizationInvitationBase(AbstractBaseInvitation):
    class Meta:
        abstract = True
