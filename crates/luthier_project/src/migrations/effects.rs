//! From an operation and the models around it to what the database is asked to change.

use std::sync::Arc;

use super::applied::{Applied, Transition};
use super::operation::{Named, Operation, Together, option};
use super::state::{ModelState, StateField};
use super::value::{Connector, Value};
use crate::constant::Constant;
use crate::django::operations::{
    Alteration, Change, Column, ColumnType, Constraint, Database, Default, Effect, Generated,
    Index, Reference, Role, Sizes, Touch, Volatility, effect, is_auto, is_positive,
};
use crate::django::version::DjangoVersion;
use crate::models::{Field, FieldKind, Number};
use crate::modules::Modules;

impl Applied {
    /// What happens to the table itself, all effects taken together.
    pub fn touch(effects: &[Effect]) -> Touch {
        let touches = effects.iter().map(|effect| effect.on(Role::This));
        touches.reduce(Touch::and).unwrap_or(Touch::NOTHING)
    }
}

impl Transition {
    /// What the operation does to a database; empty where that does not see it, `None` where a part
    /// of it is not understood: SQL and Python are not looked into.
    pub fn effects(
        &self,
        modules: &Modules,
        database: Database,
        django: DjangoVersion,
    ) -> Option<Vec<Effect>> {
        let changes = self.changes(modules)?;
        let effects = changes
            .iter()
            .map(|change| effect(change, database, django));
        Some(effects.collect())
    }

    /// What the database is asked to change; `None` where that is not understood.
    pub fn changes(&self, modules: &Modules) -> Option<Vec<Change>> {
        if !self.reaches_database() || !self.is_managed() {
            return Some(Vec::new());
        }
        let reader = Reader { modules };
        match self.operation() {
            Operation::CreateModel {
                fields, options, ..
            } => reader.create(self.after.as_ref()?, fields, options),
            Operation::DeleteModel { .. } => {
                let model = self.before.as_ref()?;
                let has_foreign_keys = model.fields.iter().any(|(_, field)| field.is_relation());
                Some(vec![Change::DropTable {
                    has_foreign_keys,
                    // Django drops relations to it first.
                    is_referenced: false,
                }])
            }
            Operation::RenameModel { .. } | Operation::AlterModelTable { .. } => {
                let (before, after) = (self.before.as_ref()?, self.after.as_ref()?);
                let is_renamed = !before.table().eq_ignore_ascii_case(&after.table());
                Some(
                    is_renamed
                        .then_some(Change::RenameTable)
                        .into_iter()
                        .collect(),
                )
            }
            Operation::AlterModelTableComment { .. } => Some(vec![Change::CommentTable]),
            Operation::AlterTogether { kind, .. } => self.together(*kind),
            Operation::AddField { name, field, .. } => {
                if field.is_many_to_many() {
                    return Some(between(field));
                }
                let column = reader.column(self.after.as_ref()?, name, field)?;
                Some(
                    column
                        .map(|it| Change::AddColumn(Box::new(it)))
                        .into_iter()
                        .collect(),
                )
            }
            Operation::RemoveField { name, .. } => {
                let field = self.before.as_ref()?.field(name)?;
                if field.is_many_to_many() {
                    return Some(match field.through {
                        Some(_) => Vec::new(),
                        None => vec![Change::DropTable {
                            has_foreign_keys: true,
                            is_referenced: false,
                        }],
                    });
                }
                let column = reader.column(self.before.as_ref()?, name, field)?;
                Some(
                    column
                        .map(|it| Change::DropColumn(Box::new(it)))
                        .into_iter()
                        .collect(),
                )
            }
            Operation::AlterField { name, .. } => self.altered(&reader, name, name),
            Operation::RenameField {
                old_name, new_name, ..
            } => self.altered(&reader, old_name, new_name),
            Operation::AddIndex {
                index,
                is_concurrent,
                ..
            } => Some(vec![Change::AddIndex(index_of(index, *is_concurrent)?)]),
            Operation::RemoveIndex {
                name,
                is_concurrent,
                ..
            } => {
                let mut known = self.before.as_ref()?.indexes.iter();
                let index = known.find(|it| it.name.as_ref() == Some(name))?;
                Some(vec![Change::RemoveIndex(index_of(index, *is_concurrent)?)])
            }
            Operation::RenameIndex { .. } => Some(vec![Change::RenameIndex]),
            Operation::AddConstraint {
                constraint,
                is_unchecked,
                ..
            } => Some(vec![Change::AddConstraint {
                constraint: constraint_kind(constraint)?,
                is_not_valid: *is_unchecked,
            }]),
            Operation::RemoveConstraint { name, .. } => {
                let mut known = self.before.as_ref()?.constraints.iter();
                let constraint = known.find(|it| it.name.as_ref() == Some(name))?;
                Some(vec![Change::RemoveConstraint(constraint_kind(constraint)?)])
            }
            Operation::ValidateConstraint { .. } => Some(vec![Change::ValidateConstraint]),
            Operation::AlterConstraint { .. }
            | Operation::AlterModelManagers { .. }
            | Operation::AlterModelOptions { .. } => Some(Vec::new()),
            Operation::AlterOrderWithRespectTo { .. } => self.ordered(),
            Operation::RunPython { .. }
            | Operation::RunSql { .. }
            | Operation::SeparateDatabaseAndState { .. }
            | Operation::Server { .. }
            | Operation::Unknown { .. } => None,
        }
    }

