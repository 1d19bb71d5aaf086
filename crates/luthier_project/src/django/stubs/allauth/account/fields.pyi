from django.contrib.auth.base_user import AbstractBaseUser as AbstractBaseUser
