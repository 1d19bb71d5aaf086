//! Routers of Django REST framework: viewsets in, patterns out.

mod actions;
mod patterns;

use std::rc::Rc;

use crate::routes::evaluate::Machine;
use crate::routes::evaluate::calls::Args;
use crate::routes::evaluate::value::{CodePlace, Item, Kind, ObjectId, Value};

/// Methods that are known here, by the class that has them.
pub(in crate::routes) fn methods(class: &str) -> &'static [&'static str] {
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

/// URL, name, mapping (`None` for dynamic ones), and whether it is about one object.
type DefaultRoute = (
    &'static str,
    &'static str,
    Option<&'static [(&'static str, &'static str)]>,
    bool,
);

impl Machine<'_> {
    pub(in crate::routes) fn init_route(
        &mut self,
        object: ObjectId,
        class: &'static str,
        args: &Args,
    ) {
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
    pub(in crate::routes) fn router_class_attribute(
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
        let lists: [DefaultRoute; 4] = [
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
        let place = CodePlace::NOWHERE;
        let routes = self.list_of(values, place);
        self.native_values
            .insert("routes".to_owned(), routes.clone());
        routes
    }

    pub(in crate::routes) fn init_router(
        &mut self,
        object: ObjectId,
        args: &Args,
        place: CodePlace,
    ) {
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

    pub(in crate::routes) fn router_method(
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
}
