use std::collections::BTreeSet;

use luthier_diagnostics::{Category, Confidence, Dimension, Location, Severity};
use luthier_project::Project;
use luthier_project::django::operations::{Effect, Engine, Role};
use luthier_project::migrations::{Applied, ModelState, SqlText};
use luthier_source::sql::{self, Alteration, Filling, Kind, Statement};

use super::sql_hazards::{self, Told, Verdict, When};
use super::steps;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// SQL in a migration locks or rewrites a table in use, loses rows, or breaks the release before.
    ///
    /// ## Why it matters
    ///
    /// What `RunSQL` and `execute()` hand to the database is run as it is: neither Django nor its checks
    /// look into it. A `CREATE INDEX` without `CONCURRENTLY` stops all writes for as long as it takes, a new
    /// type of a column stops reads, too, and a column that is dropped while the release before still runs
    /// turns its requests into errors.
    ///
    /// The SQL is read, statement by statement. For PostgreSQL, all rules of
    /// [squawk](https://squawkhq.com/docs/rules) are asked, and the message ends with the name of the one that
    /// fired; its comments (`-- squawk-ignore ban-drop-table`) hold. What squawk cannot see is added: whether the
    /// migration is one transaction, which tables it makes itself, which of them the models of the release
    /// before use, and of which types their columns are. For MySQL, MariaDB and SQLite the same names are used
    /// for what matters there. How much a finding matters is decided rule by rule; matters of style are only
    /// shown with `--confidence possible`.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    /// ```python file=config/settings.py
    /// INSTALLED_APPS = ["shop"]
    /// DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}
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
    ///                 ("status", models.CharField(max_length=10)),
    ///                 ("total", models.IntegerField()),
    ///                 ("note", models.TextField(null=True)),
    ///             ],
    ///         ),
    ///     ]
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations
    ///
    ///
    /// def tidy(apps, schema_editor):
    ///     schema_editor.execute("DELETE FROM shop_order")  # fires
    ///     with schema_editor.connection.cursor() as cursor:
    ///         cursor.execute("ALTER TABLE shop_order DROP COLUMN note")  # fires
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunSQL("CREATE INDEX by_status ON shop_order (status)"),  # fires
    ///         migrations.RunSQL(
    ///             [
    ///                 "ALTER TABLE shop_order ALTER COLUMN total TYPE bigint",  # fires
    ///                 ("ALTER TABLE shop_order ADD CONSTRAINT c CHECK (total > %s)", [0]),  # fires
    ///                 "CREATE INDEX CONCURRENTLY by_total ON shop_order (total)",  # fires
    ///             ]
    ///         ),
    ///         migrations.RunPython(tidy, migrations.RunPython.noop),
    ///     ]
    /// ```
    ///
    /// ### Without a transaction
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations
    ///
    /// SQL = "CREATE INDEX CONCURRENTLY a ON shop_order (a); CREATE INDEX b ON shop_order (b)"  # fires
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     atomic = False
    ///
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunSQL(SQL),
    ///         migrations.RunSQL("UPDATE shop_order SET note = '' WHERE id < 1000; COMMIT"),
    ///     ]
    /// ```
    ///
    /// ## Good
    ///
    /// A table that the migration makes itself, a type that keeps the values, SQL that only changes some rows,
    /// a column that the models no longer know of, and code for another database.
    ///
    /// ```python file=shop/migrations/0002_change.py
    /// from django.db import migrations, models
    ///
    ///
    /// def tidy(apps, schema_editor):
    ///     if schema_editor.connection.vendor == "mysql":
    ///         schema_editor.execute("ALTER TABLE shop_order DROP COLUMN note")
    ///         return
    ///     if schema_editor.connection.vendor != "sqlite":
    ///         return
    ///     schema_editor.execute("DELETE FROM shop_order")
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.CreateModel("Line", [("id", models.BigAutoField(primary_key=True))]),
    ///         migrations.RunSQL("CREATE INDEX by_id ON shop_line (id DESC)"),
    ///         migrations.RunSQL(
    ///             """
    ///             CREATE TABLE shop_archive (id bigint);
    ///             CREATE INDEX by_archive ON shop_archive (id);
    ///             """
    ///         ),
    ///         migrations.RunSQL("ALTER TABLE shop_order ALTER COLUMN status TYPE text"),
    ///         migrations.RunSQL("ALTER TABLE shop_order DROP COLUMN IF EXISTS gone"),
    ///         migrations.RunSQL("ALTER TABLE shop_order ADD COLUMN extra text NOT NULL DEFAULT ''"),
    ///         migrations.RunSQL("UPDATE shop_order SET note = '' WHERE note IS NULL"),
    ///         migrations.RunSQL("CREATE VIEW open AS SELECT id FROM shop_order", "DROP VIEW open"),
    ///         migrations.RunPython(tidy, migrations.RunPython.noop),
    ///     ]
    /// ```
    ///
    /// ### One statement a text, without a transaction
    ///
    /// ```python file=shop/migrations/0002_index.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     atomic = False
    ///
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunSQL("CREATE INDEX CONCURRENTLY by_status ON shop_order (status)"),
    ///         migrations.RunSQL(
    ///             "ALTER TABLE shop_order ADD CONSTRAINT c CHECK (total > 0) NOT VALID",
    ///             "ALTER TABLE shop_order DROP CONSTRAINT c",
    ///         ),
    ///         migrations.RunSQL("ALTER TABLE shop_order VALIDATE CONSTRAINT c"),
    ///     ]
    /// ```
    ///
    /// ### Slowly, and behind the back of the release before
    ///
    /// A check that holds makes NOT NULL a matter of a moment; a column is swapped for another one, and a view
    /// stands in for the table.
    ///
    /// ```python file=shop/migrations/0002_check.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunSQL(
    ///             "ALTER TABLE shop_order ADD CONSTRAINT full CHECK (note IS NOT NULL) NOT VALID"
    ///         ),
    ///     ]
    /// ```
    /// ```python file=shop/migrations/0003_validate.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0002_check")]
    ///
    ///     operations = [migrations.RunSQL("ALTER TABLE shop_order VALIDATE CONSTRAINT full")]
    /// ```
    /// ```python file=shop/migrations/0004_not_null.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0003_validate")]
    ///
    ///     operations = [migrations.RunSQL("ALTER TABLE shop_order ALTER note SET NOT NULL")]
    /// ```
    /// ```python file=shop/migrations/0005_swap.py
    /// from django.db import migrations
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0004_not_null")]
    ///
    ///     operations = [
    ///         migrations.RunSQL(
    ///             [
    ///                 "ALTER TABLE shop_order RENAME COLUMN total TO total_old",
    ///                 "ALTER TABLE shop_order RENAME COLUMN total_new TO total",
    ///                 "ALTER TABLE shop_order ALTER COLUMN total_old DROP NOT NULL",
    ///             ]
    ///         ),
    ///         migrations.RunSQL(
    ///             "ALTER TABLE shop_order RENAME TO orders; CREATE VIEW shop_order AS SELECT * FROM orders"
    ///         ),
    ///     ]
    /// ```
    ///
    /// ### What is not known is left alone
    ///
    /// ```python file=shop/migrations/0002_other.py
    /// from django.db import migrations
    ///
    /// from shop.sql import STATEMENT
    ///
    ///
    /// class Migration(migrations.Migration):
    ///     dependencies = [("shop", "0001_initial")]
    ///
    ///     operations = [
    ///         migrations.RunSQL(STATEMENT),
    ///         migrations.RunSQL("DROP TABLE shop_order; this is no SQL"),
    ///     ]
    /// ```
    RULE = {
        code: "MIG024",
        name: "dangerous-sql",
        severity: Severity::Error,
        category: Category::Migrations,
        dimension: Some(Dimension::Migrations),
        confidence: Confidence::Likely,
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let mut seen = BTreeSet::new();
    for applied in project.migrations.applied() {
        let migration = project.migrations.get(applied.migration);
        // A squashed migration is run where there are no rows yet.
        let is_run = applied.reaches_database() && migration.replaces.is_empty();
        let Some(sql) = project.sql(applied).filter(|_| is_run) else {
            continue;
        };
        for text in &sql.texts {
            for danger in dangers(project, applied, text) {
                let place = text.place_of(danger.statement, project, ctx.sources);
                let place = place.unwrap_or_else(|| {
                    let own = applied.place(&project.modules);
                    own.unwrap_or(migration.place)
                });
                if seen.insert((place, danger.message.clone())) {
                    report(ctx, applied, place, danger);
                }
            }
        }
    }
}

