//! Whether rows can be alike in what a migration makes unique.

use std::sync::Arc;

use super::Migrations;
use super::applied::{Applied, Reach};
use super::operation::{Named, Operation, Together};
use super::state::{ModelState, StateField};
use super::value::{Connector, Value};
use crate::constant::Constant;

/// Fields, by name, that are unique together.
type Group = Vec<Arc<str>>;

impl Migrations {
    /// Whether no two rows can be alike in what an operation makes unique, neither those that are there
    /// nor those that the release before writes: some of its fields were unique before the migration, or
    /// one of its columns is new with it and NULL in every row.
    pub fn is_unique_already(&self, applied: &Applied) -> bool {
        let (Some(made), Some(before)) = (made_unique(applied), &applied.before) else {
            return false;
        };
        let begun = self.begun(applied);
        if begun.is_some_and(|begun| self.was_unique(applied, &made, before, begun)) {
            return true;
        }
        let has_pair = |pair: Group| {
            let mut groups = made.groups.iter();
            groups.all(|group| pair.iter().all(|key| group.contains(key)))
        };
        let is_wide = made.groups.iter().all(|group| group.len() > 1);
        is_wide && self.keys_between(applied, before).is_some_and(has_pair)
    }

    /// The same by what the model was before the migration, and by what is new with it.
    fn was_unique(
        &self,
        applied: &Applied,
        made: &MadeUnique,
        before: &ModelState,
        begun: &ModelState,
    ) -> bool {
        if self.is_of_no_row(applied, begun) {
            return true;
        }
        let known = unique_groups(begun);
        let is_filled = self.is_filled_before(applied);
        made.groups.iter().all(|group| {
            let is_never_null =
                |name: &Arc<str>| begun.field(name).and_then(|field| field.null()) == Some(false);
            // Rows that are alike but for NULL are told apart by what was there, and not by this.
            let has_all = |known: &Group| {
                let mut fields = known.iter();
                fields.all(|it| {
                    group.contains(it) && (!made.takes_nulls_for_alike || is_never_null(it))
                })
            };
            let is_null = |name: &Arc<str>| {
                let field = before.field(name);
                field.is_some_and(|field| is_new_and_null(name, field, begun))
            };
            let is_null_somewhere = !made.takes_nulls_for_alike && group.iter().any(is_null);
            known.iter().any(has_all) || (is_null_somewhere && !is_filled)
        })
    }

    /// The two keys of a model that took over the table which Django made between two others: it has each pair
    /// of them once.
    fn keys_between(&self, applied: &Applied, model: &ModelState) -> Option<Group> {
        let key = model.key();
        let earlier = || {
            let earlier = self.applied().iter();
            let earlier = earlier.take_while(|other| !std::ptr::eq(*other, applied));
            // Where the database makes a table for the model, the other one stays behind with its rows.
            earlier.filter(|other| other.reach == Reach::State)
        };
        let makes_model = |other: &Applied| {
            let after = other.after.as_ref();
            matches!(other.operation(), Operation::CreateModel { .. })
                && after.is_some_and(|after| after.key() == key)
        };
        if !earlier().any(makes_model) {
            return None;
        }
        let (owner, target) = earlier().find_map(|other| {
            let Operation::AlterField { name, .. } = other.operation() else {
                return None;
            };
            let (owner, after) = (other.before.as_ref()?, other.after.as_ref()?);
            let (was, is) = (owner.field(name)?, after.field(name)?);
            let owner = owner.key();
            let was_automatic = was.is_many_to_many() && was.through.is_none();
            let is_through = is.through_target(&owner).as_ref() == Some(&key);
            let target = was.target(&owner)?;
            (was_automatic && is_through).then_some((owner, target))
        })?;
        let leads_to_end = |field: &StateField| {
            let to = field.target(&key);
            let is_end = to.is_some_and(|to| to == owner || to == target);
            field.kind().is_foreign_key() && is_end
        };
        let keys = model.fields.iter().filter(|(_, field)| leads_to_end(field));
        let keys: Group = keys.map(|(name, _)| Arc::clone(name)).collect();
        (keys.len() == 2).then_some(keys)
    }

    /// Whether the release before writes all columns that an operation makes unique, as far as that is
    /// understood: of one that is new it knows nothing.
    pub fn is_known_to_old_code(&self, applied: &Applied) -> bool {
        let Some(made) = made_unique(applied) else {
            return true;
        };
        let is_known = |name: &Arc<str>| {
            let column = applied
                .before
                .as_ref()
                .and_then(|it| it.field(name)?.column(name));
            column.is_none_or(|column| self.column_at_begin(applied, &column).is_some())
        };
        made.groups.iter().any(|group| group.iter().all(is_known))
    }

