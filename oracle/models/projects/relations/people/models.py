from django.contrib.auth.models import AbstractUser, Group
from django.db import models


class User(AbstractUser):
    manager = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="reports")
    friends = models.ManyToManyField("self", blank=True)
    follows = models.ManyToManyField("self", symmetrical=False, related_name="followers", blank=True)
    favourites = models.ManyToManyField("catalogue.Book", blank=True, related_name="+")
    read = models.ManyToManyField("books.Book".replace("books", "catalogue"), blank=True)


class Team(models.Model):
    name = models.CharField(max_length=50)
    members = models.ManyToManyField(User, through="Membership", through_fields=("team", "person"), related_name="teams")
    groups = models.ManyToManyField(Group, related_query_name="team_of")


class Membership(models.Model):
    team = models.ForeignKey(Team, models.CASCADE)
    person = models.ForeignKey(User, models.CASCADE, related_name="memberships", related_query_name="membership")
    inviter = models.ForeignKey(User, models.CASCADE, related_name="+")
    since = models.DateField(auto_now_add=True)

    class Meta:
        unique_together = ("team", "person")


class Profile(models.Model):
    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True)
    bio = models.TextField(blank=True)
