from timezone_field.fields import TimeZoneField as TimeZoneField
