//! A primary key that gets a larger type, and with it every foreign key that leads to it.
//!
//! Both are numbers to Python, so that no code has to know. Each column gets a second one beside it; the
//! foreign keys change first, to the second column of the key, and then the key itself.

use luthier_project::constant::Constant;
use luthier_project::django::operations::{Change, Column, ColumnType};
use luthier_project::migrations::Together;
use luthier_project::models::{Model, ModelId};

use super::add_column::named_after;
use super::alter_column::Altered;
use super::cast::type_name;
use super::foreign_key::{Constraint, referenced};
use super::hanging::{Fields, Hanging, Other, Second, hanging};
use super::indexes::unique_by_itself;
use super::not_null;
use super::recipe::{Because, Part, Recipe, Release, Written};
use super::shadow::{Direction, Shadow, finished};
use super::sql::{Backwards, Sql, Table, drop_foreign_keys, formatted, key_by_index, name, text};
use super::subject::name_of_index;

/// A column that gets a second one, which takes its place.
struct Changing {
    table: Table,
    column: Column,
    /// The column of the primary key, along which rows are gone through.
    key: String,
    stem: String,
    hanging: Hanging,
    has_constraint: bool,
    /// The table that it leads to, and the second column there.
    target: (Table, String),
    /// Whether it is the key of its own table, as that of a child's table is.
    is_key: bool,
    field: String,
    model: ModelId,
}

