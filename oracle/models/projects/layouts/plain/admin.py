from django.contrib import admin

from .admin_models import OnlyInAdmin


@admin.register(OnlyInAdmin)
class OnlyInAdminAdmin(admin.ModelAdmin):
    pass
