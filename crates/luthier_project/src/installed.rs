//! Facts of installed packages: read when first reached for, kept from run to run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use luthier_source::cache::{CacheStore, StoreKind, content_key};
use luthier_source::{InstalledFile, Seen, SitePackages};
use rustc_hash::FxHashMap;

use crate::facts::{PythonFacts, extract_python};

/// One installed module.
#[derive(Debug)]
pub struct InstalledModule {
    pub file: InstalledFile,
    facts: OnceLock<PythonFacts>,
}

/// The installed packages of one environment; shared by the projects that use it.
#[derive(Debug, Default)]
pub struct Installed {
    packages: SitePackages,
    store: Option<CacheStore>,
    reached: Mutex<FxHashMap<String, Option<Arc<InstalledModule>>>>,
    /// What the store does not have yet.
    new: Mutex<BTreeMap<u128, Vec<u8>>>,
    /// Where this run looked, and what was there; only kept where there is a store.
    seen: Mutex<BTreeMap<PathBuf, Seen>>,
}

/// Told from the keys of repository files, whose facts may leave bodies out.
const SALT: u8 = u8::MAX;

impl Installed {
    /// The packages found, with their facts in the folder `cache` where one is given.
    pub fn new(packages: SitePackages, cache: Option<&Path>) -> Self {
        let folder = packages.folders().first();
        let store = folder
            .zip(cache)
            .map(|(folder, cache)| CacheStore::open(cache, folder, StoreKind::Facts));
        let installed = Self {
            packages,
            store,
            ..Self::default()
        };
        // Their names tell the versions of what is installed.
        installed.remember(|packages| packages.folders().to_vec());
        installed
    }

    pub fn packages(&self) -> &SitePackages {
        &self.packages
    }

    /// The module with a dotted name; `None` where it is not installed as Python source. It is only
    /// looked for: most imports ask no more than whether there is such a module.
    pub fn module(&self, dotted: &str) -> Option<Arc<InstalledModule>> {
        let reached = || self.reached.lock().expect("no panic while held");
        if let Some(known) = reached().get(dotted) {
            return known.clone();
        }
        let found = self.packages.module(dotted);
        self.remember(|packages| packages.decisive(dotted, found.as_ref()));
        let found = found.map(|file| {
            Arc::new(InstalledModule {
                file,
                facts: OnceLock::new(),
            })
        });
        reached().entry(dotted.to_owned()).or_insert(found).clone()
    }

    /// Whether an installed package has a file at a path below its folder; `None` where the package
    /// is not there.
    pub fn has_file(&self, package: &str, below: &str) -> Option<bool> {
        let module = self.module(package).filter(|found| found.file.is_package)?;
        let (path, is_there) = module.file.beside(below);
        self.remember(|_| vec![path]);
        Some(is_there)
    }

    /// What is at these paths; nothing where nothing is kept.
    fn remember(&self, paths: impl FnOnce(&SitePackages) -> Vec<PathBuf>) {
        if self.store.is_none() {
            return;
        }
        let paths = paths(&self.packages);
        let mut seen = self.seen.lock().expect("no panic while held");
        for path in paths {
            seen.entry(path).or_insert_with_key(|path| Seen::now(path));
        }
    }

    /// Everything outside the repository that this run's answers hang on.
    pub fn seen(&self) -> Vec<Seen> {
        let seen = self.seen.lock().expect("no panic while held");
        seen.values().cloned().collect()
    }

    /// What a module says, read when first asked for; nothing where it cannot be read.
    pub fn facts<'m>(&self, module: &'m InstalledModule) -> &'m PythonFacts {
        module.facts.get_or_init(|| {
            let text = module.file.text().unwrap_or_default();
            self.extract(&text)
        })
    }

    fn extract(&self, text: &str) -> PythonFacts {
        let Some(store) = &self.store else {
            return extract_python("", text);
        };
        let key = content_key(text, SALT);
        if let Some(facts) = store.get(key).and_then(PythonFacts::decode) {
            return facts;
        }
        let facts = extract_python("", text);
        let mut new = self.new.lock().expect("no panic while held");
        new.insert(key, facts.encode());
        facts
    }

    /// Keeps what this run has read. What earlier runs reached and this one did not is kept too:
    /// which packages are reached depends on the rules asked.
    pub fn save(&self) {
        let Some(store) = &self.store else { return };
        let new = self.new.lock().expect("no panic while held");
        let fresh = new.iter().map(|(key, bytes)| (*key, bytes.as_slice()));
        store.add(fresh.collect());
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "the test makes an environment of its own"
)]
mod tests {
    use std::{env, fs, process};

    use super::*;

    #[test]
    fn what_one_run_read_the_next_one_finds() {
        let folder = env::temp_dir().join(format!("luthier-installed-{}", process::id()));
        let site = folder.join("site-packages");
        fs::create_dir_all(site.join("tool")).unwrap();
        fs::write(site.join("tool/__init__.py"), "class A: pass\n").unwrap();
        let cache = folder.join("cache");
        let run = || Installed::new(SitePackages::find(&folder, Some(&site)), Some(&cache));
        let first = run();
        let tool = first.module("tool").unwrap();
        let facts = first.facts(&tool);
        assert!(first.module("tool.absent").is_none());
        assert_eq!(first.has_file("tool", "__init__.py"), Some(true));
        assert_eq!(first.has_file("tool", "templates/a.html"), Some(false));
        assert_eq!(first.has_file("other", "templates/a.html"), None);
        first.save();
        let second = run();
        assert_eq!(second.facts(&second.module("tool").unwrap()), facts);
        assert!(second.new.lock().unwrap().is_empty());
        assert!(second.module("tool.absent").is_none());
        let seen = second.seen();
        assert!(!seen.is_empty() && seen.iter().all(Seen::still_holds));
        fs::write(site.join("tool/absent.py"), "").unwrap();
        assert!(!seen.iter().all(Seen::still_holds));
        fs::remove_dir_all(folder).unwrap();
    }
}
