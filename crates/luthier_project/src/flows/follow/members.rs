//! What attributes lead to.

use std::hash::BuildHasher;
use std::rc::Rc;
use std::sync::Arc;

use luthier_source::Location;
use rustc_hash::FxBuildHasher;

use super::event::{Ask, Extent};
use super::frame::Outer;
use super::givens::{Givens, leaving};
use super::loads::{Columns, How, Load, Loads};
use super::record::Unseen;
use super::run::{Arguments, Run};
use super::steps::Step;
use super::value::{Anchor, Growth, Manager, Row, Rows, Value};
use crate::facts::ir::BindingKind;
use crate::models::ModelId;
use crate::modules::{Ancestor, ClassRef, Definition, FunctionRef, ModuleId, Modules, ValueRef};

/// Attributes of requests, forms and serializers that hold what a client sends.
const INPUT: &[&str] = &[
    "FILES",
    "GET",
    "POST",
    "cleaned_data",
    "query_params",
    "validated_data",
];

/// The same of what is called `request`.
const INPUT_OF_REQUEST: &[&str] = &["body", "data", "session"];

/// How calling a function of a class's body binds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Plain,
    Property,
    /// A property that asks once for each instance.
    CachedProperty,
    Static,
    Class,
}

/// What a class or one of its bases has under a name.
#[derive(Clone, Copy, Debug)]
pub(super) enum ClassAttribute {
    Function(FunctionRef),
    Class(ClassRef),
    Value(ValueRef),
    Unknown,
}

/// What was looked up once, with the hash of what it is found by.
#[derive(Debug)]
pub(super) struct KnownAttribute {
    hash: u64,
    class: ClassRef,
    after: Option<ClassRef>,
    name: Box<str>,
    found: Option<ClassAttribute>,
}

impl Run<'_, '_> {
    /// `value.name`
    pub(super) fn member(&mut self, value: &Value, name: &str, at: Location) -> Value {
        match value {
            Value::Row(row) => self.row_member(row, name, at),
            Value::Rows(rows) => match name {
                // Pages of a paginator are followed as their rows.
                "object_list" => value.clone(),
                "model" => self.class_of(rows.model),
                _ => Value::Unknown,
            },
            Value::Object(object) => match object.fields.get(name) {
                Some(field) => field.clone(),
                None if INPUT.contains(&name) => Value::Input,
                None if name == "data"
                    && self.is_serializer(object.class)
                    && self.class_attribute(object.class, name, None).is_none() =>
                {
                    self.serialized(value, at)
                }
                None => self.object_member(object.class, value, name, at),
            },
            Value::Super(after, own) => {
                let class = self.class_behind(own);
                let found = class.and_then(|class| self.class_attribute(class, name, Some(*after)));
                match found {
                    Some(found) => self.bound(found, own, at),
                    None if name == "data" => self.serialized(own, at),
                    None => Value::Unknown,
                }
            }
            Value::Class(class) => self.class_member(*class, name),
            Value::Past(model) => self.manager_of(*model, name).unwrap_or(Value::Unknown),
            Value::Module(module) => self.module_member(*module, name),
            Value::Outside(dotted) => self.outside_member(dotted, name),
            Value::Paginator(rows) => match name {
                "object_list" => Value::clone(rows),
                "count" | "num_pages" | "page_range" => {
                    self.note_count(rows, at);
                    Value::Plain
                }
                _ => Value::Unknown,
            },
            Value::Either(_) => self.each(value, |run, value| run.member(value, name, at)),
            Value::Never => Value::Never,
            Value::Plain | Value::Few(_) | Value::Text(_) | Value::Bool(_) => Value::Plain,
            Value::Input => Value::Input,
            Value::Unknown if INPUT.contains(&name) => Value::Input,
            _ => Value::Unknown,
        }
    }

    fn module_member(&mut self, module: ModuleId, name: &str) -> Value {
        let known = self.engine.module_members.get(&module);
        if let Some(known) = known.and_then(|known| known.get(name)) {
            let known = known.clone();
            return self.outer(known);
        }
        let found = self.project().modules.member(module, name);
        let value = self.defined(&found);
        let members = self.engine.module_members.entry(module).or_default();
        members.insert(name.into(), Outer::of(&found, &value));
        value
    }

