//! What is said of dangerous SQL, rule by rule: squawk's rules and those that luthier adds.
//!
//! squawk sees a text and nothing else. Each row says what luthier makes of its word: whether it is
//! told, how much it matters, and what has to hold besides.

use luthier_diagnostics::{Confidence, Severity};

/// One rule about SQL.
#[derive(Clone, Copy, Debug)]
pub struct Hazard {
    /// Its name, squawk's where squawk has it.
    pub name: &'static str,
    pub verdict: Verdict,
}

/// What becomes of a rule.
#[derive(Clone, Copy, Debug)]
pub enum Verdict {
    Told(Told),
    /// Another rule of luthier's says it, once and with more in sight.
    By(&'static str),
    /// It is not told, and why.
    Left(&'static str),
}

#[derive(Clone, Copy, Debug)]
pub struct Told {
    pub severity: Severity,
    pub confidence: Confidence,
    pub when: When,
    /// What happens; `{table}` and `{column}` stand for the names in the statement, `{server}` for the
    /// database.
    pub what: &'static str,
    pub help: &'static str,
}

/// What has to hold besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Nothing; of a table, that the migration does not make it itself.
    Always,
    /// The release before reads the table, and nothing of that name is there afterwards.
    TableIsRead,
    /// The release before reads the column, and none of that name is there afterwards.
    ColumnIsRead,
    /// Rows are written anew for the value of a new column.
    Fills,
    /// Values do not stay as they are under the new type.
    Converts,
    /// No check of the table says already that the column is not NULL.
    IsUnchecked,
    /// The models leave the value to the database.
    DatabaseFills,
    /// No rule that says it better is told of the statement.
    NothingElse,
    /// Migrations of the project are run in one transaction, and this is.
    InTransaction,
}

const fn told(
    name: &'static str,
    severity: Severity,
    when: When,
    what: &'static str,
    help: &'static str,
) -> Hazard {
    Hazard {
        name,
        verdict: Verdict::Told(Told {
            severity,
            confidence: Confidence::Likely,
            when,
            what,
            help,
        }),
    }
}

/// Worth a look where somebody asks for it, and no more.
const fn hint(name: &'static str, what: &'static str, help: &'static str) -> Hazard {
    Hazard {
        name,
        verdict: Verdict::Told(Told {
            severity: Severity::Info,
            confidence: Confidence::Possible,
            when: When::Always,
            what,
            help,
        }),
    }
}

const fn by(name: &'static str, code: &'static str) -> Hazard {
    Hazard {
        name,
        verdict: Verdict::By(code),
    }
}

const fn left(name: &'static str, why: &'static str) -> Hazard {
    Hazard {
        name,
        verdict: Verdict::Left(why),
    }
}

use Severity::{Error, Info, Warning};
use When::{
    Always, ColumnIsRead, Converts, DatabaseFills, Fills, InTransaction, IsUnchecked, NothingElse,
    TableIsRead,
};

const ALONE: &str = "build it with CREATE INDEX CONCURRENTLY, alone in a `RunSQL` of a migration with `atomic = False`";
const NOT_VALID: &str = "add it as NOT VALID, and VALIDATE CONSTRAINT in a later migration";
const STATE_FIRST: &str = "take it out of the models in one release, and run this in the next, when no code names it any more";
const SEVERAL_RELEASES: &str =
    "add the new name, write both, copy, and drop the old one in later releases";
const ASK_WHO_USES: &str =
    "make sure that neither the release before nor other programs rely on it";
const ACCESS: &str = "make sure that the release before still sees and writes what it has to";
const CHOICE: &str = "a matter of choice for tables that are made by hand";

/// Every rule of squawk's.
pub static SQUAWK: &[Hazard] = &[
    told(
        "require-concurrent-index-creation",
        Warning,
        Always,
        "writes to {table} wait on {server} while the index is built",
        ALONE,
    ),
    told(
        "require-concurrent-index-deletion",
        Warning,
        Always,
        "dropping the index makes reads and writes of its table wait on {server} behind the queries that run",
        "use DROP INDEX CONCURRENTLY, alone in a `RunSQL` of a migration with `atomic = False`",
    ),
    told(
        "constraint-missing-not-valid",
        Warning,
        NothingElse,
        "the constraint is checked for every row of {table} while others wait on {server}",
        NOT_VALID,
    ),
    told(
        "adding-field-with-default",
        Error,
        Fills,
        "{table} is written anew to give each row its value, while reads and writes wait on {server}",
        "add the column without it, fill the rows in batches, and set the default in between",
    ),
    told(
        "adding-foreign-key-constraint",
        Warning,
        Always,
        "the foreign key is checked for every row of {table} while writes to both tables wait on {server}",
        NOT_VALID,
    ),
    told(
        "changing-column-type",
        Error,
        Converts,
        "{table} is written anew for the new type of `{column}`, while reads and writes wait on {server}",
        "add a column of the new type, write both, copy in batches, switch, and drop the old one in later releases",
    ),
    told(
        "adding-not-nullable-field",
        Error,
        IsUnchecked,
        "every row of {table} is read for NULL in `{column}` under a lock that stops reads and writes on {server}",
        "add CHECK (... IS NOT NULL) NOT VALID, validate it in a later migration, then SET NOT NULL and drop the check",
    ),
    told(
        "adding-serial-primary-key-field",
        Error,
        Always,
        "the index of the primary key of {table} is built while reads and writes wait on {server}",
        "build a unique index with CREATE UNIQUE INDEX CONCURRENTLY, and make it the key with ADD PRIMARY KEY USING INDEX",
    ),
    told(
        "renaming-column",
        Error,
        ColumnIsRead,
        "renaming the column `{column}` of {table} breaks processes that still run the release before: their queries name it",
        SEVERAL_RELEASES,
    ),
    told(
        "renaming-table",
        Error,
        TableIsRead,
        "renaming {table} breaks processes that still run the release before: their queries name it",
        SEVERAL_RELEASES,
    ),
    told(
        "disallowed-unique-constraint",
        Error,
        Always,
        "the index of the constraint is built while reads and writes of {table} wait on {server}, and rows that are alike make it fail",
        "build a unique index with CREATE UNIQUE INDEX CONCURRENTLY, and make it the constraint with ADD CONSTRAINT ... USING INDEX",
    ),
    told(
        "ban-drop-database",
        Error,
        Always,
        "a database is dropped with all that is in it",
        "leave that to whoever runs the server: a migration is run wherever the code is installed",
    ),
    hint(
        "prefer-bigint-over-int",
        "the column holds no number above 2147483647",
        CHOICE,
    ),
    hint(
        "prefer-bigint-over-smallint",
        "the column holds no number above 32767",
        CHOICE,
    ),
    hint(
        "prefer-identity",
        "`serial` leaves a sequence of its own behind",
        "GENERATED BY DEFAULT AS IDENTITY is what Django makes since 4.1",
    ),
    by("prefer-repack", "rebuild-table"),
    left(
        "prefer-robust-stmts",
        "in a transaction nothing is left to run twice, and outside of one IF NOT EXISTS takes an index that failed halfway for a whole one",
    ),
    hint(
        "prefer-text-field",
        "the length is limited by the type",
        CHOICE,
    ),
    hint(
        "prefer-timestamp-tz",
        "the column holds moments without a time zone, which Django's `DateTimeField` never does",
        "use `timestamp with time zone`",
    ),
    hint("ban-char-field", "texts are filled up with blanks", CHOICE),
    told(
        "ban-drop-column",
        Error,
        ColumnIsRead,
        "dropping the column `{column}` of {table} breaks processes that still run the release before: their queries name it",
        STATE_FIRST,
    ),
    told(
        "ban-drop-table",
        Error,
        TableIsRead,
        "dropping {table} deletes its rows, and breaks processes of the release before that still ask for it",
        STATE_FIRST,
    ),
    told(
        "ban-drop-not-null",
        Info,
        ColumnIsRead,
        "`{column}` of {table} may be NULL from now on: code that relies on a value can meet None",
        "look through what reads the column, in this release and in the one before",
    ),
    told(
        "transaction-nesting",
        Error,
        InTransaction,
        "the transaction that Django began for the migration is not the text's to begin or end",
        "leave BEGIN, COMMIT and ROLLBACK out, or say `atomic = False` in the migration",
    ),
    told(
        "adding-required-field",
        Error,
        Always,
        "adding the column `{column}` NOT NULL without a default fails on rows of {table}, and so do INSERTs of processes that still run the release before",
        "add it with a DEFAULT, or without NOT NULL, and fill the rows in batches",
    ),
    told(
        "ban-concurrent-index-creation-in-transaction",
        Error,
        Always,
        "CONCURRENTLY is refused in a transaction, and this is run in one",
        "say `atomic = False` in the migration, and give each such statement a text of its own: several in one text are one transaction, too",
    ),
    left("unused-ignore", "about comments for squawk"),
    hint(
        "ban-create-domain-with-constraint",
        "a constraint of a domain can only be changed with a scan of every table that uses it",
        "give the constraint to the columns instead",
    ),
    told(
        "ban-alter-domain-with-add-constraint",
        Warning,
        Always,
        "every table with a column of the domain is read under a lock that keeps writes waiting on {server}",
        NOT_VALID,
    ),
    by("ban-truncate-cascade", "truncate-table"),
    by("require-timeout-settings", "MIG026"),
    told(
        "ban-uncommitted-transaction",
        Error,
        Always,
        "the transaction is begun and never ended",
        "end it with COMMIT in the same text",
    ),
    hint(
        "require-enum-value-ordering",
        "the new value comes after all others in the order of the type",
        "say BEFORE or AFTER which one it belongs",
    ),
    left(
        "require-table-schema",
        "Django names tables without their schema, and leaves it to search_path",
    ),
    told(
        "identifier-too-long",
        Warning,
        Always,
        "PostgreSQL cuts the name off after 63 bytes: it is called otherwise from then on",
        "choose a shorter name",
    ),
    told(
        "require-concurrent-partition-detach",
        Warning,
        Always,
        "reads and writes of {table} wait on {server} while the partition is detached",
        "use DETACH PARTITION ... CONCURRENTLY, alone in a `RunSQL` of a migration with `atomic = False`",
    ),
    by("require-concurrent-reindex", "rebuild-table"),
    by("require-lock-timeout", "MIG026"),
    by("require-statement-timeout", "MIG026"),
    told(
        "ban-duplicate-column-assignments",
        Error,
        Always,
        "one column is named twice, which PostgreSQL refuses",
        "name it once",
    ),
    hint(
        "ban-drop-view",
        "a view is dropped that other code may read",
        ASK_WHO_USES,
    ),
    hint(
        "ban-drop-function",
        "a function is dropped that other code, triggers or indexes may call",
        ASK_WHO_USES,
    ),
    hint(
        "ban-drop-type",
        "a type is dropped that other code may name",
        ASK_WHO_USES,
    ),
    told(
        "ban-drop-default",
        Warning,
        DatabaseFills,
        "the default of `{column}` is dropped: processes that still run the release before leave the value to the database",
        "drop it when no code that runs relies on it any more",
    ),
    hint(
        "ban-drop-trigger",
        "a trigger is dropped that rows may rely on",
        ASK_WHO_USES,
    ),
    told(
        "ban-drop-schema",
        Error,
        Always,
        "a schema is dropped with all that is in it",
        "leave that to whoever runs the server: a migration is run wherever the code is installed",
    ),
    hint(
        "ban-drop-sequence",
        "a sequence is dropped that columns or code may count with",
        ASK_WHO_USES,
    ),
    hint(
        "ban-drop-domain",
        "a domain is dropped that other code may name",
        ASK_WHO_USES,
    ),
    hint(
        "ban-drop-constraint",
        "a constraint is dropped: rows may be as nobody expects them from now on",
        ASK_WHO_USES,
    ),
    hint(
        "ban-drop-generated-expression",
        "the column is no longer worked out by the database",
        "make sure that all code writes it from now on, the release before too",
    ),
    hint(
        "renaming-object",
        "what is renamed may be named by other code",
        ASK_WHO_USES,
    ),
    told(
        "ban-set-schema",
        Error,
        TableIsRead,
        "moving {table} to another schema hides it from processes that still run the release before",
        "add the schema to `search_path` first",
    ),
    hint(
        "ban-alter-identity",
        "how the column counts changes",
        "make sure that INSERTs of the release before still work",
    ),
    hint(
        "ban-drop-extension",
        "an extension is dropped that other code may need",
        ASK_WHO_USES,
    ),
    told(
        "ban-alter-generated-expression",
        Error,
        Always,
        "{table} is written anew for the new expression, while reads and writes wait on {server}",
        "add a second column with the new expression, and drop the old one in a later release",
    ),
    left(
        "ban-drop-index",
        "said by require-concurrent-index-deletion where it locks",
    ),
    left(
        "ban-set-default",
        "INSERTs that bring the value do not hear of it",
    ),
    hint(
        "ban-disable-trigger",
        "triggers do not see the rows that are written meanwhile",
        "enable them again in the same transaction",
    ),
    hint(
        "ban-replica-identity",
        "what replicas are told of changed rows changes",
        "ask whoever runs the replication",
    ),
    hint(
        "ban-drop-policy",
        "a policy of row security is dropped",
        ACCESS,
    ),
    hint("ban-revoke", "a role loses a right", ACCESS),
    hint(
        "ban-replace-view-function",
        "a view or function that other code may use is replaced",
        ASK_WHO_USES,
    ),
    hint(
        "ban-alter-policy-condition",
        "a policy of row security changes",
        ACCESS,
    ),
    hint(
        "ban-alter-policy-roles",
        "a policy of row security changes",
        ACCESS,
    ),
    hint(
        "ban-create-policy",
        "a policy of row security comes",
        ACCESS,
    ),
    hint(
        "ban-alter-function-options",
        "how a function is run changes",
        ASK_WHO_USES,
    ),
    hint(
        "ban-alter-view-options",
        "how a view is read changes",
        ASK_WHO_USES,
    ),
    hint(
        "ban-alter-role-options",
        "what a role may do changes",
        ACCESS,
    ),
    hint(
        "ban-alter-database-options",
        "parameters of the whole database change",
        ASK_WHO_USES,
    ),
    hint(
        "ban-alter-row-level-security",
        "row security is switched",
        ACCESS,
    ),
    left(
        "ban-new-write-restriction",
        "refusing rows is what constraints are for; what locks or fails is said by other rules",
    ),
    hint(
        "ban-add-enum-value",
        "the release before may meet a value that it does not know",
        "write the new value only when all code knows it",
    ),
    hint(
        "ban-add-composite-attribute",
        "a type gets another part, which code that takes it apart does not expect",
        ASK_WHO_USES,
    ),
    left(
        "ban-add-column",
        "code that names its columns, as Django's does, does not hear of it",
    ),
    hint(
        "ban-detach-inheritance",
        "rows of the table are no longer found by way of its parent",
        ASK_WHO_USES,
    ),
    hint(
        "ban-alter-sequence-values",
        "a sequence counts otherwise from now on",
        "make sure that the next value is none that is there",
    ),
    told(
        "ban-alter-system-options",
        Error,
        Always,
        "ALTER SYSTEM changes the whole server, and is refused in a transaction",
        "leave that to whoever runs the server",
    ),
    hint(
        "ban-alter-extension",
        "an extension changes under the code that uses it",
        ASK_WHO_USES,
    ),
];

/// What luthier adds, on whatever database.
pub static OWN: &[Hazard] = &[
    told(
        "delete-all-rows",
        Warning,
        TableIsRead,
        "all rows of {table} are deleted by one statement",
        "say which rows in WHERE, and delete some thousand at a time, in a migration with `atomic = False`",
    ),
    told(
        "truncate-table",
        Warning,
        TableIsRead,
        "all rows of {table} are deleted, and nobody reads or writes it meanwhile on {server}",
        "make sure that the release before can do without them, and that a backup has them",
    ),
    told(
        "lock-table",
        Warning,
        TableIsRead,
        "{table} is locked on {server} until the migration ends",
        "let statements take the locks that they need",
    ),
    told(
        "rebuild-table",
        Error,
        Always,
        "{statement} keeps reads and writes waiting on {server} while it works through all rows",
        "leave it to whoever runs the server, with pg_repack or REINDEX ... CONCURRENTLY",
    ),
    told(
        "table-rewrite",
        Error,
        NothingElse,
        "{table} is written anew while others wait on {server}",
        "add a new column or table beside it, copy in batches, and switch in a later release",
    ),
    hint(
        "json-column",
        "values of type `json` cannot be compared: DISTINCT, GROUP BY and UNION fail on the column",
        "use `jsonb`, as Django's `JSONField` does",
    ),
];

/// What is said of a rule by its name.
pub(super) fn find(name: &str) -> Option<&'static Hazard> {
    SQUAWK.iter().chain(OWN).find(|hazard| hazard.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use luthier_source::sql;

    use super::{OWN, SQUAWK, Verdict};
    use crate::registry;

    #[test]
    fn every_rule_of_squawk_is_judged() {
        let judged: BTreeSet<&str> = SQUAWK.iter().map(|hazard| hazard.name).collect();
        let theirs = sql::lint_rules();
        let theirs: BTreeSet<&str> = theirs.iter().map(String::as_str).collect();
        assert_eq!(judged, theirs);
        assert_eq!(judged.len(), SQUAWK.len(), "none is judged twice");
        assert!(OWN.iter().all(|hazard| !theirs.contains(hazard.name)));
    }

    #[test]
    fn what_others_say_is_said_there() {
        for hazard in SQUAWK {
            if let Verdict::By(other) = hazard.verdict {
                let is_rule = registry::all().iter().any(|rule| rule.code == other);
                let is_own = OWN.iter().any(|hazard| hazard.name == other);
                assert!(is_rule || is_own, "{}: {other}", hazard.name);
            }
        }
    }
}
