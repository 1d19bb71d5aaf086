from django.contrib import admin

from .models import Category, Product, ProductImage, Review, Tag


class ProductImageInline(admin.TabularInline):
    model = ProductImage
    extra = 1


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ["name", "parent", "product_count"]
    prepopulated_fields = {"slug": ["name"]}

    def product_count(self, category):
        return category.products.count()


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ["name", "sku", "category_path", "price", "stock", "featured"]
    list_filter = ["featured", "category"]
    search_fields = ["name", "sku"]
    inlines = [ProductImageInline]

    def category_path(self, product):
        return str(product.category)


@admin.register(Review)
class ReviewAdmin(admin.ModelAdmin):
    list_display = ["product", "customer", "stars", "published"]
    list_select_related = ["product", "customer__user"]


admin.site.register(ProductImage)
admin.site.register(Tag)
