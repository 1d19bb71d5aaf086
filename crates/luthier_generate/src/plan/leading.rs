//! Foreign keys that lead to a model of which another field becomes the primary key.
//!
//! Each release reads other keys, so that each has a column of its own until nobody knows the old keys: first
//! one of another name, which `db_column` says, then one of the name that is there. Triggers look up one key by
//! the other. The first column leads to a unique index of the new key, the last one to the primary key that
//! the new one is then.

use std::sync::Arc;

use luthier_diagnostics::fix::Edit;
use luthier_project::constant::Constant;
use luthier_project::django::operations::{Column, Default as Given};
use luthier_project::migrations::{
    Code, Made, ModelKey, ModelState, Operation, StateField, Transition, Value,
};
use luthier_project::models::{Field, Model, ModelId};

use super::add_column::{Naming, empty, named_after, slow_parts};
use super::another_key::is_about_key;
use super::cast::{Cast, Keys};
use super::hanging::{Hanging, Other, Second, hanging};
use super::led::{Holding, Led};
use super::pairs::Pairs;
use super::recipe::{Because, Part, Written};
use super::shadow::{Direction, Shadow, finished};
use super::spelling::{spelt, with_column};
use super::sql::{Backwards, Sql, Table, name, separate};
use super::subject::{expect_free, with};
use super::{key, not_null};

/// What leads there.
pub(super) enum Leading<'a> {
    Field(Box<ForeignKey<'a>>),
    Pairs(Box<Pairs<'a>>),
}

/// A foreign key of a model.
pub(super) struct ForeignKey<'a> {
    /// The model that has it.
    model: &'a ModelState,
    /// The field's name.
    name: Arc<str>,
    made: Made,
    holding: Holding<'a>,
    code: Edit,
    beside: Hanging,
    in_place: Hanging,
}

impl Leading<'_> {
    /// The field, for those who read of it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Field(field) => format!("{}.{}", field.model.name, field.name),
            Self::Pairs(pairs) => pairs.shown(),
        }
    }

    /// What its models have otherwise for the first release.
    pub(super) fn code(&self) -> Edit {
        match self {
            Self::Field(field) => field.code.clone(),
            Self::Pairs(pairs) => pairs.code.clone(),
        }
    }

    /// New keys beside the old ones.
    pub(super) fn beside(&self) -> Result<Vec<Part>, Because> {
        match self {
            Self::Field(field) => field.beside(),
            Self::Pairs(pairs) => pairs.beside(),
        }
    }

    /// New keys in place of the old ones.
    pub(super) fn in_place(&self) -> Result<Vec<Part>, Because> {
        match self {
            Self::Field(field) => field.in_place(),
            Self::Pairs(pairs) => pairs.in_place(),
        }
    }

    /// Lets them lead to what is the primary key by now.
    pub(super) fn bound_to_key(&self) -> Vec<Part> {
        match self {
            Self::Field(field) => field.holding.bound_to_key(),
            Self::Pairs(pairs) => pairs.bound_to_key(),
        }
    }

    /// Takes away all that held the old keys, or the new ones for a release.
    pub(super) fn without_others(&self) -> Part {
        match self {
            Self::Field(field) => field.without_others(),
            Self::Pairs(pairs) => pairs.without_others(),
        }
    }
}