/// One thing to say of a statement.
struct Danger<'s> {
    statement: &'s Statement,
    told: &'static Told,
    confidence: Confidence,
    message: String,
}

fn report(ctx: &mut Context<'_>, applied: &Applied, place: Location, danger: Danger<'_>) {
    let project = ctx.project;
    let app = project.migrations.get(applied.migration).app.to_string();
    let is_recent = project.migrations.is_recent(applied.migration);
    let own = applied.place(&project.modules);
    let mut reported = ctx.report(place, danger.message);
    reported
        .help(danger.told.help)
        .severity(danger.told.severity)
        .app(app)
        .confidence(match is_recent {
            true => danger.confidence,
            false => Confidence::Possible,
        });
    // Where the text stands elsewhere than the operation that runs it.
    if let Some(own) = own.filter(|own| own.file != place.file) {
        reported.related(own, "the operation that runs it");
    }
}

fn dangers<'s>(project: &Project, applied: &Applied, text: &'s SqlText) -> Vec<Danger<'s>> {
    let Some(statements) = &text.statements else {
        return Vec::new();
    };
    let atomic = project.migrations.get(applied.migration).atomic;
    let server = project.server();
    let is_postgresql = server.engine == Engine::PostgreSql;
    let violations = match is_postgresql {
        true => {
            let newest = server.engine.releases().last().copied();
            let release = server.release.or(newest).map_or(0, |release| release.0);
            sql::lint(&text.text, release, atomic == Some(true))
        }
        false => Vec::new(),
    };
    // Several statements in one text are one transaction of their own.
    let is_in_transaction = atomic == Some(true) || (atomic == Some(false) && statements.len() > 1);
    let effects = project.sql_effects(applied);
    let mut dangers = Vec::new();
    for statement in statements {
        let mut names: Vec<&str> = violations
            .iter()
            .filter(|violation| statement.span.encloses(violation.span))
            .map(|violation| &*violation.rule)
            .collect();
        if is_postgresql && is_in_transaction && is_concurrent(&statement.kind) {
            names.push("ban-concurrent-index-creation-in-transaction");
        }
        let on_this = effects
            .iter()
            .filter(|effect| effect.statement == statement);
        let on_this: Vec<&Effect> = on_this.map(|it| &it.effect).collect();
        names.extend(own_names(&statement.kind, &on_this));
        if !is_postgresql {
            names.extend(names_elsewhere(&statement.kind));
        }
        names.sort_unstable();
        names.dedup();
        let judge = Judge {
            project,
            applied,
            statement,
        };
        let mut found: Vec<(When, Danger<'s>)> = Vec::new();
        for name in names {
            if let Some(hazard) = sql_hazards::find(name)
                && let Verdict::Told(told) = &hazard.verdict
            {
                let dangers = judge.judge(name, told).into_iter();
                found.extend(dangers.map(|danger| (told.when, danger)));
            }
        }
        let says_more = |(when, danger): &(When, Danger<'_>)| {
            *when != When::NothingElse && danger.told.confidence != Confidence::Possible
        };
        let is_said = found.iter().any(says_more);
        found.retain(|(when, _)| *when != When::NothingElse || !is_said);
        dangers.extend(found.into_iter().map(|(_, danger)| danger));
    }
    dangers
}

