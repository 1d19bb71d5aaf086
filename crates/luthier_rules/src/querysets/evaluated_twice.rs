use luthier_diagnostics::{
    Category, Confidence, Dimension, Fix, FixAvailability, Location, Severity,
};
use luthier_project::facts::{BodyRef, CallRef, Expr, ExprRef, Name, Run, Stmt, StmtRef};
use luthier_project::flows::{Making, Use, UseKind, Variable};
use luthier_project::models::ModelId;
use luthier_project::modules::ModuleId;
use luthier_source::Span;

use super::truth_for_exists::is_any_or_none;
use super::using::Code;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A queryset is asked whether it has rows, or how many, and then fetched all the same.
    ///
    /// ## Why it matters
    ///
    /// `exists()` and `count()` are queries of their own. Where all rows are fetched right after, the
    /// first query is for nothing: a queryset keeps the rows that it has fetched, and `if rows:` and
    /// `len(rows)` then ask nobody.
    ///
    /// A number that is compared with a limit is left alone: it keeps the rows from being fetched. So are
    /// rows that are fetched under another condition, and code that may have written in between.
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
    /// import logging
    /// from shop.models import Order
    ///
    /// logger = logging.getLogger(__name__)
    ///
    /// def numbers():
    ///     orders = Order.objects.filter(is_open=True)
    ///     if not orders.exists():  # fires
    ///         return []
    ///     return [order.pk for order in orders]
    ///
    /// def close():
    ///     orders = Order.objects.filter(is_open=True)
    ///     logger.info("%s orders", orders.count())  # fires
    ///     for order in orders:
    ///         order.is_open = False
    ///
    /// def any_open():
    ///     orders = Order.objects.filter(is_open=True)
    ///     if orders.count() > 0:  # fires
    ///         print(list(orders))
    ///
    /// def of(customer):
    ///     if Order.objects.filter(customer=customer).exists():  # fires
    ///         for order in Order.objects.filter(customer=customer):
    ///             print(order.pk)
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
    /// import logging
    /// from shop.models import Order
    ///
    /// logger = logging.getLogger(__name__)
    ///
    /// def numbers():
    ///     orders = Order.objects.filter(is_open=True)
    ///     if not orders:
    ///         return []
    ///     return [order.pk for order in orders]
    ///
    /// def close():
    ///     orders = Order.objects.filter(is_open=True)
    ///     logger.info("%s orders", len(orders))
    ///     for order in orders:
    ///         order.is_open = False
    ///
    /// def any_open():
    ///     orders = Order.objects.filter(is_open=True)
    ///     if len(orders) > 0:
    ///         print(list(orders))
    ///
    /// def of(customer):
    ///     if Order.objects.filter(customer=customer).exists():
    ///         for order in Order.objects.filter(customer=customer):
    ///             print(order.pk)
    /// ```
    ///
    /// ## Good
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
    /// def numbers():
    ///     orders = Order.objects.filter(is_open=True)
    ///     found = [order.pk for order in orders]
    ///     return found, orders.count()
    ///
    /// def few():
    ///     orders = Order.objects.filter(is_open=True)
    ///     if orders.count() > 1000:
    ///         raise ValueError("too many")
    ///     return list(orders)
    ///
    /// def fewer(limit):
    ///     orders = Order.objects.filter(is_open=True)
    ///     count = orders.count()
    ///     if count > limit:
    ///         return None
    ///     return list(orders)
    ///
    /// def of_others(customer, others):
    ///     if Order.objects.filter(customer=customer).exists():
    ///         customer = others[0]
    ///         return list(Order.objects.filter(customer=customer))
    ///
    /// def streamed():
    ///     orders = Order.objects.filter(is_open=True)
    ///     print(orders.count())
    ///     for order in orders.iterator():
    ///         print(order)
    ///
    /// def filled(make):
    ///     orders = Order.objects.filter(is_open=True)
    ///     if not orders.exists():
    ///         make()
    ///     return list(orders)
    ///
    /// def made():
    ///     orders = Order.objects.filter(is_open=True)
    ///     if not orders.exists():
    ///         Order.objects.create()
    ///     return list(orders)
    ///
    /// def wanted(is_wanted):
    ///     orders = Order.objects.filter(is_open=True)
    ///     if orders.exists():
    ///         print("open")
    ///         if is_wanted:
    ///             return list(orders)
    ///
    /// def perhaps(is_wanted):
    ///     orders = Order.objects.filter(is_open=True)
    ///     if orders.exists():
    ///         print("open")
    ///     if not is_wanted:
    ///         return None
    ///     return list(orders)
    ///
    /// def either(is_wanted):
    ///     orders = Order.objects.filter(is_open=True)
    ///     if is_wanted:
    ///         return orders.count()
    ///     return list(orders)
    /// ```
    EVALUATED_TWICE = {
        code: "ORM012",
        name: "evaluated-twice",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Module(check),
    }
}

