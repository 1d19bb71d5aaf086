//! Changes as `describe.py` writes them.

use luthier_project::django::operations::{
    Action, Alteration, Change, Column, ColumnType, Constraint, Default, Engine, Generated, Index,
    Reference, Role, Sizes, Volatility, facts, is_auto, is_positive,
};
use serde::Deserialize;

/// One change, and the tables that it has to do with.
#[derive(Deserialize)]
pub(super) struct Described {
    pub(super) table: Option<String>,
    pub(super) referenced: Vec<String>,
    pub(super) referencing: Vec<String>,
    #[serde(flatten)]
    kind: Kind,
}

#[derive(Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
enum Kind {
    CreateTable {
        columns: Vec<Field>,
        unique_together: u32,
        indexes: u32,
    },
    DropTable,
    RenameTable,
    RenameThrough,
    CommentTable,
    AddColumn {
        column: Field,
    },
    DropColumn {
        column: Field,
    },
    AlterColumn {
        from: Field,
        to: Field,
        differs: bool,
        same_default: bool,
        referenced_by: u32,
        in_check: bool,
        checked_not_null: bool,
    },
    AddIndex {
        concurrently: bool,
        expressions: bool,
    },
    RemoveIndex {
        concurrently: bool,
        expressions: bool,
    },
    RenameIndex,
    AddConstraint {
        constraint: ConstraintKind,
        not_valid: bool,
    },
    ValidateConstraint,
    RemoveConstraint {
        constraint: ConstraintKind,
    },
    CreateExtension,
    CreateCollation,
    RemoveCollation,
    Statement {
        /// By their names in the table of facts.
        actions: Vec<String>,
    },
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ConstraintKind {
    UniqueTogether,
    Unique,
    UniqueDeferrable,
    UniqueNulls,
    UniqueWhere,
    UniqueCovering,
    UniqueExpressions,
    Check,
    Exclusion,
}

#[derive(Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "options of a field, each of its own"
)]
struct Field {
    name: String,
    #[serde(rename = "type")]
    kind: FieldType,
    null: bool,
    primary_key: bool,
    unique: bool,
    index: bool,
    reference: Option<To>,
    default: DefaultKind,
    db_default: Option<VolatilityKind>,
    generated: Option<GeneratedKind>,
    collation: Option<String>,
    comment: Option<String>,
}

#[derive(Deserialize)]
struct FieldType {
    name: String,
    max_length: Option<u32>,
    max_digits: Option<u32>,
    decimal_places: Option<u32>,
    base: Option<Box<FieldType>>,
}

