use luthier_diagnostics::{Category, Confidence, Dimension, Fix, FixAvailability, Severity};
use luthier_project::facts::ir::BinaryOp;
use luthier_project::facts::{Expr, ExprRef, Name, Stmt};
use luthier_project::flows::{Use, UseKind, Variable};
use luthier_project::models::ModelId;
use luthier_project::modules::ModuleId;

use super::using::{Code, is_locked};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A number of a row is computed from the value that was read before, and saved.
    ///
    /// ## Why it matters
    ///
    /// Two requests at once both read 5 and both store 6: one of the two is lost, and nobody notices. Stock
    /// is sold twice, points and counters drift away from the truth, more often the busier the site is.
    ///
    /// `F("stock") - 1` lets the database compute from what is stored at that moment;
    /// `select_for_update()` within a transaction makes others wait.
    ///
    /// Rows that the code has made itself or locks are left alone, as are management commands.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Product(models.Model):
    ///     stock = models.IntegerField()
    ///     sold = models.IntegerField(default=0)
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from django.shortcuts import get_object_or_404
    /// from shop.models import Product
    ///
    /// def sell(pk, number):
    ///     product = Product.objects.get(pk=pk)
    ///     product.stock = product.stock - number  # fires
    ///     product.sold += 1  # fires
    ///     product.save()
    ///
    /// def take(pk):
    ///     product = get_object_or_404(Product, pk=pk)
    ///     if product.stock < 1:
    ///         return None
    ///     product.stock -= 1  # fires
    ///     product.save(update_fields=["stock"])
    ///     return product
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Product(models.Model):
    ///     stock = models.IntegerField()
    ///     sold = models.IntegerField(default=0)
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from django.db.models import F
    /// from django.shortcuts import get_object_or_404
    /// from shop.models import Product
    ///
    /// def sell(pk, number):
    ///     product = Product.objects.get(pk=pk)
    ///     product.stock = F("stock") - number
    ///     product.sold = F("sold") + 1
    ///     product.save()
    ///
    /// def take(pk):
    ///     product = get_object_or_404(Product, pk=pk)
    ///     if product.stock < 1:
    ///         return None
    ///     product.stock -= 1
    ///     product.save(update_fields=["stock"])
    ///     return product
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Product(models.Model):
    ///     name = models.CharField(max_length=20)
    ///     stock = models.IntegerField()
    ///     sold = models.IntegerField(default=0)
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from django.db import transaction
    /// from django.db.models import F
    /// from shop.models import Product
    ///
    /// def sell(pk, number):
    ///     product = Product.objects.get(pk=pk)
    ///     product.stock = F("stock") - number
    ///     product.save()
    ///
    /// def locked(pk):
    ///     with transaction.atomic():
    ///         product = Product.objects.select_for_update().get(pk=pk)
    ///         product.stock -= 1
    ///         product.save()
    ///
    /// def locked_by_another(pk, other):
    ///     with transaction.atomic():
    ///         Product.objects.select_for_update().get(pk=other)
    ///         product = Product.objects.get(pk=pk)
    ///         product.stock -= 1
    ///         product.save()
    ///
    /// def given(product: Product):
    ///     product.stock -= 1
    ///     product.save()
    ///
    /// def shown(pk):
    ///     product = Product.objects.get(pk=pk)
    ///     product.stock += 1
    ///     return product.stock
    ///
    /// def counted(pk):
    ///     product = Product.objects.get(pk=pk)
    ///     product.stock = product.sold + 1
    ///     product.name += "!"
    ///     product.save()
    ///
    /// def other_fields(pk):
    ///     product = Product.objects.get(pk=pk)
    ///     product.stock += 1
    ///     product.save(update_fields=["name"])
    ///
    /// def copied(pk):
    ///     product = Product.objects.get(pk=pk)
    ///     product.pk = None
    ///     product.stock *= 2
    ///     product.save()
    ///
    /// def made():
    ///     product = Product(stock=1)
    ///     product.stock += 1
    ///     product.save()
    /// ```
    READ_MODIFY_WRITE = {
        code: "ORM015",
        name: "read-modify-write",
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
    if code.is_command() {
        return;
    }
    for variable in code
        .project
        .variables(module)
        .iter()
        .filter(|it| !it.is_shared)
    {
        let Some(row) = code.project.fetched_row(module, variable) else {
            continue;
        };
        let body = code.project.modules.facts(module).body(variable.body);
        if row.has(&["select_for_update"]) || is_locked(body) || code.is_copied(variable) {
            continue;
        }
        for used in &variable.uses {
            let Some(change) = change(code, variable, row.model, used) else {
                continue;
            };
            if !is_saved(code, variable, used, change.field) {
                continue;
            }
            let model = &code.project.models.get(row.model).name;
            let field = change.field;
            let fix = fix(code, variable, row.model, used, &change);
            let fix = fix.and_then(|fix| code.with_import(fix, "F"));
            code.report(
                context,
                change.statement,
                row.model,
                format!(
                    "`{model}.{field}` is computed from what was read before: changes made in between \
                     are lost"
                ),
            )
            .help(format!(
                "let the database compute it, with `F(\"{field}\")`, or lock the row with \
                 `select_for_update()`"
            ))
            .fix(fix);
        }
    }
}

