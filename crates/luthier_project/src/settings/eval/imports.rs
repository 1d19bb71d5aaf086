//! Imports: modules are evaluated when they are first met, as Python does.

use std::rc::Rc;
use std::sync::Arc;

use super::remembered::Watch;
use super::standard_library::is_standard_library;
use super::statements::Flow;
use super::values::{K, ScopeId, V};
use super::{Evaluator, Frame, Loaded, Outcome, Raise, Risk};
use crate::facts::StmtRef;
use crate::facts::ir::{Import, ImportKind};
use crate::modules::{ModuleId, Origin};

use crate::place::Place;
use crate::settings::What;
use crate::settings::condition::{Fact, Test, TestKind};

/// What a dotted module name leads to.
enum Found {
    /// A module of the repository, or an installed one whose names are worth evaluating.
    Module(ModuleId),
    /// Something outside, surely or probably there.
    Outside,
    /// Outside, and nothing says whether it is installed.
    Uncertain,
    /// Surely not there.
    Missing,
}

impl<'a> Evaluator<'a> {
    /// Evaluates a module, once; a module that is being evaluated is given as far as it is.
    pub(super) fn load(&mut self, module: ModuleId) -> Loaded {
        if let Some(&loaded) = self.loaded.get(&module) {
            return loaded;
        }
        self.load_packages(module);
        if let Some(&loaded) = self.loaded.get(&module) {
            return loaded;
        }
        let statements: Vec<_> = self.modules.facts(module).module().statements().collect();
        self.load_only(module, &statements)
    }

    /// Evaluates these statements of a module that was not evaluated yet, and leaves out the others.
    pub(super) fn load_only(&mut self, module: ModuleId, statements: &[StmtRef<'a>]) -> Loaded {
        let scope = self.state.new_scope();
        let mut loaded = Loaded { scope, fails: None };
        self.loaded.insert(module, loaded);
        self.load_log.push(module);
        if !self.loading_order.contains(&module) {
            self.loading_order.push(module);
        }
        let mut frame = self.module_frame(module, scope);
        let flow = stacker::maybe_grow(512 * 1024, 4 * 1024 * 1024, || {
            self.block(&mut frame, statements)
        });
        if let Flow::Raise(raise) = flow {
            loaded.fails = Some(raise.exception);
            self.loaded.insert(module, loaded);
        }
        loaded
    }

    /// The packages that a module is in run before it.
    fn load_packages(&mut self, module: ModuleId) {
        let name = &self.modules.get(module).name;
        for (at, _) in name.match_indices('.') {
            let package = self.modules.find(&name[..at]);
            if let Some(package) = package.filter(|id| self.modules.is_repository(*id)) {
                self.load(package);
            }
        }
    }

    fn find(&self, dotted: &str) -> Found {
        if let Some(id) = self.modules.find(dotted) {
            return match self.modules.get(id).origin {
                Origin::Repository => Found::Module(id),
                Origin::Installed if self.enters_packages && !dotted.starts_with("django") => {
                    Found::Module(id)
                }
                Origin::Installed => Found::Outside,
                Origin::Builtin => Found::Uncertain,
            };
        }
        let head = dotted.split('.').next().unwrap_or(dotted);
        if self.modules.is_namespace(dotted) || head == "django" || is_standard_library(head) {
            return Found::Outside;
        }
        let is_own = self.modules.is_namespace(head)
            || self
                .modules
                .find(head)
                .is_some_and(|id| self.modules.is_repository(id));
        if is_own {
            return Found::Missing;
        }
        if self.modules.has_packages() {
            let is_installed = self.modules.find(head).is_some();
            return if is_installed {
                Found::Outside
            } else {
                Found::Missing
            };
        }
        Found::Uncertain
    }

    /// A risk that only matters within a `try`: without one, the import worked.
    fn import_risk(&mut self, dotted: &str, place: Option<Place>) {
        if self.guards == 0 {
            return;
        }
        let head = dotted.split('.').next().unwrap_or(dotted);
        let text: Arc<str> = format!("{head} is installed").into();
        let safe = Test {
            key: text.clone(),
            text,
            variables: Vec::new(),
            place,
            kind: TestKind::Installed,
            compared: None,
            when_unset: None,
            parts: Vec::new(),
            beside: Vec::new(),
        };
        let safe = Fact {
            test: Arc::new(safe),
            holds: true,
        };
        self.risks.push(Risk {
            exception: "ImportError",
            safe,
            under: self.path.clone(),
        });
    }

    /// An import statement. What is missing where nothing catches that is not known: the project
    /// works, so it comes from where it is not seen.
    pub(super) fn import(&mut self, frame: &mut Frame<'a>, import: &Import) -> Outcome<()> {
        match self.try_import(frame, import) {
            Err(Raise {
                exception: "ImportError" | "ModuleNotFoundError",
            }) if self.guards == 0 => {
                let place = Self::place(frame, import.span);
                let module = frame.facts.text(import.module);
                let dots = ".".repeat(import.level as usize);
                let why: Arc<str> = format!("`{dots}{module}` is not in the repository").into();
                if import.kind == ImportKind::Star {
                    self.open_scopes.push((frame.scope(), why));
                } else {
                    let binds: Arc<str> = frame.facts.text(import.binds).into();
                    let value = V::new(K::Unknown(why), place);
                    self.assign(frame.scope_for(&binds), &binds, value, place);
                }
                Ok(())
            }
            outcome => outcome,
        }
    }

    fn try_import(&mut self, frame: &mut Frame<'a>, import: &Import) -> Outcome<()> {
        self.state.watched(Watch::lose);
        let facts = frame.facts;
        let place = Self::place(frame, import.span);
        let binds: Arc<str> = facts.text(import.binds).into();
        let Some(target) = self.modules.absolute(frame.module, import) else {
            return Err(Raise {
                exception: "ImportError",
            });
        };
        // What dots lead to is the project's own or nothing.
        let is_relative = import.level > 0;
        if is_relative && matches!(self.find(&target), Found::Uncertain) {
            self.missing(frame, &target, place);
            return Err(Raise {
                exception: "ModuleNotFoundError",
            });
        }
        match import.kind {
            ImportKind::Module | ImportKind::ModuleAs => {
                let value = self.import_module(frame, &target, place)?;
                let value = if import.kind == ImportKind::Module && target.contains('.') {
                    let head = target.split('.').next().unwrap_or(&target);
                    self.module_value(head)
                } else {
                    value
                };
                self.assign(frame.scope_for(&binds), &binds, value, place);
            }
            ImportKind::From => {
                let name = facts.text(import.name.expect("`from` imports a name"));
                self.import_name(frame, &target, name, &binds, place)?;
            }
            ImportKind::Star => self.import_star(frame, &target, place)?,
        }
        Ok(())
    }

    /// A module as a value, without saying whether it can be imported.
    fn module_value(&mut self, dotted: &str) -> V<'a> {
        match self.modules.find(dotted) {
            Some(id) if self.modules.is_repository(id) => K::Module(id).into(),
            _ => K::External(dotted.into()).into(),
        }
    }

