//! All modules together: apps with their configuration, tasks, schedules, calls.

use luthier_source::Sources;
use rustc_hash::FxHashMap;

use super::celery::{imported_name, makes_app, seconds_between, task_decorator};
use super::{
    CallTarget, CeleryApp, CeleryConfig, ScheduleEntry, Task, TaskCall, TaskCode, TaskOption,
    TaskSystem, Tasks,
};
use crate::dependencies::Dependencies;
use crate::facts::ir::BindingKind;
use crate::facts::{CallRef, ExprRef, Stmt, is_test_path};
use crate::modules::{ClassRef, Definition, FunctionRef, ModuleId, Modules, ValueRef};
use crate::place::Place;

impl Tasks {
    /// Reads the background tasks of a project's own modules; those of tests are left out.
    pub fn link(
        sources: &Sources,
        modules: &Modules,
        own: &[ModuleId],
        dependencies: &Dependencies,
    ) -> Self {
        let is_code = |module: &ModuleId| {
            modules
                .get(*module)
                .file
                .is_some_and(|file| !is_test_path(&sources.file(file).path))
        };
        let own: Vec<ModuleId> = own.iter().copied().filter(is_code).collect();
        let mut linker = Linker {
            modules,
            tasks: Self::default(),
            by_function: FxHashMap::default(),
        };
        linker.systems(&own, dependencies);
        if linker.tasks.uses(TaskSystem::Celery) {
            for &module in &own {
                linker.apps(module);
            }
        }
        for &module in &own {
            linker.module_statements(module);
            linker.task_functions(module);
            linker.task_classes(module);
        }
        if linker.tasks.uses(TaskSystem::Celery) {
            for &module in &own {
                linker.calls(module);
            }
        }
        linker.tasks.calls.sort_by_key(|queued| queued.call);
        linker.tasks
    }
}

/// Packages by the first parts of their imports, and by the names they are installed under.
const SYSTEMS: [(TaskSystem, &[&str], &[&str]); 7] = [
    (
        TaskSystem::Celery,
        &["celery"],
        &["celery", "django-celery-beat", "django-celery-results"],
    ),
    (
        TaskSystem::DjangoQ,
        &["django_q"],
        &["django-q", "django-q2"],
    ),
    (
        TaskSystem::Dramatiq,
        &["dramatiq", "django_dramatiq"],
        &["dramatiq", "django-dramatiq"],
    ),
    (TaskSystem::Huey, &["huey"], &["huey"]),
    (
        TaskSystem::Procrastinate,
        &["procrastinate"],
        &["procrastinate"],
    ),
    (TaskSystem::Rq, &["rq", "django_rq"], &["rq", "django-rq"]),
    (
        TaskSystem::DjangoTasks,
        &["django.tasks", "django_tasks"],
        &["django-tasks"],
    ),
];

struct Linker<'a> {
    modules: &'a Modules,
    tasks: Tasks,
    by_function: FxHashMap<FunctionRef, usize>,
}

impl<'a> Linker<'a> {
    fn place(&self, module: ModuleId, span: luthier_source::Span) -> Option<Place> {
        Some(Place::new(self.modules.get(module).file?, span))
    }

    fn systems(&mut self, own: &[ModuleId], dependencies: &Dependencies) {
        for (system, packages, distributions) in SYSTEMS {
            let imported = own.iter().find_map(|&module| {
                let facts = self.modules.facts(module);
                let import = facts
                    .imports
                    .iter()
                    .filter(|import| import.level == 0)
                    .find(|import| {
                        let name = facts.text(import.module);
                        packages.iter().any(|package| {
                            name.strip_prefix(package)
                                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                        })
                    })?;
                self.place(module, import.span)
            });
            let declared = || {
                dependencies
                    .declared
                    .iter()
                    .find(|dependency| distributions.contains(&dependency.name.as_str()))
            };
            let place = imported.or_else(|| declared().map(|dependency| dependency.place));
            if place.is_some() || distributions.iter().any(|name| dependencies.has(name)) {
                self.tasks.systems.push((system, place));
            }
        }
    }

    // ---- apps ----

    fn apps(&mut self, module: ModuleId) {
        let facts = self.modules.facts(module);
        let body = facts.module();
        for binding in &body.body().bindings {
            let BindingKind::Value(expr) = binding.kind else {
                continue;
            };
            let value = body.expr(expr);
            let Some(call) = value
                .as_call()
                .filter(|call| makes_app(self.modules, module, *call))
            else {
                continue;
            };
            let value = ValueRef {
                module,
                body: body.id,
                expr,
            };
            if self.tasks.apps.iter().any(|app| app.value == value) {
                continue;
            }
            let Some(place) = self.place(module, call.expr.span()) else {
                continue;
            };
            let options = self.keyword_options(module, call);
            self.tasks.apps.push(CeleryApp {
                value,
                place,
                config: CeleryConfig::Own,
                options,
            });
        }
    }

