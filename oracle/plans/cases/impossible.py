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
    unplanned="make it the primary key",
    is_migration=True,
)
shop(
    "unique field with one default",
    "+    rank = models.IntegerField(default=0, unique=True)",
    unplanned="same value",
    at_once={"migration-fails"},
)