/// All foreign keys that hold keys of the model.
pub(super) fn leading<'a>(led: &'a Led<'a>) -> Result<Vec<Leading<'a>>, Because> {
    let subject = &led.subject;
    let graph = &subject.project.models;
    let model = subject.after()?;
    let unknown = || format!("what refers to {} is not all known", model.name);
    let id = graph.by_label(&format!("{}.{}", model.app, model.name));
    let id = id.ok_or_else(unknown)?;
    if let Some(other) = subject.coming(&model.key()) {
        return Err(format!(
            "{other} gets a relation to {} in the same change: let that wait for a plan of its own, which comes after this one",
            model.name
        ));
    }
    let key = model.key();
    let is_moved = |it: &&Transition| {
        matches!(
            it.step.operation,
            Operation::RenameModel { .. } | Operation::AlterModelTable { .. }
        ) && it.model().is_some_and(|model| model.key() == key)
    };
    let is_moved = subject.group.iter().any(is_moved);
    let mut found = Vec::new();
    for (other_id, other) in graph.registered() {
        if other.is_proxy || other.swapped_for.is_some() {
            continue;
        }
        let leads_here = |field: &&Field| {
            let to = field.relation.as_deref().and_then(|it| it.to.model());
            field.kind.is_foreign_key() && to.is_some_and(|to| graph.get(to).concrete == id)
        };
        let fields: Vec<&Field> = other.fields.iter().filter(leads_here).collect();
        if is_moved && !fields.is_empty() {
            return Err(format!(
                "{} gets another name, and others lead to it by a key that changes, too: let one of the two wait for a plan of its own, which comes after this one",
                model.name
            ));
        }
        if let (Some(owner), false) = (other.made_by, fields.is_empty()) {
            let pairs = pairs(led, (owner, owner == id), (other_id, other), &fields)?;
            found.push(Leading::Pairs(Box::new(pairs)));
            continue;
        }
        for field in fields {
            let named = field.argument("to_field");
            let named = named
                .map(|it| it.as_str().ok_or_else(unknown))
                .transpose()?;
            if let Some(named) = named {
                // It goes by that field, whatever the key is.
                if *named != *led.fields.0 && *named != *led.fields.1 {
                    continue;
                }
                return Err(format!(
                    "{}.{} leads to {}.{named} by its name: take `to_field` away first, or let it name another field",
                    other.name, field.name, model.name
                ));
            }
            let field = ForeignKey::new(led, other_id == id, (other, field))?;
            found.push(Leading::Field(Box::new(field)));
        }
    }
    Ok(found)
}

/// Why a foreign key cannot get other keys, as far as the field by itself tells.
fn refused(led: &Led<'_>, model: &Model, field: &Field) -> Option<Because> {
    let shown = format!("{}.{}", model.name, field.name);
    let to = led.subject.model_name();
    let is_of_app = led
        .subject
        .after()
        .is_ok_and(|it| it.app == model.app_label);
    if !model.is_managed() {
        Some(format!(
            "{shown} leads to {to}, and its table is not Django's to change (`managed`): it would have to hold the new keys in the moment in which they become such"
        ))
    } else if !is_of_app {
        Some(of_another_app(
            &format!("{}.{}", model.label, field.name),
            &to,
        ))
    } else if field.primary_key() != Some(false) {
        Some(format!(
            "{shown} is the key of its own model, too, and leads to {to}: whatever leads there in turn would have to change with it"
        ))
    } else if field.argument("db_constraint").is_some() {
        Some(unchecked(&shown, &to))
    } else if ["default", "db_default"]
        .iter()
        .any(|it| field.argument(it).is_some_and(|it| *it != Constant::None))
    {
        Some(format!(
            "{shown} has a default that is one of the old keys of {to}: take that away first"
        ))
    } else {
        None
    }
}

