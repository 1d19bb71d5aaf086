use luthier_diagnostics::{
    Category, Confidence, Dimension, Fix, FixAvailability, Location, Severity,
};
use luthier_project::Project;
use luthier_project::django::DjangoVersion;
use luthier_project::facts::ir::ComprehensionKind;
use luthier_project::facts::{Expr, ExprRef, Stmt};
use luthier_project::flows::{Ask, Held, MadeQuery};
use luthier_project::modules::{ModuleId, ValueRef};
use luthier_source::{FileId, Span};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Async code makes a query that it does not await.
    ///
    /// ## Why it matters
    ///
    /// Django refuses a query where an event loop runs: the view, consumer or bot command fails with
    /// `SynchronousOnlyOperation`. Lazy querysets hide it, since the query is made where they are first
    /// gone through, and so do foreign keys: an attribute that was not loaded with its row is a query too.
    ///
    /// Querysets and rows are followed through the functions that are called from async code. What runs in
    /// a thread by `sync_to_async` may ask, and so may everything where `DJANGO_ALLOW_ASYNC_UNSAFE` is set.
    ///
    /// ## Project
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=100)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    ///     is_open = models.BooleanField(default=True)
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/views.py
    /// from django.db import transaction
    /// from django.http import JsonResponse
    /// from shop.models import Order
    ///
    /// async def detail(request, pk):
    ///     order = Order.objects.get(pk=pk)  # fires
    ///     return JsonResponse({"customer": order.customer.name})  # fires
    ///
    /// async def listing(request):
    ///     orders = Order.objects.filter(is_open=True)
    ///     keys = []
    ///     for order in orders:  # fires
    ///         keys.append(order.pk)
    ///     return JsonResponse({"keys": keys, "again": [order.pk for order in orders.all()]})  # fires
    ///
    /// def first_key():
    ///     return Order.objects.first().pk
    ///
    /// async def newest(request):
    ///     return JsonResponse({"key": first_key()})  # fires
    ///
    /// async def close(request, pk):
    ///     with transaction.atomic():  # fires
    ///         order = await Order.objects.aget(pk=pk)
    ///         order.is_open = False
    ///         order.save()  # fires
    ///     rows = list(Order.objects.iterator())  # fires
    ///     name = Order.objects.get(pk=pk).pk  # fires
    ///     return JsonResponse({"rows": len(rows), "name": name})
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/views.py
    /// from django.db import transaction
    /// from django.http import JsonResponse
    /// from shop.models import Order
    ///
    /// async def detail(request, pk):
    ///     order = await Order.objects.aget(pk=pk)
    ///     return JsonResponse({"customer": order.customer.name})
    ///
    /// async def listing(request):
    ///     orders = Order.objects.filter(is_open=True)
    ///     keys = []
    ///     async for order in orders:
    ///         keys.append(order.pk)
    ///     return JsonResponse({"keys": keys, "again": [order.pk async for order in orders.all()]})
    ///
    /// def first_key():
    ///     return Order.objects.first().pk
    ///
    /// async def newest(request):
    ///     return JsonResponse({"key": first_key()})
    ///
    /// async def close(request, pk):
    ///     with transaction.atomic():
    ///         order = await Order.objects.aget(pk=pk)
    ///         order.is_open = False
    ///         await order.asave()
    ///     rows = [row async for row in Order.objects.aiterator()]
    ///     name = (await Order.objects.aget(pk=pk)).pk
    ///     return JsonResponse({"rows": len(rows), "name": name})
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/views.py
    /// import asyncio
    /// from asgiref.sync import sync_to_async
    /// from channels.db import database_sync_to_async
    /// from django.http import JsonResponse
    /// from shop.models import Customer, Order
    ///
    /// def first_key():
    ///     return Order.objects.first().pk
    ///
    /// @sync_to_async
    /// def last_key():
    ///     return Order.objects.last().pk
    ///
    /// def all_open():
    ///     return Order.objects.filter(is_open=True).order_by("pk")[:10]
    ///
    /// async def awaited(request, pk):
    ///     order = await Order.objects.select_related("customer").aget(pk=pk)
    ///     name = order.customer.name
    ///     keys = [order.pk async for order in all_open()]
    ///     others = order.customer.orders.exclude(pk=pk)
    ///     async for other in others.values_list("customer_id", flat=True):
    ///         keys.append(other)
    ///     if await others.aexists():
    ///         await others.aupdate(is_open=False)
    ///     made, _ = await Customer.objects.aget_or_create(name=name)
    ///     await made.asave()
    ///     return JsonResponse({"name": name, "keys": keys, "key": order.customer_id})
    ///
    /// async def in_threads(request, pk):
    ///     def inner():
    ///         return Order.objects.count()
    ///     order = await sync_to_async(Order.objects.get)(pk=pk)
    ///     keys = [await sync_to_async(first_key)(), await last_key()]
    ///     keys += [await asyncio.to_thread(first_key), await database_sync_to_async(inner)()]
    ///     name = await sync_to_async(lambda: order.customer.name)()
    ///     orders = await sync_to_async(list)(Order.objects.all())
    ///     return JsonResponse({"keys": keys, "name": name, "orders": [one.pk for one in orders]})
    ///
    /// async def gone_through(request):
    ///     orders = Order.objects.all()
    ///     async for order in orders:
    ///         pass
    ///     return JsonResponse({"count": len(orders), "keys": [order.pk for order in orders]})
    /// ```
    SYNC_QUERY_IN_ASYNC = {
        code: "ORM031",
        name: "sync-query-in-async",
        severity: Severity::Error,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Project(check),
    }
}

