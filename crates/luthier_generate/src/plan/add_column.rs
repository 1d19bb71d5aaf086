//! A column that comes to a table in use.

use luthier_project::django::operations::{Column, ColumnType, Engine, Generated};
use luthier_project::migrations::{Code, Made, Operation, Value};

use super::recipe::{Because, Part, Recipe, Release, Written};
use super::sql::{self, Sql, Table, index_concurrently, name, separate};
use super::subject::{Subject, added, field_operation, name_of_index, with};
use super::value::Filling;
use super::{not_null, rebuild};

/// A field that is added, and everything that has to be known of it.
pub(super) struct Addition<'a> {
    pub(super) subject: Subject<'a>,
    /// The field's name.
    pub(super) name: &'a str,
    pub(super) made: Made,
    pub(super) column: Column,
    pub(super) table: Table,
    pub(super) stem: String,
    /// The column along which rows are gone through, where that is not the key of the model.
    pub(super) rows: Option<String>,
}

pub(super) fn plan(subject: Subject<'_>) -> Result<Recipe, Because> {
    let Operation::AddField { name, field, .. } = subject.operation() else {
        return Err("no field is added".to_owned());
    };
    let changes = subject.changes().unwrap_or_default();
    let column = added(&changes).ok_or_else(|| format!("the column of {name} is not known"))?;
    if column.generated == Some(Generated::Stored) && subject.engine() == Engine::PostgreSql {
        let what = format!("the stored column {name}");
        return Ok(Recipe {
            kind: "stored-column-rewrite",
            releases: rebuild::releases(&subject, subject.operation(), &what, name)?,
        });
    }
    let mut column = column.clone();
    if let Some((_, _, kind)) = subject.referenced(field) {
        column.kind = kind;
    }
    let made = subject.made(name, field)?;
    let filling = Filling::of(&subject, field, &made)?;
    let addition = Addition {
        subject,
        name,
        made,
        column,
        table: Table::of(subject.after()?),
        stem: subject.stem(name),
        rows: None,
    };
    let releases = match subject.engine() {
        Engine::PostgreSql => addition.on_postgresql(filling)?,
        engine => addition.elsewhere(engine, &filling)?,
    };
    Ok(Recipe {
        kind: addition.kind(),
        releases,
    })
}

