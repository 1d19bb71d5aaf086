//! Which names a queryset has besides the fields of its model: annotations, aliases, extra columns.

use rustc_hash::FxHashSet;

use crate::ModelGraph;
use crate::facts::ir::{BindingKind, Owner};
use crate::facts::{BodyId, BodyRef, CallRef, Expr, ExprRef, Name};
use crate::flows::{gives_own_rows, keeps_rows};
use crate::models::{Field, FieldKind, Manager, ModelId};
use crate::modules::{Ancestor, ClassRef, Definition, FunctionRef, ModuleId, Modules, ValueRef};

/// The names that a queryset has besides fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Annotations {
    names: FxHashSet<String>,
    /// Whether there may be more.
    pub(super) is_open: bool,
}

impl Annotations {
    /// Whether one of them stands at the beginning of a path.
    pub(super) fn begin(&self, path: &str) -> bool {
        let ends = path.match_indices("__").map(|(at, _)| at);
        let mut ends = ends.chain([path.len()]);
        ends.any(|end| self.names.contains(&path[..end]))
    }

    /// Adds the names that the arguments of a call give.
    pub(super) fn add_given(&mut self, call: CallRef<'_>) {
        self.is_open |= call.is_open();
        for (name, _) in call.keywords() {
            self.names.insert(name.to_owned());
        }
        for given in call.positional() {
            match default_alias(given) {
                Some(alias) => {
                    self.names.insert(alias);
                }
                // The names of fields.
                None if given.as_str().is_some() => {}
                None => self.is_open = true,
            }
        }
    }
}

/// The name that `Count("lines")` has where it is given none: `lines__count`.
fn default_alias(aggregate: ExprRef<'_>) -> Option<String> {
    let call = aggregate.as_call()?;
    let function = match call.callee.as_attribute() {
        Some((_, name)) => name,
        None => call.callee.as_name()?,
    };
    let path = call.positional().next()?.as_str()?;
    Some(format!("{path}__{}", function.to_lowercase()))
}

/// Classes made of classes deeper than this are not followed.
const MAX_DEPTH: u32 = 8;

/// Works out the annotations of the querysets of one module.
pub(super) struct Reader<'a> {
    /// The module that the querysets stand in.
    pub(super) module: ModuleId,
    pub(super) modules: &'a Modules,
    pub(super) models: &'a ModelGraph,
}

impl<'a> Reader<'a> {
    /// Those of a queryset whose rows are of a model.
    pub(super) fn of(&self, queryset: ExprRef<'a>, model: ModelId) -> Annotations {
        let mut found = Annotations::default();
        self.add(queryset, model, &mut Vec::new(), &mut found);
        found
    }

    fn add(
        &self,
        queryset: ExprRef<'a>,
        model: ModelId,
        seen: &mut Vec<(BodyId, Name)>,
        found: &mut Annotations,
    ) {
        match queryset.kind() {
            Expr::Call(..) => {
                let call = queryset.as_call().expect("it is a call");
                let Some((object, method)) = call.callee.as_attribute() else {
                    found.is_open = true;
                    return;
                };
                match method {
                    "annotate" | "alias" | "values" | "values_list" => found.add_given(call),
                    // The manager's own says the same as the manager.
                    "get_queryset" if self.manager_of(object).is_some() => {}
                    "extra" | "raw" | "get_queryset" => found.is_open = true,
                    _ => match self.models.manager_method(self.modules, model, method) {
                        Some(function) if gives_own_rows(self.modules, function) => {
                            self.add_of_function(function, found);
                        }
                        None if keeps_rows(method) => {}
                        _ => found.is_open = true,
                    },
                }
                self.add(object, model, seen, found);
            }
            Expr::Attribute(_, name) => {
                self.add_of_manager(queryset.facts().text(name), model, found);
            }
            Expr::Subscript(object, index) => {
                found.is_open |= !matches!(queryset.at(index).kind(), Expr::Slice(..));
                self.add(queryset.at(object), model, seen, found);
            }
            Expr::Conditional { body, orelse, .. } => {
                self.add(queryset.at(body), model, seen, found);
                self.add(queryset.at(orelse), model, seen, found);
            }
            Expr::Name(name) => match self.manager_of(queryset) {
                Some(class) => self.add_of_classes(class, 0, found),
                None => self.add_of_name(queryset.body, name, model, seen, found),
            },
            _ => found.is_open = true,
        }
    }