/// The release from which on querysets, related managers and rows all have twins to await.
///
/// Source: the release notes of Django 4.1 and 4.2.
const AWAITABLE: DjangoVersion = DjangoVersion::new(4, 2);

/// The first release that refuses queries in async code.
const REFUSING: DjangoVersion = DjangoVersion::new(3, 0);

/// Methods with a twin to await.
///
/// Source: `dir()` of the classes of querysets, related managers and models (Django 5.2).
const TWINNED: &[&str] = &[
    "add",
    "aggregate",
    "bulk_create",
    "bulk_update",
    "clear",
    "contains",
    "count",
    "create",
    "delete",
    "earliest",
    "exists",
    "explain",
    "first",
    "get",
    "get_or_create",
    "in_bulk",
    "last",
    "latest",
    "refresh_from_db",
    "remove",
    "save",
    "set",
    "update",
    "update_or_create",
];

fn check(context: &mut Context<'_>) {
    let project = context.project;
    if project.django.version < REFUSING || project.allows_blocking_in_async() {
        return;
    }
    for blocking in project.blocking_queries() {
        let message = format!(
            "{} synchronously in async code",
            asked(project, &blocking.ask)
        );
        let help = help(blocking);
        let fix = fix(context, blocking);
        let mut reported = context.report(blocking.place, message);
        reported.help(help).fix(fix);
        if blocking.is_conditional {
            reported.confidence(Confidence::Possible);
        }
        if let Some((&query, calls)) = blocking.way.split_last() {
            for &call in calls {
                reported.related(call, "which calls the code that asks");
            }
            reported.related(query, "the query is made here");
        }
    }
    for module in project.own_modules() {
        let Some(file) = project.modules.get(module).file else {
            continue;
        };
        let facts = project.modules.facts(module);
        if project.modules.is_test(module) || !facts.names.mention("atomic") {
            continue;
        }
        for function in facts.functions.iter().filter(|function| function.is_async) {
            for block in project.atomic_blocks(module, function.body) {
                let Some(opener) = block.opener() else {
                    continue;
                };
                context
                    .report(
                        Location::new(file, opener),
                        "a transaction is opened synchronously in async code",
                    )
                    .help(
                        "put what belongs into the transaction into a function of its own, and call it by \
                         `sync_to_async`",
                    );
            }
        }
    }
}

