use luthier_diagnostics::{
    Category, Confidence, Dimension, Fix, FixAvailability, Location, Severity,
};
use luthier_project::Project;
use luthier_project::constant::Constant;
use luthier_project::facts::ir::{BindingKind, Owner};
use luthier_project::facts::{BodyRef, Expr, ExprRef, Stmt, is_test_path};
use luthier_project::flows::Held;
use luthier_project::models::{Field, FieldKind, ModelId};
use luthier_project::modules::{Definition, ModuleId, ValueRef};
use luthier_project::querysets::ChainStart;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A related row is fetched for its key alone, which the row at hand has already.
    ///
    /// ## Why it matters
    ///
    /// `order.customer.id` asks the database for the whole customer, to read a number that stands in the
    /// order's own column: `order.customer_id`. It is one query more in each request that comes by.
    ///
    /// Rows that a loop goes through are left to ORM001, and so is everything where the related row may be
    /// there already: it is used besides, was set, or came with the query.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///
    ///     def path(self):
    ///         return f"orders/{self.customer.id}/{self.pk}"  # fires
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE)
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from django.shortcuts import get_object_or_404
    /// from .models import Line, Order
    ///
    /// def owner(pk):
    ///     order = get_object_or_404(Order, pk=pk)
    ///     return order.customer.pk  # fires
    ///
    /// def owner_of_line(pk):
    ///     line = Line.objects.filter(pk=pk).get()
    ///     return line.order.customer.id  # fires
    ///
    /// def is_of(order: Order, pk):
    ///     return pk == order.customer.id  # fires
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///
    ///     def path(self):
    ///         return f"orders/{self.customer_id}/{self.pk}"
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE)
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from django.shortcuts import get_object_or_404
    /// from .models import Line, Order
    ///
    /// def owner(pk):
    ///     order = get_object_or_404(Order, pk=pk)
    ///     return order.customer_id
    ///
    /// def owner_of_line(pk):
    ///     line = Line.objects.filter(pk=pk).get()
    ///     return line.order.customer_id
    ///
    /// def is_of(order: Order, pk):
    ///     return pk == order.customer_id
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=20)
    ///     number = models.CharField(max_length=20, unique=True)
    ///
    /// class OrderManager(models.Manager):
    ///     def get_queryset(self):
    ///         return super().get_queryset().select_related("customer")
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     payer = models.ForeignKey(Customer, models.CASCADE, to_field="number", related_name="+")
    ///     full = OrderManager()
    ///     objects = models.Manager()
    ///
    ///     def path(self):
    ///         return f"orders/{self.customer.id}/{self.customer.name}"
    ///
    ///     def check(self):
    ///         return self.customer_id, self.payer.id, self.pk, self.lines.pk
    ///
    ///     def payer_name(self):
    ///         return self.customer.name
    ///
    ///     def title(self):
    ///         return f"{self.payer_name()} ({self.customer.pk})"
    ///
    /// class Line(models.Model):
    ///     order = models.OneToOneField(Order, models.CASCADE, related_name="lines")
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from .models import Customer, Line, Order
    ///
    /// def owner(pk):
    ///     order = Order.objects.select_related("customer").get(pk=pk)
    ///     return order.customer.pk
    ///
    /// def owner_by_manager(pk):
    ///     order = Order.full.get(pk=pk)
    ///     return order.customer.pk
    ///
    /// def owner_of_what_is_made(customer):
    ///     order = Order.objects.create(customer=customer, payer=customer)
    ///     return order.customer.pk
    ///
    /// def owner_of_what_is_given(order):
    ///     return order.customer.pk
    ///
    /// def change(order: Order, customer):
    ///     order.customer = customer
    ///     return order.customer.pk
    ///
    /// def owners():
    ///     return [order.customer.pk for order in Order.objects.select_related("customer")]
    ///
    /// def few_columns(pk):
    ///     order = Order.objects.only("pk").get(pk=pk)
    ///     return order.customer.pk
    /// ```
    KEY_THROUGH_OBJECT = {
        code: "ORM041",
        name: "key-through-object",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Module(check),
    }
}