    /// Whether a constraint is about rows only in which a column that is new with the migration holds
    /// something else than what all rows got.
    fn is_of_no_row(&self, applied: &Applied, begun: &ModelState) -> bool {
        let Operation::AddConstraint { constraint, .. } = applied.operation() else {
            return false;
        };
        let condition = constraint.made().and_then(|it| it.keyword("condition"));
        let (Some(Value::Condition(condition)), Some(before)) = (condition, &applied.before) else {
            return false;
        };
        let holds_other = |child: &Value| {
            let Some([Value::Str(name), value]) = child.elements() else {
                return false;
            };
            let got = before.field(name).filter(|_| begun.field(name).is_none());
            let got = got.and_then(|field| field.field.as_ref()?.argument("default"));
            let got = got.map(Value::of_constant);
            let is_plain =
                |value: &Value| matches!(value, Value::Bool(_) | Value::Int(_) | Value::Str(_));
            got.is_some_and(|got| is_plain(&got) && is_plain(value) && got != *value)
        };
        condition.connector == Connector::And
            && !condition.is_negated
            && condition.children.iter().any(holds_other)
            && !self.is_filled_before(applied)
    }

    /// Whether code or SQL ran in the migration before an operation: it may have filled what is new.
    fn is_filled_before(&self, applied: &Applied) -> bool {
        let own = self.applied_by(applied.migration).iter();
        let mut before = own.take_while(|other| !Arc::ptr_eq(&other.step, &applied.step));
        before.any(|other| {
            matches!(
                other.operation(),
                Operation::RunPython { .. } | Operation::RunSql { .. } | Operation::Unknown { .. }
            )
        })
    }
}

struct MadeUnique {
    groups: Vec<Group>,
    /// `nulls_distinct=False`
    takes_nulls_for_alike: bool,
}

/// What an operation makes unique; `None` where it is not understood, or no columns by themselves.
fn made_unique(applied: &Applied) -> Option<MadeUnique> {
    let plain = |groups: Vec<Group>| MadeUnique {
        groups,
        takes_nulls_for_alike: false,
    };
    Some(match applied.operation() {
        Operation::AlterTogether {
            kind: Together::Unique,
            ..
        } => {
            let known = together(applied.before.as_deref()?)?;
            let mut groups = together(applied.after.as_deref()?)?;
            groups.retain(|group| !known.contains(group));
            plain(groups)
        }
        Operation::AddConstraint { constraint, .. } => {
            let distinct = constraint.made()?.keyword("nulls_distinct");
            MadeUnique {
                groups: vec![fields_of(constraint)?],
                takes_nulls_for_alike: distinct.is_some_and(|it| it.truth() != Some(true)),
            }
        }
        Operation::AlterField { name, .. } => plain(vec![vec![Arc::clone(name)]]),
        _ => return None,
    })
}

/// What is unique in every row of a model's table, as far as that is understood.
fn unique_groups(model: &ModelState) -> Vec<Group> {
    let own = model.fields.iter().filter(|(_, field)| {
        let field = field.field.as_ref();
        field.is_some_and(|it| it.unique() == Some(true) || it.primary_key() == Some(true))
    });
    let mut groups: Vec<Group> = own.map(|(name, _)| vec![Arc::clone(name)]).collect();
    groups.extend(together(model).unwrap_or_default());
    let everywhere = model.constraints.iter().filter(|constraint| {
        constraint
            .made()
            .is_some_and(|made| made.keyword("condition").is_none())
    });
    groups.extend(everywhere.filter_map(fields_of));
    groups
}

fn together(model: &ModelState) -> Option<Vec<Group>> {
    match model.option(Together::Unique.option()) {
        None | Some(Value::None) => Some(Vec::new()),
        Some(groups) => groups.elements()?.iter().map(names).collect(),
    }
}

/// The fields of a `UniqueConstraint` that has no expressions.
fn fields_of(constraint: &Named) -> Option<Group> {
    let made = constraint.made()?;
    let is_plain = made.class.ends_with("UniqueConstraint") && made.arguments.is_empty();
    names(made.keyword("fields").filter(|_| is_plain)?)
}

fn names(fields: &Value) -> Option<Group> {
    let names = fields.elements()?.iter();
    names.map(|name| name.as_str().map(Arc::from)).collect()
}

/// Whether the column of a field came with the migration, and nothing gave it a value.
fn is_new_and_null(name: &str, field: &StateField, begun: &ModelState) -> bool {
    let Some(column) = field.column(name) else {
        return false;
    };
    let given = field.field.as_ref().and_then(|it| it.argument("default"));
    let is_given = !matches!(given, None | Some(Constant::None));
    field.null() == Some(true)
        && !is_given
        && field.has_db_default() == Some(false)
        && begun.field_of_column(&column).is_none()
}
