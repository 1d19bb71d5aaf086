use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::facts::{Expr, is_command_path, is_test_path};
use luthier_project::models::{Field, FieldKind, ModelId};
use luthier_project::modules::ModuleId;
use luthier_project::querysets::{AskedColumn, TableScan};
use luthier_source::FileId;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A column without an index by which queries in several places search or sort a table that grows.
    ///
    /// ## Why it matters
    ///
    /// Without an index the database reads every row of the table to find the few that are wanted. That
    /// is quick as long as the table is small, and takes seconds once it has millions of rows.
    ///
    /// Queries count that begin with a manager, are sent where they stand, and compare nothing that has
    /// an index: in three places at least, or where a loop or a schedule sends them again and again.
    /// Tests, migrations and commands do not count. Columns with few values are left alone: booleans,
    /// choices, and what is compared with constants. A foreign key with `db_index=False` is a column like
    /// any other. An index of some rows only counts for the queries
    /// that ask for its condition.
    ///
    /// The first rows of an order (`order_by(...)[:10]`, `.first()`) cost a look at all rows as well, and
    /// sorting them, unless an index has them in that order: behind what the query asks by, where it asks by
    /// something. Where an index finds the rows that are then sorted, the finding is only possible, and hidden
    /// by default: there may be few of them.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=50)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     number = models.CharField(max_length=20)  # fires
    ///     parcel = models.CharField(max_length=20)  # fires
    ///     is_paid = models.BooleanField(default=False)
    ///     deleted = models.DateTimeField(null=True)  # fires
    ///     seen = models.DateTimeField(null=True)
    ///
    /// class EntryManager(models.Manager):
    ///     def get_queryset(self):
    ///         return super().get_queryset().filter(deleted__isnull=True)
    ///
    /// class Entry(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE)
    ///     word = models.CharField(max_length=20)  # fires
    ///     deleted = models.DateTimeField(null=True)
    ///     objects = EntryManager()
    ///
    /// class Visit(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE)
    ///     made = models.DateTimeField()  # fires
    ///     browser = models.CharField(max_length=20)
    ///     sent_by = models.ForeignKey(  # fires
    ///         Customer, models.CASCADE, db_index=False
    ///     )
    ///     page = models.CharField(max_length=20)  # fires
    ///     is_open = models.BooleanField(default=True)
    ///
    ///     class Meta:
    ///         indexes = [
    ///             models.Index(
    ///                 fields=["page"], condition=models.Q(is_open=True), name="by_page_of_open"
    ///             )
    ///         ]
    /// ```
    ///
    /// ```python file=shop/services.py
    /// import csv
    /// from .models import Entry, Order, Visit
    ///
    /// def find(number):
    ///     return Order.objects.filter(number=number).first()
    ///
    /// def pay(number):
    ///     Order.objects.filter(number=number, is_paid=False).update(is_paid=True)
    ///
    /// def export(numbers):
    ///     return [order.pk for order in Order.objects.filter(number__in=numbers)]
    ///
    /// def visits(browser, page):
    ///     Visit.objects.filter(page=page).exists()
    ///     Visit.objects.filter(page=page, is_open=False).exists()
    ///     Visit.objects.filter(page=page).update(is_open=True)
    ///     Visit.objects.filter(sent_by=browser).exists()
    ///     Visit.objects.filter(sent_by_id=page).exists()
    ///     Visit.objects.filter(sent_by=browser).update(is_open=True)
    ///     yield Visit.objects.order_by("-made").first()
    ///     yield from Visit.objects.order_by("made").select_related("order")[:20]
    ///     yield Visit.objects.order_by("made").last()
    ///
    /// def receive(file):
    ///     for row in csv.DictReader(file):
    ///         Order.objects.filter(parcel=row["parcel"]).update(is_paid=True)
    ///
    /// def words(file):
    ///     return [Entry.objects.get(word=row[0]) for row in csv.reader(file)]
    /// ```
    ///
    /// ```python file=shop/tasks.py
    /// from celery import Celery
    /// from celery.schedules import crontab
    /// from .models import Order
    ///
    /// app = Celery("shop")
    /// app.conf.beat_schedule = {
    ///     "clean": {"task": "shop.tasks.clean", "schedule": crontab(minute="*/5")},
    ///     "report": {"task": "shop.tasks.report", "schedule": crontab(hour=3, minute=0)},
    /// }
    ///
    /// @app.task
    /// def clean():
    ///     Order.objects.filter(deleted__lt=long_ago()).delete()
    ///
    /// @app.task
    /// def report():
    ///     return Order.objects.filter(seen__gt=long_ago()).count()
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     email = models.CharField(max_length=50)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     number = models.CharField(max_length=20)
    ///     token = models.CharField(max_length=20)
    ///     state = models.CharField(max_length=10)
    ///     kind = models.CharField(max_length=10, choices=[("a", "A"), ("b", "B")])
    ///     code = models.CharField(max_length=10)
    ///     lane = models.CharField(max_length=10)
    ///     shown_from = models.DateTimeField()
    ///
    ///     class Meta:
    ///         indexes = [models.Index(fields=["token", "state"])]
    ///
    /// class Visit(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="visits")
    ///     made = models.DateTimeField()
    ///     page = models.CharField(max_length=20)
    ///     is_open = models.BooleanField(default=True)
    ///
    ///     class Meta:
    ///         indexes = [
    ///             models.Index(fields=["order", "-made"]),
    ///             models.Index(
    ///                 fields=["page", "made"], condition=models.Q(is_open=True), name="open"
    ///             ),
    ///         ]
    ///
    /// class ShownManager(models.Manager):
    ///     def get_queryset(self):
    ///         return super().get_queryset().filter(shown_from__lte=self.now())
    ///
    /// class Shown(Order):
    ///     objects = ShownManager()
    ///
    ///     class Meta:
    ///         proxy = True
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from .models import Customer, Order, Shown, Visit
    ///
    /// def visits(order: Order, page):
    ///     yield order.visits.order_by("-made").first()
    ///     yield Visit.objects.filter(order=order).order_by("made").first()
    ///     yield Visit.objects.filter(order_id=order.pk).order_by("-made")[:5]
    ///     yield Visit.objects.filter(is_open=True, page=page).order_by("made").first()
    ///     yield Visit.objects.filter(page=page, is_open=True).order_by("-made").first()
    ///     yield Visit.objects.filter(page=page).filter(is_open=True).order_by("-made")[:5]
    ///     Visit.objects.filter(page=page, is_open=True).update(is_open=False)
    ///     Visit.objects.filter(page=page, is_open=True).exists()
    ///     Visit.objects.filter(page=page, is_open=True).delete()
    ///     yield Visit.objects.order_by("-pk").first()
    ///
    /// def find(number, token, kind, email, customer):
    ///     Order.objects.filter(token=token).first()
    ///     Order.objects.filter(token=token).exists()
    ///     Order.objects.get(token=token)
    ///     Order.objects.filter(kind=kind).first()
    ///     Order.objects.filter(kind=kind).exists()
    ///     Order.objects.filter(kind=kind).delete()
    ///     Order.objects.filter(state="paid").first()
    ///     Order.objects.filter(state="paid").exists()
    ///     Order.objects.filter(state="lost").delete()
    ///     Order.objects.filter(number=number, customer=customer).first()
    ///     Order.objects.filter(number=number).filter(customer_id=1).exists()
    ///     customer.order_set.filter(number=number).delete()
    ///     Customer.objects.get(email=email)
    ///     Customer.objects.filter(email=email).exists()
    ///     Customer.objects.filter(email=email).delete()
    ///     Order.objects.filter(code=number).first()
    ///     Order.objects.filter(code__contains=number).exists()
    ///     for name in email:
    ///         Order.objects.filter(lane=number).count()
    ///     for row in Order.objects.filter(lane=number):
    ///         Shown.objects.filter(state="paid").first()
    ///     return Order.objects.filter(code=number)
    /// ```
    FILTER_WITHOUT_INDEX = {
        code: "ORM020",
        name: "filter-without-index",
        severity: Severity::Info,
        category: Category::Orm,
        dimension: Some(Dimension::Performance),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

/// In fewer places than this a column is not asked often.
const OFTEN: usize = 3;

/// Places that a finding shows.
const SHOWN: usize = 5;

/// The model, what queries ask by, and what they sort by.
type Order = (ModelId, Vec<Arc<str>>, Vec<(Arc<str>, bool)>);

type Sites<'a> = Vec<(Location, TableScan<'a>)>;

