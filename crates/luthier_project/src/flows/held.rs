//! Whether a value is a row or rows of a model.

use crate::ModelGraph;
use crate::models::{FieldKind, ModelId};

/// What an expression holds, as far as models go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// One row: an instance of the model.
    Row(ModelId),
    /// Many rows, fetched or not.
    Rows(ModelId),
    /// One page of a paginator over rows.
    Page(ModelId),
    /// Something else, or not known.
    Unknown,
}

impl Held {
    /// What a name holds that is given both.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        if self == other { self } else { Self::Unknown }
    }

    /// One of many.
    #[must_use]
    pub fn element(self) -> Self {
        match self {
            Self::Rows(model) | Self::Page(model) => Self::Row(model),
            Self::Row(_) | Self::Unknown => Self::Unknown,
        }
    }

    /// What an attribute holds, as a template asks for it: methods without arguments are called.
    #[must_use]
    pub fn attribute(self, models: &ModelGraph, name: &str) -> Self {
        match self {
            Self::Row(model) => of_row(models, model, name),
            Self::Rows(model) => match name {
                "all" => Self::Rows(model),
                "first" | "last" | "earliest" | "latest" => Self::Row(model),
                index if index.bytes().all(|byte| byte.is_ascii_digit()) => Self::Row(model),
                _ => Self::Unknown,
            },
            Self::Page(model) if name == "object_list" => Self::Rows(model),
            Self::Page(_) | Self::Unknown => Self::Unknown,
        }
    }
}

fn of_row(models: &ModelGraph, model: ModelId, name: &str) -> Held {
    if let Some((_, field)) = models.field(model, name) {
        let to = field.relation().and_then(|relation| relation.to.model());
        return match to {
            Some(to) if field.kind.is_foreign_key() => Held::Row(to),
            Some(to) if field.kind == FieldKind::ManyToMany => Held::Rows(to),
            _ => Held::Unknown,
        };
    }
    let back = models.reverse(model).into_iter().find(|reverse| {
        let accessor = models.accessor(reverse);
        accessor.is_some_and(|accessor| &*accessor == name)
    });
    back.map_or(Held::Unknown, |reverse| {
        if models.field_of(reverse).kind == FieldKind::OneToOne {
            Held::Row(reverse.from)
        } else {
            Held::Rows(reverse.from)
        }
    })
}
