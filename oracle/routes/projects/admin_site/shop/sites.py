from django.contrib.admin import AdminSite
from django.http import HttpResponse
from django.urls import path


class ShopSite(AdminSite):
    final_catch_all_view = False

    def index(self, request, extra_context=None):
        return super().index(request, extra_context)

    def report(self, request):
        return HttpResponse()

    def get_urls(self):
        return [path("report/", self.admin_view(self.report), name="report")] + super().get_urls()


shop_site = ShopSite(name="shop_admin")
