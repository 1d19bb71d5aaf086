"""Tables that are written anew: with a larger key, a stored column, an exclusion constraint."""

from django.db.backends.postgresql.psycopg_any import NumericRange

from cases import case

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
    at_once={"copies-under-lock", "reads-under-lock"},
    spoiled=[
        # Keys are given out a second time.
        ("(START WITH %s)', following", "(START WITH %s)', 1", {"query-fails"}),
        ("NEW.\"order_id_new\" := NEW.\"order_id\";", "NULL;", {"migration-fails", "query-fails"}),
    ],
    everywhere=True,
)
case(
    "key to bigint that many refer to",
    """
 class Tag(models.Model):
     name = models.CharField(max_length=60)


 class Order(models.Model):
-    id = models.AutoField(primary_key=True, db_column="No")
+    id = models.BigAutoField(primary_key=True, db_column="No")
     code = models.CharField(max_length=60)
     before = models.ForeignKey("self", null=True, on_delete=models.SET_NULL)
     tags = models.ManyToManyField(Tag)

     class Meta:
         db_table = "Shop Orders"


 class Line(models.Model):
     order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
     number = models.IntegerField()

     class Meta:
         unique_together = [("order", "number")]


 class Letter(models.Model):
     order = models.OneToOneField(Order, on_delete=models.CASCADE)
""",
    rows={"Tag": 50, "Order": 2000, "Order_tags": 2000, "Line": 3000, "Letter": 1500},
    fill={
        "Order_tags.tag": lambda number: 1 + number % 49,
        "Order_tags.order": lambda number: 1 + number // 49 % 1999,
    },
    is_migration=True,
)
case(
    "key to bigint of a parent",
    """
 class Order(models.Model):
-    id = models.AutoField(primary_key=True)
+    id = models.BigAutoField(primary_key=True)
     code = models.CharField(max_length=60)
     like = models.ManyToManyField("self")


 class Rush(Order):
     until = models.IntegerField()


 class Warning(models.Model):
     rush = models.ForeignKey(Rush, on_delete=models.CASCADE)
     order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="warnings")

     class Meta:
         unique_together = [("rush", "order")]
""",
    rows={"Order": 3000, "Rush": 1500, "Order_like": 2000, "Warning": 1500},
    fill={
        "Order_like.from_order": lambda number: 1 + number % 49,
        "Order_like.to_order": lambda number: 1 + number // 49 % 2999,
        "Warning.rush": lambda number: 2 + number % 49,
        "Warning.order": lambda number: 1 + number // 49 % 2999,
    },
    fixed={"Warning.rush", "Warning.order"},
    is_migration=True,
)
case(
    "integer to bigint that is unique with another field",
    """
 class Order(models.Model):
     shelf = models.IntegerField()
-    place = models.IntegerField()
+    place = models.BigIntegerField()

     class Meta:
         unique_together = [("shelf", "place")]
""",
    rows={"Order": 2000},
    # Each place is taken again and again, on another shelf.
    fill={"Order.shelf": lambda number: number, "Order.place": lambda number: number % 7},
    at_once={"copies-under-lock"},
)
case(
    "integer to bigint with conditions",
    """
 class Order(models.Model):
     shelf = models.IntegerField()
-    place = models.IntegerField()
+    place = models.BigIntegerField()

     class Meta:
         indexes = [
             models.Index(models.F("place") + models.F("shelf"), name="order_sum"),
             models.Index(fields=["shelf"], name="order_part", condition=models.Q(place__gt=5)),
         ]
         constraints = [
             models.UniqueConstraint(
                 fields=["place", "shelf"], name="order_once", condition=models.Q(shelf__gt=0)
             ),
             models.CheckConstraint(**{CHECK: models.Q(place__gte=0)}, name="order_positive"),
         ]
""",
    imports='import django\n\nCHECK = "condition" if django.VERSION >= (5, 1) else "check"',
    rows={"Order": 2000},
    at_once={"copies-under-lock"},
)
case(
    "field renamed with conditions",
    """
 class Order(models.Model):
     shelf = models.IntegerField()
-    place = models.IntegerField()
+    spot = models.IntegerField()

     class Meta:
         constraints = [
-            models.CheckConstraint(**{CHECK: models.Q(place__gte=0)}, name="order_positive"),
+            models.CheckConstraint(**{CHECK: models.Q(spot__gte=0)}, name="order_positive"),
-            models.UniqueConstraint("place", "shelf", name="order_once"),
+            models.UniqueConstraint("spot", "shelf", name="order_once"),
         ]
""",
    imports='import django\n\nCHECK = "condition" if django.VERSION >= (5, 1) else "check"',
    renamed={"Order.place": "Order.spot"},
    rows={"Order": 2000},
    is_migration=True,
)
case(
    "stored generated column",
    """
 class Customer(models.Model):
     name = models.CharField(max_length=100)


 class Order(models.Model):
     price = models.IntegerField()
     code = models.CharField(max_length=60, unique=True)
     customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
+    double = models.GeneratedField(
+        expression=models.F("price") * 2, output_field=models.IntegerField(), db_persist=True
+    )


 class Line(models.Model):
     order = models.ForeignKey(Order, on_delete=models.CASCADE)
""",
    rows={"Customer": 50, "Line": 2000},
    django=(5, 0),
    at_once={"copies-under-lock"},
    spoiled=[
        ("AFTER INSERT OR UPDATE OR DELETE", "AFTER INSERT OR UPDATE", {"data", "not-reversible"}),
    ],
)
case(
    "stored generated column of rows that lead to each other",
    """
 class Order(models.Model):
     price = models.IntegerField()
     before = models.ForeignKey("self", null=True, on_delete=models.SET_NULL)
+    double = models.GeneratedField(
+        expression=models.F("price") * 2, output_field=models.IntegerField(), db_persist=True
+    )


 class Line(models.Model):
     order = models.ForeignKey(Order, on_delete=models.CASCADE)
""",
    rows={"Line": 2000},
    django=(5, 0),
    at_once={"copies-under-lock"},
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
    at_once={"builds-under-lock"},
)