impl Addition<'_> {
    fn kind(&self) -> &'static str {
        let column = &self.column;
        if column.is_unique {
            "unique-with-shared-default"
        } else if !column.is_null && column.db_default.is_none() {
            "add-not-null-column"
        } else if column.db_default.is_some() {
            "volatile-default-rewrite"
        } else if column.reference.is_some() {
            "add-foreign-key-validating"
        } else {
            "add-index-blocking"
        }
    }

    pub(super) fn on_postgresql(&self, filling: Filling) -> Result<Vec<Release>, Because> {
        let has_reference = self
            .column
            .reference
            .is_some_and(|reference| reference.has_constraint);
        match filling {
            Filling::Nothing if !self.column.is_null => Err(format!(
                "nothing says what the rows there are get in {}: give the field a `default` or a `db_default`",
                self.name
            )),
            Filling::Literal(_) if self.column.is_unique => Err(format!(
                "every row would get the same value in {}, which is unique: give it a `default` that is called for each row, if only in the migration",
                self.name
            )),
            Filling::Nothing => Ok(vec![self.at_once(None)?]),
            Filling::Database { is_each_row: false }
                if !has_reference && !self.column.is_unique =>
            {
                Ok(vec![self.at_once(None)?])
            }
            Filling::Literal(literal) if !has_reference => self.with_literal(&literal),
            Filling::Literal(expression) | Filling::EachRow(expression) => {
                self.filled_by_database(&expression, true)
            }
            Filling::Database { .. } => self.filled_by_database("DEFAULT", false),
            Filling::Python(value) => self.filled_by_python(&value),
        }
    }

    /// All in one release: the column, then what is slow of it on its own. A default of the database is
    /// set with it, for as long as the release before inserts rows without the column.
    fn at_once(&self, default: Option<&str>) -> Result<Release, Because> {
        let mut operations = Vec::new();
        match (default, self.with_database_default()) {
            (Some(_), Some(made)) => {
                let written = self.separated(vec![self.add(&made)?])?;
                operations.push(Written {
                    summary: format!("{}, with a default in the database", written.summary),
                    ..written
                });
            }
            (default, _) => {
                operations.push(match self.bare() == self.made {
                    true => self.subject.written()?,
                    false => self.separated(vec![self.add(&self.bare())?])?,
                });
                operations.extend(default.map(|default| self.set_default(default)));
            }
        }
        let mut parts = vec![Part::quick(self.stem.clone(), operations)];
        parts.extend(self.slow_parts());
        Ok(Release {
            title: format!("Add {}", self.shown()),
            why: format!(
                "{} comes without anything that takes long; {}",
                self.shown(),
                match default {
                    Some(_) =>
                        "the database itself gives it a value in rows that the release before inserts",
                    None => "indexes and checks follow on their own, while others write",
                }
            ),
            parts,
            ..Release::default()
        })
    }

    /// One value for all rows, which PostgreSQL keeps beside the table and writes into none of them
    /// (since release 11).
    fn with_literal(&self, literal: &str) -> Result<Vec<Release>, Because> {
        if self.column.is_null {
            return Ok(vec![self.at_once(None)?]);
        }
        Ok(vec![
            self.at_once(Some(literal))?,
            self.without_default(literal),
        ])
    }

    /// The column empty, a default for new rows, the rows there are in batches, then NOT NULL.
    fn filled_by_database(
        &self,
        expression: &str,
        has_helper: bool,
    ) -> Result<Vec<Release>, Because> {
        let key = match &self.rows {
            Some(column) => column.clone(),
            None => self.subject.key(self.subject.after()?)?,
        };
        let mut database = vec![self.add(&self.empty())?];
        if !has_helper {
            let given = self
                .made
                .keyword("db_default")
                .cloned()
                .unwrap_or(Value::None);
            let made = with(&self.empty(), &[], &[("db_default", given)]);
            let model = self.subject.model_name();
            database.push(field_operation(
                "AlterField",
                &model,
                self.name,
                self.subject.code(&made)?,
            ));
        }
        let mut operations = vec![self.separated(database)?];
        if has_helper {
            operations.push(self.set_default(expression));
        }
        let mut parts = vec![Part::quick(self.stem.clone(), operations)];
        parts.extend(self.slow_parts());
        parts.push(sql::fill_by_sql(
            format!("{}_fill", self.stem),
            (&self.table, &key),
            &self.column.name,
            expression,
        ));
        if !self.column.is_null {
            parts.extend(not_null::parts(
                &self.stem,
                &self.table,
                &self.column.name,
                None,
            ));
        }
        let mut releases = vec![Release {
            title: format!("Add {}, filled in batches", self.shown()),
            why: "the database gives new rows a value, those there are get theirs batch by batch, and only then NULL is forbidden".to_owned(),
            parts,
            ..Release::default()
        }];
        if has_helper {
            releases.push(self.without_default(expression));
        }
        Ok(releases)
    }

    /// A column that may be NULL in the database while the release before leaves it out; the models
    /// say from the start what it is in the end, so that this release gives every row a value.
    fn filled_by_python(&self, value: &Code) -> Result<Vec<Release>, Because> {
        let operation = self.separated(vec![self.add(&self.empty())?])?;
        let mut parts = vec![Part::quick(self.stem.clone(), vec![operation])];
        parts.extend(self.slow_parts());
        parts.push(self.fill(value)?);
        let mut later = vec![self.fill(value)?];
        if !self.column.is_null {
            later.extend(not_null::parts(
                &self.stem,
                &self.table,
                &self.column.name,
                None,
            ));
        }
        Ok(vec![
            Release {
                title: format!("Add {}, filled in batches", self.shown()),
                why: "the release before leaves it out, this one gives it a value in every row that it inserts; until the next one the database lets it be NULL".to_owned(),
                parts,
                ..Release::default()
            },
            Release {
                title: format!("Fill what is left of {}", self.shown()),
                why: "the rows that the release before has inserted meanwhile get a value, then there is no NULL any more".to_owned(),
                parts: later,
                ..Release::default()
            },
        ])
    }

    fn fill(&self, value: &Code) -> Result<Part, Because> {
        Ok(sql::fill_by_python(
            format!("{}_fill", self.stem),
            (&self.subject.after()?.app, &self.subject.model_name()),
            (
                self.name,
                &attribute(self.name, self.column.reference.is_some()),
            ),
            &value.laid_out(0, 0, 0),
            value.imports().cloned(),
        ))
    }

    /// MySQL and MariaDB commit each statement by itself, so that the default has to come with the
    /// column.
    fn elsewhere(&self, engine: Engine, filling: &Filling) -> Result<Vec<Release>, Because> {
        let is_known =
            engine != Engine::Sqlite && !self.column.is_unique && self.column.reference.is_none();
        let made = self.with_database_default().filter(|_| is_known);
        let (Filling::Literal(_), Some(made)) = (filling, made) else {
            return Err(format!(
                "on {engine} luthier knows a way only for a default that is one value, with Django 5.0 or newer"
            ));
        };
        let first = Release {
            title: format!("Add {}", self.shown()),
            why: "the database itself gives it a value in rows that the release before inserts"
                .to_owned(),
            parts: vec![Part::alone(
                self.stem.clone(),
                vec![self.separated(vec![self.add(&made)?])?],
            )],
            ..Release::default()
        };
        // The models remember the default for as long as it takes to drop it.
        let model = self.subject.model_name();
        let alter = |made: &Made| -> Result<Code, Because> {
            let field = self.subject.code(made)?;
            Ok(field_operation("AlterField", &model, self.name, field))
        };
        let last = self.subject.after()?.field(self.name);
        let last = last.ok_or_else(|| format!("the field {} is not known", self.name))?;
        let last = self.subject.made(self.name, last)?;
        let dropped = separate(
            vec![separate(Vec::new(), vec![alter(&made)?]), alter(&last)?],
            Vec::new(),
        );
        let summary = format!("Drop the default of {}", self.shown());
        let without = self.without(Written::new(dropped, summary));
        Ok(vec![first, without])
    }

    /// The bare field with its value as a default of the database, which Django has since 5.0.
    fn with_database_default(&self) -> Option<Made> {
        let value = match self.made.keyword("default") {
            Some(given) => sql::literal(given).map(|_| given.clone())?,
            // What Django takes where a text may be empty.
            None => Value::text(""),
        };
        let is_known = self.subject.project.django.version.major >= 5;
        is_known.then(|| with(&self.bare(), &["default"], &[("db_default", value)]))
    }

    /// The last release: whoever inserts rows now gives the column a value.
    fn without_default(&self, expression: &str) -> Release {
        let column = name(&self.column.name);
        let sql = Sql::new(
            [self
                .table
                .alter(&format!("ALTER COLUMN {column} DROP DEFAULT"))],
            [self
                .table
                .alter(&format!("ALTER COLUMN {column} SET DEFAULT {expression}"))],
        );
        self.without(sql.written(format!(
            "Drop the default of {} of {}",
            self.column.name, self.table.name
        )))
    }

    fn without(&self, operation: Written) -> Release {
        Release {
            title: format!("Drop the default of {} in the database", self.shown()),
            why: "every process gives the column a value by itself now".to_owned(),
            parts: vec![Part::quick(
                format!("{}_drop_default", self.stem),
                vec![operation],
            )],
            ..Release::default()
        }
    }

    fn set_default(&self, expression: &str) -> Written {
        let column = name(&self.column.name);
        Sql::new(
            [self
                .table
                .alter(&format!("ALTER COLUMN {column} SET DEFAULT {expression}"))],
            [self
                .table
                .alter(&format!("ALTER COLUMN {column} DROP DEFAULT"))],
        )
        .written(format!(
            "Give {} of {} a default in the database, for the release before",
            self.column.name, self.table.name
        ))
    }

    /// The field as its migration writes it to the models, with other operations for the database.
    fn separated(&self, database: Vec<Code>) -> Result<Written, Because> {
        let written = self.subject.written()?;
        Ok(Written {
            code: separate(database, vec![written.code]),
            ..written
        })
    }

    fn add(&self, made: &Made) -> Result<Code, Because> {
        let model = self.subject.model_name();
        let code = field_operation("AddField", &model, self.name, self.subject.code(made)?);
        let is_once = matches!(
            self.subject.operation(),
            Operation::AddField {
                preserves_default: false,
                ..
            }
        );
        Ok(match is_once && made.keyword("default").is_some() {
            true => code.argument("preserve_default", Code::plain("False")),
            false => code,
        })
    }

    /// The field without what takes long: indexes, and checks that read all rows.
    fn bare(&self) -> Made {
        bare(&self.made, &self.column)
    }

    /// The same without a value for any row.
    fn empty(&self) -> Made {
        empty(&self.made, &self.column)
    }

    /// Indexes and checks of the column, each on its own.
    fn slow_parts(&self) -> Vec<Part> {
        let naming = Naming {
            column: &self.column.name,
            unique: "_key",
        };
        slow_parts(&self.table, &self.column, &self.stem, naming)
    }

    fn shown(&self) -> String {
        format!("{}.{}", self.subject.model_name(), self.name)
    }
}