impl Altered<'_> {
    pub(super) fn to_larger_key(&self) -> Result<Recipe, Because> {
        let (from, to) = (self.from, self.to);
        let alike = Column {
            kind: to.kind.clone(),
            default: to.default,
            ..from.clone()
        };
        let is_larger = matches!(
            (&from.kind, &to.kind),
            (
                ColumnType::SmallInteger,
                ColumnType::Integer | ColumnType::BigInteger
            ) | (ColumnType::Integer, ColumnType::BigInteger)
        );
        if alike != *to || !is_larger || from.is_positive || from.reference.is_some() {
            return Err(format!(
                "the primary key {} becomes something that the release before does not know: add a field for the new key first, with a value in every row",
                self.shown()
            ));
        }
        let [new, old] = ["new", "old"].map(|end| format!("{}_{end}", to.name));
        self.expect_free(&[&new, &old])?;
        let referring = self.referring()?;
        let mut parts = self.second_key(&new);
        for changing in &referring {
            parts.extend(changing.beside());
        }
        // Whoever leads to a key lets go of it before it changes.
        parts.extend(referring.iter().rev().map(Changing::swap));
        parts.push(self.swapped_key(&new, &old)?);
        let mut later: Vec<Part> = referring.iter().map(Changing::drop).collect();
        later.push(self.without_old_key(&old));
        let columns: Vec<String> = referring.iter().map(Changing::shown).collect();
        let others = match &columns[..] {
            [] => String::new(),
            columns => format!(", with {}", columns.join(", ")),
        };
        Ok(Recipe {
            kind: "primary-key-change",
            releases: vec![
                Release {
                    title: format!("Give {} a larger type{others}", self.shown()),
                    why: "a second column follows each of them while rows are copied in batches; then they swap their names, one table after the other, which takes a moment".to_owned(),
                    parts,
                    irreversible: Some(
                        "what is written after the swap is in the new columns only".to_owned(),
                    ),
                    ..Release::default()
                },
                Release {
                    title: format!("Drop the old columns of {}", self.shown()),
                    why: "nobody uses them since the swap".to_owned(),
                    parts: later,
                    irreversible: Some("the old columns are gone".to_owned()),
                    ..Release::default()
                },
            ],
        })
    }

    fn shadow<'s>(&'s self, new: &'s str) -> Shadow<'s> {
        Shadow {
            table: &self.table,
            old: &self.to.name,
            new,
            direction: Direction::Forth,
            followed_by: None,
        }
    }

    /// The second column of the key, ready to become it.
    fn second_key(&self, new: &str) -> Vec<Part> {
        let shadow = self.shadow(new);
        let mut parts = vec![
            Part::quick(
                self.stem.clone(),
                vec![added(&self.table, new, &self.to.kind), shadow.follow()],
            ),
            shadow.copy(&self.stem, &self.to.name),
            unique_index(&self.table, new, &self.stem),
        ];
        parts.extend(not_null::parts(&self.stem, &self.table, new, None));
        parts
    }

    /// The moment in which the second column becomes the key: it counts on where the old one was, whether
    /// that has an identity (Django 4.1) or a sequence of its own.
    fn swapped_key(&self, new: &str, old: &str) -> Result<Part, Because> {
        let table = &self.table;
        let kept = name(&self.to.name);
        let mut forwards = self.shadow(new).release();
        forwards.push(table.alter(&format!("RENAME COLUMN {kept} TO {}", name(old))));
        forwards.push(table.alter(&format!("RENAME COLUMN {} TO {kept}", name(new))));
        if self.to.is_auto {
            forwards.push(counting_on(table, (old, &self.to.name), &self.to.kind));
        }
        forwards.push(key_by_index(table, &index_of_key(table, new)));
        forwards.push(table.alter(&format!("ALTER COLUMN {} DROP NOT NULL", name(old))));
        let sql = Sql {
            forwards,
            backwards: Backwards::Impossible,
            state: vec![self.subject.written()?.code],
        };
        Ok(Part::alone(
            format!("{}_swap", self.stem),
            vec![sql.written(format!(
                "Put the column of the new type in place of {} of {}",
                self.to.name, table.name
            ))],
        ))
    }

    fn without_old_key(&self, old: &str) -> Part {
        let drop = Sql {
            forwards: vec![self.table.alter(&format!("DROP COLUMN {}", name(old)))],
            backwards: Backwards::Impossible,
            state: Vec::new(),
        };
        Part::alone(
            format!("{}_drop_old", self.stem),
            vec![drop.written(format!("Drop the column {old} of {}", self.table.name))],
        )
    }

    /// Every foreign key that leads to the key, those of tables between two models, too.
    fn referring(&self) -> Result<Vec<Changing>, Because> {
        let graph = &self.subject.project.models;
        let model = self.subject.after()?;
        let unknown = || format!("what refers to {} is not all known", model.name);
        let id = graph.by_label(&format!("{}.{}", model.app, model.name));
        let id = id.ok_or_else(unknown)?;
        if let Some(other) = self.subject.coming(&model.key()) {
            return Err(format!(
                "{other} gets a foreign key to {} that is not in the database yet: write its migration first",
                model.name
            ));
        }
        let mut found = Vec::new();
        let new = format!("{}_new", self.to.name);
        let counted = self.collect(id, self.name, (&self.table, &new), &mut found)?;
        let changes = self.subject.changes().unwrap_or_default();
        let known = match &changes[..] {
            [Change::AlterColumn(alteration)] => alteration.referenced_by,
            _ => return Err(unknown()),
        };
        if counted != known {
            return Err(unknown());
        }
        self.hang(&mut found)?;
        Ok(found)
    }

    /// What leads to a key, each before what leads to it in turn; how many foreign keys of other tables
    /// lead to the key itself, as Django counts them: those of its own table go with it.
    fn collect(
        &self,
        id: ModelId,
        key: &str,
        target: (&Table, &str),
        found: &mut Vec<Changing>,
    ) -> Result<u32, Because> {
        let graph = &self.subject.project.models;
        let mut counted = 0;
        for (other_id, other) in graph.registered() {
            if other.is_proxy || !other.is_managed() || other.swapped_for.is_some() {
                continue;
            }
            for field in &other.fields {
                let Some(relation) = field.relation.as_deref() else {
                    continue;
                };
                let leads_here = relation
                    .to
                    .model()
                    .is_some_and(|to| graph.get(to).concrete == id);
                if !leads_here || !field.kind.is_foreign_key() {
                    continue;
                }
                let to_field = field.argument("to_field").and_then(|it| it.as_str());
                if to_field.is_some_and(|to_field| *to_field != *key) {
                    continue;
                }
                let is_key = field
                    .primary_key()
                    .ok_or_else(|| format!("the key of {} is not known", other.label))?;
                let has_constraint = field
                    .argument("db_constraint")
                    .is_none_or(|it| *it != Constant::Bool(false));
                counted += u32::from(has_constraint && other_id != id);
                let changing = Changing {
                    is_key,
                    has_constraint,
                    target: (target.0.clone(), target.1.to_owned()),
                    ..self.changing(other_id, other, &field.name)?
                };
                let (table, new) = (changing.table.clone(), changing.second());
                found.push(changing);
                if is_key {
                    self.collect(other_id, &field.name, (&table, &new), found)?;
                }
            }
        }
        Ok(counted)
    }

    /// Finds out what the models have of each column, some of them together with others.
    fn hang(&self, found: &mut [Changing]) -> Result<(), Because> {
        let project = self.subject.project;
        for place in 0..found.len() {
            let (before, rest) = found.split_at(place);
            let Some((changing, after)) = rest.split_first() else {
                break;
            };
            let other = |other: &Changing, is_later: bool| Other {
                field: other.field.clone(),
                column: other.column.name.to_string(),
                second: other.second(),
                is_later,
            };
            let is_beside = |it: &&Changing| it.table.name == changing.table.name;
            let earlier = before.iter().filter(is_beside).map(|it| other(it, false));
            let later = after.iter().filter(is_beside).map(|it| other(it, true));
            let others: Vec<Other> = earlier.chain(later).collect();
            let new = changing.second();
            let second = Second {
                others: &others,
                ..Second::of(&new)
            };
            let model = project.models.get(changing.model);
            let hanging = if model.made_by.is_some() {
                let unknown = || format!("the columns of {} are not known", changing.table.name);
                between(model, (&changing.table, &changing.column.name), second)
                    .ok_or_else(unknown)?
            } else {
                let state = self.subject.migrated(model).ok_or_else(|| {
                    format!(
                        "the migrations of {} are not those of this project, and its foreign key would have to change, too",
                        model.label
                    )
                })?;
                hanging(project, state, &changing.field, second)?
            };
            found[place].hanging = hanging;
        }
        Ok(())
    }

    fn changing(&self, id: ModelId, model: &Model, field: &str) -> Result<Changing, Because> {
        let unknown = || format!("the column of {}.{field} is not known", model.label);
        let known = model.fields.iter().find(|it| *it.name == *field);
        let known = known.ok_or_else(unknown)?;
        let column = known.column().ok_or_else(unknown)?.to_string();
        let table = Table {
            name: model.db_table.as_deref().map_or_else(
                || format!("{}_{}", model.app_label, model.name.to_lowercase()),
                str::to_owned,
            ),
        };
        let key = model.pk.as_deref();
        let key = key.and_then(|key| model.fields.iter().find(|it| *it.name == *key));
        let key = key.and_then(|key| key.column()).ok_or_else(unknown)?;
        let is_key = known.primary_key() == Some(true);
        let is_unique = known.unique() == Some(true);
        Ok(Changing {
            stem: format!("{}_{field}", model.name.to_lowercase()),
            column: Column {
                name: column.into(),
                is_auto: false,
                is_primary_key: false,
                is_positive: false,
                is_null: known.null().ok_or_else(unknown)?,
                // The key gets its index otherwise.
                is_unique: is_unique && !is_key,
                is_indexed: !is_unique && !is_key && known.db_index().ok_or_else(unknown)?,
                ..self.to.clone()
            },
            key: key.to_string(),
            table,
            hanging: Hanging::default(),
            has_constraint: true,
            target: (self.table.clone(), String::new()),
            is_key,
            field: field.to_owned(),
            model: id,
        })
    }
}

