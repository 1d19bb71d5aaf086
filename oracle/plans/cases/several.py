"""Several changes at once, and models that share their fields."""

from cases import case, shop

shop(
    "three changes of a model",
    """-    note = models.TextField(null=True, blank=True)
+    priority = models.IntegerField(default=3)
+
+    class Meta:
+        indexes = [models.Index(fields=["total"], name="order_total")]""",
)
case(
    "changes of two models",
    """
 class Customer(models.Model):
     name = models.CharField(max_length=100)
+    rating = models.IntegerField(default=0)


 class Order(models.Model):
     customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
-    code = models.CharField(max_length=60, null=True)
+    code = models.CharField(max_length=60, default="none")
+    customer_since = models.DateField(null=True)


+class Reminder(models.Model):
+    order = models.ForeignKey(Order, on_delete=models.CASCADE)
+    text = models.TextField()
""",
    rows={"Customer": 2000},
    filled={"Order.code": "none"},
    is_migration=True,
    everywhere=True,
)
case(
    "field of a base class",
    """
 class Dated(models.Model):
     day = models.DateField(null=True)
+    priority = models.IntegerField(default=3)

     class Meta:
         abstract = True


 class Order(Dated):
     code = models.CharField(max_length=60)


 class Letter(Dated):
     text = models.TextField()
""",
)
case(
    "field replaced by another",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
-    paid = models.BooleanField(default=False)
+    paid_at = models.DateTimeField(null=True, blank=True)
""",
)
case(
    "renamed and made unique",
    """
 class Order(models.Model):
     code = models.CharField(max_length=60)
-    reference = models.CharField(max_length=60, null=True)
+    number = models.CharField(max_length=60, null=True)
-    day = models.IntegerField()
+    day = models.BigIntegerField()
""",
    renamed={"Order.reference": "Order.number"},
    is_migration=True,
)
shop(
    "code of its own between a field that comes and one that goes",
    """-    note = models.TextField(null=True, blank=True)
+    remark = models.TextField(blank=True, default="")""",
    code="""\
def look(apps, schema_editor):
    assert apps.get_model("shop", "Order").objects.filter(code="").count() == 0


def fill(apps, schema_editor):
    orders = apps.get_model("shop", "Order").objects
    orders.filter(pk__lte=500, remark="").update(remark="")
""",
    runs=[(1, "look"), (3, "fill")],
    is_migration=True,
)
