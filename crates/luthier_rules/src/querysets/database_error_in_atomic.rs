use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::facts::ir::{Handler, Try};
use luthier_project::facts::{BodyRef, CallRef, ExprRef, Run, Stmt, is_test_path};
use luthier_project::modules::ModuleId;
use luthier_project::querysets::{AtomicBlock, DatabaseUse};
use luthier_source::Span;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A database error is caught inside the transaction that it broke.
    ///
    /// ## Why it matters
    ///
    /// After an error of the database nothing can be done in a transaction but to roll it back. The code
    /// that goes on in the block gets `TransactionManagementError` from its next query; where no query
    /// follows, what was written before is rolled back at the end of the block, and nobody is told.
    ///
    /// A block of its own around the statement that may fail sets a savepoint to go back to.
    /// `get_or_create()` and `update_or_create()` do that by themselves.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     number = models.CharField(max_length=20, unique=True)
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from django.db import DatabaseError, IntegrityError, transaction
    /// from .models import Order
    ///
    /// def store(numbers):
    ///     with transaction.atomic():
    ///         for number in numbers:
    ///             try:
    ///                 Order.objects.create(number=number)
    ///             except IntegrityError:  # fires
    ///                 continue
    ///
    /// @transaction.atomic
    /// def rename(order: Order, number):
    ///     Order.objects.filter(number=number).update(number="old")
    ///     try:
    ///         order.number = number
    ///         order.save()
    ///     except (ValueError, DatabaseError):  # fires
    ///         pass
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     number = models.CharField(max_length=20, unique=True)
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from django.db import IntegrityError, transaction
    /// from .models import Order
    ///
    /// def store(numbers):
    ///     with transaction.atomic():
    ///         for number in numbers:
    ///             try:
    ///                 with transaction.atomic():
    ///                     Order.objects.create(number=number)
    ///             except IntegrityError:
    ///                 continue
    ///
    /// def store_all(numbers):
    ///     try:
    ///         with transaction.atomic():
    ///             for number in numbers:
    ///                 Order.objects.create(number=number)
    ///     except IntegrityError:
    ///         Order.objects.count()
    ///
    /// def store_one(number):
    ///     with transaction.atomic():
    ///         Order.objects.count()
    ///         try:
    ///             return Order.objects.create(number=number)
    ///         except IntegrityError:
    ///             return None
    ///
    /// def store_or_fail(number):
    ///     with transaction.atomic():
    ///         try:
    ///             Order.objects.create(number=number)
    ///         except IntegrityError as error:
    ///             raise ValueError(number) from error
    ///         Order.objects.count()
    ///
    /// def store_once(number):
    ///     with transaction.atomic():
    ///         try:
    ///             Order.objects.get_or_create(number=number)
    ///         except IntegrityError:
    ///             pass
    ///         Order.objects.count()
    ///
    /// def store_some(numbers):
    ///     for number in numbers:
    ///         with transaction.atomic():
    ///             try:
    ///                 Order.objects.create(number=number)
    ///             except IntegrityError:
    ///                 continue
    ///             Order.objects.count()
    ///
    /// def store_alone(number):
    ///     try:
    ///         Order.objects.create(number=number)
    ///     except IntegrityError:
    ///         Order.objects.count()
    ///
    /// @transaction.atomic
    /// def ask(number):
    ///     try:
    ///         Order.objects.get(number=number)
    ///     except (Order.DoesNotExist, ValueError):
    ///         Order.objects.create(number=number)
    /// ```
    DATABASE_ERROR_IN_ATOMIC = {
        code: "ORM030",
        name: "database-error-in-atomic",
        severity: Severity::Error,
        category: Category::Orm,
        dimension: Some(Dimension::ErrorHandling),
        confidence: Confidence::Likely,
        check: Check::Module(check),
    }
}

/// Django's exceptions of the database.
const ERRORS: &[&str] = &[
    "DataError",
    "DatabaseError",
    "Error",
    "IntegrityError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
];

fn check(context: &mut Context<'_>, module: ModuleId) {
    let (project, sources) = (context.project, context.sources);
    let Some(file) = project.modules.get(module).file else {
        return;
    };
    let facts = project.modules.facts(module);
    let is_any = ERRORS.iter().any(|error| facts.names.mention(error));
    if !is_any || is_test_path(&sources.file(file).path) {
        return;
    }
    for body in facts.body_ids().map(|id| facts.body(id)) {
        let mut blocks = None;
        for statement in body.all_statements() {
            let Stmt::Try(index) = statement.kind() else {
                continue;
            };
            let attempt = body.body().tries[index as usize];
            let handlers = &body.body().handlers[attempt.handlers.range()];
            let mut catching = handlers.iter().filter_map(|handler| {
                let caught = caught(project, module, body, handler)?;
                Some((handler, caught))
            });
            let Some((handler, caught)) = catching.next() else {
                continue;
            };
            let blocks = blocks.get_or_insert_with(|| project.atomic_blocks(module, body.id));
            let around = blocks.iter().rev();
            let block = around
                .filter(|block| block.span.encloses(statement.span()))
                .min_by_key(|block| block.span.end - block.span.start);
            let Some(block) = block else { continue };
            let place = Place {
                project,
                module,
                body,
                block,
                blocks: blocks.as_slice(),
            };
            let Some(broken) = place.breaking(attempt) else {
                continue;
            };
            let Some((harmed, what)) = place.harmed(statement.span(), handler, broken) else {
                continue;
            };
            let mut reported = context.report(
                Location::new(file, caught.span()),
                "the error is caught inside the transaction that it broke",
            );
            reported.help("put `with transaction.atomic():` around the statement that may fail");
            if let Some(opener) = block.opener() {
                reported.related(Location::new(file, opener), "the transaction begins here");
            }
            reported
                .related(Location::new(file, broken), "this breaks it")
                .related(Location::new(file, harmed), what);
        }
    }
}

