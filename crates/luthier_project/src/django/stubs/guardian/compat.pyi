from django.contrib.auth.models import Group as Group
from django.contrib.auth.models import Permission as Permission
