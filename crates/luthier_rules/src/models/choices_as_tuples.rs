use luthier_diagnostics::{Category, Location, Severity};
use luthier_project::Project;
use luthier_project::facts::{Expr, ExprRef};
use luthier_project::modules::{Ancestor, Definition};

use super::own_fields::{OwnField, code, own_fields};
use super::written_values::{WrittenValues, literal};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A field's choices are pairs whose values code writes out again, where an enumeration names them.
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
    ///
    ///     @property
    ///     def fits_letterbox(self):
    ///         return self.size == "s"
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from .models import Order
    ///
    /// def unpaid():
    ///     return Order.objects.filter(state__in=["nw"])
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
    ///     end = models.CharField(max_length=1, choices=[("A", "A"), ("B", "B")])
    ///     rows = models.IntegerField(choices=((10, "10"), (25, "25"), (50, "50")))
    ///     pattern = models.CharField(max_length=9, choices=[("[0-9]{4}", "Year"), ("[0-9]{6}", "Month")])
    /// ```
    ///
    /// ### Nothing but the list says them: they are handed through, from a standard say
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Embed(models.Model):
    ///     type = models.CharField(max_length=10, choices=[("video", "Video"), ("photo", "Photo")])
    /// ```
    ///
    /// ```python file=shop/services.py
    /// from .models import Embed
    ///
    /// def embed(answer):
    ///     if answer["type"] == "photo":
    ///         answer["html"] = "<img>"
    ///     return Embed.objects.create(type=answer["type"])
    /// ```
    ///
    /// ### The project has a class of its own for choices
    ///
    /// ```python file=shop/choices.py
    /// class ChoiceSet:
    ///     CHOICES = ()
    ///
    ///     @classmethod
    ///     def values(cls):
    ///         return [value for value, label in cls.CHOICES]
    ///
    /// class Sizes(ChoiceSet):
    ///     SMALL = "s"
    ///     LARGE = "l"
    ///     CHOICES = ((SMALL, "Small"), (LARGE, "Large"))
    /// ```
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    /// from .choices import Sizes
    ///
    /// class Parcel(models.Model):
    ///     size = models.CharField(max_length=1, choices=Sizes.CHOICES)
    ///     side = models.CharField(max_length=1, choices=[("f", "Front"), ("r", "Rear")])
    ///
    ///     def is_front(self):
    ///         return self.side == "f"
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
    if has_own_way(project) {
        return;
    }
    let unnamed: Vec<Unnamed<'_>> = own_fields(project)
        .filter_map(|own| Unnamed::of(project, own))
        .collect();
    let names = unnamed.iter().map(|unnamed| &*unnamed.own.field.name);
    let written_out = WrittenValues::of(project, &names.collect());
    let mut reported: Vec<Location> = Vec::new();
    for Unnamed {
        own,
        written,
        list,
        place,
    } in unnamed
    {
        // Of the fields that share a list the first one is enough.
        if reported.contains(&place) {
            continue;
        }
        let Some((value, used)) = written_out.find(&own.field.name, &values(list)) else {
            continue;
        };
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
            .related(used, format!("`{value}` is written out again here"))
            .symbol(own.symbol())
            .app(&*own.model.app_label);
    }
}

/// A field whose choices are a list of values without names.
struct Unnamed<'a> {
    own: OwnField<'a>,
    /// As the field has them.
    written: ExprRef<'a>,
    list: ExprRef<'a>,
    /// Of the list.
    place: Location,
}

impl<'a> Unnamed<'a> {
    fn of(project: &'a Project, own: OwnField<'a>) -> Option<Self> {
        let written = own.call.keyword("choices")?;
        let (list, place) = spelt_out(project, own, written)?;
        // Values that are compared with somewhere are worth names; long lists are data.
        let count = list.elements()?.len();
        ((2..=12).contains(&count) && are_plain_pairs(list)).then_some(Self {
            own,
            written,
            list,
            place,
        })
    }
}

/// Whether fields of the project take their choices from classes that it made for that: an
/// attribute of a class that is no enumeration of Django's, no model and has a base of the project.
fn has_own_way(project: &Project) -> bool {
    own_fields(project).any(|own| {
        let choices = own.call.keyword("choices");
        let choices = choices.map(|choices| choices.without_call());
        let Some((owner, _)) = choices.and_then(ExprRef::as_attribute) else {
            return false;
        };
        let Definition::Class(class) = project.modules.resolve_expr(own.module, owner) else {
            return false;
        };
        let mro = project.modules.mro(class);
        let mut bases = mro.classes().filter(|base| **base != class);
        let is_enumeration = mro.ancestors.iter().any(|ancestor| match ancestor {
            Ancestor::Class(base) => !project.modules.is_repository(base.module),
            Ancestor::External(name) => !name.starts_with("builtins."),
            Ancestor::Unknown => true,
        });
        !is_enumeration
            && project.models.by_class(class).is_none()
            && bases.any(|base| project.modules.is_repository(base.module))
    })
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

/// Pairs of a literal value and a label; values that have names already are left alone, and so are
/// lists whose values are the labels.
fn are_plain_pairs(written: ExprRef<'_>) -> bool {
    let pairs = |pair: ExprRef<'_>| {
        let mut parts = pair.elements()?;
        let (value, label) = (parts.next()?, parts.next()?);
        let text = match value.kind() {
            Expr::Int(number) => number.to_string(),
            _ => value.as_str().filter(|text| is_word(text))?.to_owned(),
        };
        let says_itself = label.as_str() == Some(&text);
        parts.next().is_none().then_some(says_itself)
    };
    let Some(elements) = written.elements() else {
        return false;
    };
    let says_itself: Option<Vec<bool>> = elements.map(pairs).collect();
    says_itself.is_some_and(|each| each.contains(&false))
}

/// The values of the pairs.
fn values(list: ExprRef<'_>) -> Vec<String> {
    let pairs = list.elements().into_iter().flatten();
    pairs
        .filter_map(|pair| literal(pair.elements()?.next()?))
        .collect()
}

/// Whether a value could be a name: patterns and sentences are data.
fn is_word(text: &str) -> bool {
    let plain = |letter: char| letter.is_alphanumeric() || " _-./+".contains(letter);
    text.chars().all(plain)
}