#[derive(Deserialize)]
struct To {
    constraint: bool,
    #[serde(rename = "to_itself")]
    is_to_itself: bool,
    table: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum DefaultKind {
    Nothing,
    Given,
    GivenEmpty,
    Implied,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum VolatilityKind {
    Literal,
    Once,
    EachRow,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum GeneratedKind {
    Stored,
    Virtual,
}

impl Described {
    /// The table that a column of a new table leads to.
    pub(super) fn referenced_by(&self, column: usize) -> Option<&String> {
        match &self.kind {
            Kind::CreateTable { columns, .. } => {
                Some(&columns.get(column)?.reference.as_ref()?.table)
            }
            _ => None,
        }
    }

    pub(super) fn change(&self) -> Change {
        match &self.kind {
            Kind::CreateTable {
                columns,
                unique_together,
                indexes,
            } => Change::CreateTable {
                columns: columns.iter().map(Field::column).collect(),
                unique_together: *unique_together,
                indexes: *indexes,
            },
            Kind::DropTable => Change::DropTable {
                has_foreign_keys: !self.referenced.is_empty(),
                is_referenced: !self.referencing.is_empty(),
            },
            Kind::RenameTable => Change::RenameTable,
            Kind::RenameThrough => Change::RenameThrough,
            Kind::CommentTable => Change::CommentTable,
            Kind::AddColumn { column } => Change::AddColumn(Box::new(column.column())),
            Kind::DropColumn { column } => Change::DropColumn(Box::new(column.column())),
            Kind::AlterColumn {
                from,
                to,
                differs,
                same_default,
                referenced_by,
                in_check,
                checked_not_null,
            } => Change::AlterColumn(Box::new(Alteration {
                from: from.column(),
                to: to.column(),
                differs: *differs,
                has_same_default: *same_default,
                referenced_by: *referenced_by,
                is_in_check: *in_check,
                is_checked_not_null: *checked_not_null,
            })),
            Kind::AddIndex {
                concurrently,
                expressions,
            } => Change::AddIndex(Index {
                is_concurrent: *concurrently,
                has_expressions: *expressions,
            }),
            Kind::RemoveIndex {
                concurrently,
                expressions,
            } => Change::RemoveIndex(Index {
                is_concurrent: *concurrently,
                has_expressions: *expressions,
            }),
            Kind::RenameIndex => Change::RenameIndex,
            Kind::AddConstraint {
                constraint,
                not_valid,
            } => Change::AddConstraint {
                constraint: constraint.constraint(),
                is_not_valid: *not_valid,
            },
            Kind::ValidateConstraint => Change::ValidateConstraint,
            Kind::RemoveConstraint { constraint } => {
                Change::RemoveConstraint(constraint.constraint())
            }
            Kind::CreateExtension => Change::CreateExtension,
            Kind::CreateCollation => Change::CreateCollation,
            Kind::RemoveCollation => Change::RemoveCollation,
            Kind::Statement { actions } => Change::Statement {
                actions: actions.iter().filter_map(|name| action(name)).collect(),
                with: match self.referenced.is_empty() {
                    true => Vec::new(),
                    false => vec![Role::Referenced],
                },
            },
        }
    }
}

/// None where the table has no such action: the case then differs.
fn action(name: &str) -> Option<Action> {
    let mut facts = facts::of(Engine::PostgreSql).iter();
    let fact = facts.find(|fact| format!("{:?}", fact.action) == name)?;
    Some(fact.action)
}

impl ConstraintKind {
    fn constraint(self) -> Constraint {
        match self {
            Self::UniqueTogether => Constraint::UniqueTogether,
            Self::Unique => Constraint::Unique,
            Self::UniqueDeferrable => Constraint::UniqueDeferrable,
            Self::UniqueNulls => Constraint::UniqueNulls,
            Self::UniqueWhere => Constraint::UniqueWhere,
            Self::UniqueCovering => Constraint::UniqueCovering,
            Self::UniqueExpressions => Constraint::UniqueExpressions,
            Self::Check => Constraint::Check,
            Self::Exclusion => Constraint::Exclusion,
        }
    }
}

impl FieldType {
    fn column_type(&self) -> ColumnType {
        if let Some(base) = &self.base {
            return ColumnType::Array(Box::new(base.column_type()));
        }
        let sizes = Sizes {
            max_length: self.max_length,
            max_digits: self.max_digits,
            decimal_places: self.decimal_places,
        };
        match self.name.as_str() {
            "citext" => ColumnType::Citext,
            name => match ColumnType::of_field(name, sizes) {
                ColumnType::Unknown => ColumnType::Named(name.into()),
                known => known,
            },
        }
    }
}

impl Field {
    fn column(&self) -> Column {
        let is_key = self.reference.is_some();
        Column {
            name: self.name.as_str().into(),
            kind: self.kind.column_type(),
            is_auto: !is_key && is_auto(&self.kind.name),
            is_positive: !is_key && is_positive(&self.kind.name),
            is_null: self.null,
            is_primary_key: self.primary_key,
            is_unique: self.unique,
            is_indexed: self.index,
            reference: self.reference.as_ref().map(|to| Reference {
                has_constraint: to.constraint,
                is_to_itself: to.is_to_itself,
            }),
            default: match self.default {
                DefaultKind::Nothing => Default::Nothing,
                DefaultKind::Given => Default::Given,
                DefaultKind::GivenEmpty => Default::GivenEmpty,
                DefaultKind::Implied => Default::Implied,
            },
            db_default: self.db_default.as_ref().map(|volatility| match volatility {
                VolatilityKind::Literal => Volatility::Literal,
                VolatilityKind::Once => Volatility::Once,
                VolatilityKind::EachRow => Volatility::EachRow,
            }),
            generated: self.generated.as_ref().map(|generated| match generated {
                GeneratedKind::Stored => Generated::Stored,
                GeneratedKind::Virtual => Generated::Virtual,
            }),
            collation: self.collation.as_deref().map(Into::into),
            comment: self.comment.as_deref().map(Into::into),
        }
    }
}
