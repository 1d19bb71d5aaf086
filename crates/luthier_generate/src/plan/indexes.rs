//! Indexes, and constraints that come with one or check rows.

use std::sync::Arc;

use luthier_project::django::names::index_name;
use luthier_project::django::operations::{Change, Constraint, Engine};
use luthier_project::migrations::{
    Code, Definitions, ModelState, Named, Operation, Together, Value,
};

use super::add_column::unique_by_index;
use super::kinds::once;
use super::rebuild;
use super::recipe::{Because, Part, Recipe, Release, Written};
use super::sql::{Backwards, Sql, Table, index_concurrently, name, separate};
use super::subject::{Subject, with};

/// `AddIndex`: built while others write.
pub(super) fn index(subject: Subject<'_>) -> Result<Recipe, Because> {
    on_postgresql(&subject)?;
    let Operation::AddIndex { model, index, .. } = subject.operation() else {
        return Err("no index is added".to_owned());
    };
    let shown = index
        .name
        .as_deref()
        .ok_or("the name of the index is not known")?;
    let built = Built::of(&subject, index, shown)?;
    let concurrent = Operation::AddIndex {
        model: model.clone(),
        index: built.named.clone(),
        is_concurrent: true,
    };
    let left = format!("DROP INDEX CONCURRENTLY IF EXISTS {}", name(&built.name));
    let operations = vec![
        Sql::one_way([left]).written("Drop what is left of it where its building was stopped"),
        built.told(&subject, subject.written_as(&concurrent)?)?,
    ];
    let mut releases = once(
        format!("Build the index {shown}"),
        "it is built while others write, outside a transaction",
        vec![Part::outside_transaction(shown.to_owned(), operations)],
    );
    let table = Table::of(subject.after()?);
    releases.extend(built.in_place(&table, shown, IsConstraint::No));
    Ok(Recipe {
        kind: "add-index-blocking",
        releases,
    })
}

/// What is built: under another name for as long as something else has its own, which the release
/// before relies on.
struct Built {
    named: Named,
    name: String,
    is_beside: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum IsConstraint {
    Yes,
    No,
}

impl Built {
    fn of(subject: &Subject<'_>, named: &Named, shown: &str) -> Result<Self, Because> {
        if !subject.is_replacing {
            return Ok(Self {
                named: named.clone(),
                name: shown.to_owned(),
                is_beside: false,
            });
        }
        let table = Table::of(subject.after()?);
        let name = index_name(&table.name, &[shown], "_new");
        let made = named.made().ok_or("what replaces it is not known")?;
        let made = with(made, &[], &[("name", Value::text(&name))]);
        Ok(Self {
            named: Named {
                name: Some(name.as_str().into()),
                value: Value::Made(made.into()),
            },
            name,
            is_beside: true,
        })
    }

    /// An operation that builds it, of which the models hear under its own name.
    fn told(&self, subject: &Subject<'_>, written: Written) -> Result<Written, Because> {
        if !self.is_beside {
            return Ok(written);
        }
        Ok(Written {
            code: separate(vec![written.code], vec![subject.written()?.code]),
            ..written
        })
    }

