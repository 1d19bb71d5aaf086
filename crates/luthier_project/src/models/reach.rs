//! Which modules loading the apps runs, and which classes running a module makes.

use rustc_hash::FxHashSet;

use super::evaluate::Evaluator;
use crate::apps::{App, Apps};
use crate::facts::ir::{BindingKind, Import, ImportContext, ImportKind, Owner};
use crate::facts::{BodyId, BodyRef, PythonFacts, Run, Stmt};
use crate::modules::{ClassRef, ModuleId, Modules};

/// Modules in which models may be.
pub(super) struct Reached {
    /// Those that `django.setup()` imports.
    pub(super) loaded: Vec<ModuleId>,
    /// The other modules of the repository's apps; tests are left out.
    pub(super) others: Vec<ModuleId>,
}

pub(super) fn modules_loaded(evaluator: Evaluator<'_>, apps: &Apps) -> Reached {
    let mut walk = Walk {
        modules: evaluator.modules,
        apps,
        seen: FxHashSet::default(),
        loaded: Vec::new(),
    };
    for app in apps.iter() {
        let config = app.config.map(|config| config.module);
        for module in [app.package, config].into_iter().flatten() {
            walk.enter(module);
        }
    }
    for app in apps.iter() {
        walk.enter_all(app.models_module);
    }
    let admin = apps.by_label("admin").filter(|app| {
        let is_plain = app
            .config
            .is_none_or(|config| evaluator.modules.class_name(config) != "SimpleAdminConfig");
        is_plain && &*app.name == "django.contrib.admin"
    });
    for app in apps.iter() {
        walk.ready(app);
        if admin.is_some() {
            walk.enter_all(evaluator.modules.find(&format!("{}.admin", app.name)));
        }
    }
    let others = walk.others();
    Reached {
        loaded: walk.loaded,
        others,
    }
}

struct Walk<'a> {
    modules: &'a Modules,
    apps: &'a Apps,
    seen: FxHashSet<ModuleId>,
    loaded: Vec<ModuleId>,
}

impl Walk<'_> {
    fn enter_all(&mut self, module: Option<ModuleId>) {
        if let Some(module) = module {
            self.enter(module);
        }
    }

    /// A module and everything that running it imports; what it imports counts as loaded first.
    fn enter(&mut self, start: ModuleId) {
        if !self.seen.insert(start) {
            return;
        }
        // An explicit stack: chains of imports can be long.
        let mut stack = vec![(start, self.imported_by(start), 0)];
        while let Some((module, targets, next)) = stack.last_mut() {
            let Some(&target) = targets.get(*next) else {
                self.loaded.push(*module);
                stack.pop();
                continue;
            };
            *next += 1;
            if self.seen.insert(target) {
                let targets = self.imported_by(target);
                stack.push((target, targets, 0));
            }
        }
    }

    /// The modules that running `module` imports, as far as models may be in them.
    fn imported_by(&self, module: ModuleId) -> Vec<ModuleId> {
        let facts = self.modules.facts(module);
        let mut targets = Vec::new();
        for import in &facts.imports {
            if import.context != ImportContext::TypeChecking
                && !is_within_function(facts, import.scope)
            {
                self.targets(module, facts, import, &mut targets);
            }
        }
        targets
    }

    fn targets(
        &self,
        from: ModuleId,
        facts: &PythonFacts,
        import: &Import,
        targets: &mut Vec<ModuleId>,
    ) {
        let Some(dotted) = self.modules.absolute(from, import) else {
            return;
        };
        let name = import.name.map(|name| facts.text(name));
        if !self.modules.is_repository(from) && !self.may_hold_models(from, &dotted, name, import) {
            return;
        }
        if !self.is_of_interest(&dotted) {
            return;
        }
        // Importing `a.b.c` runs `a` and `a.b` first.
        for (dot, _) in dotted.match_indices('.') {
            targets.extend(self.of_interest(&dotted[..dot]));
        }
        targets.extend(self.of_interest(&dotted));
        if let Some(name) = name {
            targets.extend(self.of_interest(&format!("{dotted}.{name}")));
        }
    }

    /// Of installed packages only `models` modules are followed, and what they take classes from
    /// within their own app: reading whole packages would cost more than the project itself.
    fn may_hold_models(
        &self,
        from: ModuleId,
        dotted: &str,
        name: Option<&str>,
        import: &Import,
    ) -> bool {
        let Some(app) = self.apps.containing(&self.modules.get(from).name) else {
            return false;
        };
        let models = format!("{}.models", app.name);
        if dotted.starts_with(&models) {
            return true;
        }
        let is_from_models = self.modules.get(from).name.starts_with(&models);
        let takes_class = import.kind == ImportKind::Star
            || name.is_some_and(|name| name.starts_with(char::is_uppercase) || name == "models");
        is_from_models && takes_class && dotted.starts_with(&*app.name)
    }

    /// Modules of the repository, and of installed apps outside it.
    fn is_of_interest(&self, dotted: &str) -> bool {
        let head = dotted.split('.').next().unwrap_or(dotted);
        let head_is_own = self
            .modules
            .find(head)
            .is_some_and(|module| self.modules.is_repository(module))
            || self.modules.is_namespace(head);
        head_is_own || self.apps.containing(dotted).is_some()
    }

    fn of_interest(&self, dotted: &str) -> Option<ModuleId> {
        if !self.is_of_interest(dotted) {
            return None;
        }
        self.modules.find(dotted)
    }

    /// What an app's `ready()` imports.
    fn ready(&mut self, app: &App) {
        let Some(config) = app.config else {
            return;
        };
        let mut found = Vec::new();
        for &class in self.modules.mro(config).classes() {
            let Some(binding) = self.modules.class_body(class).binding("ready") else {
                continue;
            };
            if let BindingKind::Function(function) = binding.kind
                && self.modules.is_repository(class.module)
            {
                let facts = self.modules.facts(class.module);
                let body = facts.function(function).body;
                let imports = facts.imports.iter().filter(|import| import.scope == body);
                for import in imports {
                    self.targets(class.module, facts, import, &mut found);
                }
            }
            break;
        }
        for module in found {
            self.enter(module);
        }
    }

    fn others(&self) -> Vec<ModuleId> {
        let is_other = |module: &ModuleId| {
            let name = &self.modules.get(*module).name;
            !self.seen.contains(module)
                && !name.contains(".migrations.")
                && !self.modules.is_test(*module)
                && self.apps.containing(name).is_some()
        };
        self.modules.repository().filter(is_other).collect()
    }
}

