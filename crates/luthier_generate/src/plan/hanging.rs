//! What `Meta` has of a column, made for a second one beside it.

use luthier_project::Project;
use luthier_project::django::names::index_name;
use luthier_project::migrations::{ModelState, Named, Together, Value};

use super::anew::anew;
use super::indexes::{grouped_as, unique_parts};
use super::recipe::{Because, Part};
use super::sql::{Table, drop_unique, index_concurrently, name};
use super::subject::{is_named, speaks_of};

/// Indexes and constraints that a second column has under other names until the first one is gone.
#[derive(Debug, Default)]
pub(super) struct Hanging {
    pub(super) parts: Vec<Part>,
    /// What then gives them their names.
    pub(super) renaming: Vec<String>,
    /// What takes away constraints of the first column, to be run before it gets another name: once nobody
    /// writes it, they would be held against what it does not hold any more.
    pub(super) dropping: Vec<String>,
}

/// The column that comes to a field.
#[derive(Clone, Copy)]
pub(super) struct Second<'a> {
    pub(super) column: &'a str,
    /// What the names of its indexes are made of: another name, where the first column has this one's.
    pub(super) named: &'a str,
    /// Other columns of the table that get a second one in the same plan.
    pub(super) others: &'a [Other],
}

/// Another column of a table that gets a second one.
#[derive(Clone, Debug)]
pub(super) struct Other {
    pub(super) field: String,
    pub(super) column: String,
    pub(super) second: String,
    /// Whether it gets that later: what both have waits for it.
    pub(super) is_later: bool,
}

impl<'a> Second<'a> {
    pub(super) fn of(column: &'a str) -> Self {
        Self {
            column,
            named: column,
            others: &[],
        }
    }

    fn waits(self, names: &Value) -> bool {
        let mut later = self.others.iter().filter(|other| other.is_later);
        later.any(|other| speaks_of(names, &other.field))
    }
}

/// What the options of a model have of a field, for a second column.
pub(super) fn hanging(
    project: &Project,
    model: &ModelState,
    field: &str,
    new: Second<'_>,
) -> Result<Hanging, Because> {
    let table = Table::of(model);
    let shown = format!("{}.{field}", model.name);
    let mut found = Hanging::default();
    for kind in [Together::Unique, Together::Index] {
        let groups = match model.option(kind.option()) {
            None | Some(Value::None) => continue,
            Some(groups) => groups.elements(),
        };
        let groups = groups.ok_or_else(|| format!("{} of {shown} is not known", kind.option()))?;
        for group in groups
            .iter()
            .filter(|group| speaks_of(group, field) && !new.waits(group))
        {
            let fields = Fields::of(model, group, field).ok_or_else(|| {
                format!(
                    "the fields in {} that {shown} is one of are not known",
                    kind.option()
                )
            })?;
            found.group(&table, kind, &fields, new);
        }
    }
    for index in model
        .indexes
        .iter()
        .filter(|it| speaks_of(&it.value, field) && !new.waits(&it.value))
    {
        match plain(model, index, field, "Index") {
            Some(fields) => found.index(&table, index, &fields, new),
            None => found.anew(project, model, index, field, new)?,
        }
    }
    for constraint in model
        .constraints
        .iter()
        .filter(|it| speaks_of(&it.value, field) && !new.waits(&it.value))
    {
        let known = constraint.name.as_deref().unwrap_or_default();
        match plain(model, constraint, field, "UniqueConstraint") {
            Some(fields) => found.unique(&table, known, &fields, new),
            None => found.anew(project, model, constraint, field, new)?,
        }
    }
    if is_named(project, model, field) {
        return Err(format!(
            "a generated field or a relation of another model names {shown}: take that away first, and bring it back afterwards"
        ));
    }
    Ok(found)
}

/// The columns of an index or a constraint, one of which gets a second one.
#[derive(Debug)]
pub(super) struct Fields {
    /// Each with whether it is in falling order.
    pub(super) columns: Vec<(String, bool)>,
    /// Which of them it is.
    pub(super) place: usize,
}

