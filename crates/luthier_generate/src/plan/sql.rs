//! Statements of PostgreSQL that plans write by hand, and the operations around them.

use luthier_project::migrations::{Code, Definitions, Import, ModelState, Value};

use super::recipe::{Part, Written};

/// A name in quotes, as `quote_name` of Django's backend has it: one that is quoted stays as it is.
pub(super) fn name(text: &str) -> String {
    match text.starts_with('"') && text.ends_with('"') {
        true => text.to_owned(),
        false => format!("\"{text}\""),
    }
}

/// A text in single quotes.
pub(super) fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `RunSQL`, with what takes it back and what the models hear of it.
#[derive(Debug, Default)]
pub(super) struct Sql {
    pub(super) forwards: Vec<String>,
    pub(super) backwards: Backwards,
    pub(super) state: Vec<Code>,
}

/// What takes statements back.
#[derive(Debug, Default)]
pub(super) enum Backwards {
    #[default]
    Nothing,
    Statements(Vec<String>),
    Impossible,
}

impl Sql {
    pub(super) fn new(
        forwards: impl IntoIterator<Item = String>,
        backwards: impl IntoIterator<Item = String>,
    ) -> Self {
        Self {
            forwards: forwards.into_iter().collect(),
            backwards: Backwards::Statements(backwards.into_iter().collect()),
            state: Vec::new(),
        }
    }

    /// Statements that need nothing to take them back.
    pub(super) fn one_way(forwards: impl IntoIterator<Item = String>) -> Self {
        Self {
            forwards: forwards.into_iter().collect(),
            ..Self::default()
        }
    }

    #[must_use]
    pub(super) fn with_state(mut self, state: Code) -> Self {
        self.state.push(state);
        self
    }

    pub(super) fn code(self) -> Code {
        let mut call = Code::call("migrations.RunSQL")
            .import_from("django.db", "migrations")
            .argument(
                "sql",
                match &self.forwards[..] {
                    [] => Code::plain("migrations.RunSQL.noop"),
                    forwards => statements(forwards),
                },
            );
        call = match self.backwards {
            Backwards::Nothing => {
                call.argument("reverse_sql", Code::plain("migrations.RunSQL.noop"))
            }
            Backwards::Statements(backwards) => {
                call.argument("reverse_sql", statements(&backwards))
            }
            Backwards::Impossible => call,
        };
        if !self.state.is_empty() {
            call = call.argument("state_operations", Code::list(self.state).broken());
        }
        call.broken()
    }

    pub(super) fn written(self, summary: impl Into<String>) -> Written {
        Written {
            statements: self.forwards.clone(),
            ..Written::new(self.code(), summary)
        }
    }
}

/// Gives up where a lock is not had soon, since everybody else waits behind whoever waits for a strong
/// one; the migration can be run again. That is before the server looks for a circle of waiting
/// (`deadlock_timeout`, a second) and would end a query of those that serve.
pub(super) const PATIENCE: &str = "SET LOCAL lock_timeout = '900ms'";

/// What a migration starts and ends with whose statements take such locks: taken back, what is last
/// comes first.
pub(super) fn patience() -> [Code; 2] {
    let first = Sql::one_way([PATIENCE.to_owned()]);
    let last = Sql::new([], [PATIENCE.to_owned()]);
    [first.code(), last.code()]
}

fn statements(statements: &[String]) -> Code {
    let one = |statement: &String| match statement.contains('\n') {
        true => Code::long_text(statement),
        false => Code::text(statement),
    };
    match statements {
        [only] => one(only),
        several => Code::list(several.iter().map(one)).broken(),
    }
}

/// `SeparateDatabaseAndState`
pub(super) fn separate(database: Vec<Code>, state: Vec<Code>) -> Code {
    let mut call =
        Code::call("migrations.SeparateDatabaseAndState").import_from("django.db", "migrations");
    if !database.is_empty() {
        call = call.argument("database_operations", Code::list(database).broken());
    }
    if !state.is_empty() {
        call = call.argument("state_operations", Code::list(state).broken());
    }
    call.broken()
}

