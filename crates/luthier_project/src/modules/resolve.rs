//! What a dotted name means at a place.

use std::sync::OnceLock;

use super::{ClassRef, Definition, FunctionRef, ModuleId, Modules, Origin, ValueRef, builtins};
use crate::facts::ir::{Binding, BindingKind, ImportKind, Owner};
use crate::facts::{BodyId, BodyRef, ExprRef, ImportId};

/// Names lead to names; chains longer than this are circles.
const MAX_HOPS: u32 = 32;

/// Who has this many hops left is told what an import leads to with one less, however many they are: what is
/// remembered then does not hang on who asked first. Who has fewer is told nothing that is remembered.
const NEAR: u32 = 28;

impl Modules {
    /// What an absolute dotted name means, such as `django.db.models.CharField`.
    pub fn lookup(&self, dotted: &str) -> Definition {
        self.lookup_within(dotted, MAX_HOPS)
    }

    /// What a dotted name means at the top level of a module.
    pub fn resolve(&self, module: ModuleId, dotted: &str) -> Definition {
        self.resolve_in(module, BodyId::MODULE, dotted)
    }

    /// What a dotted name means in a scope: its own names, those of the functions around it, the
    /// module's, then builtins.
    pub fn resolve_in(&self, module: ModuleId, scope: BodyId, dotted: &str) -> Definition {
        self.resolve_within(module, scope, dotted, MAX_HOPS)
    }

    /// What a name or attribute expression means; unknown for all other expressions.
    pub fn resolve_expr(&self, module: ModuleId, expr: ExprRef<'_>) -> Definition {
        match expr.dotted() {
            Some(dotted) => self.resolve_in(module, self.scope_of(module, expr), &dotted),
            None => Definition::Unknown,
        }
    }

    /// The scope in which the name at the head of an expression is looked up. What a class body
    /// binds further down is not there yet: the name is the one around the class then.
    fn scope_of(&self, module: ModuleId, expr: ExprRef<'_>) -> BodyId {
        let own = expr.body;
        let is_class = |body: BodyRef<'_>| matches!(body.owner(), Owner::Class(_));
        if !is_class(own) {
            return own.id;
        }
        let facts = self.facts(module);
        let at = expr.span().start;
        let begins_later = |binding: &Binding| match binding.kind {
            BindingKind::Value(value) => own.expr(value).span().end > at,
            BindingKind::Function(function) => facts.function(function).span.start > at,
            BindingKind::Class(class) => facts.class(class).span.start > at,
            BindingKind::Import(_) | BindingKind::Other(_) => false,
        };
        let bindings = own.body().bindings.iter();
        let mut of_head = bindings.filter(|it| Some(it.name) == expr.head());
        let is_bound_later = of_head.next().is_some_and(begins_later) && of_head.all(begins_later);
        let mut scope = own;
        while is_bound_later && is_class(scope) {
            scope = facts.body(scope.body().parent);
        }
        scope.id
    }

    /// The full dotted name of what an expression means, whether its code was found or not:
    /// `django.db.models.fields.CharField` where it was, as imported where it was not.
    pub fn qualified_expr(&self, module: ModuleId, expr: ExprRef<'_>) -> Option<String> {
        self.qualified(&self.resolve_expr(module, expr))
    }

    /// Whether an expression is `django.conf.settings`.
    pub fn is_settings(&self, module: ModuleId, expr: ExprRef<'_>) -> bool {
        if expr
            .dotted()
            .is_none_or(|dotted| !dotted.ends_with("settings"))
        {
            return false;
        }
        match self.resolve_expr(module, expr) {
            Definition::Value(value) => self.get(value.module).name == "django.conf",
            Definition::External(name) => name == "django.conf.settings",
            _ => false,
        }
    }

    /// The full dotted name of a definition.
    pub fn qualified(&self, definition: &Definition) -> Option<String> {
        match definition {
            Definition::Module(id) => Some(self.get(*id).name.clone()),
            Definition::Class(class) => Some(self.qualified_class(*class)),
            Definition::Function(function) => Some(self.qualified_function(*function)),
            Definition::External(name) => Some(name.clone()),
            Definition::Value(_) | Definition::Unknown => None,
        }
    }

    /// A name of a module, as `from module import name` finds it.
    pub fn member(&self, module: ModuleId, name: &str) -> Definition {
        self.member_within(module, name, MAX_HOPS)
    }