fn is_concurrent(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::CreateIndex {
            is_concurrent: true,
            ..
        } | Kind::DropIndexes {
            is_concurrent: true,
            ..
        }
    )
}

/// What luthier itself sees in a statement, on whatever database.
fn own_names(kind: &Kind, effects: &[&Effect]) -> Option<&'static str> {
    let counts = |action: &Alteration| matches!(action, Alteration::AddColumn(new) if new.filling == Filling::Serial);
    let is_rewritten = || {
        let mut touches = effects.iter().map(|effect| effect.on(Role::This));
        touches.any(|touch| touch.rewrite == Some(true) && steps::waiting(touch).is_some())
    };
    match kind {
        Kind::Delete {
            is_filtered: false, ..
        } => Some("delete-all-rows"),
        Kind::Truncate(_) => Some("truncate-table"),
        Kind::Lock { .. } => Some("lock-table"),
        Kind::Rebuild { .. } => Some("rebuild-table"),
        Kind::AlterTable { actions, .. } if actions.iter().any(counts) => {
            Some("adding-field-with-default")
        }
        Kind::AlterTable { actions, .. } if actions.iter().any(makes_json) => Some("json-column"),
        Kind::AlterTable { .. } if is_rewritten() => Some("table-rewrite"),
        _ => None,
    }
}