/// Methods that say which columns and relations come with a row.
const LOADING: &[&str] = &["defer", "only", "prefetch_related", "select_related"];

fn check(context: &mut Context<'_>, module: ModuleId) {
    let project = context.project;
    let Some(file) = project.modules.get(module).file else {
        return;
    };
    let source = context.sources.file(file);
    if is_test_path(&source.path) || project.modules.is_migration(module) {
        return;
    }
    let facts = project.modules.facts(module);
    for body in facts.body_ids().map(|id| facts.body(id)) {
        for expr in body.exprs() {
            let Some(read) = key_read(project, module, expr) else {
                continue;
            };
            let Read {
                row, field, target, ..
            } = read;
            let is_needed = is_used_besides(expr, &read)
                || is_used_by_methods(project, body, &read)
                || is_changed(body, expr)
                || !is_fetched_bare(project, module, row);
            if is_needed {
                continue;
            }
            let Some(written) = row.dotted() else {
                continue;
            };
            let relation = &field.name;
            let key = field.attname();
            let text = &source.text[row.span().start as usize..row.span().end as usize];
            let is_sure = field.null() == Some(false)
                && field.argument("db_constraint").and_then(Constant::truth) != Some(false);
            let fix = is_sure.then(|| {
                Fix::safe("Read the row's own column").replace(
                    file,
                    expr.span(),
                    format!("{text}.{key}"),
                )
            });
            let target = project.models.get(target);
            let message = format!(
                "`{written}.{relation}` is fetched for its key alone, which `{written}` has already"
            );
            context
                .report(Location::new(file, expr.span()), message)
                .help(format!("read `{written}.{key}`"))
                .symbol(&*target.label)
                .app(&*target.app_label)
                .fix(fix);
        }
    }
}

/// `row.relation.key`
struct Read<'a, 'b> {
    row: ExprRef<'b>,
    /// The model of the row.
    model: ModelId,
    /// The relation of the row.
    field: &'a Field,
    /// The model that it leads to.
    target: ModelId,
    /// `row.relation`
    related: ExprRef<'b>,
}

fn key_read<'a, 'b>(
    project: &'a Project,
    module: ModuleId,
    expr: ExprRef<'b>,
) -> Option<Read<'a, 'b>> {
    let (related, key) = expr.as_attribute()?;
    let (row, relation) = related.as_attribute()?;
    if !matches!(key, "id" | "pk") {
        return None;
    }
    let held = project.held(ValueRef::of(module, row));
    let Held::Row(model) = held else {
        return None;
    };
    let (_, field) = project.models.field(model, relation)?;
    let is_key = matches!(field.kind, FieldKind::ForeignKey | FieldKind::OneToOne);
    let target = field.relation().filter(|_| is_key)?.to.model()?;
    let is_own = key == "pk" || project.models.get(target).pk.as_deref() == Some("id");
    let is_plain = !field.is_open() && field.argument("to_field").is_none();
    (is_own && is_plain).then_some(Read {
        row,
        model,
        field,
        target,
        related,
    })
}

/// Whether the same code uses the related row for something else.
fn is_used_besides(expr: ExprRef<'_>, read: &Read<'_, '_>) -> bool {
    let written = read.related.dotted();
    let facts = expr.facts();
    let root = read.row.head();
    let bodies = || facts.body_ids().map(|id| facts.body(id));
    // Functions within this one see the same names.
    let is_near = |body: BodyRef<'_>| body.id == expr.body.id || body.body().parent == expr.body.id;
    let uses = bodies().filter(|body| is_near(*body)).flat_map(|body| {
        let same = body.exprs().filter(|other| {
            matches!(other.kind(), Expr::Attribute(..))
                && other.head() == root
                && other.dotted() == written
        });
        same.collect::<Vec<_>>()
    });
    let keys = bodies().filter(|body| is_near(*body)).flat_map(|body| {
        let keys = body.exprs().filter(|other| {
            other.as_attribute().is_some_and(|(inner, name)| {
                matches!(name, "id" | "pk") && inner.head() == root && inner.dotted() == written
            })
        });
        keys.collect::<Vec<_>>()
    });
    uses.count() > keys.count()
}