/// The table of a relation between two models, which Django made.
fn pairs<'a>(
    led: &'a Led<'a>,
    (owner, is_own): (ModelId, bool),
    (id, between_both): (ModelId, &Model),
    ends: &[&Field],
) -> Result<Pairs<'a>, Because> {
    let subject = &led.subject;
    let owner = subject.project.models.get(owner);
    let unknown = || {
        format!(
            "the table between two models {} is not known",
            between_both.name
        )
    };
    let mut fields = owner.fields.iter();
    let field = fields.find(|field| {
        let through = field.relation.as_deref().and_then(|it| it.through.as_ref());
        through.is_some_and(|it| it.model() == Some(id))
    });
    let field = field.ok_or_else(unknown)?;
    if let Some(because) = refused_of_pairs(led, owner, field) {
        return Err(because);
    }
    let model = match is_own {
        true => Some(subject.after()?),
        false => subject.migrated(owner),
    };
    let model = model.ok_or_else(unknown)?;
    let key = model.key();
    let mut others = subject.group.iter();
    if others.any(|it| is_in_the_way(it, &key, &field.name)) {
        return Err(otherwise(led, &owner.name, &field.name));
    }
    let made = subject.made(&field.name, model.field(&field.name).ok_or_else(unknown)?)?;
    let table = Table {
        name: super::remove::between(model, &field.name, &made),
    };
    let columns = between_both.fields.iter().map(Field::column);
    let columns: Option<Vec<_>> = columns.collect();
    let columns: Vec<String> = columns
        .ok_or_else(unknown)?
        .iter()
        .map(ToString::to_string)
        .collect();
    let counting = between_both.pk.as_deref();
    let counting = counting.and_then(|key| between_both.fields.iter().find(|it| *it.name == *key));
    let counting = counting.and_then(Field::column).ok_or_else(unknown)?;
    let others: Option<Vec<Other>> = ends
        .iter()
        .map(|end| {
            let column = end.column()?;
            Some(Other {
                field: end.name.to_string(),
                second: format!("{column}_new"),
                column: column.to_string(),
                is_later: false,
            })
        })
        .collect();
    let others = others.ok_or_else(unknown)?;
    let mut found = Vec::new();
    for (place, end) in ends.iter().enumerate() {
        let own = &others[place];
        // What both ends have together waits for the last of them.
        let rest = others.iter().enumerate().filter(|(it, _)| *it != place);
        let rest: Vec<Other> = rest
            .map(|(it, other)| Other {
                is_later: it > place,
                ..other.clone()
            })
            .collect();
        let second = Second {
            others: &rest,
            ..Second::of(&own.second)
        };
        let hanging = key::between(between_both, (&table, &own.column), second);
        let holding = Holding {
            led,
            table: table.clone(),
            to: column_of(led, &own.column, end).ok_or_else(unknown)?,
            key: counting.to_string(),
            stem: format!("{}_{}_{}", owner.name.to_lowercase(), field.name, end.name),
            cast: cast(led, false),
        };
        found.push((holding, hanging.ok_or_else(unknown)?));
    }
    let view = Pairs::view_of(&table);
    Ok(Pairs {
        subject,
        code: spelt(subject, model, &field.name, ("db_table", &view))?,
        model,
        name: Arc::clone(&field.name),
        made,
        table,
        columns,
        holding: found,
    })
}

/// Why the table between two models cannot get other keys.
fn refused_of_pairs(led: &Led<'_>, owner: &Model, field: &Field) -> Option<Because> {
    let shown = format!("{}.{}", owner.label, field.name);
    let to = led.subject.model_name();
    let is_of_app = led
        .subject
        .after()
        .is_ok_and(|it| it.app == owner.app_label);
    if !is_of_app {
        Some(of_another_app(&shown, &to))
    } else if field.argument("db_constraint").is_some() {
        Some(unchecked(&shown, &to))
    } else if led.column.collation.is_some() {
        Some(format!(
            "{shown} leads to {to}, and texts of the new key have a collation of their own, which luthier does not know how to give its table"
        ))
    } else {
        None
    }
}

fn of_another_app(shown: &str, to: &str) -> Because {
    format!(
        "{shown} leads to {to}, and is of another app: it would have to hold the new keys in the moment in which they become such; let go of it first, and bring it back afterwards"
    )
}

fn unchecked(shown: &str, to: &str) -> Because {
    format!(
        "{shown} may lead to rows of {to} that are not there, of which nothing tells the new key: let the database check it first (`db_constraint`)"
    )
}

fn otherwise(led: &Led<'_>, model: &str, field: &str) -> Because {
    format!(
        "{model}.{field} leads to {}, and changes otherwise in the same plan: let that wait for a plan of its own, which comes after this one",
        led.subject.model_name()
    )
}

fn cast(led: &Led<'_>, is_own: bool) -> Cast {
    Cast::Keys(Keys {
        table: led.table.clone(),
        old: led.old.to_owned(),
        new: led.new.to_owned(),
        is_own,
    })
}

/// A column of the new keys.
fn column_of(led: &Led<'_>, column: &str, field: &Field) -> Option<Column> {
    let is_unique = field.unique()?;
    Some(Column {
        name: column.into(),
        is_auto: false,
        is_positive: false,
        is_null: field.null()?,
        is_primary_key: false,
        is_unique,
        is_indexed: !is_unique && field.db_index()?,
        default: Given::Nothing,
        db_default: None,
        ..led.column.clone()
    })
}