/// Whether a column becomes PostgreSQL's `json`.
fn makes_json(action: &Alteration) -> bool {
    match action {
        Alteration::AddColumn(new) => new.of_type.as_ref().is_some_and(|it| it.name == "json"),
        Alteration::SetType { to, .. } => to.name == "json",
        _ => false,
    }
}

/// What squawk would say of a statement, were it for other databases, too.
fn names_elsewhere(kind: &Kind) -> Vec<&'static str> {
    match kind {
        Kind::DropTables(_) => vec!["ban-drop-table"],
        Kind::DropDatabase => vec!["ban-drop-database"],
        Kind::AlterTable { actions, .. } => actions
            .iter()
            .filter_map(|action| match action {
                Alteration::DropColumn(_) => Some("ban-drop-column"),
                Alteration::RenameColumn { .. } => Some("renaming-column"),
                Alteration::Modify { column, to } if column != to => Some("renaming-column"),
                Alteration::RenameTable(_) => Some("renaming-table"),
                Alteration::AddColumn(new) if new.is_not_null && new.filling == Filling::Null => {
                    Some("adding-required-field")
                }
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Judges what is said of one statement by what else is known of the project.
struct Judge<'a, 's> {
    project: &'a Project,
    applied: &'a Applied,
    statement: &'s Statement,
}

impl<'s> Judge<'_, 's> {
    fn judge(&self, name: &str, told: &'static Told) -> Vec<Danger<'s>> {
        let migration = self.applied.migration;
        let tables = self.project.sql_tables(self.applied, self.statement);
        let of_tables = tables.iter().copied().filter(|table| {
            let is_made = matches!(self.statement.kind, Kind::CreateTable { .. });
            is_made || !self.project.makes_table(migration, table)
        });
        let of_tables: Vec<&str> = of_tables.collect();
        if !tables.is_empty() && of_tables.is_empty() {
            return Vec::new();
        }
        let table = of_tables.first().copied();
        let model = table.and_then(|table| self.project.table_before(migration, table));
        let model = model.map(|model| &**model);
        let columns = columns(name, &self.statement.kind);
        let server = self.project.server().engine.to_string();
        let subjects: Vec<Option<&Subject<'_>>> = match told.when {
            When::ColumnIsRead
            | When::Converts
            | When::IsUnchecked
            | When::DatabaseFills
            | When::Fills => columns.iter().map(Some).collect(),
            _ if columns.is_empty() => vec![None],
            _ => columns.iter().map(Some).collect(),
        };
        subjects
            .into_iter()
            .filter_map(|subject| {
                let confidence = self.holds(told, table, model, subject)?;
                let column = subject.map_or("?", |subject| subject.column);
                let what = told
                    .what
                    .replace("{table}", &named(table))
                    .replace("{column}", column)
                    .replace("{server}", &server)
                    .replace("{statement}", statement_name(&self.statement.kind));
                Some(Danger {
                    statement: self.statement,
                    told,
                    confidence,
                    message: format!("{what} (`{name}`)"),
                })
            })
            .collect()
    }

    /// How sure it is that it matters here; `None` where it does not.
    fn holds(
        &self,
        told: &Told,
        table: Option<&str>,
        model: Option<&ModelState>,
        subject: Option<&Subject<'_>>,
    ) -> Option<Confidence> {
        let is_checked = |table: &str| {
            let column = subject.map_or("", |subject| subject.column);
            self.project
                .is_checked_not_null(self.applied, table, column)
        };
        if told.when == When::IsUnchecked && table.is_some_and(is_checked) {
            return None;
        }
        if table.is_some_and(|table| self.comes_back(told, table, subject)) {
            return None;
        }
        // Of a table that no model of the project has, nobody knows who uses it.
        let of_table = match table.is_some() && model.is_none() {
            true => Confidence::Possible,
            false => told.confidence,
        };
        let Some(model) = model else {
            let is_about_models = matches!(told.when, When::DatabaseFills);
            let is_in_transaction = told.when == When::InTransaction;
            return match is_in_transaction {
                true => self.is_in_transaction().then_some(told.confidence),
                false => (!is_about_models).then_some(of_table),
            };
        };
        let field = || {
            let column = subject?.column;
            model.field_of_column(column)
        };
        match told.when {
            When::Always | When::TableIsRead | When::NothingElse => Some(of_table),
            When::InTransaction => self.is_in_transaction().then_some(told.confidence),
            When::ColumnIsRead => match field() {
                Some(_) => Some(of_table),
                None => model.is_open.then_some(Confidence::Possible),
            },
            When::Fills => match subject?.filling? {
                Filling::Null | Filling::Literal | Filling::Virtual => None,
                Filling::Expression | Filling::Identity | Filling::Serial | Filling::Stored => {
                    Some(of_table)
                }
            },
            When::Converts => match model.keeps_values(subject?.column, subject?.to?) {
                Some(true) => None,
                Some(false) => Some(of_table),
                None => Some(Confidence::Possible),
            },
            When::IsUnchecked => Some(of_table),
            When::DatabaseFills => {
                let (_, field) = field()?;
                (field.has_db_default() == Some(true)).then_some(of_table)
            }
        }
    }

    /// Whether the migration puts something else under the name that goes: a column for the one that is
    /// renamed, a view or a table for the table.
    fn comes_back(&self, told: &Told, table: &str, subject: Option<&Subject<'_>>) -> bool {
        let mut statements = self.project.statements_of(self.applied.migration);
        match told.when {
            When::TableIsRead => statements.any(|statement| match &statement.kind {
                Kind::CreateView(name) | Kind::CreateTable { table: name, .. } => **name == *table,
                Kind::AlterTable { actions, .. } => actions
                    .iter()
                    .any(|action| matches!(action, Alteration::RenameTable(to) if **to == *table)),
                _ => false,
            }),
            When::ColumnIsRead => statements.any(|statement| {
                let Kind::AlterTable {
                    table: altered,
                    actions,
                } = &statement.kind
                else {
                    return false;
                };
                let is_new = |action: &Alteration| {
                    let name = match action {
                        Alteration::RenameColumn { to, .. } => to,
                        Alteration::AddColumn(new) => &new.name,
                        _ => return false,
                    };
                    subject.is_some_and(|subject| **name == *subject.column)
                };
                **altered == *table && actions.iter().any(is_new)
            }),
            _ => false,
        }
    }

    fn is_in_transaction(&self) -> bool {
        let migration = self.project.migrations.get(self.applied.migration);
        let has_transactions = matches!(
            self.project.server().engine,
            Engine::PostgreSql | Engine::Sqlite
        );
        has_transactions && migration.atomic == Some(true)
    }
}

/// A column that a part of a statement is about.
#[derive(Clone, Copy)]
struct Subject<'s> {
    column: &'s str,
    filling: Option<Filling>,
    /// The type that it gets.
    to: Option<&'s sql::Type>,
}

/// The columns that a rule speaks of.
fn columns<'s>(name: &str, kind: &'s Kind) -> Vec<Subject<'s>> {
    let Kind::AlterTable { actions, .. } = kind else {
        return Vec::new();
    };
    let plain = |column: &'s str| Subject {
        column,
        filling: None,
        to: None,
    };
    let subjects = actions.iter().filter_map(|action| match (name, action) {
        ("ban-drop-column", Alteration::DropColumn(column))
        | ("ban-drop-not-null", Alteration::DropNotNull(column))
        | ("adding-not-nullable-field", Alteration::SetNotNull(column))
        | ("ban-drop-default", Alteration::DropDefault(column))
        | ("renaming-column", Alteration::RenameColumn { from: column, .. }) => Some(plain(column)),
        ("renaming-column", Alteration::Modify { column, to }) if column != to => {
            Some(plain(column))
        }
        ("changing-column-type", Alteration::SetType { column, to }) => Some(Subject {
            to: Some(to),
            ..plain(column)
        }),
        ("adding-required-field", Alteration::AddColumn(new))
            if new.is_not_null && new.filling == Filling::Null =>
        {
            Some(plain(&new.name))
        }
        ("adding-field-with-default", Alteration::AddColumn(new)) => Some(Subject {
            filling: Some(new.filling),
            ..plain(&new.name)
        }),
        _ => None,
    });
    subjects.collect()
}

