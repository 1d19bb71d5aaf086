use luthier_diagnostics::{
    Category, Confidence, Dimension, Fix, FixAvailability, Location, Severity,
};
use luthier_project::Project;
use luthier_project::facts::{CallRef, ExprRef};
use luthier_project::models::{IndexMaker, Listed, Model, TableIndex};
use luthier_project::modules::{ClassRef, ModuleId};
use luthier_source::Span;

use super::own_fields::keyword_span;
use crate::removal::{whole_lines, without};
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// An index that another index of the table already gives.
    ///
    /// ## Why it matters
    ///
    /// Every insert and most updates write to each index, vacuum walks them, and they push rows out of
    /// the cache. Foreign keys, `unique=True`, unique constraints and `unique_together` make an index of
    /// their own; an index on the first columns of a longer one is rarely used beside it.
    ///
    /// Only what is written is judged: the index that a foreign key has by default may be the shorter
    /// one of two, and is left alone. So is `db_index=True` on text, which on PostgreSQL makes a second
    /// index for `LIKE`.
    ///
    /// Where the longer index has three columns more, the finding is only possible, and hidden by default:
    /// the narrow one may be worth it.
    ///
    /// The fix asks for `--unsafe-fixes` where the index that stays is longer. The next `makemigrations`
    /// drops the index.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Shop(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// class Order(models.Model):
    ///     shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    ///     number = models.CharField(max_length=20, unique=True)
    ///     created = models.DateTimeField(db_index=True)
    ///     status = models.IntegerField()
    ///
    ///     class Meta:
    ///         ordering = ["created"]
    ///         indexes = [
    ///             models.Index(fields=["shop"]),  # fires
    ///             models.Index(fields=["number"], name="by_number"),  # fires
    ///             models.Index(fields=["-created"]),  # fires
    ///             models.Index(fields=["status", "created"]),
    ///         ]
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, on_delete=models.CASCADE)
    ///     position = models.IntegerField()
    ///
    ///     class Meta:
    ///         indexes = [models.Index(fields=["order", "position"])]  # fires
    ///         constraints = [
    ///             models.UniqueConstraint(fields=["order", "position"], name="one_line"),
    ///         ]
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/models.py
    /// from django.db import models
    ///
    /// class Shop(models.Model):
    ///     name = models.CharField(max_length=20)
    ///
    /// class Order(models.Model):
    ///     shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    ///     number = models.CharField(max_length=20, unique=True)
    ///     created = models.DateTimeField(db_index=True)
    ///     status = models.IntegerField()
    ///
    ///     class Meta:
    ///         ordering = ["created"]
    ///         indexes = [
    ///             models.Index(fields=["status", "created"]),
    ///         ]
    ///
    /// class Line(models.Model):
    ///     order = models.ForeignKey(Order, on_delete=models.CASCADE)
    ///     position = models.IntegerField()
    ///
    ///     class Meta:
    ///         constraints = [
    ///             models.UniqueConstraint(fields=["order", "position"], name="one_line"),
    ///         ]
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/models.py
    /// from django.contrib.postgres.indexes import GinIndex
    /// from django.db import models
    /// from django.db.models.functions import Lower
    ///
    /// class Shop(models.Model):
    ///     name = models.CharField(max_length=20, db_index=True)
    ///     city = models.CharField(max_length=20)
    ///
    ///     class Meta:
    ///         indexes = [
    ///             models.Index(fields=["name", "city"]),
    ///             models.Index(Lower("name"), name="by_lower_name"),
    ///             models.Index(fields=["name"], name="by_pattern", opclasses=["varchar_pattern_ops"]),
    ///             GinIndex(fields=["name"]),
    ///         ]
    ///
    /// class Order(models.Model):
    ///     shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    ///     number = models.IntegerField()
    ///     status = models.IntegerField(db_index=True)
    ///     created = models.DateTimeField()
    ///     parent = models.ForeignKey("self", on_delete=models.CASCADE, db_index=False)
    ///
    ///     class Meta:
    ///         unique_together = [("shop", "number")]
    ///         indexes = [
    ///             models.Index(fields=["number", "shop"]),
    ///             models.Index(fields=["parent"]),
    ///             models.Index(fields=["shop"], condition=models.Q(status=1), name="open"),
    ///             models.Index(fields=["status"], include=["number"], name="covering"),
    ///             models.Index(fields=["created", "-number"]),
    ///             models.Index(fields=["created", "number", "status"]),
    ///         ]
    ///         constraints = [
    ///             models.UniqueConstraint(
    ///                 fields=["created"], condition=models.Q(status=1), name="one_open"
    ///             ),
    ///         ]
    /// ```
    REDUNDANT_INDEX = {
        code: "ORM021",
        name: "redundant-index",
        severity: Severity::Warning,
        category: Category::Orm,
        dimension: Some(Dimension::OrmUsage),
        confidence: Confidence::Likely,
        fix: FixAvailability::Sometimes,
        check: Check::Project(check),
    }
}

