use luthier_diagnostics::{
    Category, Confidence, Dimension, Fix, FixAvailability, Location, Severity,
};
use luthier_project::facts::ir::ComprehensionKind;
use luthier_project::facts::{CallRef, Expr, ExprRef, is_test_path};
use luthier_project::flows::{Growth, Target};
use luthier_project::modules::{ModuleId, ValueRef};
use luthier_source::Span;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// `bulk_create()` or `bulk_update()` sends as many rows at once as a table or file has.
    ///
    /// ## Why it matters
    ///
    /// Without `batch_size` PostgreSQL and MySQL get one statement with every row in it. It grows with
    /// the data: until it exceeds `max_allowed_packet` or the number of parameters, or the memory of
    /// the worker. `bulk_update()` is worse, as it writes a `CASE` with a branch for each row, and its time
    /// grows with the square.
    ///
    /// What may be few is left alone: rows of one parent or under a condition, slices, lists that are
    /// spelt out, and tables that refer to no other, as kinds and states do; so is what cannot be told.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class City(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// class Customer(models.Model):
    ///     city = models.ForeignKey(City, on_delete=models.CASCADE)
    ///     is_active = models.BooleanField(default=True)
    ///     score = models.IntegerField(default=0)
    ///
    /// class Letter(models.Model):
    ///     customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    /// ```
    ///
    /// ```python file=shop/letters.py
    /// import csv
    /// from shop.models import Customer, Letter
    ///
    /// def write():
    ///     Letter.objects.bulk_create(  # fires
    ///         Letter(customer=customer) for customer in Customer.objects.filter(is_active=True)
    ///     )
    ///
    /// def rate():
    ///     customers = Customer.objects.all()
    ///     for customer in customers:
    ///         customer.score = len(str(customer.pk))
    ///     Customer.objects.bulk_update(customers, ["score"])  # fires
    ///
    /// def load(path):
    ///     found = []
    ///     with open(path) as file:
    ///         for row in csv.DictReader(file):
    ///             found.append(Customer(score=row["score"]))
    ///     Customer.objects.bulk_create(found)  # fires
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class City(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// class Customer(models.Model):
    ///     city = models.ForeignKey(City, on_delete=models.CASCADE)
    ///     is_active = models.BooleanField(default=True)
    ///     score = models.IntegerField(default=0)
    ///
    /// class Letter(models.Model):
    ///     customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    /// ```
    ///
    /// ```python file=shop/letters.py
    /// import csv
    /// from shop.models import Customer, Letter
    ///
    /// def write():
    ///     Letter.objects.bulk_create(
    ///         Letter(customer=customer) for customer in Customer.objects.filter(is_active=True)
    ///     )
    ///
    /// def rate():
    ///     customers = Customer.objects.all()
    ///     for customer in customers:
    ///         customer.score = len(str(customer.pk))
    ///     Customer.objects.bulk_update(customers, ["score"], batch_size=1000)
    ///
    /// def load(path):
    ///     found = []
    ///     with open(path) as file:
    ///         for row in csv.DictReader(file):
    ///             found.append(Customer(score=row["score"]))
    ///     Customer.objects.bulk_create(found, batch_size=1000)
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class City(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// class Customer(models.Model):
    ///     city = models.ForeignKey(City, on_delete=models.CASCADE)
    ///     is_active = models.BooleanField(default=True)
    ///     score = models.IntegerField(default=0)
    ///
    /// class Letter(models.Model):
    ///     customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="letters")
    ///     number = models.IntegerField()
    /// ```
    ///
    /// ```python file=shop/letters.py
    /// import csv
    /// from shop.models import City, Customer, Letter
    ///
    /// def write(chosen, customer: Customer):
    ///     Letter.objects.bulk_create([Letter(number=city.pk) for city in City.objects.all()])
    ///     late = [customer for customer in Customer.objects.all() if customer.score < 0]
    ///     Customer.objects.bulk_update(late, ["score"])
    ///     Letter.objects.bulk_create([Letter(number=1), Letter(number=2)])
    ///     Letter.objects.bulk_create([Letter(number=number) for number in range(10)])
    ///     Letter.objects.bulk_create(Letter(customer=one) for one in chosen)
    ///     Letter.objects.bulk_create(Letter(customer=one) for one in Customer.objects.all()[:50])
    ///     Letter.objects.bulk_create(
    ///         Letter(customer=one) for one in Customer.objects.filter(pk__in=chosen)
    ///     )
    ///     Letter.objects.bulk_create(Letter(number=one.number) for one in customer.letters.all())
    ///     Letter.objects.bulk_create(
    ///         Letter(number=one.number) for one in Letter.objects.filter(customer=customer)
    ///     )
    ///     Letter.objects.bulk_create(
    ///         [Letter(customer=one) for one in Customer.objects.all()], batch_size=500
    ///     )
    ///     Letter.objects.bulk_create([Letter(customer=one) for one in Customer.objects.all()], 500)
    ///
    /// def load(file):
    ///     found = []
    ///     for row in csv.DictReader(file):
    ///         found.append(Customer(score=row["score"]))
    ///         if len(found) == 1000:
    ///             Customer.objects.bulk_create(found)
    ///             found.clear()
    ///     Customer.objects.bulk_create(found)
    ///
    /// def load_others(file):
    ///     found = []
    ///     for row in csv.DictReader(file):
    ///         found.append(Customer(score=row["score"]))
    ///         if len(found) == 1000:
    ///             Customer.objects.bulk_create(found)
    ///             found = []
    ///     Customer.objects.bulk_create(found)
    /// ```
    BULK_WITHOUT_BATCH = {
        code: "ORM038",
        name: "bulk-without-batch",
        severity: Severity::Info,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Module(check),
    }
}

fn check(context: &mut Context<'_>, module: ModuleId) {
    let project = context.project;
    let Some(file) = project.modules.get(module).file else {
        return;
    };
    let source = context.sources.file(file);
    let facts = project.modules.facts(module);
    if is_test_path(&source.path) || !facts.names.mention("bulk_") {
        return;
    }
    for body in facts.body_ids().map(|id| facts.body(id)) {
        for call in body.exprs().filter_map(ExprRef::as_call) {
            let Some((method, rows)) = unbatched(context, module, call) else {
                continue;
            };
            let growth = project.growth(ValueRef::of(module, rows));
            let what = match growth {
                Some(Growth::Table(model)) => {
                    format!("rows of `{}`", project.models.get(model).name)
                }
                Some(Growth::File) => "lines of the file".to_owned(),
                None => continue,
            };
            let location = Location {
                file,
                span: call.callee.span(),
            };
            let fix = end_of_arguments(&source.text, call).map(|at| {
                Fix::safe("Send 1000 rows at a time").replace(
                    file,
                    Span::at(at),
                    ", batch_size=1000",
                )
            });
            context
                .report(
                    location,
                    format!("`{method}` sends all {what} in one statement"),
                )
                .help("pass `batch_size`")
                .fix(fix);
        }
    }
}

/// The method and the rows of a call that stores many rows without `batch_size`.
fn unbatched<'a>(
    context: &Context<'_>,
    module: ModuleId,
    call: CallRef<'a>,
) -> Option<(&'static str, ExprRef<'a>)> {
    let (_, name) = call.callee.as_attribute()?;
    let (method, position) = match name {
        "bulk_create" | "abulk_create" => ("bulk_create()", 1),
        "bulk_update" | "abulk_update" => ("bulk_update()", 2),
        _ => return None,
    };
    let calls = context.project.calls(module);
    let Some(Target::Outside(target)) = calls.target(call.expr.body.id, call.expr.id) else {
        return None;
    };
    let is_djangos = calls
        .name(target)
        .starts_with("django.db.models.query.QuerySet.");
    let is_whole = !call.is_open() && call.argument(position, "batch_size").is_none();
    (is_djangos && is_whole).then_some((method, call.argument(0, "objs")?))
}

/// Where another argument can be written; `None` behind a generator, which may stand alone without
/// parentheses, and where more than a comma follows.
fn end_of_arguments(text: &str, call: CallRef<'_>) -> Option<u32> {
    let last = call.expr.at(call.arguments().last()?.value);
    let end = last.span().end;
    let rest = text.get(end as usize..call.expr.span().end as usize)?;
    let is_end = rest.trim_start_matches(',').trim() == ")";
    let is_generator = matches!(
        last.kind(),
        Expr::Comprehension(ComprehensionKind::Generator, ..)
    );
    (is_end && !is_generator).then_some(end)
}