/// What is done, as the beginning of a sentence.
fn asked(project: &Project, ask: &Ask) -> String {
    let name_of = |model| &project.models.get(model).name;
    match ask {
        Ask::Relation { model, name, .. } => format!("`{}.{name}` is fetched", name_of(*model)),
        Ask::Column { model, name } => format!(
            "`{}.{name}` was left out when the row was loaded, and is fetched",
            name_of(*model)
        ),
        Ask::Method { model, name, .. } => match &**name {
            "" => format!("`{}` is queried", name_of(*model)),
            "[]" => format!("one `{}` is queried", name_of(*model)),
            name => format!("`{name}` queries `{}`", name_of(*model)),
        },
        Ask::Write { model, name, .. } => format!("`{name}` writes to `{}`", name_of(*model)),
    }
}

fn help(blocking: &MadeQuery) -> String {
    if !blocking.way.is_empty() {
        return "run the call in a thread by `sync_to_async`, or make the code that it leads to async"
            .to_owned();
    }
    match &blocking.ask {
        Ask::Relation {
            is_single: true, ..
        } if !blocking.path.names().is_empty() => format!(
            "load it with the row, by `select_related(\"{}\")`, or ask for it in `sync_to_async`",
            blocking.path.names()
        ),
        Ask::Relation {
            is_single: false, ..
        } => "go through it with `async for`".to_owned(),
        Ask::Relation { .. } | Ask::Column { .. } => {
            "load it with the row, or ask for it in `sync_to_async`".to_owned()
        }
        Ask::Method { name, .. } if name.is_empty() => {
            "go through it with `async for`, or ask `aexists()` or `acount()`".to_owned()
        }
        Ask::Method { name, .. } if &**name == "[]" => {
            "use `afirst()`, or go through it with `async for`".to_owned()
        }
        Ask::Method { name, .. } | Ask::Write { name, .. } => {
            format!("await `a{name}()`, or run it in a thread by `sync_to_async`")
        }
    }
}

fn fix(context: &Context<'_>, blocking: &MadeQuery) -> Option<Fix> {
    let project = context.project;
    let place = blocking.place;
    let module = project.modules.of_file(place.file)?;
    let facts = project.modules.facts(module);
    if project.django.version < AWAITABLE {
        return None;
    }
    let bodies = facts.functions.iter().filter(|function| function.is_async);
    let mut exprs = bodies.flat_map(|function| facts.body(function.body).exprs());
    let expr = exprs.find(|expr| expr.span() == place.span)?;
    let text = &*context.sources.file(place.file).text;
    let code = Code {
        project,
        module,
        expr,
        text,
        place,
    };
    if !blocking.way.is_empty() {
        return code.overridden();
    }
    match &blocking.ask {
        Ask::Method { name, .. } if name.is_empty() => code.gone_through(),
        Ask::Relation {
            is_single: false, ..
        } => code.gone_through(),
        Ask::Method { name, .. } | Ask::Write { name, .. } => code.called(name),
        Ask::Relation { .. } | Ask::Column { .. } => None,
    }
}

/// An expression that makes a query.
struct Code<'a> {
    project: &'a Project,
    module: ModuleId,
    expr: ExprRef<'a>,
    text: &'a str,
    place: Location,
}