/// Whether an operation of the same plan is about a foreign key, or moves its model.
fn is_in_the_way(transition: &Transition, model: &ModelKey, field: &str) -> bool {
    let keys = [&transition.before, &transition.after];
    let mut keys = keys.into_iter().flatten().map(|it| it.key());
    keys.any(|key| key == *model)
        && match &transition.step.operation {
            Operation::AddField { name, .. }
            | Operation::AlterField { name, .. }
            | Operation::RemoveField { name, .. } => **name == *field,
            Operation::RenameField {
                old_name, new_name, ..
            } => **old_name == *field || **new_name == *field,
            Operation::RenameModel { .. }
            | Operation::AlterModelTable { .. }
            | Operation::DeleteModel { .. } => true,
            _ => false,
        }
}

impl<'a> ForeignKey<'a> {
    fn new(
        led: &'a Led<'a>,
        is_own: bool,
        (other, field): (&Model, &Field),
    ) -> Result<Self, Because> {
        if let Some(because) = refused(led, other, field) {
            return Err(because);
        }
        let subject = &led.subject;
        let shown = format!("{}.{}", other.name, field.name);
        let model = match is_own {
            true => Some(subject.after()?),
            false => subject.migrated(other),
        };
        let model = model.ok_or_else(|| {
            format!(
                "the migrations of {} are not those of this project, and its foreign key would have to change, too",
                other.label
            )
        })?;
        let key = model.key();
        let changes = subject.group.iter().any(|transition| {
            is_in_the_way(transition, &key, &field.name)
                || !is_own
                    && is_about_key(transition)
                    && transition.model().is_some_and(|it| it.key() == key)
        });
        if changes {
            return Err(otherwise(led, &other.name, &field.name));
        }
        let unknown = || format!("the column of {shown} is not known");
        let state: &StateField = model.field(&field.name).ok_or_else(unknown)?;
        let column = state.column(&field.name).ok_or_else(unknown)?.to_string();
        let made = subject.made(&field.name, state)?;
        if !is_done_by_django(&made) {
            return Err(format!(
                "what becomes of {shown} where rows of {} are deleted is for the database to do, which luthier does not know yet",
                subject.model_name()
            ));
        }
        let holding = Holding {
            led,
            to: column_of(led, &column, field).ok_or_else(unknown)?,
            key: subject.key(model)?,
            cast: cast(led, is_own),
            table: Table::of(model),
            stem: format!("{}_{}", model.name.to_lowercase(), field.name),
        };
        let (new, stem) = (holding.column_beside(), holding.stem_in_place());
        // The code has what comes with the same plan, too.
        let is_in_code = |name: &str| {
            let mut fields = other.fields.iter();
            fields.any(|field| {
                *field.name == *name || field.column().is_some_and(|column| *column == *name)
            })
        };
        expect_free(model, &[&new, &holding.column_left()], is_in_code)?;
        let hang = |second| hanging(subject.project, model, &field.name, second);
        Ok(Self {
            model,
            made,
            code: with_column(subject, model, &field.name, &new)?,
            beside: hang(Second::of(&new))?,
            in_place: hang(Second {
                column: &column,
                named: &stem,
                others: &[],
            })?,
            name: Arc::clone(&field.name),
            holding,
        })
    }

    /// The column of the new keys beside the one of the old ones.
    fn beside(&self) -> Result<Vec<Part>, Because> {
        let holding = &self.holding;
        let (table, stem, new) = (&holding.table, &holding.stem, holding.column_beside());
        let shadow = holding.shadow(&holding.to.name, &new);
        let column = Column {
            name: new.as_str().into(),
            ..holding.to.clone()
        };
        let named = [("db_column", Value::text(&new))];
        let told = self.altered(&with(&self.made, &[], &named))?;
        let added = self.added("new", &new)?;
        let mut parts = vec![Part::alone(
            stem.clone(),
            vec![Written::new(
                separate(vec![added], vec![told]),
                format!("Add the column {new} to {}", table.name),
            )],
        )];
        let naming = Naming {
            column: &new,
            unique: "_uniq",
        };
        parts.extend(slow_parts(table, &column, stem, naming));
        parts.push(holding.bound_beside());
        parts.push(Part::alone(format!("{stem}_follow"), vec![shadow.follow()]));
        parts.push(shadow.copy(stem, &holding.key));
        parts.extend(self.beside.parts.iter().cloned());
        if !holding.to.is_null {
            parts.extend(not_null::parts(stem, table, &new, None));
        }
        parts.push(holding.validated(stem, &new));
        Ok(parts)
    }