fn check(context: &mut Context<'_>, module: ModuleId) {
    let Some(code) = Code::of(context, module) else {
        return;
    };
    let querysets: Vec<_> = code.querysets().collect();
    for (variable, model, making) in &querysets {
        let (variable, model) = (*variable, *model);
        let is_wanted =
            code.project.may_be_prefetched(making) || making.has(&["select_for_update"]);
        if is_wanted || code.is_replaced(model, &["__bool__", "__iter__", "__len__"]) {
            continue;
        }
        for used in &variable.uses {
            let Some((asks, fetches)) = asked_first(code, variable, used)
                .or_else(|| asked_anew(code, &querysets, variable, used))
            else {
                continue;
            };
            let name = &code.project.models.get(model).name;
            let method = asks.method;
            let message =
                format!("`{method}()` asks for rows of `{name}` that are fetched right after");
            let fetched = code.expr(variable.body, fetches.expr).span();
            let fix = fix(code, variable, used, &asks);
            let help = match method {
                _ if variable.name.is_none() => {
                    "give the queryset a name and fetch its rows first: it keeps them"
                }
                "exists" => "fetch them first: `if rows:` keeps them",
                _ => "fetch them first: `len(rows)` keeps them",
            };
            code.report(context, asks.call.expr.span(), model, message)
                .help(help)
                .related(Location::new(code.file, fetched), "they are fetched here")
                .fix(fix);
        }
    }
}

/// `rows.exists()` or `rows.count()`
struct Asks<'a> {
    call: CallRef<'a>,
    method: &'a str,
}

/// What asks for the rows before they are fetched, and what fetches them.
fn asked_first<'a>(
    code: Code<'a>,
    variable: &'a Variable,
    used: &Use,
) -> Option<(Asks<'a>, &'a Use)> {
    let asks = asks(code, variable, used)?;
    let is_before = |other: &&Use| used.after.contains(&other.expr);
    if variable
        .uses
        .iter()
        .filter(is_before)
        .any(|other| other.kind.fetches())
    {
        return None;
    }
    let mut later = variable.uses.iter().filter(|other| {
        other.after.contains(&used.expr)
            && matches!(other.kind, UseKind::Iterated | UseKind::Collected)
    });
    let fetches = later.next()?;
    follows(code, variable, &asks, fetches).then_some((asks, fetches))
}

/// The same where the queryset is built again, in the same words, to be fetched.
fn asked_anew<'a>(
    code: Code<'a>,
    querysets: &[(&'a Variable, ModelId, Making<'a>)],
    variable: &'a Variable,
    used: &Use,
) -> Option<(Asks<'a>, &'a Use)> {
    if variable.name.is_some() {
        return None;
    }
    let asks = asks(code, variable, used)?;
    let rows = code.expr(variable.body, used.expr);
    let text = &code.source.text;
    let words =
        |rows: ExprRef<'_>| -> Vec<&str> { rows.span().text(text).split_whitespace().collect() };
    let body = rows.body;
    // What the names in it stand for is the same later on.
    let is_lasting = rows.within().all(|expr| match expr.kind() {
        Expr::Name(name) => {
            let bindings = body.body().bindings.iter();
            let count = bindings.filter(|binding| binding.name == name).count();
            count + usize::from(body.is_param(name)) <= 1
        }
        _ => true,
    });
    if !is_lasting {
        return None;
    }
    let later = querysets
        .iter()
        .filter(|(other, ..)| other.body == variable.body && other.name.is_none());
    let found = later.flat_map(|(other, ..)| &other.uses).find(|other| {
        other.after.contains(&used.expr)
            && matches!(other.kind, UseKind::Iterated | UseKind::Collected)
            && words(code.expr(variable.body, other.expr)) == words(rows)
    })?;
    let fetched = code.expr(variable.body, found.expr).span();
    let sets_between = body.all_statements().any(|statement| {
        let is_set = match statement.kind() {
            Stmt::Assign { targets, .. } => {
                body.list(targets).any(|target| target.as_name().is_none())
            }
            Stmt::Augmented { .. } => true,
            _ => false,
        };
        let place = statement.span();
        is_set && place.start > rows.span().end && place.end <= fetched.start
    });
    let is_sure = !sets_between && follows(code, variable, &asks, found);
    is_sure.then_some((asks, found))
}

fn asks<'a>(code: Code<'a>, variable: &'a Variable, used: &Use) -> Option<Asks<'a>> {
    let facts = code.project.modules.facts(code.module);
    let UseKind::Method(name) = used.kind else {
        return None;
    };
    let method = facts.text(name);
    let call = code.expr(variable.body, used.whole).as_call()?;
    let is_plain = matches!(method, "count" | "exists") && call.arguments().is_empty();
    if !is_plain || used.is_repeated {
        return None;
    }
    // Commands walk whole tables, where the rows had better not be kept.
    if method == "count" && (code.is_command() || limits(code, variable, used)) {
        return None;
    }
    Some(Asks { call, method })
}