    pub(super) fn import_module(
        &mut self,
        frame: &Frame<'a>,
        dotted: &str,
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        match self.find(dotted) {
            Found::Module(id) => {
                if let Some(exception) = self.load(id).fails {
                    return Err(Raise { exception });
                }
                Ok(V::new(K::Module(id), place))
            }
            Found::Missing => {
                self.missing(frame, dotted, place);
                Err(Raise {
                    exception: "ModuleNotFoundError",
                })
            }
            Found::Uncertain => {
                self.import_risk(dotted, place);
                Ok(V::new(K::External(dotted.into()), place))
            }
            Found::Outside => Ok(V::new(K::External(dotted.into()), place)),
        }
    }

    /// Remembers a module of the project that is imported and is not in the repository.
    pub(super) fn missing(&mut self, _frame: &Frame<'a>, dotted: &str, place: Option<Place>) {
        if !self.optional.iter().any(|(known, _)| **known == *dotted) {
            self.optional.push((dotted.into(), place));
        }
    }

    fn import_name(
        &mut self,
        frame: &mut Frame<'a>,
        target: &str,
        name: &str,
        binds: &Arc<str>,
        place: Option<Place>,
    ) -> Outcome<()> {
        let dotted = format!("{target}.{name}");
        let scope = frame.scope_for(binds);
        match self.find(target) {
            Found::Module(id) => {
                let loaded = self.load(id);
                if let Some(mut variable) = self.state.name(loaded.scope, name).cloned() {
                    let module: Arc<str> = target.into();
                    let imported = self.contribution(place, What::Imported(module));
                    Rc::make_mut(&mut variable.trail).push(imported);
                    self.state.bind(scope, binds, Some(variable));
                    return Ok(());
                }
                if let Found::Module(submodule) = self.find(&dotted) {
                    self.load(submodule);
                    self.assign(scope, binds, V::new(K::Module(submodule), place), place);
                    return Ok(());
                }
                if let Some(why) = self.is_open(loaded.scope).cloned() {
                    self.assign(scope, binds, V::new(K::Unknown(why), place), place);
                    return Ok(());
                }
                if let Some(exception) = loaded.fails {
                    return Err(Raise { exception });
                }
                // A name that the module lacks; one that is still being evaluated may get it yet.
                Err(Raise {
                    exception: "ImportError",
                })
            }
            Found::Missing => {
                self.missing(frame, &dotted, place);
                Err(Raise {
                    exception: "ModuleNotFoundError",
                })
            }
            found => {
                if matches!(found, Found::Uncertain) {
                    self.import_risk(target, place);
                }
                let is_own = matches!(self.find(&dotted), Found::Module(_));
                if self.modules.is_namespace(target) && !is_own {
                    self.missing(frame, &dotted, place);
                    return Err(Raise {
                        exception: "ImportError",
                    });
                }
                let value = if is_own {
                    self.import_module(frame, &dotted, place)?
                } else {
                    self.external_attribute(target, name, place)
                };
                self.assign(scope, binds, value, place);
                Ok(())
            }
        }
    }

