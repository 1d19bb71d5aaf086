use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::Project;
use luthier_project::flows::{Ask, MadeQuery, RowMethod};
use luthier_project::modules::{ClassRef, Definition};
use luthier_project::serializers::{DeclaredField, Origin, Shape, ShapeKind};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A serializer's method makes a query of its own for each row that it writes out.
    ///
    /// ## Why it matters
    ///
    /// The query is hidden where nobody looks for one: the view loads its rows, and the serializer goes to
    /// the database again for every such field, once for one row, and once for each of a list.
    ///
    /// Reported are queries that are made whatever was loaded with the row. What a prefetch answers, such as
    /// `reviews.all()` and `reviews.count()`, is left alone, and so are foreign keys: whether they cost a
    /// query hangs on the view.
    ///
    /// ## Project
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Product(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// class Review(models.Model):
    ///     product = models.ForeignKey(Product, models.CASCADE, related_name="reviews")
    ///     stars = models.IntegerField()
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/views.py
    /// from rest_framework import serializers
    /// from rest_framework.response import Response
    /// from rest_framework.views import APIView
    /// from shop.models import Product, Review
    ///
    /// class ProductSerializer(serializers.ModelSerializer):
    ///     best = serializers.SerializerMethodField()
    ///
    ///     class Meta:
    ///         model = Product
    ///         fields = ["name", "best"]
    ///
    ///     def get_best(self, product):
    ///         return product.reviews.filter(stars=5).count()  # fires
    ///
    ///     def to_representation(self, instance):
    ///         data = super().to_representation(instance)
    ///         data["all"] = Review.objects.count()  # fires
    ///         return data
    ///
    /// class ProductView(APIView):
    ///     def get(self, request, pk):
    ///         return Response(ProductSerializer(Product.objects.get(pk=pk)).data)
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/views.py
    /// from rest_framework import serializers
    /// from rest_framework.response import Response
    /// from rest_framework.views import APIView
    /// from shop.models import Product
    ///
    /// class ProductSerializer(serializers.ModelSerializer):
    ///     best = serializers.SerializerMethodField()
    ///     label = serializers.SerializerMethodField()
    ///
    ///     class Meta:
    ///         model = Product
    ///         fields = ["name", "best", "label"]
    ///
    ///     def get_best(self, product):
    ///         if product.reviews.count() == 0:
    ///             return 0
    ///         return len([review for review in product.reviews.all() if review.stars == 5])
    ///
    ///     def get_label(self, product):
    ///         return product.name.title()
    ///
    /// class ProductView(APIView):
    ///     def get(self, request, pk):
    ///         product = Product.objects.prefetch_related("reviews").get(pk=pk)
    ///         return Response(ProductSerializer(product).data)
    /// ```
    SERIALIZER_METHOD_QUERY = {
        code: "DRF015",
        name: "serializer-method-query",
        severity: Severity::Warning,
        category: Category::Drf,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    let mut methods: Vec<RowMethod> = Vec::new();
    for shape in project.serializers.all() {
        if let (ShapeKind::Serializer, Origin::Class(class)) = (shape.kind, shape.origin) {
            methods.extend(row_methods(project, shape, class));
        }
    }
    if methods.is_empty() {
        return;
    }
    let mut made = project.queries_on_rows(&methods);
    made.sort_by_key(|(index, made)| (*index, made.place, made.way.clone()));
    made.dedup_by_key(|(index, made)| (*index, made.place));
    for (index, made) in made {
        let function = methods[index].function;
        let Some(asked) = asked(project, &made).filter(|_| !made.is_conditional) else {
            continue;
        };
        let method = project.modules.function_name(function);
        let mut reported =
            context.report(made.place, format!("`{method}` of the serializer {asked}"));
        reported.help(
            "load what it needs with the row, by an annotation or a prefetch in the view's queryset",
        );
        if let Some((&query, calls)) = made.way.split_last() {
            for &call in calls {
                reported.related(call, "which calls the code that asks");
            }
            reported.related(query, "the query is made here");
        }
    }
}

/// The methods of a serializer that are given the row: those of its own fields, and what replaces
/// how it writes the row out.
fn row_methods(project: &Project, shape: &Shape, class: ClassRef) -> Vec<RowMethod> {
    let Some(model) = shape.subject.model() else {
        return Vec::new();
    };
    let fields = shape
        .declared
        .iter()
        .filter_map(|field| named(project, field));
    let names = fields.chain(["to_representation".to_owned()]);
    let found = names.filter_map(|name| {
        let found = project.modules.class_member(class, &name);
        let Definition::Function(function) = found else {
            return None;
        };
        let is_own = project.modules.is_repository(function.module);
        let declared = project.modules.function(function);
        (is_own && declared.decorators.is_empty()).then_some(RowMethod {
            class,
            function,
            model,
        })
    });
    found.collect()
}

/// The method that a `SerializerMethodField` calls.
fn named(project: &Project, field: &DeclaredField) -> Option<String> {
    let class = field.class.as_deref()?;
    if !class.ends_with(".SerializerMethodField") {
        return None;
    }
    let call = project.modules.value(field.value).as_call()?;
    match call.argument(0, "method_name") {
        Some(name) => name.as_str().map(str::to_owned),
        None => Some(format!("get_{}", field.name)),
    }
}

/// What is asked for; what the method writes is another matter.
fn asked(project: &Project, made: &MadeQuery) -> Option<String> {
    let Ask::Method { model, name, .. } = &made.ask else {
        return None;
    };
    let model = &project.models.get(*model).name;
    Some(match &**name {
        "" | "[]" => format!("queries `{model}`"),
        name => format!("queries `{model}` by `{name}`"),
    })
}
