//! What names and attributes mean while URLconfs run.

use std::rc::Rc;

use super::value::{CodePlace, Frame, FrameId, Kind, ObjectId, Value};
use super::{Machine, Step, natives};
use crate::facts::ir::{BindingKind, Import, ImportContext, ImportKind};
use crate::facts::{BodyId, Expr, PythonFacts, Stmt};
use crate::modules::{ClassRef, FunctionRef, ModuleId};
use crate::routes::surroundings::Setting;

/// Methods whose call at a module's top level changes what others see: such modules have to run.
const REGISTERING: &[&str] = &[
    "add_router",
    "append",
    "extend",
    "insert",
    "register",
    "register_nested",
    "unregister",
    "update",
];

/// Names lead to names; chains longer than this are circles.
const MAX_HOPS: u32 = 32;

impl<'a> Machine<'a> {
    pub(in crate::routes) fn facts(&self, module: ModuleId) -> &'a PythonFacts {
        self.modules.facts(module)
    }

    /// What a name means in a running module or function.
    pub(in crate::routes) fn name(&mut self, frame: FrameId, name: &'a str) -> Value {
        let mut current = Some(frame);
        while let Some(id) = current {
            let frame = self.frame(id);
            if let Some(value) = frame.names.get(name) {
                return value.clone();
            }
            current = frame.parent;
        }
        let module = self.frame(frame).module;
        match self.member_if_any(module, name) {
            Some(value) => value,
            None => Value::External(Rc::from(format!("builtins.{name}"))),
        }
    }

    /// An attribute of a module.
    pub(in crate::routes) fn member(&mut self, module: ModuleId, name: &str) -> Value {
        self.member_if_any(module, name).unwrap_or(Value::Unknown)
    }

    /// An attribute of a module; `None` where it certainly has none.
    pub(in crate::routes) fn member_if_any(
        &mut self,
        module: ModuleId,
        name: &str,
    ) -> Option<Value> {
        // Modules that take a name from each other in a circle never get it.
        if !self.step() || self.hops >= MAX_HOPS {
            return Some(Value::Unknown);
        }
        self.hops += 1;
        let found = self.find_member(module, name);
        self.hops -= 1;
        found
    }

    fn find_member(&mut self, module: ModuleId, name: &str) -> Option<Value> {
        let of_module = |name: &str| format!("{}.{name}", self.modules.get(module).name);
        if natives::has_package(&self.modules.get(module).name)
            && let Some(native) = self.native(&of_module(name))
        {
            return Some(native);
        }
        if let Some(&frame) = self.running.get(&module)
            && let Some(value) = self.frame(frame).names.get(name)
        {
            return Some(value.clone());
        }
        let facts = self.facts(module);
        if let Some(binding) = facts.module().binding(name) {
            match binding.kind {
                BindingKind::Class(class) => return Some(Value::Class(ClassRef { module, class })),
                BindingKind::Function(function) => {
                    return Some(Value::Function(FunctionRef { module, function }, None));
                }
                BindingKind::Import(import) => {
                    return Some(self.imported(module, facts.import(import)));
                }
                BindingKind::Value(_) | BindingKind::Other(_)
                    if !self.running.contains_key(&module) =>
                {
                    let frame = self.run_module(module);
                    return Some(
                        self.frame(frame)
                            .names
                            .get(name)
                            .cloned()
                            .unwrap_or(Value::Unknown),
                    );
                }
                BindingKind::Value(_) | BindingKind::Other(_) => return Some(Value::Unknown),
            }
        }
        let stars = facts.imports.iter().rev();
        for import in
            stars.filter(|import| import.kind == ImportKind::Star && import.scope == BodyId::MODULE)
        {
            let Some(target) = self.modules.absolute(module, import) else {
                continue;
            };
            match self.modules.find(&target) {
                Some(target) if target != module && !name.starts_with('_') => {
                    if let Some(value) = self.member_if_any(target, name) {
                        return Some(value);
                    }
                }
                Some(_) => {}
                None => return Some(self.external(&format!("{target}.{name}"))),
            }
        }
        self.modules.find(&of_module(name)).map(Value::Module)
    }

    /// What an absolute dotted name leads to.
    pub(in crate::routes) fn lookup(&mut self, dotted: &str) -> Value {
        if let Some(native) = self.native(dotted) {
            return native;
        }
        if let Some(module) = self.modules.find(dotted) {
            return Value::Module(module);
        }
        let Some((parent, name)) = dotted.rsplit_once('.') else {
            return self.external(dotted);
        };
        match self.lookup(parent) {
            Value::External(_) => self.external(dotted),
            parent => self.attribute(&parent, name),
        }
    }

    /// What an import statement binds a name to.
    pub(in crate::routes) fn imported(&mut self, module: ModuleId, import: &Import) -> Value {
        let facts = self.facts(module);
        let Some(target) = self.modules.absolute(module, import) else {
            return Value::Unknown;
        };
        match (import.kind, import.name) {
            (ImportKind::Module, _) => self.module_or_external(facts.text(import.binds)),
            (ImportKind::From, Some(name)) => {
                let name = facts.text(name);
                let dotted = format!("{target}.{name}");
                if let Some(native) = self.native(&dotted) {
                    return native;
                }
                match self.modules.find(&target) {
                    // `from . import name` in the package itself means the submodule.
                    Some(id) if id == module => self.module_or_external(&dotted),
                    Some(id) => self.member(id, name),
                    None => self.module_or_external(&dotted),
                }
            }
            _ => self.module_or_external(&target),
        }
    }

    fn module_or_external(&mut self, dotted: &str) -> Value {
        match self.modules.find(dotted) {
            Some(id) => Value::Module(id),
            None => self.external(dotted),
        }
    }

    pub(in crate::routes) fn external(&mut self, dotted: &str) -> Value {
        self.native(dotted)
            .unwrap_or_else(|| Value::External(Rc::from(dotted)))
    }

    fn native(&mut self, dotted: &str) -> Option<Value> {
        match natives::class(dotted) {
            // Named tuples: there is no class statement to look at.
            Some("Route" | "DynamicRoute") => return Some(Value::External(Rc::from(dotted))),
            // Any other class stays what it is: its code may be there to be asked for attributes.
            Some(_) => return None,
            None => {}
        }
        Some(match natives::function(dotted)? {
            "settings" => Value::Settings,
            "admin.site" => self.default_site(),
            name => Value::Native(name),
        })
    }

    /// Runs a module once; a module that imports itself in a circle is seen half-finished, as in
    /// Python.
    pub(in crate::routes) fn run_module(&mut self, module: ModuleId) -> FrameId {
        if let Some(&frame) = self.running.get(&module) {
            return frame;
        }
        let outer = std::mem::take(&mut self.when);
        self.when.maybe = self.late.contains(&module);
        let hops = std::mem::take(&mut self.hops);
        let frame = self.frame_for(module, None);
        self.running.insert(module, frame);
        let facts = self.facts(module);
        let name = Value::str(&self.modules.get(module).name);
        self.frame_mut(frame).names.insert("__name__", name);
        self.block(frame, facts.module(), facts.module().body().top);
        self.when = outer;
        self.hops = hops;
        frame
    }

    pub(in crate::routes) fn frame_for(
        &mut self,
        module: ModuleId,
        parent: Option<FrameId>,
    ) -> FrameId {
        let base = self.when;
        self.heap.frame(Frame {
            module,
            parent,
            names: rustc_hash::FxHashMap::default(),
            receiver: None,
            base,
            returns: Vec::new(),
            yields: Vec::new(),
        })
    }

    /// Runs what an import reaches in the repository where running it changes something that
    /// others see: routers that get a viewset, admin sites that get a model.
    pub(in crate::routes) fn follow_import(&mut self, module: ModuleId, import: &Import) {
        if import.context == ImportContext::TypeChecking {
            return;
        }
        let Some(target) = self.modules.absolute(module, import) else {
            return;
        };
        if !self
            .own_packages
            .contains(target.split('.').next().unwrap_or(&target))
        {
            // Importing a package's admin registers its models.
            let name = import.name.map(|name| self.facts(module).text(name));
            let admin = match name {
                Some("admin") => Some(format!("{target}.admin")),
                _ => is_admin_module(&target).then_some(target),
            };
            if let Some(id) = admin.and_then(|admin| self.modules.find(&admin)) {
                self.run_module(id);
            }
            return;
        }
        if let Some(id) = self.modules.find(&target) {
            self.follow_module(id);
        }
        if let Some(name) = import.name {
            let submodule = format!("{target}.{}", self.facts(module).text(name));
            if let Some(id) = self.modules.find(&submodule) {
                self.follow_module(id);
            }
        }
    }

    /// Runs those modules that hand something to an object of another module and that nothing was
    /// seen to import: plugins, mostly.
    pub(in crate::routes) fn run_late(&mut self, own: &[ModuleId]) {
        for &module in own {
            let is_admin = is_admin_module(&self.modules.get(module).name);
            if !is_admin && !self.running.contains_key(&module) && self.registers_elsewhere(module)
            {
                self.late.insert(module);
                self.run_module(module);
            }
        }
    }

    /// Whether a module's own statements register something with an object that it imports from
    /// the repository.
    fn registers_elsewhere(&self, module: ModuleId) -> bool {
        let facts = self.facts(module);
        let body = facts.module();
        body.statements().any(|statement| {
            let Stmt::Expr(expr) = statement.kind() else {
                return false;
            };
            let callee = body
                .expr(expr)
                .as_call()
                .and_then(|call| call.callee.as_attribute());
            let Some((object, "register")) = callee else {
                return false;
            };
            let binding = object.as_name().and_then(|name| body.binding(name));
            let Some(BindingKind::Import(import)) = binding.map(|binding| binding.kind) else {
                return false;
            };
            let target = self
                .modules
                .absolute(module, facts.import(import))
                .unwrap_or_default();
            self.own_packages
                .contains(target.split('.').next().unwrap_or_default())
        })
    }

    pub(in crate::routes) fn follow_module(&mut self, module: ModuleId) {
        if !self.modules.is_repository(module) || !self.imported.insert(module) {
            return;
        }
        let facts = self.facts(module);
        if registers(facts) {
            self.run_module(module);
            return;
        }
        for import in facts
            .imports
            .iter()
            .filter(|import| import.scope == BodyId::MODULE)
        {
            self.follow_import(module, import);
        }
    }

    // ---- attributes ----

    /// `value.name`
    pub(in crate::routes) fn attribute(&mut self, value: &Value, name: &str) -> Value {
        if !self.step() {
            return Value::Unknown;
        }
        match value {
            Value::Module(module) => self.member(*module, name),
            Value::External(dotted) => {
                let dotted = format!("{dotted}.{name}");
                self.module_or_external(&dotted)
            }
            Value::Settings => self.setting(name),
            Value::Class(class) => self.class_attribute(*class, name),
            Value::Object(object) => self.object_attribute(*object, name),
            Value::Super { object, step } => self.attribute_from(*object, *step, name),
            Value::Pattern(pattern) => self.pattern_attribute(*pattern, name),
            Value::Str(_)
            | Value::List(_)
            | Value::Dict(_)
            | Value::Tuple(_)
            | Value::Native(_) => Value::Bound(Rc::new((value.clone(), Rc::from(name)))),
            _ => Value::Unknown,
        }
    }

    pub(in crate::routes) fn setting(&mut self, name: &str) -> Value {
        if name == "DEBUG" {
            return Value::Debug;
        }
        match self.world.setting(name) {
            Setting::Known(literal) => self.literal(literal),
            Setting::Missing | Setting::Unknown => Value::Unknown,
        }
    }

    /// An attribute of a class itself, its bases included.
    pub(in crate::routes) fn class_attribute(&mut self, class: ClassRef, name: &str) -> Value {
        match name {
            "__name__" => return Value::str(self.modules.class_name(class)),
            "__module__" => return Value::str(&self.modules.get(class.module).name),
            "_meta" => return self.options(class),
            "as_view" => return Value::Bound(Rc::new((Value::Class(class), Rc::from(name)))),
            _ => {}
        }
        self.class_attribute_if_any(class, name)
            .unwrap_or(Value::Unknown)
    }

    /// `None` where no class of the resolution order has it, and all of them are known.
    pub(in crate::routes) fn class_attribute_if_any(
        &mut self,
        class: ClassRef,
        name: &str,
    ) -> Option<Value> {
        for step in self.class_steps(class).iter() {
            match *step {
                Step::Class(class) => {
                    if let Some(value) = self.own_class_attribute(class, name) {
                        return Some(value);
                    }
                }
                Step::Native(native) => {
                    if let Some(value) = self.native_class_attribute(native, name) {
                        return Some(value);
                    }
                }
                Step::Unknown => return Some(Value::Unknown),
            }
        }
        None
    }

    /// What a class's own body binds a name to.
    pub(in crate::routes) fn own_class_attribute(
        &mut self,
        class: ClassRef,
        name: &str,
    ) -> Option<Value> {
        let known = self.class_values.get(&class);
        if let Some(value) = known.and_then(|values| values.get(name)) {
            return Some(value.clone());
        }
        let body = self.modules.class_body(class);
        let module = class.module;
        let value = match body.binding(name)?.kind {
            BindingKind::Class(class) => Value::Class(ClassRef { module, class }),
            BindingKind::Function(function) => {
                Value::Function(FunctionRef { module, function }, None)
            }
            BindingKind::Import(import) => self.imported(module, body.facts.import(import)),
            BindingKind::Value(expr) => {
                // A circle among class attributes sees what is not known yet.
                self.set_class_value(class, name, Value::Unknown);
                let outer = std::mem::take(&mut self.when);
                let frame = self.frame_for(module, None);
                self.expose_class_body(frame, class);
                let value = self.expr(frame, body.expr(expr));
                self.when = outer;
                value
            }
            BindingKind::Other(_) => Value::Unknown,
        };
        self.set_class_value(class, name, value.clone());
        Some(value)
    }

    fn set_class_value(&mut self, class: ClassRef, name: &str, value: Value) {
        let values = self.class_values.entry(class).or_default();
        values.insert(Rc::from(name), value);
    }

    /// Lets the expressions of a class body see the names that the body binds to strings and such.
    fn expose_class_body(&mut self, frame: FrameId, class: ClassRef) {
        let body = self.modules.class_body(class);
        for binding in &body.body().bindings {
            if let BindingKind::Value(expr) = binding.kind
                && matches!(
                    body.expr(expr).kind(),
                    Expr::Str(_) | Expr::Int(_) | Expr::Bool(_)
                )
            {
                let value = self.expr(frame, body.expr(expr));
                self.frame_mut(frame)
                    .names
                    .insert(body.facts.text(binding.name), value);
            }
        }
    }

    pub(in crate::routes) fn object_attribute(&mut self, object: ObjectId, name: &str) -> Value {
        if let Some(value) = self.heap.get(object).attributes.get(name) {
            return value.clone();
        }
        self.attribute_from(object, 0, name)
    }

    /// An attribute that an instance has from its class, from a step of the resolution order on.
    pub(in crate::routes) fn attribute_from(
        &mut self,
        object: ObjectId,
        first: u32,
        name: &str,
    ) -> Value {
        let steps = self.steps(object);
        for (index, step) in steps.iter().enumerate().skip(first as usize) {
            match *step {
                Step::Class(class) => match self.own_class_attribute(class, name) {
                    Some(Value::Function(function, None)) => {
                        return self.bind(object, index as u32, function);
                    }
                    Some(value) => return value,
                    None => {}
                },
                Step::Native(native) => {
                    if let Some(value) = self.native_attribute(object, native, name) {
                        return value;
                    }
                }
                Step::Unknown => return Value::Unknown,
            }
        }
        Value::Unknown
    }

    /// A function of a class as an instance sees it.
    fn bind(&mut self, object: ObjectId, step: u32, function: FunctionRef) -> Value {
        let facts = self.facts(function.module);
        let declared = facts.function(function.function);
        let scope = facts.body(declared.scope);
        let decorators = declared.decorators.iter();
        let names: Vec<_> = decorators
            .filter_map(|&decorator| scope.expr(decorator).dotted())
            .collect();
        let method = Value::Method {
            object,
            function,
            step,
        };
        if names.iter().any(|name| {
            matches!(
                name.as_str(),
                "property" | "cached_property" | "functools.cached_property"
            )
        }) {
            let place = CodePlace {
                module: function.module,
                span: declared.name_span,
            };
            return self.call_value(method, super::calls::Args::default(), place);
        }
        if names.iter().any(|name| name == "staticmethod") {
            return Value::Function(function, None);
        }
        method
    }

    /// The class whose instance an object is, where it is one of the project.
    pub(in crate::routes) fn class_of(&self, object: ObjectId) -> Option<ClassRef> {
        match self.heap.get(object).kind {
            Kind::Class(class) => Some(class),
            Kind::Native(_) => None,
        }
    }
}

fn is_admin_module(name: &str) -> bool {
    name.rsplit('.').next() == Some("admin")
}

/// Whether a module's own statements hand something to an object that others see too.
fn registers(facts: &PythonFacts) -> bool {
    let module = facts.module();
    let is_registering = |expr: crate::facts::ExprRef<'_>| {
        let callee = expr.without_call();
        callee
            .as_attribute()
            .is_some_and(|(_, name)| REGISTERING.contains(&name))
    };
    let mut statements = module.all_statements();
    let in_statement = statements.any(|statement| match statement.kind() {
        Stmt::Expr(expr) => is_registering(module.expr(expr)),
        _ => false,
    });
    in_statement
        || facts.classes.iter().any(|class| {
            class
                .decorators
                .iter()
                .any(|&decorator| is_registering(facts.body(class.scope).expr(decorator)))
        })
}
