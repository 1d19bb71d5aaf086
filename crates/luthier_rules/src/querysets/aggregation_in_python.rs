use luthier_diagnostics::{Category, Confidence, Dimension, Fix, FixAvailability, Severity};
use luthier_project::facts::ir::BinaryOp;
use luthier_project::facts::{CallRef, Expr, ExprRef, Stmt};
use luthier_project::flows::{Making, Use, UseKind, Variable};
use luthier_project::models::{FieldKind, Found, ModelId};
use luthier_project::modules::ModuleId;

use super::using::{Code, is_within_brackets};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// All rows are fetched to be added up, counted by value, or searched for the largest or smallest.
    ///
    /// ## Why it matters
    ///
    /// The database adds up a million numbers in the time in which Django makes objects of a few
    /// thousand rows: it sends one number, and nothing is kept in memory. The sum in Python takes longer with
    /// every row that is stored.
    ///
    /// Only columns are looked at, of rows that serve nothing else.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     total = models.DecimalField(max_digits=10, decimal_places=2)
    ///     quantity = models.IntegerField()
    ///     made = models.DateTimeField()
    ///     state = models.CharField(max_length=10)
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from collections import Counter
    /// from django.db.models import Sum
    /// from shop.models import Order
    ///
    /// def revenue():
    ///     return sum(order.total for order in Order.objects.filter(state="paid"))  # fires
    ///
    /// def pieces():
    ///     orders = Order.objects.all()
    ///     return sum([order.total * order.quantity for order in orders])  # fires
    ///
    /// def newest():
    ///     return max(Order.objects.values_list("made", flat=True))  # fires
    ///
    /// def states():
    ///     return Counter(order.state for order in Order.objects.all())  # fires
    ///
    /// def total():
    ///     total = 0
    ///     for order in Order.objects.all():  # fires
    ///         total += order.total
    ///     return total
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     total = models.DecimalField(max_digits=10, decimal_places=2)
    ///     quantity = models.IntegerField()
    ///     made = models.DateTimeField()
    ///     state = models.CharField(max_length=10)
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from collections import Counter
    /// from django.db.models import Sum
    /// from shop.models import Order
    ///
    /// def revenue():
    ///     return Order.objects.filter(state="paid").aggregate(value=Sum("total"))["value"] or 0
    ///
    /// def pieces():
    ///     orders = Order.objects.all()
    ///     return sum([order.total * order.quantity for order in orders])
    ///
    /// def newest():
    ///     return max(Order.objects.values_list("made", flat=True))
    ///
    /// def states():
    ///     return Counter(order.state for order in Order.objects.all())
    ///
    /// def total():
    ///     total = 0
    ///     for order in Order.objects.all():
    ///         total += order.total
    ///     return total
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     total = models.DecimalField(max_digits=10, decimal_places=2)
    ///     state = models.CharField(max_length=10)
    ///
    ///     @property
    ///     def taxed(self):
    ///         return self.total * 2
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    ///     price = models.DecimalField(max_digits=10, decimal_places=2)
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Order
    ///
    /// def taxed():
    ///     return sum(order.taxed for order in Order.objects.all())
    ///
    /// def used(render):
    ///     orders = Order.objects.all()
    ///     return render({"orders": orders, "total": sum(order.total for order in orders)})
    ///
    /// def printed():
    ///     total = 0
    ///     for order in Order.objects.all():
    ///         print(order.pk)
    ///         total += order.total
    ///     return total
    ///
    /// def newest():
    ///     return sum(order.total for order in Order.objects.order_by("-pk")[:3])
    ///
    /// def prefetched():
    ///     return Order.objects.prefetch_related("lines")
    ///
    /// def cached(order: Order):
    ///     return sum(line.price for line in order.lines.all())
    ///
    /// def once_each():
    ///     orders = Order.objects.distinct("state")
    ///     return sum(order.total for order in orders)
    ///
    /// def largest():
    ///     return max(Order.objects.all(), key=lambda order: order.total)
    ///
    /// def listed(orders):
    ///     return sum(order.total for order in orders)
    /// ```
    AGGREGATION_IN_PYTHON = {
        code: "ORM014",
        name: "aggregation-in-python",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Module(check),
    }
}

/// Methods after which a queryset aggregates nothing, or something else.
const OTHERWISE: &[&str] = &[
    "difference",
    "distinct",
    "extra",
    "intersection",
    "select_for_update",
    "union",
];

