use luthier_diagnostics::{Category, Confidence, Dimension, Fix, FixAvailability, Severity};
use luthier_project::facts::ir::{CompareOp, UnaryOp};
use luthier_project::facts::{BodyId, BodyRef, CallRef, Expr, ExprRef, Stmt};
use luthier_project::flows::{Use, UseKind};
use luthier_project::modules::ModuleId;
use luthier_source::Span;

use super::using::{Code, is_within_brackets};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// All rows are fetched, or counted, to learn whether there are any.
    ///
    /// ## Why it matters
    ///
    /// `if rows:` makes Django fetch every row with all its columns and build an object of each, and
    /// `rows.count() > 0` makes the database go through all of them. `exists()` asks for one row
    /// without columns, and stops there.
    ///
    /// Where the rows are used as well, `if rows:` is right: `exists()` would be one query more.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     is_open = models.BooleanField(default=True)
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Order
    ///
    /// def close(customer):
    ///     orders = Order.objects.filter(customer=customer, is_open=True)
    ///     if orders:  # fires
    ///         print("closed")
    ///     orders.update(is_open=False)
    ///
    /// def is_new(customer):
    ///     return not Order.objects.filter(customer=customer)  # fires
    ///
    /// def counted(customer):
    ///     orders = Order.objects.filter(customer=customer)
    ///     if orders:  # fires
    ///         print("old")
    ///     return orders.count()
    ///
    /// def has_any():
    ///     return bool(Order.objects.all())  # fires
    ///
    /// def has_open(customer):
    ///     if Order.objects.filter(customer=customer, is_open=True).count() > 0:  # fires
    ///         return True
    ///     if customer and Order.objects.filter(customer=customer).count() == 0:  # fires
    ///         return False
    ///     return len(Order.objects.filter(is_open=True)) >= 1  # fires
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     is_open = models.BooleanField(default=True)
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Order
    ///
    /// def close(customer):
    ///     orders = Order.objects.filter(customer=customer, is_open=True)
    ///     if orders.exists():
    ///         print("closed")
    ///     orders.update(is_open=False)
    ///
    /// def is_new(customer):
    ///     return not Order.objects.filter(customer=customer).exists()
    ///
    /// def counted(customer):
    ///     orders = Order.objects.filter(customer=customer)
    ///     if orders:
    ///         print("old")
    ///     return orders.count()
    ///
    /// def has_any():
    ///     return Order.objects.all().exists()
    ///
    /// def has_open(customer):
    ///     if Order.objects.filter(customer=customer, is_open=True).exists():
    ///         return True
    ///     if customer and not Order.objects.filter(customer=customer).exists():
    ///         return False
    ///     return Order.objects.filter(is_open=True).exists()
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     is_open = models.BooleanField(default=True)
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Line, Order
    ///
    /// def used():
    ///     orders = Order.objects.all()
    ///     if orders:
    ///         return [order.pk for order in orders]
    ///
    /// def first_one():
    ///     orders = Order.objects.all()
    ///     if not orders:
    ///         return None
    ///     return orders[0]
    ///
    /// def given(context):
    ///     orders = Order.objects.all()
    ///     if orders:
    ///         context["title"] = "Orders"
    ///     context["orders"] = orders
    ///
    /// def perhaps(customer):
    ///     orders = None
    ///     if customer:
    ///         orders = Order.objects.filter(customer=customer)
    ///     if orders:
    ///         orders.update(is_open=False)
    ///
    /// def either():
    ///     return Order.objects.filter(is_open=True) or Order.objects.filter(is_open=False)
    ///
    /// def few():
    ///     if Order.objects.all()[:1]:
    ///         return Order.objects.count() > 1
    ///
    /// def prefetched():
    ///     return Order.objects.prefetch_related("lines")
    ///
    /// def cached(order: Order):
    ///     return bool(order.lines.all())
    ///
    /// def single(pk):
    ///     return bool(Order.objects.filter(pk=pk)), Order.objects.filter(id=pk).count() == 0
    ///
    /// def counted():
    ///     orders = Order.objects.all()
    ///     count = orders.count()
    ///     if count > 0:
    ///         return count
    ///
    /// def gone_through():
    ///     lines = Line.objects.all()
    ///     for line in lines:
    ///         print(line.pk)
    ///     return lines.count() > 0
    /// ```
    TRUTH_FOR_EXISTS = {
        code: "ORM011",
        name: "truth-for-exists",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Module(check),
    }
}

