use std::fmt::Write as _;

use luthier_diagnostics::{Category, Confidence, Fix, FixAvailability, Location, Severity};
use luthier_project::Project;
use luthier_project::constant::Constant;
use luthier_project::facts::{BodyRef, ExprRef};
use luthier_project::models::{Model, ModelId};
use luthier_project::modules::{ClassRef, Definition, ModuleId};
use luthier_project::serializers::ShapeKind;
use luthier_source::Span;
use rustc_hash::FxHashSet;

use super::own_fields::{keyword_span, models_alias};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// `unique_together` where a `UniqueConstraint` says the same and more.
    ///
    /// ## Why it matters
    ///
    /// Django's documentation recommends `UniqueConstraint`: it has a name that errors and migrations
    /// can refer to, and takes conditions, expressions, `deferrable`, `include` and `nulls_distinct`.
    /// `unique_together` may be deprecated.
    ///
    /// The fix asks for `--unsafe-fixes`: `makemigrations` finds an `AlterUniqueTogether` and an
    /// `AddConstraint` afterwards, which drop one unique index and build another on the live table,
    /// and errors of forms and serializers then speak of the constraint by its name.
    ///
    /// Of abstract classes it is only possible, and hidden by default: every model below one, in
    /// whatever project, gets a migration, and the constraint's name has to hold `%(app_label)s` and
    /// `%(class)s`. Where code reads `unique_together` itself, nothing is reported for the models that it
    /// may be about; so do the serializers of Django REST framework before 3.15, which check constraints
    /// since then. Nor is anything reported in an app whose migrations build indexes concurrently: its
    /// tables are too large to lock them for a name.
    ///
    /// Where a constraint over the same fields stands beside it, `unique_together` is a second unique index
    /// that every write pays for, and can go.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Line(models.Model):
    ///     order = models.IntegerField()
    ///     position = models.IntegerField()
    ///
    ///     class Meta:
    ///         unique_together = [("order", "position")]  # fires
    ///
    /// class Shelf(models.Model):
    ///     room = models.IntegerField()
    ///     number = models.IntegerField()
    ///
    ///     class Meta:
    ///         constraints = [models.UniqueConstraint(fields=["room", "number"], name="one_shelf")]
    ///         unique_together = [("room", "number")]  # fires
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Line(models.Model):
    ///     order = models.IntegerField()
    ///     position = models.IntegerField()
    ///
    ///     class Meta:
    ///         constraints = [
    ///             models.UniqueConstraint(fields=["order", "position"], name="line_order_position_unique"),
    ///         ]
    ///
    /// class Shelf(models.Model):
    ///     room = models.IntegerField()
    ///     number = models.IntegerField()
    ///
    ///     class Meta:
    ///         constraints = [models.UniqueConstraint(fields=["room", "number"], name="one_shelf")]
    ///         unique_together = [("room", "number")]
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Line(models.Model):
    ///     order = models.IntegerField()
    ///     position = models.IntegerField()
    ///
    ///     class Meta:
    ///         unique_together = []
    ///         constraints = [
    ///             models.UniqueConstraint(fields=["order", "position"], name="line_order_position_unique"),
    ///         ]
    ///
    /// class Content(models.Model):
    ///     @classmethod
    ///     def key(cls):
    ///         return cls._meta.unique_together[0]
    ///
    /// class Package(Content):
    ///     name = models.CharField(max_length=20)
    ///     version = models.CharField(max_length=20)
    ///
    ///     class Meta:
    ///         unique_together = [("name", "version")]
    /// ```
    ///
    /// ### A field that asks whatever model has it
    ///
    /// ```python file=shop/fields.py
    /// from django.db import models
    ///
    /// class AutoSlugField(models.SlugField):
    ///     def pre_save(self, instance, add):
    ///         return self.unused(instance, instance._meta.unique_together)
    /// ```
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Page(models.Model):
    ///     site = models.IntegerField()
    ///     slug = models.SlugField()
    ///
    ///     class Meta:
    ///         unique_together = [("site", "slug")]
    /// ```
    ///
    /// ### Tables whose indexes are built concurrently
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Line(models.Model):
    ///     order = models.IntegerField()
    ///     position = models.IntegerField()
    ///
    ///     class Meta:
    ///         unique_together = [("order", "position")]
    /// ```
    ///
    /// ```python file=shop/migrations/0002_line_position.py
    /// from django.contrib.postgres.operations import AddIndexConcurrently
    /// from django.db import migrations, models
    ///
    /// class Migration(migrations.Migration):
    ///     atomic = False
    ///     dependencies = []
    ///     operations = [
    ///         AddIndexConcurrently("line", models.Index(fields=["position"], name="line_position")),
    ///     ]
    /// ```
    ///
    /// ### A serializer that checks nothing else
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Line(models.Model):
    ///     order = models.IntegerField()
    ///     position = models.IntegerField()
    ///
    ///     class Meta:
    ///         unique_together = [("order", "position")]
    /// ```
    ///
    /// ```python file=shop/serializers.py
    /// from rest_framework import serializers
    /// from shop.models import Line
    ///
    /// class LineSerializer(serializers.ModelSerializer):
    ///     class Meta:
    ///         model = Line
    ///         fields = ["order", "position"]
    /// ```
    ///
    /// ```text file=requirements.txt
    /// djangorestframework==3.14.0
    /// ```
    UNIQUE_TOGETHER_TO_CONSTRAINT = {
        code: "MOD004",
        name: "unique-together-to-constraint",
        severity: Severity::Info,
        category: Category::Modernization,
        fix: FixAvailability::Sometimes,
        check: Check::Project(check),
    }
}

