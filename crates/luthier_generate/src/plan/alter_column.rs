//! A column that stays and becomes another one.

use luthier_project::django::operations::{Alteration, Change, Column, ColumnType, Outcome};
use luthier_project::migrations::{Code, Made, Operation, StateField};

use super::add_column::{Naming, attribute, empty, named_after, slow_parts};
use super::foreign_key::{Constraint, referenced};
use super::hanging::{Second, hanging};
use super::indexes::on_postgresql;
use super::recipe::{Because, Part, Recipe, Release, Written};
use super::shadow::{Direction, Shadow, finished, trigger};
use super::sql::{self, Backwards, Sql, Table, literal, name, separate};
use super::subject::{Subject, name_of_index, with};
use super::value::Filling;
use super::{not_null, rename};

pub(super) fn plan(subject: Subject<'_>) -> Result<Recipe, Because> {
    on_postgresql(&subject)?;
    let Operation::AlterField { name, field, .. } = subject.operation() else {
        return Err("no field is altered".to_owned());
    };
    let changes = subject.changes().unwrap_or_default();
    let [Change::AlterColumn(alteration)] = &changes[..] else {
        return Err(format!("the column of {name} is not known"));
    };
    let Alteration { from, to, .. } = &**alteration;
    let is_key = from.is_primary_key && to.is_primary_key && from.name == to.name;
    if !is_key && (from.is_primary_key || to.is_primary_key || from.is_auto || to.is_auto) {
        return Err(format!(
            "what {name} counts by changes, which luthier knows no way for"
        ));
    }
    let old_field = subject
        .before()?
        .field(name)
        .ok_or_else(|| format!("the field {name} is not known as it was"))?;
    let is_bound_now = old_field.to.is_none() && field.to.is_some();
    if old_field.to != field.to && !is_bound_now {
        return Err(format!(
            "{name} leads to another model: add another field for that, and remove this one"
        ));
    }
    let altered = Altered {
        subject,
        name,
        field,
        made: subject.made(name, field)?,
        from,
        to,
        table: Table::of(subject.after()?),
        stem: subject.stem(name),
    };
    if is_key {
        return altered.to_larger_key();
    }
    if from.name != to.name {
        return rename::column(subject, (name, name), (from, to), subject.written()?.code);
    }
    if is_bound_now {
        return altered.to_foreign_key();
    }
    if from.kind != to.kind {
        return altered.to_another_type();
    }
    altered.to_other_rules()
}

/// A field that is altered, and everything that has to be known of it.
pub(super) struct Altered<'a> {
    pub(super) subject: Subject<'a>,
    pub(super) name: &'a str,
    pub(super) field: &'a StateField,
    pub(super) made: Made,
    pub(super) from: &'a Column,
    pub(super) to: &'a Column,
    pub(super) table: Table,
    pub(super) stem: String,
}

