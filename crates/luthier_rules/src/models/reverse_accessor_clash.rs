use std::collections::BTreeSet;
use std::sync::Arc;

use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::models::{Field, FieldKind, ModelId, Reverse};

use super::own_fields::code;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Two relations lead back under one name.
    ///
    /// ## Why it matters
    ///
    /// Django refuses to start (`fields.E302` to `fields.E305`): `customer.order_set` could mean either.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=50)
    ///     orders = models.IntegerField(default=0)
    ///
    /// class Order(models.Model):
    ///     buyer = models.ForeignKey(Customer, models.CASCADE)  # fires
    ///     seller = models.ForeignKey(Customer, models.CASCADE)  # fires
    ///     payer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=50)
    ///
    /// class Owned(models.Model):
    ///     owner = models.ForeignKey(Customer, models.CASCADE, related_name="own_%(class)s_set")
    ///
    ///     class Meta:
    ///         abstract = True
    ///
    /// class Order(Owned):
    ///     buyer = models.ForeignKey(Customer, models.CASCADE, related_name="bought")
    ///     seller = models.ForeignKey(Customer, models.CASCADE, related_name="sold")
    ///     checker = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    ///     packer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    ///
    /// class Offer(Owned):
    ///     pass
    /// ```
    REVERSE_ACCESSOR_CLASH = {
        code: "INT008",
        name: "reverse-accessor-clash",
        severity: Severity::Error,
        category: Category::Integrity,
        dimension: Some(Dimension::OrmUsage),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    let mut found: BTreeSet<(Location, Clash)> = BTreeSet::new();
    for (id, model) in project.models.registered() {
        if model.is_proxy || model.swapped_for.is_some() {
            continue;
        }
        for field in &model.fields {
            found.extend(clash(project, id, field));
        }
    }
    for (location, clash) in found {
        let mut reported = context.report(location, clash.message);
        reported
            .help("give one of them a `related_name` of its own, or `\"+\"` for no way back")
            .django_check(clash.check);
        if clash.are_apart {
            reported.confidence(Confidence::Possible);
        }
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Clash {
    message: String,
    check: &'static str,
    /// Whether no settings are known to install the apps of both: integrations of which a site takes
    /// one.
    are_apart: bool,
}

impl Clash {
    fn of(message: String, check: &'static str) -> Self {
        Self {
            message,
            check,
            are_apart: false,
        }
    }
}

/// Whether these models are of one app, or of apps that the settings install.
fn are_together(project: &Project, models: [ModelId; 2]) -> bool {
    let [one, other] = models.map(|id| &project.models.get(id).app_label);
    let is_listed = |label: &str| project.apps.by_label(label).is_none_or(|app| app.is_listed);
    one == other || (is_listed(one) && is_listed(other))
}

/// Whether the name by which a relation of `id` leads back is taken at its far end.
fn clash(project: &Project, id: ModelId, field: &Field) -> Option<(Location, Clash)> {
    let (file, expr) = code(project, field.value?)?;
    let location = Location {
        file,
        span: expr.as_call()?.callee.span(),
    };
    let relation = field.relation()?;
    if relation.is_hidden() || !relation.is_named || field.kind == FieldKind::Tags {
        return None;
    }
    let graph = &project.models;
    let target = relation.to.model()?;
    if graph.get(target).swapped_for.is_some() {
        return None;
    }
    let accessor = graph.accessor_name(id, field)?;
    let query_name = graph.query_name_of(id, field)?;
    let own = format!("{}.{}", graph.get(id).label, field.name);
    let far = &graph.get(target).label;
    for (_, other) in graph.fields(target) {
        if other.name == accessor {
            let message =
                format!("the way back over `{own}` is `{accessor}`, which is a field of `{far}`");
            let check = "fields.E302";
            return Some((location, Clash::of(message, check)));
        }
        if other.name == query_name {
            let message = format!(
                "the way back over `{own}` is `{query_name}` in queries, which is a field of `{far}`"
            );
            let check = "fields.E303";
            return Some((location, Clash::of(message, check)));
        }
    }
    let is_other = |reverse: &&Reverse| {
        (reverse.from, &reverse.field) != (id, &field.name)
            && !graph.relation_of(reverse).is_hidden()
    };
    for reverse in graph.reverse(target).into_iter().filter(is_other) {
        let named = |name: &Arc<str>, check| {
            let other = format!("{}.{}", graph.get(reverse.from).label, reverse.field);
            let message = format!("`{own}` and `{other}` both lead back as `{name}`");
            let clash = Clash {
                are_apart: !are_together(project, [id, reverse.from]),
                ..Clash::of(message, check)
            };
            Some((location, clash))
        };
        if graph.accessor(reverse).as_ref() == Some(&accessor) {
            return named(&accessor, "fields.E304");
        }
        if graph.query_name(reverse).as_ref() == Some(&query_name) {
            return named(&query_name, "fields.E305");
        }
    }
    None
}

#[cfg(test)]
mod near_misses {
    use luthier_diagnostics::Confidence;

    use super::REVERSE_ACCESSOR_CLASH;
    use crate::testing;

    /// How sure it is that pages of two integrations clash, with these files beside them.
    fn of_two_apps(more: &str) -> Vec<Confidence> {
        let page = |app: &str| {
            format!(
                "--- {app}/__init__.py\n--- {app}/models.py\nfrom django.db import models\n\
                 class FormPage(models.Model):\n    \
                 form = models.ForeignKey('forms.Form', models.CASCADE)  # fires\n"
            )
        };
        let fixture = format!(
            "{more}--- forms/__init__.py\n--- forms/models.py\nfrom django.db import models\n\
             class Form(models.Model):\n    pass\n{}{}",
            page("one"),
            page("other")
        );
        let found = testing::check(&REVERSE_ACCESSOR_CLASH, &fixture);
        let findings = found.findings.iter();
        findings.map(|finding| finding.confidence).collect()
    }

    #[test]
    fn apps_that_no_settings_install_may_never_meet() {
        assert_eq!(of_two_apps(""), [Confidence::Possible; 2]);
        let settings = "--- manage.py\nimport os\n\
                        os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n\
                        --- settings.py\nINSTALLED_APPS = ['forms', 'one', 'other']\n";
        assert_eq!(of_two_apps(settings), [Confidence::Certain; 2]);
    }
}