impl<'a> Code<'a> {
    /// `rows.get()` becomes `await rows.aget()`.
    fn called(&self, name: &str) -> Option<Fix> {
        let call = self.expr.as_call()?;
        let (_, method) = call.callee.as_attribute()?;
        // Generators do not become async ones unseen.
        if method != name || !TWINNED.contains(&method) || self.is_in_generator() {
            return None;
        }
        let Location { file, span } = self.place;
        let method_at = call.callee.span().end - method.len() as u32;
        let is_asked_on = self.expr.body.exprs().any(|outer| match outer.kind() {
            Expr::Attribute(inner, _) | Expr::Subscript(inner, _) | Expr::Call(inner, _) => {
                inner == self.expr.id
            }
            _ => false,
        });
        let (before, after) = match is_asked_on {
            true => ("(await ", ")"),
            false => ("await ", ""),
        };
        let fix = Fix::risky(format!("Await `a{method}()`"))
            .insert(file, span.start, before)
            .insert(file, method_at, "a");
        Some(match after {
            "" => fix,
            after => fix.insert(file, span.end, after),
        })
    }

    /// A method of rows that the model's class replaces: its twin runs the replacement in a thread.
    fn overridden(&self) -> Option<Fix> {
        let (row, method) = self.expr.as_call()?.callee.as_attribute()?;
        let is_twinned = matches!(method, "delete" | "refresh_from_db" | "save");
        let is_row = matches!(self.held(row), Held::Row(_));
        (is_twinned && is_row).then(|| self.called(method))?
    }

    /// `for row in rows` becomes `async for row in rows`, and `list(rows)` a comprehension of it.
    fn gone_through(&self) -> Option<Fix> {
        let Location { file, span } = self.place;
        if self.is_in_generator() {
            return None;
        }
        if let Some(("list", rows)) = self.wrapped() {
            let before = Span::new(span.start, rows.span().start);
            let after = Span::new(rows.span().end, span.end);
            let fix = Fix::risky("Collect the rows with `async for`")
                .replace(file, before, "[row async for row in ")
                .replace(file, after, "]");
            return Some(awaiting_iterator(fix, file, rows));
        }
        let at = self.loop_at()?;
        let fix = Fix::risky("Go through the rows with `async for`").insert(file, at, "async ");
        Some(awaiting_iterator(fix, file, self.expr))
    }

    /// `list` and `rows` of `list(rows)`.
    fn wrapped(&self) -> Option<(&'a str, ExprRef<'a>)> {
        let call = self.expr.as_call()?;
        let name = call.callee.as_name()?;
        let mut arguments = call.arguments().iter();
        let only = arguments.next().filter(|only| only.keyword.is_none())?;
        arguments.next().is_none().then_some(())?;
        let rows = self.expr.at(only.value);
        self.is_rows(rows).then_some((name, rows))
    }

    /// Where the `for` stands that goes through the expression.
    fn loop_at(&self) -> Option<u32> {
        if !self.is_rows(self.expr) {
            return None;
        }
        let body = self.expr.body;
        let of_statement = body.all_statements().find_map(|statement| {
            let is_it = matches!(statement.kind(), Stmt::For { iter, .. } if iter == self.expr.id);
            is_it.then(|| statement.span().start)
        });
        of_statement.or_else(|| {
            body.exprs().find_map(|outer| {
                let Expr::Comprehension(_, element, clauses) = outer.kind() else {
                    return None;
                };
                let first = body.clauses(clauses).first()?;
                (first.iter == self.expr.id).then_some(())?;
                let start = body.expr(element).span().end;
                let end = body.expr(first.target).span().start;
                let between = self.text.get(start as usize..end as usize)?;
                Some(start + between.rfind("for ")? as u32)
            })
        })
    }

    /// Whether an expression is a queryset, which can be gone through so: pages of a paginator cannot.
    fn is_rows(&self, expr: ExprRef<'_>) -> bool {
        let called = expr.as_call().and_then(|call| call.callee.as_attribute());
        if let Some((rows, "iterator")) = called {
            return self.is_rows(rows);
        }
        matches!(self.held(expr), Held::Rows(_))
    }

    fn held(&self, expr: ExprRef<'_>) -> Held {
        self.project.held(ValueRef::of(self.module, expr))
    }