fn check(context: &mut Context<'_>) {
    let (project, sources) = (context.project, context.sources);
    let readers = Readers::of(project);
    let checked = checked_by_serializers(project);
    for (id, model) in project.models.all() {
        let code = model.meta.code(&project.modules, "unique_together");
        let Some((module, value)) = code.filter(|_| model.meta.is_own && model.is_managed()) else {
            continue;
        };
        let is_in_model = model.class.is_some_and(|class| {
            let span = project.modules.class(class).span;
            class.module == module && span.encloses(value.span())
        });
        let is_empty = matches!(
            model.meta.get("unique_together"),
            Some(Constant::List(items)) if items.is_empty()
        );
        let (true, false, Some(file)) = (is_in_model, is_empty, project.modules.get(module).file)
        else {
            continue;
        };
        if checked.contains(&id) || readers.may_ask(project, model) {
            continue;
        }
        let text = sources.file(file).text.as_ref();
        let span = keyword_span(text, value, "unique_together").unwrap_or(value.span());
        if let Some(constraint) = repeated(project, model, value) {
            context
                .report(
                    Location { file, span },
                    format!(
                        "`{}` says in `unique_together` what a constraint says",
                        model.name
                    ),
                )
                .help(
                    "leave `unique_together` out: it is a second unique index over the same fields",
                )
                .related(
                    Location {
                        file,
                        span: constraint,
                    },
                    "the constraint",
                )
                .symbol(&*model.label)
                .app(&*model.app_label);
            continue;
        }
        if project.migrations.spare_locks(&model.app_label) {
            continue;
        }
        let fix = fix(context, model, module, value, span, file);
        let mut reported = context.report(
            Location { file, span },
            format!("`{}` uses `unique_together`", model.name),
        );
        reported
            .help("use `UniqueConstraint` in `Meta.constraints`; on a table in use the migration builds the index anew under a lock")
            .symbol(&*model.label)
            .app(&*model.app_label)
            .fix(fix);
        if model.is_abstract {
            reported
                .help("use `UniqueConstraint` in `Meta.constraints`, with a name that holds `%(app_label)s` and `%(class)s`")
                .confidence(Confidence::Possible);
        }
    }
}

/// The first constraint that repeats `unique_together`, where every group of fields has one that asks
/// for nothing else.
fn repeated(project: &Project, model: &Model, value: ExprRef<'_>) -> Option<Span> {
    let (module, constraints) = model.meta.code(&project.modules, "constraints")?;
    let own = constraints.elements().filter(|_| model.meta.is_own)?;
    let mut plain = Vec::new();
    for constraint in own {
        let call = constraint.as_call()?;
        let name = project.modules.qualified_expr(module, call.callee)?;
        let is_plain = name.ends_with(".UniqueConstraint")
            && call.keywords().all(|(keyword, _)| {
                matches!(
                    keyword,
                    "fields" | "name" | "violation_error_message" | "violation_error_code"
                )
            });
        if let Some(fields) = call.keyword("fields").filter(|_| is_plain) {
            let fields: Option<Vec<&str>> = fields.elements()?.map(ExprRef::as_str).collect();
            plain.push((fields?, constraint.span()));
        }
    }
    let same = |group: &Vec<&str>| {
        let sorted = |fields: &[&str]| {
            let mut fields: Vec<String> = fields.iter().map(ToString::to_string).collect();
            fields.sort();
            fields
        };
        let mut plain = plain.iter();
        plain.find(|(fields, _)| sorted(fields) == sorted(group))
    };
    let groups = groups(value)?;
    let found: Option<Vec<_>> = groups.iter().map(same).collect();
    found?.first().map(|(_, span)| *span)
}

