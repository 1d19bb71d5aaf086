//! Operations that can be one: Django's `MigrationOptimizer` and each operation's `reduce()`.

use std::sync::Arc;

use crate::migrations::operation::{
    Base, ModelOptions, Named, OldIndex, Operation, Together, option, remove_option, set_option,
};
use crate::migrations::state::{ALTER_OPTION_KEYS, StateField, resolve};
use crate::migrations::value::Value;

/// What became of two operations.
enum Reduced {
    /// Both are these now.
    Into(Vec<Operation>),
    /// The second may be moved before the first.
    Through,
    /// Neither.
    No,
}

/// Reduces until nothing changes any more.
pub(super) fn optimize(
    mut operations: Vec<Operation>,
    app: &Arc<str>,
    version: (u32, u32),
) -> Vec<Operation> {
    let within = Within { app, version };
    loop {
        let (result, is_changed) = pass(&operations, within);
        if !is_changed {
            return result;
        }
        operations = result;
    }
}

/// Whose operations they are, and which Django reduces them.
#[derive(Clone, Copy)]
struct Within<'a> {
    app: &'a Arc<str>,
    version: (u32, u32),
}

/// One run over the list, up to the first pair that can be reduced.
fn pass(operations: &[Operation], within: Within<'_>) -> (Vec<Operation>, bool) {
    let mut done: Vec<Operation> = Vec::new();
    for (index, operation) in operations.iter().enumerate() {
        let rest = &operations[index + 1..];
        // Whether everything so far lets the operation move to the right.
        let mut right = true;
        let mut is_kept = true;
        for (offset, other) in rest.iter().enumerate() {
            match reduce(operation, other, within) {
                Reduced::Into(result) => {
                    let between = &rest[..offset];
                    let moves_left = || {
                        between
                            .iter()
                            .all(|it| matches!(reduce(it, other, within), Reduced::Through))
                    };
                    if right {
                        done.extend_from_slice(between);
                        done.extend(result);
                    } else if moves_left() {
                        done.extend(result);
                        done.extend_from_slice(between);
                    } else {
                        done.push(operation.clone());
                        is_kept = false;
                        break;
                    }
                    done.extend_from_slice(&rest[offset + 1..]);
                    return (done, true);
                }
                Reduced::No => right = false,
                Reduced::Through => {}
            }
        }
        if is_kept {
            done.push(operation.clone());
        }
    }
    (done, false)
}

fn same(one: &str, two: &str) -> bool {
    one.eq_ignore_ascii_case(two)
}

fn through(is_through: bool) -> Reduced {
    if is_through {
        Reduced::Through
    } else {
        Reduced::No
    }
}

/// `operation.reduce(other, app)`
fn reduce(operation: &Operation, other: &Operation, within: Within<'_>) -> Reduced {
    let Within { app, version } = within;
    match operation {
        Operation::CreateModel { name, .. } => match into_created(operation, other, version) {
            Some(result) => Reduced::Into(result),
            None => through(!references_model(other, name, app)),
        },
        Operation::DeleteModel { name } => through(!references_model(other, name, app)),
        Operation::AlterModelTable { name, .. }
        | Operation::AlterModelTableComment { name, .. }
        | Operation::AlterTogether { name, .. }
        | Operation::AlterOrderWithRespectTo { name, .. }
        | Operation::AlterModelOptions { name, .. }
        | Operation::AlterModelManagers { name, .. } => {
            if replaces_option(operation, other, name) {
                return Reduced::Into(vec![other.clone()]);
            }
            let are_of_two_kinds = matches!(
                (operation, other),
                (
                    Operation::AlterTogether { kind: one, .. },
                    Operation::AlterTogether { kind: two, .. },
                ) if one != two
            );
            through(!references_model(other, name, app) || are_of_two_kinds)
        }
        Operation::AddField { model, name, .. } => {
            if is_on_field(other, model, name) {
                match other {
                    Operation::AlterField { name, field, .. } => {
                        return Reduced::Into(vec![Operation::AddField {
                            model: Arc::clone(model),
                            name: Arc::clone(name),
                            field: Arc::clone(field),
                            preserves_default: true,
                        }]);
                    }
                    Operation::RemoveField { .. } => return Reduced::Into(Vec::new()),
                    _ => {}
                }
            }
            through(!references_field(other, model, name, app))
        }
        Operation::RemoveField { model, name } => match other {
            Operation::DeleteModel { name: deleted } if same(deleted, model) => {
                Reduced::Into(vec![other.clone()])
            }
            _ => through(!references_field(other, model, name, app)),
        },
        Operation::AlterField { model, name, .. } => match other {
            Operation::AlterField { .. } if version < (5, 0) => {
                through(!references_field(other, model, name, app))
            }
            Operation::AlterField { .. } | Operation::RemoveField { .. }
                if is_on_field(other, model, name) =>
            {
                Reduced::Into(vec![other.clone()])
            }
            _ => through(!references_field(other, model, name, app)),
        },
        Operation::AddIndex { index, .. } => match other {
            Operation::RemoveIndex { name, .. }
                if index.name.as_ref() == Some(name) && version >= (5, 0) =>
            {
                Reduced::Into(Vec::new())
            }
            _ => Reduced::No,
        },
        Operation::AddConstraint {
            model, constraint, ..
        } => match other {
            Operation::RemoveConstraint { model: other, name }
                if same(model, other) && constraint.name.as_ref() == Some(name) =>
            {
                Reduced::Into(Vec::new())
            }
            _ => Reduced::No,
        },
        _ => Reduced::No,
    }
}