    /// The name of the old column for one of the new keys.
    fn in_place(&self) -> Result<Vec<Part>, Because> {
        let holding = &self.holding;
        let (table, kept) = (&holding.table, &*holding.to.name);
        let (new, old) = (holding.column_beside(), holding.column_left());
        let second = self.second(&new, &old);
        let stem = holding.stem_in_place();
        let freed = Sql::new(holding.freed(), holding.bound_again()).written(format!(
            "Give the column {kept} of {} another name",
            table.name
        ));
        let added = self.added("in_place", kept)?;
        let mut parts = vec![
            holding.validated_again(),
            Part::alone(
                stem.clone(),
                vec![
                    freed,
                    Written::new(
                        separate(vec![added], vec![self.altered(&self.made)?]),
                        format!("Add the column {kept} for the new keys"),
                    ),
                    second.follow(),
                ],
            ),
            second.copy(&stem, &holding.key),
        ];
        parts.extend(self.in_place.parts.iter().cloned());
        let naming = Naming {
            column: &stem,
            unique: "_uniq",
        };
        parts.extend(finished(table, &holding.to, &stem, Some(naming), None));
        Ok(parts)
    }

    fn without_others(&self) -> Part {
        let holding = &self.holding;
        let table = &holding.table;
        let (new, old) = (holding.column_beside(), holding.column_left());
        let mut forwards = self.second(&new, &old).release();
        forwards.push(table.alter(&format!(
            "DROP COLUMN {}, DROP COLUMN {}",
            name(&old),
            name(&new)
        )));
        forwards.extend(named_after(table, &holding.to, &holding.stem_in_place()));
        forwards.extend(self.in_place.renaming.iter().cloned());
        let drop = Sql {
            forwards,
            backwards: Backwards::Impossible,
            state: Vec::new(),
        };
        Part::alone(
            format!("{}_drop_old", holding.stem),
            vec![drop.written(format!(
                "Drop the columns {old} and {new} of {}",
                table.name
            ))],
        )
    }

    /// The last column, which follows the one beside, and is followed by that of the old keys.
    fn second<'s>(&'s self, new: &'s str, old: &'s str) -> Shadow<'s> {
        Shadow {
            old: new,
            new: &self.holding.to.name,
            direction: Direction::BothWays,
            followed_by: Some((old, &self.holding.cast)),
            ..self.holding.shadow(old, new)
        }
    }

    /// What tells the models of the field.
    fn altered(&self, made: &Made) -> Result<Code, Because> {
        let subject = &self.holding.led.subject;
        subject.field_as("AlterField", self.model, &self.name, made)
    }

    /// What adds a column by a field that only this plan knows.
    fn added(&self, end: &str, column: &str) -> Result<Code, Because> {
        let given = [
            ("db_column", Value::text(column)),
            ("db_constraint", Value::Bool(false)),
        ];
        let made = with(
            &empty(&self.made, &self.holding.to),
            &["related_name"],
            &given,
        );
        let subject = &self.holding.led.subject;
        let name = format!("{}_{end}", self.name);
        subject.field_as("AddField", self.model, &name, &made)
    }
}

/// Whether it is Django that deletes or changes rows which lead to one that goes, as all but the `DB_` ways
/// of Django 6.1 have it.
fn is_done_by_django(made: &Made) -> bool {
    match made.keyword("on_delete") {
        Some(Value::Object(name)) => {
            let last = name.rsplit('.').next().unwrap_or_default();
            !last.starts_with("DB_")
        }
        Some(Value::Made(made)) => made.class.rsplit('.').next() == Some("SET"),
        _ => false,
    }
}
