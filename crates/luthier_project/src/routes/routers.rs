//! Routers of Django REST framework: viewsets in, patterns out.

use std::rc::Rc;

use super::evaluate::calls::Args;
use super::evaluate::value::{CodePlace, Item, Kind, ObjectId, Pattern, Target, Value, View};
use super::evaluate::{Machine, Step};
use super::pattern::Segment;
use crate::facts::ir::BindingKind;
use crate::facts::{Expr, ExprRef};
use crate::modules::{Ancestor, ClassRef, FunctionRef, ModuleId};

/// Methods that are known here, by the class that has them.
pub(super) fn methods(class: &str) -> &'static [&'static str] {
    match class {
        "BaseRouter" => &["__init__", "register", "get_default_basename"],
        "SimpleRouter" => &[
            "__init__",
            "get_default_basename",
            "get_lookup_regex",
            "get_method_map",
            "get_routes",
            "get_urls",
        ],
        "DefaultRouter" => &["__init__", "get_api_root_view", "get_urls"],
        _ => &["__init__"],
    }
}

/// The actions that the framework's own viewsets and mixins bring, where their code is not there.
const KNOWN_ACTIONS: &[(&str, &[&str])] = &[
    ("CreateModelMixin", &["create"]),
    ("DestroyModelMixin", &["destroy"]),
    ("GenericViewSet", &[]),
    ("ListModelMixin", &["list"]),
    (
        "ModelViewSet",
        &[
            "create",
            "destroy",
            "list",
            "partial_update",
            "retrieve",
            "update",
        ],
    ),
    ("ReadOnlyModelViewSet", &["list", "retrieve"]),
    ("RetrieveModelMixin", &["retrieve"]),
    ("UpdateModelMixin", &["partial_update", "update"]),
    ("ViewSet", &[]),
    ("ViewSetMixin", &[]),
];

/// One route of a router, whose texts still have their fields.
#[derive(Clone)]
struct RouteTemplate {
    dynamic: bool,
    url: Rc<str>,
    name: Rc<str>,
    detail: bool,
    mapping: Vec<(Rc<str>, Rc<str>)>,
}

/// A method of a viewset that `@action` makes a route.
struct ExtraAction {
    mapping: Vec<(Rc<str>, Rc<str>)>,
    detail: Option<bool>,
    url_path: Option<Rc<str>>,
    url_name: Option<Rc<str>>,
}

impl<'a> Machine<'a> {
    pub(super) fn init_route(&mut self, object: ObjectId, class: &'static str, args: &Args) {
        let fields: &[&str] = match class {
            "Route" => &["url", "mapping", "name", "detail", "initkwargs"],
            _ => &["url", "name", "detail", "initkwargs"],
        };
        for (index, field) in fields.iter().enumerate() {
            if let Some(value) = args.get(index, field) {
                let value = value.clone();
                self.heap
                    .get_mut(object)
                    .attributes
                    .insert(Rc::from(*field), value);
            }
        }
    }

    /// The attributes that all routers of the framework share.
    pub(super) fn router_class_attribute(
        &mut self,
        class: &'static str,
        name: &str,
    ) -> Option<Value> {
        let value = match (class, name) {
            ("SimpleRouter", "routes") => return Some(self.default_routes()),
            ("DefaultRouter", "include_root_view" | "include_format_suffixes") => Value::Bool(true),
            ("DefaultRouter", "root_view_name") => Value::Str(Rc::from("api-root")),
            ("DefaultRouter", "APIRootView") => {
                Value::External(Rc::from("rest_framework.routers.APIRootView"))
            }
            _ => return None,
        };
        Some(value)
    }

