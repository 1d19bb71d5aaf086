//! One field of one model.

use std::sync::Arc;

use super::ModelId;
use super::construct::Arguments;
use super::kind::FieldKind;
use crate::constant::Constant;
use crate::modules::{ClassRef, ValueRef};

/// Something about a field that its code may leave open.
pub type Open<T> = Option<T>;

/// One field, as it is on one model: inherited ones of abstract bases are copied, as in Django.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: Arc<str>,
    pub kind: FieldKind,
    pub class: Arc<FieldClass>,
    /// The expression that makes it, in the class that declares it; `None` for automatic ones.
    pub value: Option<ValueRef>,
    /// The class whose body declares it.
    pub declared_in: Option<ClassRef>,
    pub(super) arguments: Arc<Arguments>,
    /// Made by Django itself: `id`, `order_ptr`.
    pub is_automatic: bool,
    pub relation: Option<Box<Relation>>,
}

/// The class of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldClass {
    /// Full dotted name: where it is defined.
    pub dotted: Arc<str>,
    /// Its code, where found.
    pub class: Option<ClassRef>,
    /// What `get_internal_type` gives; `None` where that is worked out at run time.
    pub internal_type: Option<Arc<str>>,
    /// Whether it gives relations other names than its arguments say.
    pub names_relations: bool,
    /// Whether it puts further fields on the models that it is in.
    pub adds_fields: bool,
    /// Whether it says itself what a row gives for it, where Django's descriptor would fetch.
    pub reads_itself: bool,
    /// Default of `max_length` that its Django base has.
    pub max_length: Option<i64>,
}

/// Where a relation leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Model(ModelId),
    /// A name that no model of the graph has, as `app.Model`.
    Missing(Arc<str>),
    /// Not worked out.
    Unknown,
}

impl Target {
    pub fn model(&self) -> Option<ModelId> {
        match self {
            Self::Model(id) => Some(*id),
            Self::Missing(_) | Self::Unknown => None,
        }
    }
}

/// What makes a field a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    pub to: Target,
    /// As in force: placeholders filled in, `Meta.default_related_name` considered.
    pub related_name: Option<Arc<str>>,
    pub related_query_name: Option<Arc<str>>,
    /// Whether the two names above are all known.
    pub is_named: bool,
    /// The model between the two of a many-to-many relation.
    pub through: Option<Target>,
    pub is_symmetrical: bool,
    /// The link of a child's table to its parent's.
    pub is_parent_link: bool,
}

impl Relation {
    /// Whether there is no way back: the related name ends in `+`.
    pub fn is_hidden(&self) -> bool {
        self.related_name
            .as_deref()
            .is_some_and(|name| name.ends_with('+'))
    }
}

impl Field {
    /// The value of an argument by its name, whether given by position or keyword, after custom
    /// constructors had their say. `None` where it is not given.
    pub fn argument(&self, name: &str) -> Option<&Constant> {
        self.arguments.get(name)
    }

    /// All arguments known, by name.
    pub fn arguments(&self) -> impl Iterator<Item = (&str, &Constant)> {
        self.arguments
            .keywords
            .iter()
            .map(|(name, value)| (&**name, value))
    }

    /// Whether there may be arguments that are not known.
    pub fn is_open(&self) -> bool {
        self.arguments.open || self.kind == FieldKind::Unknown
    }

    fn flag(&self, name: &str, default: bool) -> Open<bool> {
        match self.arguments.get(name) {
            Some(value) => value.truth(),
            None if self.is_open() => None,
            None => Some(default),
        }
    }

    fn is_given(&self, name: &str) -> Open<bool> {
        match self.arguments.get(name) {
            Some(Constant::External(dotted)) => Some(!dotted.ends_with("NOT_PROVIDED")),
            Some(_) => Some(true),
            None if self.is_open() => None,
            None => Some(false),
        }
    }

