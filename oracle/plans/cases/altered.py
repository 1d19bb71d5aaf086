"""Columns that become another type, or NOT NULL."""

from cases import case, odd, shop

case(
    "integer to bigint",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
-    visits = models.IntegerField()
+    visits = models.BigIntegerField()
""",
    at_once={"copies-under-lock"},
    everywhere=True,
)
case(
    "decimal with more places",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
-    price = models.DecimalField(max_digits=10, decimal_places=2, null=True, db_column="Unit Price")
+    price = models.DecimalField(max_digits=14, decimal_places=4, null=True, db_column="Unit Price")

     class Meta:
         db_table = "Shop Orders"
""",
    at_once={"copies-under-lock"},
)
case(
    "integer with index to bigint",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
-    visits = models.IntegerField(default=0, db_index=True)
+    visits = models.BigIntegerField(default=0, db_index=True)
""",
    is_migration=True,
    at_once={"copies-under-lock"},
)
case(
    "date to moment",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
-    due = models.DateField(null=True)
+    due = models.DateTimeField(null=True)
""",
    at_once={"copies-under-lock", "query-fails"},
)
case(
    "null to not null",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
-    state = models.CharField(max_length=10, null=True)
+    state = models.CharField(max_length=10, default="new")
""",
    filled={"Order.state": "new"},
    at_once={"query-fails", "reads-under-lock", "writes-under-lock"},
    everywhere=True,
)
odd(
    "null to not null, odd names",
    """-    note = models.TextField(null=True, blank=True)
+    note = models.TextField(blank=True, default="")""",
    filled={"Order.note": ""},
    is_migration=True,
)
shop(
    "null to not null with one-off default",
    """-    note = models.TextField(null=True, blank=True)
+    note = models.TextField(blank=True)""",
    one_off={"Order.note": "none"},
    filled={"Order.note": "none"},
    is_migration=True,
)