    fn outside_member(&mut self, dotted: &Arc<str>, name: &str) -> Value {
        let known = self.engine.outside_members.get(dotted);
        if let Some(known) = known.and_then(|known| known.get(name)) {
            let known = known.clone();
            return self.outer(known);
        }
        let found = self.project().modules.lookup(&format!("{dotted}.{name}"));
        let value = self.defined(&found);
        let members = self.engine.outside_members.entry(Arc::clone(dotted));
        let members = members.or_default();
        members.insert(name.into(), Outer::of(&found, &value));
        value
    }

    /// What something means that was looked up before.
    pub(super) fn outer(&mut self, outer: Outer) -> Value {
        match outer {
            Outer::Known(value) => value,
            Outer::Assigned(value) => self.value_of(value),
        }
    }

    // ---- rows ----

    fn row_member(&mut self, row: &Rc<Row>, name: &str, at: Location) -> Value {
        if let Some(load) = row.loads.known(name)
            && let How::Listed(model) = load.how
        {
            let element = Row {
                model,
                loads: load.loads.clone(),
                columns: load.columns.clone(),
                path: row.path.step(name, true),
                fetch: row.fetch.of_many(true),
                ..Row::clone(row)
            };
            return Value::many(Value::Row(Rc::new(element)), Growth::Rows);
        }
        let steps = self.steps(row.model);
        let Some((name, step)) = steps.get_key_value(name) else {
            if name == "pk" {
                return Value::Plain;
            }
            let class = self.model(row.model).class;
            let own = Value::Row(Rc::clone(row));
            return class.map_or(Value::Unknown, |class| {
                self.object_member(class, &own, name, at)
            });
        };
        match step {
            // `ForwardOneToOneDescriptor.get_object` makes the parent of the child's own columns.
            Step::One {
                to,
                is_parent: true,
                ..
            } if row.columns == Columns::All => Value::Row(Rc::new(Row {
                model: *to,
                ..Row::clone(row)
            })),
            Step::One { to, back, .. } => self.one_step(row, name, (*to, back.as_ref()), at),
            Step::Many { to, back } => self.many_step(row, name, (*to, back.as_ref())),
            Step::Generic => {
                if row.loads.get(name).is_none() {
                    let ask = Ask::Relation {
                        model: row.model,
                        name: Arc::clone(name),
                        is_single: false,
                    };
                    self.touch(row, ask, name, at);
                }
                Value::Unknown
            }
            Step::Column(field) => {
                if row.columns != Columns::All {
                    let is_key = self.model(row.model).pk.as_ref() == Some(field);
                    if !is_key && !row.columns.has(field) {
                        let ask = Ask::Column {
                            model: row.model,
                            name: Arc::clone(field),
                        };
                        self.touch(row, ask, field, at);
                    }
                }
                Value::Plain
            }
            Step::Open => {
                self.unseen(Unseen::Rows(at));
                Value::Unknown
            }
        }
    }

    fn one_step(
        &mut self,
        row: &Rc<Row>,
        name: &Arc<str>,
        (to, back): (ModelId, Option<&Arc<str>>),
        at: Location,
    ) -> Value {
        let loaded = row.loads.get(name);
        let is_maybe = loaded.as_ref().is_some_and(|load| load.is_maybe);
        if loaded.is_none() || is_maybe {
            let ask = Ask::Relation {
                model: row.model,
                name: Arc::clone(name),
                is_single: true,
            };
            self.caches += u32::from(is_maybe);
            self.touch(row, ask, name, at);
            self.caches -= u32::from(is_maybe);
        }
        let load = loaded.unwrap_or_else(|| {
            let mut load = Load::new(How::Joined);
            if let Some(back) = back {
                load.loads = load.loads.with(back, known(&row.loads));
            }
            load
        });
        // One instance for all of them, made where they were asked for.
        let is_parent = load.how == How::Parent;
        let is_shared = u8::from(is_parent);
        Value::Row(Rc::new(Row {
            model: to,
            loads: load.loads,
            columns: load.columns,
            source: row.source,
            path: row.path.step(name, false),
            anchor: row.anchor,
            made: row.made.saturating_sub(is_shared),
            fetch: row.fetch.of_one(is_parent),
            is_of_one: row.is_of_one,
            instance: row.instance,
        }))
    }