    fn keyword_options(&self, module: ModuleId, call: CallRef<'a>) -> Vec<TaskOption> {
        let keywords = call.keywords();
        keywords
            .filter_map(|(name, value)| self.option(module, name, value))
            .collect()
    }

    fn option(&self, module: ModuleId, name: &str, value: ExprRef<'a>) -> Option<TaskOption> {
        Some(TaskOption {
            name: name.to_owned(),
            value: ValueRef::of(module, value),
            place: self.place(module, value.span())?,
        })
    }

    fn app_of(&self, module: ModuleId, expr: ExprRef<'_>) -> Option<usize> {
        match self.modules.resolve_expr(module, expr) {
            Definition::Value(value) => self.tasks.apps.iter().position(|app| app.value == value),
            _ => None,
        }
    }

    fn module_statements(&mut self, module: ModuleId) {
        let modules = self.modules;
        for statement in modules.facts(module).module().statements() {
            if let Stmt::Expr(expr) = statement.kind()
                && let Some(call) = statement.body.expr(expr).as_call()
            {
                self.configuring_call(module, call);
            } else if let Some((target, value)) = statement.assignment() {
                self.configuring_assignment(module, target, value);
            }
        }
    }

    /// `app.config_from_object(…)` and `app.conf.update(…)`.
    fn configuring_call(&mut self, module: ModuleId, call: CallRef<'a>) {
        let Some((owner, method)) = call.callee.as_attribute() else {
            return;
        };
        if method == "config_from_object" {
            if let Some(app) = self.app_of(module, owner) {
                self.read_config(module, app, call);
            }
        } else if method == "update"
            && let Some((owner, "conf")) = owner.as_attribute()
            && let Some(app) = self.app_of(module, owner)
        {
            let options = self.keyword_options(module, call);
            self.tasks.apps[app].options.extend(options);
        }
    }

    fn read_config(&mut self, module: ModuleId, app: usize, call: CallRef<'a>) {
        let Some(object) = call.argument(0, "obj") else {
            return;
        };
        let named = object
            .as_str()
            .map(str::to_owned)
            .or_else(|| imported_name(self.modules, module, object));
        let config = match named.as_deref() {
            Some("django.conf:settings" | "django.conf.settings") => {
                let namespace = call.keyword("namespace");
                match namespace.map(ExprRef::as_str) {
                    Some(None) => CeleryConfig::Unknown,
                    given => CeleryConfig::Settings {
                        namespace: given.flatten().map(str::to_owned),
                    },
                }
            }
            Some(name) => match self.modules.lookup(&name.replace(':', ".")) {
                Definition::Module(found) => {
                    let options = self.module_options(found);
                    self.tasks.apps[app].options.extend(options);
                    CeleryConfig::Module(found)
                }
                _ => CeleryConfig::Unknown,
            },
            None => CeleryConfig::Unknown,
        };
        self.tasks.apps[app].config = config;
    }

    /// The lower-case names that a configuration module assigns.
    fn module_options(&self, module: ModuleId) -> Vec<TaskOption> {
        let statements = self.modules.facts(module).module().statements();
        let assigned = statements.filter_map(|statement| statement.assignment());
        let named = assigned.filter_map(|(target, value)| Some((target.as_name()?, value)));
        named
            .filter_map(|(name, value)| self.option(module, name, value))
            .collect()
    }

    /// `app.conf.name = …`, `app.conf["name"] = …`, and beat schedules in settings.
    fn configuring_assignment(
        &mut self,
        module: ModuleId,
        target: ExprRef<'a>,
        value: ExprRef<'a>,
    ) {
        if let Some(name) = target.as_name() {
            if name.ends_with("BEAT_SCHEDULE")
                || name == "CELERYBEAT_SCHEDULE"
                || name == "beat_schedule"
            {
                self.schedule(module, value);
            }
            return;
        }
        let (conf, name) = match target.kind() {
            crate::facts::Expr::Attribute(..) => match target.as_attribute() {
                Some((conf, name)) => (conf, name),
                None => return,
            },
            crate::facts::Expr::Subscript(conf, key) => match target.at(key).as_str() {
                Some(key) => (target.at(conf), key),
                None => return,
            },
            _ => return,
        };
        let Some((owner, "conf")) = conf.as_attribute() else {
            return;
        };
        let Some(app) = self.app_of(module, owner) else {
            return;
        };
        if name == "beat_schedule" {
            self.schedule(module, value);
        }
        let option = self.option(module, name, value);
        self.tasks.apps[app].options.extend(option);
    }