/// The attribute of a row that holds the value of a field's column.
pub(super) fn attribute(field: &str, is_relation: bool) -> String {
    match is_relation {
        true => format!("{field}_id"),
        false => field.to_owned(),
    }
}

/// A field that is NULL in every row, without what takes long.
pub(super) fn empty(made: &Made, column: &Column) -> Made {
    let without = ["default", "db_default", "auto_now", "auto_now_add"];
    with(
        &bare(made, column),
        &without,
        &[("null", Value::Bool(true))],
    )
}

/// A field without what takes long on a table with rows.
fn bare(made: &Made, column: &Column) -> Made {
    let mut bare = with(made, &["unique", "db_index"], &[]);
    let last = bare.class.rsplit('.').next().unwrap_or_default().to_owned();
    let is_indexed_by_itself = matches!(&*last, "ForeignKey" | "OneToOneField" | "SlugField");
    if is_indexed_by_itself {
        bare.keywords.push(("db_index".into(), Value::Bool(false)));
    }
    if last == "OneToOneField" {
        bare.class = "django.db.models.ForeignKey".into();
    }
    if column.is_positive
        && let Some(plain) = last.strip_prefix("Positive")
    {
        bare.class = format!("django.db.models.{plain}").into();
    }
    bare
}

/// How indexes and checks of a column are named.
#[derive(Clone, Copy)]
pub(super) struct Naming<'a> {
    /// After a column of this name.
    pub(super) column: &'a str,
    /// The end of a unique constraint: PostgreSQL's own for one that comes with its column (`_key`), or
    /// Django's (`_uniq`).
    pub(super) unique: &'a str,
}