    /// The release that gives it its name.
    fn in_place(&self, table: &Table, shown: &str, kind: IsConstraint) -> Option<Release> {
        let (known, own) = (name(shown), name(&self.name));
        let forwards = match kind {
            IsConstraint::Yes => [
                table.alter(&format!("DROP CONSTRAINT IF EXISTS {known}")),
                table.alter(&format!("RENAME CONSTRAINT {own} TO {known}")),
            ],
            IsConstraint::No => [
                format!("DROP INDEX IF EXISTS {known}"),
                format!("ALTER INDEX {own} RENAME TO {known}"),
            ],
        };
        let sql = Sql {
            forwards: forwards.into(),
            backwards: Backwards::Impossible,
            state: Vec::new(),
        };
        self.is_beside.then(|| Release {
            title: format!("Drop {shown} as it was"),
            why: "no process relies on it any more, and the new one gets its name".to_owned(),
            parts: vec![Part::quick(
                format!("{shown}_in_place"),
                vec![sql.written(format!("Put the new {shown} in place of the one that was"))],
            )],
            irreversible: Some(format!("{shown} as it was is gone")),
            ..Release::default()
        })
    }
}

/// `RemoveIndex`: dropped without making others wait.
pub(super) fn without_index(subject: Subject<'_>) -> Result<Recipe, Because> {
    on_postgresql(&subject)?;
    let Operation::RemoveIndex { model, name, .. } = subject.operation() else {
        return Err("no index is removed".to_owned());
    };
    let concurrent = Operation::RemoveIndex {
        model: model.clone(),
        name: name.clone(),
        is_concurrent: true,
    };
    Ok(Recipe {
        kind: "remove-index-blocking",
        releases: once(
            format!("Drop the index {name}"),
            "it is dropped outside a transaction, and nobody waits behind it",
            vec![Part::outside_transaction(
                format!("remove_{name}"),
                vec![subject.written_as(&concurrent)?],
            )],
        ),
    })
}

/// `AddConstraint`.
pub(super) fn constraint(subject: Subject<'_>) -> Result<Recipe, Because> {
    on_postgresql(&subject)?;
    let Operation::AddConstraint {
        model, constraint, ..
    } = subject.operation()
    else {
        return Err("no constraint is added".to_owned());
    };
    let changes = subject.changes().unwrap_or_default();
    let [
        Change::AddConstraint {
            constraint: kind, ..
        },
    ] = changes[..]
    else {
        return Err("what the constraint comes to is not known".to_owned());
    };
    let shown = constraint
        .name
        .as_deref()
        .ok_or("the name of the constraint is not known")?;
    match kind {
        Constraint::Exclusion if subject.is_replacing => Err(format!(
            "an exclusion constraint cannot be there twice under one name: give the new {shown} another one"
        )),
        Constraint::Exclusion => exclusion(&subject, shown),
        Constraint::Check => check(&subject, model, constraint, shown),
        Constraint::Unique | Constraint::UniqueDeferrable | Constraint::UniqueNulls => {
            unique(&subject, constraint, shown)
        }
        Constraint::UniqueWhere | Constraint::UniqueCovering | Constraint::UniqueExpressions => {
            unique_index(&subject, model, constraint, shown)
        }
        Constraint::UniqueTogether => Err("a constraint of another kind was expected".to_owned()),
    }
}

/// PostgreSQL builds its index only with the constraint, while nobody writes.
fn exclusion(subject: &Subject<'_>, shown: &str) -> Result<Recipe, Because> {
    Ok(Recipe {
        kind: "add-exclusion-constraint",
        releases: rebuild::releases(
            subject,
            subject.operation(),
            &format!("the constraint {shown}"),
            shown,
        )?,
    })
}

/// First for new rows, then for those there are.
fn check(
    subject: &Subject<'_>,
    model: &Arc<str>,
    constraint: &Named,
    shown: &str,
) -> Result<Recipe, Because> {
    let built = Built::of(subject, constraint, shown)?;
    let unchecked = Operation::AddConstraint {
        model: model.clone(),
        constraint: built.named.clone(),
        is_unchecked: true,
    };
    let validated = Operation::ValidateConstraint {
        model: model.clone(),
        name: built.name.as_str().into(),
    };
    let mut releases = once(
        format!("Add the check {shown}"),
        "it holds for new rows at once, and those there are are read while others write",
        vec![
            Part::alone(
                shown,
                vec![built.told(subject, subject.written_as(&unchecked)?)?],
            ),
            Part::alone(
                format!("{shown}_validate"),
                vec![subject.written_as(&validated)?.waiting_for_nobody()],
            ),
        ],
    );
    releases.extend(built.in_place(&Table::of(subject.after()?), shown, IsConstraint::Yes));
    Ok(Recipe {
        kind: "add-check-validating",
        releases,
    })
}

/// A constraint in PostgreSQL's sense: made of an index that is there.
fn unique(subject: &Subject<'_>, constraint: &Named, shown: &str) -> Result<Recipe, Because> {
    let made = constraint.made().ok_or("the constraint is not known")?;
    let model = subject.after()?;
    let columns = columns(model, made.keyword("fields"))?;
    let nulls = match made.keyword("nulls_distinct") {
        Some(Value::Bool(false)) => " NULLS NOT DISTINCT",
        _ => "",
    };
    let deferrable = match made.keyword("deferrable") {
        None | Some(Value::None) => "",
        Some(Value::Object(name)) if name.ends_with(".DEFERRED") => {
            " DEFERRABLE INITIALLY DEFERRED"
        }
        Some(Value::Object(name)) if name.ends_with(".IMMEDIATE") => {
            " DEFERRABLE INITIALLY IMMEDIATE"
        }
        Some(_) => return Err("when the constraint is checked is not known".to_owned()),
    };
    let (table, state) = (Table::of(model), subject.written()?);
    let built = Built::of(subject, constraint, shown)?;
    let mut releases = once(
        format!("Make {} of {} unique", columns.join(", "), model.table()),
        "the index is built while others write, outside a transaction; the constraint that uses it takes a moment. Where rows are alike, building it fails and nothing is changed",
        unique_parts(
            &table,
            &built.name,
            &columns,
            (nulls, deferrable),
            Some(state.code),
        ),
    );
    releases.extend(built.in_place(&table, shown, IsConstraint::Yes));
    Ok(Recipe {
        kind: "add-unique-constraint",
        releases,
    })
}

/// A unique index, and the constraint that uses it.
pub(super) fn unique_parts(
    table: &Table,
    constraint: &str,
    columns: &[String],
    (nulls, deferrable): (&str, &str),
    state: Option<Code>,
) -> Vec<Part> {
    let shown = columns.join(", ");
    let quoted: Vec<String> = columns.iter().map(|column| name(column)).collect();
    let create = format!(
        "CREATE UNIQUE INDEX CONCURRENTLY {} ON {} ({}){nulls}",
        name(constraint),
        name(&table.name),
        quoted.join(", ")
    );
    let index = index_concurrently(constraint, &create).written(format!(
        "Build a unique index of {shown} of {}, while others write",
        table.name
    ));
    let using = unique_by_index(table, constraint, deferrable);
    let using = state
        .into_iter()
        .fold(using, Sql::with_state)
        .written(format!("Make the constraint {constraint} of it"));
    vec![
        Part::outside_transaction(format!("{constraint}_index"), vec![index]),
        Part::alone(constraint, vec![using]),
    ]
}

/// A unique index of conditions or expressions: Django's own statement, while others write.
fn unique_index(
    subject: &Subject<'_>,
    model: &str,
    constraint: &Named,
    shown: &str,
) -> Result<Recipe, Because> {
    let written = subject.written()?;
    let built = Built::of(subject, constraint, shown)?;
    let made = built.named.made().ok_or("the constraint is not known")?;
    let code = subject.code(made)?;
    let app = &subject.after()?.app;
    let (definitions, create) = unique_concurrently((app, &subject.model_name()), &code);
    let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {}", name(&built.name));
    let drop = Sql::new([drop.clone()], [drop]).code();
    let operation = Written {
        code: separate(vec![drop, create], vec![written.code]),
        ..written
    };
    let part = Part {
        definitions: Some(definitions),
        ..Part::outside_transaction(format!("{}_{shown}", model.to_lowercase()), vec![operation])
    };
    let mut releases = once(
        format!("Build the unique index {shown}"),
        "it is built while others write, outside a transaction. Where rows are alike, building it fails and nothing is changed",
        vec![part],
    );
    releases.extend(built.in_place(&Table::of(subject.after()?), shown, IsConstraint::No));
    Ok(Recipe {
        kind: "add-unique-constraint",
        releases,
    })
}

/// Builds a unique index of one column that no constraint of the models asks for.
pub(super) fn unique_by_itself(table: &Table, column: &str, index: &str, stem: &str) -> Part {
    let create = format!(
        "CREATE UNIQUE INDEX CONCURRENTLY {} ON {} ({})",
        name(index),
        name(&table.name),
        name(column)
    );
    let built = index_concurrently(index, &create).written(format!(
        "Build a unique index of {column} of {}, while others write",
        table.name
    ));
    Part::outside_transaction(format!("{stem}_unique"), vec![built])
}

/// What builds the index of a unique constraint outside a transaction, and the function that it runs.
pub(super) fn unique_concurrently(
    (app, model): (&str, &str),
    constraint: &Code,
) -> (Definitions, Code) {
    let text = format!(
        r#"def create_index(apps, schema_editor):
    """Builds the index of the constraint while others write."""
    {model} = apps.get_model("{app}", "{model}")
    constraint = {}
    statement = str(constraint.create_sql({model}, schema_editor))
    schema_editor.execute(
        statement.replace("UNIQUE INDEX", "UNIQUE INDEX CONCURRENTLY", 1)
    )
"#,
        constraint.laid_out(1, "constraint = ".len(), 0)
    );
    let create = Code::call("migrations.RunPython")
        .import_from("django.db", "migrations")
        .item(Code::plain("create_index"))
        .item(Code::plain("migrations.RunPython.noop"));
    let imports = constraint.imports().cloned().collect();
    (Definitions { text, imports }, create)
}

/// `AlterUniqueTogether` and `AlterIndexTogether`.
pub(super) fn together(subject: Subject<'_>) -> Result<Recipe, Because> {
    on_postgresql(&subject)?;
    let Operation::AlterTogether { kind, name, value } = subject.operation() else {
        return Err("no groups of fields are changed".to_owned());
    };
    let groups = |value: Option<&Value>| match value {
        None | Some(Value::None) => Ok(Vec::new()),
        Some(value) => value
            .elements()
            .map(<[Value]>::to_vec)
            .ok_or_else(|| "the groups of fields are not known".to_owned()),
    };
    let old = groups(subject.before()?.option(kind.option()))?;
    let new = groups(Some(value))?;
    let model = subject.after()?;
    let table = Table::of(model);
    let mut parts = Vec::new();
    for group in new.iter().filter(|group| !old.contains(group)) {
        parts.extend(grouped(&table, *kind, &columns(model, Some(group))?));
    }
    // The database loses what goes, and has what came by now.
    let kept = old.iter().filter(|group| new.contains(group)).cloned();
    let kept: Vec<Value> = kept.collect();
    let state = subject.written()?;
    let mut database = Vec::new();
    if kept.len() < old.len() {
        let operation = Operation::AlterTogether {
            kind: *kind,
            name: name.clone(),
            value: Value::Set(kept.into()),
        };
        database.push(subject.written_as(&operation)?.code);
    }
    parts.push(Part::quick(
        format!("alter_{}_{}", model.name.to_lowercase(), kind.option()),
        vec![Written {
            code: separate(database, vec![state.code]),
            ..state
        }],
    ));
    Ok(Recipe {
        kind: match kind {
            Together::Unique => "add-unique-constraint",
            Together::Index => "add-index-blocking",
        },
        releases: once(
            format!("Change {} of {}", kind.option(), model.name),
            "indexes are built while others write, outside a transaction. Where rows are alike that must not be, building one fails and nothing is changed",
            parts,
        ),
    })
}

/// What makes an entry of `unique_together` or `index_together`.
fn grouped(table: &Table, kind: Together, columns: &[String]) -> Vec<Part> {
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let end = match kind {
        Together::Unique => "_uniq",
        Together::Index => "_idx",
    };
    grouped_as(table, kind, columns, &index_name(&table.name, &names, end))
}

/// The same under another name.
pub(super) fn grouped_as(
    table: &Table,
    kind: Together,
    columns: &[String],
    named: &str,
) -> Vec<Part> {
    match kind {
        Together::Unique => unique_parts(table, named, columns, ("", ""), None),
        Together::Index => {
            let quoted: Vec<String> = columns.iter().map(|column| name(column)).collect();
            let create = format!(
                "CREATE INDEX CONCURRENTLY {} ON {} ({})",
                name(named),
                name(&table.name),
                quoted.join(", ")
            );
            let operation = index_concurrently(named, &create)
                .written(format!("Build the index {named}, while others write"));
            vec![Part::outside_transaction(named, vec![operation])]
        }
    }
}

/// The columns of fields that are named.
fn columns(model: &ModelState, fields: Option<&Value>) -> Result<Vec<String>, Because> {
    let fields = fields.and_then(Value::elements);
    let fields = fields.ok_or("the fields are not known")?;
    fields
        .iter()
        .map(|field| {
            let field = field.as_str()?;
            let column = model.field(field)?.column(field)?;
            Some(column.to_string())
        })
        .collect::<Option<Vec<String>>>()
        .ok_or_else(|| "the columns of the fields are not known".to_owned())
}

pub(super) fn on_postgresql(subject: &Subject<'_>) -> Result<(), Because> {
    match subject.engine() {
        Engine::PostgreSql => Ok(()),
        engine => Err(format!(
            "luthier knows no way for \"{}\" on {engine} without a standstill: pt-online-schema-change or gh-ost copy the table while it is used",
            subject.operation().describe()
        )),
    }
}