    /// Shared by all routers that have no routes of their own, so that who changes them in place
    /// changes them for all.
    fn default_routes(&mut self) -> Value {
        if let Some(routes) = self.native_values.get("routes") {
            return routes.clone();
        }
        let lists: [(&str, &str, Option<&[(&str, &str)]>, bool); 4] = [
            (
                "^{prefix}{trailing_slash}$",
                "{basename}-list",
                Some(&[("get", "list"), ("post", "create")]),
                false,
            ),
            (
                "^{prefix}/{url_path}{trailing_slash}$",
                "{basename}-{url_name}",
                None,
                false,
            ),
            (
                "^{prefix}/{lookup}{trailing_slash}$",
                "{basename}-detail",
                Some(&[
                    ("get", "retrieve"),
                    ("put", "update"),
                    ("patch", "partial_update"),
                    ("delete", "destroy"),
                ]),
                true,
            ),
            (
                "^{prefix}/{lookup}/{url_path}{trailing_slash}$",
                "{basename}-{url_name}",
                None,
                true,
            ),
        ];
        let mut values = Vec::new();
        for (url, name, mapping, detail) in lists {
            let object = self.heap.object(Kind::Native(if mapping.is_some() {
                "Route"
            } else {
                "DynamicRoute"
            }));
            let text = |text: &str| Value::Str(Rc::from(text));
            let mut set = |name: &str, value: Value| {
                self.heap
                    .get_mut(object)
                    .attributes
                    .insert(Rc::from(name), value);
            };
            set("url", text(url));
            set("name", text(name));
            set("detail", Value::Bool(detail));
            if let Some(mapping) = mapping {
                let entries = mapping
                    .iter()
                    .map(|(method, action)| (text(method), text(action)))
                    .collect();
                let mapping = self.heap.dict(entries);
                self.heap
                    .get_mut(object)
                    .attributes
                    .insert(Rc::from("mapping"), mapping);
            }
            values.push(Value::Object(object));
        }
        let place = self.nowhere();
        let routes = self.list_of(values, place);
        self.native_values
            .insert("routes".to_owned(), routes.clone());
        routes
    }

    pub(super) fn init_router(&mut self, object: ObjectId, args: &Args, place: CodePlace) {
        let registry = self.heap.list(Vec::new());
        self.set(object, "registry", registry);
        let nested = self.is_a(object, "NestedMixin");
        let skip = if nested { 2 } else { 0 };
        let slash = match args.get(skip, "trailing_slash") {
            None | Some(Value::Bool(true)) => Value::Str(Rc::from("/")),
            Some(Value::Bool(false) | Value::None) => Value::Str(Rc::from("")),
            Some(_) => Value::Unknown,
        };
        self.set(object, "trailing_slash", slash);
        let is_regex = match args.get(skip + 1, "use_regex_path") {
            None | Some(Value::Bool(true)) => Value::Bool(true),
            Some(value) => value.clone(),
        };
        if is_regex == Value::Bool(false) {
            self.drop_regex_marks(object);
        }
        self.set(object, "_use_regex", is_regex);
        if nested {
            self.init_nested(object, args, place);
        }
    }

    fn set(&mut self, object: ObjectId, name: &str, value: Value) {
        self.heap
            .get_mut(object)
            .attributes
            .insert(Rc::from(name), value);
    }

    /// Routes of a router that uses `path()`: the same without `^` and `$`.
    fn drop_regex_marks(&mut self, object: ObjectId) {
        let routes = self.object_attribute(object, "routes");
        let changed = self.change_routes(&routes, |url| {
            let url = url.strip_prefix('^').unwrap_or(url);
            url.strip_suffix('$').unwrap_or(url).to_owned()
        });
        self.set(object, "routes", changed);
    }

    /// New routes with other URLs.
    fn change_routes(&mut self, routes: &Value, change: impl Fn(&str) -> String) -> Value {
        let Some(items) = self.iterate(routes) else {
            return Value::Unknown;
        };
        let mut changed = Vec::with_capacity(items.len());
        for item in items {
            let Value::Object(route) = item.value else {
                changed.push(item);
                continue;
            };
            let mut copy = self.heap.get(route).clone();
            if let Some(Value::Str(url)) = copy.attributes.get("url") {
                let url = Value::Str(Rc::from(change(url)));
                copy.attributes.insert(Rc::from("url"), url);
            }
            let new = self.heap.object(copy.kind);
            self.heap.get_mut(new).attributes = copy.attributes;
            changed.push(Item {
                value: Value::Object(new),
                ..item
            });
        }
        self.heap.list(changed)
    }

