use luthier_diagnostics::{Category, Confidence, Dimension, Severity};
use luthier_project::Project;
use luthier_project::facts::{ExprRef, PythonFacts, Stmt, is_test_path};
use luthier_project::modules::ModuleId;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A query runs when a module is imported.
    ///
    /// ## Why it matters
    ///
    /// Django imports models, forms, views and URLs before the database may even exist: `migrate` on an
    /// empty database fails with "no such table", tests ask the real database before their own is made,
    /// and `collectstatic` in an image's build needs a database server. Where it works, the answer is
    /// as old as the process: rows added later are missing until the next deployment.
    ///
    /// Django warns since 5.0 where it happens while apps are loaded.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Category(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// def names():
    ///     categories = Category.objects.order_by("name")
    ///     return [category.name for category in categories]
    /// ```
    ///
    /// ```python file=shop/forms.py
    /// from django import forms
    /// from shop.models import Category, names
    ///
    /// NAMES = names()  # fires
    /// COUNT = Category.objects.count()  # fires
    ///
    /// class ProductForm(forms.Form):
    ///     category = forms.ChoiceField(
    ///         choices=[(row.pk, row.name) for row in Category.objects.all()]  # fires
    ///     )
    ///     other = forms.ChoiceField(
    ///         choices=Category.objects.values_list("pk", "name"),  # fires
    ///     )
    ///
    /// def first(category=Category.objects.first()):  # fires
    ///     return category
    ///
    /// try:
    ///     DEFAULT = Category.objects.get(name="Other")  # fires
    /// except Exception:
    ///     DEFAULT = None
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Category(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// def names():
    ///     return list(Category.objects.values_list("name", flat=True))
    ///
    /// def recent():
    ///     return Category.objects.order_by("-pk")[:10]
    /// ```
    ///
    /// ```python file=shop/forms.py
    /// from django import forms
    /// from django.views.generic import ListView
    /// from shop.models import Category, names, recent
    ///
    /// RECENT = recent()
    /// NOTHING = list(Category.objects.none())
    /// NAMES = None
    ///
    /// class CategoryList(ListView):
    ///     queryset = Category.objects.filter(name__gt="a").values("name")[:10]
    ///
    /// class ProductForm(forms.Form):
    ///     category = forms.ModelChoiceField(queryset=Category.objects.all())
    ///     name = forms.ChoiceField(choices=names)
    ///     later = forms.ChoiceField(choices=lambda: [(n, n) for n in names()])
    ///
    ///     def clean(self):
    ///         return Category.objects.count()
    ///
    /// def all_names():
    ///     global NAMES
    ///     if NAMES is None:
    ///         NAMES = names()
    ///     return NAMES
    ///
    /// if __name__ == "__main__":
    ///     print(Category.objects.count())
    /// ```
    ///
    /// ### A script, which nothing imports
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Category(models.Model):
    ///     name = models.CharField(max_length=20)
    /// ```
    ///
    /// ```python file=tools/count.py
    /// import django
    /// django.setup()
    /// from shop.models import Category
    /// print(Category.objects.count())
    /// ```
    ///
    /// ```python file=tools/list.py
    /// from shop.models import Category
    /// for category in Category.objects.all():
    ///     print(category)
    /// ```
    QUERYSET_AT_IMPORT = {
        code: "ORM024",
        name: "queryset-at-import",
        severity: Severity::Error,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        check: Check::Module(check),
    }
}

fn check(context: &mut Context<'_>, module: ModuleId) {
    let project = context.project;
    let file = project.modules.get(module).file;
    let path = file.map(|file| &context.sources.file(file).path);
    if path.is_some_and(|path| is_loaded(project, module, path)) {
        for query in project.import_queries(module) {
            let (message, help) = match query.through {
                None => (
                    "a query runs when this module is imported".to_owned(),
                    "run it in a function that is called later; forms and fields take a function for \
                     `choices` and `default`",
                ),
                Some((function, _)) => (
                    format!(
                        "`{}()` runs a query when this module is imported",
                        project.modules.function_name(function)
                    ),
                    "call it later, or pass the function itself",
                ),
            };
            let mut reported = context.report(query.place, message);
            reported.help(help);
            if let Some((_, place)) = query.through {
                reported
                    .related(place, "the query")
                    .confidence(Confidence::Likely);
            }
        }
    }
}

/// Whether a module is one that Django loads: no test, no migration, no command and no script.
fn is_loaded(project: &Project, module: ModuleId, path: &str) -> bool {
    let mut folders = path.split('/');
    let is_elsewhere = folders.any(|folder| matches!(folder, "migrations" | "commands"));
    !is_elsewhere && !is_test_path(path) && !is_script(project.modules.facts(module))
}

/// Whether a module is there to be run: it sets Django up itself, or defines nothing that others
/// would import.
fn is_script(facts: &PythonFacts) -> bool {
    let mut calls = facts.module().exprs().filter_map(ExprRef::as_call);
    let sets_up = calls.any(|call| call.callee.dotted().as_deref() == Some("django.setup"));
    let mut statements = facts.module().statements();
    let has_loop = statements.any(|statement| matches!(statement.kind(), Stmt::For { .. }));
    let is_loose = has_loop && facts.classes.is_empty() && facts.functions.is_empty();
    sets_up || is_loose && facts.module().binding("urlpatterns").is_none()
}
