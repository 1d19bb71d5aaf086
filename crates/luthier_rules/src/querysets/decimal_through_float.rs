use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::facts::ir::UnaryOp;
use luthier_project::facts::{BodyRef, CallRef, Expr, ExprRef, is_test_path};
use luthier_project::flows::{Amount, Held};
use luthier_project::models::FieldKind;
use luthier_project::modules::{ModuleId, ValueRef};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// An exact amount is computed or rounded through `float`.
    ///
    /// ## Why it matters
    ///
    /// A float cannot hold most decimal fractions: `float(Decimal("1.10")) * 3` is 3.3000000000000003, and
    /// `round(2.675, 2)` is 2.67. What comes of it is a cent too much or too little now and then, on an
    /// invoice here and in a sum there, and nobody can say why. `Decimal(0.1)` is
    /// 0.1000000000000000055511151231257827.
    ///
    /// Only what becomes an amount again counts: what is made a `Decimal`, rounded to digits, or stored in a
    /// decimal field. Floats for charts, for JSON and for shares of amounts are left alone.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     total = models.DecimalField(max_digits=8, decimal_places=2)
    ///     weight = models.FloatField()
    ///
    ///     def raise_by(self, percent):
    ///         self.total = float(self.total) * (1 + percent / 100)  # fires
    ///         self.save()
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from decimal import Decimal
    /// from .models import Order
    ///
    /// SMALL = Decimal(0.01)  # fires
    ///
    /// def discount(pk, percent):
    ///     order = Order.objects.get(pk=pk)
    ///     order.total = Decimal(float(order.total) * (1 - percent / 100))  # fires
    ///     order.save()
    ///     return gross(order.total)
    ///
    /// def gross(net, rate=0.19):
    ///     price = float(net)
    ///     return round(price * (1 + rate), 2)  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     total = models.DecimalField(max_digits=8, decimal_places=2)
    ///     limit = models.DecimalField(max_digits=8, decimal_places=2)
    ///     weight = models.FloatField()
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from decimal import ROUND_HALF_UP, Decimal
    /// from .models import Order
    ///
    /// SMALL = Decimal("0.01")
    /// HALF = Decimal(0.5)
    /// LARGE = Decimal(1e6)
    ///
    /// def discount(pk, percent, text):
    ///     order = Order.objects.get(pk=pk)
    ///     order.total = (order.total * (100 - percent) / 100).quantize(SMALL, ROUND_HALF_UP)
    ///     order.weight = float(order.total) * 2.5
    ///     order.save()
    ///     share = round(float(order.total) / float(order.limit) * 100, 2)
    ///     points = int(float(order.total) * 10), round(float(order.total))
    ///     return {"total": float(order.total), "share": share, "sum": Decimal(str(float(text)))}
    ///
    /// def heavy(order: Order):
    ///     return Decimal(order.weight), round(order.weight * 1.5, 2), round(float(order.weight), 1)
    /// ```
    DECIMAL_THROUGH_FLOAT = {
        code: "ORM042",
        name: "decimal-through-float",
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
    if is_test_path(&context.sources.file(file).path) || project.modules.is_migration(module) {
        return;
    }
    for body in facts.body_ids().map(|id| facts.body(id)) {
        let made = body.exprs().filter_map(ExprRef::as_call);
        let mut found: Vec<(ExprRef<'_>, Loss<'_>)> = made
            .filter_map(|call| Some((call.expr, of_call(project, module, call)?)))
            .collect();
        found.extend(stored(project, module, body));
        found.sort_by_key(|(expr, _)| (expr.span().start, std::cmp::Reverse(expr.span().end)));
        let mut last: Option<ExprRef<'_>> = None;
        for (expr, loss) in found {
            // One finding for an expression: what stands within it has the same cause.
            if last.is_some_and(|last| last.span().encloses(expr.span())) {
                continue;
            }
            last = Some(expr);
            report(context, Location::new(file, expr.span()), &loss);
        }
    }
}

fn report(context: &mut Context<'_>, location: Location, loss: &Loss<'_>) {
    let Loss::Amount(Amount { model, field }) = loss else {
        context
            .report(location, "`Decimal` is made of a float, which is not exact")
            .help("write the number as text: `Decimal(\"0.1\")`");
        return;
    };
    let model = context.project.models.get(*model);
    let message = format!(
        "the exact amount of `{}.{}` is computed through `float`",
        model.name, field.name
    );
    context
        .report(location, message)
        .help("stay with `Decimal`: write constants as text, and round with `quantize()`")
        .symbol(&*model.label)
        .app(&*model.app_label);
}

/// What is lost.
enum Loss<'a> {
    /// The digits of a number in the code.
    Literal,
    Amount(Amount<'a>),
}

/// `Decimal(0.1)`, `Decimal(float(order.total) * 2)`, `round(float(order.total) * 1.19, 2)`
fn of_call<'a>(project: &'a Project, module: ModuleId, call: CallRef<'_>) -> Option<Loss<'a>> {
    let given = call.positional().next()?;
    let name = call.callee.last_name()?;
    if name == "round" && call.positional().count() == 2 {
        let is_computed = |value: ExprRef<'_>| matches!(value.kind(), Expr::Binary(..));
        let amount = project.floated_amount(module, given);
        return amount.filter(|_| is_computed(given)).map(Loss::Amount);
    }
    if name != "Decimal" {
        return None;
    }
    let dotted = project.modules.qualified_expr(module, call.callee)?;
    if dotted != "decimal.Decimal" || !project.is_float(module, given) {
        return None;
    }
    if is_inexact(given) {
        return Some(Loss::Literal);
    }
    project.floated_amount(module, given).map(Loss::Amount)
}

/// Whether a number in the code has digits that no float holds: the part behind the point is no sum
/// of halves, quarters and so on.
fn is_inexact(value: ExprRef<'_>) -> bool {
    match value.kind() {
        Expr::Unary(UnaryOp::Minus | UnaryOp::Plus, inner) => is_inexact(value.at(inner)),
        Expr::Number(text) => {
            let text = value.facts().text(text);
            let Some((_, digits)) = text.split_once('.') else {
                return false;
            };
            let digits = digits.trim_end_matches('0');
            let Ok(number) = digits.parse::<u64>() else {
                return false;
            };
            let places = u32::try_from(digits.len()).unwrap_or(u32::MAX);
            5_u64
                .checked_pow(places)
                .is_some_and(|unit| number % unit != 0)
        }
        _ => false,
    }
}

/// `order.total = float(order.total) * 2`
fn stored<'a, 'b>(
    project: &'a Project,
    module: ModuleId,
    body: BodyRef<'b>,
) -> impl Iterator<Item = (ExprRef<'b>, Loss<'a>)> {
    body.all_statements().filter_map(move |statement| {
        let (target, value) = statement.assignment()?;
        let (object, name) = target.as_attribute()?;
        let is_computed = matches!(value.kind(), Expr::Binary(..));
        if !is_computed || !project.is_float(module, value) {
            return None;
        }
        let held = project.held(ValueRef::of(module, object));
        let Held::Row(model) = held else {
            return None;
        };
        let (_, field) = project.models.field(model, name)?;
        let amount = project.floated_amount(module, value)?;
        (field.kind == FieldKind::Decimal).then_some((value, Loss::Amount(amount)))
    })
}
