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
case(
    "key to uuid, and relations lead there",
    """
 class Customer(models.Model):
-    id = models.BigAutoField(primary_key=True)
+    code = models.UUIDField(primary_key=True, default=uuid.uuid4)
     number = models.IntegerField(unique=True)


 class Order(models.Model):
     customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
     seller = models.ForeignKey(
         Customer, null=True, on_delete=models.SET_NULL, related_name="+", db_column="Sold by"
     )
     day = models.IntegerField()

     class Meta:
         db_table = "Shop Orders"
         indexes = [models.Index(fields=["customer", "-day"], name="by_customer")]
         constraints = [
             models.UniqueConstraint(
                 fields=["customer", "day", "seller"],
                 condition=models.Q(seller__isnull=False),
                 name="one_a_day",
             )
         ]
""",
    imports="import uuid",
    known_by={"Customer": "number"},
    fixed={"Customer.number"},
    is_ungrouped=True,
    is_impossible=True,
)
case(
    "unique text becomes the key, and the model leads to itself",
    """
 class Customer(models.Model):
-    code = models.CharField(max_length=60, unique=True)
+    code = models.CharField(max_length=60, primary_key=True)
     parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL)


 class Card(models.Model):
     customer = models.OneToOneField(Customer, on_delete=models.CASCADE)
""",
    known_by={"Customer": "code"},
    fixed={"Customer.code"},
    rows={},
    is_ungrouped=True,
    is_impossible=True,
)
case(
    "text is the key no longer, and relations lead there",
    """
 class Customer(models.Model):
-    code = models.CharField(max_length=60, primary_key=True)
+    code = models.CharField(max_length=60, unique=True)


 class Order(models.Model):
     customer = models.ForeignKey(Customer, on_delete=models.PROTECT)
     number = models.IntegerField()

     class Meta:
         unique_together = [("customer", "number")]
""",
    known_by={"Customer": "code"},
    fixed={"Customer.code"},
    is_ungrouped=True,
    is_impossible=True,
    everywhere=True,
)
case(
    "key to uuid, and many lead there and back",
    """
 class Customer(models.Model):
-    id = models.BigAutoField(primary_key=True)
+    code = models.UUIDField(primary_key=True, default=uuid.uuid4)
     number = models.IntegerField(unique=True)
     friends = models.ManyToManyField("self")


 class Shop(models.Model):
     name = models.CharField(max_length=60)
     customers = models.ManyToManyField(Customer, db_table="Who Buys")
""",
    imports="import uuid",
    known_by={"Customer": "number"},
    fixed={"Customer.number"},
    rows={"Customer": 1000, "Shop": 1000, "Customer_friends": 3000, "Shop_customers": 3000},
    fill={
        "Customer_friends.from_customer": lambda number: 1 + number % 997,
        "Customer_friends.to_customer": lambda number: 1 + number // 997 % 983,
        "Shop_customers.shop": lambda number: 1 + number % 997,
        "Shop_customers.customer": lambda number: 1 + number // 997 % 983,
    },
    is_ungrouped=True,
    is_impossible=True,
)
case(
    "two fields that stay change places as the key",
    """
 class Order(models.Model):
-    code = models.CharField(max_length=60, primary_key=True)
-    number = models.BigIntegerField(unique=True)
+    code = models.CharField(max_length=60, unique=True)
+    number = models.BigIntegerField(primary_key=True)
     note = models.CharField(max_length=60)
""",
    known_by={"Order": "code"},
    fixed={"Order.code", "Order.number"},
    is_ungrouped=True,
    is_impossible=True,
)
