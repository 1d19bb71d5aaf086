use luthier_diagnostics::{
    Category, Confidence, Dimension, Fix, FixAvailability, Location, Severity,
};
use luthier_project::facts::{BodyRef, CallRef, Expr, ExprRef, Run, Stmt, is_test_path};
use luthier_project::modules::ModuleId;
use luthier_project::querysets::{AtomicBlock, DatabaseUse, Effect, OpenedBy};
use luthier_source::{FileId, Span};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A task is queued, a mail sent or a request made inside a transaction that may still be rolled back.
    ///
    /// ## Why it matters
    ///
    /// A worker takes the task at once and does not find the row, which is not committed yet: on a busy
    /// day only, and never in tests. Where the transaction is rolled back, the mail has been sent all the
    /// same. A request to another server holds the transaction with its locks open for as long as that
    /// server takes.
    ///
    /// Error handlers, and code that raises right behind, are left alone: there it is meant. So are tasks
    /// whose own class queues them, and mails that are stored first.
    ///
    /// ## Project
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     is_paid = models.BooleanField(default=False)
    /// ```
    /// ```python file=shop/tasks.py
    /// from celery import Task, shared_task
    /// from django.db import transaction
    ///
    /// class Patient(Task):
    ///     def delay(self, *args):
    ///         transaction.on_commit(lambda: super().delay(*args))
    ///
    /// @shared_task
    /// def ship(pk): ...
    ///
    /// @shared_task(base=Patient)
    /// def ship_later(pk): ...
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/services.py
    /// import requests
    /// from django.core.mail import send_mail
    /// from django.db import transaction
    /// from .models import Order
    /// from .tasks import ship
    ///
    /// def pay(pk):
    ///     with transaction.atomic():
    ///         order = Order.objects.select_for_update().get(pk=pk)
    ///         order.is_paid = True
    ///         order.save()
    ///         ship.delay(order.pk)  # fires
    ///
    /// @transaction.atomic
    /// def order(address):
    ///     order = Order.objects.create()
    ///     send_mail("Thanks", f"Order {order.pk}", None, [address])  # fires
    ///     answer = requests.post("https://bank.example.com", json={"order": order.pk})  # fires
    ///     return answer.json()
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/services.py
    /// import requests
    /// from django.core.mail import send_mail
    /// from django.db import transaction
    /// from .models import Order
    /// from .tasks import ship
    ///
    /// def pay(pk):
    ///     with transaction.atomic():
    ///         order = Order.objects.select_for_update().get(pk=pk)
    ///         order.is_paid = True
    ///         order.save()
    ///         transaction.on_commit(lambda: ship.delay(order.pk))  # fires
    ///
    /// @transaction.atomic
    /// def order(address):
    ///     order = Order.objects.create()
    ///     transaction.on_commit(lambda: send_mail("Thanks", f"Order {order.pk}", None, [address]))  # fires
    ///     answer = requests.post("https://bank.example.com", json={"order": order.pk})  # fires
    ///     return answer.json()
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/services.py
    /// from functools import partial
    /// from django.core.mail import mail_admins, send_mail
    /// from django.db import transaction
    /// from .models import Order
    /// from .tasks import ship, ship_later
    ///
    /// def pay(pk):
    ///     with transaction.atomic():
    ///         order = Order.objects.select_for_update().get(pk=pk)
    ///         order.is_paid = True
    ///         order.save()
    ///         transaction.on_commit(lambda: ship.delay(order.pk))
    ///         transaction.on_commit(partial(ship.delay, pk))
    ///         ship.delay_on_commit(order.pk)
    ///         ship_later.delay(order.pk)
    ///         ship.apply_async((order.pk,), countdown=60)
    ///     send_mail("Thanks", "", None, ["shop@example.com"])
    ///
    /// @transaction.atomic
    /// def store(pk):
    ///     try:
    ///         Order.objects.create(pk=pk)
    ///     except ValueError:
    ///         mail_admins("Broken", str(pk))
    ///         raise
    ///     if pk < 0:
    ///         mail_admins("Negative", str(pk))
    ///         raise ValueError(pk)
    /// ```
    SIDE_EFFECT_IN_TRANSACTION = {
        code: "ORM026",
        name: "side-effect-in-transaction",
        severity: Severity::Error,
        category: Category::Orm,
        dimension: Some(Dimension::ErrorHandling),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Module(check),
    }
}

