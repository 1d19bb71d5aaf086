use luthier_diagnostics::{Category, Location, Severity};
use luthier_project::Project;
use luthier_project::facts::{Expr, ExprRef};
use luthier_project::modules::Definition;

use super::own_fields::{OwnField, code, own_fields};
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
    ///
    /// class Parcel(models.Model):
    ///     SIZES = (("s", "Small"), ("l", "Large"))
    ///
    ///     size = models.CharField(max_length=1, choices=SIZES)  # fires
    ///     largest_size = models.CharField(max_length=1, choices=SIZES)
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
    /// HOURS = [("08", "8"), ("09", "9"), ("10", "10"), ("11", "11"), ("12", "12"), ("13", "13"), ("14", "14"),
    ///          ("15", "15"), ("16", "16"), ("17", "17"), ("18", "18"), ("19", "19"), ("20", "20")]
    /// STARS = [(number, str(number)) for number in range(6)]
    ///
    /// class Order(models.Model):
    ///     NEW = "nw"
    ///     PAID = "pd"
    ///     state = models.CharField(max_length=2, choices=State)
    ///     STATES = [(NEW, "New"), (PAID, "Paid")]
    ///     hour = models.CharField(max_length=2, choices=HOURS)
    ///     next_state = models.CharField(max_length=2, choices=STATES)
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
    let mut reported: Vec<Location> = Vec::new();
    for own in own_fields(project) {
        let Some(written) = own.call.keyword("choices") else {
            continue;
        };
        let Some((list, place)) = spelt_out(project, own, written) else {
            continue;
        };
        // Values that are compared with somewhere are worth names; long lists are data.
        let Some(count) = list.elements().map(|elements| elements.len()) else {
            continue;
        };
        // Of the fields that share a list the first one is enough.
        if !(2..=12).contains(&count) || !are_plain_pairs(list) || reported.contains(&place) {
            continue;
        }
        reported.push(place);
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

/// The list of the choices and where it stands: in the field itself, or under a name.
fn spelt_out<'a>(
    project: &'a Project,
    own: OwnField<'a>,
    written: ExprRef<'a>,
) -> Option<(ExprRef<'a>, Location)> {
    let (file, list) = match written.kind() {
        Expr::List(_) | Expr::Tuple(_) => (own.file, written),
        _ => match project.modules.resolve_expr(own.module, written) {
            Definition::Value(value) => code(project, value)?,
            _ => return None,
        },
    };
    let span = list.span();
    Some((list, Location { file, span }))
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