/// Whether a method that the same code calls on the row uses the related row.
fn is_used_by_methods(project: &Project, body: BodyRef<'_>, read: &Read<'_, '_>) -> bool {
    let Some(class) = project.models.get(read.model).class else {
        return false;
    };
    let written = read.row.dotted();
    let mut calls = body.exprs().filter_map(ExprRef::as_call);
    calls.any(|call| {
        let method = call.callee.as_attribute();
        let Some((_, name)) = method.filter(|(object, _)| object.dotted() == written) else {
            return false;
        };
        let Definition::Function(method) = project.modules.class_member(class, name) else {
            return false;
        };
        let mut exprs = project.modules.function_body(method).exprs();
        exprs.any(|expr| {
            expr.as_attribute()
                .is_some_and(|(_, name)| name == &*read.field.name)
        })
    })
}

/// Whether the key itself is set or deleted.
fn is_changed(body: BodyRef<'_>, expr: ExprRef<'_>) -> bool {
    body.all_statements().any(|statement| {
        let targets = match statement.kind() {
            Stmt::Assign { targets, .. } | Stmt::Delete(targets) => {
                body.list(targets).map(|target| target.id).collect()
            }
            Stmt::Augmented { target, .. } | Stmt::Annotated { target, .. } => vec![target],
            _ => Vec::new(),
        };
        targets.contains(&expr.id)
    })
}

/// Whether a row surely was fetched without the rows that it leads to.
fn is_fetched_bare(project: &Project, module: ModuleId, row: ExprRef<'_>) -> bool {
    let mut root = row;
    while let Some((object, _)) = root.as_attribute() {
        root = object;
    }
    let Some(name) = root.as_name() else {
        return false;
    };
    let body = root.body;
    let Owner::Function(function) = body.owner() else {
        return false;
    };
    let mut bindings = body.body().bindings.iter();
    let facts = body.facts;
    let own = bindings.find(|binding| facts.text(binding.name) == name);
    let declared = facts.function(function);
    let Some(binding) = own else {
        // A row's own method, or an annotation says what it is.
        let mut params = declared.params.iter();
        return params.any(|param| facts.text(param.name) == name);
    };
    let more = body
        .body()
        .bindings
        .iter()
        .filter(|other| other.name == binding.name)
        .count();
    let BindingKind::Value(value) = binding.kind else {
        return false;
    };
    if more > 1 || body.is_param(binding.name) {
        return false;
    }
    let Some(call) = body.expr(value).as_call() else {
        return false;
    };
    let (rows, is_class) = match call.callee.as_attribute() {
        Some((rows, "get" | "first" | "last" | "earliest" | "latest" | "aget" | "afirst")) => {
            (Some(rows), false)
        }
        None if call.callee.as_name() == Some("get_object_or_404") => {
            (call.positional().next(), true)
        }
        _ => (None, false),
    };
    let Some(rows) = rows else {
        return false;
    };
    let place = ValueRef::of(module, rows);
    let chain = project.chain(place).or_else(|| {
        is_class
            .then(|| project.whole_table(module, project.modules.value(place)))
            .flatten()
    });
    // A row of a relation has the row at its other end.
    chain.is_some_and(|chain| {
        matches!(chain.start, ChainStart::All)
            && chain
                .methods()
                .all(|(method, _)| !LOADING.contains(&method))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn keys_that_may_be_null_are_left_to_people() {
        let found = testing::check(
            &KEY_THROUGH_OBJECT,
            r"
--- shop/models.py
from django.db import models

class Coupon(models.Model):
    code = models.CharField(max_length=20)

class Order(models.Model):
    coupon = models.ForeignKey(Coupon, models.CASCADE, null=True)

    def path(self):
        return self.coupon.id  # fires

    def other(self):
        return self.coupon.id if self.coupon else None
",
        );
        assert!(found.findings.iter().all(|finding| finding.fix.is_none()));
    }
}
