use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::facts::is_test_path;
use luthier_project::models::{Field, FieldKind, Found, ModelId};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// `Meta.ordering` sorts a table that grows by a date without an index, or by another table.
    ///
    /// ## Why it matters
    ///
    /// Every query that fetches rows of the model pays for it, also those that need no order: the
    /// database sorts all rows that meet the conditions, and joins the other table first. With an index
    /// that begins with the column it reads the first page and stops.
    ///
    /// Only models that belong to rows of other models are judged: their tables grow as the project is used.
    /// Of their own columns, dates and times are: names and positions mostly sort the few rows of one parent.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=50)
    ///
    ///     class Meta:
    ///         ordering = ["name"]
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     created = models.DateTimeField(auto_now_add=True)
    ///
    ///     class Meta:
    ///         ordering = ["-created"]  # fires
    ///
    /// class Letter(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     sent = models.DateTimeField(db_index=True)
    ///
    ///     class Meta:
    ///         ordering = [
    ///             "sent",
    ///             "customer__name",  # fires
    ///         ]
    ///
    /// class Address(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///
    ///     class Meta:
    ///         ordering = ["customer"]  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    /// from django.db.models.functions import Lower
    ///
    /// class Country(models.Model):
    ///     name = models.CharField(max_length=50)
    ///
    ///     class Meta:
    ///         ordering = ["name"]
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=50)
    ///     country = models.ForeignKey(Country, models.CASCADE)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     created = models.DateTimeField(auto_now_add=True)
    ///     number = models.CharField(max_length=20, unique=True)
    ///
    ///     class Meta:
    ///         ordering = ["-created", "number"]
    ///         indexes = [models.Index(fields=["-created", "customer"])]
    ///
    /// class Payment(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE)
    ///     at = models.DateTimeField(unique=True)
    ///
    ///     class Meta:
    ///         ordering = ["at"]
    ///
    /// class Day(models.Model):
    ///     date = models.DateField()
    ///
    ///     class Meta:
    ///         ordering = ["date"]
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE)
    ///     position = models.IntegerField()
    ///
    ///     class Meta:
    ///         ordering = ["position"]
    ///
    /// class Note(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     text = models.CharField(max_length=200)
    ///     day = models.DateField()
    ///
    ///     class Meta:
    ///         ordering = ["customer", "day"]
    ///
    /// class Mark(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     text = models.CharField(max_length=200)
    ///     country = models.ForeignKey(Country, models.CASCADE)
    ///
    ///     class Meta:
    ///         ordering = ["country_id", "customer__id"]
    ///
    /// class Tag(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     text = models.CharField(max_length=200)
    ///     made = models.DateTimeField()
    ///
    ///     class Meta:
    ///         ordering = ["made"]
    ///         indexes = [models.Index("made", Lower("text"), name="by_age")]
    ///
    /// class Visit(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     name = models.CharField(max_length=50)
    ///
    ///     class Meta:
    ///         ordering = ["name"]
    /// ```
    IMPLICIT_ORDERING_COST = {
        code: "ORM035",
        name: "implicit-ordering-cost",
        severity: Severity::Info,
        category: Category::Orm,
        dimension: Some(Dimension::Performance),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for (id, model) in project.models.registered() {
        let code = model.meta.code(&project.modules, "ordering");
        let Some((module, value)) = code.filter(|_| model.meta.is_own && !model.is_proxy) else {
            continue;
        };
        let is_in_model = model.class.is_some_and(|class| {
            let span = project.modules.class(class).span;
            class.module == module && span.encloses(value.span())
        });
        let file = project.modules.get(module).file;
        let Some(file) = file.filter(|_| is_in_model && project.modules.is_repository(module))
        else {
            continue;
        };
        let is_test = is_test_path(&context.sources.file(file).path);
        if is_test || !model.is_managed() || !project.table_grows(id) {
            continue;
        }
        for (position, key) in value.elements().into_iter().flatten().enumerate() {
            let Some(path) = key.as_str().map(|path| path.trim_start_matches('-')) else {
                break;
            };
            let Some(cost) = cost(project, id, path, position == 0) else {
                continue;
            };
            let location = Location {
                file,
                span: key.span(),
            };
            let (what, help) = match cost {
                Cost::Sort => (
                    format!("by `{path}`, on which there is no index"),
                    "give the column an index, or sort with `order_by()` where it is wanted",
                ),
                Cost::Join(other) => (
                    format!(
                        "by `{path}`, which joins the table of `{}`",
                        project.models.get(other).name
                    ),
                    "sort with `order_by()` where it is wanted",
                ),
            };
            context
                .report(
                    location,
                    format!("every query for rows of `{}` sorts {what}", model.name),
                )
                .help(help)
                .symbol(&*model.label)
                .app(&*model.app_label);
            break;
        }
    }
}

enum Cost {
    Sort,
    Join(ModelId),
}

/// What one key of the ordering costs each query.
fn cost(project: &Project, id: ModelId, path: &str, is_first: bool) -> Option<Cost> {
    let (start, rest) = path.split_once("__").unwrap_or((path, ""));
    let Found::Field(owner, field) = project.models.lookup(id, start) else {
        return None;
    };
    if field.kind.is_foreign_key() {
        let other = field.relation()?.to.model()?;
        return joins(project, other, rest).then_some(Cost::Join(other));
    }
    let is_plain = is_first && rest.is_empty() && owner == id && is_moment(field);
    let is_indexed = || {
        let model = project.models.get(id);
        model.has_index_on(&project.modules, &field.name)
    };
    (is_plain && is_indexed() == Some(false)).then_some(Cost::Sort)
}

/// Whether sorting by a foreign key, or by what stands behind it, needs the other table: the key
/// alone stands for the ordering of the model that it leads to.
fn joins(project: &Project, other: ModelId, rest: &str) -> bool {
    let model = project.models.get(other);
    if rest.is_empty() {
        let ordering = model.meta.code(&project.modules, "ordering");
        let first = ordering.and_then(|(_, keys)| keys.elements()?.next()?.as_str());
        return first.is_some_and(|key| !is_key(model.pk.as_deref(), key.trim_start_matches('-')));
    }
    !is_key(model.pk.as_deref(), rest)
}

fn is_key(pk: Option<&str>, name: &str) -> bool {
    name == "pk" || pk == Some(name)
}

/// Whether a table grows along such a column. Names and numbers mostly tell the few rows of one
/// parent apart.
fn is_moment(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Date | FieldKind::DateTime)
}