    fn many_step(
        &mut self,
        row: &Rc<Row>,
        name: &Arc<str>,
        (to, back): (ModelId, Option<&Arc<str>>),
    ) -> Value {
        let load = row.loads.get(name);
        let is_fetched = load.is_some();
        // Rows that may be in memory stay silent.
        let is_known = row.loads != Loads::Open;
        let load = load.unwrap_or_else(|| {
            let mut load = Load::new(How::Prefetched);
            if let Some(back) = back {
                load.loads = load.loads.with(back, parent(&row.loads));
            }
            load
        });
        let (anchor, made) = if is_fetched {
            (row.anchor, row.made)
        } else {
            (Anchor::Here, self.depth())
        };
        Value::Rows(Rc::new(Rows {
            loads: load.loads,
            columns: load.columns,
            source: row.source,
            path: row.path.step(name, true),
            anchor,
            made,
            is_fetched,
            is_ordered: load.is_ordered,
            manager: Manager::Related,
            relation: Some(Rc::new((row.model, Arc::clone(name)))),
            is_whole: is_known,
            fetch: row.fetch.of_many(is_fetched),
            instance: match is_fetched {
                true => row.instance,
                false => self.new_instance(),
            },
            ..Rows::of(to, "", row.source, made)
        }))
    }

    /// Whether an attribute of a row is a generic foreign key.
    pub(super) fn is_generic(&mut self, row: &Row, name: &str) -> bool {
        matches!(self.steps(row.model).get(name), Some(Step::Generic))
    }

    /// A row after one of its relations was set: it is in memory from then on.
    pub(super) fn with_relation(&mut self, row: &Rc<Row>, name: &str, value: &Value) -> Value {
        let steps = self.steps(row.model);
        if !matches!(steps.get(name), Some(Step::One { .. } | Step::Generic)) {
            return Value::Row(Rc::clone(row));
        }
        let (loads, columns) = match value {
            Value::Row(set) => (set.loads.clone(), set.columns.clone()),
            _ => (Loads::Open, Columns::All),
        };
        let how = match row.loads.get(name) {
            Some(known) if known.how == How::Parent => How::Parent,
            _ => How::Followed,
        };
        let load = Load {
            loads,
            columns,
            ..Load::new(how)
        };
        Value::Row(Rc::new(Row {
            loads: row.loads.set(&name.into(), load),
            ..Row::clone(row)
        }))
    }

    /// The class of a model, as a value.
    pub(super) fn class_of(&self, model: ModelId) -> Value {
        match self.model(model).class {
            Some(class) => Value::Class(class),
            None if self.engine.past.is_some_and(|past| past.has(model)) => Value::Past(model),
            None => Value::Unknown,
        }
    }

    /// All rows of a model, by its default manager.
    pub(super) fn all_rows(&self, model: ModelId) -> Value {
        let name = self.model(model).default_manager.clone();
        let name = name.unwrap_or_else(|| "objects".into());
        let rows = Rows::of(model, &name, self.site, self.depth());
        Value::Rows(Rc::new(self.numbered(rows)))
    }

    // ---- classes and their instances ----

    /// The class of an instance or row.
    pub(super) fn class_behind(&self, own: &Value) -> Option<ClassRef> {
        match own {
            Value::Object(object) => Some(object.class),
            Value::Row(row) => self.model(row.model).class,
            Value::Class(class) => Some(*class),
            Value::Rows(rows) => {
                let model = self.model(rows.model);
                let classes = model.managers.iter();
                let mut classes = classes
                    .flat_map(|manager| manager.manager_class.into_iter().chain(manager.queryset));
                classes.next()
            }
            _ => None,
        }
    }

    fn object_member(&mut self, class: ClassRef, own: &Value, name: &str, at: Location) -> Value {
        if let Some(found) = self.class_attribute(class, name, None) {
            return self.bound(found, own, at);
        }
        self.set_attribute(class, name)
    }

    /// What a name in the body of a class or of its bases leads to; those after `after` only, where
    /// that is given.
    pub(super) fn class_attribute(
        &self,
        class: ClassRef,
        name: &str,
        after: Option<ClassRef>,
    ) -> Option<ClassAttribute> {
        let hash = FxBuildHasher.hash_one((class, after, name));
        let is_it = |known: &KnownAttribute| {
            known.class == class && known.after == after && *known.name == *name
        };
        let mut known = self.engine.class_attributes.borrow_mut();
        if let Some(known) = known.find(hash, is_it) {
            return known.found;
        }
        let found = self.declared_attribute(class, name, after);
        let new = KnownAttribute {
            hash,
            class,
            after,
            name: name.into(),
            found,
        };
        known.insert_unique(hash, new, |known| known.hash);
        found
    }

