use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::facts::ir::BindingKind;
use luthier_project::facts::{
    BodyRef, CallRef, Expr, ExprRef, Name, Run, Stmt, StmtRef, is_command_path, is_test_path,
};
use luthier_project::flows::Held;
use luthier_project::models::ModelId;
use luthier_project::modules::{Definition, FunctionRef, ModuleId, ValueRef};
use luthier_project::querysets::DatabaseUse;
use luthier_project::tasks::TaskCode;
use luthier_source::Span;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A row and what belongs to it are written one after the other, and nothing holds them together.
    ///
    /// ## Why it matters
    ///
    /// Each write is stored at once. When the second one fails, or the worker is stopped between them, the
    /// first one stays: an order without lines, a payment for an order that is still open. Whoever tries again
    /// makes a second half. In a transaction both are stored or neither.
    ///
    /// Functions count that surely run outside of a transaction, by all ways that lead to them; where requests
    /// lead there, `ATOMIC_REQUESTS` is off. What handles the failure by itself is left alone, and so is what
    /// waits for something else between the writes.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shop"]
    /// ROOT_URLCONF = "config.urls"
    /// DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}
    /// ```
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     is_paid = models.BooleanField(default=False)
    ///     number = models.CharField(max_length=20)
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    ///
    /// class Payment(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE)
    ///
    /// class Customer(models.Model):
    ///     user = models.OneToOneField("auth.User", models.CASCADE)
    /// ```
    /// ```python file=config/urls.py
    /// from django.urls import path
    /// from shop import views
    ///
    /// urlpatterns = [
    ///     path("<int:pk>/pay/", views.pay),
    ///     path("<int:pk>/copy/", views.copy),
    ///     path("join/", views.join),
    /// ]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/views.py
    /// from django import forms
    /// from django.contrib.auth.models import User
    /// from django.http import HttpResponse
    /// from django.views.decorators.csrf import csrf_exempt
    /// from .models import Customer, Line, Order, Payment
    /// from .services import make, make_with_lines
    ///
    /// class OrderForm(forms.ModelForm):
    ///     class Meta:
    ///         model = Order
    ///         fields = ["number"]
    ///
    /// @csrf_exempt
    /// def pay(request, pk):
    ///     order = Order.objects.get(pk=pk)
    ///     Payment.objects.create(order=order)
    ///     order.is_paid = True
    ///     order.save()  # fires
    ///     return HttpResponse()
    ///
    /// def copy(request, pk):
    ///     make(request.POST.getlist("line"))
    ///     make_with_lines(request.POST.getlist("line"))
    ///     form = OrderForm(request.POST)
    ///     if form.is_valid():
    ///         order = form.save()
    ///         Line.objects.create(order=order)  # fires
    ///     return HttpResponse()
    ///
    /// def join(request):
    ///     user = User.objects.create_user("somebody")
    ///     return HttpResponse(Customer.objects.create(user=user))  # fires
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from .models import Line, Order
    ///
    /// def make(lines):
    ///     order = Order.objects.create(number="1")
    ///     for line in lines:
    ///         Line.objects.create(order=order)  # fires
    ///
    /// def make_with_lines(lines):
    ///     order = Order(number="1")
    ///     order.save()
    ///     Line.objects.bulk_create([Line(order=order) for line in lines])  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/views.py
    /// import requests
    /// from django.contrib.auth.models import User
    /// from django.db import transaction
    /// from django.http import HttpResponse
    /// from .models import Customer, Line, Order, Payment
    /// from .services import make, make_again, make_and_ask
    ///
    /// @transaction.atomic
    /// def pay(request, pk):
    ///     order = Order.objects.get(pk=pk)
    ///     Payment.objects.create(order=order)
    ///     order.is_paid = True
    ///     order.save()
    ///     return HttpResponse()
    ///
    /// def copy(request, pk):
    ///     with transaction.atomic():
    ///         make(request.POST.getlist("line"))
    ///     make_again(pk)
    ///     make_and_ask(pk)
    ///     return HttpResponse()
    ///
    /// @transaction.atomic
    /// def join(request):
    ///     user = User.objects.create_user("somebody")
    ///     return HttpResponse(Customer.objects.create(user=user))
    /// ```
    ///
    /// ```python file=shop/services.py
    /// import requests
    /// from django import forms
    /// from .models import Line, Order, Payment
    ///
    /// class OrderForm(forms.ModelForm):
    ///     class Meta:
    ///         model = Order
    ///         fields = ["number"]
    ///
    /// def make(lines):
    ///     order = Order.objects.create(number="1")
    ///     for line in lines:
    ///         Line.objects.create(order=order)
    ///
    /// def make_again(pk):
    ///     order = Order.objects.create(number="1")
    ///     order.number = f"order-{order.pk}"
    ///     order.save()
    ///     Order.objects.filter(pk=order.pk).update(is_paid=True)
    ///     other, _ = Order.objects.get_or_create(number="2")
    ///     Line.objects.create(order=other)
    ///     form = OrderForm({"number": "1"})
    ///     kept = form.save(commit=False)
    ///     Line.objects.create(order=kept)
    ///     if pk:
    ///         payment = Payment.objects.create(order=other)
    ///     else:
    ///         Order.objects.filter(pk=payment).delete()
    ///
    /// def make_and_ask(pk):
    ///     order = Order.objects.create(number="1")
    ///     requests.post("https://example.com", json={"order": order.pk}, timeout=5)
    ///     Line.objects.create(order=order)
    ///     another = Order.objects.create(number="2")
    ///     try:
    ///         Line.objects.create(order=another)
    ///     except ValueError:
    ///         another.delete()
    ///
    /// class Maker:
    ///     def called_by_somebody(self):
    ///         order = Order.objects.create(number="1")
    ///         Line.objects.create(order=order)
    /// ```
    MISSING_TRANSACTION = {
        code: "ORM027",
        name: "missing-transaction",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::ErrorHandling),
        confidence: Confidence::Likely,
        check: Check::Module(check),
    }
}