    fn init_nested(&mut self, object: ObjectId, args: &Args, place: CodePlace) {
        let parent = args.get(0, "parent_router").cloned();
        let prefix = args
            .get(1, "parent_prefix")
            .cloned()
            .unwrap_or(Value::Unknown);
        let (Some(Value::Object(parent)), Value::Str(parent_prefix)) = (parent, &prefix) else {
            self.set(object, "routes", Value::Unknown);
            return;
        };
        let count = match self.object_attribute(parent, "nest_count") {
            Value::Int(count) => count + 1,
            _ => 1,
        };
        self.set(object, "nest_count", Value::Int(count));
        if args.keyword("trailing_slash").is_none() {
            let slash = self.object_attribute(parent, "trailing_slash");
            self.set(object, "trailing_slash", slash);
        }
        let lookup = match args.keyword("lookup") {
            Some(Value::Str(lookup)) => format!("{lookup}_"),
            Some(_) => {
                self.set(object, "routes", Value::Unknown);
                return;
            }
            None => format!("nested_{count}_"),
        };
        let parent_set = self.registered(parent).and_then(|registered| {
            let found = registered.into_iter().find(|(known, ..)| *known == prefix);
            found.map(|(_, viewset, _)| viewset)
        });
        let Some(viewset) = parent_set else {
            self.set(object, "routes", Value::Unknown);
            return;
        };
        let arguments = Args::positional(vec![viewset, Value::Str(Rc::from(lookup))]);
        let get_lookup = self.object_attribute(parent, "get_lookup_regex");
        let Value::Str(regex) = self.call_value(get_lookup, arguments, place) else {
            self.set(object, "routes", Value::Unknown);
            return;
        };
        let mut parent_regex = format!("{parent_prefix}/{regex}/");
        if parent_prefix.is_empty() {
            parent_regex.remove(0);
        }
        if let Value::Str(outer) = self.object_attribute(parent, "parent_regex") {
            parent_regex.insert_str(0, &outer);
        }
        self.set(object, "parent_regex", Value::Str(Rc::from(&*parent_regex)));
        let escaped = parent_regex.replace('{', "{{").replace('}', "}}");
        let is_regex = self.object_attribute(object, "_use_regex") == Value::Bool(true);
        let routes = self.object_attribute(object, "routes");
        let routes = self.change_routes(&routes, |url| {
            if is_regex {
                url.replace('^', &format!("^{escaped}"))
            } else {
                format!("{escaped}{url}")
            }
        });
        self.set(object, "routes", routes);
    }

    /// Prefix, viewset and basename of what was registered; `None` where something unknown was.
    fn registered(&mut self, router: ObjectId) -> Option<Vec<(Value, Value, Value)>> {
        let registry = self.object_attribute(router, "registry");
        let items = self.iterate(&registry)?;
        let triple = |machine: &Self, item: &Item| {
            let parts = machine.heap.items(&item.value)?;
            let [prefix, viewset, basename] = parts else {
                return None;
            };
            Some((
                prefix.value.clone(),
                viewset.value.clone(),
                basename.value.clone(),
            ))
        };
        items.iter().map(|item| triple(self, item)).collect()
    }

    pub(super) fn router_method(
        &mut self,
        router: ObjectId,
        name: &str,
        args: &Args,
        place: CodePlace,
    ) -> Value {
        match name {
            "register" => self.register(router, args, place),
            "get_default_basename" => match args.get(0, "viewset") {
                Some(Value::Class(viewset)) => self.default_basename(*viewset),
                _ => Value::Unknown,
            },
            "get_lookup_regex" => self.lookup_regex(router, args),
            "get_method_map" => self.method_map(args),
            "get_routes" => self.object_attribute(router, "routes"),
            "get_api_root_view" => {
                let class = self.object_attribute(router, "APIRootView");
                let as_view = self.attribute(&class, "as_view");
                self.call_value(as_view, Args::default(), place)
            }
            "SimpleRouter.get_urls" => self.simple_urls(router),
            "DefaultRouter.get_urls" => self.default_urls(router),
            name if name.ends_with(".__init__") => {
                self.init_router(router, args, place);
                Value::None
            }
            _ => Value::Unknown,
        }
    }

