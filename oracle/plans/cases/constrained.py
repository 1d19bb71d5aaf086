"""Indexes and constraints that are added to tables in use."""

from cases import case, odd, shop

shop(
    "index added",
    """
     class Meta:
+        indexes = [models.Index(fields=["total", "-code"], name="order_total")]
-        pass""",
    at_once={"builds-under-lock"},
    everywhere=True,
)
odd(
    "field indexed",
    """-    state = models.CharField(max_length=40, db_column="The State")
+    state = models.CharField(max_length=40, db_column="The State", db_index=True)""",
    at_once={"builds-under-lock"},
)
shop(
    "index removed",
    """
     class Meta:
-        indexes = [models.Index(fields=["total"], name="order_total")]
+        pass""",
    at_once=set(),
)
shop(
    "index added, migration",
    """
     class Meta:
+        indexes = [
+            models.Index(fields=["total"], name="open_order", condition=models.Q(note=None)),
+        ]
-        pass""",
    is_migration=True,
)
case(
    "field made unique",
    """
 class Order(models.Model):
-    code = models.CharField(max_length=60, null=True)
+    code = models.CharField(max_length=60, null=True, unique=True)
     number = models.IntegerField()
""",
    at_once={"builds-under-lock"},
    everywhere=True,
)
case(
    "integer made unique",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
-    number = models.IntegerField(db_column="No")
+    number = models.IntegerField(db_column="No", unique=True)

     class Meta:
         db_table = "Shop Orders"
""",
    is_migration=True,
)
case(
    "unique constraint added",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
     number = models.IntegerField()

     class Meta:
+        constraints = [models.UniqueConstraint(fields=["code", "number"], name="order_once")]
-        pass
""",
    at_once={"builds-under-lock"},
)
case(
    "unique constraint with condition added",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60, null=True)
     number = models.IntegerField()

     class Meta:
+        constraints = [
+            models.UniqueConstraint(
+                fields=["number"], condition=models.Q(code__isnull=False), name="order_numbered"
+            )
+        ]
-        pass
""",
    at_once={"builds-under-lock"},
)
case(
    "unique together added",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
     number = models.IntegerField()

     class Meta:
+        unique_together = [("number", "code")]
-        pass
""",
    at_once={"builds-under-lock"},
)
case(
    "check added",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
     number = models.IntegerField()

     class Meta:
+        constraints = [
+            models.CheckConstraint(condition=models.Q(number__gte=0), name="order_number_set")
+        ]
-        pass
""",
    django=(5, 1),
    at_once={"reads-under-lock"},
)
case(
    "number made positive",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
-    number = models.IntegerField(db_column="The No")
+    number = models.PositiveIntegerField(db_column="The No")
""",
    at_once={"reads-under-lock"},
)
shop(
    "nullable foreign key added",
    """+    seller = models.ForeignKey(
+        Customer, null=True, on_delete=models.SET_NULL, related_name="+"
+    )""",
    at_once={"builds-under-lock"},
    everywhere=True,
)
odd(
    "foreign key to a code added",
    """+    other = models.ForeignKey(
+        "self",
+        to_field="code",
+        null=True,
+        on_delete=models.SET_NULL,
+        db_column="Other Order",
+        related_name="+",
+    )""",
    is_migration=True,
    fixed={"Order.code"},
)
case(
    "column made a foreign key",
    """
 class Customer(models.Model):
     name = models.CharField(max_length=100)


 class Order(models.Model):
     code = models.CharField(max_length=60)
-    customer = models.BigIntegerField(db_column="customer_id")
+    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
""",
    is_migration=True,
    fill={"Order.customer": lambda number: 1 + number % 50},
)
case(
    "index of json added",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
     details = models.JSONField(db_column="The Details")

     class Meta:
         db_table = "Shop Orders"
+        indexes = [GinIndex(fields=["details"], name="order_details")]
""",
    imports="from django.contrib.postgres.indexes import GinIndex",
    at_once={"builds-under-lock"},
)
case(
    "unique constraint of an expression added",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)

     class Meta:
+        constraints = [models.UniqueConstraint(Lower("code"), name="order_code_lower")]
-        pass
""",
    imports="from django.db.models.functions import Lower",
    is_migration=True,
)
case(
    "deferrable unique constraint added",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
     number = models.IntegerField()

     class Meta:
+        constraints = [
+            models.UniqueConstraint(
+                fields=["number"], deferrable=models.Deferrable.DEFERRED, name="order_number_once"
+            )
+        ]
-        pass
""",
)
case(
    "unique constraint that includes a column added",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60, db_column="The Code")
     number = models.IntegerField()

     class Meta:
         db_table = "Shop Orders"
+        constraints = [
+            models.UniqueConstraint(fields=["number"], include=["code"], name="order_number_once")
+        ]
""",
)
case(
    "one to one added",
    """
 class Customer(models.Model):
     name = models.CharField(max_length=100)


 class Order(models.Model):
     code = models.CharField(max_length=60)
+    owner = models.OneToOneField(Customer, null=True, on_delete=models.CASCADE)
""",
    at_once={"builds-under-lock"},
)
case(
    "foreign key without index added",
    """
 class Customer(models.Model):
     name = models.CharField(max_length=100)


 class Order(models.Model):
     code = models.CharField(max_length=60)
+    owner = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, db_index=False)
""",
    at_once=set(),
    is_safe=True,
)
case(
    "check of two columns added",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
     first = models.IntegerField(db_column="First")
     last = models.IntegerField(db_column="Last")

     class Meta:
         db_table = "Shop Orders"
+        constraints = [
+            models.CheckConstraint(
+                condition=models.Q(first__lte=models.F("last")), name="order_in_order"
+            )
+        ]
""",
    django=(5, 1),
    is_migration=True,
    fill={
        "Order.first": lambda number: number % 100,
        "Order.last": lambda number: 100 + number % 100,
    },
)
