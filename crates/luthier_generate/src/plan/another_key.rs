//! Another field becomes the primary key: the new one is made whole beside the old one, which stays the
//! key in the database until no process knows it as such; then they take each other's place in a moment.

use luthier_project::django::operations::{Change, Column, ColumnType};
use luthier_project::migrations::{ModelKey, ModelState, Operation, StateField, Transition};
use luthier_project::models::{Field, FieldKind};

use super::add_column::{Addition, Naming, slow_parts};
use super::cast::type_name;
use super::indexes::on_postgresql;
use super::not_null;
use super::recipe::{Because, Part, Recipe, Release, Written};
use super::sql::{
    self, Backwards, Sql, Table, drop_unique, formatted, index_concurrently, key_by_index, name,
    separate, text,
};
use super::subject::{Subject, name_of_index, with};
use super::value::Filling;

/// Whether a field is, or stops being, the primary key with an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Gains,
    Loses,
}

fn is_key(field: &StateField) -> bool {
    let known = field.field.as_deref();
    known.is_some_and(|known| known.primary_key() == Some(true))
}

/// The field that becomes the key of its model or stops being it.
fn turn(transition: &Transition) -> Option<(ModelKey, Turn)> {
    let model = transition.model()?.key();
    let before = |name: &str| transition.before.as_deref()?.field(name);
    let turn = match &transition.step.operation {
        Operation::RemoveField { name, .. } => {
            before(name).filter(|it| is_key(it)).map(|_| Turn::Loses)
        }
        Operation::AddField { field, .. } => is_key(field).then_some(Turn::Gains),
        Operation::AlterField { name, field, .. } => match (is_key(before(name)?), is_key(field)) {
            (true, false) => Some(Turn::Loses),
            (false, true) => Some(Turn::Gains),
            _ => None,
        },
        _ => None,
    };
    Some((model, turn?))
}

/// Whether an operation is a part of what gives a model another key.
pub(super) fn is_about_key(transition: &Transition) -> bool {
    turn(transition).is_some()
}

/// Whether it is the part that only the models hear of; the other one has the plan.
pub(super) fn is_told(transition: &Transition, group: &[&Transition]) -> bool {
    let Some((model, Turn::Loses)) = turn(transition) else {
        return false;
    };
    let mut others = group.iter().filter_map(|other| turn(other));
    others.any(|it| it == (model.clone(), Turn::Gains))
}

/// The way of a model from one key to another one.
struct Exchange<'a> {
    /// The operation that makes a field the key.
    gains: Subject<'a>,
    /// The operation by which the key is none any more.
    loses: Subject<'a>,
    table: Table,
    /// The column of the old key, and of the new one.
    old: String,
    new: String,
    /// The beginning of the names of its migrations.
    stem: String,
}

pub(super) fn plan(subject: Subject<'_>) -> Result<Recipe, Because> {
    on_postgresql(&subject)?;
    let shown = || subject.model_name();
    let key = turn(subject.transition).map(|(model, _)| model);
    let of_turn = |wanted: Turn| {
        let mut found = subject.group.iter().filter(|other| {
            turn(other).is_some_and(|(model, turn)| Some(model) == key && turn == wanted)
        });
        let first = found.next().copied();
        first.filter(|_| found.next().is_none())
    };
    let (Some(gains), Some(loses)) = (of_turn(Turn::Gains), of_turn(Turn::Loses)) else {
        return Err(format!(
            "{} loses its primary key, and no other field becomes it in the same change",
            shown()
        ));
    };
    let gains = Subject {
        transition: gains,
        ..subject
    };
    let loses = Subject {
        transition: loses,
        ..subject
    };
    if let Some(other) = referring(&gains)? {
        return Err(format!(
            "{other} leads to {}: it would have to hold the new keys in the moment in which they become such; let go of it first, and bring it back afterwards",
            shown()
        ));
    }
    let column = |subject: &Subject<'_>, model: &ModelState| {
        let name = field_name(subject.operation());
        let field = name.and_then(|name| Some((model.field(name)?, name)));
        let column = field.and_then(|(field, name)| field.column(name));
        let unknown = || format!("the columns of the keys of {} are not known", model.name);
        column.map(|it| it.to_string()).ok_or_else(unknown)
    };
    let (old, new) = (
        column(&loses, loses.before()?)?,
        column(&gains, gains.after()?)?,
    );
    let exchange = Exchange {
        table: Table::of(gains.after()?),
        stem: gains.stem(field_name(gains.operation()).unwrap_or_default()),
        gains,
        loses,
        old,
        new,
    };
    exchange.recipe()
}