    /// The class of a manager whose method calls it `self`, where that serves one model.
    fn manager_of(&self, own: ExprRef<'a>) -> Option<ClassRef> {
        let Expr::Name(name) = own.kind() else {
            return None;
        };
        let Owner::Function(function) = own.body.owner() else {
            return None;
        };
        let facts = own.facts();
        let declared = facts.function(function);
        let Owner::Class(class) = facts.body(declared.scope).owner() else {
            return None;
        };
        let module = self.module;
        let class = ClassRef { module, class };
        let is_own = declared
            .params
            .first()
            .is_some_and(|param| param.name == name);
        (is_own && self.models.managed_by(class).is_some()).then_some(class)
    }

    /// What every assignment to a variable gives.
    fn add_of_name(
        &self,
        scope: BodyRef<'a>,
        name: Name,
        model: ModelId,
        seen: &mut Vec<(BodyId, Name)>,
        found: &mut Annotations,
    ) {
        if seen.contains(&(scope.id, name)) {
            return;
        }
        seen.push((scope.id, name));
        let bindings = scope.body().bindings.iter();
        let bindings: Vec<_> = bindings.filter(|binding| binding.name == name).collect();
        let is_module = scope.id == BodyId::MODULE;
        if bindings.is_empty() && !is_module && !scope.is_param(name) {
            let around = scope.facts.body(scope.body().parent);
            return self.add_of_name(around, name, model, seen, found);
        }
        if bindings.is_empty() || scope.is_param(name) {
            found.is_open = true;
        }
        for binding in bindings {
            match binding.kind {
                BindingKind::Value(value) => self.add(scope.expr(value), model, seen, found),
                _ => found.is_open = true,
            }
        }
    }

    /// `Order.objects`, `customer.orders`: what the manager's own queryset adds.
    fn add_of_manager(&self, name: &str, id: ModelId, found: &mut Annotations) {
        let model = self.models.get(id);
        let named = |name: &str| {
            let mut managers = model.managers.iter();
            managers.find(|manager| &*manager.name == name)
        };
        let manager = named(name).or_else(|| {
            let default = model.default_manager.as_deref()?;
            named(default).filter(|_| self.leads_to(name, id))
        });
        match manager {
            Some(manager) => self.add_of(manager, found),
            None => found.is_open = true,
        }
    }

    /// Whether rows of some model have an attribute of that name with rows of this model. What
    /// other attributes hold may have been made anywhere.
    fn leads_to(&self, name: &str, id: ModelId) -> bool {
        let is_back = |field: &Field| {
            self.models
                .accessor_name(id, field)
                .is_some_and(|accessor| &*accessor == name)
        };
        let mut own = self.models.fields(id).into_iter();
        let mut ways = self.models.reverse(id).into_iter();
        own.any(|(_, field)| is_back(field))
            || ways.any(|way| {
                &*way.field == name && self.models.field_of(way).kind == FieldKind::ManyToMany
            })
    }

    /// What a manager's `get_queryset` adds to the querysets of Django's own.
    fn add_of(&self, manager: &Manager, found: &mut Annotations) {
        let Some(value) = manager.value else { return };
        let classes = [manager.manager_class, manager.queryset];
        let mut classes = classes.into_iter().flatten().peekable();
        if classes.peek().is_none() {
            let is_djangos = manager
                .class
                .as_ref()
                .is_some_and(|class| class.starts_with("django."));
            found.is_open |= !is_djangos && !self.is_scoped(value);
        }
        for class in classes {
            self.add_of_classes(class, 0, found);
        }
    }