fn check(context: &mut Context<'_>) {
    check_conditions(context);
    check_orders(context);
}

/// The modules whose queries count, with their files.
fn judged(context: &Context<'_>) -> Vec<(ModuleId, FileId)> {
    let project = context.project;
    let modules = project.own_modules().filter_map(|module| {
        let file = project.modules.get(module).file?;
        let path = &context.sources.file(file).path;
        let is_left_out = is_test_path(path) || is_command_path(path);
        (!is_left_out).then_some((module, file))
    });
    modules.collect()
}

/// Queries that take the first rows of an order that no index has.
fn check_orders(context: &mut Context<'_>) {
    let project = context.project;
    let mut sites: BTreeMap<Order, (BTreeSet<Location>, bool)> = BTreeMap::new();
    for (module, file) in judged(context) {
        for read in project.sorted_reads(module) {
            let key = (read.model, read.equal, read.order);
            let (known, is_narrowed) = sites.entry(key).or_default();
            known.insert(Location::new(file, read.span));
            *is_narrowed |= read.is_narrowed;
        }
    }
    for ((id, equal, order), (known, is_narrowed)) in sites {
        let model = project.models.get(id);
        let is_judged = known.len() >= OFTEN && model.is_managed() && project.table_grows(id);
        let place = field_place(project, id, &order[0].0);
        let Some(place) = place.filter(|_| is_judged) else {
            continue;
        };
        let named = |names: Vec<&str>| {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            names.join(", ")
        };
        let by = named(order.iter().map(|(name, _)| &**name).collect());
        let count = known.len();
        let message = match &equal[..] {
            [] => {
                format!("queries in {count} places sort the whole table by {by} for its first rows")
            }
            equal => format!(
                "queries in {count} places ask for {} and sort by {by}, and no index has both",
                named(equal.iter().map(|name| &**name).collect()),
            ),
        };
        let columns = equal.iter().map(|name| format!("\"{name}\""));
        let sorted = order.iter().map(|(name, is_descending)| {
            let sign = if *is_descending { "-" } else { "" };
            format!("\"{sign}{name}\"")
        });
        let columns: Vec<String> = columns.chain(sorted).collect();
        let index = format!("`models.Index(fields=[{}])`", columns.join(", "));
        let mut reported = context.report(place, message);
        reported
            .help(format!("add {index} to `Meta.indexes`"))
            .symbol(&*model.label)
            .app(&*model.app_label);
        if is_narrowed {
            reported.confidence(Confidence::Possible);
        }
        for location in known.iter().take(SHOWN) {
            reported.related(*location, "takes the first of them");
        }
    }
}