    fn lookup_within(&self, dotted: &str, hops: u32) -> Definition {
        if let Some(id) = self.find(dotted) {
            return Definition::Module(id);
        }
        let mut end = dotted.len();
        while let Some(dot) = dotted[..end].rfind('.') {
            if let Some(id) = self.find(&dotted[..dot]) {
                return self.follow(Definition::Module(id), &dotted[dot + 1..], hops);
            }
            end = dot;
        }
        let head = dotted.split('.').next().unwrap_or(dotted);
        if self.is_namespace(head) {
            Definition::Unknown
        } else {
            Definition::External(dotted.to_owned())
        }
    }

    fn resolve_within(
        &self,
        module: ModuleId,
        scope: BodyId,
        dotted: &str,
        hops: u32,
    ) -> Definition {
        let Some(hops) = hops.checked_sub(1) else {
            return Definition::Unknown;
        };
        let (head, tail) = dotted.split_once('.').unwrap_or((dotted, ""));
        let found = self.name_in_scope(module, scope, head, hops);
        self.follow(found, tail, hops)
    }

    fn name_in_scope(&self, module: ModuleId, scope: BodyId, name: &str, hops: u32) -> Definition {
        let facts = self.facts(module);
        let mut current = scope;
        while current != BodyId::MODULE
            && let Some(name) = facts.names.find(name)
        {
            let body = facts.body(current);
            if let Owner::Function(function) = body.owner() {
                let mut params = facts.function(function).params.iter();
                if params.any(|param| param.name == name) {
                    return Definition::Unknown;
                }
            }
            // A class's names are seen by its own statements only, not by its methods.
            let is_visible = current == scope || !matches!(body.owner(), Owner::Class(_));
            if is_visible && let Some(binding) = body.bound(name) {
                return self.define(module, current, binding, hops);
            }
            current = body.body().parent;
        }
        match self.own_member(module, name, hops) {
            Some(found) => found,
            None if builtins::is_builtin(name) => Definition::External(format!("builtins.{name}")),
            None => Definition::Unknown,
        }
    }

    fn member_within(&self, module: ModuleId, name: &str, hops: u32) -> Definition {
        let Some(hops) = hops.checked_sub(1) else {
            return Definition::Unknown;
        };
        let submodule = || self.find(&format!("{}.{name}", self.get(module).name));
        // `from . import name` within the package itself means the submodule.
        if let Some(binding) = self.module_binding(module, name)
            && !self.imports_own_submodule(module, binding)
        {
            return self.define(module, BodyId::MODULE, binding, hops);
        }
        if let Some(id) = submodule() {
            return Definition::Module(id);
        }
        self.own_member(module, name, hops).unwrap_or_else(|| {
            let described = self.get(module);
            // Descriptions leave things out: what they lack is known by its name alone.
            if described.origin == Origin::Builtin {
                Definition::External(format!("{}.{name}", described.name))
            } else {
                Definition::Unknown
            }
        })
    }

    fn imports_own_submodule(&self, module: ModuleId, binding: Binding) -> bool {
        let BindingKind::Import(import) = binding.kind else {
            return false;
        };
        let import = self.facts(module).import(import);
        import.kind == ImportKind::From
            && self
                .absolute(module, import)
                .is_some_and(|target| target == self.get(module).name)
    }

    /// A name that a module binds itself or takes from elsewhere by a star.
    fn own_member(&self, module: ModuleId, name: &str, hops: u32) -> Option<Definition> {
        if let Some(binding) = self.module_binding(module, name) {
            return Some(self.define(module, BodyId::MODULE, binding, hops));
        }
        let hops = hops.checked_sub(1)?;
        let facts = self.facts(module);
        let mut is_blind = false;
        let is_star = |import: &&crate::facts::ir::Import| {
            import.kind == ImportKind::Star && import.scope == BodyId::MODULE
        };
        for import in facts.imports.iter().rev().filter(is_star) {
            let Some(target) = self
                .absolute(module, import)
                .and_then(|dotted| self.find(&dotted))
            else {
                is_blind = true;
                continue;
            };
            let is_private =
                name.starts_with('_') && self.module_binding(target, "__all__").is_none();
            if target == module || is_private {
                continue;
            }
            match self.own_member(target, name, hops) {
                Some(Definition::Unknown) => is_blind = true,
                Some(found) => return Some(found),
                None => {}
            }
        }
        is_blind.then_some(Definition::Unknown)
    }

