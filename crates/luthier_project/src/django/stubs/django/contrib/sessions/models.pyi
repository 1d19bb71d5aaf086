from django.contrib.sessions.base_session import AbstractBaseSession as AbstractBaseSession
from django.contrib.sessions.base_session import BaseSessionManager as BaseSessionManager
import django.contrib.sessions.base_session

class SessionManager(django.contrib.sessions.base_session.BaseSessionManager):
    pass

class Session(django.contrib.sessions.base_session.AbstractBaseSession):
    objects = SessionManager()
    class Meta:
        db_table = 'django_session'
