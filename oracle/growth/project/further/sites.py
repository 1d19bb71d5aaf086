from django.contrib.admin import AdminSite

counter = AdminSite(name="counter")
