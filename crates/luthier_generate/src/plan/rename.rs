//! A column or a table that gets another name, while code that runs knows the old one.

use luthier_project::django::operations::{Column, Engine};
use luthier_project::migrations::{Code, Made, ModelKey, ModelState, Operation, Value};
use luthier_project::models::FieldKind;

use super::add_column::empty;
use super::hanging::{Second, hanging};
use super::indexes::on_postgresql;
use super::recipe::{Because, Part, Recipe, Release, Written};
use super::remove::between;
use super::shadow::{Direction, Shadow, finished};
use super::sql::{self, Backwards, Sql, Table, literal, name, separate};
use super::subject::{Subject, field_operation, renamed_column, with};

/// `RenameField`.
pub(super) fn field(subject: Subject<'_>) -> Result<Recipe, Because> {
    on_postgresql(&subject)?;
    let Operation::RenameField {
        old_name, new_name, ..
    } = subject.operation()
    else {
        return Err("no field is renamed".to_owned());
    };
    let after = subject.after()?;
    let field = after
        .field(new_name)
        .ok_or_else(|| format!("the field {new_name} is not known"))?;
    let state = subject.written()?.code;
    if field.is_many_to_many() {
        let made = subject.made(new_name, field)?;
        let view = View {
            old: between(subject.before()?, old_name, &made),
            new: between(after, new_name, &made),
            columns: None,
        };
        return Ok(renamed(
            &format!("{}.{new_name}", after.name),
            vec![view],
            state,
            &subject,
            None,
        ));
    }
    let changes = subject.changes().unwrap_or_default();
    let (from, to) =
        renamed_column(&changes).ok_or_else(|| format!("the column of {new_name} is not known"))?;
    column(subject, (old_name, new_name), (from, to), state)
}

/// A new column beside the old one, both kept in step by a trigger until nobody uses the old one.
pub(super) fn column(
    subject: Subject<'_>,
    (old_name, new_name): (&str, &str),
    (from, to): (&Column, &Column),
    state: Code,
) -> Result<Recipe, Because> {
    let model = subject.after()?;
    let shown = format!("{}.{new_name}", model.name);
    let field = model
        .field(new_name)
        .ok_or_else(|| format!("the field {new_name} is not known"))?;
    let made = subject.made(new_name, field)?;
    if to.is_primary_key || to.is_auto || to.generated.is_some() {
        return Err(format!(
            "{shown} cannot have a second column beside it: keep the name of its column with `db_column=\"{}\"`",
            from.name
        ));
    }
    let same = Column {
        name: to.name.clone(),
        default: to.default,
        ..from.clone()
    };
    if same != *to {
        return Err(format!(
            "{shown} gets another name and changes otherwise, too: split that into migrations of their own"
        ));
    }
    let hanging = hanging(subject.project, model, new_name, Second::of(&to.name))?;
    let default = match made.keyword("db_default") {
        None => None,
        Some(given) => {
            let default = literal(given).filter(|_| !to.is_null);
            Some(default.ok_or_else(|| {
                format!("the default that the database has for {shown} does not let two columns be kept in step")
            })?)
        }
    };
    let table = Table::of(model);
    let stem = subject.stem(new_name);
    let shadow = Shadow {
        table: &table,
        old: &from.name,
        new: &to.name,
        direction: Direction::BothWays,
        followed_by: None,
    };
    let bare = empty(&made, to);
    let add = subject.field_as("AddField", model, new_name, &bare)?;
    let mut parts = vec![Part::quick(
        stem.clone(),
        vec![
            Written::new(
                separate(vec![add], Vec::new()),
                format!("Add the column {} to {}", to.name, table.name),
            ),
            shadow.follow(),
        ],
    )];
    parts.push(shadow.copy(&stem, &subject.key(model)?));
    let is_named = !hanging.parts.is_empty();
    parts.extend(hanging.parts);
    parts.extend(finished(&table, to, &stem, None, Some(state)));
    let dropped = Dropped {
        subject: &subject,
        shadow,
        column: from,
        made: with(
            &made,
            &["db_column"],
            &[("db_column", Value::text(&from.name))],
        ),
        default,
        is_named,
        renaming: hanging.renaming,
    };
    let (parts_later, irreversible) = dropped.parts(&stem)?;
    let cheap = match old_name == new_name {
        true => String::new(),
        false => format!(
            ". Cheaper, in one release without any of this: keep the column, with `db_column=\"{}\"` on {shown}",
            from.name
        ),
    };
    Ok(Recipe {
        kind: "rename-column",
        releases: vec![
            Release {
                title: format!("Give {shown} a column of the new name"),
                why: format!(
                    "a trigger keeps both columns in step while two releases write, rows that are there are copied in batches{cheap}"
                ),
                parts,
                ..Release::default()
            },
            Release {
                title: format!("Drop the old column of {shown}"),
                why: "no process knows it any more".to_owned(),
                parts: parts_later,
                irreversible,
                ..Release::default()
            },
        ],
    })
}