/// What is worked out of the rows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aggregate {
    Sum,
    Max,
    Min,
    Count,
}

/// An aggregate in Python.
struct Aggregated<'a> {
    aggregate: Aggregate,
    /// `sum(...)`, or what is gone through.
    whole: ExprRef<'a>,
    rows: ExprRef<'a>,
    /// The one column, where it is no more than that.
    column: Option<&'a str>,
}

fn check(context: &mut Context<'_>, module: ModuleId) {
    let Some(code) = Code::of(context, module) else {
        return;
    };
    for (variable, model, making) in code.querysets() {
        let is_wanted = code.project.may_be_prefetched(&making)
            || making.is_sliced
            || making.has(OTHERWISE)
            || code.project.is_single(&making);
        if is_wanted || code.is_replaced(model, &["__iter__", "aggregate"]) {
            continue;
        }
        let found: Vec<Option<Aggregated<'_>>> = variable
            .uses
            .iter()
            .map(|used| aggregate(code, variable, &making, used))
            .collect();
        let facts = code.project.modules.facts(module);
        let mut uses = variable.uses.iter().zip(&found);
        if uses.any(|(used, found)| found.is_none() && used.kind.profits(facts)) {
            continue;
        }
        let is_alone = found.len() == 1;
        let Some(found) = found.into_iter().flatten().next() else {
            continue;
        };
        let name = &code.project.models.get(model).name;
        let what = match found.aggregate {
            Aggregate::Sum => "are fetched only to be added up",
            Aggregate::Max => "are fetched only to find the largest value",
            Aggregate::Min => "are fetched only to find the smallest value",
            Aggregate::Count => "are fetched only to be counted by value",
        };
        let help = match found.aggregate {
            Aggregate::Sum => "let the database add them up: `aggregate(Sum(...))`",
            Aggregate::Max => "let the database find it: `aggregate(Max(...))`",
            Aggregate::Min => "let the database find it: `aggregate(Min(...))`",
            Aggregate::Count => {
                "let the database count them: `values(...).annotate(Count(\"pk\")).order_by()`"
            }
        };
        let fix = fix(code, &found).filter(|_| is_alone && !making.gives_values());
        code.report(
            context,
            found.whole.span(),
            model,
            format!("rows of `{name}` {what}"),
        )
        .help(help)
        .fix(fix);
    }
}

fn aggregate<'a>(
    code: Code<'a>,
    variable: &'a Variable,
    making: &Making<'a>,
    used: &Use,
) -> Option<Aggregated<'a>> {
    if used.kind != UseKind::Iterated || used.is_repeated {
        return None;
    }
    let whole = code.expr(variable.body, used.whole);
    let rows = code.expr(variable.body, used.expr);
    match whole.kind() {
        // `sum(rows.values_list("total", flat=True))`
        Expr::Call(..) if used.whole != used.expr => {
            let call = whole.as_call()?;
            let aggregate = called(code, call)?;
            let column = flat(making)?;
            is_fit(code, making.model, column, aggregate).then_some(Aggregated {
                aggregate,
                whole,
                rows,
                column: Some(column),
            })
        }
        // `sum(row.total for row in rows)`
        Expr::Comprehension(_, element, clauses) if used.then == UseKind::Iterated => {
            let [clause] = whole.body.clauses(clauses) else {
                return None;
            };
            let call = code.expr(variable.body, used.then_whole).as_call()?;
            let aggregate = called(code, call)?;
            let is_plain =
                clause.conditions.is_empty() && clause.iter == rows.id && !making.gives_values();
            let target = whole.at(clause.target).as_name().filter(|_| is_plain)?;
            let element = whole.at(element);
            is_computed(code, making.model, element, target, aggregate)?;
            Some(Aggregated {
                aggregate,
                whole: call.expr,
                rows,
                column: element.as_attribute().map(|(_, name)| name),
            })
        }
        // `for row in rows: total += row.total`
        _ => {
            let body = whole.body;
            let statement = body.stmt(used.statement?);
            let Stmt::For {
                target,
                iter,
                body: inner,
                orelse,
                is_async: false,
            } = statement.kind()
            else {
                return None;
            };
            let mut statements = body.block(inner);
            let only = statements.next().filter(|_| orelse.is_empty())?;
            let Stmt::Augmented {
                op: BinaryOp::Add,
                target: sum,
                value,
            } = only.kind()
            else {
                return None;
            };
            let is_plain = statements.next().is_none()
                && iter == rows.id
                && !making.gives_values()
                && body.expr(sum).as_name().is_some();
            let target = body.expr(target).as_name().filter(|_| is_plain)?;
            let value = body.expr(value);
            is_computed(code, making.model, value, target, Aggregate::Sum)?;
            Some(Aggregated {
                aggregate: Aggregate::Sum,
                whole: rows,
                rows,
                column: None,
            })
        }
    }
}

