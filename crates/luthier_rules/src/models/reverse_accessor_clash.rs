use std::collections::BTreeSet;
use std::sync::Arc;

use luthier_diagnostics::{Category, Dimension, Location, Severity};
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
    let mut found: BTreeSet<(Location, String, &'static str)> = BTreeSet::new();
    for (id, model) in project.models.registered() {
        if model.is_proxy || model.swapped_for.is_some() {
            continue;
        }
        for field in &model.fields {
            let Some((location, clash)) = clash(project, id, field) else {
                continue;
            };
            found.insert((location, clash.message, clash.check));
        }
    }
    for (location, message, check) in found {
        context
            .report(location, message)
            .help("give one of them a `related_name` of its own, or `\"+\"` for no way back")
            .django_check(check);
    }
}

struct Clash {
    message: String,
    check: &'static str,
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
            return Some((location, Clash { message, check }));
        }
        if other.name == query_name {
            let message = format!(
                "the way back over `{own}` is `{query_name}` in queries, which is a field of `{far}`"
            );
            let check = "fields.E303";
            return Some((location, Clash { message, check }));
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
            Some((location, Clash { message, check }))
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