/// A column that another one has taken the place of.
struct Dropped<'a> {
    subject: &'a Subject<'a>,
    shadow: Shadow<'a>,
    column: &'a Column,
    made: Made,
    /// What the database gives rows that come without a value.
    default: Option<String>,
    /// Whether `Meta` has something of it.
    is_named: bool,
    /// What gives that its names.
    renaming: Vec<String>,
}

impl Dropped<'_> {
    /// Taken back, the column comes again as it was made, filled from the one in its place; but for what
    /// `Meta` has of it, whose names are taken.
    fn parts(&self, stem: &str) -> Result<(Vec<Part>, Option<String>), Because> {
        let Shadow {
            table, old, new, ..
        } = self.shadow;
        let set = |column: &str, what: &str| {
            table.alter(&format!("ALTER COLUMN {} {what}", name(column)))
        };
        let mut forwards = self.shadow.release();
        let [mut backwards, _] = self.shadow.trigger();
        if let Some(default) = &self.default {
            forwards.push(set(new, &format!("SET DEFAULT {default}")));
            backwards.insert(0, set(new, "DROP DEFAULT"));
            backwards.insert(1, set(old, &format!("SET DEFAULT {default}")));
        }
        let summary = format!("Drop the column {old} of {}", table.name);
        let drop_name = format!("{stem}_drop_old");
        if self.is_named {
            forwards.push(table.alter(&format!("DROP COLUMN {}", name(old))));
            forwards.extend(self.renaming.iter().cloned());
            let drop = Sql {
                forwards,
                backwards: Backwards::Impossible,
                state: Vec::new(),
            };
            let because = format!("the column {old} is gone; {new} has all its values");
            return Ok((
                vec![Part::quick(drop_name, vec![drop.written(summary)])],
                Some(because),
            ));
        }
        let model = self.subject.after()?;
        let field = format!("{stem}_old");
        let made = self.subject.code(&empty(&self.made, self.column))?;
        let added = field_operation("AddField", &model.name, &field, made);
        let removed = Operation::RemoveField {
            model: model.name.to_lowercase().into(),
            name: field.as_str().into(),
        };
        let removed = self.subject.written_as(&removed)?.code;
        let released = Sql::new(forwards, backwards).written(format!(
            "Drop the trigger that keeps {old} and {new} in step"
        ));
        let dropped = Written::new(
            separate(vec![separate(Vec::new(), vec![added]), removed], Vec::new()),
            summary,
        );
        // The other way round than it was made: the rows from the column that is left.
        let back = Shadow {
            old: new,
            new: old,
            ..self.shadow
        };
        let finished = finished(table, self.column, stem, None, None);
        let statements = finished.into_iter().flat_map(|part| part.operations);
        let statements = statements.flat_map(|operation| operation.statements);
        let filled = back.copy(stem, &self.subject.key(model)?);
        let taken_back = sql::when_taken_back(
            filled,
            format!("{stem}_if_taken_back"),
            statements.collect(),
            format!("Nothing; taken back, give {old} its indexes and rules again"),
        );
        Ok((
            vec![taken_back, Part::quick(drop_name, vec![released, dropped])],
            None,
        ))
    }
}

/// A table that has another name, and a view that still has the old one.
pub(super) struct View {
    pub(super) old: String,
    pub(super) new: String,
    /// Names in the table and in the view; `None` where they are the same, and no others come.
    pub(super) columns: Option<Vec<(String, String)>>,
}

