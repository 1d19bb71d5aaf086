//! A column or a table that goes: first the code lets go of it, then the database.

use luthier_project::django::operations::Engine;
use luthier_project::migrations::{Code, Made, ModelState, Operation, StateField, Value};

use super::indexes::on_postgresql;
use super::recipe::{Because, Part, Recipe, Release, Written};
use super::sql::{Backwards, Sql, Table, drop_foreign_keys, literal, name, separate};
use super::subject::{Subject, field_operation, with};

pub(super) fn field(subject: Subject<'_>) -> Result<Recipe, Because> {
    let Operation::RemoveField { name, .. } = subject.operation() else {
        return Err("no field is removed".to_owned());
    };
    let model = subject.before()?;
    let field = model
        .field(name)
        .ok_or_else(|| format!("the field {name} is not known"))?;
    let removal = Removal {
        subject,
        model,
        name,
        field,
        made: subject.made(name, field)?,
    };
    let (first, second) = match field.is_many_to_many() {
        true => removal.of_relation()?,
        false => removal.of_column()?,
    };
    let shown = format!("{}.{name}", model.name);
    Ok(Recipe {
        kind: "remove-column",
        releases: vec![
            Release {
                title: format!("Stop using {shown}"),
                why: "code that runs still reads and writes the column, so that only the models lose it now".to_owned(),
                ..first
            },
            Release {
                title: format!("Drop {shown} in the database"),
                why: "no process knows it any more".to_owned(),
                irreversible: Some(format!("what {shown} held is gone")),
                ..second
            },
        ],
    })
}

struct Removal<'a> {
    subject: Subject<'a>,
    model: &'a ModelState,
    name: &'a str,
    field: &'a StateField,
    made: Made,
}

