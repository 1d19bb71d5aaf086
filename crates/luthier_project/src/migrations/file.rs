//! Migration files that are not there yet, in the form that `makemigrations` gives them.

use std::fmt::Write;
use std::sync::Arc;

use luthier_source::Sources;

use super::{Conflict, Migrations};
use crate::modules::Modules;

/// A migration file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationFile {
    /// Without the folder and `.py`.
    pub name: String,
    /// App and name of each migration that it comes after.
    pub dependencies: Vec<(Arc<str>, Arc<str>)>,
}

impl MigrationFile {
    /// What `MigrationWriter.as_string` (Django 4.2 to 6.1) comes to without a header, laid out as
    /// Black does.
    pub fn text(&self) -> String {
        let mut dependencies = String::new();
        for (app, name) in &self.dependencies {
            let _ = writeln!(dependencies, "        (\"{app}\", \"{name}\"),");
        }
        format!(
            "from django.db import migrations\n\n\n\
             class Migration(migrations.Migration):\n\
             \x20   dependencies = [\n{dependencies}    ]\n\n\
             \x20   operations = []\n"
        )
    }
}

impl Migrations {
    /// The folder that holds the migrations of an app, relative to the root; `None` where it has none.
    pub fn folder(&self, app: &str, modules: &Modules, sources: &Sources) -> Option<String> {
        let mut own = self.all.iter().filter(|migration| *migration.app == *app);
        let file = modules.get(own.next()?.module).file?;
        let (folder, _) = sources.file(file).path.rsplit_once('/')?;
        Some(folder.to_owned())
    }

    /// The migration that depends on all leaves, under the name that `makemigrations --merge` gives it
    /// (`handle_merge` of Django 4.2 to 6.1), but for the time that Django puts where the names of the
    /// leaves would be too long.
    pub fn merging(&self, conflict: &Conflict) -> MigrationFile {
        const LONGEST: usize = 47;
        let leaves = conflict.leaves.iter().map(|&id| self.get(id));
        let names: Vec<&str> = leaves.clone().map(|leaf| &*leaf.name).collect();
        let number = names.iter().filter_map(|name| number(name)).max();
        let number = number.unwrap_or(1) + 1;
        let joined = names.join("_");
        let end = match joined.len() > LONGEST {
            true => String::new(),
            false => format!("_{joined}"),
        };
        MigrationFile {
            name: format!("{number:04}_merge{end}"),
            dependencies: leaves
                .map(|leaf| (Arc::clone(&leaf.app), Arc::clone(&leaf.name)))
                .collect(),
        }
    }
}

/// The number of a migration by its name: `MigrationAutodetector.parse_number` (Django 4.2 to 6.1).
fn number(name: &str) -> Option<u32> {
    let leading = |text: &str| -> Option<u32> {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        text[..digits].parse().ok()
    };
    let mut squashed = name.rmatch_indices("_squashed_");
    let last = squashed.find_map(|(at, word)| leading(&name[at + word.len()..]));
    last.or_else(|| leading(name))
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_read_as_django_reads_them() {
        assert_eq!(number("0012_total"), Some(12));
        assert_eq!(number("0001_squashed_0012_total"), Some(12));
        assert_eq!(number("0001_squashed_0012_squashed_0020_total"), Some(20));
        assert_eq!(number("0001_squashed_all"), Some(1));
        assert_eq!(number("total_2"), None);
    }
}