/// `RenameModel` and `AlterModelTable`.
pub(super) fn table(subject: Subject<'_>) -> Result<Recipe, Because> {
    if subject.engine() != Engine::PostgreSql {
        return Err(format!(
            "on {} a table cannot get another name and keep the old one in the same moment: keep the name of the table with `db_table`",
            subject.engine()
        ));
    }
    let (before, after) = (subject.before()?, subject.after()?);
    if let Some(other) = related_from(&subject, after)
        && before.name != after.name
    {
        return Err(format!(
            "the table between {other} and {} names its column after the model: keep the model's name, or give {other} a `through` model first",
            after.name
        ));
    }
    let mut views = vec![View {
        old: before.table().to_string(),
        new: after.table().to_string(),
        columns: shown_columns(&subject, before)?,
    }];
    for (name, field) in &after.fields {
        if field.is_many_to_many() && field.through.is_none() {
            let made = subject.made(name, field)?;
            let columns = through_columns(before, after, field.target(&after.key()));
            views.push(View {
                old: between(before, name, &made),
                new: between(after, name, &made),
                columns: (before.name != after.name).then_some(columns),
            });
        }
    }
    let state = subject.written()?.code;
    Ok(renamed(&after.name, views, state, &subject, None))
}

/// The columns that the release before knows, and no others: Django drops a column with what shows it, so
/// that a view with one that came later would be gone when that is taken back.
fn shown_columns(
    subject: &Subject<'_>,
    before: &ModelState,
) -> Result<Option<Vec<(String, String)>>, Because> {
    let earlier = subject.group.iter();
    let earlier = earlier.take_while(|it| !std::ptr::eq(**it, subject.transition));
    let earlier = earlier.filter_map(|it| it.before.as_deref());
    let mut earlier = earlier.filter(|it| it.key() == before.key());
    // A column that only the models have lost may be there, and then the release before knows it.
    let has_all = |known: &Vec<String>| {
        earlier.all(|it| columns(it).is_some_and(|it| it.iter().all(|it| known.contains(it))))
    };
    if let Some(columns) = columns(before).filter(has_all) {
        return Ok(Some(
            columns.into_iter().map(|it| (it.clone(), it)).collect(),
        ));
    }
    let after = subject.after()?.key();
    let changes_otherwise = subject.group.iter().any(|other| {
        let is_same = std::ptr::eq(*other, subject.transition);
        !is_same && other.model().is_some_and(|model| model.key() == after)
    });
    match changes_otherwise {
        true => Err(format!(
            "{} gets another name and changes otherwise, too, and not all of its columns are known, which the view of the old name has to name: let the rest wait for a plan of its own, which comes after this one",
            before.name
        )),
        false => Ok(None),
    }
}

/// The columns of a table, where all of them are known.
fn columns(model: &ModelState) -> Option<Vec<String>> {
    if model.is_open {
        return None;
    }
    let mut columns = Vec::new();
    let mut has_key = false;
    for (name, field) in &model.fields {
        let known = field.field.as_deref().filter(|known| !known.is_open())?;
        has_key |= known.primary_key()?;
        if known.kind.has_column()? {
            columns.push(field.column(name)?.to_string());
        }
    }
    let order = model.option("order_with_respect_to");
    if order.is_some_and(|order| *order != Value::None) {
        columns.push("_order".to_owned());
    }
    // A key that nobody wrote down is made by Django.
    has_key.then_some(columns)
}

/// The releases in which tables get other names, with what else is done in that moment.
pub(super) fn renamed(
    shown: &str,
    views: Vec<View>,
    state: Code,
    subject: &Subject<'_>,
    more: Option<Sql>,
) -> Recipe {
    let stem = shown.to_lowercase().replace('.', "_");
    let rename = views.iter().flat_map(View::rename);
    let back = views.iter().rev().flat_map(View::rename_back);
    let first = Sql::new(rename, back).with_state(state).written(format!(
        "{}, and keep a view of the old name",
        subject.operation().describe()
    ));
    let more = more
        .map(|sql| sql.written("Give its unique constraint the name that it has in the models"));
    let drop = views.iter().map(View::drop);
    let make = views.iter().map(View::make);
    let second = Sql::new(drop, make).written("Drop the view of the old name");
    Recipe {
        kind: "rename-table",
        releases: vec![
            Release {
                title: format!("Rename the table of {shown}, and keep a view of the old name"),
                why: "code that runs reads and writes the view as if it were the table, but for queries that group by its key alone, as `annotate` with an aggregate does: PostgreSQL takes those of tables only. Where the release before has any, deploy it once more with `managed = False` in the model's `Meta`, without a migration: Django groups by all columns then. Cheaper in any case: keep the name of the table with `db_table`".to_owned(),
                parts: vec![Part::alone(
                    format!("rename_{stem}"),
                    [first].into_iter().chain(more).collect(),
                )],
                ..Release::default()
            },
            Release {
                title: format!("Drop the view of the old name of {shown}"),
                why: "no process knows it any more".to_owned(),
                parts: vec![Part::quick(format!("{stem}_drop_view"), vec![second])],
                ..Release::default()
            },
        ],
    }
}

