use luthier_diagnostics::{Category, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::facts::ExprRef;
use luthier_project::models::{Found, Model, ModelId};
use luthier_source::FileId;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// An option of a model's `Meta` names a field that the model does not have.
    ///
    /// ## Why it matters
    ///
    /// Django's checks refuse to start (`models.E012`, `models.E015`), or the first query that uses the
    /// ordering fails. Renaming a field leaves these names behind, because they are only strings.
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
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     number = models.IntegerField()
    ///
    ///     class Meta:
    ///         ordering = ["-created", "customer__surname"]  # fires
    ///         unique_together = [("customer", "no")]  # fires
    ///         indexes = [models.Index(fields=["-nummer"], name="by_number")]  # fires
    ///         constraints = [models.UniqueConstraint(fields=["costumer"], name="one")]  # fires
    ///         get_latest_by = "made"  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/models.py
    /// from django.db import models
    /// from far.away import TranslatedField, Unknown
    ///
    /// class Customer(models.Model):
    ///     name = models.CharField(max_length=50)
    ///     data = models.JSONField(default=dict)
    ///
    /// class Order(models.Model):
    ///     customer = models.ForeignKey(Customer, models.CASCADE)
    ///     number = models.IntegerField()
    ///     title = TranslatedField(max_length=50)
    ///
    ///     class Meta:
    ///         ordering = ["title", "-pk", "?", "customer__name", "customer__data__city", "customer_id"]
    ///         unique_together = ("customer", "number")
    ///         indexes = [models.Index(fields=["customer", "-number"], name="by_number")]
    ///         get_latest_by = ["-number"]
    ///
    /// class Special(Order):
    ///     class Meta:
    ///         ordering = ["number"]
    ///
    /// class Other(Unknown, models.Model):
    ///     class Meta:
    ///         ordering = ["created"]
    /// ```
    UNKNOWN_OPTION_FIELD = {
        code: "INT003",
        name: "unknown-option-field",
        severity: Severity::Error,
        category: Category::Integrity,
        dimension: Some(Dimension::OrmUsage),
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for (id, model) in project.models.registered() {
        if !model.meta.is_own || project.models.is_open(id) {
            continue;
        }
        for option in [
            "ordering",
            "unique_together",
            "get_latest_by",
            "indexes",
            "constraints",
        ] {
            for (file, name) in names(project, model, option) {
                judge(context, id, option, file, name);
            }
        }
    }
}

fn judge(context: &mut Context<'_>, id: ModelId, option: &str, file: FileId, name: ExprRef<'_>) {
    let project = context.project;
    let Some(path) = name.as_str() else { return };
    let path = path.trim_start_matches(['-', '+']);
    if path.is_empty() || path == "?" {
        return;
    }
    let Some((missing, holder)) = missing_step(project, id, path) else {
        return;
    };
    let holder = project.models.get(holder);
    let model = project.models.get(id);
    let location = Location {
        file,
        span: name.span(),
    };
    context
        .report(
            location,
            format!(
                "`{option}` of `{}` names `{missing}`, which `{}` does not have",
                model.name, holder.name
            ),
        )
        .symbol(&*model.label)
        .app(&*model.app_label);
}

/// The strings of an option that name fields, where they stand in the model's own class.
fn names<'a>(project: &'a Project, model: &Model, option: &str) -> Vec<(FileId, ExprRef<'a>)> {
    let Some((module, code)) = model.meta.code(&project.modules, option) else {
        return Vec::new();
    };
    let (Some(file), Some(class)) = (project.modules.get(module).file, model.class) else {
        return Vec::new();
    };
    if class.module != module || !project.modules.class(class).span.encloses(code.span()) {
        return Vec::new();
    }
    let mut found: Vec<ExprRef<'a>> = Vec::new();
    match option {
        "indexes" | "constraints" => {
            for made in code
                .elements()
                .into_iter()
                .flatten()
                .filter_map(ExprRef::as_call)
            {
                found.extend(
                    made.keyword("fields")
                        .and_then(ExprRef::elements)
                        .into_iter()
                        .flatten(),
                );
            }
        }
        _ if code.as_str().is_some() => found.push(code),
        _ => {
            for item in code.elements().into_iter().flatten() {
                match item.elements() {
                    Some(inner) => found.extend(inner),
                    None => found.push(item),
                }
            }
        }
    }
    found.into_iter().map(|name| (file, name)).collect()
}

/// The first step of a path that its model does not have; what follows a field that is no relation
/// may be a transform or a key.
fn missing_step<'p>(
    project: &Project,
    start: ModelId,
    path: &'p str,
) -> Option<(&'p str, ModelId)> {
    let mut holder = start;
    for step in path.split("__") {
        let next = match project.models.lookup(holder, step) {
            Found::Field(_, field) => field.relation()?.to.model()?,
            Found::Reverse(reverse) => reverse.from,
            Found::Key(..) | Found::Unknown => return None,
            // What the class makes in a way that is not followed may be a field.
            Found::Nothing if is_bound(project, holder, step) => return None,
            Found::Nothing => return Some((step, holder)),
        };
        holder = next;
    }
    None
}

fn is_bound(project: &Project, id: ModelId, name: &str) -> bool {
    let class = project.models.get(id).class;
    class.is_some_and(|class| {
        let mro = project.modules.mro(class);
        mro.classes()
            .any(|&class| project.modules.class_body(class).binding(name).is_some())
    })
}