/// `` `shop_order` ``, or what stands for a table without a name.
fn named(table: Option<&str>) -> String {
    table.map_or_else(|| "the table".to_owned(), |table| format!("`{table}`"))
}

fn statement_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Rebuild { what, .. } => what,
        _ => "this",
    }
}

#[cfg(test)]
mod tests {
    use luthier_diagnostics::{Confidence, Finding, Severity};
    use luthier_source::Sources;

    use super::RULE;
    use crate::testing;

    const INITIAL: &str = r#"
from django.db import migrations, models

class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Order",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("note", models.TextField(null=True)),
            ],
        ),
    ]
"#;

    /// What is said of the SQL of a second migration: how much it matters, `?` where it is only possible.
    fn said(server: &str, sql: &str) -> Vec<String> {
        let settings = format!(
            "INSTALLED_APPS = ['shop']\nDATABASES = {{'default': {{'ENGINE': 'django.db.backends.{server}'}}}}"
        );
        let change = format!(
            "from django.db import migrations\n\n\
             class Migration(migrations.Migration):\n    \
                 dependencies = [('shop', '0001_initial')]\n    \
                 operations = [migrations.RunSQL({sql:?})]\n"
        );
        let sources = Sources::in_memory(&[
            (
                "manage.py",
                "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')",
            ),
            ("config/settings.py", &settings),
            ("shop/__init__.py", ""),
            ("shop/migrations/__init__.py", ""),
            ("shop/migrations/0001_initial.py", INITIAL),
            ("shop/migrations/0002_change.py", &change),
        ]);
        let show = |finding: Finding| {
            let severity = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "info",
            };
            let doubt = match finding.confidence {
                Confidence::Possible => "?",
                _ => "",
            };
            format!("{severity}{doubt}: {}", finding.message)
        };
        let findings = testing::run(&RULE, sources).findings.into_iter();
        findings.map(show).collect()
    }

    #[test]
    fn tables_that_no_model_has_are_only_possible() {
        let sql = "DROP TABLE elsewhere; CREATE INDEX i ON elsewhere (a)";
        assert_eq!(
            said("postgresql", sql),
            [
                "error?: dropping `elsewhere` deletes its rows, and breaks processes of the release before that still ask for it (`ban-drop-table`)",
                "warning?: writes to `elsewhere` wait on PostgreSQL while the index is built (`require-concurrent-index-creation`)"
            ]
        );
    }

    #[test]
    fn an_index_goes_with_its_table() {
        let of_deletion = |sql: &str| {
            let said = said("postgresql", sql).into_iter();
            said.filter(|it| it.contains("index-deletion")).count()
        };
        let own = "CREATE TABLE t (a int); CREATE INDEX i ON t (a); DROP INDEX i";
        assert_eq!(of_deletion(own), 0);
        assert_eq!(of_deletion("CREATE TABLE t (a int); DROP INDEX i"), 1);
    }

    #[test]
    fn other_databases_are_judged_by_their_own_ways() {
        let sql = "ALTER TABLE shop_order CHANGE note remark longtext; \
                   ALTER TABLE shop_order ADD COLUMN a int NOT NULL; \
                   CREATE INDEX i ON shop_order (note(10)); TRUNCATE shop_order";
        assert_eq!(
            said("mysql", sql),
            [
                "error: renaming the column `note` of `shop_order` breaks processes that still run the release before: their queries name it (`renaming-column`)",
                "error: adding the column `a` NOT NULL without a default fails on rows of `shop_order`, and so do INSERTs of processes that still run the release before (`adding-required-field`)",
                "warning: all rows of `shop_order` are deleted, and nobody reads or writes it meanwhile on MySQL (`truncate-table`)"
            ]
        );
        let sql = "ALTER TABLE shop_order RENAME COLUMN note TO remark; \
                   DELETE FROM shop_order; CREATE INDEX i ON shop_order (note)";
        assert_eq!(
            said("sqlite3", sql),
            [
                "error: renaming the column `note` of `shop_order` breaks processes that still run the release before: their queries name it (`renaming-column`)",
                "warning: all rows of `shop_order` are deleted by one statement (`delete-all-rows`)"
            ]
        );
    }

    #[test]
    fn json_is_told_from_jsonb() {
        let told = said("postgresql", "ALTER TABLE shop_order ADD COLUMN more json");
        assert_eq!(
            told,
            [
                "info?: values of type `json` cannot be compared: DISTINCT, GROUP BY and UNION fail on the column (`json-column`)"
            ]
        );
        assert!(said("postgresql", "ALTER TABLE shop_order ADD COLUMN more jsonb").is_empty());
    }

    #[test]
    fn one_statement_is_told_once() {
        let sql = "ALTER TABLE shop_order ADD CONSTRAINT a UNIQUE (note), ADD COLUMN b bigserial, \
                   ALTER COLUMN note SET NOT NULL";
        assert_eq!(
            said("postgresql", sql),
            [
                "info?: `serial` leaves a sequence of its own behind (`prefer-identity`)",
                "error: `shop_order` is written anew to give each row its value, while reads and writes wait on PostgreSQL (`adding-field-with-default`)",
                "error: every row of `shop_order` is read for NULL in `note` under a lock that stops reads and writes on PostgreSQL (`adding-not-nullable-field`)",
                "error: the index of the constraint is built while reads and writes of `shop_order` wait on PostgreSQL, and rows that are alike make it fail (`disallowed-unique-constraint`)"
            ]
        );
    }
}