    fn together(&self, kind: Together) -> Option<Vec<Change>> {
        let groups = |model: &Option<Arc<ModelState>>| -> Option<Vec<Value>> {
            match model.as_ref()?.option(kind.option()) {
                None | Some(Value::None) => Some(Vec::new()),
                Some(value) => value.elements().map(<[Value]>::to_vec),
            }
        };
        let (old, new) = (groups(&self.before)?, groups(&self.after)?);
        let lacking =
            |one: &[Value], two: &[Value]| one.iter().filter(|group| !two.contains(group)).count();
        let (added, removed) = match kind {
            Together::Unique => (
                Change::AddConstraint {
                    constraint: Constraint::UniqueTogether,
                    is_not_valid: false,
                },
                Change::RemoveConstraint(Constraint::UniqueTogether),
            ),
            Together::Index => {
                let index = Index {
                    is_concurrent: false,
                    has_expressions: false,
                };
                (Change::AddIndex(index), Change::RemoveIndex(index))
            }
        };
        let removed = std::iter::repeat_n(removed, lacking(&old, &new));
        let added = std::iter::repeat_n(added, lacking(&new, &old));
        Some(removed.chain(added).collect())
    }

    /// The column `_order` comes with `order_with_respect_to` and goes with it; it stays where that names
    /// another field.
    fn ordered(&self) -> Option<Vec<Change>> {
        let is_ordered = |model: &Option<Arc<ModelState>>| -> Option<bool> {
            let option = model.as_ref()?.option("order_with_respect_to");
            Some(option.is_some_and(|value| *value != Value::None))
        };
        let order = || Column {
            name: "_order".into(),
            kind: ColumnType::Integer,
            is_auto: false,
            is_positive: false,
            is_null: false,
            is_primary_key: false,
            is_unique: false,
            is_indexed: false,
            reference: None,
            // The operation gives the rows one.
            default: Default::Given,
            db_default: None,
            generated: None,
            collation: None,
            comment: None,
        };
        Some(
            match (is_ordered(&self.before)?, is_ordered(&self.after)?) {
                (false, true) => vec![Change::AddColumn(Box::new(order()))],
                (true, false) => vec![Change::DropColumn(Box::new(order()))],
                _ => Vec::new(),
            },
        )
    }

    fn altered(&self, reader: &Reader<'_>, old_name: &str, new_name: &str) -> Option<Vec<Change>> {
        let (before, after) = (self.before.as_ref()?, self.after.as_ref()?);
        let (old, new) = (before.field(old_name)?, after.field(new_name)?);
        let from = reader.column(before, old_name, old)?;
        let to = reader.column(after, new_name, new)?;
        let (Some(from), Some(to)) = (from, to) else {
            return Some(Vec::new());
        };
        let has_other_default = has_other_default(old, new);
        Some(vec![Change::AlterColumn(Box::new(Alteration {
            differs: self.alters_key || from != to || old.to != new.to || has_other_default,
            has_same_default: from.default == to.default && !has_other_default,
            referenced_by: self.referenced_by,
            is_in_check: is_in_check(before, old_name),
            is_checked_not_null: before.is_checked_not_null(old_name),
            from,
            to,
        }))])
    }
}

impl StateField {
    /// What its column holds, apart from foreign keys: theirs is that of another column.
    pub(super) fn column_type(&self) -> Option<ColumnType> {
        let known = self.field.as_deref()?;
        let internal_type = known.class.internal_type.as_deref().unwrap_or_default();
        Some(column_type(known, internal_type))
    }
}

