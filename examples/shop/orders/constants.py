COUNTRY_CHOICES = [
    ("AT", "Austria"),
    ("CH", "Switzerland"),
    ("DE", "Germany"),
    ("FR", "France"),
]

FREE_SHIPPING_FROM = 50
