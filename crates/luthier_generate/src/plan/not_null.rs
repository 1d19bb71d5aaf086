//! SET NOT NULL without a scan under a lock: a check that is validated first tells PostgreSQL that
//! there is no NULL (release notes of PostgreSQL 12).

use super::recipe::Part;
use super::sql::{Sql, Table, name};
use super::subject::name_of_index;
use luthier_project::migrations::Code;

/// The migrations that forbid NULL in a column which has none; what the models hear of it comes with
/// the last one.
pub(super) fn parts(stem: &str, table: &Table, column: &str, state: Option<Code>) -> Vec<Part> {
    let check = name_of_index(table, column, "_notnull");
    let (quoted, constraint) = (name(column), name(&check));
    let drop = table.alter(&format!("DROP CONSTRAINT IF EXISTS {constraint}"));
    let add = Sql::new(
        [table.alter(&format!(
            "ADD CONSTRAINT {constraint} CHECK ({quoted} IS NOT NULL) NOT VALID"
        ))],
        [drop.clone()],
    );
    let validate = Sql::one_way([table.alter(&format!("VALIDATE CONSTRAINT {constraint}"))]);
    let set = Sql::new(
        [
            table.alter(&format!("ALTER COLUMN {quoted} SET NOT NULL")),
            drop,
        ],
        [table.alter(&format!("ALTER COLUMN {quoted} DROP NOT NULL"))],
    );
    let set = state.into_iter().fold(set, Sql::with_state);
    let table = &table.name;
    vec![
        Part::alone(
            format!("{stem}_check"),
            vec![add.written(format!("Forbid new NULLs in {column} of {table}"))],
        ),
        Part::alone(
            format!("{stem}_validate"),
            vec![
                validate
                    .written(format!(
                        "Read all rows of {table} for NULLs in {column}, while others write"
                    ))
                    .waiting_for_nobody(),
            ],
        ),
        Part::alone(
            format!("{stem}_not_null"),
            vec![set.written(format!("Set {column} of {table} NOT NULL"))],
        ),
    ]
}
