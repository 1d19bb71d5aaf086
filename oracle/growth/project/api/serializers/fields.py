"""Fields of our own, and serializers that use them."""

from rest_framework import serializers

from catalog.models import Edition, Review
from sales.models import OrderLine


class BookTitleField(serializers.Field):
    """Takes the whole row, and asks it for its book."""

    def __init__(self, **kwargs):
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, value):
        return value.book.title  # grows: ORM003


class ShortTextField(serializers.CharField):
    def to_representation(self, value):
        return super().to_representation(value)[:10]


class ReaderField(serializers.RelatedField):
    """A relation that is shown by a name."""

    def to_representation(self, value):
        return {"name": value.username}


class OwnFieldSerializer(serializers.ModelSerializer):
    title = BookTitleField()

    class Meta:
        model = Edition
        fields = ["year", "title"]


class HarmlessFieldSerializer(serializers.ModelSerializer):
    text = ShortTextField()

    class Meta:
        model = Review
        fields = ["text"]


class ReaderSerializer(serializers.ModelSerializer):
    reader = ReaderField(read_only=True)  # grows: ORM003

    class Meta:
        model = Review
        fields = ["stars", "reader"]


class JoinedReaderSerializer(serializers.ModelSerializer):
    reader = ReaderField(read_only=True)

    class Meta:
        model = Review
        fields = ["stars", "reader"]


class NamedMethodSerializer(serializers.ModelSerializer):
    """The method has a name of its own choice, and hands the row on."""

    about = serializers.SerializerMethodField("describe")

    class Meta:
        model = OrderLine
        fields = ["about"]

    def describe(self, line):
        return self._sentence(line)

    def _sentence(self, line):
        return f"{line.quantity} for {line.order.customer_id}"  # grows: ORM003


class JoinedMethodSerializer(serializers.ModelSerializer):
    about = serializers.SerializerMethodField("describe")

    class Meta:
        model = OrderLine
        fields = ["about"]

    def describe(self, line):
        return f"{line.quantity} for {line.order.customer_id}"
