//! Which migrations are released: what has been run wherever the project is in use does no harm any
//! more, and a table that no release has is nobody's yet.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use luthier_source::Sources;
use luthier_source::git::{self, GitError};

use super::applied::Applied;
use super::file::number;
use super::operation::Operation;
use super::{MigrationId, Migrations, applied};
use crate::modules::Modules;

/// How many of the last migrations of a project are taken for recent where nothing tells what is
/// released.
const RECENT: usize = 50;

/// Days within which what a migration makes and another one alters may well be one release: about a month.
/// What that rests on is in `docs/accuracy.md`.
const LATE: i64 = 31;

/// Lines in which `makemigrations` says when it wrote a file, after one for the encoding.
const HEADER: usize = 3;

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
    /// Whether it is released, as far as the user tells.
    is_released: Vec<Option<bool>>,
    /// When it was written, where that is told.
    moments: Vec<Option<Moment>>,
}

impl Ages {
    pub(super) fn of(
        migrations: &Migrations,
        modules: &Modules,
        (since, sources): (Option<&Since>, &Sources),
    ) -> Self {
        let count = migrations.all.len();
        let moments = moments(migrations, modules, sources);
        let last = last(migrations, &moments);
        let ages = |is_recent: Vec<bool>, is_released| Self {
            is_recent,
            is_released,
            moments,
        };
        match since {
            None => ages(last, vec![None; count]),
            Some(Since::Commit { files, .. }) => {
                let is_new = migrations.all.iter().map(|migration| {
                    let file = modules.get(migration.module).file;
                    file.is_some_and(|file| !files.contains(&*sources.file(file).path))
                });
                let is_new: Vec<bool> = is_new.collect();
                let is_released = is_new.iter().map(|is_new| Some(!is_new)).collect();
                ages(is_new, is_released)
            }
            Some(Since::Migration { app, name }) => {
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
                    ids()
                        .map(|id| match is_released(id) {
                            true => Some(true),
                            false => of_app(id).then_some(false),
                        })
                        .collect(),
                )
            }
        }
    }
}

impl Ages {
    /// Whether a migration is known not to be released.
    pub(super) fn is_unreleased(&self, id: MigrationId) -> bool {
        self.is_released.get(id.0 as usize) == Some(&Some(false))
    }
}

/// When each migration was written, as far as its header or name tells.
fn moments(migrations: &Migrations, modules: &Modules, sources: &Sources) -> Vec<Option<Moment>> {
    let all = migrations.all.iter().map(|migration| {
        let file = modules.get(migration.module).file;
        let written = file.and_then(|file| Moment::of_header(&sources.file(file).text));
        written.or_else(|| Moment::of_name(&migration.name))
    });
    all.collect()
}

/// Whether each migration is one of the last of the project, as far as it runs at all.
///
/// The order in which they run on an empty database goes from app to app: which are later is told by when
/// they were written, and by what they come after. Where nothing tells, the last ones of each app are later
/// than those before them.
fn last(migrations: &Migrations, written: &[Option<Moment>]) -> Vec<bool> {
    let mut is_last = vec![true; migrations.all.len()];
    let mut since: Vec<Option<Moment>> = vec![None; migrations.all.len()];
    for (id, _) in migrations.in_order() {
        let index = id.0 as usize;
        let before = migrations.before[index].iter();
        let before = before.filter_map(|before| since[before.0 as usize]);
        since[index] = written[index].into_iter().chain(before).max();
    }
    let mut by_age: Vec<(Option<Moment>, Reverse<usize>, MigrationId)> = Vec::new();
    for ids in applied::by_app(migrations).into_values() {
        for (later, &id) in ids.iter().rev().enumerate() {
            by_age.push((since[id.0 as usize], Reverse(later), id));
        }
    }
    by_age.sort_unstable();
    for (.., id) in by_age.iter().rev().skip(RECENT) {
        is_last[id.0 as usize] = false;
    }
    is_last
}

