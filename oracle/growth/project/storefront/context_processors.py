from catalog.models import Category


def menu(request):
    return {"menu_categories": Category.objects.filter(parent__isnull=True)}
