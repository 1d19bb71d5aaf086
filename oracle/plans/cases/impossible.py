"""Changes that have no plan: luthier says why."""

from django.db.backends.postgresql.psycopg_any import NumericRange

from cases import case, shop

case(
    "stored generated column",
    """
 class Order(models.Model):
     price = models.IntegerField()
+    double = models.GeneratedField(
+        expression=models.F("price") * 2, output_field=models.IntegerField(), db_persist=True
+    )
""",
    django=(5, 0),
    unplanned="stored generated column",
    at_once={"copies-under-lock"},
)
case(
    "key to uuid",
    """
 class Order(models.Model):
-    id = models.BigAutoField(primary_key=True)
+    code = models.UUIDField(primary_key=True)
     price = models.IntegerField()
""",
    one_off={"Order.code": None},
    unplanned="primary key",
    is_migration=True,
)
case(
    "exclusion constraint",
    """
 class Order(models.Model):
     amounts = IntegerRangeField()

     class Meta:
+        constraints = [
+            ExclusionConstraint(
+                name="order_amounts_once", expressions=[("amounts", RangeOperators.OVERLAPS)]
+            )
+        ]
-        pass
""",
    imports="from django.contrib.postgres.constraints import ExclusionConstraint\n"
    "from django.contrib.postgres.fields import IntegerRangeField, RangeOperators",
    fill={"Order.amounts": lambda number: NumericRange(number, number + 1)},
    unplanned="exclusion constraint",
    at_once={"builds-under-lock"},
)
case(
    "key to bigint",
    """
 class Order(models.Model):
-    id = models.AutoField(primary_key=True)
+    id = models.BigAutoField(primary_key=True)
     code = models.CharField(max_length=60)


 class Line(models.Model):
     order = models.ForeignKey(Order, on_delete=models.CASCADE)
""",
    rows={"Order": 2000},
    unplanned="primary key",
    at_once={"copies-under-lock", "reads-under-lock"},
)
case(
    "many to many with another table between",
    """
 class Tag(models.Model):
     name = models.CharField(max_length=60)


 class Order(models.Model):
-    tags = models.ManyToManyField(Tag)
+    tags = models.ManyToManyField(Tag, through="Tagged")
+
+
+class Tagged(models.Model):
+    order = models.ForeignKey(Order, on_delete=models.CASCADE)
+    tag = models.ForeignKey(Tag, on_delete=models.CASCADE)
""",
    rows={"Tag": 50, "Order": 50, "Order_tags": 50},
    unplanned="another table",
)
shop(
    "unique field with one default",
    "+    rank = models.IntegerField(default=0, unique=True)",
    unplanned="same value",
    at_once={"migration-fails"},
)
