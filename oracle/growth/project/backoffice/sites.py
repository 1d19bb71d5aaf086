from django.contrib.admin import AdminSite

# Two more of them: other people, who see other columns of the same models.
office = AdminSite(name="office")
depot = AdminSite(name="depot")
