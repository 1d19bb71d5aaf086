use luthier_diagnostics::{Category, Confidence, Dimension, Fix, FixAvailability, Severity};
use luthier_project::facts::ir::BinaryOp;
use luthier_project::facts::{CallRef, Expr, ExprRef, Stmt};
use luthier_project::flows::{Making, Use, UseKind, Variable};
use luthier_project::models::{FieldKind, Found, ModelId};
use luthier_project::modules::ModuleId;
use luthier_source::Span;

use super::using::{Code, is_within_brackets};
use crate::layout::Layout;
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
    /// Only columns are looked at, of rows that serve nothing else. `max()` and `min()` are rewritten where
    /// `default` says what comes of no rows: without it they raise, and the database gives `None`.
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
    /// from django.db.models import F, Min, Sum
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
    /// def oldest():
    ///     return min((order.made for order in Order.objects.all()), default=None)  # fires
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
    /// from django.db.models import F, Min, Sum
    /// from shop.models import Order
    ///
    /// def revenue():
    ///     return Order.objects.filter(state="paid").aggregate(
    ///         value=Sum("total")
    ///     )["value"] or 0
    ///
    /// def pieces():
    ///     orders = Order.objects.all()
    ///     return orders.aggregate(value=Sum(F("total") * F("quantity")))["value"] or 0
    ///
    /// def newest():
    ///     return max(Order.objects.values_list("made", flat=True))
    ///
    /// def oldest():
    ///     return Order.objects.aggregate(value=Min("made"))["value"]
    ///
    /// def states():
    ///     return Counter(order.state for order in Order.objects.all())
    ///
    /// def total():
    ///     total = 0
    ///     total += Order.objects.aggregate(value=Sum("total"))["value"] or 0
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
    ///
    /// def larger(order: Order):
    ///     return max(order.total, 10)
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

impl Aggregate {
    /// The class of `django.db.models` that does the same.
    fn name(self) -> &'static str {
        match self {
            Self::Sum => "Sum",
            Self::Max => "Max",
            Self::Min => "Min",
            Self::Count => "Count",
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Sum => "are fetched only to be added up",
            Self::Max => "are fetched only to find the largest value",
            Self::Min => "are fetched only to find the smallest value",
            Self::Count => "are fetched only to be counted by value",
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::Sum => "let the database add them up: `aggregate(Sum(...))`",
            Self::Max => "let the database find it: `aggregate(Max(...))`",
            Self::Min => "let the database find it: `aggregate(Min(...))`",
            Self::Count => {
                "let the database count them: `values(...).annotate(Count(\"pk\")).order_by()`"
            }
        }
    }
}

/// An aggregate in Python.
struct Aggregated<'a> {
    aggregate: Aggregate,
    /// What is reported: `sum(...)`, or what is gone through.
    whole: ExprRef<'a>,
    /// What a fix writes anew: the same, or the loop with what it adds to.
    written: Span,
    /// What the loop adds to.
    sum: Option<&'a str>,
    rows: ExprRef<'a>,
    value: Aggregand<'a>,
    /// What it comes to where there are no rows.
    empty: Empty,
}

/// What of each row.
#[derive(Clone, Copy)]
enum Aggregand<'a> {
    /// By the name in `values_list()`.
    Column(&'a str),
    /// An attribute of the row, or what is worked out of several.
    Computed(ExprRef<'a>),
}

/// What an aggregate comes to where there are no rows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Empty {
    Zero,
    None,
    /// It raises, or is something else.
    Otherwise,
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
        let message = format!("rows of `{name}` {}", found.aggregate.what());
        let layout = Layout::of(code.project, context.sources, code.file);
        // What is asked for each row of others is to be asked once, and not otherwise.
        let grows = code.project.growing_queries().iter().any(|growing| {
            growing.place.file == code.file && found.whole.span().encloses(growing.place.span)
        });
        let fix = fix(code, layout, &found).filter(|_| is_alone && !grows);
        code.report(context, found.whole.span(), model, message)
            .help(found.aggregate.help())
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
            let (aggregate, empty) = called(code, whole.as_call()?)?;
            let column = flat(making)?;
            is_fit(code, making.model, column, aggregate).then_some(Aggregated {
                aggregate,
                whole,
                written: whole.span(),
                sum: None,
                rows,
                value: Aggregand::Column(column),
                empty,
            })
        }
        // `sum(row.total for row in rows)`
        Expr::Comprehension(_, element, clauses) if used.then == UseKind::Iterated => {
            let [clause] = whole.body.clauses(clauses) else {
                return None;
            };
            let call = code.expr(variable.body, used.then_whole).as_call()?;
            let (aggregate, empty) = called(code, call)?;
            let is_plain =
                clause.conditions.is_empty() && clause.iter == rows.id && !making.gives_values();
            let target = whole.at(clause.target).as_name().filter(|_| is_plain)?;
            let element = whole.at(element);
            is_computed(code, making.model, element, target, aggregate)?;
            Some(Aggregated {
                aggregate,
                whole: call.expr,
                written: call.expr.span(),
                sum: None,
                rows,
                value: Aggregand::Computed(element),
                empty,
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
            let is_plain = statements.next().is_none() && iter == rows.id && !making.gives_values();
            let sum = body.expr(sum).as_name()?;
            let target = body.expr(target).as_name().filter(|_| is_plain)?;
            let value = body.expr(value);
            is_computed(code, making.model, value, target, Aggregate::Sum)?;
            // The last row is still there behind the loop.
            let loops = statement.span();
            let mut names = body.exprs().filter(|expr| expr.as_name() == Some(target));
            let is_used_after = names.any(|name| !loops.encloses(name.span()));
            Some(Aggregated {
                aggregate: Aggregate::Sum,
                whole: rows,
                written: loops,
                sum: Some(sum),
                rows,
                value: Aggregand::Computed(value),
                empty: match is_used_after {
                    true => Empty::Otherwise,
                    false => Empty::Zero,
                },
            })
        }
    }
}

