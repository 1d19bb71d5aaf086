"""Changes that have no plan: luthier says why."""

from cases import case, shop

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
