from allauth.mfa.models import Authenticator as Authenticator