    /// What a class and its bases add.
    fn add_of_classes(&self, class: ClassRef, depth: u32, found: &mut Annotations) {
        if depth > MAX_DEPTH {
            found.is_open = true;
            return;
        }
        for class in self.modules.mro(class).classes() {
            if self.modules.get(class.module).name.starts_with("django.") {
                continue;
            }
            self.add_of_class(*class, found);
            let declared = self.modules.class(*class);
            let scope = self.modules.facts(class.module).body(declared.scope);
            for base in declared.bases.iter().filter(|base| base.keyword.is_none()) {
                self.add_of_base(class.module, scope.expr(base.value), depth, found);
            }
        }
    }

    /// A base that is no class itself: `models.Manager.from_queryset(OrderQuerySet)`.
    fn add_of_base(
        &self,
        module: ModuleId,
        base: ExprRef<'_>,
        depth: u32,
        found: &mut Annotations,
    ) {
        let Some(call) = base.as_call() else {
            match self.modules.resolve_expr(module, base) {
                Definition::Class(_) => {}
                Definition::Value(value) if depth < MAX_DEPTH => {
                    let expr = self.modules.value(value);
                    self.add_of_base(value.module, expr, depth + 1, found);
                }
                Definition::External(name) => {
                    let is_known = name.starts_with("django.") || name.starts_with("builtins.");
                    found.is_open |= !is_known;
                }
                _ => found.is_open = true,
            }
            return;
        };
        let made_of = match call.callee.as_attribute() {
            Some((_, "from_queryset")) => call.positional().next(),
            _ => None,
        };
        match made_of.map(|class| self.modules.resolve_expr(module, class)) {
            Some(Definition::Class(class)) => self.add_of_classes(class, depth + 1, found),
            _ => found.is_open = true,
        }
    }

    /// `ScopedManager(organizer="organizer")` of django-scopes gives Django's own manager, filtered
    /// (3.0), unless it is told another class.
    fn is_scoped(&self, value: ValueRef) -> bool {
        let call = self.modules.value(value).as_call();
        call.is_some_and(|call| {
            let dotted = self.modules.qualified_expr(value.module, call.callee);
            dotted.is_some_and(|dotted| dotted == "django_scopes.ScopedManager")
                && call.keyword("_manager_class").is_none()
        })
    }

    /// What a class's own `get_queryset` adds.
    fn add_of_class(&self, class: ClassRef, found: &mut Annotations) {
        let Some(binding) = self.modules.class_body(class).binding("get_queryset") else {
            return;
        };
        let BindingKind::Function(function) = binding.kind else {
            found.is_open = true;
            return;
        };
        let module = class.module;
        self.add_of_function(FunctionRef { module, function }, found);
    }

    /// What the calls in a method of a manager or queryset add.
    fn add_of_function(&self, function: FunctionRef, found: &mut Annotations) {
        let module = function.module;
        let body = self.modules.function_body(function);
        for call in body.exprs().filter_map(ExprRef::as_call) {
            match call.callee.as_attribute() {
                Some((_, "annotate" | "alias")) => found.add_given(call),
                Some((_, name)) if keeps_rows(name) && name != "extra" && name != "raw" => {}
                // The class of the queryset.
                Some((_, "_queryset_class" | "queryset_class")) => {}
                _ => found.is_open |= !self.is_harmless(module, call),
            }
        }
    }

    /// Whether a function of Python's or Django's is called, which adds nothing to a queryset, or a
    /// queryset is made.
    fn is_harmless(&self, module: ModuleId, call: CallRef<'_>) -> bool {
        match self.modules.resolve_expr(module, call.callee) {
            Definition::Class(class) => {
                let is_queryset = |ancestor: &Ancestor| match ancestor {
                    Ancestor::Class(class) => self.modules.class_name(*class) == "QuerySet",
                    Ancestor::External(name) => name.ends_with(".QuerySet"),
                    Ancestor::Unknown => false,
                };
                let dotted = self.modules.qualified_class(class);
                let mro = self.modules.mro(class);
                dotted.starts_with("django.") || mro.ancestors.iter().any(is_queryset)
            }
            found => {
                let dotted = self.modules.qualified(&found).unwrap_or_default();
                dotted.starts_with("builtins.") || dotted.starts_with("django.")
            }
        }
    }
}
