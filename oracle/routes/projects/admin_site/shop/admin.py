from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.urls import path

from .models import Elsewhere, Order, Product
from .sites import shop_site


class Exporting:
    def export(self, request, object_id):
        return HttpResponse()

    def get_urls(self):
        info = self.model._meta.app_label, self.model._meta.model_name
        urls = super().get_urls()
        own = [
            path(
                "<path:object_id>/export/",
                self.admin_site.admin_view(self.export),
                name="%s_%s_export" % info,
            )
        ]
        return own + urls


@admin.register(Product)
class ProductAdmin(Exporting, admin.ModelAdmin):
    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, extra_context)


@admin.register(Order, Product, site=shop_site)
class ShopAdmin(admin.ModelAdmin):
    pass


admin.site.register([Order, Elsewhere])
admin.site.unregister(Group)
admin.site.register(Group, GroupAdmin)