    fn declared_attribute(
        &self,
        class: ClassRef,
        name: &str,
        after: Option<ClassRef>,
    ) -> Option<ClassAttribute> {
        let modules = &self.project().modules;
        let mro = modules.mro(class);
        let mut is_before = after.is_some_and(|after| mro.classes().any(|class| *class == after));
        for ancestor in &mro.ancestors {
            let Ancestor::Class(class) = ancestor else {
                continue;
            };
            if is_before {
                is_before = Some(*class) != after;
                continue;
            }
            if !modules.is_repository(class.module) {
                continue;
            }
            let body = modules.class_body(*class);
            let Some(binding) = body.binding(name) else {
                continue;
            };
            let module = class.module;
            return Some(match binding.kind {
                BindingKind::Function(function) => {
                    ClassAttribute::Function(FunctionRef { module, function })
                }
                BindingKind::Class(class) => ClassAttribute::Class(ClassRef { module, class }),
                BindingKind::Value(expr) => ClassAttribute::Value(ValueRef {
                    module,
                    body: body.id,
                    expr,
                }),
                BindingKind::Import(_) | BindingKind::Other(_) => ClassAttribute::Unknown,
            });
        }
        None
    }

    /// What a class's attribute is on an instance.
    fn bound(&mut self, found: ClassAttribute, own: &Value, at: Location) -> Value {
        match found {
            ClassAttribute::Function(function) => {
                match self.engine.declared(function).method {
                    Method::Property => {
                        let method = Value::method(function, own.clone());
                        self.call(&method, &Arguments::default(), at)
                    }
                    Method::CachedProperty => {
                        // Once where the instance was made, however often it is read. Where other
                        // objects were made is not known.
                        let (made, is_unknown) = match own {
                            Value::Row(row) if row.anchor == Anchor::Here => (row.made, false),
                            Value::Row(_) => (0, false),
                            _ => (0, true),
                        };
                        let kept = usize::from(made).min(self.loops.len());
                        let inner = self.loops.split_off(kept);
                        let method = Value::method(function, own.clone());
                        self.caches += u32::from(is_unknown);
                        let found = self.call(&method, &Arguments::default(), at);
                        self.caches -= u32::from(is_unknown);
                        self.loops.extend(inner);
                        if is_unknown {
                            super::givens::of_unknown_origin(&found)
                        } else {
                            found
                        }
                    }
                    Method::Static => Value::function(function),
                    Method::Class => {
                        let class = self.class_behind(own).map_or(Value::Unknown, Value::Class);
                        Value::method(function, class)
                    }
                    Method::Plain => Value::method(function, own.clone()),
                }
            }
            ClassAttribute::Class(class) => Value::Class(class),
            ClassAttribute::Value(value) => {
                let found = self.value_of(value);
                match found {
                    // A function of the module that became a method.
                    Value::Function(callable) if callable.own.is_none() => {
                        Value::method(callable.function, own.clone())
                    }
                    found => found,
                }
            }
            ClassAttribute::Unknown => Value::Unknown,
        }
    }

    /// A manager of a model by its name.
    fn manager_of(&self, model: ModelId, name: &str) -> Option<Value> {
        let declared = self.model(model);
        let is_named = |wanted: &str| {
            let mut managers = declared.managers.iter();
            managers.any(|manager| &*manager.name == wanted)
        };
        let manager = match name {
            "_default_manager" => declared.default_manager.as_deref(),
            "_base_manager" => Some("_base_manager"),
            name => is_named(name).then_some(name),
        }?;
        let rows = Rows {
            extent: match self.engine.past {
                Some(_) => Extent::All,
                None => Extent::Untold,
            },
            ..Rows::of(model, manager, self.site, self.depth())
        };
        Some(Value::Rows(Rc::new(self.numbered(rows))))
    }

    fn class_member(&mut self, class: ClassRef, name: &str) -> Value {
        let project = self.project();
        if let Some(model) = project.models.by_class(class)
            && let Some(rows) = self.manager_of(model, name)
        {
            return rows;
        }
        if self.records()
            && let Some(choices) = self.choices_of_class(class, name)
        {
            return choices;
        }
        match self.class_attribute(class, name, None) {
            Some(ClassAttribute::Function(function)) => {
                match self.engine.declared(function).method {
                    Method::Class => Value::method(function, Value::Class(class)),
                    Method::Plain | Method::Static => Value::function(function),
                    Method::Property | Method::CachedProperty => Value::Unknown,
                }
            }
            Some(ClassAttribute::Class(class)) => Value::Class(class),
            Some(ClassAttribute::Value(value)) => self.value_of(value),
            Some(ClassAttribute::Unknown) => Value::Unknown,
            None => Value::Unknown,
        }
    }