/// What a call works out of all that its one argument gives, and what where that gives nothing.
fn called(code: Code<'_>, call: CallRef<'_>) -> Option<(Aggregate, Empty)> {
    let aggregate = match code.outside(call)? {
        "builtins.sum" => Aggregate::Sum,
        "builtins.max" => Aggregate::Max,
        "builtins.min" => Aggregate::Min,
        "collections.Counter" => Aggregate::Count,
        _ => return None,
    };
    let of_none = match aggregate {
        Aggregate::Sum => Empty::Zero,
        Aggregate::Max | Aggregate::Min | Aggregate::Count => Empty::Otherwise,
    };
    match call.arguments() {
        [_] => Some((aggregate, of_none)),
        [_, _] if matches!(aggregate, Aggregate::Max | Aggregate::Min) => {
            let default = call.keyword("default")?;
            let empty = match default.as_int() {
                Some(0) => Empty::Zero,
                _ if default.is_none() => Empty::None,
                _ => Empty::Otherwise,
            };
            Some((aggregate, empty))
        }
        _ => None,
    }
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

/// Writes `rows.aggregate(value=Sum("total"))["value"] or 0`.
fn fix(code: Code<'_>, layout: Layout<'_>, found: &Aggregated<'_>) -> Option<Fix> {
    let text = &code.source.text;
    let rows = queryset(found)?.span().text(text);
    let whole = found.written.text(text);
    if whole.contains('#') || !is_within_brackets(rows) || found.aggregate == Aggregate::Count {
        return None;
    }
    let aggregate = found.aggregate.name();
    let mut names = vec![aggregate];
    let of = match found.value {
        Aggregand::Column(name) => format!("\"{name}\""),
        Aggregand::Computed(value) => match value.as_attribute() {
            Some((_, name)) => format!("\"{name}\""),
            None => {
                names.insert(0, "F");
                of_columns(value, text)
            }
        },
    };
    let or_empty = match found.empty {
        Empty::Zero => " or 0",
        Empty::None => "",
        Empty::Otherwise => return None,
    };
    let mut statements = found.whole.body.all_statements();
    let is_whole_value = statements.any(|statement| match statement.kind() {
        Stmt::Assign { value, .. } | Stmt::Return(Some(value)) => value == found.whole.id,
        _ => false,
    });
    let (before, after) = match found.sum {
        Some(sum) => (format!("{sum} += "), ""),
        None if is_whole_value || or_empty.is_empty() => (String::new(), ""),
        None => ("(".to_owned(), ")"),
    };
    let before = format!("{before}{rows}.aggregate(");
    let given = format!("value={aggregate}({of})");
    let after = format!(")[\"value\"]{or_empty}{after}");
    let line = layout.line_before(found.written.start);
    let written = match layout.fits(line, &format!("{before}{given}{after}")) {
        true => format!("{before}{given}{after}"),
        false => {
            let indent = layout.indent(found.written.start);
            format!("{before}\n{indent}    {given}\n{indent}{after}")
        }
    };
    let title = match found.aggregate {
        Aggregate::Sum => "Let the database add them up",
        _ => "Let the database find it",
    };
    let fix = Fix::risky(title).replace(code.file, found.written, written);
    code.with_imports(fix, &names)
}

/// The queryset of whole rows that is to be aggregated; `None` where another statement makes something
/// else of it.
fn queryset<'a>(found: &Aggregated<'a>) -> Option<ExprRef<'a>> {
    let mut rows = found.rows;
    let mut is_flat = matches!(found.value, Aggregand::Column(_));
    while let Some((object, method)) = rows.as_call().and_then(|call| call.callee.as_attribute()) {
        match method {
            "values_list" if is_flat => is_flat = false,
            "all" if object.as_attribute().is_some() => {}
            _ => break,
        }
        rows = object;
    }
    (!is_flat).then_some(rows)
}

