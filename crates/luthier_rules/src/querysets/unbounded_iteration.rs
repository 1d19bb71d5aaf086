use luthier_diagnostics::{Category, Confidence, Dimension, Fix, FixAvailability, Severity};
use luthier_project::django::version::DjangoVersion;
use luthier_project::facts::ir::Owner;
use luthier_project::facts::{BodyId, Expr, ExprRef, Stmt};
use luthier_project::flows::{RowsFrom, Use, UseKind, Variable};
use luthier_project::modules::{FunctionRef, ModuleId};
use luthier_project::tasks::TaskCode;

use super::using::Code;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A task or command walks all rows of a table that grows, and keeps them all in memory.
    ///
    /// ## Why it matters
    ///
    /// A queryset keeps every row that it has fetched until it is dropped. A nightly task over a hundred
    /// orders runs for years, then the worker needs gigabytes and is killed in the middle, at a row that
    /// nobody can name. `iterator()` fetches the rows in portions and keeps none.
    ///
    /// Only tables are looked at whose rows belong to users, or to rows that belong to others: what else
    /// there is may be configuration. Rows under a condition are left alone, since they may be few, as are
    /// slices and rows that are kept anyway. With `prefetch_related`, `iterator()` needs a `chunk_size`, and Django before 4.1
    /// prefetches nothing there.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Town(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// class Customer(models.Model):
    ///     town = models.ForeignKey(Town, models.CASCADE)
    ///     name = models.CharField(max_length=20)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     state = models.CharField(max_length=10)
    /// ```
    ///
    /// ```python file=shop/tasks.py
    /// from celery import shared_task
    /// from shop.models import Order
    ///
    /// @shared_task
    /// def export():
    ///     for order in Order.objects.order_by("pk"):  # fires
    ///         print(order.state)
    /// ```
    ///
    /// ```python file=shop/management/commands/export.py
    /// from django.core.management.base import BaseCommand
    /// from shop.models import Order
    ///
    /// class Command(BaseCommand):
    ///     def handle(self, **options):
    ///         orders = Order.objects.select_related("customer")
    ///         for order in orders:  # fires
    ///             print(order.customer.name)
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Town(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// class Customer(models.Model):
    ///     town = models.ForeignKey(Town, models.CASCADE)
    ///     name = models.CharField(max_length=20)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     state = models.CharField(max_length=10)
    /// ```
    ///
    /// ```python file=shop/tasks.py
    /// from celery import shared_task
    /// from shop.models import Order
    ///
    /// @shared_task
    /// def export():
    ///     for order in Order.objects.order_by("pk").iterator():
    ///         print(order.state)
    /// ```
    ///
    /// ```python file=shop/management/commands/export.py
    /// from django.core.management.base import BaseCommand
    /// from shop.models import Order
    ///
    /// class Command(BaseCommand):
    ///     def handle(self, **options):
    ///         orders = Order.objects.select_related("customer")
    ///         for order in orders.iterator():
    ///             print(order.customer.name)
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Country(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// class State(models.Model):
    ///     country = models.ForeignKey(Country, models.CASCADE)
    ///     name = models.CharField(max_length=20)
    ///
    /// class Order(models.Model):
    ///     state = models.ForeignKey(State, models.CASCADE)
    /// ```
    ///
    /// ```python file=shop/tasks.py
    /// from celery import shared_task
    /// from shop.models import Order, State
    ///
    /// @shared_task
    /// def export(state):
    ///     for order in Order.objects.all().iterator():
    ///         print(order.pk)
    ///     for order in Order.objects.filter(state=state):
    ///         print(order.pk)
    ///     for order in Order.objects.all()[:100]:
    ///         print(order.pk)
    ///     for state in State.objects.all():
    ///         print(state.name)
    ///
    /// @shared_task
    /// def twice():
    ///     orders = Order.objects.all()
    ///     for order in orders:
    ///         print(order.pk)
    ///     for order in orders:
    ///         print(order.pk)
    ///
    /// @shared_task
    /// def kept():
    ///     found = []
    ///     orders = Order.objects.all()
    ///     for order in orders:
    ///         found.append(order)
    ///     return len(found)
    /// ```
    ///
    /// ```python file=shop/views.py
    /// from shop.models import Order
    ///
    /// def view(request):
    ///     for order in Order.objects.all():
    ///         print(order.pk)
    /// ```
    UNBOUNDED_ITERATION = {
        code: "ORM017",
        name: "unbounded-iteration",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Module(check),
    }
}

/// Methods that leave as many rows as the table has.
const WHOLE: &[&str] = &[
    "alias",
    "all",
    "annotate",
    "defer",
    "only",
    "order_by",
    "prefetch_related",
    "reverse",
    "select_related",
];

/// The first release whose `iterator()` prefetches.
const PREFETCHES: DjangoVersion = DjangoVersion::new(4, 1);

fn check(context: &mut Context<'_>, module: ModuleId) {
    let Some(code) = Code::of(context, module) else {
        return;
    };
    let project = code.project;
    for (variable, model, making) in code.querysets() {
        let is_whole = matches!(making.from, RowsFrom::Manager)
            && !making.is_sliced
            && making.methods().all(|method| WHOLE.contains(&method))
            && project.table_is_large(model)
            && !code.is_replaced(model, &["__iter__", "all", "get_queryset", "iterator"]);
        let prefetches = making.has(&["prefetch_related"]);
        let is_served = !prefetches || project.django.version >= PREFETCHES;
        if !is_whole || !is_served || !runs_alone(code, variable.body) {
            continue;
        }
        for used in &variable.uses {
            if used.is_repeated
                || code.serves_others(variable, used)
                || !is_walked(code, variable, used)
            {
                continue;
            }
            let rows = code.expr(variable.body, used.expr).span();
            let call = if prefetches {
                ".iterator(chunk_size=2000)"
            } else {
                ".iterator()"
            };
            // SQLite may give rows twice that are written to meanwhile.
            let fix = (!project.is_on(&["sqlite", "spatialite"]))
                .then(|| Fix::safe("Fetch the rows in portions").insert(code.file, rows.end, call));
            let name = &project.models.get(model).name;
            code.report(
                context,
                rows,
                model,
                format!("all rows of `{name}` are kept in memory while they are gone through"),
            )
            .help(format!("go through them with `{call}`"))
            .fix(fix);
        }
    }
}

/// Whether a function is a task or belongs to a command.
fn runs_alone(code: Code<'_>, body: BodyId) -> bool {
    let facts = code.project.modules.facts(code.module);
    let Owner::Function(function) = facts.body(body).owner() else {
        return false;
    };
    let function = FunctionRef {
        module: code.module,
        function,
    };
    let mut tasks = code.project.tasks.tasks.iter();
    code.is_command() || tasks.any(|task| task.code == TaskCode::Function(function))
}

/// Whether a use is a loop that keeps no row.
fn is_walked(code: Code<'_>, variable: &Variable, used: &Use) -> bool {
    let facts = code.project.modules.facts(code.module);
    let body = facts.body(variable.body);
    let Some(statement) = used.statement.map(|id| body.stmt(id)) else {
        return false;
    };
    let Stmt::For { iter, target, .. } = statement.kind() else {
        return false;
    };
    if iter != used.expr || used.kind != UseKind::Iterated {
        return false;
    }
    let row = body.expr(target).kind();
    let is_row = |expr: ExprRef<'_>| expr.kind() == row;
    let is_put = body.exprs().any(|expr| match expr.kind() {
        Expr::Call(..) => expr.as_call().is_some_and(|call| {
            let method = call.callee.as_attribute();
            matches!(method, Some((_, "append" | "add" | "setdefault")))
                && call.positional().any(is_row)
        }),
        Expr::List(..) | Expr::Tuple(..) | Expr::Set(..) => expr
            .elements()
            .is_some_and(|mut elements| elements.any(is_row)),
        _ => false,
    });
    let is_assigned = body
        .all_statements()
        .any(|statement| match statement.kind() {
            Stmt::Assign { value, .. } => is_row(body.expr(value)),
            _ => false,
        });
    !is_put && !is_assigned
}