    fn register(&mut self, router: ObjectId, args: &Args, place: CodePlace) -> Value {
        let prefix = args.get(0, "prefix").cloned().unwrap_or(Value::Unknown);
        let viewset = args.get(1, "viewset").cloned().unwrap_or(Value::Unknown);
        let given = args
            .get(2, "basename")
            .or_else(|| args.keyword("base_name"))
            .cloned();
        let basename = match given {
            Some(basename) if basename != Value::None => basename,
            _ => {
                let get = self.object_attribute(router, "get_default_basename");
                self.call_value(get, Args::positional(vec![viewset.clone()]), place)
            }
        };
        let parts = [prefix, viewset, basename].map(|value| self.item(value, place));
        let entry = self.item(Value::Tuple(parts.into()), place);
        let registry = self.object_attribute(router, "registry");
        let added = self.heap.list(vec![entry]);
        self.extend(&registry, &added, place);
        if self.when.maybe
            && let Some(Value::List(held)) = self.heap.get(router).attributes.get("_urls").cloned()
        {
            let get_urls = self.object_attribute(router, "get_urls");
            let now = self.call_value(get_urls, Args::default(), place);
            if let Some(items) = self.iterate(&now) {
                self.heap.replace(held, items);
            }
        }
        Value::None
    }

    /// The lower-case name of the model whose rows a viewset's `queryset` holds.
    fn default_basename(&mut self, viewset: ClassRef) -> Value {
        let Some((module, expr)) = self.class_expr(viewset, "queryset") else {
            return Value::Unknown;
        };
        if let Some(model) = self.model_of_made_queryset(module, expr) {
            return Value::Str(Rc::from(self.modules.class_name(model).to_lowercase()));
        }
        let mut current = expr;
        loop {
            current = match current.kind() {
                Expr::Call(callee, _) => current.at(callee),
                Expr::Attribute(value, _) => current.at(value),
                _ => break,
            };
        }
        // The model is the last name on the way that is a class: `models.Order.objects.all()`.
        let Some(name) = current.as_name() else {
            return Value::Unknown;
        };
        let mut value = self.member(module, name);
        for attribute in attributes_of(expr).into_iter().rev() {
            match value {
                Value::Class(model) => {
                    return Value::Str(Rc::from(self.modules.class_name(model).to_lowercase()));
                }
                Value::Module(_) | Value::External(_) => value = self.attribute(&value, attribute),
                _ => return Value::Unknown,
            }
        }
        match value {
            // `queryset = Order`, as some write it.
            Value::Class(model) => {
                Value::Str(Rc::from(self.modules.class_name(model).to_lowercase()))
            }
            _ => Value::Unknown,
        }
    }

    /// The model of `OrderQuerySet(model=Order)`, whatever is called on it.
    fn model_of_made_queryset(&mut self, module: ModuleId, expr: ExprRef<'a>) -> Option<ClassRef> {
        let mut current = expr;
        let mut innermost = None;
        loop {
            current = match current.kind() {
                Expr::Call(callee, _) => {
                    innermost = current.as_call();
                    current.at(callee)
                }
                Expr::Attribute(value, _) => current.at(value),
                _ => break,
            };
        }
        let model = innermost
            .filter(|call| call.callee.dotted().is_some())?
            .keyword("model")?;
        let frame = self.frame_for(module, None);
        match self.expr(frame, model) {
            Value::Class(model) => Some(model),
            _ => None,
        }
    }

