use luthier_diagnostics::{
    Category, Confidence, Dimension, Fix, FixAvailability, Location, Severity,
};
use luthier_project::Project;
use luthier_project::facts::ir::{BindingKind, Owner};
use luthier_project::facts::{BodyRef, Expr, ExprRef, Name, Stmt, StmtRef, is_test_path};
use luthier_project::modules::ModuleId;
use luthier_project::querysets::{AtomicBlock, RowLock};
use luthier_source::{FileId, Span};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Rows are locked one after the other, in whatever order they come.
    ///
    /// ## Why it matters
    ///
    /// A lock lasts until the transaction ends. One request that locks product 1 and then 2, and another that
    /// locks 2 and then 1, wait for each other for ever; the database ends it by cancelling one of them
    /// (`deadlock detected`), whose work is lost. It happens under load, with two customers who buy the same
    /// things, and in no test. Where all lock in the same order, the second one waits for the first.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Product(models.Model):
    ///     stock = models.IntegerField()
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from django.db import transaction
    /// from django.shortcuts import get_object_or_404
    /// from .models import Product
    ///
    /// def reserve(products):
    ///     with transaction.atomic():
    ///         for product in products:
    ///             locked = Product.objects.select_for_update().get(pk=product.pk)  # fires
    ///             locked.stock -= 1
    ///             locked.save()
    ///
    /// @transaction.atomic
    /// def reserve_by_key(basket):
    ///     for pk, amount in basket.items():
    ///         product = get_object_or_404(Product.objects.select_for_update(), pk=pk)  # fires
    ///         product.stock -= amount
    ///         product.save()
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Product(models.Model):
    ///     stock = models.IntegerField()
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from django.db import transaction
    /// from django.shortcuts import get_object_or_404
    /// from .models import Product
    ///
    /// def reserve(products):
    ///     with transaction.atomic():
    ///         for product in sorted(products, key=lambda product: product.pk):
    ///             locked = Product.objects.select_for_update().get(pk=product.pk)
    ///             locked.stock -= 1
    ///             locked.save()
    ///
    /// @transaction.atomic
    /// def reserve_by_key(basket):
    ///     for pk, amount in sorted(basket.items()):
    ///         product = get_object_or_404(Product.objects.select_for_update(), pk=pk)
    ///         product.stock -= amount
    ///         product.save()
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Product(models.Model):
    ///     stock = models.IntegerField()
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from django.db import transaction
    /// from .models import Product
    ///
    /// def reserve(products, keys, pk):
    ///     with transaction.atomic():
    ///         for product in sorted(products, key=lambda product: product.pk):
    ///             Product.objects.select_for_update().get(pk=product.pk)
    ///     with transaction.atomic():
    ///         for product in Product.objects.order_by("pk"):
    ///             Product.objects.select_for_update().get(pk=product.pk)
    ///     with transaction.atomic():
    ///         for number in range(5):
    ///             Product.objects.select_for_update().get(pk=number)
    ///     with transaction.atomic():
    ///         for key in keys:
    ///             Product.objects.select_for_update(skip_locked=True).get(pk=key)
    ///     for key in keys:
    ///         with transaction.atomic():
    ///             Product.objects.select_for_update().get(pk=key)
    ///     with transaction.atomic():
    ///         for key in keys:
    ///             Product.objects.select_for_update().get(pk=pk)
    ///     ordered = sorted(keys)
    ///     with transaction.atomic():
    ///         for key in ordered:
    ///             Product.objects.select_for_update().get(pk=key)
    ///
    /// @transaction.atomic
    /// def lock_the_first(keys):
    ///     for key in keys:
    ///         product = Product.objects.select_for_update().get(pk=key)
    ///         if product.stock:
    ///             return product
    ///
    /// @transaction.atomic
    /// def sort_before(keys):
    ///     keys.sort()
    ///     for key in keys:
    ///         Product.objects.select_for_update().get(pk=key)
    ///
    /// @transaction.atomic
    /// def lock_in_order(keys):
    ///     for product in Product.objects.filter(pk__in=keys).order_by("pk").select_for_update():
    ///         product.save()
    /// ```
    LOCK_ORDER = {
        code: "ORM029",
        name: "lock-order",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::ErrorHandling),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Module(check),
    }
}