/// A number that is computed from its own value.
struct Change<'a> {
    field: &'a str,
    name: Name,
    statement: luthier_source::Span,
    /// `row.stock`, where it is read.
    read: ExprRef<'a>,
    /// For `row.stock += number`: the sign and the number.
    added: Option<(&'static str, ExprRef<'a>)>,
}

fn change<'a>(
    code: Code<'a>,
    variable: &'a Variable,
    model: ModelId,
    used: &Use,
) -> Option<Change<'a>> {
    let facts = code.project.modules.facts(code.module);
    let body = facts.body(variable.body);
    let statement = body.stmt(used.statement?);
    let (name, read, added) = match (used.kind, statement.kind()) {
        (UseKind::Changed(name), Stmt::Augmented { op, target, value }) => {
            let sign = match op {
                BinaryOp::Add => "+",
                BinaryOp::Sub => "-",
                BinaryOp::Mult => "*",
                _ => return None,
            };
            (name, body.expr(target), Some((sign, body.expr(value))))
        }
        (UseKind::Written(name), Stmt::Assign { .. }) => {
            let (_, value) = statement.assignment()?;
            let Expr::Binary(op, left, right) = value.kind() else {
                return None;
            };
            let row = code.expr(variable.body, used.expr).as_name()?;
            let is_own = |expr: ExprRef<'_>| {
                let read = expr.as_attribute();
                read.is_some_and(|(object, field)| {
                    object.as_name() == Some(row) && field == facts.text(name)
                })
            };
            let (left, right) = (value.at(left), value.at(right));
            let read = match op {
                BinaryOp::Add | BinaryOp::Mult if is_own(right) => right,
                BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mult if is_own(left) => left,
                _ => return None,
            };
            (name, read, None)
        }
        _ => return None,
    };
    let field = facts.text(name);
    let (_, declared) = code.project.models.field(model, field)?;
    let is_number = declared.kind.is_number();
    is_number.then(|| Change {
        field,
        name,
        statement: statement.span(),
        read,
        added,
    })
}

/// Whether the row is saved later, with this field.
fn is_saved(code: Code<'_>, variable: &Variable, used: &Use, field: &str) -> bool {
    let facts = code.project.modules.facts(code.module);
    let place = code.expr(variable.body, used.expr).span();
    variable.others(used).any(|other| {
        let is_save = matches!(other.kind, UseKind::Method(name) if facts.text(name) == "save");
        let whole = code.expr(variable.body, other.whole);
        let Some(call) = whole.as_call().filter(|_| is_save) else {
            return false;
        };
        let stores = match call.keyword("update_fields") {
            None => !call.is_open(),
            Some(fields) => fields
                .elements()
                .is_some_and(|mut names| names.any(|name| name.as_str() == Some(field))),
        };
        stores && whole.span().start > place.end
    })
}

/// Writes `F("stock")` for what is read, where nothing but saving is done with the row then.
fn fix(
    code: Code<'_>,
    variable: &Variable,
    model: ModelId,
    used: &Use,
    change: &Change<'_>,
) -> Option<Fix> {
    let facts = code.project.modules.facts(code.module);
    let place = code.expr(variable.body, used.expr).span();
    let is_simple = variable.others(used).all(|other| {
        let expr = code.expr(variable.body, other.expr);
        let is_read_here = change.read.span().encloses(expr.span());
        is_read_here
            || match other.kind {
                UseKind::Method(name) => facts.text(name) == "save",
                UseKind::Read(name) => name != change.name,
                UseKind::Written(name) | UseKind::Changed(name) => name != change.name,
                UseKind::Tested | UseKind::Truth => true,
                _ => expr.span().end < place.start,
            }
    });
    if !is_simple || !code.project.saves_plainly(model) {
        return None;
    }
    let field = change.field;
    let fix = Fix::safe("Let the database compute it");
    let text = &code.source.text;
    match change.added {
        None => Some(fix.replace(code.file, change.read.span(), format!("F(\"{field}\")"))),
        Some((sign, value)) => {
            let is_atom = matches!(
                value.kind(),
                Expr::Int(_)
                    | Expr::Number(_)
                    | Expr::Name(_)
                    | Expr::Attribute(..)
                    | Expr::Call(..)
            );
            let (row, value) = (change.read.span().text(text), value.span().text(text));
            let is_plain = !change.statement.text(text).contains('#');
            (is_atom && is_plain).then(|| {
                let written = format!("{row} = F(\"{field}\") {sign} {value}");
                fix.replace(code.file, change.statement, written)
            })
        }
    }
}