fn check(context: &mut Context<'_>, module: ModuleId) {
    let project = context.project;
    let Some(file) = project.modules.get(module).file else {
        return;
    };
    let facts = project.modules.facts(module);
    let path = &context.sources.file(file).path;
    let is_apart = is_test_path(path) || is_command_path(path);
    if is_apart || project.modules.is_migration(module) {
        return;
    }
    for function in facts.function_ids() {
        let function = FunctionRef { module, function };
        let body = project.modules.function_body(function);
        let writes = writes(project, module, body);
        let Some((first, second)) = pair(project, function, &writes) else {
            continue;
        };
        if !project.runs_outside_transactions(function) {
            continue;
        }
        let name = |write: &Write<'_>| project.models.get(write.model).name.to_string();
        let (one, other) = (name(first), name(second));
        let what = match one == other {
            true => format!("rows of `{one}` that belong together are"),
            false => format!("`{one}` and the `{other}` that goes with it are"),
        };
        context
            .report(
                Location::new(file, second.call.expr.span()),
                format!("{what} written without a transaction"),
            )
            .help("put both into `with transaction.atomic():`")
            .related(
                Location::new(file, first.call.expr.span()),
                "stored already when the other write fails",
            )
            .symbol(project.modules.qualified_function(function));
    }
}

/// A call that surely writes.
struct Write<'a> {
    call: CallRef<'a>,
    model: ModelId,
    /// The variable that holds the row which is made.
    made: Option<Name>,
    /// The variable that holds the row which is written, where it was there before.
    row: Option<Name>,
}

fn writes<'a>(project: &Project, module: ModuleId, body: BodyRef<'a>) -> Vec<Write<'a>> {
    let mut found = Vec::new();
    for call in body.exprs().filter_map(ExprRef::as_call) {
        let Some((object, method)) = call.callee.as_attribute() else {
            continue;
        };
        if is_guarded(body, call.expr.span()) {
            continue;
        }
        if let Some(model) = project.stored_apart(module, call) {
            found.push(Write {
                call,
                model,
                made: assigned(body, call.expr),
                row: None,
            });
            continue;
        }
        let is_write = matches!(
            project.database_use(module, call),
            Some(DatabaseUse::Writes { .. })
        );
        if !is_write {
            continue;
        }
        let held = project.held(ValueRef::of(module, object));
        let (Held::Row(model) | Held::Rows(model)) = held else {
            continue;
        };
        let is_own = matches!(object.kind(), Expr::Name(_));
        let row = is_own.then(|| object.head()).flatten();
        let is_new = row.is_some_and(|row| is_made_here(project, module, body, row));
        // What `get_or_create()` made is found by whoever tries again.
        let makes = method == "create";
        found.push(Write {
            call,
            model,
            made: match (makes, is_new) {
                (true, _) => assigned(body, call.expr),
                (false, true) => row,
                (false, false) => None,
            },
            row: row.filter(|_| !is_new),
        });
    }
    found.sort_by_key(|write| write.call.expr.span());
    found
}

/// Whether code stands in a `with` statement, or in a `try` that handles what goes wrong.
fn is_guarded(body: BodyRef<'_>, span: Span) -> bool {
    body.all_statements().any(|statement| {
        let guards = match statement.kind() {
            Stmt::With { .. } => true,
            Stmt::Try(index) => !body.body().tries[index as usize].handlers.is_empty(),
            _ => false,
        };
        guards && statement.span().encloses(span)
    })
}