impl Migrations {
    /// Whether what an operation alters, its table or its column, may go out with the same release: another
    /// migration that is not released made it. Where nobody tells what is, a month before is taken for that, and
    /// without dates the migration right before, if it is of the same number.
    pub fn is_of_late(&self, applied: &Applied) -> bool {
        let made = self
            .made_by(applied)
            .filter(|made| *made != applied.migration);
        let Some(made) = made else {
            return false;
        };
        if let Some(is_released) = self.ages.is_released[made.0 as usize] {
            return !is_released;
        }
        let moment = |id: MigrationId| self.ages.moments.get(id.0 as usize).copied().flatten();
        match (moment(made), moment(applied.migration)) {
            (Some(made), Some(now)) => (0..=LATE).contains(&(now.days() - made.days())),
            // Numbers of changes, as of an issue: what Django counts up is another one for each.
            (None, None) => {
                let number = |id: MigrationId| number(&self.get(id).name);
                let is_next = self.before(applied.migration).contains(&made);
                is_next && number(made).is_some() && number(made) == number(applied.migration)
            }
            _ => false,
        }
    }

    /// The migration that made the table that an operation alters, or the column, whichever is later.
    fn made_by(&self, applied: &Applied) -> Option<MigrationId> {
        let mut key = applied.before.as_ref()?.key();
        let mut column = match applied.operation() {
            Operation::RemoveField { name, .. } | Operation::AlterField { name, .. } => Some(name),
            Operation::RenameField { old_name, .. } => Some(old_name),
            _ => None,
        };
        let replayed = self.replayed();
        let start = replayed.of_migration.get(&applied.migration)?.start;
        for earlier in replayed.applied[..start].iter().rev() {
            let is_it = earlier
                .after
                .as_ref()
                .is_some_and(|after| after.key() == key);
            if !is_it {
                continue;
            }
            match earlier.operation() {
                Operation::CreateModel { .. } => return Some(earlier.migration),
                Operation::RenameModel { .. } => key = earlier.before.as_ref()?.key(),
                Operation::AddField { name, .. } if Some(name) == column => {
                    return Some(earlier.migration);
                }
                Operation::RenameField {
                    old_name, new_name, ..
                } if Some(new_name) == column => column = Some(old_name),
                _ => {}
            }
        }
        None
    }
}

/// A minute, in digits: year, month, day, hour and minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moment(u64);

impl Moment {
    /// `# Generated by Django 5.2 on 2026-03-01 12:30` (`MigrationWriter`, Django 1.9 and later).
    fn of_header(text: &str) -> Option<Self> {
        let mut lines = text.lines().take(HEADER);
        let said = lines.find_map(|line| line.strip_prefix("# Generated by Django "))?;
        let (_, moment) = said.split_once(" on ")?;
        let digits: String = moment.chars().filter(char::is_ascii_digit).collect();
        Self::of_digits(&digits)
    }

    /// `0002_auto_20260301_1230`, which a migration is called where Django finds no better name.
    fn of_name(name: &str) -> Option<Self> {
        let (_, moment) = name.split_once("_auto_")?;
        let (day, minute) = moment.split_once('_')?;
        Self::of_digits(&format!("{day}{}", minute.get(..4)?))
    }

    /// The number of the day: those of the first of March in the year 0 and after it, counted from there.
    fn days(self) -> i64 {
        let date = i64::try_from(self.0 / 10_000).unwrap_or_default();
        let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
        // A year begins with March, so that a leap day is its last.
        let (year, month) = match month {
            ..=2 => (year - 1, month + 9),
            _ => (year, month - 3),
        };
        year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1
    }