    fn lookup_regex(&mut self, router: ObjectId, args: &Args) -> Value {
        let Some(Value::Class(viewset)) = args.get(0, "viewset").cloned() else {
            return Value::Unknown;
        };
        let prefix = match args.get(1, "lookup_prefix") {
            Some(Value::Str(prefix)) => Rc::clone(prefix),
            None => Rc::from(""),
            Some(_) => return Value::Unknown,
        };
        let text =
            |machine: &mut Self, name: &str| match machine.class_attribute_if_any(viewset, name) {
                Some(Value::Str(text)) => Some(Some(text)),
                Some(Value::None) | None => Some(None),
                Some(_) => None,
            };
        let (Some(field), Some(kwarg)) =
            (text(self, "lookup_field"), text(self, "lookup_url_kwarg"))
        else {
            return Value::Unknown;
        };
        let name = kwarg.or(field).unwrap_or_else(|| Rc::from("pk"));
        let is_regex = self.object_attribute(router, "_use_regex") != Value::Bool(false);
        let Some(pattern) = text(self, "lookup_value_regex") else {
            return Value::Unknown;
        };
        if is_regex {
            let pattern = pattern.unwrap_or_else(|| Rc::from("[^/.]+"));
            return Value::Str(Rc::from(format!("(?P<{prefix}{name}>{pattern})")));
        }
        let Some(converter) = text(self, "lookup_value_converter") else {
            return Value::Unknown;
        };
        let converter = converter.or(pattern).unwrap_or_else(|| Rc::from("str"));
        Value::Str(Rc::from(format!("<{converter}:{prefix}{name}>")))
    }

    fn method_map(&mut self, args: &Args) -> Value {
        let (Some(Value::Class(viewset)), Some(map)) =
            (args.get(0, "viewset").cloned(), args.get(1, "method_map"))
        else {
            return Value::Unknown;
        };
        let Some(entries) = self.heap.entries(map).map(<[_]>::to_vec) else {
            return Value::Unknown;
        };
        let bound = entries.into_iter().filter(|(_, action)| {
            action
                .as_str()
                .is_some_and(|action| self.has_action(viewset, action) != Some(false))
        });
        let bound = bound.collect();
        self.heap.dict(bound)
    }

    /// Whether a viewset has a method, where that is known.
    fn has_action(&self, viewset: ClassRef, name: &str) -> Option<bool> {
        let mut known = true;
        for ancestor in &self.modules.mro(viewset).ancestors {
            match ancestor {
                Ancestor::Class(class) => {
                    if self.modules.class_body(*class).binding(name).is_some() {
                        return Some(true);
                    }
                }
                Ancestor::External(dotted) if dotted.starts_with("builtins.") => {}
                Ancestor::External(dotted) => match known_actions(dotted) {
                    Some(actions) if actions.contains(&name) => return Some(true),
                    Some(_) => {}
                    None => known = false,
                },
                Ancestor::Unknown => known = false,
            }
        }
        known.then_some(false)
    }