/// Queries that look through a table.
fn check_conditions(context: &mut Context<'_>) {
    let project = context.project;
    let mut sites: BTreeMap<(ModelId, &str), Sites<'_>> = BTreeMap::new();
    for (module, file) in judged(context) {
        for scan in project.table_scans(module) {
            let Some(column) = telling(&scan) else {
                continue;
            };
            let location = Location::new(file, scan.span);
            let known = sites.entry((scan.model, &column.field.name)).or_default();
            if known.iter().all(|(known, _)| *known != location) {
                known.push((location, scan));
            }
        }
    }
    for ((id, name), mut sites) in sites {
        let model = project.models.get(id);
        let is_repeated = sites.iter().any(|(_, scan)| scan.is_repeated);
        let is_often = is_repeated || sites.len() >= OFTEN;
        let is_judged = is_often && model.is_managed() && project.table_grows(id);
        let place = field_place(project, id, name);
        let Some(place) = place.filter(|_| is_judged) else {
            continue;
        };
        // Those that are sent again and again first.
        sites.sort_by_key(|(location, scan)| (!scan.is_repeated, *location));
        let count = sites.len();
        let message = match count < OFTEN {
            true => format!("a query looks through the whole table for `{name}`, again and again"),
            false => {
                format!("queries in {count} places look through the whole table for `{name}`")
            }
        };
        let mut reported = context.report(place, message);
        reported
            .help(format!("add {} to `Meta.indexes`", index(&sites, name)))
            .symbol(&*model.label)
            .app(&*model.app_label);
        for (location, _) in sites.iter().take(SHOWN) {
            reported.related(*location, format!("asks for `{name}`"));
        }
    }
}

/// The column that tells most of what a query asks for.
fn telling<'a>(scan: &TableScan<'a>) -> Option<AskedColumn<'a>> {
    let mut columns = scan.columns.iter().filter(|column| tells(column)).copied();
    let mut exact = columns.clone();
    exact
        .find(|column| matches!(column.lookup, "exact" | "in"))
        .or_else(|| columns.next())
}