impl Removal<'_> {
    /// A column: new code leaves it out of its INSERTs, and what it deletes may be referred to by
    /// rows whose code does not know that any more.
    fn of_column(&self) -> Result<(Release, Release), Because> {
        let known = self.field.field.as_deref();
        if known.is_none_or(|known| known.primary_key() != Some(false)) {
            return Err(format!(
                "whether {} is the primary key is not known",
                self.name
            ));
        }
        let null = self
            .field
            .null()
            .ok_or_else(|| format!("whether {} may be NULL is not known", self.name))?;
        let is_relation = self.field.is_relation();
        let default = match (null, self.field.has_db_default()) {
            (false, Some(false)) => self.default_for_new_rows(),
            _ => None,
        };
        let mut kept = self.made.clone();
        let mut database = Vec::new();
        let mut irreversible = None;
        if let Some(default) = &default {
            let table = Table::of(self.model);
            let column = name(&self.column()?);
            database.push(
                Sql::new(
                    [table.alter(&format!("ALTER COLUMN {column} SET DEFAULT {default}"))],
                    [table.alter(&format!("ALTER COLUMN {column} DROP DEFAULT"))],
                )
                .code(),
            );
        } else if !null && self.field.has_db_default() != Some(true) {
            kept = with(&kept, &[], &[("null", Value::Bool(true))]);
            if self
                .made
                .keyword("default")
                .is_none_or(|it| *it == Value::None)
            {
                irreversible = Some(format!(
                    "rows that come without {}.{} have no value for it",
                    self.model.name, self.name
                ));
            }
        }
        if is_relation && kept.keyword("db_constraint").is_none() {
            kept = with(&kept, &[], &[("db_constraint", Value::Bool(false))]);
        }
        if kept != self.made {
            let field = self.subject.code(&kept)?;
            let model = &self.model.name;
            database.push(field_operation("AlterField", model, self.name, field));
        }
        Ok((
            Release {
                parts: vec![self.forgotten(database)?],
                irreversible,
                ..Release::default()
            },
            self.dropped(&kept, default.as_deref())?,
        ))
    }

    /// The table between two models.
    fn of_relation(&self) -> Result<(Release, Release), Because> {
        if self.subject.engine() != Engine::PostgreSql {
            return Err(format!(
                "on {} luthier does not know how to let go of the table of a many-to-many relation",
                self.subject.engine()
            ));
        }
        let table = between(self.model, self.name, &self.made);
        let unbound = Sql::one_way([drop_foreign_keys(&table, None)]);
        Ok((
            Release {
                parts: vec![self.forgotten(vec![unbound.code()])?],
                irreversible: Some(format!("the foreign keys of {table} are not made again")),
                ..Release::default()
            },
            self.dropped(
                &with(&self.made, &[], &[("db_constraint", Value::Bool(false))]),
                None,
            )?,
        ))
    }

    /// A value that the database gives new rows, so that code which still reads the column meets none
    /// without one. A unique column can have no such value.
    fn default_for_new_rows(&self) -> Option<String> {
        let default = self.made.keyword("default")?;
        let is_unique =
            self.field.field.as_deref()?.unique()? || is_in_unique(self.model, self.name);
        // Quoted as PostgreSQL has it.
        let is_postgresql = self.subject.engine() == Engine::PostgreSql;
        if is_unique || self.field.is_relation() || !is_postgresql {
            return None;
        }
        literal(default)
    }

    fn forgotten(&self, database: Vec<Code>) -> Result<Part, Because> {
        let written = self.subject.written()?;
        let summary = format!("{}, in the models only", written.summary);
        let code = separate(database, vec![written.code]);
        Ok(Part::quick(
            format!("remove_{}", self.subject.stem(self.name)),
            vec![Written::new(code, summary)],
        ))
    }

    /// The models remember the field for as long as it takes to drop it. One that leads to a model
    /// which is gone cannot be remembered. Taken back, the column is what the release before left:
    /// with the default that the database had.
    fn dropped(&self, made: &Made, default: Option<&str>) -> Result<Release, Because> {
        let target = self.field.target(&self.model.key());
        let is_lost = target.is_some_and(|target| self.subject.removed.contains(&target));
        if is_lost {
            on_postgresql(&self.subject)?;
        }
        let code = if is_lost && self.field.is_many_to_many() {
            drop_tables(&[between(self.model, self.name, &self.made)])
        } else if is_lost {
            let column = name(&self.column()?);
            Sql {
                forwards: vec![Table::of(self.model).alter(&format!("DROP COLUMN {column}"))],
                backwards: Backwards::Impossible,
                state: Vec::new(),
            }
            .code()
        } else {
            let field = self.subject.code(made)?;
            let remembered = field_operation("AddField", &self.model.name, self.name, field);
            let mut database = vec![separate(Vec::new(), vec![remembered])];
            if let Some(default) = default {
                let column = name(&self.column()?);
                let set = format!("ALTER COLUMN {column} SET DEFAULT {default}");
                database.push(Sql::new([], [Table::of(self.model).alter(&set)]).code());
            }
            database.push(self.subject.written()?.code);
            separate(database, Vec::new())
        };
        let part = Part::quick(
            format!("drop_{}", self.subject.stem(self.name)),
            vec![Written::new(
                code,
                format!("{}, in the database", self.subject.operation().describe()),
            )],
        );
        Ok(Release {
            parts: vec![part],
            ..Release::default()
        })
    }

    fn column(&self) -> Result<String, Because> {
        let column = self.field.column(self.name);
        column
            .map(|column| column.to_string())
            .ok_or_else(|| format!("the column of {} is not known", self.name))
    }
}

pub(super) fn model(subject: Subject<'_>) -> Result<Recipe, Because> {
    let model = subject.before()?;
    let mut database = Vec::new();
    let mut irreversible = None;
    let is_postgresql = subject.engine() == Engine::PostgreSql;
    for (name, field) in &model.fields {
        let made = subject.made(name, field)?;
        if field.is_many_to_many() && field.through.is_none() {
            if !is_postgresql {
                return Err(format!(
                    "on {} luthier does not know how to let go of the table of a many-to-many relation",
                    subject.engine()
                ));
            }
            let table = between(model, name, &made);
            database.push(Sql::one_way([drop_foreign_keys(&table, None)]).code());
            irreversible = Some(format!("the foreign keys of {table} are not made again"));
        }
    }
    database.extend(unbound(&subject, model)?);
    let written = subject.written()?;
    let summary = written.summary.clone();
    let forgotten = Written::new(
        separate(database, vec![written.code]),
        format!("{summary}, in the models only"),
    );
    let stem = model.name.to_lowercase();
    Ok(Recipe {
        kind: "remove-table",
        releases: vec![
            Release {
                title: format!("Stop using {}", model.name),
                why: "code that runs still reads and writes the table, so that only the models lose it now; its foreign keys go, as new code deletes rows that it refers to".to_owned(),
                parts: vec![Part::quick(format!("delete_{stem}"), vec![forgotten])],
                irreversible,
                ..Release::default()
            },
            Release {
                title: format!("Drop the table of {} in the database", model.name),
                why: "no process knows it any more".to_owned(),
                parts: vec![dropped(&subject, model)?],
                irreversible: Some(format!("what {} held is gone", model.table())),
                ..Release::default()
            },
        ],
    })
}

