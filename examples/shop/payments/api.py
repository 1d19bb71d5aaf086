from rest_framework import serializers, viewsets
from rest_framework.permissions import IsAdminUser

from .models import Payment


class PaymentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Payment
        exclude = ["payload"]


class PaymentViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Payment.objects.select_related("order")
    serializer_class = PaymentSerializer
    permission_classes = [IsAdminUser]

    def get_object(self):
        return Payment.objects.get(pk=self.kwargs["pk"])
