"""Columns and tables that go."""

from cases import case, odd, shop

shop(
    "nullable field removed",
    "-    note = models.TextField(null=True, blank=True)",
    at_once={"query-fails"},
    everywhere=True,
)
odd(
    "field removed",
    '-    code = models.CharField(max_length=60, unique=True, db_column="Code")',
    at_once={"query-fails"},
)
shop(
    "field removed, migration",
    "-    total = models.DecimalField(max_digits=12, decimal_places=2)",
    is_migration=True,
)
shop(
    "foreign key removed",
    "-    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)",
    at_once={"query-fails"},
)
case(
    "field removed with its index",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
-    state = models.CharField(max_length=10, default="new")
     day = models.DateField()

     class Meta:
-        indexes = [models.Index(fields=["state", "day"], name="order_state_day")]
+        indexes = []
""",
    at_once={"query-fails"},
)
case(
    "many to many removed",
    """
 class Tag(models.Model):
     name = models.CharField(max_length=60)


 class Order(models.Model):
     code = models.CharField(max_length=60)
-    tags = models.ManyToManyField(Tag)
""",
    rows={"Tag": 50, "Order_tags": 5000},
    fill={
        "Order_tags.tag": lambda number: 1 + number % 50,
        "Order_tags.order": lambda number: 1 + number // 50 % 12_000,
    },
    at_once={"query-fails"},
)
case(
    "model deleted",
    """
 class Customer(models.Model):
     name = models.CharField(max_length=100)


 class Order(models.Model):
     customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
     code = models.CharField(max_length=60)
-
-
-class Reminder(models.Model):
-    order = models.ForeignKey(Order, on_delete=models.CASCADE)
-    text = models.TextField()
""",
    at_once={"query-fails"},
)
case(
    "model deleted that others refer to",
    """
-class Campaign(models.Model):
-    name = models.CharField(max_length=100)
-
-
 class Order(models.Model):
-    campaign = models.ForeignKey(Campaign, null=True, on_delete=models.SET_NULL)
     code = models.CharField(max_length=60)
""",
    rows={"Campaign": 2000},
    is_migration=True,
    at_once={"query-fails"},
)
