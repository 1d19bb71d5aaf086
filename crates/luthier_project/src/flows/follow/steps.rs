//! What the attributes of a model's instances are, as far as queries go.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::ModelGraph;
use crate::models::{FieldKind, ModelId};

/// One attribute of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A relation to one row.
    One {
        to: ModelId,
        /// The attribute by which that row knows this one, where it does.
        back: Option<Arc<str>>,
        /// Whether the relation is this model's own column.
        is_forward: bool,
        is_nullable: bool,
        /// Whether it leads to the row's own part in the table of a parent: what that has is loaded
        /// with the row.
        is_parent: bool,
    },
    /// A relation to many rows.
    Many {
        to: ModelId,
        /// The attribute by which each of them knows this row: the foreign key.
        back: Option<Arc<str>>,
    },
    /// A generic foreign key.
    Generic,
    /// A column by its field's name.
    Column(Arc<str>),
    /// A relation that is not followed.
    Open,
}

/// By attribute.
pub(super) type Steps = BTreeMap<Arc<str>, Step>;

/// The attributes of all models that were asked for.
#[derive(Debug, Default)]
pub(super) struct AllSteps {
    known: FxHashMap<ModelId, Rc<Steps>>,
}

impl AllSteps {
    pub(super) fn of(&mut self, models: &ModelGraph, model: ModelId) -> Rc<Steps> {
        let known = self.known.entry(model);
        Rc::clone(known.or_insert_with(|| Rc::new(steps(models, model))))
    }
}

fn steps(models: &ModelGraph, model: ModelId) -> Steps {
    let mut found = Steps::default();
    for reverse in models.reverse(model) {
        let Some(accessor) = models.accessor(reverse) else {
            continue;
        };
        let field = models.field_of(reverse);
        let back = Some(Arc::clone(&field.name));
        let to = reverse.from;
        let step = match field.kind {
            FieldKind::OneToOne => Step::One {
                to,
                back,
                is_forward: false,
                is_nullable: true,
                is_parent: false,
            },
            FieldKind::ForeignKey => Step::Many { to, back },
            FieldKind::ManyToMany => Step::Many { to, back: None },
            _ => Step::Open,
        };
        found.insert(accessor, step);
    }
    for (own, field) in models.fields(model) {
        let to = field.relation().and_then(|relation| relation.to.model());
        let step = match (field.kind, to) {
            (FieldKind::GenericForeignKey, _) => Step::Generic,
            (FieldKind::ForeignKey | FieldKind::OneToOne, Some(to)) => {
                let key = field.attname();
                found.insert(key, Step::Column(Arc::clone(&field.name)));
                if field.class.reads_itself {
                    found.insert(Arc::clone(&field.name), Step::Open);
                    continue;
                }
                let back = (field.kind == FieldKind::OneToOne)
                    .then(|| models.accessor_name(own, field))
                    .flatten();
                Step::One {
                    to,
                    back,
                    is_forward: true,
                    is_nullable: field.null() != Some(false),
                    is_parent: field
                        .relation()
                        .is_some_and(|relation| relation.is_parent_link),
                }
            }
            (FieldKind::ManyToMany | FieldKind::GenericRelation, Some(to)) => {
                Step::Many { to, back: None }
            }
            (kind, _) if kind.is_relation() || kind == FieldKind::Unknown => Step::Open,
            _ => Step::Column(Arc::clone(&field.name)),
        };
        found.insert(Arc::clone(&field.name), step);
    }
    found
}