const HELP: &str = "ask for one row only: `exists()`";
const TITLE: &str = "Ask for one row only";

fn check(context: &mut Context<'_>, module: ModuleId) {
    let Some(code) = Code::of(context, module) else {
        return;
    };
    for (variable, model, making) in code.querysets() {
        let is_wanted = code.project.may_be_prefetched(&making)
            || making.has(&["select_for_update"])
            || code.project.is_single(&making);
        if is_wanted || code.is_replaced(model, &["__bool__", "__len__", "exists"]) {
            continue;
        }
        for used in &variable.uses {
            let is_truth = used.kind == UseKind::Truth && !making.is_sliced;
            let is_len = used.kind == UseKind::Len && is_asked_for_any(code, variable.body, used);
            let is_wanted = used.is_repeated
                || !code.is_first(variable, used)
                || code.serves_rows(variable, used);
            if !(is_truth || is_len) || is_wanted {
                continue;
            }
            let is_only = !code.serves_others(variable, used);
            let whole = code.expr(variable.body, used.whole);
            let fix = Fix::safe(TITLE);
            let fix = match whole.as_call().filter(|_| used.whole != used.expr) {
                _ if !is_only => None,
                Some(call) if is_truth => code.unwrapped(call, fix, ".exists()"),
                Some(call) => instead_of_number(code, variable.body, used, call),
                None => Some(fix.insert(code.file, whole.span().end, ".exists()")),
            };
            let help = if is_only {
                HELP
            } else {
                "count them once with `count()`, and ask the number"
            };
            let name = &code.project.models.get(model).name;
            let message =
                format!("rows of `{name}` are fetched only to learn whether there are any");
            code.report(context, whole.span(), model, message)
                .help(help)
                .fix(fix);
        }
    }
    counted(context, code);
}

/// `rows.count() > 0`, `if rows.count():`
fn counted(context: &mut Context<'_>, code: Code<'_>) {
    let facts = code.project.modules.facts(code.module);
    for body in facts.body_ids().map(|id| facts.body(id)) {
        if code.is_async(body.id) {
            continue;
        }
        for asked in body.exprs().filter_map(|expr| asked(body, expr)) {
            let Some((rows, "count")) = asked.count.callee.as_attribute() else {
                continue;
            };
            let model = code.project.rows_asked(code.module, asked.count);
            let Some(model) = model.filter(|_| asked.count.arguments().is_empty()) else {
                continue;
            };
            let variable = code.project.variable(code.module, rows);
            let making = code.project.making(code.module, rows);
            let is_single = making.is_some_and(|making| code.project.is_single(&making));
            let is_fetched = variable
                .is_some_and(|variable| variable.uses.iter().any(|used| used.kind.fetches()));
            if is_single || is_fetched || code.is_replaced(model, &["count", "exists"]) {
                continue;
            }
            let name = &code.project.models.get(model).name;
            let message =
                format!("rows of `{name}` are counted only to learn whether there are any");
            let fix = exists(code, &asked, rows);
            code.report(context, asked.by.span(), model, message)
                .help(HELP)
                .fix(fix);
        }
    }
}

/// A number of rows that is only asked whether it is zero.
struct Asked<'a> {
    count: CallRef<'a>,
    /// What asks, and whether it asks for none.
    by: ExprRef<'a>,
    is_none: bool,
}