/// The models whose serializers check `unique_together` and nothing else: before 3.15 the REST
/// framework does not look at constraints (read in 3.14.0 and 3.15.0), and what breaks one would end
/// in an `IntegrityError`.
fn checked_by_serializers(project: &Project) -> FxHashSet<ModelId> {
    if project.is_older("djangorestframework", &[3, 15]) != Some(true) {
        return FxHashSet::default();
    }
    let shapes = project.serializers.all().iter();
    let serializers = shapes.filter(|shape| shape.kind == ShapeKind::Serializer);
    serializers
        .filter_map(|shape| shape.subject.model())
        .collect()
}

/// The code that reads `unique_together` and knows no constraints beside it.
struct Readers {
    /// Classes whose methods do, or whose option others take up.
    classes: Vec<ClassRef>,
    /// Whether other code does, about whatever model it is given.
    any: bool,
}

impl Readers {
    fn of(project: &Project) -> Self {
        let mut readers = Self {
            classes: Vec::new(),
            any: false,
        };
        for module in project.own_modules() {
            let facts = project.modules.facts(module);
            if project.modules.is_migration(module) || !facts.names.mention("unique_together") {
                continue;
            }
            for body in facts.body_ids().map(|id| facts.body(id)) {
                readers.add(project, module, body);
            }
        }
        readers
    }

    fn add(&mut self, project: &Project, module: ModuleId, body: BodyRef<'_>) {
        let reads = |name: &str| {
            let mut attributes = body.exprs().filter_map(ExprRef::as_attribute);
            attributes.find(|(_, attribute)| *attribute == name)
        };
        let Some((owner, _)) = reads("unique_together") else {
            return;
        };
        let head = owner.head().map(|head| body.facts.text(head));
        let named = head.map(|head| project.modules.resolve_in(module, body.id, head));
        if let Some(Definition::Class(class)) = named {
            self.classes.push(class);
        } else if reads("constraints").is_none() && reads("total_unique_constraints").is_none() {
            let class = body
                .enclosing_class()
                .map(|class| ClassRef { module, class });
            match class.filter(|class| is_of_models(project, *class)) {
                Some(class) => self.classes.push(class),
                None => self.any = true,
            }
        }
    }

    fn may_ask(&self, project: &Project, model: &Model) -> bool {
        let own = model.class.map(|class| project.modules.mro(class));
        self.any || own.is_some_and(|own| own.classes().any(|class| self.classes.contains(class)))
    }
}

/// Whether a class is a model or a base of one; fields and other helpers ask whatever model has them.
fn is_of_models(project: &Project, class: ClassRef) -> bool {
    let mut models = project.models.all().filter_map(|(_, model)| model.class);
    models.any(|model| {
        let mro = project.modules.mro(model);
        mro.classes().any(|ancestor| *ancestor == class)
    })
}

fn fix(
    context: &Context<'_>,
    model: &Model,
    module: ModuleId,
    value: ExprRef<'_>,
    span: Span,
    file: luthier_source::FileId,
) -> Option<Fix> {
    if model.meta.get("constraints").is_some() || model.is_abstract {
        return None;
    }
    let alias = models_alias(context.project, module)?;
    let groups = groups(value)?;
    let text = context.sources.file(file).text.as_ref();
    let line = text.get(..span.start as usize)?;
    let indent = &line[line.rfind('\n').map_or(0, |newline| newline + 1)..];
    if !indent.trim().is_empty() {
        return None;
    }
    let mut written = "constraints = [\n".to_owned();
    for fields in groups {
        let quoted: Vec<String> = fields.iter().map(|field| format!("\"{field}\"")).collect();
        let name = format!("{}_{}_unique", model.name.to_lowercase(), fields.join("_"));
        let quoted = quoted.join(", ");
        let _ = writeln!(
            written,
            "{indent}    {alias}.UniqueConstraint(fields=[{quoted}], name=\"{name}\"),"
        );
    }
    written.push_str(indent);
    written.push(']');
    Some(Fix::risky("Use `UniqueConstraint`").replace(file, span, written))
}

/// The groups of field names, where all are spelt out.
fn groups<'a>(value: ExprRef<'a>) -> Option<Vec<Vec<&'a str>>> {
    let items: Vec<ExprRef<'a>> = value.elements()?.collect();
    let names = |items: &[ExprRef<'a>]| items.iter().map(|item| item.as_str()).collect();
    if let Some(flat) = names(&items) {
        return Some(vec![flat]);
    }
    let of_group = |item: &ExprRef<'a>| names(&item.elements()?.collect::<Vec<_>>());
    items.iter().map(of_group).collect()
}
