from django.contrib.auth.base_user import AbstractBaseUser as AbstractBaseUser
from allauth.mfa.models import Authenticator as Authenticator