/// Whether the rows surely are fetched after they were asked for, as they were then.
fn follows(code: Code<'_>, variable: &Variable, asks: &Asks<'_>, fetches: &Use) -> bool {
    let body = code.project.modules.facts(code.module).body(variable.body);
    let place = asks.call.expr.span();
    let fetched = code.expr(variable.body, fetches.expr).span();
    is_sure(body, place, fetched) && !code.may_write(body, place, fetched)
}

/// Whether the number of rows decides something else than whether there are any: a limit, say.
fn limits(code: Code<'_>, variable: &Variable, used: &Use) -> bool {
    let facts = code.project.modules.facts(code.module);
    let body = facts.body(variable.body);
    match used.then {
        UseKind::Truth | UseKind::Given => false,
        UseKind::Compared => !is_any_or_none(code, variable.body, used),
        UseKind::Stored => {
            let assigned: Option<Name> = body.all_statements().find_map(|statement| {
                let (target, value) = statement.assignment()?;
                match target.kind() {
                    Expr::Name(name) if value.id == used.whole => Some(name),
                    _ => None,
                }
            });
            assigned.is_some_and(|assigned| {
                let is_it = |expr: ExprRef<'_>| expr.kind() == Expr::Name(assigned);
                body.exprs().any(|expr| match expr.kind() {
                    Expr::Compare(_, left, right) => is_it(expr.at(left)) || is_it(expr.at(right)),
                    _ => false,
                }) || body
                    .all_statements()
                    .any(|statement| match statement.kind() {
                        Stmt::If { test, .. } | Stmt::While { test, .. } => is_it(body.expr(test)),
                        _ => false,
                    })
            })
        }
        _ => true,
    }
}

/// Whether what stands later surely runs, unless what stands earlier and decides by itself keeps it
/// from running.
fn is_sure(body: BodyRef<'_>, earlier: Span, later: Span) -> bool {
    body.all_statements().all(|statement| {
        let span = statement.span();
        let branches = branches(body, statement);
        if branches.is_empty() {
            return true;
        }
        let decides = tests(body, statement, earlier);
        let is_around = branches.iter().any(|branch| branch.encloses(later));
        if is_around {
            return decides || branches.iter().any(|branch| branch.encloses(earlier));
        }
        // What lies between may leave.
        let is_between = span.start >= earlier.start && span.end <= later.start;
        !is_between || decides || !leaves(body, span)
    })
}

/// The blocks of a statement of which one or none runs.
fn branches(body: BodyRef<'_>, statement: StmtRef<'_>) -> Vec<Span> {
    let runs: Vec<Run> = match statement.kind() {
        Stmt::If {
            body: then, orelse, ..
        } => vec![then, orelse],
        Stmt::While { body: inner, .. } | Stmt::For { body: inner, .. } => vec![inner],
        Stmt::Try(index) => {
            let attempt = body.body().tries[index as usize];
            let handlers = &body.body().handlers[attempt.handlers.range()];
            handlers.iter().map(|handler| handler.body).collect()
        }
        Stmt::Match { cases, .. } => {
            let cases = &body.body().cases[cases.range()];
            cases.iter().map(|case| case.body).collect()
        }
        _ => Vec::new(),
    };
    let spans = runs.into_iter().filter_map(|run| {
        let mut statements = body.block(run);
        let first = statements.next()?.span();
        let last = statements.last().map_or(first, |last| last.span());
        Some(Span::new(first.start, last.end))
    });
    spans.collect()
}

/// Whether an `if` decides by what stands at a place.
fn tests(body: BodyRef<'_>, statement: StmtRef<'_>, place: Span) -> bool {
    match statement.kind() {
        Stmt::If { test, .. } => body.expr(test).span().encloses(place),
        _ => false,
    }
}

/// Whether a statement may leave the function or the loop around it.
fn leaves(body: BodyRef<'_>, span: Span) -> bool {
    body.all_statements().any(|statement| {
        let is_leaving = matches!(
            statement.kind(),
            Stmt::Return(_) | Stmt::Raise { .. } | Stmt::Break | Stmt::Continue
        );
        is_leaving && span.encloses(statement.span())
    })
}

fn fix(code: Code<'_>, variable: &Variable, used: &Use, asks: &Asks<'_>) -> Option<Fix> {
    variable.name?;
    let rows = code.expr(variable.body, used.expr).span();
    let call = asks.call.expr.span();
    let fix = Fix::risky("Fetch the rows once");
    match (asks.method, used.then) {
        ("exists", UseKind::Truth) => Some(fix.delete(code.file, Span::new(rows.end, call.end))),
        ("count", _) => {
            let rows = rows.text(&code.source.text);
            Some(fix.replace(code.file, call, format!("len({rows})")))
        }
        _ => None,
    }
}
