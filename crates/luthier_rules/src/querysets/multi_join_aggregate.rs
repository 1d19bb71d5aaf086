use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::facts::is_test_path;
use luthier_project::modules::ModuleId;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Two relations to many rows are aggregated in one query, which multiplies their rows.
    ///
    /// ## Why it matters
    ///
    /// The database joins every row of one relation with every row of the other before it counts. A book
    /// with two reviews and five sales has ten of each then: the numbers are wrong, and the more there is
    /// the more so. Nothing fails, and a test with one row of each does not see it.
    ///
    /// `Sum` and `Count` are wrong; `Count(..., distinct=True)`, `Max` and `Min` are right, and so is `Avg`
    /// unless the other relation goes on from its own. Conditions in `filter=` change nothing.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Tag(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// class Book(models.Model):
    ///     tags = models.ManyToManyField(Tag, related_name="books")
    ///
    /// class Review(models.Model):
    ///     book = models.ForeignKey(Book, models.CASCADE, related_name="reviews")
    ///     stars = models.IntegerField()
    ///
    /// class Comment(models.Model):
    ///     review = models.ForeignKey(Review, models.CASCADE, related_name="comments")
    ///
    /// class Sale(models.Model):
    ///     book = models.ForeignKey(Book, models.CASCADE, related_name="sales")
    ///     amount = models.IntegerField()
    ///
    /// class ShelfQuerySet(models.QuerySet):
    ///     def counted(self):
    ///         return self.annotate(
    ///             books=models.Count("books"),  # fires
    ///             keys=models.Count("keys"),
    ///         )
    ///
    /// class Shelf(models.Model):
    ///     books = models.ManyToManyField(Book)
    ///     objects = models.Manager.from_queryset(ShelfQuerySet)()
    ///
    /// class Key(models.Model):
    ///     shelf = models.ForeignKey(Shelf, models.CASCADE, related_name="keys")
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from django.db.models import Avg, Count, Max, Q, Sum
    /// from django.db.models.functions import Coalesce
    /// from .models import Book, Sale
    ///
    /// def report():
    ///     Book.objects.annotate(reviewed=Count("reviews"), sold=Count("sales"))  # fires
    ///     Book.objects.annotate(
    ///         last=Max("reviews__stars"),
    ///         sold=Coalesce(Sum("sales__amount"), 0),  # fires
    ///     )
    ///     Book.objects.annotate(
    ///         reviewed=Count("reviews", distinct=True),
    ///         sold=Count("sales", filter=Q(sales__amount__gt=1)),  # fires
    ///     )
    ///     Book.objects.aggregate(
    ///         Avg("reviews__stars"),  # fires
    ///         Count("tags", distinct=True),
    ///     )
    ///     Sale.objects.annotate(
    ///         tagged=Count("book__tags"),  # fires
    ///         reviewed=Count("book__reviews"),
    ///     )
    ///     Book.objects.annotate(
    ///         reviewed=Count("reviews"),
    ///         sold=Count("sales"),  # fires
    ///     ).filter(reviewed__gt=0, sold__gt=1).count()
    ///     tagged = Book.objects.annotate(
    ///         stars=Sum("reviews__stars"),  # fires
    ///     )
    ///     return tagged.filter(pk__gt=1).annotate(commented=Count("reviews__comments"))
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Tag(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// class Book(models.Model):
    ///     tags = models.ManyToManyField(Tag, related_name="books")
    ///     price = models.IntegerField()
    ///
    /// class Review(models.Model):
    ///     book = models.ForeignKey(Book, models.CASCADE, related_name="reviews")
    ///     stars = models.IntegerField()
    ///
    /// class Sale(models.Model):
    ///     book = models.ForeignKey(Book, models.CASCADE, related_name="sales")
    ///     amount = models.IntegerField()
    ///
    /// class Cover(models.Model):
    ///     book = models.OneToOneField(Book, models.CASCADE, related_name="cover")
    ///
    /// class PlaceQuerySet(models.QuerySet):
    ///     def counted(self):
    ///         return self.annotate(books=models.Count("books"), keys=models.Count("keys"))
    ///
    ///     def sorted_by_size(self):
    ///         return self.order_by("size")
    ///
    /// class Shelf(models.Model):
    ///     books = models.ManyToManyField(Book)
    ///     keys = models.IntegerField()
    ///     objects = PlaceQuerySet.as_manager()
    ///
    /// class Room(models.Model):
    ///     keys = models.ManyToManyField(Review)
    ///     books = models.IntegerField()
    ///     objects = PlaceQuerySet.as_manager()
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from django.db.models import Avg, Count, Exists, Max, Min, OuterRef, Q, Subquery, Sum
    /// from .models import Book, Review, Sale
    ///
    /// def report(review, wanted):
    ///     Book.objects.annotate(a=Count("reviews", distinct=True), b=Count("sales", distinct=True))
    ///     Book.objects.annotate(a=Max("reviews__stars"), b=Min("sales__amount"))
    ///     Book.objects.annotate(a=Count("reviews"), b=Sum("reviews__stars"), c=Count("cover"))
    ///     Book.objects.annotate(a=Avg("reviews__stars"), b=Count("sales", distinct=True))
    ///     Book.objects.annotate(a=Count("reviews"), b=Count("reviews__book"))
    ///     Book.objects.annotate(a=Count("sales"), b=Exists(Review.objects.filter(book=OuterRef("pk"))))
    ///     sold = Sale.objects.filter(book=OuterRef("pk")).values("book").annotate(n=Count("pk"))
    ///     Book.objects.annotate(a=Count("reviews"), b=Subquery(sold.values("n")))
    ///     Book.objects.values("reviews").annotate(a=Max("reviews__stars"), b=Count("sales"))
    ///     Book.objects.filter(reviews=review).annotate(a=Max("reviews__stars"), b=Count("sales"))
    ///     Book.objects.filter(wanted).annotate(a=Count("reviews"), b=Count("sales"))
    ///     Book.objects.annotate(a=Count("reviews", distinct=wanted), b=Max("sales__amount"))
    ///     Book.objects.annotate(a=Count("reviews"), b=Count("sales")).filter(a=0, b__gt=0).values("pk")
    ///     Book.objects.annotate(a=Count("reviews"), b=Count("sales")).filter(a=0, b=0).delete()
    ///     if wanted:
    ///         books = Book.objects.annotate(n=Count("reviews"))
    ///     else:
    ///         books = Book.objects.annotate(n=Count("sales"))
    ///     return books
    /// ```
    MULTI_JOIN_AGGREGATE = {
        code: "ORM025",
        name: "multi-join-aggregate",
        severity: Severity::Error,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        check: Check::Module(check),
    }
}

fn check(context: &mut Context<'_>, module: ModuleId) {
    let (project, sources) = (context.project, context.sources);
    let Some(file) = project.modules.get(module).file else {
        return;
    };
    if is_test_path(&sources.file(file).path) {
        return;
    }
    let mut last = None;
    for found in &project.queries(module).inflated {
        // One finding a query: the others have the same cause.
        if last == Some(found.query) {
            continue;
        }
        last = Some(found.query);
        let model = project.models.get(found.model);
        let (function, path, by) = (found.function, &found.path, &found.by);
        let message = format!(
            "`{function}` over `{path}` takes each row once for every row of `{by}`, which the same \
             query joins"
        );
        let help = match function {
            "Count" => "write `distinct=True`, or count each relation in a subquery of its own",
            _ => "work out each relation's numbers in a subquery or a query of its own",
        };
        context
            .report(Location::new(file, found.span), message)
            .help(help)
            .related(
                Location::new(file, found.by_span),
                format!("`{by}` is joined here"),
            )
            .symbol(&*model.label)
            .app(&*model.app_label);
    }
}
