use luthier_diagnostics::{Category, Dimension, Fix, FixAvailability, Location, Severity};
use luthier_project::Project;
use luthier_project::facts::ir::BindingKind;
use luthier_project::facts::{Expr, ExprRef};
use luthier_project::models::Field;
use luthier_project::modules::Ancestor;

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
    ///
    /// class OptionsField(models.JSONField):
    ///     def __init__(self, *args, **kwargs):
    ///         default = kwargs.pop("default")
    ///         super().__init__(*args, default=lambda: dict(default), **kwargs)
    ///
    /// class Basket(models.Model):
    ///     options = OptionsField(default={})
    /// ```
    ///
    /// ### A field of a package, which copies its default for each row
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    /// from jsonfield import JSONField
    ///
    /// class Cart(models.Model):
    ///     options = JSONField(default={})
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
        // Some fields copy their default for each row.
        let copies = own.field.class.class.is_some_and(|class| {
            ["get_default", "_get_default"].iter().any(|method| {
                let found = project.modules.class_member(class, method);
                project
                    .modules
                    .qualified(&found)
                    .is_some_and(|name| !name.starts_with("django."))
            })
        });
        if copies || changes_default(project, own.field) || has_unknown_base(project, own.field) {
            continue;
        }
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

/// Whether the constructor of a field class of the project's own deals with the default: it may
/// pass on another.
fn changes_default(project: &Project, field: &Field) -> bool {
    let Some(class) = field.class.class else {
        return false;
    };
    let mro = project.modules.mro(class);
    let mut own = mro.classes().filter(|class| {
        let module = &project.modules.get(class.module).name;
        !module.starts_with("django.")
    });
    own.any(|class| {
        let Some(binding) = project.modules.class_body(*class).binding("__init__") else {
            return false;
        };
        let BindingKind::Function(function) = binding.kind else {
            return true;
        };
        let facts = project.modules.facts(class.module);
        let function = facts.function(function);
        let takes_it = function
            .params
            .iter()
            .any(|param| facts.text(param.name) == "default");
        let mut exprs = facts.body(function.body).exprs();
        takes_it || exprs.any(|expr| expr.as_str() == Some("default"))
    })
}

/// Whether part of the field's code was not found: it may copy its default, as the fields of both
/// packages called `jsonfield` do (read in jsonfield 3.2 and django-jsonfield 1.4).
fn has_unknown_base(project: &Project, field: &Field) -> bool {
    if field.class.dotted.starts_with("django.") {
        return false;
    }
    field.class.class.is_none_or(|class| {
        let mro = project.modules.mro(class);
        mro.ancestors.iter().any(|ancestor| match ancestor {
            Ancestor::External(name) => {
                !name.starts_with("builtins.") && !name.starts_with("django.")
            }
            Ancestor::Unknown => true,
            Ancestor::Class(_) => false,
        })
    })
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
