//! Migration files that are not there yet, in the form that `makemigrations` gives them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use luthier_source::Sources;

use super::{Code, Conflict, Import, Migrations};
use crate::modules::Modules;

/// A migration file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationFile {
    /// Without the folder and `.py`.
    pub name: String,
    /// App and name of each migration that it comes after.
    pub dependencies: Vec<(Arc<str>, Arc<str>)>,
    /// Settings that name a model which it refers to.
    pub swappable: Vec<&'static str>,
    /// Whether it runs in one transaction.
    pub is_atomic: bool,
    pub operations: Vec<Code>,
    /// What stands before the class: functions that are run.
    pub definitions: Vec<Definitions>,
}

/// Code at the top of a module, with what it has to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definitions {
    pub text: String,
    pub imports: BTreeSet<Import>,
}

impl MigrationFile {
    /// A migration without operations.
    pub fn empty(name: String, dependencies: Vec<(Arc<str>, Arc<str>)>) -> Self {
        Self {
            name,
            dependencies,
            swappable: Vec::new(),
            is_atomic: true,
            operations: Vec::new(),
            definitions: Vec::new(),
        }
    }

    /// What `MigrationWriter.as_string` (Django 4.2 to 6.1) comes to without a header, laid out as
    /// Black does.
    pub fn text(&self) -> String {
        let mut text = self.imports();
        for definitions in &self.definitions {
            let _ = write!(text, "\n\n{}\n", definitions.text.trim_end());
        }
        text.push_str("\n\nclass Migration(migrations.Migration):\n");
        if !self.is_atomic {
            text.push_str("    atomic = False\n\n");
        }
        text.push_str("    dependencies = [\n");
        for setting in &self.swappable {
            let _ = writeln!(
                text,
                "        migrations.swappable_dependency(settings.{setting}),"
            );
        }
        for (app, name) in &self.dependencies {
            let _ = writeln!(text, "        (\"{app}\", \"{name}\"),");
        }
        text.push_str("    ]\n\n");
        if self.operations.is_empty() {
            text.push_str("    operations = []\n");
            return text;
        }
        text.push_str("    operations = [\n");
        for operation in &self.operations {
            let _ = writeln!(text, "        {},", operation.laid_out(2, 0, 1));
        }
        text.push_str("    ]\n");
        text
    }

    /// Plain imports and others, all by module.
    fn imports(&self) -> String {
        let mut modules: BTreeMap<&str, (bool, BTreeSet<&str>)> = BTreeMap::new();
        let mut add = |module: &'static str, name: &'static str| {
            modules.entry(module).or_default().1.insert(name);
        };
        add("django.db", "migrations");
        if !self.swappable.is_empty() {
            add("django.conf", "settings");
        }
        let operations = self.operations.iter().flat_map(|code| &code.imports);
        let definitions = self.definitions.iter().flat_map(|code| &code.imports);
        for import in operations.chain(definitions) {
            let (is_plain, names) = modules.entry(&import.module).or_default();
            match &import.name {
                Some(name) => _ = names.insert(name),
                None => *is_plain = true,
            }
        }
        let mut text = String::new();
        for (module, (is_plain, names)) in modules {
            if is_plain {
                let _ = writeln!(text, "import {module}");
            }
            if !names.is_empty() {
                let names: Vec<&str> = names.into_iter().collect();
                let _ = writeln!(text, "from {module} import {}", names.join(", "));
            }
        }
        text
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

    /// The number of an app's next migration.
    pub fn next_number(&self, app: &str) -> u32 {
        let own = self.all.iter().filter(|migration| *migration.app == *app);
        let numbers = own.filter_map(|migration| number(&migration.name));
        numbers.max().unwrap_or(0) + 1
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
        MigrationFile::empty(
            format!("{number:04}_merge{end}"),
            leaves
                .map(|leaf| (Arc::clone(&leaf.app), Arc::clone(&leaf.name)))
                .collect(),
        )
    }
}

/// The number of a migration by its name: `MigrationAutodetector.parse_number` (Django 4.2 to 6.1).
pub fn number(name: &str) -> Option<u32> {
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
