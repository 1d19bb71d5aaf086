use luthier_diagnostics::{Category, Confidence, Dimension, Fix, FixAvailability, Severity};
use luthier_project::facts::ir::ComprehensionKind;
use luthier_project::facts::{CallRef, Expr, ExprId, ExprRef, Name};
use luthier_project::flows::{Bound, Making, Use, UseKind, Variable};
use luthier_project::modules::ModuleId;
use luthier_project::querysets::Column;

use super::using::{Code, WRITING, is_within_brackets};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Rows are fetched only to be compared with `__in` in another query.
    ///
    /// ## Why it matters
    ///
    /// The keys travel from the database to Django and back, in a statement that grows with them: two
    /// queries instead of one, megabytes of SQL where there are many, and an error where there are
    /// more than the database takes as parameters (SQLite and Oracle). A queryset that is given as it is
    /// becomes a subquery, and the keys never leave the database.
    ///
    /// Slices, locks and other databases are left alone, as is MySQL, whose subqueries can be slower.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     is_active = models.BooleanField(default=True)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     number = models.IntegerField(null=True)
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Customer, Order
    ///
    /// def of_active():
    ///     active = Customer.objects.filter(is_active=True)
    ///     return Order.objects.filter(customer__in=list(active))  # fires
    ///
    /// def by_keys():
    ///     return Order.objects.exclude(
    ///         customer_id__in=[one.pk for one in Customer.objects.filter(is_active=True)]  # fires
    ///     )
    ///
    /// def named():
    ///     keys = [one.pk for one in Customer.objects.filter(is_active=True)]  # fires
    ///     return Order.objects.filter(customer__in=keys)
    ///
    /// def customers():
    ///     found = Customer.objects.filter(
    ///         pk__in=set(Order.objects.values_list("customer", flat=True))  # fires
    ///     )
    ///     return found.count()
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     is_active = models.BooleanField(default=True)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     number = models.IntegerField(null=True)
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Customer, Order
    ///
    /// def of_active():
    ///     active = Customer.objects.filter(is_active=True)
    ///     return Order.objects.filter(customer__in=active)
    ///
    /// def by_keys():
    ///     return Order.objects.exclude(
    ///         customer_id__in=Customer.objects.filter(is_active=True).values("pk")
    ///     )
    ///
    /// def named():
    ///     keys = Customer.objects.filter(is_active=True).values("pk")
    ///     return Order.objects.filter(customer__in=keys)
    ///
    /// def customers():
    ///     found = Customer.objects.filter(
    ///         pk__in=Order.objects.values_list("customer", flat=True)
    ///     )
    ///     return found.count()
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     is_active = models.BooleanField(default=True)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    ///     number = models.IntegerField(null=True)
    ///
    /// class Note(models.Model):
    ///     order_key = models.CharField(max_length=20)
    /// ```
    ///
    /// ```python file=shop/reports.py
    /// from shop.models import Customer, Note, Order
    ///
    /// def newest():
    ///     return Order.objects.filter(pk__in=list(Order.objects.order_by("-pk")[:10]))
    ///
    /// def used(render):
    ///     active = Customer.objects.filter(is_active=True)
    ///     orders = Order.objects.filter(customer__in=[one.pk for one in active])
    ///     return render(active, orders)
    ///
    /// def elsewhere():
    ///     active = Customer.objects.using("old").filter(is_active=True)
    ///     return Order.objects.filter(customer__in=list(active.values_list("pk", flat=True)))
    ///
    /// def of_another_kind():
    ///     return Note.objects.filter(order_key__in=list(Order.objects.values_list("pk", flat=True)))
    ///
    /// def without_null():
    ///     return Order.objects.exclude(pk__in=list(Order.objects.values_list("number", flat=True)))
    ///
    /// def cleaned():
    ///     doubled = Order.objects.filter(number=1).values_list("pk", flat=True)
    ///     Order.objects.filter(pk__in=list(doubled)).delete()
    ///
    /// def as_it_was():
    ///     keys = list(Customer.objects.filter(is_active=True).values_list("pk", flat=True))
    ///     Customer.objects.update(is_active=False)
    ///     return Order.objects.filter(customer__in=keys)
    ///
    /// def handed_on(job):
    ///     keys = list(Customer.objects.filter(is_active=True).values_list("pk", flat=True))
    ///     job.run(Order.objects.filter(customer__in=keys))
    ///
    /// def twice():
    ///     keys = list(Customer.objects.filter(is_active=True).values_list("pk", flat=True))
    ///     return len(keys), Order.objects.filter(customer__in=keys)
    ///
    /// def some():
    ///     keys = [one.pk for one in Customer.objects.all() if one.is_active]
    ///     return Order.objects.filter(customer__in=keys)
    ///
    /// def prefetched():
    ///     return Customer.objects.prefetch_related("orders")
    ///
    /// def cached(customer: Customer):
    ///     return Note.objects.filter(pk__in=[order.number for order in customer.orders.all()])
    ///
    /// def locked():
    ///     orders = Order.objects.select_for_update().filter(number=1)
    ///     return Note.objects.filter(pk__in=list(orders.values_list("number", flat=True)))
    /// ```
    EVALUATED_IN_LOOKUP = {
        code: "ORM013",
        name: "evaluated-in-lookup",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Module(check),
    }
}