/// The code of what is worked out of a row, with `F()` for each of its columns.
fn of_columns(value: ExprRef<'_>, text: &str) -> String {
    let whole = value.span();
    let mut columns: Vec<(Span, &str)> = value
        .within()
        .filter_map(|part| Some((part.span(), part.as_attribute()?.1)))
        .collect();
    columns.sort_unstable_by_key(|(span, _)| span.start);
    let mut written = String::new();
    let mut done = whole.start;
    for (span, name) in columns {
        written.push_str(Span::new(done, span.start).text(text));
        written.extend(["F(\"", name, "\")"]);
        done = span.end;
    }
    written.push_str(Span::new(done, whole.end).text(text));
    written
}

#[cfg(test)]
mod tests {
    use luthier_diagnostics::apply;
    use luthier_source::Sources;

    use super::AGGREGATION_IN_PYTHON;
    use crate::testing;

    /// The functions after the fixes of what is reported, which are not safe.
    fn mended(functions: &str) -> String {
        let models = "\
from django.db import models

class Order(models.Model):
    total = models.DecimalField(max_digits=10, decimal_places=2)
    quantity = models.IntegerField()
";
        let code = format!(
            "from django.db.models import F, Max, Min, Sum\nfrom shop.models import Order\n\n{functions}"
        );
        let files = [("shop/models.py", models), ("shop/code.py", code.as_str())];
        let found = testing::run(&AGGREGATION_IN_PYTHON, Sources::in_memory(&files));
        assert!(!found.findings.is_empty(), "nothing is reported");
        let fixes = found.findings.iter().filter_map(|found| found.fix.as_ref());
        let edits = fixes.flat_map(|fix| &fix.edits);
        let edits: Vec<_> = edits.map(|edit| (edit.span, &*edit.text)).collect();
        let mended = apply(&code, &edits).expect("the edits agree");
        mended.split_once("\n\n").expect("imports").1.to_owned()
    }

    #[test]
    fn what_gives_one_column_goes() {
        let mended = mended(
            "\
def f():
    a = sum(Order.objects.filter(quantity=1).values_list('total', flat=True))
    b = round(max(Order.objects.values_list('total', flat=True), default=0))
    return a, b, min((o.total - 1 for o in Order.objects.all()), default=None)
",
        );
        assert_eq!(
            mended,
            "\
def f():
    a = Order.objects.filter(quantity=1).aggregate(value=Sum(\"total\"))[\"value\"] or 0
    b = round((Order.objects.aggregate(value=Max(\"total\"))[\"value\"] or 0))
    return a, b, Order.objects.aggregate(value=Min(F(\"total\") - 1))[\"value\"]
"
        );
    }

    #[test]
    fn what_comes_to_something_else_stays() {
        let code = "\
def f():
    total = 0
    for order in Order.objects.filter(quantity=1):
        total += order.total
    names = Order.objects.filter(quantity=2).values_list('total', flat=True)
    return total, order, sum(names), max((o.total for o in Order.objects.filter(quantity=3)), default=5)

def g():
    return sum(
        order.total  # with tax
        for order in Order.objects.filter(quantity=4)
    )
";
        assert_eq!(mended(code), code);
    }

    #[test]
    fn what_is_asked_for_each_row_is_left_to_its_own_fix() {
        let code = "\
def f():
    sums = []
    for order in Order.objects.all():
        same = Order.objects.filter(quantity=order.quantity)
        sums.append(sum(one.total for one in same))
    return sums
";
        assert_eq!(mended(code), code);
    }

    #[test]
    fn long_lines_are_broken() {
        let mended = mended(
            "\
def f():
    total_of_those_that_were_paid = sum(o.total * o.quantity for o in Order.objects.filter(quantity=1))
    return total_of_those_that_were_paid
",
        );
        assert_eq!(
            mended,
            "\
def f():
    total_of_those_that_were_paid = Order.objects.filter(quantity=1).aggregate(
        value=Sum(F(\"total\") * F(\"quantity\"))
    )[\"value\"] or 0
    return total_of_those_that_were_paid
"
        );
    }
}