/// Behind an index that has more columns than these besides, a narrow one may be worth its writes.
const WIDER: usize = 2;

fn check(context: &mut Context<'_>) {
    let project = context.project;
    for (_, model) in project.models.all() {
        let Some(class) = model
            .class
            .filter(|_| !model.is_proxy && model.is_managed())
        else {
            continue;
        };
        if !project.modules.is_repository(class.module) {
            continue;
        }
        let indexes = model.indexes(&project.modules);
        for (at, index) in indexes.iter().enumerate() {
            let Some(written) = written(project, class, index) else {
                continue;
            };
            let mut others = indexes.iter().enumerate();
            let covering = others.find(|&(other_at, other)| {
                let is_longer = other.columns.len() > index.columns.len();
                // Of two that are the same the first stays; those of fields come first.
                (is_longer || other_at < at) && other.covers(index)
            });
            if let Some((_, covering)) = covering {
                report(context, model, class.module, index, written, covering);
            }
        }
    }
}

/// Where a model's own code asks for an index that could be left out.
#[derive(Clone, Copy)]
enum Written<'a> {
    Listed(Listed<'a>),
    /// `db_index=True`
    Keyword(CallRef<'a>, ExprRef<'a>),
}

fn written<'a>(
    project: &'a Project,
    class: ClassRef,
    index: &TableIndex<'a>,
) -> Option<Written<'a>> {
    match index.maker {
        IndexMaker::Indexes(listed) | IndexMaker::IndexTogether(listed) => {
            let own = project.modules.class(class).span;
            let is_own = listed.module == class.module && own.encloses(listed.list.span());
            (is_own && !index.has_more).then_some(Written::Listed(listed))
        }
        IndexMaker::DbIndex(field) => {
            let is_own = field.declared_in == Some(class) && !field.kind.is_text();
            let call = project.modules.value(field.value?).as_call()?;
            let value = call.keyword("db_index")?;
            is_own.then_some(Written::Keyword(call, value))
        }
        _ => None,
    }
}

fn report(
    context: &mut Context<'_>,
    model: &Model,
    module: ModuleId,
    index: &TableIndex<'_>,
    written: Written<'_>,
    covering: &TableIndex<'_>,
) {
    let Some(file) = context.project.modules.get(module).file else {
        return;
    };
    let text = context.sources.file(file).text.as_ref();
    let span = match written {
        Written::Listed(listed) => listed.element.span(),
        Written::Keyword(_, value) => keyword_span(text, value, "db_index").unwrap_or(value.span()),
    };
    let is_same = covering.columns.len() == index.columns.len();
    let fix = removal(text, written).map(|span| {
        let title = "Leave the index out";
        let fix = if is_same {
            Fix::safe(title)
        } else {
            Fix::risky(title)
        };
        fix.replace(file, span, "")
    });
    let columns = index.columns.iter();
    let columns: Vec<String> = columns
        .map(|column| format!("`{}`", column.field))
        .collect();
    let message = format!(
        "the index of `{}` on {} is {} {} makes",
        model.name,
        columns.join(", "),
        if is_same {
            "one that"
        } else {
            "the beginning of one that"
        },
        maker(covering),
    );
    let mut reported = context.report(Location { file, span }, message);
    reported
        .help("leave it out: every write pays for it")
        .symbol(&*model.label)
        .app(&*model.app_label)
        .fix(fix);
    if is_same {
        reported.confidence(Confidence::Certain);
    } else if covering.columns.len() > index.columns.len() + WIDER {
        reported.confidence(Confidence::Possible);
    }
}

