from django.core.management.base import BaseCommand

from catalog.models import Book


class Command(BaseCommand):
    help = "Says of which books there are fewer than were sold."

    def handle(self, *args, **options):
        short = 0
        for book in Book.objects.iterator():
            sold = sum(book.order_lines.values_list("quantity", flat=True))  # grows: ORM007, ORM001
            if sold > book.stock:
                short += 1
                self.stderr.write(f"{book.title}: {sold} sold")
        self.stdout.write(f"{short} books")
