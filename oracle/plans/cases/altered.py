"""Columns that become another type, or NOT NULL."""

from cases import case, odd, shop

case(
    "integer to bigint, many rows",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
-    visits = models.IntegerField(null=True, db_index=True)
+    visits = models.BigIntegerField(null=True, db_index=True)
""",
    rows={"Order": 200_000},
)
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
    "moment to date",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
-    due = models.DateTimeField(db_index=True, db_column="Due At")
+    due = models.DateField(db_index=True, db_column="Due At")
""",
    is_migration=True,
)
case(
    "float to decimal",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
-    total = models.FloatField(default=0)
+    total = models.DecimalField(max_digits=12, decimal_places=2, default=0)
""",
    at_once={"copies-under-lock", "query-fails"},
    spoiled=[
        (
            'IF NEW."total_new" IS NOT NULL THEN',
            "IF FALSE THEN",
            {"query-fails", "not-reversible"},
        ),
        ("::numeric(12, 2)", "::numeric(12, 0)", {"data", "not-resumable", "not-reversible"}),
    ],
    everywhere=True,
)
case(
    "decimal to integer",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
-    total = models.DecimalField(max_digits=12, decimal_places=2, null=True)
+    total = models.IntegerField(null=True)
""",
    fill={"Order.total": lambda number: number},
    is_migration=True,
)
case(
    "float with db_default to decimal",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
-    total = models.FloatField(db_default=0.5)
+    total = models.DecimalField(max_digits=12, decimal_places=2, db_default=0.5)
""",
    django=(5, 0),
)
case(
    "text to integer, with what Meta has of it",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
     day = models.IntegerField()
-    number = models.CharField(max_length=20, unique=True)
+    number = models.BigIntegerField(unique=True)

     class Meta:
         unique_together = [("number", "day")]
         indexes = [models.Index(fields=["day", "-number"], name="order_day")]
         constraints = [models.UniqueConstraint(fields=["number", "code"], name="order_once")]
""",
    fill={"Order.number": str},
    is_migration=True,
)
case(
    "integer to bigint, with what Meta has of it",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
     day = models.IntegerField()
-    number = models.IntegerField()
+    number = models.BigIntegerField()

     class Meta:
         unique_together = [("number", "day")]
         indexes = [models.Index(fields=["day", "-number"], name="order_day")]
""",
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
shop(
    "foreign key null to not null",
    """-    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
-    buyer = models.ForeignKey(
-        Customer, null=True, on_delete=models.CASCADE, related_name="bought"
-    )
+    buyer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="bought")""",
    is_migration=True,
    one_off={"Order.buyer": 1},
    filled={"Order.buyer": 1},
)
shop(
    "foreign key null to not null, filled by hand",
    """-    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
-    buyer = models.ForeignKey(
-        Customer, null=True, on_delete=models.CASCADE, related_name="bought"
-    )
+    buyer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="bought")""",
    by_hand={2: "UPDATE shop_order SET buyer_id = 1 WHERE buyer_id IS NULL"},
    filled={"Order.buyer": 1},
    at_once={"migration-fails"},
)
shop(
    "text null to not null, filled by nobody",
    """-    remark = models.CharField(max_length=60, null=True)
+    remark = models.CharField(max_length=60)""",
    neglected={"migration-fails"},
    at_once={"migration-fails"},
)
case(
    "text made shorter",
    """
 class Order(models.Model):
-    code = models.CharField(max_length=60, db_column="The Code", db_index=True)
+    code = models.CharField(max_length=20, db_column="The Code", db_index=True)

     class Meta:
         db_table = "Shop Orders"
""",
    fill={"Order.code": lambda number: f"order {number}"},
    at_once={"copies-under-lock"},
)
case(
    "number made shorter, with what Meta has of it",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
     day = models.IntegerField()
-    number = models.BigIntegerField(unique=True)
+    number = models.IntegerField(unique=True)

     class Meta:
         constraints = [
             models.UniqueConstraint(fields=["day", "number"], name="order_day"),
             models.CheckConstraint(condition=models.Q(number__gte=0), name="order_number"),
         ]
""",
    django=(5, 1),
)
case(
    "text made longer",
    """
 class Order(models.Model):
-    code = models.CharField(max_length=60)
+    code = models.CharField(max_length=90)
-    note = models.CharField(max_length=90, null=True)
+    note = models.TextField(null=True)
""",
    at_once=set(),
    is_safe=True,
)
case(
    "integer to text",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
-    number = models.IntegerField(null=True)
+    number = models.CharField(max_length=20, null=True)
""",
    fill={"Order.number": lambda number: None if number % 7 == 0 else number},
    at_once={"copies-under-lock", "query-fails"},
)
case(
    "unique integer to bigint",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
-    number = models.IntegerField(unique=True)
+    number = models.BigIntegerField(unique=True)
""",
)