    fn schedule(&mut self, module: ModuleId, value: ExprRef<'a>) {
        for (key, entry) in value.items().into_iter().flatten() {
            let Some(name) = key.and_then(ExprRef::as_str) else {
                continue;
            };
            let given = |name: &str| {
                let mut items = entry.items().into_iter().flatten();
                let found = items.find(|(key, _)| key.and_then(ExprRef::as_str) == Some(name));
                found.map(|(_, value)| value)
            };
            let task = given("task").and_then(ExprRef::as_str);
            let Some(place) = self.place(module, entry.span()) else {
                continue;
            };
            self.tasks.schedules.push(ScheduleEntry {
                name: name.to_owned(),
                task: task.map(str::to_owned),
                every: given("schedule").and_then(seconds_between),
                place,
            });
        }
    }

    // ---- tasks ----

    fn task_functions(&mut self, module: ModuleId) {
        let modules = self.modules;
        let facts = modules.facts(module);
        for id in facts.function_ids() {
            let function = facts.function(id);
            let scope = facts.body(function.scope);
            let is_app = |value| self.tasks.apps.iter().any(|app| app.value == value);
            let decorators = function
                .decorators
                .iter()
                .map(|decorator| scope.expr(*decorator));
            let Some(decorator) = decorators
                .into_iter()
                .find_map(|decorator| task_decorator(modules, module, decorator, is_app))
            else {
                continue;
            };
            let call = decorator.call();
            let Some(place) = self.place(module, function.name_span) else {
                continue;
            };
            let options = call
                .map(|call| self.keyword_options(module, call))
                .unwrap_or_default();
            let given = call
                .and_then(|call| call.keyword("name"))
                .and_then(ExprRef::as_str);
            let name = given.map_or_else(
                || format!("{}.{}", modules.get(module).name, facts.text(function.name)),
                str::to_owned,
            );
            let reference = FunctionRef {
                module,
                function: id,
            };
            self.by_function.insert(reference, self.tasks.tasks.len());
            self.tasks.tasks.push(Task {
                code: TaskCode::Function(reference),
                name,
                options,
                is_open: call.is_some_and(CallRef::is_open),
                place,
            });
        }
    }

    /// Classes below `celery.Task` that have a `run` of their own.
    fn task_classes(&mut self, module: ModuleId) {
        let modules = self.modules;
        let facts = modules.facts(module);
        for id in facts.class_ids() {
            let class = facts.class(id);
            let scope = facts.body(class.scope);
            let mut bases = class.bases.iter().filter(|base| base.keyword.is_none());
            let is_task = bases.any(|base| {
                let name = imported_name(modules, module, scope.expr(base.value));
                name.is_some_and(|name| {
                    matches!(
                        name.as_str(),
                        "celery.Task" | "celery.app.task.Task" | "celery.task.Task"
                    )
                })
            });
            let body = facts.body(class.body);
            if !is_task || body.binding("run").is_none() {
                continue;
            }
            let Some(place) = self.place(module, class.name_span) else {
                continue;
            };
            let assigned = body
                .statements()
                .filter_map(|statement| statement.assignment());
            let options: Vec<TaskOption> = assigned
                .filter_map(|(target, value)| self.option(module, target.as_name()?, value))
                .collect();
            let given = options
                .iter()
                .find(|option| option.name == "name")
                .and_then(|option| modules.value(option.value).as_str());
            let name = given.map_or_else(
                || format!("{}.{}", modules.get(module).name, facts.class_path(id)),
                str::to_owned,
            );
            self.tasks.tasks.push(Task {
                code: TaskCode::Class(ClassRef { module, class: id }),
                name,
                options,
                is_open: false,
                place,
            });
        }
    }

    // ---- calls ----

    fn calls(&mut self, module: ModuleId) {
        const METHODS: [&str; 7] = [
            "delay",
            "apply_async",
            "s",
            "si",
            "signature",
            "delay_on_commit",
            "send_task",
        ];
        let facts = self.modules.facts(module);
        if !facts.names.iter().any(|name| METHODS.contains(&name)) {
            return;
        }
        for expr in facts.body_ids().flat_map(|id| facts.body(id).exprs()) {
            let Some(call) = expr.as_call() else { continue };
            let Some((owner, method)) = call
                .callee
                .as_attribute()
                .filter(|(_, method)| METHODS.contains(method))
            else {
                continue;
            };
            let target = if method == "send_task" {
                call.argument(0, "name")
                    .and_then(ExprRef::as_str)
                    .map(|name| CallTarget::Name(name.to_owned()))
            } else {
                match self.modules.resolve_expr(module, owner) {
                    Definition::Function(function) => self
                        .by_function
                        .get(&function)
                        .map(|task| CallTarget::Task(*task)),
                    _ => None,
                }
            };
            let (Some(target), Some(place)) = (target, self.place(module, expr.span())) else {
                continue;
            };
            let call = ValueRef::of(module, expr);
            self.tasks.calls.push(TaskCall {
                target,
                method: method.to_owned(),
                call,
                place,
            });
        }
    }
}
