from rest_framework import permissions

IN_HOUSE = (permissions.IsAuthenticated, permissions.DjangoModelPermissions)


class IsOwner(permissions.BasePermission):
    pass


class IsGuest(permissions.BasePermission):
    pass