impl Naming<'_> {
    fn unique(self, table: &Table) -> String {
        match self.unique {
            "_key" => key_name(&table.name, self.column),
            suffix => name_of_index(table, self.column, suffix),
        }
    }

    fn check(self, table: &Table) -> String {
        format!("{}_{}_check", table.name.trim_matches('"'), self.column)
    }
}

/// What makes the indexes and checks of a new column that `bare` leaves out.
pub(super) fn slow_parts(
    table: &Table,
    column: &Column,
    stem: &str,
    naming: Naming<'_>,
) -> Vec<Part> {
    let (rows, quoted) = (name(&table.name), name(&column.name));
    let mut parts = Vec::new();
    let mut index = |index: String, create: String, end: &str| {
        let operation = index_concurrently(&index, &create);
        parts.push(Part::outside_transaction(
            format!("{stem}_{end}"),
            vec![operation.written(format!(
                "Build an index of {} of {}, while others write",
                column.name, table.name
            ))],
        ));
    };
    if column.is_unique {
        let constraint = naming.unique(table);
        index(
            constraint.clone(),
            format!(
                "CREATE UNIQUE INDEX CONCURRENTLY {} ON {rows} ({quoted})",
                name(&constraint)
            ),
            "unique",
        );
    } else if column.is_indexed {
        let plain = name_of_index(table, naming.column, "");
        index(
            plain.clone(),
            format!(
                "CREATE INDEX CONCURRENTLY {} ON {rows} ({quoted})",
                name(&plain)
            ),
            "index",
        );
    }
    if let Some(operators) = operators_of_like(column) {
        let like = name_of_index(table, naming.column, "_like");
        index(
            like.clone(),
            format!(
                "CREATE INDEX CONCURRENTLY {} ON {rows} ({quoted} {operators})",
                name(&like)
            ),
            "like",
        );
    }
    if column.is_unique {
        parts.push(Part::alone(
            format!("{stem}_constraint"),
            vec![
                unique_by_index(table, &naming.unique(table), "").written(format!(
                    "Make a constraint of the unique index of {} of {}",
                    column.name, table.name
                )),
            ],
        ));
    }
    if column.is_positive {
        let check = naming.check(table);
        parts.extend(checked(table, &check, &format!("{quoted} >= 0"), stem));
    }
    parts
}

