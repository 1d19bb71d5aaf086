use luthier_diagnostics::{
    Category, Confidence, Dimension, Fix, FixAvailability, Location, Severity,
};
use luthier_project::Project;
use luthier_project::facts::ir::{Import, ImportContext, ImportKind, Stmt};
use luthier_project::facts::{BodyId, ExprRef, ImportId};
use luthier_project::modules::ModuleId;
use luthier_source::{FileId, Span};

use super::own_fields::own_fields;
use crate::{Check, Context, declare_rule, imports};

declare_rule! {
    /// Code names `auth.User` where it means the project's users, whatever model they have.
    ///
    /// ## Why it matters
    ///
    /// With a user model of one's own, `auth.User` has no table and no manager: relations to it do not
    /// pass Django's checks (`fields.E301`), queries raise `AttributeError: Manager isn't available`.
    /// The later a project gets its own model, the more of these places stand in the way; a reusable
    /// app that has one works in half of all projects.
    ///
    /// `settings.AUTH_USER_MODEL` is for relations, `get_user_model()` for everything else. A proxy of
    /// `auth.User` and other subclasses do mean that very class. Where the project's own settings stay
    /// with `auth.User`, an import of it works: there it is only possible, and hidden by default.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.contrib.auth.models import User
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     user = models.OneToOneField(User, models.CASCADE)  # fires
    ///     agent = models.ForeignKey("auth.User", models.CASCADE, related_name="+")  # fires
    /// ```
    ///
    /// ### Outside relations
    ///
    /// ```python file=shop/views.py
    /// from django.contrib.auth.models import User  # fires
    /// from django.shortcuts import render
    ///
    /// def newest(request):
    ///     return render(request, "newest.html", {"user": User.objects.latest("date_joined")})
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/models.py
    /// from django.conf import settings
    /// from django.db import models
    ///
    /// class Customer(models.Model):
    ///     user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE)
    ///     agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    /// ```
    ///
    /// ### Outside relations
    ///
    /// ```python file=shop/views.py
    /// from django.contrib.auth import get_user_model
    /// from django.shortcuts import render
    ///
    /// User = get_user_model()
    ///
    /// def newest(request):
    ///     return render(request, "newest.html", {"user": User.objects.latest("date_joined")})
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from typing import TYPE_CHECKING
    ///
    /// from django.conf import settings
    /// from django.contrib.auth import get_user_model
    /// from django.contrib.auth.models import AbstractUser, Group
    /// from django.db import models
    ///
    /// if TYPE_CHECKING:
    ///     from django.contrib.auth.models import User as PlainUser
    ///
    /// class Customer(models.Model):
    ///     user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE)
    ///     agent = models.ForeignKey(get_user_model(), models.CASCADE, related_name="+")
    ///     group = models.ForeignKey(Group, models.CASCADE)
    ///     friend = models.ForeignKey("shop.User", models.CASCADE, related_name="+")
    ///
    /// class User(AbstractUser):
    ///     pass
    /// ```
    ///
    /// ### The class itself is meant
    ///
    /// ```python file=shop/proxies.py
    /// from django.contrib.auth.models import User
    ///
    /// class Agent(User):
    ///     class Meta:
    ///         proxy = True
    /// ```
    ///
    /// ### Where there is no other way
    ///
    /// ```python file=shop/compat.py
    /// try:
    ///     from django.contrib.auth import get_user_model
    /// except ImportError:
    ///     from django.contrib.auth.models import User
    ///
    ///     def get_user_model():
    ///         return User
    /// ```
    USER_MODEL_HARDCODED = {
        code: "ARC002",
        name: "user-model-hardcoded",
        severity: Severity::Warning,
        category: Category::Architecture,
        dimension: Some(Dimension::Architecture),
        fix: FixAvailability::Sometimes,
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

const MODULE: &str = "django.contrib.auth.models";
const HELP: &str = "use `settings.AUTH_USER_MODEL` in relations, `get_user_model()` elsewhere";

fn check(context: &mut Context<'_>) {
    let project = context.project;
    relations(context);
    for module in project.own_modules() {
        let facts = project.modules.facts(module);
        if !facts.names.mention(MODULE) || is_beside(project, module) {
            continue;
        }
        for (index, import) in facts.imports.iter().enumerate() {
            if is_user(project, module, import) && is_used(project, module, import) {
                imported(context, module, import, index);
            }
        }
    }
}

/// Relations that name the model in a string or by its class.
fn relations(context: &mut Context<'_>) {
    let project = context.project;
    for own in own_fields(project) {
        if own.field.relation().is_none() || is_beside(project, own.module) {
            continue;
        }
        let Some(to) = own.call.argument(0, "to") else {
            continue;
        };
        if !names_user(project, own.module, to) {
            continue;
        }
        let location = Location {
            file: own.file,
            span: to.span(),
        };
        let fix = relation_fix(context, own.module, own.file, to);
        let message = format!(
            "`{}` leads to `auth.User`, whatever model users have",
            own.field.name
        );
        context
            .report(location, message)
            .help(HELP)
            .symbol(own.symbol())
            .app(&*own.model.app_label)
            .fix(fix);
    }
}

fn names_user(project: &Project, module: ModuleId, to: ExprRef<'_>) -> bool {
    match to.as_str() {
        Some(text) => text.eq_ignore_ascii_case("auth.user"),
        None => {
            let name = project.modules.qualified_expr(module, to);
            name.as_deref() == Some("django.contrib.auth.models.User")
        }
    }
}

fn relation_fix(
    context: &Context<'_>,
    module: ModuleId,
    file: FileId,
    to: ExprRef<'_>,
) -> Option<Fix> {
    let project = context.project;
    let facts = project.modules.facts(module);
    let fix = Fix::safe("Follow `AUTH_USER_MODEL`");
    let fix = fix.replace(file, to.span(), "settings.AUTH_USER_MODEL");
    let fix = without_import(context, module, file, to, fix);
    let bound = facts.module().binding("settings");
    if bound.is_none() {
        let text = context.sources.file(file).text.as_ref();
        let (at, line) = imports::added(facts, text, "from django.conf import settings")?;
        return Some(fix.insert(file, at, line));
    }
    let is_djangos = facts.imports.iter().any(|import| {
        facts.text(import.binds) == "settings"
            && import.scope == BodyId::MODULE
            && facts.text(import.module) == "django.conf"
    });
    is_djangos.then_some(fix)
}

/// Takes the import of the class out with its last use.
fn without_import(
    context: &Context<'_>,
    module: ModuleId,
    file: FileId,
    to: ExprRef<'_>,
    fix: Fix,
) -> Fix {
    let facts = context.project.modules.facts(module);
    let Some(name) = to.as_name() else { return fix };
    let import = facts.imports.iter().position(|import| {
        facts.text(import.binds) == name
            && import.scope == BodyId::MODULE
            && is_user(context.project, module, import)
    });
    let Some(import) = import.filter(|_| !is_exported(context.project, module, name)) else {
        return fix;
    };
    let exprs = facts.body_ids().flat_map(|body| facts.body(body).exprs());
    let uses = exprs.filter(|expr| expr.as_name() == Some(name));
    let mut uses: Vec<Span> = uses.map(ExprRef::span).collect();
    uses.sort_by_key(|span| span.start);
    let text = context.sources.file(file).text.as_ref();
    match uses[..] {
        [_] => match imports::removed(facts, text, import) {
            Some((span, rest)) => fix.replace(file, span, rest),
            None => fix,
        },
        // The last one waits for the one before it, and then is the only one.
        [.., before, last] if last == to.span() => fix.insert(file, before.end, ""),
        _ => fix,
    }
}

/// Whether others may take the name from this module.
fn is_exported(project: &Project, module: ModuleId, name: &str) -> bool {
    let facts = project.modules.facts(module);
    let mut exprs = facts.module().exprs();
    let own = &project.modules.get(module).name;
    project.modules.get(module).is_package
        || exprs.any(|expr| expr.as_str() == Some(name))
        || project.own_modules().any(|other| {
            let others = project.modules.facts(other);
            let mut from = others.imports.iter();
            from.any(|import| {
                let takes = match import.kind {
                    ImportKind::From => import.name.is_some_and(|it| others.text(it) == name),
                    ImportKind::Star => true,
                    ImportKind::Module | ImportKind::ModuleAs => false,
                };
                takes && project.modules.absolute(other, import).as_ref() == Some(own)
            })
        })
}

fn imported(context: &mut Context<'_>, module: ModuleId, import: &Import, index: usize) {
    let project = context.project;
    let Some(file) = project.modules.get(module).file else {
        return;
    };
    let location = Location {
        file,
        span: import.span,
    };
    let fix = import_fix(context, module, file, import, index);
    let is_right = is_the_user_model(project);
    let mut reported = context.report(
        location,
        "this is Django's user model, whatever model users have",
    );
    reported.help(HELP).fix(fix);
    if is_right {
        reported.confidence(Confidence::Possible);
    }
}

/// Whether the project's own settings say that users are `auth.User`: then code that names it works.
fn is_the_user_model(project: &Project) -> bool {
    let production = project.settings.production();
    production.is_some_and(|settings| {
        let model = settings.get("AUTH_USER_MODEL");
        model.is_none_or(|model| model.value.as_str() == Some("auth.User"))
    })
}

/// `from django.contrib.auth.models import User` that always runs.
fn is_user(project: &Project, module: ModuleId, import: &Import) -> bool {
    let facts = project.modules.facts(module);
    import.kind == ImportKind::From
        && import.context == ImportContext::Plain
        && facts.text(import.module) == MODULE
        && import.name.is_some_and(|name| facts.text(name) == "User")
}

/// Whether the name is used for more than relations, which are reported by themselves, and as no
/// base class.
fn is_used(project: &Project, module: ModuleId, import: &Import) -> bool {
    let facts = project.modules.facts(module);
    let named = facts.text(import.binds);
    let is_base = facts.classes.iter().any(|class| {
        let scope = facts.body(class.scope);
        class
            .bases
            .iter()
            .any(|base| scope.expr(base.value).as_name() == Some(named))
    });
    let relations: Vec<Span> = own_fields(project)
        .filter(|own| own.module == module && own.field.relation().is_some())
        .filter_map(|own| Some(own.call.argument(0, "to")?.span()))
        .collect();
    let mut exprs = facts.body_ids().flat_map(|body| facts.body(body).exprs());
    !is_base && exprs.any(|expr| expr.as_name() == Some(named) && !relations.contains(&expr.span()))
}

/// The import of the function in place of the class, and the name that the class had.
fn import_fix(
    context: &Context<'_>,
    module: ModuleId,
    file: FileId,
    import: &Import,
    index: usize,
) -> Option<Fix> {
    let facts = context.project.modules.facts(module);
    let text = context.sources.file(file).text.as_ref();
    let scope = facts.body(import.scope);
    let statement = scope
        .all_statements()
        .find(|statement| match statement.kind() {
            Stmt::Import { first, count } => count == 1 && ImportId::index(first) == index,
            _ => false,
        })?;
    let is_known = facts
        .imports
        .iter()
        .any(|other| facts.text(other.binds) == "get_user_model");
    if is_known {
        return None;
    }
    let name = facts.text(import.binds);
    let function = "from django.contrib.auth import get_user_model";
    let assignment = format!("{name} = get_user_model()");
    let span = statement.span();
    let fix = Fix::risky("Ask for the user model");
    if import.scope != BodyId::MODULE {
        let line = text.get(..span.start as usize)?;
        let indent = &line[line.rfind('\n').map_or(0, |at| at + 1)..];
        let is_alone = indent.trim().is_empty();
        return is_alone
            .then(|| fix.replace(file, span, format!("{function}\n{indent}{assignment}")));
    }
    let end = imports::end(facts, text)?;
    let is_followed = text
        .get(end as usize..)
        .is_some_and(|rest| rest.starts_with('\n'));
    let below = if is_followed { "" } else { "\n" };
    Some(
        fix.replace(file, span, function)
            .insert(file, end, format!("\n{assignment}\n{below}")),
    )
}

/// Tests make the users that they need; migrations name what was there when they were written.
fn is_beside(project: &Project, module: ModuleId) -> bool {
    project.modules.is_migration(module) || project.modules.is_test(module)
}
