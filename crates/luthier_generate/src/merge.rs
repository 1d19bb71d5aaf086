//! `luthier migrations merge`: one migration after all the last ones of an app.

use luthier_diagnostics::NewFile;
use luthier_diagnostics::migrations::{AppMerge, MergeClash, MergeLeaf, MergeOutcome, MergeSide};
use luthier_project::Project;
use luthier_project::migrations::{Clash, ClashSide, Conflict};
use luthier_source::Sources;

/// What merging comes to for each app with several last migrations.
pub fn merges(project: &Project, sources: &Sources) -> Vec<AppMerge> {
    let conflicts = project.migrations.conflicts.iter();
    conflicts
        .filter_map(|conflict| {
            let leaves = conflict.leaves.iter().map(|&id| {
                let leaf = project.migrations.get(id);
                MergeLeaf {
                    name: leaf.name.to_string(),
                    location: leaf.place,
                }
            });
            Some(AppMerge {
                app: conflict.app.to_string(),
                leaves: leaves.collect(),
                outcome: match project.migrations.clash(conflict) {
                    Some(clash) => MergeOutcome::Clash(worded(project, &clash)),
                    None => MergeOutcome::File(file(project, sources, conflict)?),
                },
            })
        })
        .collect()
}

fn file(project: &Project, sources: &Sources, conflict: &Conflict) -> Option<NewFile> {
    let migrations = &project.migrations;
    let folder = migrations.folder(&conflict.app, &project.modules, sources)?;
    let file = migrations.merging(conflict);
    Some(NewFile {
        path: format!("{folder}/{}.py", file.name),
        text: file.text(),
    })
}

fn worded(project: &Project, clash: &Clash) -> MergeClash {
    MergeClash {
        sides: [&clash.one, &clash.other].map(|side| worded_side(project, side)),
        over: clash.is_certain.then(|| clash.over.describe()),
    }
}

fn worded_side(project: &Project, side: &ClashSide) -> MergeSide {
    let migration = project.migrations.get(side.migration);
    let step = side.step.as_deref();
    let written = step.and_then(|step| step.place(&project.modules));
    MergeSide {
        migration: format!("{}.{}", migration.app, migration.name),
        operation: step.map_or_else(
            || "does more than its operations say".to_owned(),
            |step| step.operation.describe(),
        ),
        location: written.unwrap_or(migration.place),
    }
}
