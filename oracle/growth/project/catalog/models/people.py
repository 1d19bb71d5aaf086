from django.db import models

from catalog.managers import AuthorManager


class Country(models.Model):
    name = models.CharField(max_length=80)
    code = models.CharField(max_length=2)

    class Meta:
        verbose_name_plural = "countries"

    def __str__(self):
        return self.name


class Author(models.Model):
    name = models.CharField(max_length=120)
    slug = models.SlugField(unique=True)
    bio = models.TextField(blank=True)
    country = models.ForeignKey(Country, models.PROTECT, related_name="authors")
    mentor = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="pupils"
    )

    objects = AuthorManager()

    def __str__(self):
        return self.name  # grows: ORM009

    def get_absolute_url(self):
        return f"/authors/{self.slug}/"  # grows: ORM009


class AuthorProfile(models.Model):
    author = models.OneToOneField(Author, models.CASCADE, related_name="profile")
    website = models.URLField(blank=True)
    languages = models.CharField(max_length=200, blank=True)

    def __str__(self):
        return f"Profile of {self.author.name}"


class Publisher(models.Model):
    name = models.CharField(max_length=120)
    country = models.ForeignKey(Country, models.PROTECT, related_name="publishers")
    is_active = models.BooleanField(default=True)

    def __str__(self):
        return self.name
