"""Changes that have no plan: luthier says why."""

from django.db.backends.postgresql.psycopg_any import NumericRange

from cases import case

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
    unplanned="",
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
    unplanned="",
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
    unplanned="",
    at_once={"builds-under-lock"},
)
