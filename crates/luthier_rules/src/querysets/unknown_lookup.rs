use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::facts::is_test_path;
use luthier_project::modules::ModuleId;
use luthier_project::querysets::{Misnamed, Missing, Role};
use luthier_source::Span;

use crate::nearest::{nearest, slipped};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A query asks for a field, or compares by a lookup, that its model does not have.
    ///
    /// ## Why it matters
    ///
    /// Django raises `FieldError` when the query is built: the page, the task or the command fails
    /// every time it gets there, and nothing says so before. It is what stays behind when a field is
    /// renamed: the code that Python can check is mended, the names in queries are texts.
    ///
    /// Names are followed over relations and ways back as Django follows them. Of a queryset that may
    /// have annotations, aliases or extra columns that are not seen, only a name is reported that looks
    /// misspelt and that no code of the project gives to rows or queries. Where it is not known of which
    /// model the rows are, or what else the model has, it has to be one letter away from a name that a
    /// model has, while no model has it, the code has it nowhere else, and puts nothing like it together
    /// from words that it has. Names that are put together at
    /// run time, keys of JSON fields, and lookups that the project registers are left alone.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// ```
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=50)
    ///     data = models.JSONField(default=dict)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    ///     created_at = models.DateTimeField(auto_now_add=True)
    ///     total = models.DecimalField(max_digits=9, decimal_places=2)
    ///
    /// class Parcel(Tracked, models.Model):
    ///     order = models.ForeignKey(Order, models.CASCADE)
    ///     weight = models.FloatField()
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/services.py
    /// from django.db.models import F, Q, Sum
    /// from .models import Customer, Order, Parcel
    ///
    /// def heavy(sides):
    ///     Parcel.objects.filter(wieght__gt=30)  # fires
    ///     rows = Order.objects.annotate(**{f"{side}_id": F(side) for side in sides})
    ///     return rows.filter(cusstomer_id=1)  # fires
    ///
    /// def report(text):
    ///     Order.objects.filter(costumer__name=text)  # fires
    ///     Order.objects.filter(Q(customer__fullname__icontains=text))  # fires
    ///     Order.objects.filter(customer__name__like=text)  # fires
    ///     Order.objects.order_by("-created")  # fires
    ///     late(Order.objects.all())
    ///     Customer.objects.annotate(sum=Sum("order__total"))  # fires
    ///     return Order.objects.update(total=F("amount"))  # fires
    ///
    /// def late(rows):
    ///     return rows.filter(craeted_at__lt="2026-01-01")  # fires
    ///
    /// def of(rows):
    ///     return rows.exclude(custmoer=None)  # fires
    ///
    /// def named(text):
    ///     return Q(customer__naem=text)  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/services.py
    /// from django.db.models import F, Q, Sum
    /// from .models import Customer, Order, Parcel
    ///
    /// SIDES = ["left", "costumer"]
    ///
    /// def heavy():
    ///     Parcel.objects.filter(weight__gt=30, tracked_at=None)
    ///     rows = Order.objects.annotate(**{f"{side}_id": F(side) for side in SIDES})
    ///     return rows.filter(left_id=1, costumer_id=2)
    ///
    /// def report(text, **asked):
    ///     Order.objects.filter(customer__name=text, customer_id__in=[1], pk=1)
    ///     Order.objects.filter(Q(customer__name__icontains=text) | Q(created_at__date__gte=text))
    ///     Customer.objects.filter(orders__total__gt=1, data__address__city=text)
    ///     rows = Customer.objects.annotate(sum=Sum("orders__total"))
    ///     rows.filter(sum__gt=100).order_by("-sum", "?")
    ///     Customer.objects.annotate(Sum("orders__total")).filter(orders__total__sum__gt=1)
    ///     Order.objects.filter(**asked).order_by(asked["order"])
    ///     named(Customer.objects.annotate(**asked))
    ///     named(Order.objects.all())
    ///     return Order.objects.update(total=F("total") + 1)
    ///
    /// def named(rows):
    ///     return rows.filter(name="x", total=1)
    ///
    /// def dated(rows):
    ///     rows = rows.filter(creatd_at=1, totals=1, custom=2)
    ///     return rows.order_by("creatd_at")
    /// ```
    UNKNOWN_LOOKUP = {
        code: "INT001",
        name: "unknown-lookup",
        severity: Severity::Error,
        category: Category::Integrity,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Certain,
        check: Check::Module(check),
    }
}

fn check(context: &mut Context<'_>, module: ModuleId) {
    report(context, module, |role| {
        matches!(role, Role::Lookup | Role::Value | Role::Column)
    });
}

