import django.db.models

class RecurrenceField(django.db.models.Field):
    def get_internal_type(self):
        return 'TextField'