/// The expression that names an error of the database, where a handler goes on after it.
fn caught<'a>(
    project: &Project,
    module: ModuleId,
    body: BodyRef<'a>,
    handler: &Handler,
) -> Option<ExprRef<'a>> {
    let exception = body.expr(handler.exception?);
    let is_error = |expr: ExprRef<'_>| {
        let dotted = project.modules.qualified_expr(module, expr);
        dotted.is_some_and(|dotted| {
            let last = dotted.rsplit('.').next().unwrap_or_default();
            dotted.starts_with("django.db.") && ERRORS.contains(&last)
        })
    };
    let is_caught = match exception.elements() {
        Some(mut elements) => elements.any(is_error),
        None => is_error(exception),
    };
    let span = block_span(body, handler.body)?;
    let mut statements = body.all_statements();
    let raises = statements.any(|statement| {
        let is_raise = matches!(statement.kind(), Stmt::Raise { .. });
        is_raise && span.encloses(statement.span())
    });
    let mut calls = body.exprs().filter_map(ExprRef::as_call);
    let settles = calls.any(|call| {
        let name = call.callee.as_attribute().map(|(_, name)| name);
        name.is_some_and(|name| name.contains("rollback") || name.contains("savepoint"))
    });
    (is_caught && !raises && !settles).then_some(exception)
}

/// A `try` within a block.
struct Place<'a> {
    project: &'a Project,
    module: ModuleId,
    body: BodyRef<'a>,
    block: &'a AtomicBlock,
    blocks: &'a [AtomicBlock],
}

impl<'a> Place<'a> {
    /// What the calls of the block do to the database, those within blocks of their own included.
    fn uses(&self) -> impl Iterator<Item = (CallRef<'a>, DatabaseUse)> + '_ {
        let calls = self.body.exprs().filter_map(ExprRef::as_call);
        calls.filter_map(|call| {
            let is_within = self.block.span.encloses(call.expr.span());
            let used = is_within.then(|| self.project.database_use(self.module, call))??;
            Some((call, used))
        })
    }

    /// The write of a `try` that breaks the block where it fails.
    fn breaking(&self, attempt: Try) -> Option<Span> {
        let tried = block_span(self.body, attempt.body)?;
        let mut uses = self.uses().filter(|(call, used)| {
            let span = call.expr.span();
            let is_apart = self.blocks.iter().any(|inner| {
                inner != self.block && tried.encloses(inner.span) && inner.span.encloses(span)
            });
            tried.encloses(span)
                && !is_apart
                && matches!(used, DatabaseUse::Writes { breaks: true })
        });
        uses.next().map(|(call, _)| call.expr.span())
    }

    /// What goes wrong then: a query that follows, or a write that is lost.
    fn harmed(&self, tried: Span, handler: &Handler, broken: Span) -> Option<(Span, &'static str)> {
        const FAILS: &str = "this query fails then";
        const LOST: &str = "this is rolled back then";
        let handling = block_span(self.body, handler.body)?;
        let spans = || self.uses().map(|(call, used)| (call.expr.span(), used));
        if let Some((span, _)) = spans().find(|(span, _)| handling.encloses(*span)) {
            return Some((span, FAILS));
        }
        let last = self.body.block(handler.body).last()?.kind();
        let around = self.inner_loop(tried);
        let goes_on = match (last, around) {
            (Stmt::Return(_), _) | (Stmt::Break | Stmt::Continue, None) => return None,
            (Stmt::Break, Some(around)) => around.end,
            (_, Some(_)) => return Some((broken, FAILS)),
            (_, None) => tried.end,
        };
        if let Some((span, _)) = spans().find(|(span, _)| span.start >= goes_on) {
            return Some((span, FAILS));
        }
        let lost = spans().find(|(span, used)| {
            span.end <= tried.start && matches!(used, DatabaseUse::Writes { .. })
        });
        lost.map(|(span, _)| (span, LOST))
    }

    /// The innermost loop within the block around a statement.
    fn inner_loop(&self, tried: Span) -> Option<Span> {
        let loops = self
            .body
            .all_statements()
            .filter(|statement| matches!(statement.kind(), Stmt::For { .. } | Stmt::While { .. }));
        let spans = loops.map(|around| around.span());
        spans
            .filter(|span| span.encloses(tried) && self.block.span.encloses(*span))
            .min_by_key(|span| span.end - span.start)
    }
}

/// From the first statement of a block to the last.
fn block_span(body: BodyRef<'_>, block: Run) -> Option<Span> {
    let mut statements = body.block(block);
    let first = statements.next()?.span();
    let last = statements.last().map_or(first, |last| last.span());
    Some(Span::new(first.start, last.end))
}
