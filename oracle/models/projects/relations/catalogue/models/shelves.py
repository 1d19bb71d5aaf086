from django.db import models as m


class Shelf(m.Model):
    room = m.ForeignKey("catalogue.Room", m.CASCADE, related_name="shelves")
    code = m.SlugField()

    class Meta:
        verbose_name_plural = "shelves"
        db_table = "library_shelf"


class Room(m.Model):
    building = m.CharField(max_length=3, choices=[("a", "A"), ("b", "B")], default="a")
    neighbours = m.ManyToManyField("Room", blank=True)