/// The operators of the second index of a text, for LIKE.
fn operators_of_like(column: &Column) -> Option<&'static str> {
    if !column.is_unique && !column.is_indexed {
        return None;
    }
    match &column.kind {
        ColumnType::Varchar(_) => Some("varchar_pattern_ops"),
        ColumnType::Text => Some("text_pattern_ops"),
        _ => None,
    }
}

/// The statements that give what `slow_parts` made, under the name of another column, the names of
/// its own.
pub(super) fn named_after(table: &Table, column: &Column, other: &str) -> Vec<String> {
    let [from, to] = [other, &*column.name].map(|column| Naming {
        column,
        unique: "_uniq",
    });
    let index =
        |from: String, to: String| format!("ALTER INDEX {} RENAME TO {}", name(&from), name(&to));
    let mut statements = Vec::new();
    if column.is_unique {
        statements.push(index(from.unique(table), to.unique(table)));
    } else if column.is_indexed {
        let [from, to] = [from, to].map(|it| name_of_index(table, it.column, ""));
        statements.push(index(from, to));
    }
    if operators_of_like(column).is_some() {
        let [from, to] = [from, to].map(|it| name_of_index(table, it.column, "_like"));
        statements.push(index(from, to));
    }
    if column.is_positive {
        let [from, to] = [from, to].map(|it| name(&it.check(table)));
        statements.push(table.alter(&format!("RENAME CONSTRAINT {from} TO {to}")));
    }
    statements
}

/// A unique constraint of an index that is there.
pub(super) fn unique_by_index(table: &Table, constraint: &str, rest: &str) -> Sql {
    let constraint = name(constraint);
    Sql::new(
        [table.alter(&format!(
            "ADD CONSTRAINT {constraint} UNIQUE USING INDEX {constraint}{rest}"
        ))],
        [table.alter(&format!("DROP CONSTRAINT IF EXISTS {constraint}"))],
    )
}

/// A check that rows there are meet only when it is validated.
fn checked(table: &Table, check: &str, condition: &str, stem: &str) -> [Part; 2] {
    let quoted = name(check);
    let add = Sql::new(
        [table.alter(&format!(
            "ADD CONSTRAINT {quoted} CHECK ({condition}) NOT VALID"
        ))],
        [table.alter(&format!("DROP CONSTRAINT IF EXISTS {quoted}"))],
    );
    let validate = Sql::one_way([table.alter(&format!("VALIDATE CONSTRAINT {quoted}"))]);
    [
        Part::alone(
            format!("{stem}_positive"),
            vec![add.written(format!("Check new rows of {}: {condition}", table.name))],
        ),
        Part::alone(
            format!("{stem}_positive_validate"),
            vec![
                validate
                    .written(format!(
                        "Read all rows of {}, while others write: {condition}",
                        table.name
                    ))
                    .waiting_for_nobody(),
            ],
        ),
    ]
}

/// The name that PostgreSQL gives a unique constraint which comes with its column: `ChooseIndexName`,
/// which shortens the longer part first.
fn key_name(table: &str, column: &str) -> String {
    const LONGEST: usize = 63 - "__key".len();
    let (mut table, mut column) = (table.trim_matches('"'), column);
    while table.len() + column.len() > LONGEST {
        if table.len() > column.len() {
            table = shortened(table);
        } else {
            column = shortened(column);
        }
    }
    format!("{table}_{column}_key")
}

fn shortened(text: &str) -> &str {
    let last = text.chars().next_back().map_or(0, char::len_utf8);
    &text[..text.len() - last]
}
