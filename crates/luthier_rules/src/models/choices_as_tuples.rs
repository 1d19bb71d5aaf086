use luthier_diagnostics::{Category, Location, Severity};
use luthier_project::facts::{Expr, ExprRef};
use luthier_project::modules::Definition;

use super::own_fields::own_fields;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A field's choices are written out as pairs where an enumeration names the values.
    ///
    /// ## Why it matters
    ///
    /// Code that compares with `"pd"` finds no definition, and a typing error in it is a branch that
    /// never runs. `TextChoices` and `IntegerChoices` give every value a name that editors, type
    /// checkers and searches know, and carry the label along.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Order(models.Model):
    ///     state = models.CharField(
    ///         max_length=2,
    ///         choices=[("nw", "New"), ("pd", "Paid"), ("sh", "Shipped")],  # fires
    ///     )
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class State(models.TextChoices):
    ///     NEW = "nw", "New"
    ///     PAID = "pd", "Paid"
    ///
    /// COUNTRIES = [("de", "Germany"), ("fr", "France")]
    /// STARS = [(number, str(number)) for number in range(6)]
    ///
    /// class Order(models.Model):
    ///     NEW = "nw"
    ///     PAID = "pd"
    ///     state = models.CharField(max_length=2, choices=State)
    ///     old_state = models.CharField(max_length=2, choices=State.choices)
    ///     named = models.CharField(max_length=2, choices=[(NEW, "New"), (PAID, "Paid")])
    ///     stars = models.IntegerField(choices=STARS)
    ///     yes = models.CharField(max_length=1, choices=[("y", "Yes")])
    /// ```
    CHOICES_AS_TUPLES = {
        code: "MOD005",
        name: "choices-as-tuples",
        severity: Severity::Info,
        category: Category::Modernization,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for own in own_fields(project) {
        let Some(written) = own.call.keyword("choices") else {
            continue;
        };
        // Values that are compared with somewhere are worth names; long lists are data.
        let Some(count) = written.elements().map(|elements| elements.len()) else {
            continue;
        };
        if !(2..=12).contains(&count) || !are_plain_pairs(written) {
            continue;
        }
        let is_enumeration = matches!(
            project.modules.resolve_expr(own.module, written),
            Definition::Class(_)
        );
        if is_enumeration {
            continue;
        }
        let location = Location {
            file: own.file,
            span: written.span(),
        };
        context
            .report(
                location,
                format!("the values of `{}` have no names", own.field.name),
            )
            .help("make them a `TextChoices` or `IntegerChoices` class")
            .symbol(own.symbol())
            .app(&*own.model.app_label);
    }
}

/// Pairs of a literal value and a label; values that have names already are left alone.
fn are_plain_pairs(written: ExprRef<'_>) -> bool {
    written.elements().is_some_and(|mut pairs| {
        pairs.all(|pair| {
            let mut parts = pair.elements().into_iter().flatten();
            let is_value = parts
                .next()
                .is_some_and(|value| matches!(value.kind(), Expr::Str(_) | Expr::Int(_)));
            is_value && parts.next().is_some() && parts.next().is_none()
        })
    })
}