fn check(context: &mut Context<'_>, module: ModuleId) {
    let project = context.project;
    let Some(file) = project.modules.get(module).file else {
        return;
    };
    let source = context.sources.file(file);
    let facts = project.modules.facts(module);
    if is_test_path(&source.path) || project.modules.is_migration(module) {
        return;
    }
    for body in facts.body_ids().map(|id| facts.body(id)) {
        let locks = project.row_locks(module, body);
        if locks.is_empty() {
            continue;
        }
        let blocks = project.atomic_blocks(module, body.id);
        if let Some((first, second)) = crossing(body, &blocks, &locks) {
            let model = second.model.map(|model| project.models.get(model));
            let name = model.map_or("", |model| &model.name);
            context
                .report(
                    Location::new(file, second.call.expr.span()),
                    format!("two rows of `{name}` are locked in the order in which they are given"),
                )
                .help("lock both in one query with `order_by(\"pk\")`")
                .related(
                    Location::new(file, first.call.expr.span()),
                    "another call may lock the other one first",
                );
        }
        for lock in locks {
            let Some(turn) = turn(project, module, body, &blocks, &lock) else {
                continue;
            };
            let model = lock.model.map(|model| project.models.get(model));
            let rows = match model {
                Some(model) => format!("rows of `{}`", model.name),
                None => "rows".to_owned(),
            };
            let fix = fix(&source.text, file, &turn, &lock);
            let mut reported = context.report(
                Location::new(file, lock.call.expr.span()),
                format!("{rows} are locked one by one, in the order in which they come"),
            );
            reported
                .help(
                    "lock them in one query with `order_by(\"pk\")`, or go through them in the \
                     order of their keys",
                )
                .related(
                    Location::new(file, turn.iter.span()),
                    "the order comes from here",
                )
                .fix(fix);
            if let Some(model) = model {
                reported.symbol(&*model.label).app(&*model.app_label);
            }
        }
    }
}

/// The loop that locks rows.
struct Turn<'a> {
    target: ExprRef<'a>,
    iter: ExprRef<'a>,
}

/// The loop within one transaction that locks a row at each turn, where its order is not known.
fn turn<'a>(
    project: &Project,
    module: ModuleId,
    body: BodyRef<'a>,
    blocks: &[AtomicBlock],
    lock: &RowLock<'a>,
) -> Option<Turn<'a>> {
    let span = lock.call.expr.span();
    let named: Vec<Name> = names(lock.key);
    let turn = body.all_statements().find_map(|statement| {
        let Stmt::For {
            target,
            iter,
            body: block,
            ..
        } = statement.kind()
        else {
            return None;
        };
        let mut within = body.block(block);
        let holds = within.any(|statement| statement.span().encloses(span));
        let turn = Turn {
            target: body.expr(target),
            iter: body.expr(iter),
        };
        let is_its = names(turn.target).iter().any(|name| named.contains(name));
        let is_one_transaction = blocks
            .iter()
            .filter(|block| block.span.encloses(span))
            .all(|block| block.span.encloses(statement.span()))
            && blocks
                .iter()
                .any(|block| block.span.encloses(statement.span()));
        let is_left = leaves(body, statement);
        (holds && is_its && is_one_transaction && !is_left).then_some(turn)
    })?;
    let is_unordered = !is_ordered(project, module, turn.iter, 4);
    is_unordered.then_some(turn)
}

/// Two locks of one transaction on rows of one model, by keys of two parameters that nothing compares.
fn crossing<'l, 'a>(
    body: BodyRef<'a>,
    blocks: &[AtomicBlock],
    locks: &'l [RowLock<'a>],
) -> Option<(&'l RowLock<'a>, &'l RowLock<'a>)> {
    let param = |lock: &RowLock<'a>| {
        let [name] = names(lock.key)[..] else {
            return None;
        };
        let mut bindings = body.body().bindings.iter();
        let is_given = body.is_param(name) && bindings.all(|binding| binding.name != name);
        is_given.then_some(name)
    };
    locks.iter().enumerate().find_map(|(index, first)| {
        let name = param(first)?;
        let second = locks[index + 1..].iter().find(|second| {
            let other = param(second);
            let spans = [first.call.expr.span(), second.call.expr.span()];
            let holds = |span: Span| spans.iter().all(|own| span.encloses(*own));
            let is_compared = |other: Name| {
                body.exprs().any(|expr| {
                    let both = || names(expr);
                    matches!(expr.kind(), Expr::Compare(..))
                        && both().contains(&name)
                        && both().contains(&other)
                })
            };
            let is_branched = body.all_statements().any(|statement| {
                matches!(
                    statement.kind(),
                    Stmt::If { .. } | Stmt::Match { .. } | Stmt::Try(_)
                ) && spans.iter().any(|own| statement.span().encloses(*own))
            });
            first.model.is_some()
                && first.model == second.model
                && other.is_some_and(|other| other != name && !is_compared(other))
                && blocks.iter().any(|block| holds(block.span))
                && !is_branched
        })?;
        Some((first, second))
    })
}