fn is_within_function(facts: &PythonFacts, mut scope: BodyId) -> bool {
    while scope != BodyId::MODULE {
        let body = facts.body(scope).body();
        if matches!(body.owner, Owner::Function(_)) {
            return true;
        }
        scope = body.parent;
    }
    false
}

/// The classes that running a module makes, in order; those under conditions that are known to be
/// false are left out.
pub(super) fn classes_run(evaluator: Evaluator<'_>, module: ModuleId) -> Vec<ClassRef> {
    let facts = evaluator.modules.facts(module);
    let mut classes = Vec::new();
    if facts.classes.is_empty() {
        return classes;
    }
    let body = facts.module();
    block(evaluator, module, body, body.body().top, &mut classes);
    classes
}

fn block(
    evaluator: Evaluator<'_>,
    module: ModuleId,
    body: BodyRef<'_>,
    run: Run,
    classes: &mut Vec<ClassRef>,
) {
    let facts = evaluator.modules.facts(module);
    let body = facts.body(body.id);
    for statement in body.block(run) {
        match statement.kind() {
            Stmt::Class(class) => {
                let nested = facts.body(facts.class(class).body);
                block(evaluator, module, nested, nested.body().top, classes);
                classes.push(ClassRef { module, class });
            }
            Stmt::If {
                test,
                body: then,
                orelse,
            } => {
                let truth = evaluator.value(module, body.expr(test)).truth();
                if truth != Some(false) {
                    block(evaluator, module, body, then, classes);
                }
                if truth != Some(true) {
                    block(evaluator, module, body, orelse, classes);
                }
            }
            Stmt::With { body: inner, .. } | Stmt::For { body: inner, .. } => {
                block(evaluator, module, body, inner, classes);
            }
            Stmt::Try(index) => {
                let attempt = body.body().tries[index as usize];
                block(evaluator, module, body, attempt.body, classes);
                for handler in &body.body().handlers[attempt.handlers.range()] {
                    block(evaluator, module, body, handler.body, classes);
                }
                block(evaluator, module, body, attempt.orelse, classes);
                block(evaluator, module, body, attempt.finally, classes);
            }
            _ => {}
        }
    }
}