impl View {
    fn rename(&self) -> Vec<String> {
        let (old, new) = (name(&self.old), name(&self.new));
        let mut statements = Vec::new();
        if self.old != self.new {
            statements.push(format!("ALTER TABLE {old} RENAME TO {new}"));
        }
        for (column, before) in self.columns.iter().flatten() {
            if column != before {
                let (column, before) = (name(column), name(before));
                statements.push(format!(
                    "ALTER TABLE {new} RENAME COLUMN {before} TO {column}"
                ));
            }
        }
        statements.push(self.make());
        statements
    }

    fn rename_back(&self) -> Vec<String> {
        let (old, new) = (name(&self.old), name(&self.new));
        let mut statements = vec![self.drop()];
        for (column, before) in self.columns.iter().flatten() {
            if column != before {
                let (column, before) = (name(column), name(before));
                statements.push(format!(
                    "ALTER TABLE {new} RENAME COLUMN {column} TO {before}"
                ));
            }
        }
        statements.push(format!("ALTER TABLE {new} RENAME TO {old}"));
        statements
    }

    fn make(&self) -> String {
        let columns = match &self.columns {
            None => "*".to_owned(),
            Some(columns) => {
                let columns = columns
                    .iter()
                    .map(|(column, before)| match column == before {
                        true => name(column),
                        false => format!("{} AS {}", name(column), name(before)),
                    });
                columns.collect::<Vec<_>>().join(", ")
            }
        };
        format!(
            "CREATE VIEW {} AS SELECT {columns} FROM {}",
            name(&self.old),
            name(&self.new)
        )
    }

    fn drop(&self) -> String {
        format!("DROP VIEW IF EXISTS {}", name(&self.old))
    }
}

/// The columns of the table that Django makes between a model and another one, by their new names and
/// their old ones: `create_many_to_many_intermediary_model`.
fn through_columns(
    before: &ModelState,
    after: &ModelState,
    target: Option<ModelKey>,
) -> Vec<(String, String)> {
    let (old, new) = (before.name.to_lowercase(), after.name.to_lowercase());
    let id = ("id".to_owned(), "id".to_owned());
    let is_to_itself = target.as_ref() == Some(&after.key());
    if is_to_itself {
        let both = ["from", "to"].map(|end| (format!("{end}_{new}_id"), format!("{end}_{old}_id")));
        return [id].into_iter().chain(both).collect();
    }
    let other = target.map_or_else(String::new, |(_, model)| format!("{model}_id"));
    vec![
        id,
        (format!("{new}_id"), format!("{old}_id")),
        (other.clone(), other),
    ]
}

/// A model whose many-to-many relation leads to this one over a table that Django makes.
fn related_from(subject: &Subject<'_>, model: &ModelState) -> Option<String> {
    let graph = &subject.project.models;
    let id = graph.by_label(&format!("{}.{}", model.app, model.name))?;
    let leads_here = graph.registered().find(|(other, candidate)| {
        *other != id
            && candidate.fields.iter().any(|field| {
                let relation = field.relation.as_deref();
                field.kind == FieldKind::ManyToMany
                    && relation.is_some_and(|relation| {
                        let through = relation.through.as_ref().and_then(|it| it.model());
                        let is_automatic = through.is_none_or(|it| graph.get(it).made_by.is_some());
                        relation.to.model() == Some(id) && is_automatic
                    })
            })
    });
    leads_here.map(|(_, model)| model.name.to_string())
}