    /// What methods of a class put on `self` under a name.
    fn set_attribute(&mut self, class: ClassRef, name: &str) -> Value {
        let known = self.engine.attributes.get(&class);
        if let Some(known) = known.and_then(|known| known.get(name)) {
            return known.clone();
        }
        self.keep_attribute(class, name, Value::Unknown);
        let project = self.project();
        let mut joined = Value::Never;
        let mut methods: Vec<FunctionRef> = Vec::new();
        for &base in project.modules.mro(class).classes() {
            let flows = &project.flows;
            let Some(attributes) = flows.class_attributes(&project.modules, base.module) else {
                continue;
            };
            let facts = project.modules.facts(base.module);
            for assigned in attributes.get(facts, base.class, name).unwrap_or_default() {
                if let crate::facts::ir::Owner::Function(function) =
                    facts.body(assigned.body).owner()
                {
                    let module = base.module;
                    methods.push(FunctionRef { module, function });
                }
            }
        }
        methods.dedup();
        for method in methods {
            let params = project.modules.function(method).params.len();
            let mut bound = vec![Value::Unknown; params];
            if let Some(own) = bound.first_mut() {
                *own = match project.models.by_class(class) {
                    Some(_) => Value::Unknown,
                    None => Value::object(class),
                };
            }
            let summary = self.summary_of(method, bound);
            if let Some(set) = summary.sets.get(name) {
                joined = joined.join(leaving(&Givens::default().show(set, 0)));
            }
        }
        let value = if joined == Value::Never {
            Value::Unknown
        } else {
            joined
        };
        self.keep_attribute(class, name, value.clone());
        value
    }

    fn keep_attribute(&mut self, class: ClassRef, name: &str, value: Value) {
        let known = self.engine.attributes.entry(class).or_default();
        match known.get_mut(name) {
            Some(known) => *known = value,
            None => {
                known.insert(name.into(), value);
            }
        }
    }

    // ---- names ----

    /// What the module model says that a name means.
    pub(super) fn defined(&mut self, definition: &Definition) -> Value {
        let project = self.project();
        match definition {
            Definition::Module(module) => Value::Module(*module),
            Definition::Class(class) => {
                let is_followed = project.modules.is_repository(class.module)
                    || project.models.by_class(*class).is_some();
                if is_followed {
                    Value::Class(*class)
                } else {
                    Value::outside(&project.modules.qualified_class(*class))
                }
            }
            Definition::Function(function) => {
                if project.modules.is_repository(function.module) {
                    Value::function(*function)
                } else {
                    Value::outside(&project.modules.qualified_function(*function))
                }
            }
            Definition::External(dotted) => Value::outside(dotted),
            Definition::Value(value) => self.value_of(*value),
            Definition::Unknown => Value::Unknown,
        }
    }

    /// What a module or class assigns to a name.
    pub(super) fn value_of(&mut self, value: ValueRef) -> Value {
        if let Some(known) = self.engine.values.get(&value) {
            return known.clone();
        }
        self.engine.values.insert(value, Value::Unknown);
        let found = match super::frame::evaluate(self.engine, value) {
            Value::OutsideObject(class) if class.ends_with(".Signal") => Value::Signal(value),
            found => leaving(&found),
        };
        self.engine.values.insert(value, found.clone());
        found
    }
}

/// Whether an attribute of something called so holds what a client sends.
pub(super) fn is_of_request(object: Option<&str>, name: &str) -> bool {
    object == Some("request") && INPUT_OF_REQUEST.contains(&name)
}

/// The row that many others were reached from.
pub(super) fn parent(loads: &Loads) -> Load {
    Load {
        loads: loads.clone(),
        ..Load::new(How::Parent)
    }
}

/// A row that is known by what leads to it.
fn known(loads: &Loads) -> Load {
    Load {
        loads: loads.clone(),
        ..Load::new(How::Joined)
    }
}

/// How a function of a class's body is bound, by its decorators.
pub(super) fn method_kind(modules: &Modules, function: FunctionRef) -> Method {
    let declared = modules.function(function);
    let scope = modules.facts(function.module).body(declared.scope);
    let mut kind = Method::Plain;
    for &decorator in &declared.decorators {
        let decorator = scope.expr(decorator);
        let callee = decorator.without_call();
        let last = callee.last_name();
        match last {
            Some("property") => kind = Method::Property,
            Some("cached_property") => kind = Method::CachedProperty,
            Some("staticmethod") => kind = Method::Static,
            Some("classmethod" | "classproperty") => kind = Method::Class,
            _ => {}
        }
    }
    kind
}