/// Whether the second sets anew what the first set of the same model.
fn replaces_option(operation: &Operation, other: &Operation, model: &str) -> bool {
    match (operation, other) {
        (_, Operation::DeleteModel { name })
        | (Operation::AlterModelTable { .. }, Operation::AlterModelTable { name, .. })
        | (
            Operation::AlterModelTableComment { .. },
            Operation::AlterModelTableComment { name, .. },
        )
        | (
            Operation::AlterOrderWithRespectTo { .. },
            Operation::AlterOrderWithRespectTo { name, .. },
        )
        | (Operation::AlterModelOptions { .. }, Operation::AlterModelOptions { name, .. })
        | (Operation::AlterModelManagers { .. }, Operation::AlterModelManagers { name, .. }) => {
            same(name, model)
        }
        (
            Operation::AlterTogether { kind: one, .. },
            Operation::AlterTogether {
                kind: two, name, ..
            },
        ) => one == two && same(name, model),
        _ => false,
    }
}

fn is_on_field(operation: &Operation, model: &str, field: &str) -> bool {
    match operation {
        Operation::AddField {
            model: on, name, ..
        }
        | Operation::RemoveField { model: on, name }
        | Operation::AlterField {
            model: on, name, ..
        } => same(on, model) && same(name, field),
        _ => false,
    }
}

/// A model that is created with what another operation does to it at once.
fn into_created(
    created: &Operation,
    other: &Operation,
    version: (u32, u32),
) -> Option<Vec<Operation>> {
    let Operation::CreateModel {
        name,
        fields,
        options,
        bases,
        managers,
    } = created
    else {
        return None;
    };
    let mut fields = fields.clone();
    let mut options = options.clone();
    let mut managers = managers.clone();
    let is_own = |model: &str| same(model, name);
    match other {
        Operation::DeleteModel { name } if is_own(name) => {
            let is_proxy = crate::migrations::operation::is_proxy(&options);
            return (!is_proxy).then(Vec::new);
        }
        Operation::AlterModelOptions {
            name,
            options: altered,
        } if is_own(name) => {
            for key in ALTER_OPTION_KEYS {
                remove_option(&mut options, key);
            }
            for (name, value) in altered {
                set_option(&mut options, name, value.clone());
            }
        }
        Operation::AlterModelManagers {
            name,
            managers: altered,
        } if is_own(name) => managers.clone_from(altered),
        Operation::AlterModelTable { name, table } if is_own(name) && version >= (5, 2) => {
            set_option(&mut options, "db_table", table.clone());
        }
        Operation::AlterModelTableComment { name, comment }
            if is_own(name) && version >= (5, 2) =>
        {
            set_option(&mut options, "db_table_comment", comment.clone());
        }
        Operation::AlterTogether { kind, name, value } if is_own(name) => {
            set_option(&mut options, kind.option(), value.clone());
        }
        Operation::AlterOrderWithRespectTo { name, field } if is_own(name) => {
            let value = field.clone().map_or(Value::None, Value::Str);
            set_option(&mut options, "order_with_respect_to", value);
        }
        Operation::AddField {
            model, name, field, ..
        } if is_own(model) => fields.push((Arc::clone(name), Arc::clone(field))),
        Operation::AlterField {
            model, name, field, ..
        } if is_own(model) => {
            for (known, own) in &mut fields {
                if known == name {
                    *own = Arc::clone(field);
                }
            }
        }
        Operation::RemoveField { model, name } if is_own(model) => {
            fields.retain(|(known, _)| !same(known, name));
            forget(&mut options, name);
        }
        Operation::AddIndex { model, index, .. } if is_own(model) => {
            push(&mut options, "indexes", index);
        }
        Operation::AddConstraint {
            model, constraint, ..
        } if is_own(model) && version >= (5, 1) => {
            push(&mut options, "constraints", constraint);
        }
        _ => return None,
    }
    Some(vec![Operation::CreateModel {
        name: Arc::clone(name),
        fields,
        options,
        bases: bases.clone(),
        managers,
    }])
}