impl ModelState {
    /// Whether a check constraint of the table sees to it that a field is not NULL.
    pub fn is_checked_not_null(&self, field: &str) -> bool {
        let lookup = format!("{field}__isnull");
        let is_it = |child: &Value| {
            let pair = child.elements();
            matches!(pair, Some([Value::Str(name), Value::Bool(false)]) if **name == *lookup)
        };
        self.constraints.iter().any(|constraint| {
            let condition = constraint.made().and_then(|made| made.keyword("condition"));
            match condition {
                Some(Value::Condition(condition)) => {
                    let all_hold = condition.connector == Connector::And && !condition.is_negated;
                    all_hold && condition.children.iter().any(is_it)
                }
                _ => false,
            }
        })
    }
}

/// Whether two fields are known to have different defaults. What code makes is not looked into.
fn has_other_default(old: &StateField, new: &StateField) -> bool {
    let given = |field: &StateField| -> Option<Constant> {
        let known = field.field.as_deref()?;
        match known.argument("default") {
            Some(Constant::Some(_) | Constant::Unknown) => None,
            given => Some(given.cloned().unwrap_or(Constant::None)),
        }
    };
    match (given(old), given(new)) {
        (Some(old), Some(new)) => old != new,
        _ => false,
    }
}

/// Whether a check constraint speaks of a field.
fn is_in_check(model: &ModelState, field: &str) -> bool {
    fn speaks(value: &Value, field: &str) -> bool {
        match value {
            Value::Str(text) => text.split("__").next() == Some(field),
            Value::Condition(condition) => condition.children.iter().any(|it| speaks(it, field)),
            Value::Made(made) => made.arguments.iter().any(|it| speaks(it, field)),
            other => other
                .elements()
                .is_some_and(|items| items.iter().any(|it| speaks(it, field))),
        }
    }
    model.constraints.iter().any(|constraint| {
        let condition = constraint.made().and_then(|made| made.keyword("condition"));
        constraint_kind(constraint) == Some(Constraint::Check)
            && condition.is_some_and(|condition| speaks(condition, field))
    })
}

/// An index by what it is made of.
fn index_of(index: &Named, is_concurrent: bool) -> Option<Index> {
    let has_expressions = !index.made()?.arguments.is_empty();
    Some(Index {
        is_concurrent,
        has_expressions,
    })
}

/// What a constraint comes to in the database.
fn constraint_kind(constraint: &Named) -> Option<Constraint> {
    let made = constraint.made()?;
    Some(match made.class.rsplit('.').next()? {
        "CheckConstraint" => Constraint::Check,
        "ExclusionConstraint" => Constraint::Exclusion,
        "UniqueConstraint" => {
            let has = |name: &str| made.keyword(name).is_some();
            if !made.arguments.is_empty() {
                Constraint::UniqueExpressions
            } else if has("condition") {
                Constraint::UniqueWhere
            } else if has("include") || has("opclasses") {
                Constraint::UniqueCovering
            } else if has("deferrable") {
                Constraint::UniqueDeferrable
            } else if has("nulls_distinct") {
                Constraint::UniqueNulls
            } else {
                Constraint::Unique
            }
        }
        _ => return None,
    })
}

/// The table that Django makes for a many-to-many relation.
fn between(field: &StateField) -> Vec<Change> {
    let column = |name: &str, is_key: bool| Column {
        name: name.into(),
        kind: ColumnType::BigInteger,
        is_auto: is_key,
        is_positive: false,
        is_null: false,
        is_primary_key: is_key,
        is_unique: is_key,
        is_indexed: !is_key,
        reference: (!is_key).then_some(Reference {
            has_constraint: true,
            is_to_itself: false,
        }),
        default: Default::Nothing,
        db_default: None,
        generated: None,
        collation: None,
        comment: None,
    };
    if field.through.is_some() {
        return Vec::new();
    }
    vec![Change::CreateTable {
        columns: vec![
            column("id", true),
            column("from", false),
            column("to", false),
        ],
        unique_together: 1,
        indexes: 0,
    }]
}

struct Reader<'a> {
    modules: &'a Modules,
}

