use luthier_diagnostics::{Category, Location, Severity};
use luthier_project::Project;
use luthier_project::facts::ir::CompareOp;
use luthier_project::facts::{Expr, ExprRef};
use luthier_project::flows::Held;
use luthier_project::models::{ChoiceValue, Field};
use luthier_project::modules::{ModuleId, ValueRef};
use luthier_project::querysets::QueryName;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::{Check, Context, declare_rule, nearest};

declare_rule! {
    /// A literal is compared with, stored in or asked of a field whose choices never contain it.
    ///
    /// ## Why it matters
    ///
    /// The comparison is always false and the query finds nothing: the code behind it never runs.
    /// What is stored is a value that no form accepts and `get_status_display()` cannot name;
    /// Django checks choices in forms only.
    ///
    /// ## Project
    ///
    /// ```python file=shop/__init__.py
    /// ```
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// SIZES = [("Usual", [("s", "Small"), ("l", "Large")]), ("x", "Other")]
    ///
    /// class Status(models.TextChoices):
    ///     NEW = "new", "New"
    ///     PAID = "paid", "Paid"
    ///
    /// class Order(models.Model):
    ///     status = models.CharField(max_length=9, choices=Status.choices)
    ///     size = models.CharField(max_length=1, choices=SIZES, blank=True)
    ///     level = models.IntegerField(choices=((1, "Low"), (2, "High")), null=True)
    ///     other = models.CharField(max_length=9, choices=found())
    ///     free = models.CharField(max_length=9)
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE)
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/services.py
    /// from django.db.models import Q
    /// from shop.models import Line, Order
    ///
    /// def work():
    ///     Order(status="payed")  # fires
    ///     Order.objects.filter(status="payed")  # fires
    ///     Order.objects.filter(status__in=["new", "gone"])  # fires
    ///     Line.objects.filter(order__status="open")  # fires
    ///     Order.objects.exclude(Q(status="done") | Q(("size", "m")))  # fires
    ///     Order.objects.update_or_create(pk=1, defaults={"level": 4})  # fires
    ///     Order.objects.update(level=3)  # fires
    ///     order = Order.objects.get(pk=1)
    ///     if order.size == "m":  # fires
    ///         order.status = "closed"  # fires
    ///     return order.status in ("new", "old")  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// Values of groups, members, nothing, other lookups, annotations, choices that are made at run time,
    /// and rows of which it is not known what they are.
    ///
    /// ```python file=shop/services.py
    /// from shop.models import Line, Order, Status
    ///
    /// def work(row):
    ///     Order(status="paid", size="", level=None, other="any", free="any")
    ///     Order(level=-1)
    ///     Order.objects.filter(status=Status.PAID, size="l")
    ///     Order.objects.filter(status__in=["new", Status.PAID], size__in=["s", "x"])
    ///     Order.objects.filter(status__startswith="p", status__iexact="PAID", level__gt=0)
    ///     Order.objects.annotate(status_text="any")
    ///     Line.objects.annotate(order__status=found(row)).filter(order__status="any")
    ///     Line.objects.filter(order__status="paid", order__level=2)
    ///     order = Order.objects.get(pk=1)
    ///     if order.status == "paid" or order.size == "" or order.level is None:
    ///         order.status = "new"
    ///     return row.status == "gone" or order.level > 5
    /// ```
    ///
    /// ```python file=shop/migrations/0002_data.py
    /// from shop.models import Order
    ///
    /// def forwards(apps, editor):
    ///     Order.objects.filter(status="before").update(status="new")
    /// ```
    RULE = {
        code: "INT014",
        name: "unknown-choice",
        severity: Severity::Error,
        category: Category::Integrity,
        check: Check::Project(check),
    }
}