    /// Methods made routes by `@action`, by name; and whether there may be others.
    fn extra_actions(&mut self, viewset: ClassRef) -> (Vec<(String, ExtraAction)>, bool) {
        let mut found: Vec<(String, Option<FunctionRef>)> = Vec::new();
        let mut open = false;
        for ancestor in &self.modules.mro(viewset).ancestors {
            let class = match ancestor {
                Ancestor::Class(class) => *class,
                Ancestor::External(dotted)
                    if dotted.starts_with("builtins.") || known_actions(dotted).is_some() =>
                {
                    continue;
                }
                _ => {
                    open = true;
                    continue;
                }
            };
            let body = self.modules.class_body(class);
            for binding in &body.body().bindings {
                let name = body.facts.text(binding.name);
                if found.iter().any(|(known, _)| known == name) {
                    continue;
                }
                let function = match binding.kind {
                    BindingKind::Function(function) => Some(FunctionRef {
                        module: class.module,
                        function,
                    }),
                    _ => None,
                };
                found.push((name.to_owned(), function));
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let mut actions = Vec::new();
        for (name, function) in found {
            if let Some(action) = function.and_then(|function| self.extra_action(function)) {
                actions.push((name, action));
            }
        }
        (actions, open)
    }

    /// Whether a class of the project has its own way to say which actions there are.
    fn picks_actions(&self, viewset: ClassRef) -> bool {
        let mro = self.modules.mro(viewset);
        mro.classes().any(|&class| {
            let is_framework = self
                .modules
                .get(class.module)
                .name
                .starts_with("rest_framework.");
            !is_framework
                && self
                    .modules
                    .class_body(class)
                    .binding("get_extra_actions")
                    .is_some()
        })
    }

    fn extra_action(&mut self, function: FunctionRef) -> Option<ExtraAction> {
        let facts = self.facts(function.module);
        let declared = facts.function(function.function);
        let scope = facts.body(declared.scope);
        let name = facts.text(declared.name);
        let call = declared.decorators.iter().find_map(|&decorator| {
            let call = scope.expr(decorator).as_call()?;
            let dotted = self.modules.qualified_expr(function.module, call.callee)?;
            (dotted.ends_with("decorators.action") && dotted.starts_with("rest_framework"))
                .then_some(call)
        })?;
        let frame = self.frame_for(function.module, None);
        let value = |machine: &mut Self, position, keyword| {
            call.argument(position, keyword)
                .map(|expr| machine.expr(frame, expr))
        };
        let methods = value(self, 0, "methods");
        let detail = match value(self, 1, "detail") {
            Some(Value::Bool(detail)) => Some(detail),
            _ => None,
        };
        let text = |value: Option<Value>, default: Rc<str>| match value {
            Some(Value::Str(text)) if !text.is_empty() => Some(text),
            None | Some(Value::None | Value::Str(_)) => Some(default),
            Some(_) => None,
        };
        let url_path = text(value(self, 2, "url_path"), Rc::from(name));
        let url_name = text(value(self, 3, "url_name"), Rc::from(name.replace('_', "-")));
        let mut mapping = Vec::new();
        match methods {
            None | Some(Value::None) => mapping.push((Rc::from("get"), Rc::from(name))),
            Some(methods) => {
                for item in self.iterate(&methods).unwrap_or_default() {
                    if let Value::Str(method) = item.value {
                        mapping.push((Rc::from(method.to_lowercase()), Rc::from(name)));
                    }
                }
            }
        }
        self.add_mapped(function, name, &mut mapping);
        Some(ExtraAction {
            mapping,
            detail,
            url_path,
            url_name,
        })
    }

    /// Methods that `@name.mapping.delete` adds to an action.
    fn add_mapped(&self, function: FunctionRef, name: &str, mapping: &mut Vec<(Rc<str>, Rc<str>)>) {
        let facts = self.facts(function.module);
        let scope = facts.function(function.function).scope;
        for other in facts.functions.iter().filter(|other| other.scope == scope) {
            for &decorator in &other.decorators {
                let dotted = facts
                    .body(scope)
                    .expr(decorator)
                    .dotted()
                    .unwrap_or_default();
                if let Some(method) = dotted
                    .strip_prefix(name)
                    .and_then(|rest| rest.strip_prefix(".mapping."))
                {
                    mapping.push((Rc::from(method), Rc::from(facts.text(other.name))));
                }
            }
        }
    }

    fn template(&mut self, value: &Value) -> Option<RouteTemplate> {
        let Value::Object(object) = value else {
            return None;
        };
        let dynamic = match self.heap.get(*object).kind {
            Kind::Native("DynamicRoute") => true,
            Kind::Native("Route") => false,
            _ => return None,
        };
        let attributes = self.heap.get(*object).attributes.clone();
        let text = |name: &str| match attributes.get(name) {
            Some(Value::Str(text)) => Some(Rc::clone(text)),
            _ => None,
        };
        let mut mapping = Vec::new();
        if let Some(entries) = attributes
            .get("mapping")
            .and_then(|mapping| self.heap.entries(mapping))
        {
            for (method, action) in entries {
                mapping.push((Rc::from(method.as_str()?), Rc::from(action.as_str()?)));
            }
        }
        Some(RouteTemplate {
            dynamic,
            url: text("url")?,
            name: text("name")?,
            detail: attributes.get("detail") == Some(&Value::Bool(true)),
            mapping,
        })
    }

    fn simple_urls(&mut self, router: ObjectId) -> Value {
        let registry = self.object_attribute(router, "registry");
        let items = self
            .iterate(&registry)
            .unwrap_or_else(|| vec![self.item(Value::Unknown, self.nowhere())]);
        let mut out = Vec::new();
        for item in items {
            let entry = self.heap.items(&item.value).map(<[Item]>::to_vec);
            match entry.as_deref() {
                Some([prefix, viewset, basename]) => {
                    let urls = self.viewset_urls(
                        router,
                        &prefix.value,
                        &viewset.value,
                        &basename.value,
                        &item,
                    );
                    out.extend(urls);
                }
                _ => out.push(Item {
                    value: Value::Unknown,
                    ..item
                }),
            }
        }
        self.heap.list(out)
    }

    fn viewset_urls(
        &mut self,
        router: ObjectId,
        prefix: &Value,
        viewset: &Value,
        basename: &Value,
        item: &Item,
    ) -> Vec<Item> {
        let unknown = vec![Item {
            value: Value::Unknown,
            ..item.clone()
        }];
        let Value::Class(class) = viewset else {
            return unknown;
        };
        let get_lookup = self.object_attribute(router, "get_lookup_regex");
        let lookup = self.call_value(
            get_lookup,
            Args::positional(vec![viewset.clone()]),
            item.place,
        );
        let get_routes = self.object_attribute(router, "get_routes");
        let routes = self.call_value(
            get_routes,
            Args::positional(vec![viewset.clone()]),
            item.place,
        );
        let Some(routes) = self.iterate(&routes) else {
            return unknown;
        };
        let (actions, open) = self.extra_actions(*class);
        let picks = self.picks_actions(*class);
        let slash = self.object_attribute(router, "trailing_slash");
        let is_regex = self.object_attribute(router, "_use_regex") != Value::Bool(false);
        let mut urls = Vec::new();
        for route in routes {
            let Some(template) = self.template(&route.value) else {
                urls.push(Item {
                    value: Value::Unknown,
                    ..item.clone()
                });
                continue;
            };
            let mut item = item.clone();
            item.when.maybe |= template.dynamic && picks;
            for template in expand(&template, &actions) {
                let mapping: Vec<_> = template
                    .mapping
                    .iter()
                    .filter(|(_, action)| self.has_action(*class, action) != Some(false))
                    .cloned()
                    .collect();
                if mapping.is_empty() {
                    continue;
                }
                let fields = Args {
                    keywords: vec![
                        (Rc::from("prefix"), prefix.clone()),
                        (Rc::from("lookup"), lookup.clone()),
                        (Rc::from("trailing_slash"), slash.clone()),
                    ],
                    ..Args::default()
                };
                let segment = match self.format(&template.url, &fields) {
                    Value::Str(text) if is_regex => {
                        let text = match text.strip_prefix("^/") {
                            Some(rest) if prefix.as_str() == Some("") => format!("^{rest}"),
                            _ => text.to_string(),
                        };
                        Segment::Regex(text)
                    }
                    Value::Str(text) => {
                        let text = match text.strip_prefix('/') {
                            Some(rest) if prefix.as_str() == Some("") => rest,
                            _ => &text,
                        };
                        Segment::Route(text.to_owned())
                    }
                    _ => Segment::Unknown,
                };
                let fields = Args {
                    keywords: vec![(Rc::from("basename"), basename.clone())],
                    ..Args::default()
                };
                let name = self.format(&template.name, &fields);
                let view = View {
                    actions: mapping,
                    ..View::new(Target::Class(*class))
                };
                let value = self.heap.pattern(Pattern {
                    segment,
                    target: Value::View(Rc::new(view)),
                    name,
                    kwargs: Value::None,
                    place: item.place,
                });
                urls.push(Item {
                    value,
                    ..item.clone()
                });
            }
        }
        if open {
            urls.extend(unknown);
        }
        urls
    }

    fn default_urls(&mut self, router: ObjectId) -> Value {
        let mut urls = match self.simple_urls(router) {
            Value::List(id) => self
                .heap
                .items(&Value::List(id))
                .map(<[Item]>::to_vec)
                .unwrap_or_default(),
            _ => return Value::Unknown,
        };
        let place = self.nowhere();
        if self.object_attribute(router, "include_root_view") != Value::Bool(false) {
            let get_root = self.object_attribute(router, "get_api_root_view");
            let view = match self.call_value(get_root, Args::default(), place) {
                view @ Value::View(_) => view,
                _ => {
                    let class = self.object_attribute(router, "APIRootView");
                    let as_view = self.attribute(&class, "as_view");
                    self.call_value(as_view, Args::default(), place)
                }
            };
            let name = self.object_attribute(router, "root_view_name");
            let root_place = urls.first().map_or(place, |item| item.place);
            let root = self.heap.pattern(Pattern {
                segment: Segment::Route(String::new()),
                target: view,
                name,
                kwargs: Value::None,
                place: root_place,
            });
            urls.push(self.item(root, root_place));
        }
        let list = self.heap.list(urls);
        if self.object_attribute(router, "include_format_suffixes") == Value::Bool(false) {
            return list;
        }
        self.call_value(
            Value::Native("format_suffix_patterns"),
            Args::positional(vec![list]),
            place,
        )
    }

    /// The expression that a class attribute is assigned, with the module it stands in.
    fn class_expr(&self, class: ClassRef, name: &str) -> Option<(ModuleId, ExprRef<'a>)> {
        for step in self.class_steps(class) {
            let Step::Class(class) = step else { continue };
            let body = self.modules.class_body(class);
            let Some(binding) = body.binding(name) else {
                continue;
            };
            let BindingKind::Value(expr) = binding.kind else {
                return None;
            };
            let expr = body.expr(expr);
            // `queryset = None` of a base says nothing.
            return (!expr.is_none()).then_some((class.module, expr));
        }
        None
    }
}

/// A route for each action that a dynamic one stands for; itself otherwise.
fn expand(template: &RouteTemplate, actions: &[(String, ExtraAction)]) -> Vec<RouteTemplate> {
    if !template.dynamic {
        return vec![template.clone()];
    }
    let fits = actions
        .iter()
        .filter(|(_, action)| action.detail == Some(template.detail));
    fits.map(|(_, action)| {
        let path = action
            .url_path
            .as_deref()
            .map(|path| path.replace('{', "{{").replace('}', "}}"));
        let name = action.url_name.as_deref();
        RouteTemplate {
            dynamic: false,
            // A field that nothing fills makes the text unknown.
            url: Rc::from(
                template
                    .url
                    .replace("{url_path}", path.as_deref().unwrap_or("{unknown}")),
            ),
            name: Rc::from(
                template
                    .name
                    .replace("{url_name}", name.unwrap_or("{unknown}")),
            ),
            detail: template.detail,
            mapping: action.mapping.clone(),
        }
    })
    .collect()
}

/// The attributes and method names of a chain, outermost first.
fn attributes_of(expr: ExprRef<'_>) -> Vec<&str> {
    let mut names = Vec::new();
    let mut current = expr;
    loop {
        current = match current.kind() {
            Expr::Call(callee, _) => current.at(callee),
            Expr::Attribute(value, name) => {
                names.push(current.facts().text(name));
                current.at(value)
            }
            _ => return names,
        };
    }
}

fn known_actions(dotted: &str) -> Option<&'static [&'static str]> {
    let name = dotted.rsplit('.').next()?;
    if !dotted.starts_with("rest_framework.") {
        return None;
    }
    KNOWN_ACTIONS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, actions)| *actions)
}
