//! Facts of installed packages: read when first reached for, kept from run to run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use luthier_source::SitePackages;
use luthier_source::cache::{CacheStore, content_key};
use rustc_hash::FxHashMap;

use crate::facts::{PythonFacts, extract_python};

/// One installed module.
#[derive(Clone, Debug)]
pub struct InstalledModule {
    pub path: PathBuf,
    pub is_package: bool,
    pub facts: Arc<PythonFacts>,
}

/// The installed packages of one environment; shared by the projects that use it.
#[derive(Debug, Default)]
pub struct Installed {
    packages: SitePackages,
    store: Option<CacheStore>,
    reached: Mutex<FxHashMap<String, Option<InstalledModule>>>,
    /// What the store does not have yet.
    new: Mutex<BTreeMap<u128, Vec<u8>>>,
}

/// Told from the keys of repository files, whose facts may leave bodies out.
const SALT: u8 = u8::MAX;

impl Installed {
    /// The packages found, with their facts in the folder `cache` where one is given.
    pub fn new(packages: SitePackages, cache: Option<&Path>) -> Self {
        let folder = packages.folders().first();
        let store = folder
            .zip(cache)
            .map(|(folder, cache)| CacheStore::open(cache, folder));
        Self {
            packages,
            store,
            ..Self::default()
        }
    }

    pub fn packages(&self) -> &SitePackages {
        &self.packages
    }

    /// The module with a dotted name; `None` where it is not installed as Python source.
    pub fn module(&self, dotted: &str) -> Option<InstalledModule> {
        let reached = || self.reached.lock().expect("no panic while held");
        if let Some(known) = reached().get(dotted) {
            return known.clone();
        }
        let read = self.packages.module(dotted).map(|found| InstalledModule {
            facts: Arc::new(self.facts(&found.text)),
            path: found.path,
            is_package: found.is_package,
        });
        reached().entry(dotted.to_owned()).or_insert(read).clone()
    }

    fn facts(&self, text: &str) -> PythonFacts {
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
        let facts = first.module("tool").unwrap().facts;
        assert!(first.module("tool.absent").is_none());
        first.save();
        let second = run();
        assert_eq!(second.module("tool").unwrap().facts, facts);
        assert!(second.new.lock().unwrap().is_empty());
        fs::remove_dir_all(folder).unwrap();
    }
}