/// What a call works out of all that its one argument gives.
fn called(code: Code<'_>, call: CallRef<'_>) -> Option<Aggregate> {
    let name = code.outside(call)?;
    let aggregate = match name {
        "builtins.sum" => Aggregate::Sum,
        "builtins.max" => Aggregate::Max,
        "builtins.min" => Aggregate::Min,
        "collections.Counter" => Aggregate::Count,
        _ => return None,
    };
    (call.arguments().len() == 1).then_some(aggregate)
}

/// The one column that `values_list()` gives.
fn flat<'a>(making: &Making<'a>) -> Option<&'a str> {
    let call = making.calls.last()?;
    let (_, method) = call.callee.as_attribute()?;
    let is_flat = call.keyword("flat").and_then(ExprRef::as_bool) == Some(true);
    let mut names = call.positional();
    let name = names.next()?.as_str()?;
    (method == "values_list" && is_flat && names.next().is_none()).then_some(name)
}

/// Whether a column can be aggregated so.
fn is_fit(code: Code<'_>, model: ModelId, column: &str, aggregate: Aggregate) -> bool {
    let Found::Field(_, field) = code.project.models.lookup(model, column) else {
        return false;
    };
    let is_number = field.kind.is_number();
    let is_moment = matches!(field.kind, FieldKind::Date | FieldKind::DateTime);
    let is_djangos = field.class.dotted.starts_with("django.");
    is_djangos
        && match aggregate {
            Aggregate::Sum => is_number,
            Aggregate::Max | Aggregate::Min => is_number || is_moment,
            Aggregate::Count => is_number || is_moment || field.kind == FieldKind::Char,
        }
}

/// Whether a value is worked out of columns of one row and numbers, and of nothing else.
fn is_computed(
    code: Code<'_>,
    model: ModelId,
    value: ExprRef<'_>,
    row: &str,
    aggregate: Aggregate,
) -> Option<()> {
    match value.kind() {
        Expr::Attribute(..) => {
            let (object, name) = value.as_attribute()?;
            let is_column = object.as_name() == Some(row) && is_fit(code, model, name, aggregate);
            is_column.then_some(())
        }
        Expr::Binary(BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mult, left, right)
            if aggregate != Aggregate::Count =>
        {
            let mut parts = [left, right]
                .into_iter()
                .filter(|&part| !matches!(value.at(part).kind(), Expr::Int(_)));
            let first = parts.next()?;
            is_computed(code, model, value.at(first), row, aggregate)?;
            match parts.next() {
                Some(second) => is_computed(code, model, value.at(second), row, aggregate),
                None => Some(()),
            }
        }
        _ => None,
    }
}

/// Writes `(rows.aggregate(value=Sum("total"))["value"] or 0)`.
fn fix(code: Code<'_>, found: &Aggregated<'_>) -> Option<Fix> {
    let column = found.column?;
    if found.aggregate != Aggregate::Sum {
        return None;
    }
    let text = &code.source.text;
    let whole = found.whole.span();
    let rows = found.rows.span().text(text);
    if whole.text(text).contains('#') || !is_within_brackets(rows) {
        return None;
    }
    let written = format!("{rows}.aggregate(value=Sum(\"{column}\"))[\"value\"] or 0");
    let mut statements = found.whole.body.all_statements();
    let is_whole_value = statements.any(|statement| match statement.kind() {
        Stmt::Assign { value, .. } | Stmt::Return(Some(value)) => value == found.whole.id,
        _ => false,
    });
    let written = if is_whole_value {
        written
    } else {
        format!("({written})")
    };
    let fix = Fix::risky("Let the database add them up").replace(code.file, whole, written);
    code.with_import(fix, "Sum")
}
