//! Is the migration graph whole, without conflicts, and does no model lack a migration? Whether the
//! database has them applied, only the database can tell.

use std::collections::BTreeSet;

use super::super::answer::Answer;
use super::super::sheet::{Sheet, at};

pub(super) fn answer(sheet: Sheet<'_>) -> Answer {
    let migrations = &sheet.project.migrations;
    let mut evidence = Vec::new();
    let mut notes = Vec::new();
    if let Some(first) = migrations.conflicts.first() {
        notes.push(format!("conflict in `{}`", first.app));
    }
    for &leaf in migrations
        .conflicts
        .iter()
        .flat_map(|conflict| &conflict.leaves)
    {
        let migration = migrations.get(leaf);
        let note = format!(
            "`{}.{}` is one of several ends",
            migration.app, migration.name
        );
        evidence.push(at(migration.place, note));
    }
    if let Some(first) = migrations.missing.first() {
        let reference = &first.reference;
        notes.push(format!("`{}.{}` is missing", reference.app, reference.name));
    }
    for missing in &migrations.missing {
        let reference = &missing.reference;
        let note = format!("`{}.{}` is not there", reference.app, reference.name);
        evidence.push(at(reference.place, note));
    }
    for circle in &migrations.circles {
        let Some(first) = circle.first().map(|&id| migrations.get(id)) else {
            continue;
        };
        notes.push(format!("`{}.{}` depends on itself", first.app, first.name));
        evidence.push(at(first.place, "part of a circle"));
    }
    for unloadable in migrations.unloadable() {
        notes.push(format!(
            "a migration of `{}` cannot be loaded",
            unloadable.app
        ));
        evidence.push(at(unloadable.place, "cannot be loaded"));
    }
    let drifted = sheet.fired(&["MIG001"]);
    if !drifted.is_empty() {
        let apps: BTreeSet<&str> = drifted.iter().filter_map(|it| it.app.as_deref()).collect();
        let apps: Vec<String> = apps.iter().map(|app| format!("`{app}`")).collect();
        notes.push(format!("models of {} lack a migration", apps.join(", ")));
        evidence.extend(sheet.evidence(&["MIG001"]));
    }
    match notes.is_empty() {
        false => Answer::no(notes.join(", ")).at(evidence),
        true if migrations.all().len() == 0 => Answer::unknown("no migration was found"),
        true => Answer::unknown("no drift, no conflict; database not asked (--live)"),
    }
}