/// The variable that a statement gives what an expression gives; of `row, is_new = ...` the first.
fn assigned(body: BodyRef<'_>, value: ExprRef<'_>) -> Option<Name> {
    body.all_statements().find_map(|statement| {
        let (target, given) = statement.assignment()?;
        if given.id != value.id {
            return None;
        }
        match target.elements() {
            Some(mut elements) => elements.next()?.head(),
            None => target.head().filter(|_| target.as_name().is_some()),
        }
    })
}

/// Whether the only value of a variable is a new row: `Order(...)`.
fn is_made_here(project: &Project, module: ModuleId, body: BodyRef<'_>, name: Name) -> bool {
    let mut bindings = body
        .body()
        .bindings
        .iter()
        .filter(|binding| binding.name == name);
    let (Some(only), None) = (bindings.next(), bindings.next()) else {
        return false;
    };
    let BindingKind::Value(value) = only.kind else {
        return false;
    };
    let callee = body.expr(value).as_call().map(|call| call.callee);
    let class = callee.map(|callee| project.modules.resolve_expr(module, callee));
    matches!(class, Some(Definition::Class(class))
        if project.models.by_class(class).is_some())
}

/// The first two writes of which the second surely follows and hangs on the first.
fn pair<'w, 'a>(
    project: &Project,
    function: FunctionRef,
    writes: &'w [Write<'a>],
) -> Option<(&'w Write<'a>, &'w Write<'a>)> {
    let tasks = &project.tasks.tasks;
    let is_task = tasks
        .iter()
        .any(|task| task.code == TaskCode::Function(function));
    writes.iter().enumerate().find_map(|(index, first)| {
        let second = writes[index + 1..].iter().find(|second| {
            let is_same_row = first.model == second.model
                && matches!(second.call.callee.last_name(), Some("delete" | "update"));
            let hangs = first
                .made
                .is_some_and(|made| !is_same_row && belongs(second, made))
                || !is_task && closes(first, second, writes);
            hangs
                && follows(first.call.expr, second.call.expr)
                && !waits_between(project, function.module, first, second)
        })?;
        Some((first, second))
    })
}

/// Whether a write is of another row, and is given a row or begins at it.
fn belongs(write: &Write<'_>, row: Name) -> bool {
    let is_own = write.row == Some(row) || write.made == Some(row);
    let mut within = write.call.expr.within();
    !is_own && within.any(|expr| matches!(expr.kind(), Expr::Name(name) if name == row))
}

/// Whether a write changes a row for what the first one made of it: the only time that it is saved.
fn closes(first: &Write<'_>, second: &Write<'_>, writes: &[Write<'_>]) -> bool {
    let Some(row) = second.row else {
        return false;
    };
    let makes = first.call.callee.last_name() == Some("create");
    let is_only = writes.iter().filter(|write| write.row == Some(row)).count() == 1;
    makes && is_only && belongs(first, row) && second.call.callee.last_name() == Some("save")
}

/// Whether code comes behind other code wherever that ran.
fn follows(first: ExprRef<'_>, second: ExprRef<'_>) -> bool {
    let body = first.body;
    let holds = |run: Run, span: Span| {
        let mut statements = body.block(run);
        statements.any(|statement: StmtRef<'_>| statement.span().encloses(span))
    };
    let blocks = body.all_statements().flat_map(|statement| {
        let runs = match statement.kind() {
            Stmt::If { body, orelse, .. }
            | Stmt::For { body, orelse, .. }
            | Stmt::While { body, orelse, .. } => vec![body, orelse],
            Stmt::Match { cases, .. } => {
                let cases = &body.body().cases[cases.range()];
                cases.iter().map(|case| case.body).collect()
            }
            Stmt::Try(index) => {
                let tried = &body.body().tries[index as usize];
                vec![tried.body, tried.orelse, tried.finally]
            }
            _ => Vec::new(),
        };
        runs.into_iter()
    });
    // A block that has the first, and not the second, may be passed by.
    !blocks
        .into_iter()
        .any(|run| holds(run, first.span()) && !holds(run, second.span()))
}

/// Whether something is asked of others between two writes: a transaction would wait for it.
fn waits_between(
    project: &Project,
    module: ModuleId,
    first: &Write<'_>,
    second: &Write<'_>,
) -> bool {
    let between = Span::new(first.call.expr.span().end, second.call.expr.span().start);
    let mut calls = first.call.expr.body.exprs().filter_map(ExprRef::as_call);
    calls.any(|call| {
        between.encloses(call.expr.span())
            && (project.slow_work(module, call).is_some() || project.effect(module, call).is_some())
    })
}
