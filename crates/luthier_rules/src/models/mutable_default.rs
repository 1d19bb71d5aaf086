use luthier_diagnostics::{Category, Dimension, Fix, FixAvailability, Location, Severity};
use luthier_project::facts::{Expr, ExprRef};

use super::own_fields::own_fields;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A field's default is one list or dict that all rows share.
    ///
    /// ## Why it matters
    ///
    /// The default is made once, when the class is. A row that appends to it changes it for every row
    /// created afterwards in the same process: values of one customer turn up at another, and only
    /// under load. A function is called for each row.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Cart(models.Model):
    ///     items = models.JSONField(default=[])  # fires
    ///     options = models.JSONField(blank=True, default={})  # fires
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Cart(models.Model):
    ///     items = models.JSONField(default=list)
    ///     options = models.JSONField(blank=True, default=dict)
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// def usual_options():
    ///     return {"gift": False}
    ///
    /// class Cart(models.Model):
    ///     items = models.JSONField(default=list)
    ///     options = models.JSONField(default=usual_options)
    ///     size = models.CharField(max_length=1, choices=[("s", "S")], default="s")
    ///     corners = models.JSONField(default=tuple)
    /// ```
    MUTABLE_DEFAULT = {
        code: "ORM034",
        name: "mutable-default",
        severity: Severity::Error,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        fix: FixAvailability::Sometimes,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for own in own_fields(project) {
        let Some(default) = own.call.keyword("default") else {
            continue;
        };
        let Some((what, maker)) = mutable(default) else {
            continue;
        };
        let location = Location {
            file: own.file,
            span: default.span(),
        };
        let message = format!(
            "all rows share the {what} that `{}` has by default",
            own.field.name
        );
        let fix = maker.map(|maker| {
            Fix::safe(format!("Make a new one for each row with `{maker}`")).replace(
                own.file,
                default.span(),
                maker,
            )
        });
        context
            .report(location, message)
            .help(match maker {
                Some(maker) => format!("pass the function itself: `default={maker}`"),
                None => format!("pass a function that returns the {what}"),
            })
            .symbol(own.symbol())
            .app(&*own.model.app_label)
            .fix(fix);
    }
}

/// What a display makes, and the builtin that makes an empty one where it is empty.
fn mutable(value: ExprRef<'_>) -> Option<(&'static str, Option<&'static str>)> {
    match value.kind() {
        Expr::List(items) => Some(("list", items.is_empty().then_some("list"))),
        Expr::Dict(items) => Some(("dict", items.is_empty().then_some("dict"))),
        Expr::Set(_) => Some(("set", None)),
        _ => None,
    }
}
