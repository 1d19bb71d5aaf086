//! Modules by dotted name, and what names in them mean.
//!
//! Repository modules are known from the start; installed packages are read when something first
//! reaches for them; where there are none, [`crate::django::stubs`] stand in.

mod builtins;
mod decided;
mod hierarchy;
mod naming;
mod resolve;
mod roots;

#[cfg(test)]
mod tests;

use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, OnceLock};

use elsa::sync::FrozenVec;
use hashbrown::HashTable;
use luthier_source::{FileId, SitePackages, Sources};
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use crate::django::stubs;
use crate::facts::ir::{Binding, BindingKind, Import};
use crate::facts::{self, BodyId, ClassId, ExprId, ExprRef, FileFacts, FunctionId, PythonFacts};
use crate::installed::{Installed, InstalledModule};

pub use hierarchy::{Ancestor, Mro};
pub use roots::ImportRoots;

/// One module, by the order in which modules were first met. Not stable from run to run for
/// modules outside the repository: never sort output by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleId(u32);

impl ModuleId {
    pub(crate) const FIRST: Self = Self(0);

    #[inline]
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// One class of one module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassRef {
    pub module: ModuleId,
    pub class: ClassId,
}

/// One function or lambda of one module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionRef {
    pub module: ModuleId,
    pub function: FunctionId,
}

/// One expression of one module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueRef {
    pub module: ModuleId,
    pub body: BodyId,
    pub expr: ExprId,
}

impl ValueRef {
    /// An expression of a module's code.
    pub fn of(module: ModuleId, expr: ExprRef<'_>) -> Self {
        Self {
            module,
            body: expr.body.id,
            expr: expr.id,
        }
    }
}

/// What a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Definition {
    Module(ModuleId),
    Class(ClassRef),
    Function(FunctionRef),
    /// What a name is assigned, where that is no mere other name for something above.
    Value(ValueRef),
    /// The dotted name of something whose code was not found; builtins are `builtins.len`.
    External(String),
    Unknown,
}

/// Where a module comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    Repository,
    /// An installed package of the project's virtual environment.
    Installed,
    /// luthier's own description of a package that is not installed.
    Builtin,
}

/// One Python module.
#[derive(Debug)]
pub struct Module {
    /// Dotted; of several names that lead to it, the one that the project imports it by.
    pub name: String,
    pub origin: Origin,
    /// Of repository modules.
    pub file: Option<FileId>,
    pub is_package: bool,
    is_migration: bool,
    is_test: bool,
    facts: Facts,
    index: OnceLock<HashTable<Binding>>,
    /// What its imports lead to, as far as that was asked for and is known.
    imported: OnceLock<Box<[OnceLock<Definition>]>>,
}

impl Module {
    fn new(
        name: String,
        origin: Origin,
        file: Option<FileId>,
        is_package: bool,
        facts: Facts,
    ) -> Self {
        Self {
            is_migration: name.split('.').any(|part| part == "migrations"),
            is_test: facts::is_test_path(&name.replace('.', "/")),
            name,
            origin,
            file,
            is_package,
            facts,
            index: OnceLock::new(),
            imported: OnceLock::new(),
        }
    }
}

/// Where a module's facts are.
#[derive(Debug)]
enum Facts {
    Repository(FileId),
    Installed(Arc<InstalledModule>),
    Builtin(&'static PythonFacts),
}

/// All modules that a project can reach.
#[derive(Debug)]
pub struct Modules {
    files: Arc<Vec<FileFacts>>,
    /// The repository's modules, which have the first ids.
    own: Vec<Module>,
    /// All others, in the order in which they were first asked for.
    met: FrozenVec<Box<Module>>,
    /// Names of repository modules; several may lead to one.
    repository: FxHashMap<Box<str>, ModuleId>,
    /// Folders of the repository that can be imported though they have no `__init__.py`.
    namespaces: FxHashSet<Box<str>>,
    by_file: FxHashMap<FileId, ModuleId>,
    /// Repository modules that are another project's.
    foreign: FxHashSet<ModuleId>,
    installed: Arc<Installed>,
    /// Names outside the repository that were asked for, and what was found.
    outside: Mutex<FxHashMap<String, Option<ModuleId>>>,
    mros: Mutex<FxHashMap<ClassRef, Arc<Mro>>>,
    /// The kind of the default database, once the settings say it.
    vendor: OnceLock<Arc<str>>,
}

impl Modules {
    /// Names the Python files of `sources` by `roots`; what else is imported comes from `installed`.
    pub fn new(
        sources: &Sources,
        files: Arc<Vec<FileFacts>>,
        roots: &ImportRoots,
        installed: Arc<Installed>,
    ) -> Self {
        let mut modules = Self {
            files,
            own: Vec::new(),
            met: FrozenVec::new(),
            repository: FxHashMap::default(),
            namespaces: FxHashSet::default(),
            by_file: FxHashMap::default(),
            foreign: FxHashSet::default(),
            installed,
            outside: Mutex::default(),
            mros: Mutex::default(),
            vendor: OnceLock::new(),
        };
        for named in naming::named(sources, roots) {
            let id = ModuleId(modules.own.len() as u32);
            modules.own.push(Module::new(
                named.name,
                Origin::Repository,
                Some(named.file),
                sources.file(named.file).path.ends_with("__init__.py"),
                Facts::Repository(named.file),
            ));
            modules.by_file.insert(named.file, id);
            if named.is_foreign {
                modules.foreign.insert(id);
            }
            for name in named.leading {
                let mut parent = name.as_str();
                while let Some((package, _)) = parent.rsplit_once('.') {
                    modules.namespaces.insert(package.into());
                    parent = package;
                }
                modules.repository.insert(name.into_boxed_str(), id);
            }
        }
        modules
    }

