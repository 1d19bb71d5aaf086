"""Another field becomes the primary key."""

from cases import case

case(
    "key to uuid that Python makes",
    """
 class Order(models.Model):
-    id = models.BigAutoField(primary_key=True)
+    code = models.UUIDField(primary_key=True, default=uuid.uuid4)
     number = models.IntegerField(unique=True)
     note = models.CharField(max_length=60)
""",
    imports="import uuid",
    known_by={"Order": "number"},
    fixed={"Order.number"},
    is_ungrouped=True,
    at_once={"migration-fails"},
    spoiled=[
        (
            "SET DEFAULT gen_random_uuid()",
            "SET DEFAULT NULL",
            {"migration-fails", "query-fails"},
        )
    ],
)
case(
    "unique text becomes the key",
    """
 class Order(models.Model):
-    code = models.CharField(max_length=60, unique=True)
+    code = models.CharField(max_length=60, primary_key=True)
     note = models.CharField(max_length=60)
""",
    known_by={"Order": "code"},
    fixed={"Order.code"},
    is_ungrouped=True,
    is_migration=True,
    at_once={"query-fails", "builds-under-lock"},
)
case(
    "number becomes the key in place of a uuid",
    """
 class Order(models.Model):
-    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
-    number = models.BigIntegerField()
+    number = models.BigIntegerField(primary_key=True)
     note = models.CharField(max_length=60)

     class Meta:
         db_table = "Shop Orders"
""",
    imports="import uuid",
    known_by={"Order": "number"},
    fixed={"Order.number"},
    is_ungrouped=True,
    is_migration=True,
)
case(
    "text is the key no longer",
    """
 class Order(models.Model):
-    code = models.CharField(max_length=60, primary_key=True)
+    code = models.CharField(max_length=60, unique=True)
     note = models.CharField(max_length=60)
""",
    known_by={"Order": "code"},
    fixed={"Order.code"},
    is_ungrouped=True,
    is_impossible=True,
    everywhere=True,
)
