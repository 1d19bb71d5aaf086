//! Indexes and constraints of conditions and expressions, made anew for a second column: by Django, to which a
//! field that only the operation knows stands for that column.

use std::sync::Arc;

use luthier_project::Project;
use luthier_project::migrations::{Code, Condition, Made, ModelState, Named, Operation, Value};

use super::hanging::Second;
use super::indexes::unique_concurrently;
use super::recipe::{Because, Part, Written};
use super::sql::{Sql, Table, name, separate};
use super::subject::{field_operation, speaks_of, with};

/// What is made, and what then takes its place.
pub(super) struct Anew {
    pub(super) parts: Vec<Part>,
    /// Takes away what the first column has, where nobody may be held to that any more.
    pub(super) dropping: Option<String>,
    /// Gives what is made the name that it has in the models.
    pub(super) renaming: String,
}

/// What an option of a model has of a field, made for a second column under another name.
pub(super) fn anew(
    project: &Project,
    model: &ModelState,
    named: &Named,
    field: &str,
    (new, other): (Second<'_>, &str),
) -> Result<Anew, Because> {
    let known = named.name.as_deref().unwrap_or_default();
    let refused = || {
        format!(
            "{known} names {}.{field} in a way that cannot be told from anything else: take it away first, and bring it back afterwards",
            model.name
        )
    };
    let made = named.made().ok_or_else(refused)?;
    let second = format!("{field}_second");
    let stated = stated(project, model, field, &second, new.column).ok_or_else(refused)?;
    let made = with(
        &renamed(made, field, &second),
        &[],
        &[("name", Value::text(other))],
    );
    let mut others = new.others.iter().map(|other| &*other.field);
    let value = Value::Made(made.clone().into());
    if speaks_of(&value, field) || others.any(|other| speaks_of(&value, other)) {
        return Err(refused());
    }
    let table = Table::of(model);
    let key: Arc<str> = model.name.to_lowercase().into();
    let operation =
        |operation: &Operation| project.code_of_operation(operation).ok_or_else(refused);
    let with_field = |code: Code| {
        separate(
            vec![separate(Vec::new(), vec![stated.clone()]), code],
            Vec::new(),
        )
    };
    let renamed = Named {
        name: Some(other.into()),
        value,
    };
    let rename_index = format!("ALTER INDEX {} RENAME TO {}", name(other), name(known));
    let left = Sql::one_way([format!("DROP INDEX CONCURRENTLY IF EXISTS {}", name(other))]);
    let left = left.written("Drop what is left of it where its building was stopped");
    let summary = format!("Build {known} anew, while others write");
    let class = made.class.rsplit('.').next().unwrap_or_default();
    match class {
        "CheckConstraint" => {
            let add = operation(&Operation::AddConstraint {
                model: Arc::clone(&key),
                constraint: renamed,
                is_unchecked: true,
            })?;
            let validate = operation(&Operation::ValidateConstraint {
                model: key,
                name: other.into(),
            })?;
            Ok(Anew {
                parts: vec![
                    Part::alone(
                        other,
                        vec![Written::new(
                            with_field(add),
                            format!("Check new rows by {known}, too"),
                        )],
                    ),
                    Part::alone(
                        format!("{other}_validate"),
                        vec![
                            Written::new(
                                validate,
                                format!("Read all rows for {known}, while others write"),
                            )
                            .waiting_for_nobody(),
                        ],
                    ),
                ],
                dropping: Some(table.alter(&format!("DROP CONSTRAINT IF EXISTS {}", name(known)))),
                renaming: table.alter(&format!(
                    "RENAME CONSTRAINT {} TO {}",
                    name(other),
                    name(known)
                )),
            })
        }
        "UniqueConstraint"
            if ["deferrable", "nulls_distinct"]
                .iter()
                .all(|keyword| made.keyword(keyword).is_none()) =>
        {
            let code = project.code_of(&made).ok_or_else(refused)?;
            let (definitions, create) = unique_concurrently((&model.app, &model.name), &code);
            let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {}", name(other));
            let drop = Sql::new([drop.clone()], [drop]).code();
            let built = separate(
                vec![separate(Vec::new(), vec![stated]), drop, create],
                Vec::new(),
            );
            Ok(Anew {
                parts: vec![Part {
                    definitions: Some(definitions),
                    ..Part::outside_transaction(other, vec![Written::new(built, summary)])
                }],
                dropping: Some(format!("DROP INDEX IF EXISTS {}", name(known))),
                renaming: rename_index,
            })
        }
        _ if class.ends_with("Index") => {
            let create = operation(&Operation::AddIndex {
                model: key,
                index: renamed,
                is_concurrent: true,
            })?;
            let built = Written::new(with_field(create), summary);
            Ok(Anew {
                parts: vec![Part::outside_transaction(other, vec![left, built])],
                dropping: None,
                renaming: rename_index,
            })
        }
        _ => Err(refused()),
    }
}

/// What tells the state of an operation of a field that has the second column.
fn stated(
    project: &Project,
    model: &ModelState,
    field: &str,
    second: &str,
    column: &str,
) -> Option<Code> {
    let made = project.field_made(model.field(field)?)?;
    let made = with(
        &made,
        &["default", "db_default", "primary_key"],
        &[
            ("null", Value::Bool(true)),
            ("db_column", Value::text(column)),
        ],
    );
    let code = project.code_of(&made)?;
    Some(field_operation("AddField", &model.name, second, code))
}

/// An index or a constraint of another field.
fn renamed(made: &Made, from: &str, to: &str) -> Made {
    let mut made = made.clone();
    for argument in &mut made.arguments {
        *argument = expression(argument, from, to);
    }
    for (keyword, value) in &mut made.keywords {
        *value = match &**keyword {
            "fields" | "include" => match value.elements() {
                Some(items) => {
                    Value::Tuple(items.iter().map(|it| expression(it, from, to)).collect())
                }
                None => continue,
            },
            "condition" => condition(value, from, to),
            _ => continue,
        };
    }
    made
}

/// Conditions: of pairs the lookup is renamed, and the value where it is an expression.
fn condition(value: &Value, from: &str, to: &str) -> Value {
    let child = |child: &Value| match child.elements() {
        Some([Value::Str(lookup), value]) => {
            let value = match value {
                Value::Made(_) | Value::Condition(_) => expression(value, from, to),
                other => other.clone(),
            };
            Value::Tuple([Value::text(&lookup_of(lookup, from, to)), value].into())
        }
        _ => expression(child, from, to),
    };
    match value {
        Value::Condition(known) => Value::Condition(
            Condition {
                children: known.children.iter().map(child).collect(),
                ..(**known).clone()
            }
            .into(),
        ),
        other => expression(other, from, to),
    }
}

/// Expressions: texts are names of fields where they are no values.
fn expression(value: &Value, from: &str, to: &str) -> Value {
    match value {
        Value::Str(text) => Value::text(&lookup_of(text, from, to)),
        Value::Condition(_) => condition(value, from, to),
        Value::Made(made) if made.class.rsplit('.').next() != Some("Value") => {
            let mut made = (**made).clone();
            for argument in &mut made.arguments {
                *argument = expression(argument, from, to);
            }
            for (_, value) in &mut made.keywords {
                if matches!(value, Value::Made(_) | Value::Condition(_)) {
                    *value = expression(value, from, to);
                }
            }
            Value::Made(made.into())
        }
        other => other.clone(),
    }
}

/// `-day__gte` of another field.
fn lookup_of(text: &str, from: &str, to: &str) -> String {
    let plain = text.trim_start_matches('-');
    let sign = &text[..text.len() - plain.len()];
    match plain.strip_prefix(from) {
        Some(rest) if rest.is_empty() || rest.starts_with("__") => format!("{sign}{to}{rest}"),
        _ => text.to_owned(),
    }
}