    /// Says what `django.db.connection.vendor` is: modules may choose by it what they define. To be
    /// said before anybody looks into such a module.
    pub fn decide_vendor(&self, vendor: Arc<str>) {
        self.vendor.get_or_init(|| vendor);
    }

    fn add(&self, module: Module) -> ModuleId {
        let index = self.met.push_get_index(Box::new(module));
        ModuleId((self.own.len() + index) as u32)
    }

    #[inline]
    pub fn get(&self, id: ModuleId) -> &Module {
        let index = id.0 as usize;
        match index.checked_sub(self.own.len()) {
            None => &self.own[index],
            Some(index) => self.met.get(index).expect("ids are only made by `add`"),
        }
    }

    #[inline]
    pub fn facts(&self, id: ModuleId) -> &PythonFacts {
        match &self.get(id).facts {
            Facts::Repository(file) => {
                let facts = self.files[file.0 as usize].python();
                facts.expect("only Python files become modules")
            }
            Facts::Installed(module) => self.installed.facts(module),
            Facts::Builtin(facts) => facts,
        }
    }

    /// The module of a repository file.
    pub fn of_file(&self, file: FileId) -> Option<ModuleId> {
        self.by_file.get(&file).copied()
    }

    /// The repository's modules, in path order.
    pub fn repository(&self) -> impl Iterator<Item = ModuleId> + '_ {
        (0..self.own.len() as u32).map(ModuleId)
    }

    /// Whether a module of the repository is another project's.
    pub fn is_foreign(&self, id: ModuleId) -> bool {
        self.foreign.contains(&id)
    }

    #[inline]
    pub fn is_repository(&self, id: ModuleId) -> bool {
        (id.0 as usize) < self.own.len()
    }

    /// Whether a module is or lies in one called `migrations`: it speaks of models as they were.
    pub fn is_migration(&self, id: ModuleId) -> bool {
        self.get(id).is_migration
    }

    /// Whether a module is one of tests, by its name.
    pub fn is_test(&self, id: ModuleId) -> bool {
        self.get(id).is_test
    }

    /// Whether a virtual environment was found: only then is an absent package really absent.
    pub fn has_packages(&self) -> bool {
        !self.installed.packages().is_empty()
    }

    pub fn packages(&self) -> &SitePackages {
        self.installed.packages()
    }

    /// Whether an installed package has a file at a path below its folder; `None` where the package
    /// is not installed.
    pub fn package_has(&self, package: &str, below: &str) -> Option<bool> {
        self.installed.has_file(package, below)
    }

    /// The module with a dotted name: of the repository, else installed, else described by luthier.
    pub fn find(&self, dotted: &str) -> Option<ModuleId> {
        if let Some(&id) = self.repository.get(dotted) {
            return Some(id);
        }
        if let Some(&known) = self
            .outside
            .lock()
            .expect("no panic while held")
            .get(dotted)
        {
            return known;
        }
        let read = self.read_outside(dotted);
        let mut outside = self.outside.lock().expect("no panic while held");
        *outside
            .entry(dotted.to_owned())
            .or_insert_with(|| read.map(|module| self.add(module)))
    }

    /// Whether a dotted name is a package of the repository without a module of its own.
    pub fn is_namespace(&self, dotted: &str) -> bool {
        self.namespaces.contains(dotted) && !self.repository.contains_key(dotted)
    }

    /// Whether a dotted name begins with a package or module of the repository.
    pub fn is_own(&self, dotted: &str) -> bool {
        let head = dotted.split('.').next().unwrap_or(dotted);
        self.repository.contains_key(head) || self.namespaces.contains(head)
    }

    fn read_outside(&self, dotted: &str) -> Option<Module> {
        let make = |facts, origin, is_package| {
            Module::new(dotted.to_owned(), origin, None, is_package, facts)
        };
        if let Some(found) = self.installed.module(dotted) {
            let is_package = found.file.is_package;
            return Some(make(Facts::Installed(found), Origin::Installed, is_package));
        }
        let (facts, is_package) = stubs::find(dotted)?;
        Some(make(Facts::Builtin(facts), Origin::Builtin, is_package))
    }