fn check(context: &mut Context<'_>, module: ModuleId) {
    let (project, sources) = (context.project, context.sources);
    let Some(file) = project.modules.get(module).file else {
        return;
    };
    let source = sources.file(file);
    if is_test_path(&source.path) || project.modules.is_migration(module) {
        return;
    }
    let facts = project.modules.facts(module);
    for body in facts.body_ids().map(|id| facts.body(id)) {
        let blocks = project.atomic_blocks(module, body.id);
        if blocks.is_empty() {
            continue;
        }
        for call in body.exprs().filter_map(ExprRef::as_call) {
            let Some(block) = blocks.iter().find(|block| block.holds(call.expr)) else {
                continue;
            };
            let Some(effect) = project.effect(module, call) else {
                continue;
            };
            let is_harmful = block.opened_by != OpenedBy::Request
                || effect != Effect::Http && writes_before(context, module, call);
            if !is_harmful || is_on_failure(body, call.expr.span()) {
                continue;
            }
            let fix = fix(&source.text, file, block, call);
            let what = match effect {
                Effect::Task => "the task is queued before the transaction is committed",
                Effect::Mail => "the mail is sent before the transaction is committed",
                Effect::Http => "the request is made while the transaction is open",
            };
            let mut reported = context.report(Location::new(file, call.expr.span()), what);
            reported.help("let `transaction.on_commit()` call it, or do it behind the block");
            if let Some(opener) = block.opener() {
                reported.related(Location::new(file, opener), "the transaction begins here");
            }
            reported.fix(fix);
        }
    }
}

/// Whether the same function has written something before: a request that only reads loses nothing.
fn writes_before(context: &Context<'_>, module: ModuleId, effect: CallRef<'_>) -> bool {
    let body = effect.expr.body;
    let mut calls = body.exprs().filter_map(ExprRef::as_call);
    calls.any(|call| {
        let is_before = call.expr.span().end <= effect.expr.span().start;
        is_before
            && matches!(
                context.project.database_use(module, call),
                Some(DatabaseUse::Writes { .. })
            )
    })
}

/// Whether code stands in an error handler, or in a block that ends by raising.
fn is_on_failure(body: BodyRef<'_>, span: Span) -> bool {
    let holds = |run: Run| {
        let mut statements = body.block(run);
        statements.any(|statement| statement.span().encloses(span))
    };
    let mut handlers = body.body().handlers.iter();
    if handlers.any(|handler| holds(handler.body)) {
        return true;
    }
    let raises = |run: Run| {
        let last = body.block(run).last();
        last.is_some_and(|last| matches!(last.kind(), Stmt::Raise { .. }))
    };
    body.all_statements().any(|statement| {
        let Stmt::If {
            body: then, orelse, ..
        } = statement.kind()
        else {
            return false;
        };
        [then, orelse]
            .into_iter()
            .any(|run| holds(run) && raises(run))
    })
}

/// Puts a call that nothing waits for into `on_commit()`, where its names still mean the same then.
fn fix(text: &str, file: FileId, block: &AtomicBlock, call: CallRef<'_>) -> Option<Fix> {
    let body = call.expr.body;
    let span = call.expr.span();
    let mut statements = body.all_statements();
    let is_alone = statements.any(|statement| match statement.kind() {
        Stmt::Expr(value) => value == call.expr.id,
        _ => false,
    });
    let is_repeated = body.all_statements().any(|statement| {
        let is_loop = matches!(statement.kind(), Stmt::For { .. } | Stmt::While { .. });
        is_loop && statement.span().encloses(span)
    });
    let is_tried = body.all_statements().any(|statement| {
        matches!(statement.kind(), Stmt::Try(_)) && statement.span().encloses(span)
    });
    let mut within = body.exprs().filter(|expr| span.encloses(expr.span()));
    let is_lasting = within.all(|expr| match expr.kind() {
        Expr::Name(name) => {
            let bindings = body.body().bindings.iter();
            let count = bindings.filter(|binding| binding.name == name).count();
            count + usize::from(body.is_param(name)) <= 1
        }
        // Others may change until then.
        Expr::Attribute(_, name) => {
            let name = body.facts.text(name);
            let is_constant = !name.chars().any(char::is_lowercase);
            let is_key = matches!(name, "id" | "pk") || name.ends_with("_id");
            is_constant || is_key || call.callee.span().encloses(expr.span())
        }
        Expr::Await(_) | Expr::Yield(_) | Expr::YieldFrom(_) => false,
        _ => true,
    });
    let opener = block.opener()?;
    // `transaction.atomic`, without another database.
    let written = text.get(opener.start as usize..opener.end as usize)?;
    let module = written
        .strip_suffix("()")
        .unwrap_or(written)
        .strip_suffix(".atomic")?;
    let is_simple = is_alone && is_lasting && !is_repeated && !is_tried;
    let call = text.get(span.start as usize..span.end as usize)?;
    is_simple.then(|| {
        Fix::safe("Do it when the transaction is committed").replace(
            file,
            span,
            format!("{module}.on_commit(lambda: {call})"),
        )
    })
}