/// A value as a literal; `None` where it is none that SQL has.
pub(super) fn literal(value: &Value) -> Option<String> {
    match value {
        Value::Bool(flag) => Some(if *flag { "true" } else { "false" }.to_owned()),
        Value::Int(number) => Some(number.to_string()),
        Value::Number(text) => {
            let is_plain = text
                .bytes()
                .all(|it| it.is_ascii_digit() || b".-".contains(&it));
            is_plain.then(|| text.to_string())
        }
        Value::Str(text) => quoted(text),
        Value::Made(made) => match (&*made.class, &made.arguments[..]) {
            ("decimal.Decimal", [Value::Int(number)]) => Some(number.to_string()),
            ("decimal.Decimal" | "uuid.UUID", [Value::Str(text)]) => quoted(text),
            _ => None,
        },
        _ => None,
    }
}

/// A text in single quotes. Backslashes stand for themselves where strings conform to the standard,
/// as they do unless a server is told otherwise.
fn quoted(value: &str) -> Option<String> {
    (!value.contains('\0')).then(|| text(value))
}

/// A name in quotes within a text that PostgreSQL's `format` gets.
pub(super) fn formatted(quoted: &str) -> String {
    quoted.replace('\'', "''").replace('%', "%%")
}

/// Drops the foreign keys of a table, whatever their names: all, or that of one column.
pub(super) fn drop_foreign_keys(table: &str, column: Option<&str>) -> String {
    let rows = name(table);
    let quoted = text(&rows);
    let of_column = column.map(|column| {
        format!(
            " AND conkey = ARRAY(\n\
             \x20           SELECT attnum FROM pg_attribute\n\
             \x20           WHERE attrelid = {quoted}::regclass AND attname = {}\n\
             \x20       )",
            text(column)
        )
    });
    format!(
        "DO $$\n\
         DECLARE\n\
         \x20   found record;\n\
         BEGIN\n\
         \x20   FOR found IN\n\
         \x20       SELECT conname FROM pg_constraint\n\
         \x20       WHERE conrelid = {quoted}::regclass AND contype = 'f'{}\n\
         \x20   LOOP\n\
         \x20       EXECUTE format('ALTER TABLE {} DROP CONSTRAINT %I', found.conname);\n\
         \x20   END LOOP;\n\
         END\n\
         $$",
        of_column.unwrap_or_default(),
        formatted(&rows),
    )
}

/// A table by its name, without quotes.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
}

impl Table {
    pub(super) fn of(model: &ModelState) -> Self {
        Self {
            name: model.table().to_string(),
        }
    }

    pub(super) fn alter(&self, what: &str) -> String {
        format!("ALTER TABLE {} {what}", name(&self.name))
    }
}

/// A migration that fills a column by SQL, batch by batch along the column of the primary key: rows
/// where `column` is NULL get `value`.
pub(super) fn fill_by_sql(
    part: String,
    (table, key): (&Table, &str),
    column: &str,
    value: &str,
) -> Part {
    let (rows, key, filled) = (name(&table.name), name(key), name(column));
    let value = value.replace('%', "%%");
    let python = |sql: String| Code::text(&sql).laid_out(0, 0, 0);
    let first = python(format!("SELECT {key} FROM {rows} ORDER BY {key} LIMIT 1"));
    let last = python(format!(
        "SELECT {key} FROM {rows} ORDER BY {key} DESC LIMIT 1"
    ));
    let following = python(format!(
        "SELECT {key} FROM {rows} WHERE {key} >= %s AND {key} <= %s ORDER BY {key} LIMIT 1 OFFSET %s"
    ));
    let update = python(format!(
        "UPDATE {rows} SET {filled} = {value} WHERE {filled} IS NULL AND {key} >= %s"
    ));
    let (before, to) = (format!(" AND {key} < %s"), format!(" AND {key} <= %s"));
    let (before, to) = (python(before), python(to));
    let text = format!(
        r#"BATCH = 1000


def fill(apps, schema_editor):
    """Fills rows in batches, by primary key: stopped, it can be run again.

    Rows that come meanwhile are not its business: who inserts them gives them a value.
    """
    first_key = {first}
    last_key = {last}
    following_key = {following}
    update = {update}
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(last_key)
        last = cursor.fetchone()
        cursor.execute(first_key)
        first = cursor.fetchone()
        while first and last:
            cursor.execute(following_key, [*first, *last, BATCH])
            following = cursor.fetchone()
            if following:
                cursor.execute(update + {before}, [*first, *following])
            else:
                cursor.execute(update + {to}, [*first, *last])
            first = following
"#
    );
    filling(
        part,
        Definitions {
            text,
            imports: [].into(),
        },
        format!("Fill {column} of {} in batches", table.name),
    )
}

