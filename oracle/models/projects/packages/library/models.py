from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sites.models import Site
from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from model_utils import Choices, FieldTracker
from model_utils.fields import AutoCreatedField, AutoLastModifiedField, MonitorField, StatusField
from model_utils.managers import InheritanceManager, QueryManager
from model_utils.models import SoftDeletableModel, StatusModel, TimeFramedModel, TimeStampedModel, UUIDModel
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from modelcluster.models import ClusterableModel
from mptt.fields import TreeForeignKey, TreeManyToManyField
from mptt.models import MPTTModel
from ordered_model.models import OrderedModel
from parler.models import TranslatableModel, TranslatedFields, TranslatedFieldsModel
from polymorphic.models import PolymorphicModel
from simple_history.models import HistoricalRecords
from solo.models import SingletonModel
from taggit.managers import TaggableManager
from taggit.models import CommonGenericTaggedItemBase, GenericTaggedItemBase, ItemBase, TagBase, TaggedItemBase
from treebeard.al_tree import AL_Node
from treebeard.mp_tree import MP_Node
from treebeard.ns_tree import NS_Node


class Plain(models.Model):
    tags = TaggableManager()


class Topic(TagBase):
    weight = models.IntegerField(default=1)


class TaggedPlain(TaggedItemBase):
    content_object = models.ForeignKey("Article", on_delete=models.CASCADE)


class TopicOnThing(GenericTaggedItemBase):
    tag = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="%(app_label)s_%(class)s_items")


class ByText(CommonGenericTaggedItemBase, TaggedItemBase):
    object_id = models.CharField(max_length=50, db_index=True)


class TopicOnArticle(ItemBase):
    tag = models.ForeignKey(Topic, related_name="on_articles", on_delete=models.CASCADE)
    content_object = models.ForeignKey("Article", on_delete=models.CASCADE, related_name="topic_links")


class Article(models.Model):
    tags = TaggableManager(through=TaggedPlain, blank=True)
    topics = TaggableManager(_("topics"), through="library.TopicOnArticle", related_name="articles_about")
    text_tags = TaggableManager(through=ByText, related_name="+")


class Genre(MPTTModel):
    name = models.CharField(max_length=50)
    parent = TreeForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="children")


class OddGenre(MPTTModel):
    up = TreeForeignKey("self", on_delete=models.CASCADE, null=True, blank=True)
    genres = TreeManyToManyField(Genre)

    class MPTTMeta:
        parent_attr = "up"
        level_attr = "depth"
        order_insertion_by = ["id"]


class SubGenre(Genre):
    more = models.TextField()


class Path(MP_Node):
    name = models.CharField(max_length=30)


class Nested(NS_Node):
    name = models.CharField(max_length=30)


class Adjacent(AL_Node):
    parent = models.ForeignKey("self", on_delete=models.CASCADE, related_name="children_set", null=True, db_index=True)
    sib_order = models.PositiveIntegerField()


class Stamped(TimeStampedModel):
    pass


class Framed(TimeFramedModel, StatusModel):
    STATUS = Choices("new", "old")


class Soft(SoftDeletableModel, UUIDModel):
    name = models.CharField(max_length=3)


class Utils(models.Model):
    STATUS = Choices("a", "b")
    status = StatusField()
    changed = MonitorField(monitor="status")
    created = AutoCreatedField()
    modified = AutoLastModifiedField()
    tracker = FieldTracker()

    objects = InheritanceManager()
    live = QueryManager(status="a")


class Base(PolymorphicModel):
    name = models.CharField(max_length=30)


class Left(Base):
    left = models.IntegerField()


class Right(Base):
    right = models.ForeignKey(Left, on_delete=models.CASCADE)


class Project(models.Model):
    name = models.CharField(max_length=30)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    sites = models.ManyToManyField(Site)
    history = HistoricalRecords()


class ProjectUserPermission(UserObjectPermissionBase):
    content_object = models.ForeignKey(Project, on_delete=models.CASCADE)


class ProjectGroupPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Project, on_delete=models.CASCADE)


class Historic(models.Model):
    author = models.OneToOneField(User, models.CASCADE, related_name="historic", to_field="username")
    picture = models.FileField(upload_to="x")
    unique = models.IntegerField(unique=True)
    stamp = models.DateTimeField(auto_now=True)
    tags = models.ManyToManyField(Topic)
    versions = HistoricalRecords(related_name="log", history_id_field=models.UUIDField(), table_name="hist")
    note = models.TextField()


class HistoricBase(models.Model):
    history = HistoricalRecords(inherit=True, custom_model_name=lambda name: f"{name}Trail", excluded_fields=["secret"])
    secret = models.TextField()

    class Meta:
        abstract = True


class Trailed(HistoricBase):
    code = models.SlugField(primary_key=True)


class Translated(TranslatableModel):
    code = models.CharField(max_length=5)
    translations = TranslatedFields(
        title=models.CharField(max_length=100),
        body=models.TextField(blank=True),
        meta={"unique_together": [("language_code", "title")]},
    )


class Manual(TranslatableModel):
    number = models.IntegerField()


class ManualText(TranslatedFieldsModel):
    master = models.ForeignKey(Manual, on_delete=models.CASCADE, related_name="texts", null=True)
    text = models.TextField()


class News(models.Model):
    """translation.py registers it with modeltranslation."""

    title = models.CharField(max_length=255, unique=True)
    text = models.TextField()
    place = models.ForeignKey(Site, on_delete=models.CASCADE, null=True)


class Cluster(ClusterableModel):
    topics = ParentalManyToManyField(Topic, blank=True)


class Part(models.Model):
    cluster = ParentalKey(Cluster, on_delete=models.CASCADE, related_name="parts")


class Ordered(OrderedModel):
    pass


class Config(SingletonModel):
    name = models.CharField(max_length=3)