impl Altered<'_> {
    /// The column keeps its type, and gets a rule for its values or an index.
    fn to_other_rules(&self) -> Result<Recipe, Because> {
        let (from, to) = (self.from, self.to);
        let alike = Column {
            is_null: to.is_null,
            is_unique: from.is_unique || to.is_unique,
            is_indexed: match to.is_unique && !from.is_unique {
                // A unique index takes the place of a plain one.
                true => to.is_indexed,
                false => from.is_indexed || to.is_indexed,
            },
            is_positive: from.is_positive || to.is_positive,
            default: to.default,
            ..from.clone()
        };
        if alike != *to {
            return Err(format!(
                "{} changes in several ways at once: split them into migrations of their own",
                self.name
            ));
        }
        let came = Column {
            is_unique: to.is_unique && !from.is_unique,
            is_indexed: to.is_indexed && !from.is_indexed,
            is_positive: to.is_positive && !from.is_positive,
            // An index for LIKE stays where there is one.
            kind: match from.is_indexed {
                true => ColumnType::Unknown,
                false => to.kind.clone(),
            },
            ..to.clone()
        };
        let mut slow = slow_parts(&self.table, &came, &self.stem, self.naming());
        if from.is_indexed && came.is_unique {
            slow.push(self.without_plain_index());
        }
        if from.is_null && !to.is_null {
            return self.not_null(slow);
        }
        let kind = if came.is_unique {
            "add-unique-constraint"
        } else if came.is_positive {
            "add-check-validating"
        } else if came.is_indexed {
            "add-index-blocking"
        } else if to.reference.is_some() {
            // Django drops the constraint and adds it anew, whatever changes.
            "add-foreign-key-validating"
        } else {
            "alter-column-type"
        };
        let mut database = Vec::new();
        if !from.is_null && to.is_null {
            let column = name(&to.name);
            database.push(
                Sql::new(
                    [self
                        .table
                        .alter(&format!("ALTER COLUMN {column} DROP NOT NULL"))],
                    [self
                        .table
                        .alter(&format!("ALTER COLUMN {column} SET NOT NULL"))],
                )
                .code(),
            );
        }
        slow.push(self.told(database, self.state()?));
        Ok(Recipe {
            kind,
            releases: vec![Release {
                title: format!("Alter {}", self.shown()),
                why: "what is slow of it is done on its own, while others write".to_owned(),
                parts: slow,
                ..Release::default()
            }],
        })
    }

    /// NULL is forbidden: what the release before still writes as NULL becomes a value on its way.
    fn not_null(&self, slow: Vec<Part>) -> Result<Recipe, Because> {
        let releases = match Filling::of(&self.subject, self.field, &self.made)? {
            Filling::Literal(expression) | Filling::EachRow(expression) => {
                self.replaced(&expression, slow)?
            }
            Filling::Database { .. } => {
                let given = self.made.keyword("db_default").and_then(literal);
                let given = given.ok_or_else(|| {
                    format!(
                        "what the rows that are NULL get in {} is worked out by the database: fill them first, in a migration of their own",
                        self.name
                    )
                })?;
                self.replaced(&given, slow)?
            }
            Filling::Python(value) => self.replaced_by_python(&value, slow)?,
            Filling::Nothing => self.replaced_by_hand(slow)?,
        };
        Ok(Recipe {
            kind: "set-not-null",
            releases,
        })
    }

    /// A trigger puts the value in place of NULL.
    fn replaced(&self, expression: &str, slow: Vec<Part>) -> Result<Vec<Release>, Because> {
        let column = name(&self.to.name);
        let body = format!(
            "    IF NEW.{column} IS NULL THEN\n        NEW.{column} := {expression};\n    END IF;\n"
        );
        let helper = name_of_index(&self.table, &self.to.name, "_fill");
        let [make, drop] = trigger(&self.table, &helper, &body);
        let written = Sql::new(make.clone(), drop.clone()).written(format!(
            "Put a value in place of NULL in {} of {}, for the release before",
            self.to.name, self.table.name
        ));
        let mut parts = vec![Part::quick(self.stem.clone(), vec![written])];
        parts.push(sql::fill_by_sql(
            format!("{}_fill", self.stem),
            (&self.table, &self.subject.key(self.subject.after()?)?),
            &self.to.name,
            expression,
        ));
        parts.extend(slow);
        let state = self.state()?;
        parts.extend(not_null::parts(
            &self.stem,
            &self.table,
            &self.to.name,
            Some(state),
        ));
        let dropped = Sql::new(drop, make).written(format!(
            "Drop the trigger that fills {} of {}",
            self.to.name, self.table.name
        ));
        Ok(vec![
            Release {
                title: format!("Fill {}, and forbid NULL", self.shown()),
                why: "the release before may still write NULL, which a trigger replaces; rows that are there are filled in batches, and only then NULL is forbidden".to_owned(),
                parts,
                ..Release::default()
            },
            Release {
                title: format!("Drop the trigger of {}", self.shown()),
                why: "no process writes NULL any more".to_owned(),
                parts: vec![Part::quick(
                    format!("{}_drop_trigger", self.stem),
                    vec![dropped],
                )],
                ..Release::default()
            },
        ])
    }

    /// The models forbid NULL first, and the database when no code writes it any more.
    fn replaced_by_python(&self, value: &Code, slow: Vec<Part>) -> Result<Vec<Release>, Because> {
        let fill = || -> Result<Part, Because> {
            Ok(sql::fill_by_python(
                format!("{}_fill", self.stem),
                (&self.subject.after()?.app, &self.subject.model_name()),
                (
                    self.name,
                    &attribute(self.name, self.to.reference.is_some()),
                ),
                &value.laid_out(0, 0, 0),
                value.imports().cloned(),
            ))
        };
        let mut later = vec![fill()?];
        later.extend(self.forbidden(slow));
        Ok(vec![
            Release {
                parts: vec![self.told(Vec::new(), self.state()?), fill()?],
                before_next: Some(format!("no code sets {} to None", self.shown())),
                ..self.unwritten()
            },
            Release {
                title: format!("Fill what is left of {}, and forbid NULL", self.shown()),
                why: "the rows that the release before has written meanwhile get a value, then there is no NULL any more".to_owned(),
                parts: later,
                ..Release::default()
            },
        ])
    }

    /// The same where nothing says what rows get: whoever knows it gives it to them in between.
    fn replaced_by_hand(&self, slow: Vec<Part>) -> Result<Vec<Release>, Because> {
        let shown = self.shown();
        let mut later = vec![self.without_null()];
        later.extend(self.forbidden(slow));
        Ok(vec![
            Release {
                parts: vec![self.told(Vec::new(), self.state()?)],
                before_next: Some(format!(
                    "no code sets {shown} to None, and no row has NULL there: nothing says what those that have it get, so that they are yours to fill"
                )),
                ..self.unwritten()
            },
            Release {
                title: format!("Forbid NULL in {shown}"),
                why: "no process writes NULL any more. Where a row still has it, the migration that looks for it fails, and NULL is not forbidden".to_owned(),
                parts: later,
                ..Release::default()
            },
        ])
    }

    /// Fails where a row has NULL, before a check does where somebody writes to that row.
    fn without_null(&self) -> Part {
        let (rows, column) = (name(&self.table.name), name(&self.to.name));
        let look = format!(
            "DO $$\n\
             BEGIN\n\
             \x20   IF EXISTS (SELECT FROM {rows} WHERE {column} IS NULL) THEN\n\
             \x20       RAISE EXCEPTION '%', {};\n\
             \x20   END IF;\n\
             END\n\
             $$",
            sql::text(&format!(
                "rows of {} have no {}: fill them, and run the migration again",
                self.table.name, self.to.name
            ))
        );
        let looked = Sql::one_way([look]).written(format!(
            "Look for NULLs in {} of {}, while others write",
            self.to.name, self.table.name
        ));
        Part::alone(
            format!("{}_look", self.stem),
            vec![looked.waiting_for_nobody()],
        )
    }

    /// The release whose models forbid NULL before the database does.
    fn unwritten(&self) -> Release {
        Release {
            title: format!("Stop writing NULL to {}", self.shown()),
            why: "the column may be NULL in the database as long as the release before runs"
                .to_owned(),
            ..Release::default()
        }
    }

    /// What the database does when no code writes NULL any more.
    fn forbidden(&self, mut slow: Vec<Part>) -> Vec<Part> {
        slow.extend(not_null::parts(
            &self.stem,
            &self.table,
            &self.to.name,
            None,
        ));
        slow
    }

    /// A plain column becomes a foreign key: an index, the constraint for new rows, then for those
    /// there are.
    fn to_foreign_key(&self) -> Result<Recipe, Because> {
        let (from, to) = (self.from, self.to);
        let (target, key, kind) = self
            .subject
            .referenced(self.field)
            .ok_or_else(|| format!("the table that {} leads to is not known", self.name))?;
        let alike = Column {
            is_indexed: to.is_indexed,
            reference: to.reference,
            default: to.default,
            kind: to.kind.clone(),
            is_positive: false,
            ..from.clone()
        };
        let is_same_type = kind == from.kind
            || matches!(
                (&kind, &from.kind),
                (ColumnType::Varchar(_), ColumnType::Varchar(_))
            );
        if alike != *to || !is_same_type || from.is_positive {
            return Err(format!(
                "{} becomes a foreign key and changes otherwise, too: split that into migrations of their own",
                self.name
            ));
        }
        let came = Column {
            is_indexed: to.is_indexed && !from.is_indexed,
            kind,
            ..to.clone()
        };
        let mut parts = slow_parts(&self.table, &came, &self.stem, self.naming());
        if to
            .reference
            .is_some_and(|reference| reference.has_constraint)
        {
            let constraint = Constraint::of(&self.table, &to.name, (&target, &key));
            let bound = constraint.bound(&referenced(&target, &key));
            parts.push(Part::alone(
                format!("{}_foreign_key", self.stem),
                vec![bound.written(format!(
                    "Let {} of new rows of {} lead to {}",
                    to.name, self.table.name, target.name
                ))],
            ));
            parts.push(constraint.validated(&self.stem));
        }
        parts.push(self.told(Vec::new(), self.state()?));
        Ok(Recipe {
            kind: "add-foreign-key-validating",
            releases: vec![Release {
                title: format!("Make {} a foreign key", self.shown()),
                why: "the index is built and rows are looked up while others write. Where one leads nowhere, validating fails and the column stays as it was".to_owned(),
                parts,
                ..Release::default()
            }],
        })
    }

    fn naming(&self) -> Naming<'_> {
        Naming {
            column: &self.to.name,
            unique: "_uniq",
        }
    }

    fn to_another_type(&self) -> Result<Recipe, Because> {
        match self.fitness()? {
            Fitness::Fits => Ok(Recipe {
                kind: "alter-column-type",
                releases: self.swap(Some(self.state()?))?,
            }),
            Fitness::Narrower => {
                let told = Release {
                    title: format!(
                        "Stop writing values to {} that the new type has no room for",
                        self.shown()
                    ),
                    why: "the column keeps its type as long as the release before runs".to_owned(),
                    parts: vec![self.told(Vec::new(), self.state()?)],
                    before_next: Some(format!(
                        "no row has a value in {} that the new type has no room for; where one has, copying fails and the column stays as it is",
                        self.shown()
                    )),
                    ..Release::default()
                };
                let mut releases = vec![told];
                releases.extend(self.swap(None)?);
                Ok(Recipe {
                    kind: "alter-column-type",
                    releases,
                })
            }
            Fitness::Unlike => self.to_unlike_type(),
        }
    }

    /// A column of the new type follows the old one, and takes its place. Code that runs takes either
    /// for the same. Where the models are told already, what they write has room in the old column, which then
    /// follows in turn, so that the swap can be taken back.
    fn swap(&self, state: Option<Code>) -> Result<Vec<Release>, Because> {
        let model = self.subject.after()?;
        let shown = self.shown();
        let new = format!("{}_new", self.to.name);
        let old = format!("{}_old", self.to.name);
        self.expect_free(&[&new, &old])?;
        let hanging = hanging(self.subject.project, model, self.name, Second::of(&new))?;
        let default = match self.made.keyword("db_default") {
            None => None,
            Some(given) => Some(literal(given).ok_or_else(|| {
                format!("the default that the database has for {shown} is no plain value")
            })?),
        };
        let column = Column {
            name: new.as_str().into(),
            ..self.to.clone()
        };
        let shadow = Shadow {
            table: &self.table,
            old: &self.to.name,
            new: &new,
            direction: Direction::Forth,
            followed_by: None,
        };
        let made = with(&empty(&self.made, self.to), &["db_column"], &[]);
        let add = self.subject.field_as("AddField", model, &new, &made)?;
        let mut parts = vec![Part::quick(
            self.stem.clone(),
            vec![
                Written::new(
                    separate(vec![add], Vec::new()),
                    format!("Add the column {new} to {}", self.table.name),
                ),
                shadow.follow(),
            ],
        )];
        parts.push(shadow.copy(&self.stem, &self.subject.key(model)?));
        let before = hanging.dropping;
        parts.extend(hanging.parts);
        parts.extend(finished(&self.table, &column, &self.stem, None, None));
        let following = Shadow {
            old: &self.to.name,
            new: &old,
            ..shadow
        };
        let is_lasting = state.is_some();
        parts.push(match state {
            Some(state) => self.swapped(&shadow, (&new, &old), default.as_deref(), (before, state)),
            None => self.swapped_for_now(&shadow, &following, default.as_deref()),
        });
        let mut forwards = match is_lasting {
            true => Vec::new(),
            false => following.release(),
        };
        forwards.push(self.table.alter(&format!("DROP COLUMN {}", name(&old))));
        forwards.extend(named_after(&self.table, self.to, &new));
        forwards.extend(hanging.renaming);
        let drop = Sql {
            forwards,
            backwards: Backwards::Impossible,
            state: Vec::new(),
        };
        Ok(vec![
            Release {
                title: format!("Give {shown} a column of the new type"),
                why: "the new column follows the old one while rows are copied in batches; then both swap their names, which takes a moment".to_owned(),
                parts,
                irreversible: is_lasting.then(|| {
                    format!("what is written to {shown} after the swap is in the new column only")
                }),
                ..Release::default()
            },
            Release {
                title: format!("Drop the old column of {shown}"),
                why: "nobody uses it since the swap".to_owned(),
                parts: vec![Part::quick(
                    format!("{}_drop_old", self.stem),
                    vec![drop.written(format!(
                        "Drop the column {old} of {}",
                        self.table.name
                    ))],
                )],
                irreversible: Some("the old column is gone".to_owned()),
                ..Release::default()
            },
        ])
    }

    fn swapped(
        &self,
        shadow: &Shadow<'_>,
        (new, old): (&str, &str),
        default: Option<&str>,
        (before, state): (Vec<String>, Code),
    ) -> Part {
        let (kept, new, old) = (name(&self.to.name), name(new), name(old));
        let mut forwards = shadow.release();
        forwards.extend(before);
        forwards.push(self.table.alter(&format!("RENAME COLUMN {kept} TO {old}")));
        forwards.push(self.table.alter(&format!("RENAME COLUMN {new} TO {kept}")));
        if !self.from.is_null {
            forwards.push(
                self.table
                    .alter(&format!("ALTER COLUMN {old} DROP NOT NULL")),
            );
        }
        if let Some(default) = default {
            forwards.push(
                self.table
                    .alter(&format!("ALTER COLUMN {kept} SET DEFAULT {default}")),
            );
        }
        let sql = Sql {
            forwards,
            backwards: Backwards::Impossible,
            state: vec![state],
        };
        self.swap_part(sql)
    }

    /// The same where the old column follows the new one from then on.
    fn swapped_for_now(
        &self,
        shadow: &Shadow<'_>,
        following: &Shadow<'_>,
        default: Option<&str>,
    ) -> Part {
        let kept = name(&self.to.name);
        let renamed = |from: &str, to: &str| {
            self.table
                .alter(&format!("RENAME COLUMN {} TO {}", name(from), name(to)))
        };
        let [follow_back, mut backwards] = following.trigger();
        let [follow, _] = shadow.trigger();
        let mut forwards = shadow.release();
        forwards.push(renamed(&self.to.name, following.new));
        forwards.push(renamed(shadow.new, &self.to.name));
        forwards.extend(follow_back);
        if let Some(default) = default {
            let set = |what: &str| self.table.alter(&format!("ALTER COLUMN {kept} {what}"));
            forwards.push(set(&format!("SET DEFAULT {default}")));
            backwards.push(set("DROP DEFAULT"));
        }
        backwards.push(renamed(&self.to.name, shadow.new));
        backwards.push(renamed(following.new, &self.to.name));
        backwards.extend(follow);
        self.swap_part(Sql::new(forwards, backwards))
    }

    fn swap_part(&self, sql: Sql) -> Part {
        Part::alone(
            format!("{}_swap", self.stem),
            vec![sql.written(format!(
                "Put the column of the new type in place of {} of {}",
                self.to.name, self.table.name
            ))],
        )
    }

    /// Whether the release before can write its values to the new type, and read what comes of them.
    fn fitness(&self) -> Result<Fitness, Because> {
        let effects = self.subject.effects().unwrap_or_default();
        let outcomes = || {
            effects.iter().flat_map(|effect| {
                let previous = &effect.previous;
                [&effect.forwards, &previous.insert, &previous.update]
            })
        };
        let is_plain = self.to.generated.is_none() && self.from.generated.is_none();
        let is_read_alike = python_type(&self.from.kind).is_some()
            && python_type(&self.from.kind) == python_type(&self.to.kind);
        if !is_plain {
            return Err(format!("{} is worked out by the database", self.shown()));
        }
        if !is_read_alike {
            return Ok(Fitness::Unlike);
        }
        if outcomes().all(|outcome| *outcome == Some(Outcome::Works)) {
            return Ok(Fitness::Fits);
        }
        match outcomes()
            .all(|outcome| matches!(outcome, Some(Outcome::Works | Outcome::Depends(_))))
        {
            true => Ok(Fitness::Narrower),
            false => Err(format!(
                "the release before writes values to {} that the new type does not take: add another field of that type, fill it from this one, and remove this one when nobody uses it",
                self.shown()
            )),
        }
    }

    fn without_plain_index(&self) -> Part {
        let index = name_of_index(&self.table, &self.to.name, "");
        let (rows, column) = (name(&self.table.name), name(&self.to.name));
        let sql = Sql::new(
            [format!(
                "DROP INDEX CONCURRENTLY IF EXISTS {}",
                name(&index)
            )],
            [format!(
                "CREATE INDEX CONCURRENTLY IF NOT EXISTS {} ON {rows} ({column})",
                name(&index)
            )],
        );
        Part::outside_transaction(
            format!("{}_drop_index", self.stem),
            vec![sql.written(format!(
                "Drop the index of {} of {} that is not unique",
                self.to.name, self.table.name
            ))],
        )
    }

    fn told(&self, database: Vec<Code>, state: Code) -> Part {
        let described = self.subject.operation().describe();
        let is_locking = !database.is_empty();
        let written = Written {
            is_locking,
            ..Written::told(separate(database, vec![state]), described)
        };
        let needed = self.subject.needed(self.subject.operation());
        Part::quick(
            format!("alter_{}", self.stem),
            vec![written.needing(needed)],
        )
    }

    /// The field as the models have it in the end.
    fn state(&self) -> Result<Code, Because> {
        Ok(self.subject.written()?.code)
    }

    pub(super) fn shown(&self) -> String {
        format!("{}.{}", self.subject.model_name(), self.name)
    }
}

/// What a new type is to the values of the old one.
enum Fitness {
    /// It takes them all.
    Fits,
    /// Some are too long or too large for it.
    Narrower,
    /// Python reads others from it.
    Unlike,
}

/// What Python makes of a column's values; `None` where that is not known.
fn python_type(kind: &ColumnType) -> Option<&'static str> {
    Some(match kind {
        ColumnType::Boolean => "bool",
        ColumnType::SmallInteger | ColumnType::Integer | ColumnType::BigInteger => "int",
        ColumnType::Float => "float",
        ColumnType::Decimal(_) => "Decimal",
        ColumnType::Varchar(_) | ColumnType::Text | ColumnType::Citext => "str",
        ColumnType::Binary => "bytes",
        ColumnType::Date => "date",
        ColumnType::Time => "time",
        ColumnType::DateTime => "datetime",
        ColumnType::Duration => "timedelta",
        ColumnType::Uuid => "UUID",
        _ => return None,
    })
}
