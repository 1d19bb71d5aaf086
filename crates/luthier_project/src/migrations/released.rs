//! Which migrations are released: what has been run wherever the project is in use does no harm any
//! more, and a table that no release has is nobody's yet.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use luthier_source::Sources;
use luthier_source::git::{self, GitError};

use super::{MigrationId, Migrations, applied};
use crate::modules::Modules;

/// How many of the last migrations of an app are taken for recent where nothing tells what is
/// released: as many as a review looks at.
const RECENT: usize = 20;

/// What the last release had, as the user tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Since {
    /// The files of a commit, by their paths below the root.
    Commit {
        commit: String,
        files: BTreeSet<String>,
    },
    /// A migration and all that comes before it, by its app's label and its name. Of apps that it says
    /// nothing of, the usual is held.
    Migration { app: Arc<str>, name: Arc<str> },
}

impl Since {
    /// `text` names a commit that `git` knows, or a migration: `app.name`.
    pub fn read(root: &Path, text: &str) -> Result<Self, GitError> {
        match git::listed(root, text) {
            Ok(listed) => Ok(Self::Commit {
                commit: listed.commit,
                files: listed.paths,
            }),
            Err(error) => Self::migration(text).ok_or(error),
        }
    }

    fn migration(text: &str) -> Option<Self> {
        let (app, name) = text.split_once('.')?;
        let is_name = |part: &str| {
            let mut characters = part.chars();
            !part.is_empty() && characters.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
        };
        (is_name(app) && is_name(name)).then(|| Self::Migration {
            app: app.into(),
            name: name.into(),
        })
    }
}

/// What is known of each migration's age, by its place in [`Migrations::all`].
#[derive(Clone, Debug, Default)]
pub(super) struct Ages {
    /// Whether it may still be harmful to run: it is not released, or may not be.
    pub(super) is_recent: Vec<bool>,
    /// Whether it is known not to be released.
    pub(super) is_unreleased: Vec<bool>,
}

impl Ages {
    pub(super) fn of(
        migrations: &Migrations,
        modules: &Modules,
        told: Option<(&Since, &Sources)>,
    ) -> Self {
        let count = migrations.all.len();
        let last = last(migrations);
        let ages = |is_recent: Vec<bool>, is_unreleased| Self {
            is_recent,
            is_unreleased,
        };
        match told {
            None => ages(last, vec![false; count]),
            Some((Since::Commit { files, .. }, sources)) => {
                let is_new = migrations.all.iter().map(|migration| {
                    let file = modules.get(migration.module).file;
                    file.is_some_and(|file| !files.contains(&*sources.file(file).path))
                });
                let is_new: Vec<bool> = is_new.collect();
                ages(is_new.clone(), is_new)
            }
            Some((Since::Migration { app, name }, _)) => {
                let mut all = migrations.all();
                let named = all.find(|(_, it)| it.app == *app && it.name == *name);
                let released = named.map(|(id, _)| migrations.with_all_before(id));
                let released = released.unwrap_or_default();
                let of_app = |id: MigrationId| migrations.get(id).app == *app;
                let is_released = |id: MigrationId| released.contains(&id);
                let ids = || (0..count).map(|index| MigrationId(index as u32));
                ages(
                    ids()
                        .zip(last)
                        .map(|(id, is_last)| !is_released(id) && (is_last || of_app(id)))
                        .collect(),
                    ids().map(|id| !is_released(id) && of_app(id)).collect(),
                )
            }
        }
    }
}

/// Whether each migration is one of the last of its app, as far as it runs at all.
fn last(migrations: &Migrations) -> Vec<bool> {
    let mut is_last = vec![true; migrations.all.len()];
    for ids in applied::by_app(migrations).into_values() {
        for id in ids.iter().rev().skip(RECENT) {
            is_last[id.0 as usize] = false;
        }
    }
    is_last
}
