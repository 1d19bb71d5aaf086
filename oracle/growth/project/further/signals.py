from django.dispatch import Signal

# Sent with `order` when its parcel is closed.
order_packed = Signal()