/// A literal that a field's choices do not have.
struct Wrong {
    place: Location,
    field: String,
    value: String,
    meant: Option<String>,
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let models = project.models.all();
    let fields = models.flat_map(|(_, model)| &model.fields);
    let limited = fields.filter(|field| field.has_choices() == Some(true));
    let names: FxHashSet<&str> = limited.map(|field| &*field.name).collect();
    let modules: Vec<ModuleId> = project.own_modules().collect();
    let wrong: Vec<Vec<Wrong>> = modules
        .par_iter()
        .map(|&module| in_module(project, module, &names))
        .collect();
    for Wrong {
        place,
        field,
        value,
        meant,
    } in wrong.into_iter().flatten()
    {
        let message = format!("the choices of `{field}` do not contain `{value}`");
        ctx.report(place, message).help(match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "add it to the choices, or use one of theirs".to_owned(),
        });
    }
}

fn in_module(project: &Project, module: ModuleId, names: &FxHashSet<&str>) -> Vec<Wrong> {
    let mut seeker = Seeker {
        project,
        module,
        found: Vec::new(),
    };
    let is_past = project.modules.is_migration(module);
    let facts = project.modules.facts(module);
    if is_past || project.modules.is_test(module) {
        return seeker.found;
    }
    let is_named = names.iter().any(|name| facts.names.find(name).is_some());
    let bodies = facts.body_ids().filter(|_| is_named);
    for body in bodies.map(|id| facts.body(id)) {
        for statement in body.all_statements() {
            if let Some((target, value)) = statement.assignment() {
                seeker.judge_attribute(names, target, value);
            }
        }
        for expr in body.exprs() {
            if let Expr::Compare(op, left, right) = expr.kind() {
                let (left, right) = (body.expr(left), body.expr(right));
                match op {
                    CompareOp::Eq | CompareOp::NotEq => {
                        seeker.judge_attribute(names, left, right);
                        seeker.judge_attribute(names, right, left);
                    }
                    CompareOp::In | CompareOp::NotIn => {
                        seeker.judge_attribute(names, left, right);
                    }
                    _ => {}
                }
            }
        }
    }
    for name in &project.queries(module).names {
        seeker.judge_asked(name);
    }
    seeker.found.sort_by_key(|wrong| wrong.place);
    seeker.found
}

struct Seeker<'a> {
    project: &'a Project,
    module: ModuleId,
    found: Vec<Wrong>,
}

impl<'a> Seeker<'a> {
    fn held(&self, value: ExprRef<'a>) -> Held {
        self.project.held(ValueRef::of(self.module, value))
    }

    /// `order.status` with what it is compared with, or gets.
    fn judge_attribute(
        &mut self,
        names: &FxHashSet<&str>,
        attribute: ExprRef<'a>,
        value: ExprRef<'a>,
    ) {
        let Some((object, name)) = attribute.as_attribute() else {
            return;
        };
        if !names.contains(name) || literals(value).next().is_none() {
            return;
        }
        if let Held::Row(model) = self.held(object)
            && let Some((_, field)) = self.project.models.field(model, name)
        {
            self.judge(field, value);
        }
    }

    /// `Order(status=..)`, `Order.objects.filter(status=..)`.
    fn judge_asked(&mut self, name: &QueryName) {
        let given = name.given.map(|value| self.project.modules.value(value));
        if let Some(value) = given.filter(|value| literals(*value).next().is_some())
            && let Some(field) = self.project.field_asked(name.model, &name.path)
        {
            self.judge(field, value);
        }
    }