impl Fields {
    fn of(model: &ModelState, fields: &Value, field: &str) -> Option<Self> {
        let mut columns = Vec::new();
        let mut place = None;
        for (index, named) in fields.elements()?.iter().enumerate() {
            let named = named.as_str()?;
            let plain = named.trim_start_matches('-');
            if plain == field {
                place = Some(index);
            }
            let column = model.field(plain)?.column(plain)?;
            columns.push((column.to_string(), plain != named));
        }
        Some(Self {
            columns,
            place: place?,
        })
    }

    fn names(&self) -> Vec<String> {
        self.columns.iter().map(|(name, _)| name.clone()).collect()
    }

    fn with(&self, new: &str, others: &[Other]) -> Vec<String> {
        let mut names = self.names();
        for name in &mut names {
            if let Some(other) = others.iter().find(|other| other.column == *name) {
                other.second.clone_into(name);
            }
        }
        new.clone_into(&mut names[self.place]);
        names
    }
}

impl Hanging {
    /// An entry of `unique_together` or `index_together`.
    pub(super) fn group(
        &mut self,
        table: &Table,
        kind: Together,
        fields: &Fields,
        new: Second<'_>,
    ) {
        let end = match kind {
            Together::Unique => "_uniq",
            Together::Index => "_idx",
        };
        let named = |columns: &[String]| {
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            index_name(&table.name, &columns, end)
        };
        let columns = fields.with(new.column, new.others);
        let other = named(&fields.with(new.named, new.others));
        let known = named(&fields.names());
        if kind == Together::Unique {
            self.dropping.push(drop_unique(table, &fields.names()));
        }
        self.parts.extend(grouped_as(table, kind, &columns, &other));
        self.rename(&other, &known);
    }

    fn unique(&mut self, table: &Table, known: &str, fields: &Fields, new: Second<'_>) {
        let columns = fields.with(new.column, new.others);
        let other = beside(table, known, new.named);
        self.dropping.push(drop_unique(table, &fields.names()));
        self.parts
            .extend(unique_parts(table, &other, &columns, ("", ""), None));
        self.rename(&other, known);
    }

    fn index(&mut self, table: &Table, index: &Named, fields: &Fields, new: Second<'_>) {
        let known = index.name.as_deref().unwrap_or_default();
        let other = beside(table, known, new.named);
        let columns = fields.with(new.column, new.others);
        let keys: Vec<String> = columns
            .iter()
            .zip(&fields.columns)
            .map(|(column, (_, is_falling))| match is_falling {
                true => format!("{} DESC", name(column)),
                false => name(column),
            })
            .collect();
        let create = format!(
            "CREATE INDEX CONCURRENTLY {} ON {} ({})",
            name(&other),
            name(&table.name),
            keys.join(", ")
        );
        let operation = index_concurrently(&other, &create)
            .written(format!("Build the index {known} anew, while others write"));
        self.parts
            .push(Part::outside_transaction(other.clone(), vec![operation]));
        self.rename(&other, known);
    }

    /// What is more than columns.
    fn anew(
        &mut self,
        project: &Project,
        model: &ModelState,
        named: &Named,
        field: &str,
        new: Second<'_>,
    ) -> Result<(), Because> {
        let known = named.name.as_deref().unwrap_or_default();
        let other = beside(&Table::of(model), known, new.named);
        let made = anew(project, model, named, field, (new, &other))?;
        self.parts.extend(made.parts);
        self.dropping.extend(made.dropping);
        self.renaming.push(made.renaming);
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) {
        if from != to {
            self.renaming
                .push(format!("ALTER INDEX {} RENAME TO {}", name(from), name(to)));
        }
    }
}

/// A name for what takes the place of an index.
fn beside(table: &Table, known: &str, new: &str) -> String {
    index_name(&table.name, &[known, new], "_new")
}

/// The fields of an index or a constraint of columns and nothing else.
fn plain(model: &ModelState, named: &Named, field: &str, class: &str) -> Option<Fields> {
    const HARMLESS: &[&str] = &[
        "fields",
        "name",
        "violation_error_message",
        "violation_error_code",
    ];
    let made = named.made()?;
    named.name.as_ref()?;
    let is_plain = made.arguments.is_empty()
        && made.class.rsplit('.').next() == Some(class)
        && made
            .keywords
            .iter()
            .all(|(key, _)| HARMLESS.contains(&&**key));
    let fields = made.keyword("fields").filter(|_| is_plain)?;
    Fields::of(model, fields, field)
}