impl Reader<'_> {
    fn create(
        &self,
        model: &ModelState,
        fields: &[(Arc<str>, Arc<StateField>)],
        options: &[(Arc<str>, Value)],
    ) -> Option<Vec<Change>> {
        let mut columns = Vec::new();
        let mut changes = Vec::new();
        for (name, field) in fields {
            if field.is_many_to_many() {
                changes.extend(between(field));
            } else {
                columns.extend(self.column(model, name, field)?);
            }
        }
        let count = |name: &str| {
            let elements = option(options, name).and_then(Value::elements);
            elements.map_or(0, <[Value]>::len) as u32
        };
        changes.insert(
            0,
            Change::CreateTable {
                columns,
                unique_together: count("unique_together"),
                indexes: count("indexes"),
            },
        );
        Some(changes)
    }

    /// The column of a field: the outer `None` where it is not understood, the inner one where there
    /// is none.
    #[expect(
        clippy::option_option,
        reason = "a field without a column differs from one not understood"
    )]
    fn column(&self, model: &ModelState, name: &str, field: &StateField) -> Option<Option<Column>> {
        let known = field.field.as_deref()?;
        if known.is_open() {
            return None;
        }
        if known.kind.has_column()? {
            Some(Some(self.with_column(model, name, field, known)?))
        } else {
            Some(None)
        }
    }

    fn with_column(
        &self,
        model: &ModelState,
        name: &str,
        field: &StateField,
        known: &Field,
    ) -> Option<Column> {
        let internal_type = known.class.internal_type.as_deref().unwrap_or_default();
        let is_key = known.primary_key()?;
        let reference = field.target(&model.key()).map(|target| Reference {
            has_constraint: known.argument("db_constraint") != Some(&Constant::Bool(false)),
            is_to_itself: target == model.key(),
        });
        let text = |name: &str| known.argument(name)?.as_str().map(Arc::from);
        Some(Column {
            name: field.column(name)?,
            kind: column_type(known, internal_type),
            is_auto: is_auto(internal_type),
            is_positive: is_positive(internal_type),
            is_null: known.null()?,
            is_primary_key: is_key,
            is_unique: known.unique()?,
            is_indexed: known.db_index()?,
            reference,
            default: default(field, known),
            db_default: self.db_default(known),
            generated: (known.kind == FieldKind::Generated).then(|| {
                match known.argument("db_persist") {
                    Some(Constant::Bool(false)) => Generated::Virtual,
                    _ => Generated::Stored,
                }
            }),
            collation: text("db_collation"),
            comment: text("db_comment"),
        })
    }

    fn db_default(&self, field: &Field) -> Option<Volatility> {
        let given = field.argument("db_default")?;
        if field.has_db_default() != Some(true) {
            return None;
        }
        let Constant::Some(place) = given else {
            return Some(match given {
                Constant::Unknown => Volatility::Unknown,
                _ => Volatility::Literal,
            });
        };
        let call = self.modules.value(*place).as_call();
        Some(match call.and_then(|call| call.callee.last_name()) {
            Some("Value") => Volatility::Literal,
            Some("Now" | "TransactionNow") => Volatility::Once,
            Some("Random" | "RandomUUID" | "UUID4" | "UUID7") => Volatility::EachRow,
            _ => Volatility::Unknown,
        })
    }
}

/// The options that a type takes numbers from.
const SIZES: &[&str] = &["max_length", "max_digits", "decimal_places"];

fn column_type(field: &Field, internal_type: &str) -> ColumnType {
    if field.class.dotted.contains(".citext.") {
        return ColumnType::Citext;
    }
    // What a length is made of may not be known: that is another thing than having none.
    if SIZES.iter().any(|name| field.number(name).is_none()) {
        return ColumnType::Unknown;
    }
    let number = |name: &str| match field.number(name) {
        Some(Number::Is(number)) => u32::try_from(number).ok(),
        _ => None,
    };
    let sizes = Sizes {
        max_length: number("max_length"),
        max_digits: number("max_digits"),
        decimal_places: number("decimal_places"),
    };
    ColumnType::of_field(internal_type, sizes)
}

/// Where a value for the rows there are comes from.
fn default(field: &StateField, known: &Field) -> Default {
    let is_given = known.has_default() == Some(true) && !field.lost_default;
    match known.argument("default") {
        Some(Constant::None) => {}
        Some(Constant::Str(text)) if is_given && text.is_empty() => return Default::GivenEmpty,
        _ if is_given => return Default::Given,
        _ => {}
    }
    let is_empty_text =
        known.kind.is_text() && known.blank() == Some(true) && known.null() == Some(false);
    match is_empty_text || known.is_set_by_itself() == Some(true) {
        true => Default::Implied,
        false => Default::Nothing,
    }
}