    /// A name of an installed module: its value where the module only holds constants.
    pub(super) fn outside_name(&mut self, module: &str, name: &str, place: Option<Place>) -> V<'a> {
        let external = V::new(K::External(format!("{module}.{name}").into()), place);
        let is_constant = name.chars().next().is_some_and(char::is_lowercase)
            || name
                .chars()
                .all(|letter| letter.is_uppercase() || letter == '_' || letter.is_numeric());
        if !is_constant || !holds_constants(module) {
            return external;
        }
        let Some(id) = self.modules.find(module) else {
            return external;
        };
        let loaded = self.load(id);
        match self.state.name(loaded.scope, name) {
            Some(variable) => variable.value.clone().at(place),
            None => external,
        }
    }

    pub(super) fn import_star(
        &mut self,
        frame: &mut Frame<'a>,
        target: &str,
        place: Option<Place>,
    ) -> Outcome<()> {
        let scope = frame.scope();
        match self.find(target) {
            Found::Module(id) => {
                let loaded = self.load(id);
                self.take_all(scope, loaded.scope, target, place);
                match loaded.fails {
                    Some(exception) => Err(Raise { exception }),
                    None => Ok(()),
                }
            }
            Found::Missing => {
                self.missing(frame, target, place);
                Err(Raise {
                    exception: "ModuleNotFoundError",
                })
            }
            found => {
                if matches!(found, Found::Uncertain) {
                    self.import_risk(target, place);
                }
                if let Some(id) = self.modules.find(target)
                    && self.modules.get(id).origin == Origin::Installed
                {
                    let loaded = self.load(id);
                    self.take_all(scope, loaded.scope, target, place);
                    return Ok(());
                }
                let why = format!("`from {target} import *`, whose source was not found");
                self.open_scopes.push((scope, why.into()));
                Ok(())
            }
        }
    }

    /// Takes a module's public names.
    fn take_all(&mut self, into: ScopeId, from: ScopeId, target: &str, place: Option<Place>) {
        if let Some(why) = self.is_open(from).cloned() {
            self.open_scopes.push((into, why));
        }
        let listed = self
            .state
            .name(from, "__all__")
            .map(|variable| variable.value.clone());
        let listed = listed.and_then(|all| self.closed_items(&all));
        let names = match listed {
            Some(all) => all
                .iter()
                .filter_map(|name| name.as_str().cloned())
                .collect(),
            None => {
                let mut names = self.state.names(from);
                names.retain(|name| !name.starts_with('_'));
                names
            }
        };
        let module: Arc<str> = target.into();
        for name in names {
            let Some(mut variable) = self.state.name(from, &name).cloned() else {
                continue;
            };
            let imported = self.contribution(place, What::Imported(module.clone()));
            Rc::make_mut(&mut variable.trail).push(imported);
            variable.value = self.select(variable.value);
            self.state.bind(into, &name, Some(variable));
        }
    }

    /// Runs a file's statements among the names of another, as `exec` and split settings do.
    pub(super) fn run_within(&mut self, module: ModuleId, scopes: &[ScopeId]) -> Outcome<()> {
        let mut frame = self.module_frame(module, scopes[0]);
        frame.scopes = vec![*scopes.last().expect("a frame has its module's scope")];
        if self.calls > super::MAX_CALLS {
            return Ok(());
        }
        self.calls += 1;
        if !self.loading_order.contains(&module) {
            self.loading_order.push(module);
        }
        let statements: Vec<_> = frame.facts.module().statements().collect();
        let flow = stacker::maybe_grow(512 * 1024, 4 * 1024 * 1024, || {
            self.block(&mut frame, &statements)
        });
        self.calls -= 1;
        match flow {
            Flow::Raise(raise) => Err(raise),
            _ => Ok(()),
        }
    }
}

/// Modules of packages that hold settings and nothing that is costly to evaluate.
fn holds_constants(module: &str) -> bool {
    let last = module.rsplit('.').next().unwrap_or(module);
    matches!(
        last,
        "defaults" | "global_settings" | "constants" | "default_settings" | "settings" | "conf"
    ) || last.starts_with("settings_")
}
