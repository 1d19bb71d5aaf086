//! What was measured of a case against what is predicted of it.

use std::collections::{BTreeMap, BTreeSet};

use luthier_project::django::DjangoVersion;
use luthier_project::django::operations::{
    Action, Database, Effect, Engine, Lock, Loss, Outcome, Release, Role, Statement, Touch, effect,
};
use serde::Deserialize;

use super::changes::Described;

/// What `postgresql.py` writes.
#[derive(Deserialize)]
pub(super) struct Measured {
    database: u16,
    django: (u16, u16),
    pub(super) cases: Vec<Case>,
}

/// Of one operation. What works is "works", else there is the error.
#[derive(Deserialize)]
pub(super) struct Case {
    pub(super) name: String,
    changes: Vec<Described>,
    /// Why it does not work with ordinary rows.
    fails: Option<String>,
    statements: Vec<Single>,
    /// All statements in one transaction.
    whole: Option<Tables>,
    previous: Option<BTreeMap<String, String>>,
    /// With a row that does not go with it.
    awkward: Option<String>,
    awkward_destroys: Option<bool>,
    reverse: Option<String>,
    /// Taken back with a row that the next release has written.
    later: Option<String>,
    destroys: Option<bool>,
    undo_destroys: Option<bool>,
    later_destroys: Option<bool>,
}

#[derive(Deserialize)]
struct Single {
    sql: String,
    tables: Tables,
}

type Tables = BTreeMap<String, Touched>;

#[derive(Debug, Default, Deserialize)]
struct Touched {
    /// As the manual writes it.
    lock: Option<String>,
    /// What happens to it beside, by the names in [`Touch`].
    does: BTreeSet<String>,
}

/// What differs, in words. Notes the actions of statements that were measured.
pub(super) fn differences(
    case: &Case,
    measured: &Measured,
    seen: &mut BTreeSet<Action>,
) -> Vec<String> {
    let database = Database {
        engine: Engine::PostgreSql,
        release: Some(Release(measured.database, 0, 0)),
    };
    let (major, minor) = measured.django;
    let django = DjangoVersion::new(major, minor);
    let effects: Vec<Effect> = case
        .changes
        .iter()
        .map(|described| effect(&described.change(), database, django))
        .collect();
    let mut differences = Vec::new();
    let forwards = worst(effects.iter().map(|effect| &effect.forwards));
    if case.fails.is_some() || forwards == Some(Outcome::Fails) {
        let fails = case.fails.as_deref().unwrap_or("works");
        expect(
            &mut differences,
            "with rows",
            forwards.as_ref(),
            fails,
            None,
        );
        return differences;
    }
    statements(case, &effects, seen, &mut differences);
    if let Some(whole) = &case.whole {
        compare_tables(case, &effects, whole, &mut differences);
    }
    let awkward = case.awkward.as_deref();
    expect(
        &mut differences,
        "with rows",
        forwards.as_ref(),
        "works",
        awkward,
    );
    previous(case, &effects, &mut differences);
    if let Some(reverse) = &case.reverse {
        let backwards = worst(effects.iter().map(|effect| &effect.backwards));
        let later = case.later.as_deref();
        expect(
            &mut differences,
            "taken back",
            backwards.as_ref(),
            reverse,
            later,
        );
    }
    let loses = most(effects.iter().map(|effect| &effect.loses));
    let lost = (case.destroys, case.awkward_destroys);
    expect_loss(&mut differences, "data is lost", loses.as_ref(), lost);
    let loses = most(effects.iter().map(|effect| &effect.taking_back_loses));
    let lost = (case.undo_destroys, case.later_destroys);
    expect_loss(
        &mut differences,
        "taking it back loses data",
        loses.as_ref(),
        lost,
    );
    differences
}

/// Statement by statement.
fn statements(
    case: &Case,
    effects: &[Effect],
    seen: &mut BTreeSet<Action>,
    differences: &mut Vec<String>,
) {
    let predicted: Vec<(&Described, &Statement)> = (case.changes.iter().zip(effects))
        .flat_map(|(change, effect)| effect.statements.iter().map(move |one| (change, one)))
        .collect();
    if predicted.len() != case.statements.len() {
        let actions: Vec<_> = predicted.iter().map(|(_, one)| &one.actions).collect();
        let sql: Vec<_> = case.statements.iter().map(|one| &one.sql).collect();
        differences.push(format!("predicted {actions:?}, not {sql:#?}"));
        return;
    }
    for ((change, predicted), measured) in predicted.into_iter().zip(&case.statements) {
        seen.extend(&predicted.actions);
        let mut expected = BTreeMap::new();
        add_tables(&mut expected, change, predicted);
        let what = format!("{:?} ({})", predicted.actions, measured.sql);
        compare_touches(&what, &expected, &measured.tables, differences);
    }
}

/// The sums, by table.
fn compare_tables(case: &Case, effects: &[Effect], whole: &Tables, differences: &mut Vec<String>) {
    let mut expected = BTreeMap::new();
    for (change, effect) in case.changes.iter().zip(effects) {
        for statement in &effect.statements {
            add_tables(&mut expected, change, statement);
        }
    }
    compare_touches("all together", &expected, whole, differences);
}