    /// The absolute dotted module that an import in `from` names; `None` where its dots lead out
    /// of the package.
    pub fn absolute(&self, from: ModuleId, import: &Import) -> Option<String> {
        let written = self.facts(from).text(import.module);
        if import.level == 0 {
            return Some(written.to_owned());
        }
        let module = self.get(from);
        let mut package = module.name.as_str();
        let mut up = import.level - u32::from(module.is_package);
        while up > 0 {
            package = package.rsplit_once('.').map_or("", |(parent, _)| parent);
            up -= 1;
            if package.is_empty() && up > 0 {
                return None;
            }
        }
        Some(match (package, written) {
            (package, "") => package.to_owned(),
            ("", written) => written.to_owned(),
            (package, written) => format!("{package}.{written}"),
        })
    }

    /// What a module's own statements bind `name` to.
    fn module_binding(&self, id: ModuleId, name: &str) -> Option<Binding> {
        let facts = self.facts(id);
        let hash = |text: &str| FxBuildHasher.hash_one(text);
        let index = self.get(id).index.get_or_init(|| {
            let bindings = &facts.module().body().bindings;
            let mut table = HashTable::with_capacity(bindings.len());
            let branches = decided::Branches::of(facts, self.vendor.get().map(|vendor| &**vendor));
            let decided = bindings
                .iter()
                .filter_map(|&binding| branches.decide(facts, binding));
            for binding in decided {
                let text = facts.text(binding.name);
                let same = |other: &Binding| other.name == binding.name;
                match table.find_mut(hash(text), same) {
                    // A binding that always runs is not replaced by one that may not.
                    Some(earlier)
                        if binding.conditional
                            && !earlier.conditional
                            && !is_stood_in(facts, *earlier, binding) => {}
                    Some(earlier) => *earlier = binding,
                    None => {
                        table.insert_unique(hash(text), binding, |other| {
                            hash(facts.text(other.name))
                        });
                    }
                }
            }
            table
        });
        index
            .find(hash(name), |binding| facts.text(binding.name) == name)
            .copied()
    }

    // ---- looking at what references name ----

    pub fn class(&self, class: ClassRef) -> &facts::ir::Class {
        self.facts(class.module).class(class.class)
    }

    pub fn function(&self, function: FunctionRef) -> &facts::ir::Function {
        self.facts(function.module).function(function.function)
    }

    pub fn class_name(&self, class: ClassRef) -> &str {
        self.facts(class.module).text(self.class(class).name)
    }

    pub fn function_name(&self, function: FunctionRef) -> &str {
        self.facts(function.module)
            .text(self.function(function).name)
    }

    #[inline]
    pub fn class_body(&self, class: ClassRef) -> facts::BodyRef<'_> {
        let facts = self.facts(class.module);
        facts.body(facts.class(class.class).body)
    }

    #[inline]
    pub fn function_body(&self, function: FunctionRef) -> facts::BodyRef<'_> {
        let facts = self.facts(function.module);
        facts.body(facts.function(function.function).body)
    }

    pub fn value(&self, value: ValueRef) -> ExprRef<'_> {
        self.facts(value.module).body(value.body).expr(value.expr)
    }

    /// The name of a class's ancestor without its module; `None` where it is not known.
    pub(crate) fn ancestor_name<'a>(&'a self, ancestor: &'a Ancestor) -> Option<&'a str> {
        match ancestor {
            Ancestor::Class(class) => Some(self.class_name(*class)),
            Ancestor::External(dotted) => dotted.rsplit('.').next(),
            Ancestor::Unknown => None,
        }
    }

    /// Whether a class is, or inherits from, one with one of these names.
    pub fn inherits_by_name(&self, class: ClassRef, names: &[&str]) -> bool {
        let mro = self.mro(class);
        let mut known = mro.ancestors.iter();
        known.any(|ancestor| {
            let name = self.ancestor_name(ancestor);
            name.is_some_and(|name| names.contains(&name))
        })
    }

    /// Module and class path, such as `shop.models.Order`.
    pub fn qualified_class(&self, class: ClassRef) -> String {
        format!(
            "{}.{}",
            self.get(class.module).name,
            self.facts(class.module).class_path(class.class)
        )
    }

    /// Module and function path, such as `shop.models.Order.total`.
    pub fn qualified_function(&self, function: FunctionRef) -> String {
        let path = self.facts(function.module).function_path(function.function);
        format!("{}.{path}", self.get(function.module).name)
    }
}

/// Whether the earlier binding is a `name = None` that stands in for a class or function that may be
/// missing.
fn is_stood_in(facts: &PythonFacts, earlier: Binding, later: Binding) -> bool {
    let is_real = matches!(
        later.kind,
        BindingKind::Class(_) | BindingKind::Function(_) | BindingKind::Import(_)
    );
    match earlier.kind {
        BindingKind::Value(value) => is_real && facts.module().expr(value).is_none(),
        _ => false,
    }
}