    fn define(&self, module: ModuleId, scope: BodyId, binding: Binding, hops: u32) -> Definition {
        let Some(hops) = hops.checked_sub(1) else {
            return Definition::Unknown;
        };
        match binding.kind {
            BindingKind::Class(class) => Definition::Class(ClassRef { module, class }),
            BindingKind::Function(function) => {
                Definition::Function(FunctionRef { module, function })
            }
            BindingKind::Import(import) => self.imported(module, import, hops),
            BindingKind::Value(expr) => {
                let value = self.facts(module).body(scope).expr(expr);
                // Another name for something is that thing.
                if let Some(dotted) = value.dotted() {
                    let target = self.resolve_alias(module, scope, binding, &dotted, hops);
                    if target != Definition::Unknown {
                        return target;
                    }
                }
                Definition::Value(ValueRef {
                    module,
                    body: scope,
                    expr,
                })
            }
            BindingKind::Other(_) => Definition::Unknown,
        }
    }

    /// `name = other.name`; `name = name` in a class or function means the outer one.
    fn resolve_alias(
        &self,
        module: ModuleId,
        scope: BodyId,
        binding: Binding,
        dotted: &str,
        hops: u32,
    ) -> Definition {
        let facts = self.facts(module);
        let head = dotted.split('.').next().unwrap_or(dotted);
        if head != facts.text(binding.name) {
            return self.resolve_within(module, scope, dotted, hops);
        }
        if scope == BodyId::MODULE {
            return Definition::Unknown;
        }
        self.resolve_within(module, facts.body(scope).body().parent, dotted, hops)
    }

    /// What an import binds; remembered, since a module's code asks for the same few again and again.
    fn imported(&self, module: ModuleId, import: ImportId, hops: u32) -> Definition {
        if hops < NEAR {
            return self.work_out_import(module, import, hops);
        }
        let known = self.get(module).imported.get_or_init(|| {
            let imports = self.facts(module).imports.iter();
            imports.map(|_| OnceLock::new()).collect()
        });
        let known = &known[import.index()];
        if let Some(found) = known.get() {
            return found.clone();
        }
        let found = self.work_out_import(module, import, NEAR - 1);
        // A class that is being put in order, further up, may be why nothing is known.
        if found != Definition::Unknown {
            let _ = known.set(found.clone());
        }
        found
    }

    fn work_out_import(&self, module: ModuleId, import: ImportId, hops: u32) -> Definition {
        let facts = self.facts(module);
        let import = facts.import(import);
        let Some(target) = self.absolute(module, import) else {
            return Definition::Unknown;
        };
        match (import.kind, import.name) {
            (ImportKind::Module, _) => self.module_or_external(facts.text(import.binds)),
            (ImportKind::From, Some(name)) => {
                let name = facts.text(name);
                match self.find(&target) {
                    Some(id) if id == module => match self.find(&format!("{target}.{name}")) {
                        Some(submodule) => Definition::Module(submodule),
                        None => Definition::Unknown,
                    },
                    Some(id) => self.member_within(id, name, hops),
                    None => self.module_or_external(&format!("{target}.{name}")),
                }
            }
            _ => self.module_or_external(&target),
        }
    }

    fn module_or_external(&self, dotted: &str) -> Definition {
        if let Some(id) = self.find(dotted) {
            return Definition::Module(id);
        }
        Definition::External(dotted.to_owned())
    }

    /// Follows the rest of a dotted name from what its beginning means.
    fn follow(&self, start: Definition, tail: &str, hops: u32) -> Definition {
        let mut current = start;
        for name in tail.split('.').filter(|name| !name.is_empty()) {
            current = match current {
                Definition::Module(id) => self.member_within(id, name, hops),
                Definition::Class(class) => self.class_member_within(class, name, hops),
                Definition::External(prefix) => {
                    self.module_or_external(&format!("{prefix}.{name}"))
                }
                Definition::Function(_) | Definition::Value(_) | Definition::Unknown => {
                    Definition::Unknown
                }
            };
        }
        current
    }

    /// An attribute of a class, its bases included.
    pub fn class_member(&self, class: ClassRef, name: &str) -> Definition {
        self.class_member_within(class, name, MAX_HOPS)
    }

    fn class_member_within(&self, class: ClassRef, name: &str, hops: u32) -> Definition {
        let Some(hops) = hops.checked_sub(1) else {
            return Definition::Unknown;
        };
        for &ancestor in self.mro(class).classes() {
            let body = self.class_body(ancestor);
            if let Some(binding) = body.binding(name) {
                return self.define(ancestor.module, body.id, binding, hops);
            }
        }
        Definition::Unknown
    }
}
