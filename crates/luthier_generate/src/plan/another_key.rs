//! Another field becomes the primary key: the new one is made whole beside the old one, which stays the
//! key in the database until no process knows it as such; then they take each other's place in a moment.

use luthier_project::django::operations::{Change, Column, ColumnType};
use luthier_project::migrations::{ModelKey, ModelState, Operation, StateField, Transition};
use luthier_project::models::Field;

use super::add_column::{Addition, Naming, slow_parts, unique_by_index};
use super::cast::type_name;
use super::indexes::{on_postgresql, unique_by_itself};
use super::leading::{Leading, leading};
use super::led::Led;
use super::not_null;
use super::recipe::{Because, Part, Recipe, Release, Written};
use super::sql::{
    self, Backwards, Sql, Table, drop_unique, formatted, key_by_index, name, separate, text,
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

/// Whether it is the part that only the models hear of, and whether they hear of it with the other one, which
/// has the plan and comes before it.
pub(super) fn is_told(transition: &Transition, group: &[&Transition]) -> Option<Told> {
    let (model, Turn::Loses) = turn(transition)? else {
        return None;
    };
    let gains = |other: &&Transition| turn(other) == Some((model.clone(), Turn::Gains));
    let gains = group.iter().position(gains)?;
    let own = group
        .iter()
        .position(|other| std::ptr::eq(*other, transition));
    Some(match own.is_some_and(|own| own > gains) {
        true => Told::WithOther,
        false => Told::First,
    })
}

/// When the models hear that a field is the key no longer: they never have two.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    First,
    WithOther,
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

impl Exchange<'_> {
    fn recipe(&self) -> Result<Recipe, Because> {
        let [lost, gained] = [&self.loses, &self.gains]
            .map(|subject| field_name(subject.operation()).unwrap_or_default());
        let led = Led {
            subject: self.gains,
            table: &self.table,
            fields: (lost, gained),
            old: &self.old,
            new: &self.new,
            column: self.column()?,
        };
        let leading = leading(&led)?;
        let (mut releases, has_like) = match self.gains.operation() {
            Operation::AddField { field, .. } if field.kind().is_auto() => {
                (vec![self.counting(field)?], true)
            }
            Operation::AddField { name, field, .. } => (self.added(name, field)?, false),
            _ => self.there()?,
        };
        if is_told(self.loses.transition, self.gains.group) == Some(Told::WithOther) {
            let told = self.loses.written()?;
            let told = Written::told(separate(Vec::new(), vec![told.code]), told.summary);
            releases[0].parts[0].operations.push(told);
        }
        let shown = format!("{}.{gained}", self.gains.model_name());
        if !leading.is_empty() {
            return self.with_leading(&shown, releases, has_like, &leading);
        }
        let first = &mut releases[0];
        first.parts.push(self.unique_index(&self.index()));
        first.parts.extend(self.like_parts(has_like)?);
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

    /// The same where foreign keys lead to the model, which let go of the old key in the last release.
    fn with_leading(
        &self,
        shown: &str,
        mut releases: Vec<Release>,
        has_like: bool,
        leading: &[Leading<'_>],
    ) -> Result<Recipe, Because> {
        let fields: Vec<String> = leading.iter().map(Leading::shown).collect();
        let fields = fields.join(", ");
        releases.resize_with(3, Release::default);
        let (let_go, why) = self.let_go()?;
        let first = &mut releases[0];
        // The columns of the new keys need something to lead to, which is to be there until they are gone.
        let helper = name_of_index(&self.table, &self.new, "_uniq_beside");
        if !self.had(Field::unique)? {
            first.parts.push(self.unique_index(&helper));
        }
        first.parts.extend(self.like_parts(has_like)?);
        first.parts.extend(let_go);
        for each in leading {
            first.parts.extend(each.beside()?);
            first.code.push(each.code());
        }
        first.title = format!("Make {shown} ready to be the primary key, with {fields}");
        first.why = format!(
            "every row has a value, and each once, while the database keeps the old key for the release before{why}. What leads there gets a column of the new keys, which `db_column` names in the models for this release, and a trigger looks up one key by the other: a row has to be there before what leads to it is written, and of no row that others lead to is the old key changed. Queries of this release that group by the new key alone, as `annotate` with an aggregate does, have to wait for the next one: PostgreSQL takes only the primary key for that"
        );
        let second = &mut releases[1];
        for each in leading {
            second.parts.extend(each.in_place()?);
        }
        second.parts.push(self.unique_index(&self.index()));
        second.parts.extend(self.exchanged_for_now()?);
        second
            .parts
            .extend(leading.iter().flat_map(Leading::bound_to_key));
        second.title = format!("Make {shown} the primary key in the database, with {fields}");
        second.why = String::from(
            "no process knows the old key as such; an index that is there becomes the key in a moment, and columns of the new keys get the names of those of the old ones",
        );
        let third = &mut releases[2];
        third
            .parts
            .extend(leading.iter().map(Leading::without_others));
        third.parts.extend(self.without_helper(&helper)?);
        third.title = format!("Drop what held the old keys of {}", self.gains.model_name());
        "no process knows them any more".clone_into(&mut third.why);
        let lost = field_name(self.loses.operation()).unwrap_or_default();
        let lost = format!("{}.{lost}", self.loses.model_name());
        third.irreversible = Some(match self.loses.operation() {
            Operation::RemoveField { .. } => {
                format!("what {lost} held, and what led there by it, is gone")
            }
            _ => format!("what led there by {lost} is gone"),
        });
        Ok(Recipe {
            kind: "primary-key-change",
            releases,
        })
    }

    /// The moment in which the new key takes the place of the old one, which stays as a column that rows are
    /// found by.
    fn exchanged_for_now(&self) -> Result<Vec<Part>, Because> {
        let again = name_of_index(&self.table, &self.old, "_pkey");
        let sql = Sql::new(
            [key_by_index(&self.table, &self.index())],
            [key_by_index(&self.table, &again)],
        );
        let exchanged = Part::alone(
            format!("{}_key", self.stem),
            vec![sql.written(format!(
                "Make {} the primary key of {}",
                self.new, self.table.name
            ))],
        );
        let stem = format!("{}_old", self.stem);
        if matches!(self.loses.operation(), Operation::RemoveField { .. }) {
            return Ok(vec![
                unique_by_itself(&self.table, &self.old, &again, &stem),
                exchanged,
            ]);
        }
        let build = self.built_again(&self.old, &again, "UNIQUE ");
        let mut parts = self.left()?;
        parts.push(exchanged);
        parts.push(Part::outside_transaction(
            format!("{}_if_taken_back", self.stem),
            vec![Sql::new([], build).written(format!(
                "Nothing; taken back, build the index of {} that the old key needs",
                self.old
            ))],
        ));
        Ok(parts)
    }

    /// Takes away what the new key had beside the index that made it the key, and the old one where that goes.
    fn without_helper(&self, helper: &str) -> Result<Vec<Part>, Because> {
        let table = &self.table.name;
        let mut parts = Vec::new();
        if !self.had(Field::unique)? {
            let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {}", name(helper));
            parts.push(Part::outside_transaction(
                format!("{}_drop_index", self.stem),
                vec![
                    Sql::one_way([drop])
                        .written(format!("Drop the second index of {} of {table}", self.new)),
                ],
            ));
        }
        let mut forwards: Vec<String> = self.without_own_index()?.into_iter().collect();
        let mut what = match forwards.is_empty() {
            true => Vec::new(),
            false => vec![format!("the index that {} had", self.new)],
        };
        if matches!(self.loses.operation(), Operation::RemoveField { .. }) {
            forwards.push(
                self.table
                    .alter(&format!("DROP COLUMN {}", name(&self.old))),
            );
            what.push(format!("the column {}", self.old));
        }
        if forwards.is_empty() {
            return Ok(parts);
        }
        let sql = Sql {
            forwards,
            backwards: Backwards::Impossible,
            state: Vec::new(),
        };
        parts.push(Part::alone(
            format!("{}_drop_old", self.stem),
            vec![sql.written(format!("Drop {} of {table}", what.join(" and ")))],
        ));
        Ok(parts)
    }

    fn index(&self) -> String {
        name_of_index(&self.table, &self.new, "_pkey")
    }

    /// A unique index of the new key.
    fn unique_index(&self, index: &str) -> Part {
        unique_by_itself(&self.table, &self.new, index, &self.stem)
    }

    /// What a text has besides, unless it is there.
    fn like_parts(&self, has_like: bool) -> Result<Vec<Part>, Because> {
        if has_like {
            return Ok(Vec::new());
        }
        let column = Column {
            is_indexed: true,
            is_unique: false,
            is_positive: false,
            ..self.column()?
        };
        let both = slow_parts(&self.table, &column, &self.stem, self.naming());
        // Of the two only that for LIKE: the plain one is what the key has.
        Ok(both.into_iter().skip(1).collect())
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

    /// What the field had of its own before it became the key, where it was there.
    fn had(&self, what: fn(&Field) -> Option<bool>) -> Result<bool, Because> {
        let Operation::AlterField { name, .. } = self.gains.operation() else {
            return Ok(false);
        };
        let before = self.gains.before()?.field(name);
        let before = before.and_then(|field| field.field.as_deref());
        Ok(before.and_then(what) == Some(true))
    }

    /// What takes away the index that it had of its own.
    fn without_own_index(&self) -> Result<Option<String>, Because> {
        if self.had(Field::unique)? {
            let columns = std::slice::from_ref(&self.new);
            return Ok(Some(drop_unique(&self.table, columns)));
        }
        let plain = name_of_index(&self.table, &self.new, "");
        let drop = format!("DROP INDEX IF EXISTS {}", name(&plain));
        Ok(self.had(Field::db_index)?.then_some(drop))
    }

    /// What the old key has as a field like others, where it stays.
    fn left(&self) -> Result<Vec<Part>, Because> {
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
        let stem = self
            .loses
            .stem(field_name(self.loses.operation()).unwrap_or_default());
        Ok(slow_parts(&self.table, &left, &stem, naming))
    }

    /// The statements that build an index of a column anew.
    fn built_again(&self, column: &str, index: &str, how: &str) -> [String; 2] {
        let index = name(index);
        [
            format!("DROP INDEX CONCURRENTLY IF EXISTS {index}"),
            format!(
                "CREATE {how}INDEX CONCURRENTLY {index} ON {} ({})",
                name(&self.table.name),
                name(column)
            ),
        ]
    }

    /// The moment in which the new key takes the place of the old one.
    fn exchanged(&self) -> Result<(Vec<Part>, Option<String>), Because> {
        let lost = field_name(self.loses.operation()).unwrap_or_default();
        let mut parts = Vec::new();
        let mut forwards = vec![key_by_index(&self.table, &self.index())];
        forwards.extend(self.without_own_index()?);
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
        parts.extend(self.left()?);
        let [again, new] = [(&self.old, "_pkey"), (&self.new, "_again")]
            .map(|(column, end)| (column, name_of_index(&self.table, column, end)));
        let mut backwards = vec![
            key_by_index(&self.table, &again.1),
            format!(
                "ALTER INDEX {} RENAME TO {}",
                name(&new.1),
                name(&self.index())
            ),
        ];
        let mut build = vec![
            self.built_again(again.0, &again.1, "UNIQUE "),
            self.built_again(new.0, &new.1, "UNIQUE "),
        ];
        // What the moment takes away of a field that was there.
        if self.had(Field::unique)? {
            let unique = name_of_index(&self.table, &self.new, "_uniq");
            build.push(self.built_again(&self.new, &unique, "UNIQUE "));
            backwards.extend(unique_by_index(&self.table, &unique, "").forwards);
        } else if self.had(Field::db_index)? {
            let plain = name_of_index(&self.table, &self.new, "");
            build.push(self.built_again(&self.new, &plain, ""));
        }
        parts.push(Part::alone(
            format!("{}_key", self.stem),
            vec![Sql::new(forwards, backwards).written(summary)],
        ));
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