/// Adds what a statement does to each table that was there before.
fn add_tables(sums: &mut BTreeMap<String, Touch>, change: &Described, statement: &Statement) {
    let mut add = |role: Role, touch: Touch| {
        let tables: Vec<&String> = match role {
            Role::This => change.table.iter().collect(),
            Role::Referenced => change.referenced.iter().collect(),
            Role::ReferencedBy(column) => change.referenced_by(column).into_iter().collect(),
            Role::Referencing => change.referencing.iter().collect(),
            Role::Created => Vec::new(),
        };
        for table in tables {
            let sum = sums.entry(table.clone()).or_insert(Touch::NOTHING);
            *sum = sum.and(touch);
        }
    };
    add(statement.on, statement.touch);
    for role in &statement.with {
        add(*role, statement.touch_with);
    }
}

fn compare_touches(
    what: &str,
    expected: &BTreeMap<String, Touch>,
    measured: &Tables,
    differences: &mut Vec<String>,
) {
    let names: BTreeSet<&String> = expected.keys().chain(measured.keys()).collect();
    for name in names {
        let touch = expected.get(name).copied().unwrap_or(Touch::NOTHING);
        let nothing = Touched::default();
        let touched = measured.get(name).unwrap_or(&nothing);
        let lock = touch.lock.map(|lock| lock.map(Lock::name));
        let parts = [
            ("rewrite", touch.rewrite),
            ("scan", touch.scan),
            ("index", touch.index),
            ("update", touch.update),
        ];
        let agrees = lock.is_none_or(|said| said == touched.lock.as_deref())
            && parts.iter().all(|(part, predicted)| {
                predicted.is_none_or(|said| said == touched.does.contains(*part))
            });
        if !agrees {
            differences.push(format!(
                "{what}: {name}: predicted {touch:?}, not {touched:?}"
            ));
        }
    }
}

fn previous(case: &Case, effects: &[Effect], differences: &mut Vec<String>) {
    type Part = fn(&Effect) -> &Option<Outcome>;
    let Some(measured) = &case.previous else {
        return;
    };
    let parts: [(&str, Part); 4] = [
        ("select", |effect| &effect.previous.select),
        ("insert", |effect| &effect.previous.insert),
        ("update", |effect| &effect.previous.update),
        ("delete", |effect| &effect.previous.delete),
    ];
    for (name, part) in parts {
        let predicted = worst(effects.iter().map(part));
        let Some(plain) = measured.get(name) else {
            continue;
        };
        // The awkward value is written by an INSERT.
        let awkward = measured.get("awkward").filter(|_| name == "insert");
        let awkward = awkward.map(String::as_str);
        expect(differences, name, predicted.as_ref(), plain, awkward);
    }
}

/// The worst of several changes; unknown if one is, unless another one fails anyway.
fn worst<'o>(outcomes: impl Iterator<Item = &'o Option<Outcome>>) -> Option<Outcome> {
    let outcomes: Vec<_> = outcomes.collect();
    if outcomes.contains(&&Some(Outcome::Fails)) {
        return Some(Outcome::Fails);
    }
    let mut conditions = Vec::new();
    for outcome in outcomes {
        if let Outcome::Depends(others) = outcome.as_ref()? {
            conditions.extend(others);
        }
    }
    Some(match conditions.is_empty() {
        true => Outcome::Works,
        false => Outcome::Depends(conditions),
    })
}

fn most<'l>(losses: impl Iterator<Item = &'l Option<Loss>>) -> Option<Loss> {
    let mut most = Loss::Never;
    for loss in losses {
        match loss.as_ref()? {
            Loss::Certain => return Some(Loss::Certain),
            Loss::Of(conditions) => most = Loss::Of(conditions.clone()),
            Loss::Never => {}
        }
    }
    Some(most)
}

fn expect(
    differences: &mut Vec<String>,
    what: &str,
    predicted: Option<&Outcome>,
    plain: &str,
    awkward: Option<&str>,
) {
    let works = |text: &str| text == "works";
    let agrees = match predicted {
        None => true,
        Some(Outcome::Works) => works(plain) && awkward.is_none_or(works),
        Some(Outcome::Depends(_)) => works(plain) && !awkward.is_some_and(works),
        Some(Outcome::Fails) => !works(plain),
    };
    if !agrees {
        differences.push(format!(
            "{what}: predicted {predicted:?}, not {plain:?}, with an awkward row {awkward:?}"
        ));
    }
}

fn expect_loss(
    differences: &mut Vec<String>,
    what: &str,
    predicted: Option<&Loss>,
    (plain, awkward): (Option<bool>, Option<bool>),
) {
    let agrees = match (predicted, plain) {
        (None, _) | (_, None) => true,
        (Some(Loss::Never), Some(plain)) => !plain && awkward != Some(true),
        (Some(Loss::Certain), Some(plain)) => plain,
        // Ordinary rows may have such values or not.
        (Some(Loss::Of(_)), Some(plain)) => plain || awkward.unwrap_or(true),
    };
    if !agrees {
        differences.push(format!(
            "{what}: predicted {predicted:?}, not {plain:?}, with an awkward row {awkward:?}"
        ));
    }
}