fn maker(index: &TableIndex<'_>) -> &'static str {
    match index.maker {
        IndexMaker::PrimaryKey => "the primary key",
        IndexMaker::Unique => "`unique=True`",
        IndexMaker::ForeignKey => "the foreign key",
        IndexMaker::DbIndex(_) => "`db_index=True`",
        IndexMaker::UniqueTogether => "`unique_together`",
        IndexMaker::Constraint => "a unique constraint",
        IndexMaker::Indexes(_) => "`Meta.indexes`",
        IndexMaker::IndexTogether(_) => "`index_together`",
    }
}

/// The text to take out; `None` where something else would be left hanging or lost.
fn removal(text: &str, written: Written<'_>) -> Option<Span> {
    match written {
        Written::Listed(listed) => {
            let elements: Vec<Span> = listed.list.elements()?.map(ExprRef::span).collect();
            if elements.len() > 1 {
                return without(text, &elements, listed.element.span());
            }
            // The last one: the whole option goes, unless the class is empty then.
            let body = listed.list.body;
            let mut statements = body.statements();
            let option = statements.find(|statement| {
                statement
                    .assignment()
                    .is_some_and(|(_, value)| value.id == listed.list.id)
            })?;
            (body.statements().len() > 1).then(|| whole_lines(text, option.span()))?
        }
        Written::Keyword(call, value) => {
            let arguments = call.arguments().iter();
            let spans: Option<Vec<Span>> = arguments
                .map(|argument| {
                    let value = call.expr.at(argument.value);
                    match argument.keyword {
                        Some(name) => keyword_span(text, value, call.expr.facts().text(name)),
                        None => Some(value.span()),
                    }
                })
                .collect();
            without(text, &spans?, keyword_span(text, value, "db_index")?)
        }
    }
}

#[cfg(test)]
mod tests {
    use luthier_diagnostics::{Applicability, Confidence};

    use super::REDUNDANT_INDEX;
    use crate::testing::check;

    #[test]
    fn the_beginning_of_a_longer_one_is_an_unsafe_fix() {
        let found = check(
            &REDUNDANT_INDEX,
            r#"
--- shop/models.py
from django.db import models

class Order(models.Model):
    status = models.IntegerField(default=1, db_index=True)  # fires
    created = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-status", "created"])]
"#,
        );
        let fix = found.findings[0].fix.as_ref().unwrap();
        assert_eq!(fix.applicability, Applicability::Unsafe);
        assert_eq!(found.findings[0].confidence, Confidence::Likely);
        let edit = &fix.edits[0];
        assert_eq!(
            found.sources.file(edit.file).at(edit.span),
            ", db_index=True"
        );
    }

    #[test]
    fn what_a_base_class_writes_is_not_the_childs() {
        check(
            &REDUNDANT_INDEX,
            r#"
--- shop/models.py
from django.db import models

class Dated(models.Model):
    created = models.DateTimeField(db_index=True)
    number = models.IntegerField()

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["number"])]

class Order(Dated):
    class Meta(Dated.Meta):
        unique_together = [("number", "created"), ("created", "number")]

class Table(models.Model):
    number = models.IntegerField(unique=True)

    class Meta:
        managed = False
        indexes = [models.Index(fields=["number"])]
"#,
        );
    }
}