fn push(options: &mut ModelOptions, name: &str, named: &Named) {
    let known = option(options, name).and_then(Value::elements);
    let mut all = known.map_or(Vec::new(), <[Value]>::to_vec);
    all.push(named.value.clone());
    set_option(options, name, Value::List(all.into()));
}

/// Takes a field that is gone out of the options that name it.
fn forget(options: &mut ModelOptions, field: &str) {
    for kind in [Together::Unique, Together::Index] {
        let Some(groups) = option(options, kind.option()).and_then(Value::elements) else {
            continue;
        };
        let rest = groups.iter().filter_map(|group| {
            let names = group.elements()?.iter();
            let names: Vec<Value> = names
                .filter(|it| it.as_str() != Some(field))
                .cloned()
                .collect();
            (!names.is_empty()).then(|| Value::Tuple(names.into()))
        });
        let rest: Vec<Value> = rest.collect();
        if rest.is_empty() {
            remove_option(options, kind.option());
        } else {
            set_option(options, kind.option(), Value::Set(rest.into()));
        }
    }
    let order = option(options, "order_with_respect_to").and_then(Value::as_str);
    if order == Some(field) {
        remove_option(options, "order_with_respect_to");
    }
}

/// `operation.references_model(name, app)`
fn references_model(operation: &Operation, name: &str, app: &Arc<str>) -> bool {
    let wanted = (Arc::clone(app), Arc::from(name.to_lowercase()));
    let leads_there = |model: &str, field: &StateField| {
        let from = (Arc::clone(app), Arc::from(model.to_lowercase()));
        field.target(&from).as_ref() == Some(&wanted)
            || field.through_target(&from).as_ref() == Some(&wanted)
    };
    match operation {
        Operation::CreateModel {
            name: own,
            fields,
            bases,
            ..
        } => {
            let from = (Arc::clone(app), Arc::from(own.to_lowercase()));
            let is_base = |base: &Base| match base {
                Base::Model(label) => resolve(label, &from) == wanted,
                _ => false,
            };
            same(own, name)
                || bases.iter().any(is_base)
                || fields.iter().any(|(_, field)| leads_there(own, field))
        }
        Operation::AlterModelTable { name: own, .. }
        | Operation::AlterModelTableComment { name: own, .. }
        | Operation::AlterTogether { name: own, .. }
        | Operation::AlterOrderWithRespectTo { name: own, .. }
        | Operation::AlterModelOptions { name: own, .. }
        | Operation::AlterModelManagers { name: own, .. } => same(own, name),
        Operation::AddField { model, field, .. } | Operation::AlterField { model, field, .. } => {
            same(model, name) || leads_there(model, field)
        }
        Operation::RemoveField { model, .. } => same(model, name),
        // A deleted model may have led to any, and operations on indexes do not say.
        _ => true,
    }
}

/// `operation.references_field(model, field, app)`
fn references_field(operation: &Operation, model: &str, field: &str, app: &Arc<str>) -> bool {
    match operation {
        Operation::AlterTogether { name, value, .. } => {
            let groups = value.elements().unwrap_or_default();
            let names_it = |group: &Value| {
                let names = group.elements().unwrap_or_default();
                names.iter().any(|name| name.as_str() == Some(field))
            };
            same(name, model) && (groups.is_empty() || groups.iter().any(names_it))
        }
        Operation::AlterOrderWithRespectTo { name, field: by } => {
            same(name, model) && by.as_deref().is_none_or(|by| by == field)
        }
        Operation::AddField {
            model: on,
            name,
            field: made,
            ..
        }
        | Operation::AlterField {
            model: on,
            name,
            field: made,
            ..
        } => (same(on, model) && &**name == field) || field_references(on, made, model, field, app),
        Operation::RemoveField { model: on, name } => same(on, model) && &**name == field,
        Operation::RenameIndex {
            old: OldIndex::Named(_) | OldIndex::Of(_),
            ..
        } => true,
        other => references_model(other, model, app),
    }
}

/// `field_references`: whether a relation leads to a field of a model.
fn field_references(on: &str, made: &StateField, model: &str, field: &str, app: &Arc<str>) -> bool {
    let leads_there = |reference: &Option<Arc<str>>| {
        let reference = reference.as_deref();
        reference.is_some_and(|reference| means(reference, on, model, app))
    };
    let named = |argument: &str| made.field.as_ref().and_then(|it| it.argument(argument));
    let is_far_end = leads_there(&made.to)
        && match named("to_field").and_then(|name| name.as_str()) {
            // The primary key, whichever field that is.
            None => true,
            Some(name) => name == field,
        };
    is_far_end || leads_there(&made.through)
}

/// Whether a model of an app means another one of that app by a text.
fn means(reference: &str, from: &str, model: &str, app: &str) -> bool {
    match reference.split_once('.') {
        _ if reference == "self" => same(from, model),
        Some((of, name)) => of == app && same(name, model),
        None => same(reference, model),
    }
}