fn field_name(operation: &Operation) -> Option<&str> {
    match operation {
        Operation::AddField { name, .. }
        | Operation::AlterField { name, .. }
        | Operation::RemoveField { name, .. } => Some(name),
        _ => None,
    }
}

/// What leads to the model by its key, or by any other field.
fn referring(subject: &Subject<'_>) -> Result<Option<String>, Because> {
    let graph = &subject.project.models;
    let model = subject.after()?;
    let id = graph.by_label(&format!("{}.{}", model.app, model.name));
    let id = id.ok_or_else(|| format!("what refers to {} is not all known", model.name))?;
    let mut others = graph.registered().filter(|(_, other)| !other.is_proxy);
    let found = others.find_map(|(other_id, other)| {
        let field = other.fields.iter().find(|field| {
            let to = field
                .relation
                .as_deref()
                .and_then(|relation| relation.to.model());
            let leads_here = to.is_some_and(|to| graph.get(to).concrete == id);
            let is_own = other_id == id && field.kind == FieldKind::ManyToMany;
            let is_one = field.kind.is_foreign_key() || field.kind == FieldKind::ManyToMany;
            is_one && (leads_here || is_own)
        })?;
        Some(format!("{}.{}", other.name, field.name))
    });
    Ok(found)
}

impl Exchange<'_> {
    fn recipe(&self) -> Result<Recipe, Because> {
        let (mut releases, has_like) = match self.gains.operation() {
            Operation::AddField { field, .. } if field.kind().is_auto() => {
                (vec![self.counting(field)?], true)
            }
            Operation::AddField { name, field, .. } => (self.added(name, field)?, false),
            _ => self.there()?,
        };
        let first = &mut releases[0];
        first.parts.extend(self.unique_parts(has_like)?);
        let shown = format!(
            "{}.{}",
            self.gains.model_name(),
            field_name(self.gains.operation()).unwrap_or_default()
        );
        let (let_go, why) = self.let_go()?;
        first.parts.extend(let_go);
        first.title = format!("Make {shown} ready to be the primary key");
        first.why = format!(
            "it has a value in every row, and each once, while the database keeps the old key for the release before{why}. Queries of this release that group by the new key alone, as `annotate` with an aggregate does, have to wait for the next one: PostgreSQL takes only the primary key for that"
        );
        if releases.len() == 1 {
            releases.push(Release::default());
        }
        let last = &mut releases[1];
        let (parts, irreversible) = self.exchanged()?;
        last.parts.extend(parts);
        last.title = format!("Make {shown} the primary key in the database");
        last.why = String::from(
            "no process knows the old key as such; an index that is there becomes the key in a moment",
        );
        last.irreversible = irreversible;
        Ok(Recipe {
            kind: "primary-key-change",
            releases,
        })
    }

    fn index(&self) -> String {
        name_of_index(&self.table, &self.new, "_pkey")
    }

    /// The unique index that becomes the key, and what a text has besides.
    fn unique_parts(&self, has_like: bool) -> Result<Vec<Part>, Because> {
        let index = self.index();
        let create = format!(
            "CREATE UNIQUE INDEX CONCURRENTLY {} ON {} ({})",
            name(&index),
            name(&self.table.name),
            name(&self.new)
        );
        let built = index_concurrently(&index, &create).written(format!(
            "Build a unique index of {} of {}, while others write",
            self.new, self.table.name
        ));
        let mut parts = vec![Part::outside_transaction(
            format!("{}_unique", self.stem),
            vec![built],
        )];
        if !has_like {
            let column = Column {
                is_indexed: true,
                is_unique: false,
                is_positive: false,
                ..self.column()?
            };
            let both = slow_parts(&self.table, &column, &self.stem, self.naming());
            // Of the two only that for LIKE: the plain one is what the key has.
            parts.extend(both.into_iter().skip(1));
        }
        Ok(parts)
    }

    fn naming(&self) -> Naming<'_> {
        Naming {
            column: &self.new,
            unique: "_uniq",
        }
    }

    fn column(&self) -> Result<Column, Because> {
        let changes = self.gains.changes().unwrap_or_default();
        match &changes[..] {
            [Change::AddColumn(column)] => Ok((**column).clone()),
            [Change::AlterColumn(alteration)] => Ok(alteration.to.clone()),
            _ => Err(format!("the column {} is not known", self.new)),
        }
    }

    /// A field that comes: as a plain column, with a value that the database works out for each row.
    fn added(&self, name: &str, field: &StateField) -> Result<Vec<Release>, Because> {
        let subject = self.gains;
        let made = subject.made(name, field)?;
        let filling = Filling::of(&subject, field, &made)?;
        match &filling {
            Filling::EachRow(_) | Filling::Database { is_each_row: true } => {}
            Filling::Literal(_) | Filling::Database { .. } => {
                return Err(format!(
                    "every row would get the same value in {name}, which is to be the primary key: give it a `default` that is called for each row"
                ));
            }
            Filling::Nothing | Filling::Python(_) => {
                return Err(format!(
                    "rows of the release before would come without a value for {name}, by which this one finds them, as the database works none out: add {name} as a unique field first, and make it the primary key when every row has one"
                ));
            }
        }
        let column = self.column()?;
        if column.reference.is_some() {
            return Err(format!(
                "{name} is a foreign key that no row has yet: add it as a plain one first, and make it the primary key when every row has one"
            ));
        }
        let addition = Addition {
            name,
            made: with(&made, &["primary_key", "serialize"], &[]),
            column: Column {
                is_primary_key: false,
                is_unique: false,
                is_indexed: false,
                ..column
            },
            table: self.table.clone(),
            stem: self.stem.clone(),
            rows: Some(self.old.clone()),
            subject,
        };
        addition.on_postgresql(filling)
    }

    /// A field that counts by itself: a sequence of its own until every row has a number, since an
    /// identity would write the whole table.
    fn counting(&self, field: &StateField) -> Result<Release, Because> {
        let kind = self.column()?.kind;
        let kind = type_name(&kind).ok_or("the type of the new key is not known")?;
        let (rows, column) = (name(&self.table.name), name(&self.new));
        let sequence = name_of_index(&self.table, &self.new, "_seq");
        let (sequence, literal) = (name(&sequence), text(&name(&sequence)));
        let next = format!("nextval({literal})");
        let added = Sql::new(
            [
                format!("CREATE SEQUENCE {sequence} AS {kind}"),
                self.table.alter(&format!("ADD COLUMN {column} {kind}")),
                format!("ALTER SEQUENCE {sequence} OWNED BY {rows}.{column}"),
                self.table
                    .alter(&format!("ALTER COLUMN {column} SET DEFAULT {next}")),
            ],
            [self.table.alter(&format!("DROP COLUMN {column}"))],
        );
        let written = self.gains.written()?;
        let mut parts = vec![Part::quick(
            self.stem.clone(),
            vec![added.with_state(written.code).written(format!(
                "Add the column {} to {}, which counts",
                self.new, self.table.name
            ))],
        )];
        parts.push(sql::fill_by_sql(
            format!("{}_fill", self.stem),
            (&self.table, &self.old),
            &self.new,
            &next,
        ));
        parts.extend(not_null::parts(&self.stem, &self.table, &self.new, None));
        // Since Django 4.1 (release notes, "Backwards incompatible changes"), on PostgreSQL.
        let django = &self.gains.project.django.version;
        if field.kind().is_auto() && (django.major, django.minor) >= (4, 1) {
            parts.push(self.identity(&sequence));
        }
        Ok(Release {
            parts,
            ..Release::default()
        })
    }

    /// An identity in place of a sequence of its own: it counts on where that was.
    fn identity(&self, sequence: &str) -> Part {
        let (rows, column) = (name(&self.table.name), name(&self.new));
        let forwards = format!(
            "DO $$\n\
             DECLARE\n\
             \x20   following bigint;\n\
             BEGIN\n\
             \x20   ALTER TABLE {rows} ALTER COLUMN {column} DROP DEFAULT;\n\
             \x20   following := nextval({});\n\
             \x20   DROP SEQUENCE {sequence};\n\
             \x20   EXECUTE format(\n\
             \x20       'ALTER TABLE {} ALTER COLUMN {} '\n\
             \x20       'ADD GENERATED BY DEFAULT AS IDENTITY (START WITH %s)', following\n\
             \x20   );\n\
             END\n\
             $$",
            text(sequence),
            formatted(&rows),
            formatted(&column),
        );
        let back = |what: &str| self.table.alter(&format!("ALTER COLUMN {column} {what}"));
        // Taken back, the column is on its way out: rows that come meanwhile need nothing in it.
        let backwards = [back("DROP IDENTITY IF EXISTS"), back("DROP NOT NULL")];
        Part::alone(
            format!("{}_identity", self.stem),
            vec![Sql::new([forwards], backwards).written(format!(
                "Let {} of {} count as Django's keys do",
                self.new, self.table.name
            ))],
        )
    }

    /// A field that is there: whether a text of it has its second index.
    fn there(&self) -> Result<(Vec<Release>, bool), Because> {
        let changes = self.gains.changes().unwrap_or_default();
        let [Change::AlterColumn(alteration)] = &changes[..] else {
            return Err(format!("the column {} is not known", self.new));
        };
        let (from, to) = (&alteration.from, &alteration.to);
        let shown = field_name(self.gains.operation()).unwrap_or_default();
        let alike = Column {
            is_primary_key: true,
            is_unique: true,
            is_indexed: to.is_indexed,
            default: to.default,
            ..from.clone()
        };
        if from.is_null {
            return Err(format!(
                "{shown} may be NULL, which a primary key may not: forbid that first, in a change of its own"
            ));
        }
        if alike != *to || to.is_auto {
            return Err(format!(
                "{shown} becomes the primary key and changes otherwise, too: split that into migrations of their own"
            ));
        }
        let operation = self.gains.operation();
        let written = self.gains.written()?;
        let told = Written::told(
            separate(Vec::new(), vec![written.code]),
            operation.describe(),
        );
        let release = Release {
            parts: vec![Part::quick(
                format!("alter_{}", self.stem),
                vec![told.needing(self.gains.needed(operation))],
            )],
            ..Release::default()
        };
        Ok((vec![release], from.is_unique || from.is_indexed))
    }

    /// What the old key needs while this release does not write it any more, and what is said of that.
    fn let_go(&self) -> Result<(Vec<Part>, String), Because> {
        let model = self.loses.before()?;
        let lost = field_name(self.loses.operation()).unwrap_or_default();
        let field = model.field(lost).ok_or("the old key is not known")?;
        if let Operation::AlterField { field: after, .. } = self.loses.operation() {
            let known = after.field.as_deref();
            let stays = known
                .is_some_and(|known| known.unique() == Some(true) && known.null() == Some(false));
            return match stays && !field.kind().is_auto() {
                true => Ok((Vec::new(), String::new())),
                false => Err(format!(
                    "the release before finds rows by {lost}: let it be unique and without NULL for now, as a field that does not count, and change that afterwards"
                )),
            };
        }
        if field.kind().is_auto() {
            return Ok((Vec::new(), String::new()));
        }
        let made = self.loses.made(lost, field)?;
        let expression = match Filling::of(&self.loses, field, &made)? {
            Filling::EachRow(expression) => expression,
            Filling::Database { is_each_row: true } => return Ok((Vec::new(), String::new())),
            _ => {
                return Err(format!(
                    "this release gives {lost} no value any more, and the database works none out: keep the field as a unique one for now"
                ));
            }
        };
        let column = name(&self.old);
        let given = Sql::new(
            [self
                .table
                .alter(&format!("ALTER COLUMN {column} SET DEFAULT {expression}"))],
            [self
                .table
                .alter(&format!("ALTER COLUMN {column} DROP DEFAULT"))],
        );
        let part = Part::quick(
            format!("{}_default", self.loses.stem(lost)),
            vec![given.written(format!(
                "Give {} of {} a default in the database, for the release before",
                self.old, self.table.name
            ))],
        );
        Ok((
            vec![part],
            ", which the database gives rows of this one".to_owned(),
        ))
    }

    /// The moment in which the new key takes the place of the old one.
    fn exchanged(&self) -> Result<(Vec<Part>, Option<String>), Because> {
        let lost = field_name(self.loses.operation()).unwrap_or_default();
        let mut parts = Vec::new();
        let mut forwards = vec![key_by_index(&self.table, &self.index())];
        // What the field had of its own before it became the key, where it was there.
        let had = |what: fn(&Field) -> Option<bool>| -> Result<bool, Because> {
            let Operation::AlterField { name, .. } = self.gains.operation() else {
                return Ok(false);
            };
            let before = self.gains.before()?.field(name);
            let before = before.and_then(|field| field.field.as_deref());
            Ok(before.and_then(what) == Some(true))
        };
        let (was_unique, was_indexed) = (had(Field::unique)?, had(Field::db_index)?);
        if was_unique {
            forwards.push(drop_unique(&self.table, std::slice::from_ref(&self.new)));
        } else if was_indexed {
            let plain = name_of_index(&self.table, &self.new, "");
            forwards.push(format!("DROP INDEX IF EXISTS {}", name(&plain)));
        }
        let table = &self.table.name;
        let summary = format!("Make {} the primary key of {table}", self.new);
        if matches!(self.loses.operation(), Operation::RemoveField { .. }) {
            let column = name(&self.old);
            forwards.push(self.table.alter(&format!("DROP COLUMN {column}")));
            let sql = Sql {
                forwards,
                backwards: Backwards::Impossible,
                state: Vec::new(),
            };
            parts.push(Part::alone(
                format!("{}_key", self.stem),
                vec![sql.written(format!("{summary}, and drop {}", self.old))],
            ));
            return Ok((
                parts,
                Some(format!(
                    "what {}.{lost} held is gone",
                    self.loses.model_name()
                )),
            ));
        }
        let changes = self.loses.changes().unwrap_or_default();
        let [Change::AlterColumn(alteration)] = &changes[..] else {
            return Err(format!("the column {} is not known", self.old));
        };
        let left = Column {
            // A text has its second index by now.
            kind: ColumnType::Unknown,
            is_positive: false,
            ..alteration.to.clone()
        };
        let naming = Naming {
            column: &self.old,
            unique: "_uniq",
        };
        let stem = self.loses.stem(lost);
        parts.extend(slow_parts(&self.table, &left, &stem, naming));
        // Where the new key was there, it may have had an index of its own, which the moment takes away.
        let is_lasting = matches!(self.gains.operation(), Operation::AlterField { .. });
        let [again, new] = [(&self.old, "_pkey"), (&self.new, "_again")]
            .map(|(column, end)| (column, name_of_index(&self.table, column, end)));
        let sql = Sql {
            forwards,
            backwards: match is_lasting {
                true => Backwards::Impossible,
                false => Backwards::Statements(vec![
                    key_by_index(&self.table, &again.1),
                    format!(
                        "ALTER INDEX {} RENAME TO {}",
                        name(&new.1),
                        name(&self.index())
                    ),
                ]),
            },
            state: Vec::new(),
        };
        parts.push(Part::alone(
            format!("{}_key", self.stem),
            vec![sql.written(summary)],
        ));
        if is_lasting {
            let because = format!("{} is the key of {table} then", self.new);
            return Ok((parts, Some(because)));
        }
        let build = [again, new].map(|(column, index)| {
            let quoted = name(&index);
            [
                format!("DROP INDEX CONCURRENTLY IF EXISTS {quoted}"),
                format!(
                    "CREATE UNIQUE INDEX CONCURRENTLY {quoted} ON {} ({})",
                    name(table),
                    name(column)
                ),
            ]
        });
        parts.push(Part::outside_transaction(
            format!("{}_if_taken_back", self.stem),
            vec![Sql::new([], build.concat()).written(format!(
                "Nothing; taken back, build the indexes of {} and {} that both keys need",
                self.old, self.new
            ))],
        ));
        Ok((parts, None))
    }
}
