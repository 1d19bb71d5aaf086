//! What is known to go wrong with migrations, and who says it: the tables of `docs/migrations.md`.

/// One thing that goes wrong.
pub(super) struct Risk {
    pub(super) what: &'static str,
    /// What luthier has for it.
    pub(super) here: &'static [Here],
    /// The databases where it matters.
    pub(super) databases: &'static str,
    /// Other tools, each with its names for it.
    pub(super) elsewhere: &'static [(Tool, &'static str)],
}

pub(super) enum Here {
    /// A rule by its code.
    Rule(&'static str),
    /// A rule about SQL under MIG024, by its name.
    Sql(&'static str),
    /// What is there besides, or why nothing is.
    Word(&'static str),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    Chainsaw,
    Django,
    Doctor,
    Flake8,
    Linter,
    OnePort,
    OrmLens,
    Pylint,
    Rulestamp,
    Safe,
    Squawk,
    Strong,
    Zdm,
}

impl Tool {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Chainsaw => "chainsaw",
            Self::Django => "Django",
            Self::Doctor => "migration-doctor",
            Self::Flake8 => "flake8-django-migrations",
            Self::Linter => "django-migration-linter",
            Self::OnePort => "oneport",
            Self::OrmLens => "orm-lens",
            Self::Pylint => "pylint-django",
            Self::Rulestamp => "rulestamp",
            Self::Safe => "safe-migrations",
            Self::Squawk => "squawk",
            Self::Strong => "strong_migrations",
            Self::Zdm => "zdm",
        }
    }
}

use Here::{Rule, Sql, Word};
use Tool::{
    Chainsaw, Django, Doctor, Flake8, Linter, OnePort, OrmLens, Pylint, Rulestamp, Safe, Squawk,
    Strong, Zdm,
};

/// Rules of the catalogue that rows name and that are not written yet.
pub(super) const COMING: &[&str] = &["MIG028"];

const ALL: &str = "all";
const POSTGRESQL: &str = "PostgreSQL";
const SERVERS: &str = "PostgreSQL, MySQL";

/// What other tools have rules for: all of it.
pub(super) static RISKS: &[Risk] = &[
    Risk {
        what: "a column NOT NULL comes without a default",
        here: &[Rule("MIG005"), Sql("adding-required-field")],
        databases: ALL,
        elsewhere: &[
            (Safe, "SM001"),
            (Zdm, "R010"),
            (Linter, "NOT_NULL"),
            (OrmLens, "add_field_not_null_no_default"),
            (OnePort, "OPM011"),
            (Squawk, "adding-required-field"),
            (Doctor, "SM002"),
            (Rulestamp, "5"),
            (Chainsaw, "deploy safety"),
        ],
    },
    Risk {
        what: "a column comes with a default that is worked out for each row, or that only the new release knows",
        here: &[
            Rule("MIG022"),
            Rule("MIG023"),
            Sql("adding-field-with-default"),
        ],
        databases: "PostgreSQL before 11 or volatile, MySQL",
        elsewhere: &[
            (Safe, "SM033, SM022"),
            (Squawk, "adding-field-with-default"),
            (Pylint, "W5198"),
            (Rulestamp, "4"),
            (Strong, "volatile default, expression default"),
        ],
    },
    Risk {
        what: "a unique column comes with one value for every row",
        here: &[Rule("MIG038")],
        databases: ALL,
        elsewhere: &[
            (Safe, "SM040"),
            (OrmLens, "add_field_unique_no_row_default"),
            (Rulestamp, "6"),
        ],
    },
    Risk {
        what: "a foreign key is checked, and its index built, under a lock",
        here: &[Rule("MIG015"), Sql("adding-foreign-key-constraint")],
        databases: SERVERS,
        elsewhere: &[
            (Safe, "SM005"),
            (Zdm, "R006, R018"),
            (Squawk, "adding-foreign-key-constraint"),
            (Rulestamp, "9"),
            (Strong, "adding a foreign key, a reference"),
        ],
    },
    Risk {
        what: "a many-to-many relation makes a table",
        here: &[Word(
            "`luthier migrations` shows it; nobody uses a new table yet, so no rule speaks of it",
        )],
        databases: ALL,
        elsewhere: &[(Safe, "SM023")],
    },
    Risk {
        what: "a stored generated column writes the table anew",
        here: &[
            Rule("MIG040"),
            Sql("adding-field-with-default"),
            Sql("ban-alter-generated-expression"),
        ],
        databases: SERVERS,
        elsewhere: &[(Safe, "SM041"), (Strong, "stored generated column")],
    },
    Risk {
        what: "a primary key, automatic or of several columns, comes to a table in use",
        here: &[Rule("MIG031"), Sql("adding-serial-primary-key-field")],
        databases: SERVERS,
        elsewhere: &[
            (Safe, "SM042"),
            (Squawk, "adding-serial-primary-key-field"),
            (Strong, "auto-incrementing column"),
        ],
    },
    Risk {
        what: "a column goes that the release before still reads",
        here: &[Rule("MIG006"), Sql("ban-drop-column")],
        databases: ALL,
        elsewhere: &[
            (Safe, "SM002"),
            (Zdm, "R005"),
            (Linter, "DROP_COLUMN"),
            (OrmLens, "remove_field"),
            (OnePort, "OPM001"),
            (Flake8, "DM001"),
            (Squawk, "ban-drop-column"),
            (Rulestamp, "34"),
            (Chainsaw, "deploy safety"),
            (Strong, "removing a column"),
        ],
    },
    Risk {
        what: "a table goes that the release before still reads",
        here: &[Rule("MIG008"), Sql("ban-drop-table")],
        databases: ALL,
        elsewhere: &[
            (Safe, "SM003"),
            (Zdm, "R019"),
            (Linter, "DROP_TABLE"),
            (OrmLens, "delete_model"),
            (OnePort, "OPM002"),
            (Squawk, "ban-drop-table"),
        ],
    },
    Risk {
        what: "a column is renamed",
        here: &[Rule("MIG007"), Sql("renaming-column")],
        databases: ALL,
        elsewhere: &[
            (Safe, "SM006"),
            (Zdm, "R011"),
            (Linter, "RENAME_COLUMN"),
            (OrmLens, "rename_field_rolling_deploy"),
            (OnePort, "OPM030"),
            (Doctor, "SM003"),
            (Squawk, "renaming-column"),
            (Rulestamp, "33"),
            (Strong, "renaming a column"),
        ],
    },
    Risk {
        what: "a table is renamed",
        here: &[Rule("MIG009"), Sql("renaming-table")],
        databases: ALL,
        elsewhere: &[
            (Safe, "SM014"),
            (Zdm, "R019"),
            (Linter, "RENAME_TABLE"),
            (OrmLens, "rename_model_rolling_deploy"),
            (OnePort, "OPM031"),
            (Squawk, "renaming-table"),
            (Strong, "renaming a table"),
        ],
    },
    Risk {
        what: "a column gets another type, and every row is written anew",
        here: &[Rule("MIG010"), Sql("changing-column-type")],
        databases: SERVERS,
        elsewhere: &[
            (Safe, "SM004"),
            (Linter, "ALTER_COLUMN"),
            (OrmLens, "alter_field_int_type"),
            (OnePort, "OPM010"),
            (Squawk, "changing-column-type"),
            (Rulestamp, "7, 32"),
            (Strong, "changing the type of a column"),
        ],
    },
    Risk {
        what: "a text becomes shorter",
        here: &[Rule("MIG010"), Sql("changing-column-type")],
        databases: SERVERS,
        elsewhere: &[
            (Safe, "SM013"),
            (OrmLens, "alter_field_char_length"),
            (Squawk, "prefer-text-field"),
        ],
    },
    Risk {
        what: "a column becomes NOT NULL",
        here: &[Rule("MIG011"), Sql("adding-not-nullable-field")],
        databases: SERVERS,
        elsewhere: &[
            (Safe, "SM020"),
            (Zdm, "R015"),
            (OnePort, "OPM013"),
            (Squawk, "adding-not-nullable-field"),
            (Rulestamp, "8"),
            (Strong, "setting NOT NULL"),
        ],
    },
    Risk {
        what: "a column may be NULL from now on",
        here: &[Rule("MIG032"), Sql("ban-drop-not-null")],
        databases: ALL,
        elsewhere: &[(Safe, "SM029"), (Squawk, "ban-drop-not-null")],
    },
    Risk {
        what: "a column becomes unique",
        here: &[Rule("MIG014"), Sql("disallowed-unique-constraint")],
        databases: POSTGRESQL,
        elsewhere: &[(Safe, "SM021"), (Linter, "ADD_UNIQUE")],
    },
    Risk {
        what: "an index is built while writes wait",
        here: &[Rule("MIG012"), Sql("require-concurrent-index-creation")],
        databases: POSTGRESQL,
        elsewhere: &[
            (Safe, "SM010"),
            (Zdm, "R001, R003"),
            (Linter, "CREATE_INDEX"),
            (OrmLens, "add_index_locks_table"),
            (OnePort, "OPM012"),
            (Doctor, "SM004"),
            (Squawk, "require-concurrent-index-creation"),
            (Rulestamp, "1, 31"),
            (Strong, "adding an index"),
        ],
    },
    Risk {
        what: "an index is built while an earlier statement still keeps others out",
        here: &[Rule("MIG039")],
        databases: POSTGRESQL,
        elsewhere: &[(Linter, "CREATE_INDEX_EXCLUSIVE"), (Rulestamp, "22")],
    },
    Risk {
        what: "an index is dropped while others wait",
        here: &[Rule("MIG033"), Sql("require-concurrent-index-deletion")],
        databases: POSTGRESQL,
        elsewhere: &[
            (Safe, "SM030"),
            (Zdm, "R016"),
            (Linter, "DROP_INDEX"),
            (Squawk, "require-concurrent-index-deletion"),
            (Rulestamp, "2"),
            (Strong, "removing an index"),
        ],
    },
    Risk {
        what: "REINDEX, VACUUM FULL, CLUSTER, LOCK TABLE",
        here: &[Sql("rebuild-table"), Sql("lock-table")],
        databases: POSTGRESQL,
        elsewhere: &[
            (Linter, "REINDEX"),
            (Squawk, "require-concurrent-reindex, prefer-repack"),
            (Rulestamp, "14, 15, 16, 18"),
        ],
    },
    Risk {
        what: "something concurrent in a transaction",
        here: &[
            Rule("MIG013"),
            Sql("ban-concurrent-index-creation-in-transaction"),
        ],
        databases: POSTGRESQL,
        elsewhere: &[
            (Safe, "SM018"),
            (Zdm, "R004"),
            (Squawk, "ban-concurrent-index-creation-in-transaction"),
            (Rulestamp, "3, 36"),
        ],
    },
    Risk {
        what: "a unique constraint builds its index under a lock",
        here: &[Rule("MIG014"), Sql("disallowed-unique-constraint")],
        databases: POSTGRESQL,
        elsewhere: &[
            (Safe, "SM009, SM011"),
            (Zdm, "R002"),
            (OrmLens, "alter_unique_together_lock"),
            (Squawk, "disallowed-unique-constraint"),
            (Rulestamp, "11"),
            (Strong, "adding a unique constraint"),
        ],
    },
    Risk {
        what: "`unique_together` and `index_together`, which Django leaves behind",
        here: &[Rule("MOD004")],
        databases: ALL,
        elsewhere: &[
            (Safe, "SM015"),
            (OrmLens, "alter_index_together_deprecated"),
        ],
    },
    Risk {
        what: "a check constraint is held against every row at once",
        here: &[Rule("MIG016"), Sql("constraint-missing-not-valid")],
        databases: SERVERS,
        elsewhere: &[
            (Safe, "SM017, SM047"),
            (Zdm, "R017"),
            (Squawk, "constraint-missing-not-valid"),
            (Rulestamp, "10"),
            (Strong, "adding a check constraint"),
        ],
    },
    Risk {
        what: "an exclusion constraint comes to a table in use",
        here: &[Rule("MIG017")],
        databases: POSTGRESQL,
        elsewhere: &[
            (Safe, "SM056"),
            (Zdm, "R017"),
            (Strong, "adding an exclusion constraint"),
        ],
    },
    Risk {
        what: "values of an enumerated type come or are renamed",
        here: &[
            Sql("ban-add-enum-value"),
            Sql("require-enum-value-ordering"),
            Sql("renaming-object"),
        ],
        databases: POSTGRESQL,
        elsewhere: &[
            (Safe, "SM012"),
            (Squawk, "require-enum-value-ordering"),
            (Strong, "renaming an enum value"),
        ],
    },
    Risk {
        what: "domains with constraints, detached partitions, renamed schemas",
        here: &[
            Sql("ban-create-domain-with-constraint"),
            Sql("ban-alter-domain-with-add-constraint"),
            Sql("require-concurrent-partition-detach"),
            Sql("renaming-object"),
        ],
        databases: POSTGRESQL,
        elsewhere: &[
            (
                Squawk,
                "ban-create-domain-with-constraint, ban-alter-domain-with-add-constraint, require-concurrent-partition-detach",
            ),
            (Strong, "renaming a schema"),
        ],
    },
    Risk {
        what: "`RunPython` cannot be taken back",
        here: &[Rule("MIG019")],
        databases: ALL,
        elsewhere: &[
            (Safe, "SM016"),
            (Zdm, "R012"),
            (Linter, "RUNPYTHON_REVERSIBLE"),
            (OrmLens, "runpython_no_reverse"),
            (OnePort, "OPM020"),
            (Doctor, "SM001"),
            (Pylint, "W5197"),
        ],
    },
    Risk {
        what: "`RunSQL` cannot be taken back",
        here: &[Rule("MIG019")],
        databases: ALL,
        elsewhere: &[
            (Safe, "SM007"),
            (Zdm, "R013"),
            (Linter, "RUNSQL_REVERSIBLE"),
            (OrmLens, "runsql_no_reverse"),
            (OnePort, "OPM020"),
        ],
    },
    Risk {
        what: "a data migration imports models as they are now",
        here: &[Rule("MIG020")],
        databases: ALL,
        elsewhere: &[
            (Safe, "SM037"),
            (Zdm, "R014"),
            (Linter, "RUNPYTHON_MODEL_IMPORT"),
        ],
    },
    Risk {
        what: "a data migration takes all rows at once",
        here: &[Rule("MIG021")],
        databases: ALL,
        elsewhere: &[
            (Safe, "SM008, SM026"),
            (Rulestamp, "19, 20"),
            (Strong, "backfilling data"),
        ],
    },
    Risk {
        what: "rows and schema are changed in one transaction",
        here: &[Rule("MIG018"), Rule("MIG039")],
        databases: ALL,
        elsewhere: &[(Safe, "SM038"), (OnePort, "OPM021"), (Rulestamp, "22, 35")],
    },
    Risk {
        what: "several heavy operations on one table",
        here: &[Rule("MIG034")],
        databases: ALL,
        elsewhere: &[(Safe, "SM054")],
    },
    Risk {
        what: "SQL is put together from variables",
        here: &[Rule("SEC045")],
        databases: ALL,
        elsewhere: &[(Safe, "SM024")],
    },
    Risk {
        what: "TRUNCATE, DELETE without WHERE, DROP DATABASE, DROP SCHEMA",
        here: &[
            Sql("truncate-table"),
            Sql("delete-all-rows"),
            Sql("ban-drop-database"),
            Sql("ban-drop-schema"),
        ],
        databases: ALL,
        elsewhere: &[
            (Safe, "SM048, SM050"),
            (OnePort, "OPM003"),
            (Squawk, "ban-truncate-cascade, ban-drop-database"),
            (Rulestamp, "17, 20"),
        ],
    },
    Risk {
        what: "SQL begins or ends transactions by itself",
        here: &[
            Sql("transaction-nesting"),
            Sql("ban-uncommitted-transaction"),
        ],
        databases: ALL,
        elsewhere: &[
            (Safe, "SM049"),
            (Squawk, "transaction-nesting, ban-uncommitted-transaction"),
        ],
    },
    Risk {
        what: "nothing ends the wait for a lock",
        here: &[Rule("MIG026"), Rule("OPS003")],
        databases: POSTGRESQL,
        elsewhere: &[
            (Safe, "SM035"),
            (Squawk, "require-lock-timeout, require-statement-timeout"),
            (Rulestamp, "21"),
            (Strong, "sets them"),
        ],
    },
    Risk {
        what: "SQL without IF EXISTS or IF NOT EXISTS",
        here: &[Sql("prefer-robust-stmts")],
        databases: POSTGRESQL,
        elsewhere: &[(Safe, "SM036"), (Squawk, "prefer-robust-stmts")],
    },
    Risk {
        what: "several last migrations of one app, a graph that cannot be loaded",
        here: &[Rule("MIG002"), Rule("MIG003")],
        databases: ALL,
        elsewhere: &[
            (Safe, "SM027"),
            (OrmLens, "conflicting_migration_leaves"),
            (Doctor, "CONFLICT"),
            (Django, "`makemigrations`"),
        ],
    },
    Risk {
        what: "keys of 32 bits",
        here: &[
            Rule("MIG035"),
            Rule("MOD006"),
            Sql("prefer-bigint-over-int"),
            Sql("prefer-bigint-over-smallint"),
        ],
        databases: ALL,
        elsewhere: &[
            (Safe, "SM028"),
            (
                Squawk,
                "prefer-bigint-over-int, prefer-bigint-over-smallint",
            ),
            (Django, "models.W042"),
        ],
    },
    Risk {
        what: "a foreign key without an index",
        here: &[
            Rule("ORM020"),
            Word("where queries of the project ask by it: else no index is missed"),
        ],
        databases: ALL,
        elsewhere: &[(Safe, "SM025"), (Zdm, "R007, since dropped")],
    },
    Risk {
        what: "matters of type and style in SQL",
        here: &[
            Sql("prefer-text-field"),
            Sql("prefer-identity"),
            Sql("prefer-timestamp-tz"),
            Sql("ban-char-field"),
            Sql("identifier-too-long"),
            Sql("require-table-schema"),
        ],
        databases: POSTGRESQL,
        elsewhere: &[
            (Safe, "SM019, SM031, SM032, SM034"),
            (
                Squawk,
                "prefer-text-field, prefer-identity, prefer-timestamptz, ban-char-field, identifier-too-long, require-table-schema",
            ),
        ],
    },
    Risk {
        what: "code and the migration that it needs, or both halves of a removal, in one change",
        here: &[Rule("MIG036"), Rule("MIG004")],
        databases: ALL,
        elsewhere: &[(Zdm, "R008, R009")],
    },
    Risk {
        what: "taking a migration back drops what holds data",
        here: &[Rule("MIG037")],
        databases: ALL,
        elsewhere: &[(Safe, "RV001, RV002, RV003, RV004")],
    },
    Risk {
        what: "which step of a deployment a migration belongs to",
        here: &[Word(
            "`luthier migrations` says it of each: `expand`, `contract`, `data`, `mixed`, or `any` where no database sees it",
        )],
        databases: ALL,
        elsewhere: &[(Safe, "`--classify-phase`")],
    },
    Risk {
        what: "models and migrations disagree",
        here: &[Rule("MIG001")],
        databases: ALL,
        elsewhere: &[(Django, "`makemigrations --check`"), (OrmLens, "drift")],
    },
    Risk {
        what: "`json` columns that cannot be compared; MySQL's copies under a shared lock; indexes of more than three columns; tables made by force",
        here: &[
            Rule("MIG010"),
            Rule("MIG031"),
            Rule("MIG040"),
            Sql("table-rewrite"),
            Sql("json-column"),
            Word(
                "the copies are in the tables of facts; Django makes no table by force; how many columns of an index serve is for the queries to say, and [ORM020](rules/ORM020.md) and [ORM021](rules/ORM021.md) look at those",
            ),
        ],
        databases: SERVERS,
        elsewhere: &[(
            Strong,
            "json column, algorithm and lock, index columns, force",
        )],
    },
];

/// What no other tool has a rule for.
pub(super) static ONLY_HERE: &[Risk] = &[
    only(
        "a migration that others have run already is changed or removed",
        &[Rule("MIG004")],
    ),
    only(
        "an app has so many migrations that every test run pays for them",
        &[Rule("MIG025")],
    ),
    only(
        "a many-to-many relation gets another model between",
        &[Rule("MIG027")],
    ),
    only(
        "migrations that come out otherwise on each machine or day",
        &[Rule("MIG029")],
    ),
    only(
        "whatever keeps others waiting on a table that the configuration names as large",
        &[Rule("MIG030")],
    ),
    only(
        "migrations that the database has not seen yet",
        &[Rule("MIG028")],
    ),
];

const fn only(what: &'static str, here: &'static [Here]) -> Risk {
    Risk {
        what,
        here,
        databases: ALL,
        elsewhere: &[],
    }
}