    fn is_in_generator(&self) -> bool {
        let is_around = |outer: ExprRef<'_>| {
            let is_generator = matches!(
                outer.kind(),
                Expr::Comprehension(ComprehensionKind::Generator, ..)
            );
            is_generator && outer.span().encloses(self.expr.span())
        };
        self.expr.body.exprs().any(is_around)
    }
}

/// `rows.iterator()` has a twin of its own.
fn awaiting_iterator(fix: Fix, file: FileId, rows: ExprRef<'_>) -> Fix {
    let method = rows.as_call().map(|call| call.callee);
    match method.filter(|callee| callee.last_name() == Some("iterator")) {
        Some(callee) => {
            let at = callee.span().end - "iterator".len() as u32;
            fix.insert(file, at, "a")
        }
        None => fix,
    }
}

#[cfg(test)]
mod tests {
    use super::SYNC_QUERY_IN_ASYNC;
    use crate::testing;

    const MODELS: &str = r#"
--- shop/models.py
from django.db import models

class Customer(models.Model):
    name = models.CharField(max_length=100)

class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    tags = models.ManyToManyField("Tag")

    def title(self):
        return self.customer.name

class Tag(models.Model):
    pass
"#;

    #[track_caller]
    fn check(code: &str) {
        let fixture = format!("{MODELS}--- shop/code.py\nfrom shop.models import *\n{code}");
        testing::check(&SYNC_QUERY_IN_ASYNC, &fixture);
    }

    #[test]
    fn what_django_refuses() {
        check(
            "
async def evaluated(pk):
    orders = Order.objects.all()
    if orders:  # fires
        pass
    if Order.objects.filter(pk=pk).exists():  # fires
        pass
    first = Order.objects.order_by('pk')[0]  # fires
    is_there = first in Order.objects.all()  # fires
    keys = [order.pk for order in Order.objects.iterator()]  # fires
    number = len(Order.objects.filter(pk__gt=pk))  # fires
    text = f'{Order.objects.get(pk=pk)}'  # fires

async def related(pk):
    order = await Order.objects.aget(pk=pk)
    order.tags.add(pk)  # fires
    for tag in order.tags.all():  # fires
        pass
    name = order.customer.name  # fires
    other = await Order.objects.afirst()
    print(other.title())  # fires
    return order.customer.pk
",
        );
    }

    #[test]
    fn what_runs_elsewhere() {
        check(
            "
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async

class Consumer:
    async def connect(self):
        self.order = await self.get_order()
        await database_sync_to_async(self.store)()
        rows = self.rows()

    @database_sync_to_async
    def get_order(self):
        return Order.objects.select_related('customer').get()

    def store(self):
        Order.objects.update(customer=None)

    def rows(self):
        for order in Order.objects.all():
            yield order

async def awaited(order: Order):
    name = order.customer.name
    orders = Order.objects.all()
    count = await sync_to_async(len)(orders)
    prefetched = await Order.objects.prefetch_related('tags').aget()
    order.save()  # fires
    return name, [order.pk for order in orders], list(prefetched.tags.all())
",
        );
    }

    #[test]
    fn twins_run_what_a_model_replaces() {
        let found = testing::check(
            &SYNC_QUERY_IN_ASYNC,
            "
--- shop/models.py
from django.db import models

class Order(models.Model):
    number = models.IntegerField()

    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)

    def close(self):
        self.save()
--- shop/code.py
from shop.models import Order

async def use(pk):
    order = await Order.objects.aget(pk=pk)
    order.save()  # fires
    order.close()  # fires
",
        );
        let mended = found.findings.iter().map(|finding| finding.fix.is_some());
        assert_eq!(mended.collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn where_everything_is_allowed() {
        testing::check(
            &SYNC_QUERY_IN_ASYNC,
            &format!(
                "{MODELS}--- manage.py
import os
os.environ.setdefault('DJANGO_ALLOW_ASYNC_UNSAFE', 'true')
--- shop/code.py
from shop.models import Order

async def count():
    return Order.objects.count()
"
            ),
        );
    }
}