/// Methods whose result a subquery does not give in the same way.
const OTHERWISE: &[&str] = &[
    "difference",
    "extra",
    "intersection",
    "select_for_update",
    "union",
    "using",
];

fn check(context: &mut Context<'_>, module: ModuleId) {
    let Some(code) = Code::of(context, module) else {
        return;
    };
    let project = code.project;
    if !project.modules.facts(module).names.mention("__in")
        || !project.has_one_database()
        || project.is_on(&["mysql", "oracle"])
    {
        return;
    }
    for (variable, model, making) in code.querysets() {
        let is_wanted =
            making.is_sliced || code.project.may_be_prefetched(&making) || making.has(OTHERWISE);
        for used in variable.uses.iter().filter(|_| !is_wanted) {
            let Some(found) = fetched(code, variable, &making, used) else {
                continue;
            };
            if !found.serves_subquery(code) {
                continue;
            }
            let name = &project.models.get(model).name;
            let fix = found.fix(code);
            code.report(
                context,
                found.whole.span(),
                model,
                format!(
                    "rows of `{name}` are fetched only to be compared with `{}`",
                    found.lookup
                ),
            )
            .help("give the queryset itself: the database compares with a subquery")
            .fix(fix);
        }
    }
}

/// Rows that are made a list for a lookup.
struct Fetched<'a> {
    /// `list(rows)` or the comprehension.
    whole: ExprRef<'a>,
    rows: ExprRef<'a>,
    /// The field that a comprehension takes.
    field: Option<&'a str>,
    /// What the values are.
    column: Column<'a>,
    /// Whether the rows themselves are given, and no column of them.
    are_rows: bool,
    lookup: &'a str,
    query: CallRef<'a>,
    is_repeated: bool,
}

fn fetched<'a>(
    code: Code<'a>,
    variable: &'a Variable,
    making: &Making<'a>,
    used: &Use,
) -> Option<Fetched<'a>> {
    let whole = code.expr(variable.body, used.whole);
    let (lookup, query, is_repeated) = match used.then {
        UseKind::Lookup(lookup) => (lookup, used.then_whole, used.is_repeated),
        UseKind::Stored => named(code, whole)?,
        _ => return None,
    };
    let rows = code.expr(variable.body, used.expr);
    let field = match (used.kind, whole.kind()) {
        (UseKind::Collected, Expr::Call(..)) => {
            let call = whole.as_call()?;
            let is_list = matches!(
                call.callee.as_name()?,
                "list" | "set" | "tuple" | "frozenset"
            );
            (is_list && call.arguments().len() == 1).then_some(None)?
        }
        (
            UseKind::Iterated,
            Expr::Comprehension(
                ComprehensionKind::List | ComprehensionKind::Set | ComprehensionKind::Generator,
                element,
                clauses,
            ),
        ) => {
            let [clause] = whole.body.clauses(clauses) else {
                return None;
            };
            let (object, field) = whole.at(element).as_attribute()?;
            let target = whole.at(clause.target).as_name()?;
            let is_plain = clause.conditions.is_empty()
                && clause.iter == rows.id
                && object.as_name() == Some(target);
            (is_plain && !making.gives_values()).then_some(Some(field))?
        }
        _ => return None,
    };
    if code.serves_others(variable, used) {
        return None;
    }
    let column = match (field, value(making)) {
        (Some(field), _) => code.project.column(making.model, field)?,
        (None, Some(value)) => code.project.column(making.model, value?)?,
        (None, None) => code.project.key(making.model)?,
    };
    let facts = code.project.modules.facts(code.module);
    Some(Fetched {
        whole,
        rows,
        field,
        column,
        are_rows: field.is_none() && !making.gives_values(),
        lookup: facts.text(lookup),
        query: code.expr(variable.body, query).as_call()?,
        is_repeated: is_repeated || used.is_repeated,
    })
}

/// The lookup that a list with a name of its own is made for, where that is its one use: nothing is
/// written before the rows are asked for, so that the list keeps nothing as it was.
fn named(code: Code<'_>, list: ExprRef<'_>) -> Option<(Name, ExprId, bool)> {
    let mut variables = code.project.variables(code.module).iter();
    let list_of = variables.find(|variable| {
        variable.body == list.body.id && variable.bound == [Bound::Value(list.id)]
    })?;
    let [used] = &list_of.uses[..] else {
        return None;
    };
    let UseKind::Lookup(lookup) = used.kind else {
        return None;
    };
    let query = code.expr(list_of.body, used.whole);
    let is_kept = code.may_write(
        list.body,
        list.span(),
        code.expr(list_of.body, used.expr).span(),
    ) || writes_after(query) && !is_written(query.as_call()?);
    (!list_of.is_shared && !is_kept).then_some((lookup, used.whole, used.is_repeated))
}