/// Reports the names with one of these roles that lead nowhere.
pub(super) fn report(context: &mut Context<'_>, module: ModuleId, wanted: fn(Role) -> bool) {
    let (project, sources) = (context.project, context.sources);
    let Some(file) = project.modules.get(module).file else {
        return;
    };
    let source = sources.file(file);
    // Tests ask for what is not there to see it fail.
    if is_test_path(&source.path) {
        return;
    }
    let queries = project.queries(module);
    let mut is_open: Vec<(&str, Role, Span)> = Vec::new();
    for name in queries.names.iter().chain(&queries.likely) {
        if !wanted(name.role) {
            continue;
        }
        let span = name.span(&source.text);
        let found = project.misnamed(name).map(|found| {
            let (message, help) = words(project, &name.path, &found);
            (found, message, help)
        });
        // Of what may have more names only one that looks misspelt is.
        let found = found.filter(|(found, _, help)| !found.may_be_added || help.is_some());
        let Some((found, message, help)) = found else {
            is_open.push((&name.path, name.role, span));
            continue;
        };
        let model = project.models.get(found.model);
        let mut reported = context.report(Location::new(file, span), message);
        reported.symbol(&*model.label).app(&*model.app_label);
        if let Some(help) = help {
            reported.help(help);
        }
        if found.may_be_added {
            reported.confidence(Confidence::Likely);
        }
    }
    let anyones = queries.anyones.iter().filter(|name| wanted(name.role));
    is_open.extend(anyones.map(|name| (&*name.path, name.role, name.span(&source.text))));
    for (path, role, span) in is_open {
        let Some(found) = project.nowhere(module, path, role) else {
            continue;
        };
        let part = &found.part;
        let Some(meant) = slipped(part, found.known.iter().map(|known| &**known)) else {
            continue;
        };
        let message = match found.is_behind {
            true => {
                format!("`{path}`: nothing that leads here has a field or relation `{part}`")
            }
            false => format!("no model has a field or relation `{part}`"),
        };
        let mut reported = context.report(Location::new(file, span), message);
        reported.help(format!("did you mean `{meant}`?"));
        reported.confidence(Confidence::Likely);
    }
}

/// What is wrong, and what was probably meant.
fn words(project: &Project, path: &str, found: &Misnamed) -> (String, Option<String>) {
    let model = project.models.get(found.model);
    let (name, part) = (&model.name, &found.part);
    let within = match path == part {
        true => String::new(),
        false => format!("`{path}`: "),
    };
    let message = match &found.what {
        Missing::Name => format!("{within}`{name}` has no field or relation `{part}`"),
        Missing::Lookup { field } => {
            format!("{within}`{field}` of `{name}` knows no lookup or transform `{part}`")
        }
        Missing::Relation => format!("{within}`{part}` of `{name}` is no relation to load so"),
        Missing::Model => format!(
            "{within}`{part}` of `{name}` is a generic foreign key, which queries cannot follow"
        ),
        Missing::Column => format!("{within}`{part}` of `{name}` is no column that can be set"),
    };
    let names = project.models.names(found.model);
    let nearest = match found.what {
        Missing::Lookup { .. } | Missing::Model | Missing::Column => None,
        Missing::Name | Missing::Relation => {
            let names = names.iter().map(|name| &**name);
            nearest(part, names.chain(["pk"]))
        }
    };
    let nearest = nearest.filter(|nearest| nearest != part);
    (
        message,
        nearest.map(|nearest| format!("did you mean `{nearest}`?")),
    )
}

#[cfg(test)]
mod near_misses {
    use super::UNKNOWN_LOOKUP;
    use crate::testing;

    /// A query of `Order` in a shop whose settings install these apps.
    #[track_caller]
    fn check(apps: &str, models: &str, query: &str) {
        let fixture = format!(
            "--- manage.py\nimport os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n\
             --- settings.py\nINSTALLED_APPS = [{apps}]\nAUTH_USER_MODEL = 'shop.User'\n\
             --- shop/__init__.py\n--- shop/models.py\nfrom django.db import models\n{models}\n\
             --- shop/services.py\nfrom shop.models import Order, User\n\ndef work():\n    return {query}\n"
        );
        testing::check(&UNKNOWN_LOOKUP, &fixture);
    }

    #[test]
    fn apps_that_are_not_found_may_lead_to_what_they_know() {
        let models = "class User(models.Model):\n    username = models.TextField()\n\n\n\
                      class Order(models.Model):\n    pass\n";
        let keys = "User.objects.filter(api_key__key='')";
        check("'shop'", models, &format!("{keys}  # fires"));
        check("'shop', 'tastypie'", models, keys);
        let misspelt = "User.objects.filter(usrname='')  # fires";
        check("'shop', 'tastypie'", models, misspelt);
        let own = "Order.objects.filter(api_key__key='')  # fires";
        check("'shop', 'tastypie'", models, own);
    }

    #[test]
    fn relations_of_classes_that_are_not_found_have_a_key() {
        let order = |more: &str| {
            format!(
                "from filer.fields import FilerFileField\n\n\
                 class Order(models.Model):\n    title = models.TextField()\n{more}"
            )
        };
        let query = "Order.objects.filter(file_id=1)";
        check("'shop'", &order(""), &format!("{query}  # fires"));
        check(
            "'shop'",
            &order("    file = FilerFileField(null=True)\n"),
            query,
        );
    }

    #[test]
    fn polymorphic_models_ask_for_fields_of_classes_below() {
        let order = |base: &str| {
            format!(
                "from polymorphic.models import PolymorphicModel\n\n\
                 class Order({base}):\n    pass\n\n\
                 class Gift(Order):\n    text = models.TextField()\n"
            )
        };
        let query = "Order.objects.filter(Gift___text='')";
        check(
            "'shop'",
            &order("models.Model"),
            &format!("{query}  # fires"),
        );
        check("'shop'", &order("PolymorphicModel"), query);
    }
}
