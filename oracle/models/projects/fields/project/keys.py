from django.db import models


class BigKey(models.BigAutoField):
    pass