/// The models remember the table for as long as it takes to drop it. One that leads to a model which
/// is gone cannot be remembered.
fn dropped(subject: &Subject<'_>, model: &ModelState) -> Result<Part, Because> {
    let created = Operation::CreateModel {
        name: model.name.clone(),
        fields: model.fields.clone(),
        options: model.options.clone(),
        bases: model.bases.clone(),
        managers: model.managers.clone(),
    };
    let leads_to_lost = model.fields.iter().any(|(_, field)| {
        let target = field.target(&model.key());
        target.is_some_and(|target| target != model.key() && subject.removed.contains(&target))
    });
    let has_more = !model.indexes.is_empty() || !model.constraints.is_empty();
    let has_between = model
        .fields
        .iter()
        .any(|(_, field)| field.is_many_to_many());
    let remembered = match leads_to_lost || has_more || has_between {
        true => None,
        false => subject.project.code_of_operation(&created),
    };
    let code = match remembered {
        Some(created) => {
            let mut state = vec![created];
            state.extend(unbound(subject, model)?);
            separate(
                vec![separate(Vec::new(), state), subject.written()?.code],
                Vec::new(),
            )
        }
        None => {
            on_postgresql(subject)?;
            let between = model
                .fields
                .iter()
                .filter(|(_, field)| field.is_many_to_many() && field.through.is_none());
            let mut tables = Vec::new();
            for (name, field) in between {
                tables.push(self::between(model, name, &subject.made(name, field)?));
            }
            tables.push(model.table().to_string());
            drop_tables(&tables)
        }
    };
    Ok(Part::quick(
        format!("drop_{}", model.name.to_lowercase()),
        vec![Written::new(
            code,
            format!("{}, in the database", subject.operation().describe()),
        )],
    ))
}

/// What takes the foreign keys of a model out of the database.
fn unbound(subject: &Subject<'_>, model: &ModelState) -> Result<Vec<Code>, Because> {
    let mut operations = Vec::new();
    for (name, field) in &model.fields {
        let made = subject.made(name, field)?;
        let is_bound = field.is_relation()
            && !field.is_many_to_many()
            && made.keyword("db_constraint").is_none();
        if is_bound {
            let unbound = with(&made, &[], &[("db_constraint", Value::Bool(false))]);
            let field = subject.code(&unbound)?;
            operations.push(field_operation("AlterField", &model.name, name, field));
        }
    }
    Ok(operations)
}

fn drop_tables(tables: &[String]) -> Code {
    let drop = |table: &String| format!("DROP TABLE {} CASCADE", name(table));
    Sql {
        forwards: tables.iter().map(drop).collect(),
        backwards: Backwards::Impossible,
        state: Vec::new(),
    }
    .code()
}

/// The table that Django makes for a many-to-many relation: `_get_m2m_db_table`.
pub(super) fn between(model: &ModelState, field: &str, made: &Made) -> String {
    match made.keyword("db_table").and_then(Value::as_str) {
        Some(table) => table.to_owned(),
        None => format!("{}_{field}", model.table().trim_matches('"')),
    }
}

/// Whether a field is part of something unique over several.
fn is_in_unique(model: &ModelState, name: &str) -> bool {
    let in_group = |group: &Value| {
        let names = group.elements();
        names.is_none_or(|names| names.iter().any(|it| it.as_str() == Some(name)))
    };
    let together = model.option("unique_together").and_then(Value::elements);
    let in_together = together.is_some_and(|groups| groups.iter().any(in_group));
    let in_constraint = model.constraints.iter().any(|constraint| {
        let Some(made) = constraint.made() else {
            return true;
        };
        made.class.ends_with("UniqueConstraint") && made.keyword("fields").is_none_or(in_group)
    });
    in_together || in_constraint
}
