//! A many-to-many relation that gets a model of its own between the two.

use luthier_project::migrations::{ModelKey, ModelState, Operation, Transition, Value};

use super::indexes::on_postgresql;
use super::recipe::{Because, Recipe};
use super::remove::between;
use super::rename::{View, renamed};
use super::sql::{Sql, Table, formatted, name, text};
use super::subject::Subject;

/// Whether an operation is about the model that a relation of the same plan gets between: its table is
/// that of the relation, which is there.
pub(super) fn is_about_model_between(transition: &Transition, group: &[&Transition]) -> bool {
    let key = transition.model().map(|model| model.key());
    let mut gained = group.iter().filter_map(|other| gains_model(other));
    let is_one = gained.any(|it| Some(it) == key);
    let is_made = || {
        group.iter().any(|other| {
            matches!(other.step.operation, Operation::CreateModel { .. })
                && other.after.as_ref().map(|model| model.key()) == key
        })
    };
    is_one && is_made()
}

/// The model that a relation gets between, where it had none.
pub(super) fn gains_model(transition: &Transition) -> Option<ModelKey> {
    let Operation::AlterField { name, field, .. } = &transition.step.operation else {
        return None;
    };
    let before = transition.before.as_ref()?;
    let known = before.field(name)?;
    let is_one = known.is_many_to_many() && known.through.is_none() && field.is_many_to_many();
    is_one
        .then(|| field.through_target(&before.key()))
        .flatten()
}

/// The table of the relation becomes that of the model, and a view has its name until nobody uses it.
pub(super) fn plan(subject: Subject<'_>) -> Result<Recipe, Because> {
    on_postgresql(&subject)?;
    let Operation::AlterField { name, field, .. } = subject.operation() else {
        return Err("no relation is altered".to_owned());
    };
    let model = subject.before()?;
    let shown = format!("{}.{name}", model.name);
    let key = gains_model(subject.transition);
    let of_model = |transition: &&&Transition| {
        let about = transition.model().map(|model| model.key());
        key.is_some() && about == key
    };
    let mut of_model = subject.group.iter().filter(of_model);
    let is_made = of_model
        .clone()
        .any(|it| matches!(it.step.operation, Operation::CreateModel { .. }));
    let last = of_model.next_back().filter(|_| is_made);
    let found = last.and_then(|transition| transition.after.as_deref());
    let through = found.ok_or_else(|| {
        format!("Django cannot give a many-to-many relation a table that is there already: {shown} keeps its rows only where the model between comes with the same change, or where only the models hear of it (`SeparateDatabaseAndState`)")
    })?;
    let target = field.target(&model.key());
    let target = target.ok_or_else(|| format!("where {shown} leads to is not known"))?;
    if target == model.key() {
        return Err(format!(
            "{shown} leads to its own model: tell only the models, by `SeparateDatabaseAndState(state_operations=[...])`, with a `through` model whose `db_table` and `db_column`s are those that are there"
        ));
    }
    let columns = columns(through, &model.key(), &target)?;
    let before = model
        .field(name)
        .ok_or_else(|| format!("{shown} is not known as it was"))?;
    let view = View {
        old: between(model, name, &subject.made(name, before)?),
        new: through.table().to_string(),
        columns: Some(columns),
    };
    if view.old == view.new {
        return Err(format!(
            "{} has the table that {shown} has: tell only the models, by `SeparateDatabaseAndState(state_operations=[...])`",
            through.name
        ));
    }
    let named = unique(through, &shown)?;
    let state = subject.written()?.code;
    let named = named.map(|constraint| unique_as(&Table::of(through), constraint));
    let recipe = renamed(&through.name, vec![view], state, &subject, named);
    Ok(Recipe {
        kind: "many-to-many-through-change",
        ..recipe
    })
}

/// The columns of the model, and of the table that Django made for the relation:
/// `create_many_to_many_intermediary_model`.
fn columns(
    through: &ModelState,
    from: &ModelKey,
    to: &ModelKey,
) -> Result<Vec<(String, String)>, Because> {
    let other = || {
        format!(
            "{} has more than its two ends, which the table that is there does not have: add what is more in a change of its own",
            through.name
        )
    };
    let mut columns = Vec::new();
    for (name, field) in &through.fields {
        let known = field.field.as_deref().ok_or_else(other)?;
        let column = field.column(name).ok_or_else(other)?.to_string();
        if known.primary_key() == Some(true) && known.is_automatic {
            columns.push((column, "id".to_owned()));
            continue;
        }
        let end = field
            .target(&through.key())
            .filter(|_| !field.is_many_to_many());
        let end = end
            .filter(|end| end == from || end == to)
            .ok_or_else(other)?;
        let is_plain = field.null() == Some(false)
            && known.unique() == Some(false)
            && known.db_index() == Some(true)
            && known.argument("to_field").is_none();
        if !is_plain {
            return Err(other());
        }
        columns.push((column, format!("{}_id", end.1)));
    }
    let mut ends: Vec<&str> = columns.iter().map(|(_, before)| &**before).collect();
    ends.sort_unstable();
    ends.dedup();
    match ends.len() == 3 && columns.len() == 3 {
        true => Ok(columns),
        false => Err(other()),
    }
}

/// The name of what keeps pairs unique, as the table that is there does; `None` where it has none of its
/// own.
fn unique<'a>(through: &'a ModelState, shown: &str) -> Result<Option<&'a str>, Because> {
    let is_pair = |fields: &Value| fields.elements().is_some_and(|fields| fields.len() == 2);
    let together = through.option("unique_together").and_then(Value::elements);
    if let Some([pair]) = together
        && is_pair(pair)
        && through.constraints.is_empty()
        && through.indexes.is_empty()
    {
        return Ok(None);
    }
    if let [constraint] = &through.constraints[..]
        && let Some(made) = constraint.made()
        && made.class.ends_with(".UniqueConstraint")
        && made.keyword("fields").is_some_and(is_pair)
        && made.keyword("condition").is_none()
        && made.keyword("deferrable").is_none()
        && together.is_none_or(<[Value]>::is_empty)
        && through.indexes.is_empty()
        && let Some(name) = constraint.name.as_deref()
    {
        return Ok(Some(name));
    }
    Err(format!(
        "the pairs of {shown} are unique, and those of {} are not or are more: give it a `UniqueConstraint` of its two ends, and change that afterwards",
        through.name
    ))
}

/// Gives the unique constraint of a table a name, whatever it has.
fn unique_as(table: &Table, constraint: &str) -> Sql {
    let rows = name(&table.name);
    let quoted = name(constraint);
    Sql::one_way([format!(
        "DO $$\n\
         DECLARE\n\
         \x20   known text;\n\
         BEGIN\n\
         \x20   SELECT conname INTO known FROM pg_constraint\n\
         \x20   WHERE conrelid = {}::regclass AND contype = 'u';\n\
         \x20   IF known <> {} THEN\n\
         \x20       EXECUTE format('ALTER TABLE {} RENAME CONSTRAINT %I TO {}', known);\n\
         \x20   END IF;\n\
         END\n\
         $$",
        text(&rows),
        text(constraint),
        formatted(&rows),
        formatted(&quoted),
    )])
}
