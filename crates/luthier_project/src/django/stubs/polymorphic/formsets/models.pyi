from django.contrib.contenttypes.models import ContentType as ContentType
from polymorphic.models import PolymorphicModel as PolymorphicModel