/// The same where Python works out the value of each row; the attribute is what holds the value of the
/// field's column.
pub(super) fn fill_by_python(
    part: String,
    (app, model): (&str, &str),
    (field, attribute): (&str, &str),
    value: &str,
    imports: impl IntoIterator<Item = Import>,
) -> Part {
    let text = format!(
        r#"BATCH = 1000


def fill(apps, schema_editor):
    """Fills rows in batches, by primary key: stopped, it can be run again.

    Rows that come meanwhile are not its business.
    """
    {model} = apps.get_model("{app}", "{model}")
    rows = {model}._base_manager.using(schema_editor.connection.alias)
    last = rows.order_by("pk").last()
    if last is None:
        return
    empty = rows.filter({field}__isnull=True, pk__lte=last.pk).order_by("pk").only("pk")
    batch = list(empty[:BATCH])
    while batch:
        for row in batch:
            row.{attribute} = {value}
        empty.bulk_update(batch, ["{field}"])
        batch = list(empty.filter(pk__gt=batch[-1].pk)[:BATCH])
"#
    );
    filling(
        part,
        Definitions {
            text,
            imports: imports.into_iter().collect(),
        },
        format!("Fill {field} of {model} in batches"),
    )
}

fn filling(part: String, definitions: Definitions, summary: String) -> Part {
    let operation = Written::new(run_python("fill", NOOP), summary);
    Part {
        definitions: Some(definitions),
        ..Part::outside_transaction(part, vec![operation])
    }
}

/// What a part that fills does, and then its statements, where the migration is taken back; forwards
/// nothing is done.
pub(super) fn when_taken_back(
    filled: Part,
    name: String,
    statements: Vec<String>,
    summary: String,
) -> Part {
    let operations = vec![
        Written::new(Sql::new([], statements).code(), summary),
        Written::told(run_python(NOOP, "fill"), "Fill it in batches, then"),
    ];
    Part {
        name,
        operations,
        ..filled
    }
}

const NOOP: &str = "migrations.RunPython.noop";

/// `RunPython` of functions that the migration has.
pub(super) fn run_python(forwards: &str, backwards: &str) -> Code {
    Code::call("migrations.RunPython")
        .import_from("django.db", "migrations")
        .item(Code::plain(forwards))
        .item(Code::plain(backwards))
}

/// An index that is built while others write. What is left of one whose building failed goes first.
pub(super) fn index_concurrently(index: &str, create: &str) -> Sql {
    let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {}", name(index));
    Sql::new([drop.clone(), create.to_owned()], [drop])
}

/// Puts a unique index in place of the primary key, under its name.
pub(super) fn key_by_index(table: &Table, index: &str) -> String {
    let rows = name(&table.name);
    format!(
        "DO $$\n\
         DECLARE\n\
         \x20   known text;\n\
         BEGIN\n\
         \x20   SELECT conname INTO known FROM pg_constraint\n\
         \x20   WHERE conrelid = {}::regclass AND contype = 'p';\n\
         \x20   EXECUTE format('ALTER TABLE {} DROP CONSTRAINT %I', known);\n\
         \x20   EXECUTE format(\n\
         \x20       'ALTER TABLE {} ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I',\n\
         \x20       known, {}\n\
         \x20   );\n\
         END\n\
         $$",
        text(&rows),
        formatted(&rows),
        formatted(&rows),
        text(index)
    )
}

/// Drops the unique constraint of these columns, whatever its name.
pub(super) fn drop_unique(table: &Table, columns: &[String]) -> String {
    let rows = name(&table.name);
    let quoted = text(&rows);
    let columns: Vec<String> = columns.iter().map(|column| text(column)).collect();
    let columns = columns.join(", ");
    format!(
        "DO $$\n\
         DECLARE\n\
         \x20   found record;\n\
         BEGIN\n\
         \x20   FOR found IN\n\
         \x20       SELECT conname FROM pg_constraint\n\
         \x20       WHERE conrelid = {quoted}::regclass AND contype = 'u' AND ARRAY[{columns}] = ARRAY(\n\
         \x20           SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS key (number, place)\n\
         \x20           JOIN pg_attribute ON attrelid = conrelid AND attnum = number\n\
         \x20           ORDER BY place\n\
         \x20       )\n\
         \x20   LOOP\n\
         \x20       EXECUTE format('ALTER TABLE {} DROP CONSTRAINT %I', found.conname);\n\
         \x20   END LOOP;\n\
         END\n\
         $$",
        formatted(&rows),
    )
}
