use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::models::{FieldKind, ModelId};
use luthier_project::serializers::{DeclaredField, Shape};
use luthier_project::views::RestView;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A list of an API carries, with each row, all rows that belong to it, as the page of one row does.
    ///
    /// ## Why it matters
    ///
    /// What is right for the page of one row is too much for a list: twenty products with their hundreds
    /// of reviews make an answer of megabytes, which is loaded, built and sent though a list shows a name
    /// and a price. It grows with the data, so it gets slow in production and not before.
    ///
    /// Only views are judged that give lists and single rows by one serializer, and nested serializers
    /// of rows with a foreign key to the row: there is no end to those. Many-to-many relations, such as
    /// tags, are left alone, and so are views beside another that lists the same rows without them.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// ROOT_URLCONF = "config.urls"
    /// ```
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Tag(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// class Product(models.Model):
    ///     tags = models.ManyToManyField(Tag)
    ///
    /// class Review(models.Model):
    ///     product = models.ForeignKey(Product, models.CASCADE, related_name="reviews")
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    /// ```
    /// ```python file=config/urls.py
    /// from rest_framework.routers import DefaultRouter
    /// from shop import views
    ///
    /// router = DefaultRouter()
    /// router.register("products", views.ProductViewSet, basename="product")
    /// urlpatterns = router.urls
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/views.py
    /// from rest_framework import serializers, viewsets
    /// from shop.models import Product, Review, Tag
    ///
    /// class TagSerializer(serializers.ModelSerializer):
    ///     class Meta:
    ///         model = Tag
    ///         fields = ["name"]
    ///
    /// class ReviewSerializer(serializers.ModelSerializer):
    ///     class Meta:
    ///         model = Review
    ///         fields = ["id"]
    ///
    /// class ProductSerializer(serializers.ModelSerializer):
    ///     reviews = ReviewSerializer(many=True, read_only=True)
    ///     tags = TagSerializer(many=True, read_only=True)
    ///
    ///     class Meta:
    ///         model = Product
    ///         fields = ["id", "reviews", "tags"]
    ///
    /// class ProductViewSet(viewsets.ModelViewSet):  # fires
    ///     queryset = Product.objects.all()
    ///     serializer_class = ProductSerializer
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/views.py
    /// from rest_framework import mixins, serializers, viewsets
    /// from shop.models import Product, Review
    ///
    /// class ReviewSerializer(serializers.ModelSerializer):
    ///     class Meta:
    ///         model = Review
    ///         fields = ["id"]
    ///
    /// class ProductListSerializer(serializers.ModelSerializer):
    ///     class Meta:
    ///         model = Product
    ///         fields = ["id"]
    ///
    /// class ProductSerializer(serializers.ModelSerializer):
    ///     reviews = ReviewSerializer(many=True, read_only=True)
    ///
    ///     class Meta:
    ///         model = Product
    ///         fields = ["id", "reviews"]
    ///
    /// class ProductViewSet(viewsets.ModelViewSet):
    ///     queryset = Product.objects.all()
    ///     serializer_class = ProductSerializer
    ///
    ///     def get_serializer_class(self):
    ///         if self.action == "list":
    ///             return ProductListSerializer
    ///         return super().get_serializer_class()
    /// ```
    LIST_SERIALIZER_TOO_HEAVY = {
        code: "DRF009",
        name: "list-serializer-too-heavy",
        severity: Severity::Info,
        category: Category::Drf,
        dimension: Some(Dimension::Performance),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    let views: Vec<RestView> = project.rest_views().filter(|view| view.lists).collect();
    // Where another view lists the same rows without them, clients have the choice.
    let light: Vec<ModelId> = views
        .iter()
        .flat_map(|view| shapes(project, view))
        .filter(|shape| heavy(project, shape).is_none())
        .filter_map(|shape| shape.subject.model())
        .collect();
    for view in views.iter().filter(|view| view.details) {
        let mut shapes = shapes(project, view);
        let heavy = shapes.find_map(|shape| {
            let has_light = shape
                .subject
                .model()
                .is_some_and(|model| light.contains(&model));
            heavy(project, shape).filter(|_| !has_light)
        });
        let (Some((field, model)), Some(file)) =
            (heavy, project.modules.get(view.class.module).file)
        else {
            continue;
        };
        let place = Location::new(file, project.modules.class(view.class).name_span);
        let declared = project.modules.get(field.value.module).file;
        let mut reported = context.report(
            place,
            format!(
                "each row of the list carries all its `{}`, rows of `{}`",
                field.name,
                project.models.get(model).name
            ),
        );
        reported.help(
            "give the list a serializer of its own, by `self.action` in `get_serializer_class()`",
        );
        if let Some(file) = declared {
            let span = project.modules.value(field.value).span();
            reported.related(Location::new(file, span), "the rows are nested here");
        }
    }
}

/// The serializer of a view.
fn shapes<'a>(project: &'a Project, view: &RestView) -> impl Iterator<Item = &'a Shape> {
    let serializers = view.serializer.into_iter();
    serializers.flat_map(|class| project.serializers.of_class(class))
}

/// The first field that nests all rows with a foreign key to the serializer's row.
fn heavy<'a>(project: &'a Project, shape: &'a Shape) -> Option<(&'a DeclaredField, ModelId)> {
    let model = shape.subject.model()?;
    let models = &project.models;
    let is_given = |name: &str| {
        let fields = shape.option("fields");
        fields.is_none_or(|fields| fields.names.iter().any(|field| &*field.name.text == name))
    };
    shape.declared.iter().find_map(|field| {
        let is_nested = field.is_certain && field.many == Some(true) && field.nested.is_some();
        if !is_nested || field.source_is_open || !is_given(&field.name) {
            return None;
        }
        let source = field
            .source
            .as_ref()
            .map_or(&*field.name, |source| &*source.text);
        let way = models.reverse(model).into_iter().find(|way| {
            let accessor = models.accessor(way);
            accessor.is_some_and(|accessor| &*accessor == source)
        })?;
        let is_key = models.field_of(way).kind == FieldKind::ForeignKey;
        is_key.then_some((field, way.from))
    })
}

#[cfg(test)]
mod tests {
    use super::LIST_SERIALIZER_TOO_HEAVY;
    use crate::testing;

    #[test]
    fn what_another_view_lists_without() {
        testing::check(
            &LIST_SERIALIZER_TOO_HEAVY,
            r#"
--- manage.py
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
--- config/settings.py
INSTALLED_APPS = ["shop"]
ROOT_URLCONF = "config.urls"
--- shop/__init__.py
--- shop/models.py
from django.db import models

class Product(models.Model):
    pass

class Review(models.Model):
    product = models.ForeignKey(Product, models.CASCADE, related_name="reviews")
--- config/urls.py
from rest_framework.routers import DefaultRouter
from shop import views

router = DefaultRouter()
router.register("products", views.ProductViewSet, basename="product")
router.register("product-info", views.ProductInfoViewSet, basename="product-info")
urlpatterns = router.urls
--- shop/views.py
from rest_framework import serializers, viewsets
from shop.models import Product, Review

class ReviewSerializer(serializers.ModelSerializer):
    class Meta:
        model = Review
        fields = ["id"]

class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["id"]

class ProductInfoSerializer(ProductSerializer):
    reviews = ReviewSerializer(many=True)

    class Meta:
        model = Product
        fields = ["id", "reviews"]

class ProductViewSet(viewsets.ModelViewSet):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer

class ProductInfoViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Product.objects.all()
    serializer_class = ProductInfoSerializer
"#,
        );
    }
}