    fn judge(&mut self, field: &Field, value: ExprRef<'a>) {
        let Some(choices) = self.project.choices_of(field) else {
            return;
        };
        let Some(file) = self.project.modules.get(self.module).file else {
            return;
        };
        for literal in literals(value) {
            let Some(written) = ChoiceValue::of(literal) else {
                continue;
            };
            // Nothing is no choice, a negative number among others marks what is not known yet, and
            // what is of another type may be converted.
            let is_comparable = match (&written, &choices[0]) {
                (ChoiceValue::Text(text), ChoiceValue::Text(_)) => !text.is_empty(),
                (ChoiceValue::Number(number), ChoiceValue::Number(_)) => *number >= 0,
                _ => false,
            };
            if !is_comparable || choices.contains(&written) {
                continue;
            }
            let texts: Vec<String> = choices.iter().map(text).collect();
            let meant = nearest::nearest(&text(&written), texts.iter().map(String::as_str));
            self.found.push(Wrong {
                place: Location::new(file, literal.span()),
                field: field.name.to_string(),
                value: text(&written),
                meant: meant.map(str::to_owned),
            });
        }
    }
}

/// A literal, or those of a list.
fn literals(value: ExprRef<'_>) -> impl Iterator<Item = ExprRef<'_>> {
    let within = value.elements().into_iter().flatten();
    within
        .chain([value])
        .filter(|literal| ChoiceValue::of(*literal).is_some())
}

fn text(value: &ChoiceValue) -> String {
    match value {
        ChoiceValue::Text(text) => text.clone(),
        ChoiceValue::Number(number) => number.to_string(),
    }
}

#[cfg(test)]
mod near_misses {
    use super::RULE;
    use crate::testing;

    /// A field with `choices`, and a function that compares with something else.
    fn check(before: &str, choices: &str, mark: &str) {
        let fixture = format!(
            "--- shop/__init__.py\n--- shop/models.py\nfrom django.db import models\n{before}\n\
             class Order(models.Model):\n    \
             status = models.CharField(max_length=9, choices={choices})\n\
             --- shop/services.py\nfrom shop.models import Order\n\
             def work():\n    return Order.objects.filter(status='gone'){mark}\n"
        );
        testing::check(&RULE, &fixture);
    }

    #[test]
    fn choices_that_are_not_all_known_may_have_anything() {
        check("", "[('a', 'A')]", "  # fires");
        check("ALL = (('a', 'A'),)", "ALL", "  # fires");
        check("A = 'a'\nALL = ((A, 'A'),)", "ALL", "  # fires");
        check("ALL = [('a', 'A')]\nALL.append(found())", "ALL", "");
        check("ALL = [('a', 'A')]\nALL += found()", "ALL", "");
        check("ALL = [('a', 'A')]", "ALL + found()", "");
        check(
            "ALL = [('a', 'A')]\nif found():\n    ALL = [('b', 'B')]",
            "ALL",
            "",
        );
        check("", "[(name, name) for name in found()]", "");
        check("", "[*found(), ('a', 'A')]", "");
        check("from elsewhere import ALL", "ALL", "");
        check("def every():\n    return []", "every", "");
    }

    #[test]
    fn classes_below_may_have_other_choices() {
        let models = |below: &str, mark: &str| {
            let fixture = format!(
                "--- shop/__init__.py\n--- shop/models.py\nfrom django.db import models\n\n\
                 class Page(models.Model):\n    \
                 orders = [('a', 'A')]\n    \
                 order = models.CharField(max_length=9, choices=orders)\n\n\
                 class Events(Page):\n    {below}\n\n    \
                 def is_soon(self):\n        return self.order == 'soon'{mark}\n"
            );
            testing::check(&RULE, &fixture);
        };
        models("title = 'events'", "  # fires");
        models("orders = [('soon', 'Soon')]", "");
    }

    #[test]
    fn enumerations_may_make_their_values() {
        let text = |body: &str| format!("class State(models.TextChoices):\n    {body}");
        check(&text("A = 'a', 'A'"), "State.choices", "  # fires");
        check(&text("A = 'a', 'A'"), "State", "  # fires");
        check(&text("A = found(), 'A'"), "State.choices", "");
        check(
            &text("A = 'a'\n    def __new__(cls, value):\n        return value"),
            "State.choices",
            "",
        );
        check(&text("A = 'a', 'A'"), "State.choices + found()", "");
        check(&text("A = 'a', 'A'"), "State.some", "");
    }
}
