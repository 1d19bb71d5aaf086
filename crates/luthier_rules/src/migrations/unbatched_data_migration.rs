use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::migrations::{Applied, ModelKey, Write, WriteKind};
use luthier_source::sql::Kind;
use rustc_hash::FxHashSet;

use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A data migration changes all rows of a table at once.
    ///
    /// ## Why it matters
    ///
    /// Every row that an `UPDATE` has changed stays locked until its transaction ends, and a migration is
    /// one transaction. On a table with millions of rows that takes minutes to hours: requests that write
    /// to one of the rows wait, dead rows pile up, replicas fall behind, and when it is stopped or fails,
    /// all of it was for nothing. A row that is saved by itself costs a round trip besides.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// ```
    /// ```python file=shop/__init__.py
    /// ```
    /// ```python file=shop/migrations/__init__.py
    /// ```
    /// ```python file=shop/migrations/0001_initial.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     initial = True
    ///
    ///     operations = [
    ///         migrations.CreateModel(
    ///             "Order",
    ///             [
    ///                 ("id", models.BigAutoField(primary_key=True)),
    ///                 ("status", models.TextField()),
    ///                 ("total", models.IntegerField(null=True)),
    ///             ],
    ///         ),
    ///         migrations.CreateModel("Line", [("id", models.BigAutoField(primary_key=True))]),
    ///         migrations.CreateModel(
    ///             "ShopSettings", [("id", models.BigAutoField(primary_key=True))]
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/migrations/0002_totals.py
    /// from django.db import migrations
    ///
    ///
    /// def zero(apps, schema_editor):
    ///     apps.get_model("shop", "Order").objects.update(total=0)  # fires
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     Line = apps.get_model("shop", "Line")
    ///     for line in Line.objects.all():
    ///         line.total = line.price * line.count
    ///         line.save()  # fires
    ///     number(apps.get_model("shop", "Order").objects)
    ///
    ///
    /// def number(orders):
    ///     for order in orders.order_by("pk"):
    ///         order.save()  # fires
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunPython(zero, migrations.RunPython.noop),
    ///         migrations.RunPython(fill, migrations.RunPython.noop),
    ///     ]
    /// ```
    ///
    /// ### In SQL
    ///
    /// ```python file=shop/migrations/0001_initial.py
    /// from django.db import migrations, models
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     initial = True
    ///
    ///     operations = [
    ///         migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True))]),
    ///         migrations.RunSQL("UPDATE shop_order SET id = 1"),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0002_totals.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunSQL("UPDATE shop_order SET total = 0 WHERE total IS NULL"),
    ///         migrations.RunSQL("UPDATE shop_order SET total = 0"),  # fires
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// Some rows, rows in batches, rows that are made for each of others, and rows of a table that the
    /// migration makes itself.
    ///
    /// ```python file=shop/migrations/0002_totals.py
    /// from django.db import migrations, models
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     Order = apps.get_model("shop", "Order")
    ///     Order.objects.filter(status="").update(status="new")
    ///     while keys := list(Order.objects.filter(total=None).values_list("pk", flat=True)[:1000]):
    ///         Order.objects.filter(pk__in=keys).update(total=0)
    ///     for order in Order.objects.filter(status="broken"):
    ///         order.save()
    ///     for order in Order.objects.all():
    ///         Order(total=order.total).save()
    ///     changed = []
    ///     for order in Order.objects.all():
    ///         order.number = order.pk
    ///         changed.append(order)
    ///     Order.objects.bulk_update(changed, ["number"], batch_size=1000)
    ///     for state in apps.get_model("shop", "State").objects.all():
    ///         state.save()
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.CreateModel("State", [("id", models.BigAutoField(primary_key=True))]),
    ///         migrations.RunPython(fill, migrations.RunPython.noop),
    ///     ]
    /// ```
    ///
    /// ### Row by row without a transaction, and tables that are never large
    ///
    /// ```python file=shop/migrations/0002_totals.py
    /// from django.db import migrations
    ///
    ///
    /// def fill(apps, schema_editor):
    ///     for order in apps.get_model("shop", "Order").objects.all():
    ///         order.save()
    ///     apps.get_model("sites", "Site").objects.update(name="shop")
    ///     apps.get_model("shop", "ShopSettings").objects.update(currency="EUR")
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     atomic = False
    ///
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
    /// ```
    RULE = {
        code: "MIG021",
        name: "unbatched-data-migration",
        severity: Severity::Warning,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

/// All rows of a table that are changed at once.
struct Change {
    place: Location,
    model: ModelKey,
    how: How,
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let mut seen = FxHashSet::default();
    for applied in project.migrations.applied() {
        let migration = project.migrations.get(applied.migration);
        if !applied.reaches_database() || !migration.replaces.is_empty() {
            continue;
        }
        let is_atomic = migration.atomic == Some(true);
        let mut changes = in_code(project, applied, is_atomic);
        changes.extend(in_sql(ctx, applied));
        for Change { place, model, how } in changes {
            if is_small(&model) || !seen.insert(place) {
                continue;
            }
            let (app, model) = &model;
            let confidence = match project.migrations.is_recent(applied.migration) {
                true => how.confidence,
                false => Confidence::Possible,
            };
            let message = format!(
                "all rows of `{app}.{model}` are {}: each stays locked until the last one is done",
                how.what
            );
            ctx.report(place, message)
                .help("change some thousand rows at a time, each lot in a transaction of its own, in a migration with `atomic = False`")
                .confidence(confidence)
                .app(&*migration.app);
        }
    }
}

/// By the functions that `RunPython` runs.
fn in_code(project: &Project, applied: &Applied, is_atomic: bool) -> Vec<Change> {
    let writes = project.writes(applied).iter();
    writes
        .filter(|write| !steps::is_made_in(project, applied.migration, &write.model))
        .filter_map(|write| {
            Some(Change {
                how: how(write, is_atomic)?,
                place: write.place,
                model: write.model.clone(),
            })
        })
        .collect()
}

/// By an UPDATE without WHERE.
fn in_sql(ctx: &Context<'_>, applied: &Applied) -> Vec<Change> {
    let project = ctx.project;
    let texts = project.sql(applied).map_or(&[][..], |sql| &sql.texts);
    let mut changes = Vec::new();
    for text in texts {
        for statement in text.statements.iter().flatten() {
            let Kind::Update {
                table,
                is_filtered: false,
            } = &statement.kind
            else {
                continue;
            };
            let model = project.table_before(applied.migration, table);
            let place = text.place_of(statement, project, ctx.sources);
            if let (Some(model), Some(place)) = (model, place) {
                changes.push(Change {
                    place,
                    model: model.key(),
                    how: How {
                        what: "changed by one statement",
                        confidence: Confidence::Likely,
                    },
                });
            }
        }
    }
    changes
}

/// How all rows of a table are changed, where they are.
struct How {
    what: &'static str,
    confidence: Confidence,
}

fn how(write: &Write, is_atomic: bool) -> Option<How> {
    match (write.kind, &*write.method) {
        (WriteKind::All, "update") => Some(How {
            what: "changed by one statement",
            confidence: Confidence::Likely,
        }),
        (
            WriteKind::Each {
                is_streamed: false,
                is_conditional,
            },
            "save",
        ) if is_atomic => Some(How {
            what: "saved one by one in one transaction",
            confidence: match is_conditional {
                true => Confidence::Possible,
                false => Confidence::Likely,
            },
        }),
        _ => None,
    }
}

/// Tables of Django's own that have a row for each model, site or role, and those that hold settings.
fn is_small((app, model): &ModelKey) -> bool {
    const SETTINGS: &[&str] = &[
        "config",
        "configuration",
        "preferences",
        "setting",
        "settings",
    ];
    let holds_settings = SETTINGS.iter().any(|word| model.ends_with(word));
    holds_settings
        || matches!(
            (&**app, &**model),
            ("contenttypes", "contenttype")
                | ("sites", "site")
                | ("auth", "group" | "permission")
                | ("flatpages", "flatpage")
        )
}