    pub fn null(&self) -> Open<bool> {
        match self.kind {
            FieldKind::Tags | FieldKind::GenericRelation | FieldKind::NullBoolean => Some(true),
            _ => self.flag("null", false),
        }
    }

    pub fn blank(&self) -> Open<bool> {
        if self.kind.is_auto()
            || matches!(
                self.kind,
                FieldKind::Generated
                    | FieldKind::GenericRelation
                    | FieldKind::NullBoolean
                    | FieldKind::CompositePrimaryKey
            )
            || self.is_set_by_itself() == Some(true)
        {
            return Some(true);
        }
        self.flag("blank", false)
    }

    /// `auto_now` or `auto_now_add`.
    pub fn is_set_by_itself(&self) -> Open<bool> {
        let now = self.flag("auto_now", false)?;
        let added = self.flag("auto_now_add", false)?;
        Some(now || added)
    }

    pub fn editable(&self) -> Open<bool> {
        match self.kind {
            FieldKind::Generated
            | FieldKind::GenericRelation
            | FieldKind::GenericForeignKey
            | FieldKind::CompositePrimaryKey
            | FieldKind::OrderWrt => Some(false),
            FieldKind::Binary => self.flag("editable", false),
            _ if self.is_set_by_itself() == Some(true) => Some(false),
            _ => self.flag("editable", true),
        }
    }

    pub fn primary_key(&self) -> Open<bool> {
        match self.kind {
            FieldKind::CompositePrimaryKey => Some(true),
            _ => self.flag("primary_key", false),
        }
    }

    pub fn unique(&self) -> Open<bool> {
        match self.kind {
            FieldKind::OneToOne => Some(true),
            _ => Some(self.flag("unique", false)? || self.primary_key()?),
        }
    }

    pub fn db_index(&self) -> Open<bool> {
        let default = matches!(
            self.kind,
            FieldKind::ForeignKey | FieldKind::OneToOne | FieldKind::Slug
        );
        self.flag("db_index", default)
    }

    pub fn has_default(&self) -> Open<bool> {
        self.is_given("default")
    }

    pub fn has_db_default(&self) -> Open<bool> {
        self.is_given("db_default")
    }

    pub fn has_choices(&self) -> Open<bool> {
        match self.arguments.get("choices") {
            Some(Constant::None) => Some(false),
            Some(Constant::List(items)) if items.is_empty() => Some(false),
            Some(_) => Some(true),
            None if self.is_open() => None,
            None => Some(false),
        }
    }

    /// An option that is a number: `max_length`, `max_digits`, `decimal_places`. The inner value is
    /// `None` where there is none.
    pub fn number(&self, name: &str) -> Open<Number> {
        match self.arguments.get(name) {
            Some(Constant::Int(value)) => Some(Number::Is(*value)),
            // Django writes it into the type of the column as it is: `max_length="30"` is 30.
            Some(Constant::Str(text)) => text.parse().ok().map(Number::Is),
            Some(Constant::None) => Some(Number::Absent),
            Some(_) => None,
            None if name == "max_length" && self.class.max_length.is_some() && !self.is_open() => {
                self.class.max_length.map(Number::Is)
            }
            None if self.is_open() => None,
            None => Some(Number::Absent),
        }
    }

    /// The name of the attribute that holds the raw value: `author_id` for `author`.
    pub fn attname(&self) -> Arc<str> {
        if self.kind.is_foreign_key() {
            format!("{}_id", self.name).into()
        } else {
            Arc::clone(&self.name)
        }
    }

    /// The column, where it has one and its name is known.
    pub fn column(&self) -> Option<Arc<str>> {
        if self.kind.has_column() != Some(true) {
            return None;
        }
        match self.arguments.get("db_column") {
            Some(Constant::Str(column)) => Some(Arc::clone(column)),
            None | Some(Constant::None) => Some(self.attname()),
            Some(_) => None,
        }
    }
}

/// A number that may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    Is(i64),
    Absent,
}
