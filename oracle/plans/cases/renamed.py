"""Columns and tables with another name."""

from cases import case, odd, shop

shop(
    "nullable field renamed",
    """-    note = models.TextField(null=True, blank=True)
+    remark = models.TextField(null=True, blank=True)""",
    is_migration=True,
    renamed={"Order.note": "Order.remark"},
    at_once={"query-fails"},
    everywhere=True,
)
odd(
    "unique field renamed",
    """-    serial = models.CharField(max_length=60, unique=True)
+    serial_number = models.CharField(max_length=60, unique=True)""",
    is_migration=True,
    renamed={"Order.serial": "Order.serial_number"},
    at_once={"query-fails"},
)
shop(
    "foreign key renamed",
    """-    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
+    buyer = models.ForeignKey(Customer, on_delete=models.CASCADE)""",
    is_migration=True,
    renamed={"Order.customer": "Order.buyer"},
    at_once={"query-fails", "reads-under-lock"},
)
case(
    "field renamed with default and index",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
-    state = models.CharField(max_length=10, default="new", db_index=True)
+    status = models.CharField(max_length=10, default="new", db_index=True)
""",
    is_migration=True,
    renamed={"Order.state": "Order.status"},
    at_once={"query-fails"},
)
case(
    "model renamed",
    """
-class Order(models.Model):
+class Purchase(models.Model):
     code = models.CharField(max_length=60)
     day = models.DateField(null=True)
""",
    is_migration=True,
    renamed={"Order": "Purchase"},
    at_once={"query-fails"},
    unmanaged={"Order"},
)
case(
    "model renamed that changes otherwise",
    """
 class Customer(models.Model):
     name = models.CharField(max_length=100)


-class Order(models.Model):
+class Purchase(models.Model):
-    code = models.CharField(max_length=60)
+    reference = models.CharField(max_length=60)
     customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE)
     day = models.DateField(null=True)
-    note = models.TextField(null=True, blank=True)
+    note = models.TextField(blank=True, default="")
+    state = models.CharField(max_length=10, default="new")
-    total = models.IntegerField(default=0)
+
+    class Meta:
+        indexes = [models.Index(fields=["day"], name="purchase_day")]
""",
    is_migration=True,
    renamed={"Order": "Purchase", "Order.code": "Purchase.reference"},
    halfway={"class Order(": "class Purchase("},
    rows={"Customer": 50},
    filled={"Purchase.note": ""},
    at_once={"query-fails", "writes-under-lock", "reads-under-lock", "builds-under-lock"},
    unmanaged={"Order"},
)
case(
    "model renamed that gets a column",
    """
-class Order(models.Model):
+class Purchase(models.Model):
     code = models.CharField(max_length=60)
     day = models.DateField(null=True)
+    state = models.CharField(max_length=10, default="new")
""",
    is_migration=True,
    renamed={"Order": "Purchase"},
    halfway={"class Order(": "class Purchase("},
    unmanaged={"Order"},
    spoiled=[
        # Django drops a column with a view that shows it.
        ('SELECT "id", "code", "day" FROM', "SELECT * FROM", {"not-reversible"}),
    ],
)
case(
    "model renamed that gets a column of another type",
    """
-class Order(models.Model):
+class Purchase(models.Model):
     code = models.CharField(max_length=60)
-    total = models.IntegerField()
+    total = models.BigIntegerField()
""",
    is_migration=True,
    renamed={"Order": "Purchase"},
    halfway={"class Order(": "class Purchase("},
    unplanned="the view that has the old name for a release would not go along",
)
case(
    "table renamed of which a column would have to wait",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
+    state = models.CharField(max_length=10, default="new")

     class Meta:
-        db_table = "Old Orders"
+        db_table = "order"
""",
    unplanned="a later release would look for it under the old one",
)
case(
    "model renamed that others refer to",
    """
-class Order(models.Model):
+class Purchase(models.Model):
     code = models.CharField(max_length=60)


 class Line(models.Model):
-    order = models.ForeignKey(Order, on_delete=models.CASCADE)
+    order = models.ForeignKey(Purchase, on_delete=models.CASCADE)
     amount = models.IntegerField()
""",
    is_migration=True,
    renamed={"Order": "Purchase"},
    rows={"Order": 2000},
    at_once={"query-fails", "reads-under-lock"},
    unmanaged={"Order"},
)
case(
    "table renamed",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
     day = models.DateField(null=True)

     class Meta:
-        db_table = "Old Orders"
+        db_table = "order"
""",
    at_once={"query-fails"},
    unmanaged={"Order"},
)
case(
    "field renamed that Meta names",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
     day = models.DateField()
-    ref = models.CharField(max_length=60)
+    reference = models.CharField(max_length=60)

     class Meta:
-        ordering = ["ref"]
+        ordering = ["reference"]
-        unique_together = [("ref", "code")]
+        unique_together = [("reference", "code")]
-        indexes = [models.Index(fields=["ref", "day"], name="order_ref")]
+        indexes = [models.Index(fields=["reference", "day"], name="order_ref")]
-        constraints = [models.UniqueConstraint(fields=["ref", "day"], name="order_once")]
+        constraints = [models.UniqueConstraint(fields=["reference", "day"], name="order_once")]
""",
    renamed={"Order.ref": "Order.reference"},
    is_migration=True,
    at_once={"query-fails", "builds-under-lock"},
)
case(
    "day renamed that another field is unique for",
    """
 class Order(models.Model):
-    code = models.CharField(max_length=60, unique_for_date="day")
+    code = models.CharField(max_length=60, unique_for_date="due")
-    day = models.DateField()
+    due = models.DateField()
""",
    renamed={"Order.day": "Order.due"},
    is_migration=True,
)
case(
    "many to many with a model between",
    """
 class Tag(models.Model):
     name = models.CharField(max_length=60)


 class Order(models.Model):
     code = models.CharField(max_length=60)
-    tags = models.ManyToManyField(Tag)
+    tags = models.ManyToManyField(Tag, through="Tagged")
+
+
+class Tagged(models.Model):
+    purchase = models.ForeignKey(Order, on_delete=models.CASCADE)
+    tag = models.ForeignKey(Tag, on_delete=models.CASCADE)
+
+    class Meta:
+        constraints = [models.UniqueConstraint(fields=["purchase", "tag"], name="once")]
""",
    renamed={"Order_tags": "Tagged", "Order_tags.order": "Tagged.purchase"},
    rows={"Tag": 50, "Order_tags": 5000},
    fill={
        "Tagged.tag": lambda number: 1 + number % 49,
        "Tagged.purchase": lambda number: 1 + number // 49 % 11_987,
    },
    fixed={"Tagged.tag", "Tagged.purchase"},
    is_impossible=True,
    unmanaged={"Order_tags"},
)
