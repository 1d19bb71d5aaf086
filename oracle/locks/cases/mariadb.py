"""Cases of MariaDB."""

from django.db import models
from django.db.models import F

from cases import add

add(
    "generated, virtual",
    lambda: models.GeneratedField(
        expression=F("number") + 1, output_field=models.IntegerField(), db_persist=False
    ),
    django=(5, 0),
)
add("text with a default", lambda: models.TextField(default="x"))
add("text, not null, blank", lambda: models.TextField(blank=True))
add("text with an empty default", lambda: models.TextField(default=""))