fn added(table: &Table, column: &str, kind: &ColumnType) -> Written {
    let kind = type_name(kind).unwrap_or_default();
    let add = table.alter(&format!("ADD COLUMN {} {kind}", name(column)));
    let drop = table.alter(&format!("DROP COLUMN {}", name(column)));
    Sql::new([add], [drop]).written(format!("Add the column {column} to {}", table.name))
}

fn index_of_key(table: &Table, new: &str) -> String {
    name_of_index(table, new, "_pkey")
}

/// The unique index of a second column, which makes a key of it.
fn unique_index(table: &Table, new: &str, stem: &str) -> Part {
    unique_by_itself(table, new, &index_of_key(table, new), stem)
}

/// Lets one column count on where another one is. An identity cannot be moved, a sequence can.
fn counting_on(table: &Table, (from, to): (&str, &str), kind: &ColumnType) -> String {
    let rows = name(&table.name);
    let (quoted, to) = (name(from), name(to));
    let kind = type_name(kind).unwrap_or_default();
    format!(
        "DO $$\n\
         DECLARE\n\
         \x20   counter text := pg_get_serial_sequence({table}, {from});\n\
         \x20   following bigint;\n\
         BEGIN\n\
         \x20   IF counter IS NULL THEN\n\
         \x20       RETURN;\n\
         \x20   END IF;\n\
         \x20   EXECUTE format('SELECT last_value + is_called::integer FROM %s', counter)\n\
         \x20   INTO following;\n\
         \x20   IF EXISTS (\n\
         \x20       SELECT FROM pg_attribute\n\
         \x20       WHERE attrelid = {table}::regclass AND attname = {from} AND attidentity <> ''\n\
         \x20   ) THEN\n\
         \x20       ALTER TABLE {rows} ALTER COLUMN {quoted} DROP IDENTITY;\n\
         \x20       EXECUTE format(\n\
         \x20           'ALTER TABLE {in_format} ALTER COLUMN {to_in_format} '\n\
         \x20           'ADD GENERATED BY DEFAULT AS IDENTITY (START WITH %s)', following\n\
         \x20       );\n\
         \x20   ELSE\n\
         \x20       EXECUTE format(\n\
         \x20           'ALTER TABLE {in_format} ALTER COLUMN {to_in_format} SET DEFAULT nextval(%L)',\n\
         \x20           counter\n\
         \x20       );\n\
         \x20       ALTER TABLE {rows} ALTER COLUMN {quoted} DROP DEFAULT;\n\
         \x20       EXECUTE format(\n\
         \x20           'ALTER SEQUENCE %s AS {kind} OWNED BY {in_format}.{to_in_format}', counter\n\
         \x20       );\n\
         \x20   END IF;\n\
         END\n\
         $$",
        table = text(&rows),
        from = text(from),
        in_format = formatted(&rows),
        to_in_format = formatted(&to),
    )
}