/// The variables in an expression.
fn names(expr: ExprRef<'_>) -> Vec<Name> {
    expr.within()
        .filter_map(|other| match other.kind() {
            Expr::Name(name) => Some(name),
            _ => None,
        })
        .collect()
}

/// Whether a loop may end after one row.
fn leaves(body: BodyRef<'_>, around: StmtRef<'_>) -> bool {
    body.all_statements().any(|statement| {
        let leaves = matches!(statement.kind(), Stmt::Break | Stmt::Return(_));
        leaves && around.span().encloses(statement.span())
    })
}

/// Whether what a loop goes through may have an order: it is sorted, counted or spelt out.
fn is_ordered(project: &Project, module: ModuleId, iter: ExprRef<'_>, steps: u32) -> bool {
    let Some(steps) = steps.checked_sub(1) else {
        return true;
    };
    let body = iter.body;
    if iter.elements().is_some() {
        return true;
    }
    if let Some(name) = iter.as_name() {
        let is_sorted = body.exprs().filter_map(ExprRef::as_call).any(|call| {
            let method = call.callee.as_attribute();
            method
                .is_some_and(|(object, method)| method == "sort" && object.as_name() == Some(name))
        });
        let mut values = body
            .body()
            .bindings
            .iter()
            .filter(|binding| iter.head() == Some(binding.name));
        let is_bound = values.any(|binding| match binding.kind {
            BindingKind::Value(value) => is_ordered(project, module, body.expr(value), steps),
            _ => true,
        });
        let is_local = matches!(body.owner(), Owner::Function(_));
        let is_given = || {
            let given = project.given(module, iter).unwrap_or_default();
            given
                .into_iter()
                .any(|(module, given)| is_ordered(project, module, given, steps))
        };
        return is_sorted || is_bound || !is_local || is_given();
    }
    // What else there is may be kept in order.
    let Some(call) = iter.as_call() else {
        return true;
    };
    match (call.callee.as_attribute(), call.callee.as_name()) {
        (None, Some("sorted" | "range")) => true,
        (None, Some("enumerate" | "list" | "reversed" | "set" | "tuple")) => {
            let given = call.positional().next();
            given.is_none_or(|given| is_ordered(project, module, given, steps))
        }
        (Some((object, "items" | "keys" | "values")), _) => {
            is_ordered(project, module, object, steps)
        }
        (Some((_, "get" | "getlist" | "pop" | "split")), _) => false,
        // A queryset without an order of its own.
        (Some(_), _) => project
            .whole_rows(module, iter)
            .is_none_or(|rows| rows.is_ordered()),
        _ => true,
    }
}

/// Goes through what is given in the order of the keys.
fn fix(text: &str, file: FileId, turn: &Turn<'_>, lock: &RowLock<'_>) -> Option<Fix> {
    let Span { start, end } = turn.iter.span();
    let iter = text.get(start as usize..end as usize)?;
    let first = match turn.target.elements() {
        Some(mut elements) => elements.next()?,
        None => turn.target,
    };
    let name = first.as_name()?;
    let sorted = if lock.key.as_name() == Some(name) {
        format!("sorted({iter})")
    } else {
        let (object, key) = lock.key.as_attribute()?;
        let is_plain = turn.target.as_name() == Some(name) && object.as_name() == Some(name);
        is_plain.then(|| format!("sorted({iter}, key=lambda {name}: {name}.{key})"))?
    };
    Some(Fix::risky("Lock in the order of the keys").replace(file, turn.iter.span(), sorted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn two_rows_that_are_given_are_locked_in_any_order() {
        testing::check(
            &LOCK_ORDER,
            r"
--- shop/models.py
from django.db import models

class Account(models.Model):
    balance = models.IntegerField()

--- shop/services.py
from django.db import transaction
from .models import Account

@transaction.atomic
def move(source_id, target, amount):
    source = Account.objects.select_for_update().get(pk=source_id)
    goal = Account.objects.select_for_update().get(pk=target.pk)  # fires
    return source, goal, amount

@transaction.atomic
def move_in_order(source_id, target_id, amount):
    if source_id > target_id:
        amount = -amount
    source = Account.objects.select_for_update().get(pk=source_id)
    return source, Account.objects.select_for_update().get(pk=target_id)

@transaction.atomic
def move_sorted(source_id, target_id):
    low, high = sorted([source_id, target_id])
    source = Account.objects.select_for_update().get(pk=low)
    return source, Account.objects.select_for_update().get(pk=high)

def move_apart(source_id, target_id):
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=source_id)
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=target_id)

@transaction.atomic
def again(source_id):
    Account.objects.select_for_update().get(pk=source_id)
    return Account.objects.select_for_update().get(pk=source_id)
",
        );
    }
}