/// Whether the function may write to the database behind a query.
fn writes_after(query: ExprRef<'_>) -> bool {
    let mut calls = query.body.exprs().filter_map(ExprRef::as_call);
    calls.any(|call| {
        let method = call.callee.as_attribute().map_or("", |(_, method)| method);
        call.expr.span().end > query.span().end && WRITING.contains(&method)
    })
}

/// The one name that `values()` or `values_list()` is given: `None` without such a method,
/// `Some(None)` where it is not that simple.
fn value<'a>(making: &Making<'a>) -> Option<Option<&'a str>> {
    let mut calls = making.calls.iter().filter(|call| {
        let method = call.callee.as_attribute().map_or("", |(_, method)| method);
        matches!(method, "dates" | "datetimes" | "values" | "values_list")
    });
    let call = calls.next()?;
    let is_flat = call.keyword("flat").and_then(ExprRef::as_bool) == Some(true);
    let is_list = call.callee.as_attribute().map(|(_, method)| method) == Some("values_list");
    let mut names = call.positional();
    let name = names.next().and_then(ExprRef::as_str);
    let is_plain = is_list && is_flat && names.next().is_none() && calls.next().is_none();
    Some(name.filter(|_| is_plain))
}

impl Fetched<'_> {
    /// Whether a subquery gives the same: values of the same kind, `NULL` no trap, and no writing to
    /// what is asked.
    fn serves_subquery(&self, code: Code<'_>) -> bool {
        let project = code.project;
        let Some((_, method)) = self.query.callee.as_attribute() else {
            return false;
        };
        let Some(model) = project.rows_asked(code.module, self.query) else {
            return false;
        };
        let Some(path) = self.lookup.strip_suffix("__in") else {
            return false;
        };
        let Some(compared) = project.column(model, path) else {
            return false;
        };
        // Rows are compared with relations only.
        let is_relation = compared.field.kind.is_relation() || path.split("__").count() > 1;
        if self.are_rows && !is_relation {
            return false;
        }
        let is_null_safe = method != "exclude"
            || self.column.field.null() == Some(false)
            || self.column.field.primary_key() == Some(true);
        let models = &project.models;
        let is_same = models.get(model).concrete == models.get(self.column.owner).concrete;
        project.hold_alike(compared, self.column)
            && !is_handed_on(code, self.query)
            && is_null_safe
            && !self.is_repeated
            && !(is_same && is_written(self.query))
    }

    fn fix(&self, code: Code<'_>) -> Option<Fix> {
        let text = &code.source.text;
        let rows = self.rows.span().text(text);
        let whole = self.whole.span();
        let is_plain = !whole.text(text).contains('#') && is_within_brackets(rows);
        let written = match self.field {
            Some(field) => format!("{rows}.values(\"{field}\")"),
            None => rows.to_owned(),
        };
        // Later writes would be seen by the query.
        let writes_later = writes_after(self.query.expr);
        (is_plain && !writes_later)
            .then(|| Fix::safe("Compare with a subquery").replace(code.file, whole, written))
    }
}

/// Whether a query is given to code of the project, which may ask it several times and write in
/// between.
fn is_handed_on(code: Code<'_>, query: CallRef<'_>) -> bool {
    let chain = chain(query);
    let mut variables = code.project.variables(code.module).iter();
    variables.any(|variable| {
        let is_it = variable.body == query.expr.body.id
            && variable.name.is_none()
            && variable.values().any(|value| chain.contains(&value));
        is_it
            && variable.uses.iter().any(|used| {
                let taker = code.expr(variable.body, used.whole).as_call();
                used.kind == UseKind::Given
                    && taker.is_some_and(|taker| code.outside(taker).is_none())
            })
    })
}

/// A query and what methods make of it, in order.
fn chain(query: CallRef<'_>) -> Vec<ExprId> {
    let mut found = vec![query.expr.id];
    for call in query.expr.body.exprs().filter_map(ExprRef::as_call) {
        let object = call.callee.as_attribute().map(|(object, _)| object.id);
        if object.is_some() && object == found.last().copied() {
            found.push(call.expr.id);
        }
    }
    found
}

/// Whether the rows that a query finds are changed or deleted at once.
fn is_written(query: CallRef<'_>) -> bool {
    let body = query.expr.body;
    chain(query).into_iter().any(|call| {
        let call = body.expr(call).as_call();
        let method = call.and_then(|call| call.callee.as_attribute());
        matches!(method, Some((_, "delete" | "update")))
    })
}
