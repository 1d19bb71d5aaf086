from organizations.abstract import AbstractOrganization as AbstractOrganization
from organizations.abstract import AbstractOrganizationInvitation as AbstractOrganizationInvitation
from organizations.abstract import AbstractOrganizationOwner as AbstractOrganizationOwner
from organizations.abstract import AbstractOrganizationUser as AbstractOrganizationUser
import django.conf
import django.db.models
import organizations.abstract

class Organization(organizations.abstract.AbstractOrganization):
    users = django.db.models.ManyToManyField(related_name='%(app_label)s_%(class)s', to=django.conf.settings.AUTH_USER_MODEL, through='organizations.OrganizationUser')
    class Meta:
        ordering = ['name']

class OrganizationUser(organizations.abstract.AbstractOrganizationUser):
    user = django.db.models.ForeignKey(related_name='%(app_label)s_%(class)s', on_delete=django.db.models.CASCADE, to=django.conf.settings.AUTH_USER_MODEL)
    organization = django.db.models.ForeignKey(related_name='organization_users', on_delete=django.db.models.CASCADE, to='organizations.organization')
    class Meta:
        ordering = ['organization', 'user']
        unique_together = ['user', 'organization']

class OrganizationOwner(organizations.abstract.AbstractOrganizationOwner):
    organization_user = django.db.models.OneToOneField(on_delete=django.db.models.CASCADE, to='organizations.organizationuser')
    organization = django.db.models.OneToOneField(related_name='owner', on_delete=django.db.models.CASCADE, to='organizations.organization')

class OrganizationInvitation(organizations.abstract.AbstractOrganizationInvitation):
    invited_by = django.db.models.ForeignKey(related_name='%(app_label)s_%(class)s_sent_invitations', on_delete=django.db.models.CASCADE, to=django.conf.settings.AUTH_USER_MODEL)
    invitee = django.db.models.ForeignKey(blank=True, null=True, related_name='%(app_label)s_%(class)s_invitations', on_delete=django.db.models.CASCADE, to=django.conf.settings.AUTH_USER_MODEL)
    organization = django.db.models.ForeignKey(related_name='organization_invites', on_delete=django.db.models.CASCADE, to='organizations.organization')