/// Whether an index finds few rows for a condition.
fn tells(column: &AskedColumn<'_>) -> bool {
    use FieldKind as Kind;
    let AskedColumn {
        field, is_usual, ..
    } = column;
    let has_values = matches!(
        field.kind,
        Kind::BigInteger
            | Kind::Char
            | Kind::Date
            | Kind::DateTime
            | Kind::Decimal
            | Kind::Email
            | Kind::ForeignKey
            | Kind::GenericIpAddress
            | Kind::Integer
            | Kind::PositiveBigInteger
            | Kind::PositiveInteger
            | Kind::Slug
            | Kind::Url
            | Kind::Uuid
    );
    let is_served = matches!(
        column.lookup,
        "exact" | "gt" | "gte" | "in" | "lt" | "lte" | "range"
    );
    let is_plain = !is_usual && field.has_choices() == Some(false);
    has_values && is_served && is_plain && !is_constant(column)
}

/// Whether the value stands in the code: there are few of its kind then.
fn is_constant(column: &AskedColumn<'_>) -> bool {
    match column.given.kind() {
        Expr::None | Expr::Bool(_) | Expr::Int(_) | Expr::Str(_) | Expr::List(_) => true,
        Expr::Tuple(_) | Expr::Set(_) => true,
        Expr::Name(_) | Expr::Attribute(..) => {
            let dotted = column.given.dotted().unwrap_or_default();
            let last = dotted.rsplit('.').next().unwrap_or_default();
            last.chars().any(char::is_uppercase)
        }
        _ => false,
    }
}

/// The index that serves the queries: what all of them compare as well comes first, or is its
/// condition.
fn index(sites: &Sites<'_>, name: &str) -> String {
    let all = |is_it: &dyn Fn(&AskedColumn<'_>) -> bool| {
        sites.iter().all(|(_, scan)| scan.columns.iter().any(is_it))
    };
    let mut fields = Vec::new();
    let mut condition = String::new();
    let first = sites.first().map(|(_, scan)| &scan.columns[..]);
    for column in first.unwrap_or_default() {
        let other: &Field = column.field;
        let is_same = |found: &AskedColumn<'_>| {
            found.field.name == other.name
                && found.lookup == column.lookup
                && found.given.as_bool() == column.given.as_bool()
        };
        if *other.name == *name || !all(&is_same) {
            continue;
        }
        let written = |value: bool| if value { "True" } else { "False" };
        let path = match column.lookup {
            "exact" => other.name.to_string(),
            "isnull" => format!("{}__isnull", other.name),
            _ => continue,
        };
        match (column.lookup, column.given.as_bool()) {
            (_, Some(value)) => {
                let value = written(value);
                condition = format!(", condition=Q({path}={value}), name=\"...\"");
            }
            ("exact", None) => fields.push(format!("\"{path}\"")),
            _ => {}
        }
    }
    fields.push(format!("\"{name}\""));
    format!("`models.Index(fields=[{}]{condition})`", fields.join(", "))
}

/// Where the repository's code declares a field.
fn field_place(project: &Project, id: ModelId, name: &str) -> Option<Location> {
    let (_, field) = project.models.field(id, name)?;
    let value = field.value?;
    let file = project.modules.get(value.module).file?;
    let span = project.modules.value(value).span();
    let is_own = project.modules.is_repository(value.module);
    is_own.then(|| Location::new(file, span))
}

#[cfg(test)]
mod tests {
    use luthier_diagnostics::Confidence;

    use super::FILTER_WITHOUT_INDEX;
    use crate::testing::check;

    #[test]
    fn an_order_behind_a_foreign_key_is_only_possible() {
        let found = check(
            &FILTER_WITHOUT_INDEX,
            r#"
--- shop/models.py
from django.db import models

class Customer(models.Model):
    name = models.CharField(max_length=20)

class Visit(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="visits")
    made = models.DateTimeField()  # fires
    page = models.CharField(max_length=20)

--- shop/code.py
from .models import Customer, Visit

def latest(customer: Customer, page):
    yield customer.visits.order_by("-made").first()
    yield Visit.objects.filter(customer=customer).order_by("made").last()
    yield Visit.objects.filter(customer_id=customer.pk).order_by("-made")[:10]
    yield Visit.objects.filter(page=page).order_by("-made").first()
    yield Visit.objects.filter(page=page).order_by("-made")[3:10]
    yield Visit.objects.filter(page__contains=page).order_by("-made").first()
    yield Visit.objects.order_by("-made").exclude(page=page).first()
    yield Visit.objects.order_by("-customer__name").first()
"#,
        );
        let finding = &found.findings[0];
        assert_eq!(finding.confidence, Confidence::Possible);
        let help = finding.help.as_deref().unwrap_or_default();
        assert!(
            help.contains(r#"models.Index(fields=["customer", "made"])"#),
            "{help}"
        );
    }
}