fn asked<'a>(body: BodyRef<'a>, expr: ExprRef<'a>) -> Option<Asked<'a>> {
    let is_count = |expr: ExprRef<'a>| {
        let call = expr.as_call()?;
        let (_, method) = call.callee.as_attribute()?;
        (method == "count").then_some(call)
    };
    match expr.kind() {
        Expr::Compare(_, left, right) => {
            let count = is_count(expr.at(left)).or_else(|| is_count(expr.at(right)))?;
            let is_none = any_or_none(expr, count.expr)?;
            let is_compared = |other: &ExprRef<'a>| match other.kind() {
                Expr::Compare(_, left, right) => [left, right].contains(&count.expr.id),
                _ => false,
            };
            let is_only = body.exprs().filter(is_compared).count() == 1;
            is_only.then_some(Asked {
                count,
                by: expr,
                is_none,
            })
        }
        Expr::Unary(UnaryOp::Not, inner) => Some(Asked {
            count: is_count(expr.at(inner))?,
            by: expr.at(inner),
            is_none: false,
        }),
        Expr::Call(..) => {
            let count = is_count(expr)?;
            let mut tests = body
                .all_statements()
                .filter_map(|statement| match statement.kind() {
                    Stmt::If { test, .. } | Stmt::While { test, .. } => Some(test),
                    _ => None,
                });
            let is_operand = |other: ExprRef<'a>| match other.kind() {
                Expr::Conditional { test, .. } => test == expr.id,
                _ => false,
            };
            let is_test = tests.any(|test| test == expr.id) || body.exprs().any(is_operand);
            is_test.then_some(Asked {
                count,
                by: expr,
                is_none: false,
            })
        }
        _ => None,
    }
}

/// Writes `rows.exists()` for what asks.
fn exists(code: Code<'_>, asked: &Asked<'_>, rows: ExprRef<'_>) -> Option<Fix> {
    let (whole, rows) = (asked.by.span(), rows.span());
    let text = &code.source.text;
    let is_plain = !whole.text(text).contains('#') && whole.encloses(rows);
    let not = if asked.is_none { "not " } else { "" };
    is_plain.then(|| {
        let fix = Fix::safe(TITLE);
        let before = Span::new(whole.start, rows.start);
        let after = Span::new(rows.end, whole.end);
        fix.replace(code.file, before, not)
            .replace(code.file, after, ".exists()")
    })
}

/// Whether a number of rows that `len()` gives is only asked whether it is zero.
pub(super) fn is_asked_for_any(code: Code<'_>, body: BodyId, used: &Use) -> bool {
    match used.then {
        UseKind::Truth => true,
        UseKind::Compared => is_any_or_none(code, body, used),
        _ => false,
    }
}

/// Whether a comparison of a number of rows asks whether it is zero.
pub(super) fn is_any_or_none(code: Code<'_>, body: BodyId, used: &Use) -> bool {
    let compared = code.expr(body, used.then_whole);
    any_or_none(compared, code.expr(body, used.whole)).is_some()
}

/// Writes `rows.exists()` for a comparison of `len(rows)`.
fn instead_of_number(code: Code<'_>, body: BodyId, used: &Use, len: CallRef<'_>) -> Option<Fix> {
    let rows = len.positional().next()?;
    let by = match used.then {
        UseKind::Compared => code.expr(body, used.then_whole),
        _ => len.expr,
    };
    let asked = Asked {
        count: len,
        by,
        is_none: any_or_none(by, len.expr).unwrap_or(false),
    };
    let is_whole = is_within_brackets(rows.span().text(&code.source.text));
    exists(code, &asked, rows).filter(|_| is_whole)
}

/// Whether a comparison of a number of rows asks for any (`false`) or for none (`true`).
fn any_or_none(compared: ExprRef<'_>, number: ExprRef<'_>) -> Option<bool> {
    let Expr::Compare(op, left, right) = compared.kind() else {
        return None;
    };
    let (op, other) = if left == number.id {
        (op, compared.at(right))
    } else {
        (turned(op), compared.at(left))
    };
    match (op, other.as_int()?) {
        (CompareOp::Gt | CompareOp::NotEq, 0) | (CompareOp::GtE, 1) => Some(false),
        (CompareOp::Eq | CompareOp::LtE, 0) | (CompareOp::Lt, 1) => Some(true),
        _ => None,
    }
}

/// A comparison with its sides exchanged.
fn turned(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Lt => CompareOp::Gt,
        CompareOp::LtE => CompareOp::GtE,
        CompareOp::Gt => CompareOp::Lt,
        CompareOp::GtE => CompareOp::LtE,
        op => op,
    }
}