/// What a table between two models has of a column: its pairs are unique.
pub(super) fn between(
    model: &Model,
    (table, column): (&Table, &str),
    new: Second<'_>,
) -> Option<Hanging> {
    let mut found = Hanging::default();
    if new.others.iter().any(|other| other.is_later) {
        return Some(found);
    }
    let ends = model
        .fields
        .iter()
        .filter(|field| field.kind.is_foreign_key());
    let columns: Option<Vec<(String, bool)>> = ends
        .map(|field| Some((field.column()?.to_string(), false)))
        .collect();
    let columns = columns?;
    let mut names = columns.iter().map(|(name, _)| name);
    let place = names.position(|name| **name == *column)?;
    let fields = Fields { columns, place };
    found.group(table, Together::Unique, &fields, new);
    Some(found)
}

impl Changing {
    fn second(&self) -> String {
        format!("{}_new", self.column.name)
    }

    fn first(&self) -> String {
        format!("{}_old", self.column.name)
    }

    fn shown(&self) -> String {
        format!("{} of {}", self.column.name, self.table.name)
    }

    fn shadow<'a>(&'a self, new: &'a str) -> Shadow<'a> {
        Shadow {
            table: &self.table,
            old: &self.column.name,
            new,
            direction: Direction::Forth,
            followed_by: None,
        }
    }

    /// The second column, which leads to the second one of the key.
    fn beside(&self) -> Vec<Part> {
        let (target, key) = &self.target;
        let new = self.second();
        let shadow = self.shadow(&new);
        let add = added(&self.table, &new, &self.column.kind);
        let column = Column {
            name: new.as_str().into(),
            ..self.column.clone()
        };
        let mut parts = vec![
            Part::alone(self.stem.clone(), vec![add, shadow.follow()]),
            shadow.copy(&self.stem, &self.key),
        ];
        parts.extend(self.hanging.parts.iter().cloned());
        parts.extend(finished(&self.table, &column, &self.stem, None, None));
        if self.is_key {
            parts.push(unique_index(&self.table, &new, &self.stem));
        }
        if self.has_constraint {
            let constraint = Constraint::of(&self.table, &new, (target, key));
            let bound = constraint.bound(&referenced(target, key));
            parts.push(Part::alone(
                format!("{}_foreign_key", self.stem),
                vec![bound.written(format!(
                    "Let {new} of {} lead to {}",
                    self.table.name, target.name
                ))],
            ));
            parts.push(constraint.validated(&self.stem));
        }
        parts
    }

    fn swap(&self) -> Part {
        let (new, old) = (self.second(), self.first());
        let kept = name(&self.column.name);
        let mut forwards = self.shadow(&new).release();
        forwards.push(drop_foreign_keys(&self.table.name, Some(&self.column.name)));
        forwards.extend(self.hanging.dropping.iter().cloned());
        forwards.push(
            self.table
                .alter(&format!("RENAME COLUMN {kept} TO {}", name(&old))),
        );
        forwards.push(
            self.table
                .alter(&format!("RENAME COLUMN {} TO {kept}", name(&new))),
        );
        if self.is_key {
            forwards.push(key_by_index(&self.table, &index_of_key(&self.table, &new)));
        }
        if !self.column.is_null {
            forwards.push(
                self.table
                    .alter(&format!("ALTER COLUMN {} DROP NOT NULL", name(&old))),
            );
        }
        let sql = Sql {
            forwards,
            backwards: Backwards::Impossible,
            state: Vec::new(),
        };
        Part::alone(
            format!("{}_swap", self.stem),
            vec![sql.written(format!(
                "Put the column of the new type in place of {}",
                self.shown()
            ))],
        )
    }

    fn drop(&self) -> Part {
        let old = self.first();
        let mut forwards = vec![self.table.alter(&format!("DROP COLUMN {}", name(&old)))];
        forwards.extend(named_after(&self.table, &self.column, &self.second()));
        forwards.extend(self.hanging.renaming.iter().cloned());
        let sql = Sql {
            forwards,
            backwards: Backwards::Impossible,
            state: Vec::new(),
        };
        Part::alone(
            format!("{}_drop_old", self.stem),
            vec![sql.written(format!("Drop the column {old} of {}", self.table.name))],
        )
    }
}
