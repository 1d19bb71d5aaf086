use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::facts::{CallRef, ExprRef, is_command_path, is_test_path};
use luthier_project::modules::{Definition, ModuleId};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Rows are put in random order by the database.
    ///
    /// ## Why it matters
    ///
    /// No index helps: the database gives every row a random number and sorts them all, even where
    /// only one is taken. It is quick on a developer's machine with a hundred rows, and a full scan
    /// with a sort on disk at each request once there are a million.
    ///
    /// The rows of one parent (`quiz.questions.order_by("?")`) are few as a rule, and no user waits for
    /// management commands: there it is only possible, and hidden by default.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Product(models.Model):
    ///     on_sale = models.BooleanField(default=False)
    ///
    /// class Quote(models.Model):
    ///     text = models.TextField()
    ///
    ///     class Meta:
    ///         ordering = ["?"]  # fires
    /// ```
    ///
    /// ```python file=shop/views.py
    /// from django.db.models.functions import Random
    /// from shop.models import Product
    ///
    /// def featured(request):
    ///     return Product.objects.filter(on_sale=True).order_by("?")[:3]  # fires
    ///
    /// def another(request):
    ///     return Product.objects.order_by(Random()).first()  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Product(models.Model):
    ///     on_sale = models.BooleanField(default=False)
    /// ```
    ///
    /// ```python file=shop/views.py
    /// import random
    /// from shop.models import Product
    ///
    /// def featured(request):
    ///     keys = Product.objects.filter(on_sale=True).values_list("pk", flat=True)
    ///     chosen = random.sample(list(keys), 3)
    ///     return Product.objects.filter(pk__in=chosen).order_by("pk")
    ///
    /// def ranked(request):
    ///     return Product.objects.order_by("-on_sale", "?")
    ///
    /// def build(query, url):
    ///     return query.order_by("pk"), url.split("?")
    /// ```
    ///
    /// ### Tests
    ///
    /// ```python file=shop/tests/helpers.py
    /// from shop.models import Product
    ///
    /// SOME = Product.objects.order_by("?")
    /// ```
    RANDOM_ORDER = {
        code: "ORM023",
        name: "random-order",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

const HELP: &str = "pick among the keys in Python, with `random.choice()` or `random.sample()`, and \
    get the rows by them";

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for module in project.own_modules() {
        let facts = project.modules.facts(module);
        let Some(file) = project.modules.get(module).file else {
            continue;
        };
        let path = &context.sources.file(file).path;
        if is_test_path(path) {
            continue;
        }
        let is_command = is_command_path(path);
        for body in facts.body_ids() {
            for call in facts.body(body).exprs().filter_map(ExprRef::as_call) {
                let Some((rows, "order_by")) = call.callee.as_attribute() else {
                    continue;
                };
                // Behind another key it costs nothing that the sort does not cost anyway.
                let first = call.positional().next();
                let Some(random) = first.filter(|&key| is_random(context, module, key)) else {
                    continue;
                };
                let location = Location {
                    file,
                    span: random.span(),
                };
                let is_cheap = is_command || may_be_few(context, module, rows);
                let mut reported =
                    context.report(location, "the database sorts all rows in random order");
                reported.help(HELP);
                if is_cheap {
                    reported.confidence(Confidence::Possible);
                }
            }
        }
    }
    in_meta(context);
}

/// `Meta.ordering`.
fn in_meta(context: &mut Context<'_>) {
    let project = context.project;
    for (_, model) in project.models.all() {
        let code = model.meta.code(&project.modules, "ordering");
        let Some((module, value)) = code.filter(|_| model.meta.is_own) else {
            continue;
        };
        let is_in_model = model.class.is_some_and(|class| {
            let span = project.modules.class(class).span;
            class.module == module && span.encloses(value.span())
        });
        let file = project.modules.get(module).file;
        let Some(file) = file.filter(|_| is_in_model && project.modules.is_repository(module))
        else {
            continue;
        };
        let first = value.elements().and_then(|mut keys| keys.next());
        if let Some(random) = first.filter(|&key| is_random(context, module, key)) {
            let location = Location {
                file,
                span: random.span(),
            };
            context
                .report(
                    location,
                    format!("every query for `{}` sorts in random order", model.name),
                )
                .help("leave it out of `ordering`")
                .symbol(&*model.label)
                .app(&*model.app_label);
        }
    }
}

fn is_random(context: &Context<'_>, module: ModuleId, key: ExprRef<'_>) -> bool {
    if key.as_str() == Some("?") {
        return true;
    }
    let modules = &context.project.modules;
    let is_random = |call: CallRef<'_>| {
        let named = modules.qualified_expr(module, call.callee);
        named.is_some_and(|name| {
            name.starts_with("django.db.models.functions.") && name.ends_with(".Random")
        })
    };
    key.as_call().is_some_and(is_random)
}

/// Whether the rows may be those of one row's relation: `quiz.questions.filter(...)`.
fn may_be_few(context: &Context<'_>, module: ModuleId, rows: ExprRef<'_>) -> bool {
    if let Some(call) = rows.as_call() {
        let callee = call.callee.as_attribute();
        return callee.is_some_and(|(rows, _)| may_be_few(context, module, rows));
    }
    let Some((object, name)) = rows.as_attribute() else {
        return false;
    };
    let is_manager = name.ends_with("objects") || name.ends_with("_manager");
    let found = context.project.modules.resolve_expr(module, object);
    !is_manager && !matches!(found, Definition::Class(_))
}

#[cfg(test)]
mod tests {
    use luthier_diagnostics::Confidence;

    use super::RANDOM_ORDER;
    use crate::testing::check;

    #[test]
    fn rows_of_one_parent_are_only_possible() {
        let found = check(
            &RANDOM_ORDER,
            r#"
--- shop/models.py
from django.db import models

class Quiz(models.Model):
    def shuffled(self):
        return self.questions.filter(is_open=True).order_by("?")  # fires

class Question(models.Model):
    quiz = models.ForeignKey(Quiz, models.CASCADE, related_name="questions")
    is_open = models.BooleanField()
"#,
        );
        assert_eq!(found.findings[0].confidence, Confidence::Possible);
    }
}