    fn of_digits(digits: &str) -> Option<Self> {
        const LENGTH: usize = 12;
        let is_whole = digits.len() == LENGTH;
        is_whole.then(|| digits.parse().ok().map(Self))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether what the second of two migrations drops may be of the release that makes it. The first makes
    /// the table, the second, written on a day, drops a column of it.
    fn is_of_late(day: &str, since: Option<Since>) -> bool {
        let head = |day: &str| format!("# Generated by Django 5.2 on {day} 10:00\n");
        is_late_after(
            (&head("2026-03-01"), "0001_initial"),
            (&head(day), "0002_note"),
            since,
        )
    }

    /// The same of migrations that begin so and are called so.
    fn is_late_after(first: (&str, &str), second: (&str, &str), since: Option<Since>) -> bool {
        let imports = "from django.db import migrations, models\n";
        let made = first.0.to_owned()
            + imports
            + "class Migration(migrations.Migration):\n    operations = [migrations.CreateModel('Order', [('id', models.AutoField(primary_key=True)), ('note', models.TextField())])]\n";
        let dropped = format!(
            "{}{imports}class Migration(migrations.Migration):\n    dependencies = [('shop', '{}')]\n    operations = [migrations.RemoveField('order', 'note')]\n",
            second.0, first.1
        );
        let path = |name: &str| format!("shop/migrations/{name}.py");
        let sources = Sources::in_memory(&[
            (
                "manage.py",
                "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n",
            ),
            ("settings.py", "INSTALLED_APPS = ['shop']\n"),
            ("shop/__init__.py", ""),
            ("shop/migrations/__init__.py", ""),
            (&path(first.1), &made),
            (&path(second.1), &dropped),
        ]);
        let options = crate::ProjectOptions {
            since: since.map(Arc::new),
            ..crate::ProjectOptions::default()
        };
        let files = crate::extract_all(&sources);
        let project = crate::Project::link_all(&sources, files, &options).swap_remove(0);
        let applied = project.migrations.applied().last();
        project
            .migrations
            .is_of_late(applied.expect("it drops a column"))
    }

    #[test]
    fn what_was_made_within_a_month_is_of_late_unless_it_is_released() {
        assert!(is_of_late("2026-04-01", None));
        assert!(!is_of_late("2026-04-02", None));
        // Written before what it alters: the dates tell nothing.
        assert!(!is_of_late("2026-02-01", None));
        let at = |paths: &[&str]| Since::Commit {
            commit: "v1".to_owned(),
            files: paths.iter().map(|path| (*path).to_owned()).collect(),
        };
        let released = at(&["shop/migrations/0001_initial.py"]);
        assert!(!is_of_late("2026-03-02", Some(released)));
        assert!(is_of_late("2026-07-01", Some(at(&[]))));
        let first = Since::read(Path::new("/nowhere"), "shop.0001_initial");
        assert!(!is_of_late(
            "2026-03-02",
            Some(first.expect("it names a migration"))
        ));
    }

    #[test]
    fn migrations_of_one_number_are_one_change_where_nothing_tells_when_they_were_written() {
        let of = |second| is_late_after(("", "11042_make"), ("", second), None);
        assert!(of("11042_note"));
        assert!(!of("11043_note"));
        assert!(!is_late_after(("", "make"), ("", "note"), None));
        let dated = "# Generated by Django 5.2 on 2026-03-01 10:00\n";
        assert!(!is_late_after(
            (dated, "11042_make"),
            ("", "11042_note"),
            None
        ));
    }

    #[test]
    fn headers_and_names_tell_the_minute() {
        let header = "# -*- coding: utf-8 -*-\n# Generated by Django 1.11 on 2018-03-01 09:05\n";
        assert_eq!(Moment::of_header(header), Some(Moment(201_803_010_905)));
        assert_eq!(
            Moment::of_header("from django.db import migrations\n"),
            None
        );
        let named = Moment::of_name("0002_auto_20180301_0905");
        assert_eq!(named, Some(Moment(201_803_010_905)));
        assert_eq!(Moment::of_name("0002_auto_increment"), None);
    }

    #[test]
    fn days_are_counted_over_leap_days_and_years() {
        let apart = |one: u64, two: u64| Moment(two).days() - Moment(one).days();
        assert_eq!(apart(202_402_282_359, 202_403_010_000), 2);
        assert_eq!(apart(202_302_282_359, 202_303_010_000), 1);
        assert_eq!(apart(202_312_310_000, 202_401_010_000), 1);
        assert_eq!(apart(202_401_010_000, 202_501_010_000), 366);
    }
}
