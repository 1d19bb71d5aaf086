//! Operations of django-ninja: functions decorated with a method and a path.

use std::rc::Rc;

use super::evaluate::Machine;
use super::evaluate::calls::Args;
use super::evaluate::value::{CodePlace, Item, ObjectId, Pattern, Target, Value, View};
use super::pattern::Segment;

/// Methods of APIs and routers that are known here.
pub(super) const METHODS: &[&str] = &[
    "__init__",
    "add_router",
    "api_operation",
    "delete",
    "get",
    "patch",
    "post",
    "put",
];

/// Routers within routers.
const MAX_DEPTH: u32 = 20;

impl Machine<'_> {
    pub(super) fn init_ninja(&mut self, object: ObjectId, args: &Args) {
        let operations = self.heap.list(Vec::new());
        let routers = self.heap.list(Vec::new());
        let attributes = &mut self.heap.get_mut(object).attributes;
        attributes.insert(Rc::from("operations"), operations);
        attributes.insert(Rc::from("routers"), routers);
        for (name, value) in &args.keywords {
            attributes.insert(Rc::clone(name), value.clone());
        }
    }

    pub(super) fn ninja_method(
        &mut self,
        object: ObjectId,
        name: &str,
        args: &Args,
        place: CodePlace,
    ) -> Value {
        match name {
            "add_router" => {
                let prefix = args.get(0, "prefix").cloned().unwrap_or(Value::Unknown);
                let mut router = args.get(1, "router").cloned().unwrap_or(Value::Unknown);
                if let Value::Str(dotted) = &router {
                    router = self.lookup(&dotted.clone());
                }
                let name_prefix = args
                    .keyword("url_name_prefix")
                    .cloned()
                    .unwrap_or(Value::None);
                let parts = [prefix, router, name_prefix].map(|value| self.item(value, place));
                self.add_to(object, "routers", Value::Tuple(parts.into()), place);
                Value::None
            }
            "get" | "post" | "put" | "patch" | "delete" | "api_operation" => {
                let at = usize::from(name == "api_operation");
                let path = args.get(at, "path").cloned().unwrap_or(Value::Unknown);
                let url_name = args.keyword("url_name").cloned().unwrap_or(Value::None);
                let parts =
                    [Value::Object(object), path, url_name].map(|value| self.item(value, place));
                Value::Bound(Rc::new((
                    Value::Tuple(parts.into()),
                    Rc::from("add_operation"),
                )))
            }
            name if name.ends_with(".__init__") => {
                self.init_ninja(object, args);
                Value::None
            }
            _ => Value::Unknown,
        }
    }

    fn add_to(&mut self, object: ObjectId, list: &str, value: Value, place: CodePlace) {
        let list = self.object_attribute(object, list);
        let item = self.item(value, place);
        let added = self.heap.list(vec![item]);
        self.extend(&list, &added, place);
    }

    /// What `@api.get("/orders")` does once it gets the function.
    pub(super) fn add_operation(
        &mut self,
        given: &Value,
        function: &Value,
        place: CodePlace,
    ) -> Value {
        let parts = self
            .heap
            .items(given)
            .map(<[Item]>::to_vec)
            .unwrap_or_default();
        let [owner, path, name] = &parts[..] else {
            return Value::Unknown;
        };
        if let Value::Object(owner) = owner.value {
            let entry = [path.value.clone(), name.value.clone(), function.clone()];
            let entry = entry.map(|value| self.item(value, place));
            self.add_to(owner, "operations", Value::Tuple(entry.into()), place);
        }
        function.clone()
    }

    pub(super) fn ninja_urls(&mut self, api: ObjectId) -> Value {
        let place = CodePlace::NOWHERE;
        let mut items = Vec::new();
        let mut page =
            |machine: &mut Self, attribute: &str, default: &str, function: &str, name: &str| {
                let url = match machine.heap.get(api).attributes.get(attribute) {
                    Some(Value::Str(url)) => url.to_string(),
                    Some(Value::None) => return false,
                    Some(_) => {
                        items.push(machine.item(Value::Unknown, place));
                        return true;
                    }
                    None => default.to_owned(),
                };
                let view = Value::External(Rc::from(format!("ninja.openapi.views.{function}")));
                let segment = Segment::Route(url.trim_start_matches('/').to_owned());
                let name = Value::Str(Rc::from(name));
                let pattern = machine.heap.pattern(Pattern {
                    segment,
                    target: view,
                    name,
                    kwargs: Value::None,
                    place,
                });
                items.push(machine.item(pattern, place));
                true
            };
        if page(
            self,
            "openapi_url",
            "/openapi.json",
            "openapi_json",
            "openapi-json",
        ) {
            page(self, "docs_url", "/docs", "openapi_view", "openapi-view");
        }
        self.router_operations(api, "", "", 0, &mut items);
        let root = Value::External(Rc::from("ninja.openapi.views.default_home"));
        let pattern = self.heap.pattern(Pattern {
            segment: Segment::Route(String::new()),
            target: root,
            name: Value::Str(Rc::from("api-root")),
            kwargs: Value::None,
            place,
        });
        items.push(self.item(pattern, place));
        let patterns = self.heap.list(items);
        let attributes = &self.heap.get(api).attributes;
        let namespace = match (attributes.get("urls_namespace"), attributes.get("version")) {
            (Some(Value::Str(name)), _) => {
                Value::Str(Rc::from(name.rsplit(':').next().unwrap_or(name)))
            }
            (None | Some(Value::None), Some(Value::Str(version))) => {
                Value::Str(Rc::from(format!("api-{version}")))
            }
            (None | Some(Value::None), None) => Value::Str(Rc::from("api-1.0.0")),
            _ => Value::Unknown,
        };
        let parts = [patterns, Value::Str(Rc::from("ninja")), namespace]
            .map(|value| self.item(value, place));
        Value::Tuple(parts.into())
    }

    /// The operations of an API or router and of the routers within.
    fn router_operations(
        &mut self,
        router: ObjectId,
        prefix: &str,
        name_prefix: &str,
        depth: u32,
        items: &mut Vec<Item>,
    ) {
        let place = CodePlace::NOWHERE;
        let operations = self.object_attribute(router, "operations");
        for item in self.iterate(&operations).unwrap_or_default() {
            let parts = self
                .heap
                .items(&item.value)
                .map(<[Item]>::to_vec)
                .unwrap_or_default();
            let [path, name, function] = &parts[..] else {
                continue;
            };
            let view = self
                .view_of(&function.value)
                .unwrap_or_else(|| View::new(Target::Unknown));
            let segment = match &path.value {
                Value::Str(path) => Segment::Route(route(prefix, path)),
                _ => Segment::Unknown,
            };
            let name = match (&name.value, &view.target) {
                (Value::None, Target::Function(function)) => {
                    let own = self.modules.function_name(*function);
                    let name = if name_prefix.is_empty() {
                        own.to_owned()
                    } else {
                        format!("{name_prefix}_{own}")
                    };
                    Value::Str(Rc::from(name))
                }
                (Value::None, _) => Value::Unknown,
                (given, _) => given.clone(),
            };
            let target = Value::View(Rc::new(view));
            let pattern = Pattern {
                segment,
                target,
                name,
                kwargs: Value::None,
                place: item.place,
            };
            let value = self.heap.pattern(pattern);
            items.push(Item { value, ..item });
        }
        let routers = self.object_attribute(router, "routers");
        for item in self.iterate(&routers).unwrap_or_default() {
            let parts = self
                .heap
                .items(&item.value)
                .map(<[Item]>::to_vec)
                .unwrap_or_default();
            let [inner_prefix, inner, name] = &parts[..] else {
                continue;
            };
            match (&inner_prefix.value, &inner.value) {
                (Value::Str(inner_prefix), Value::Object(inner)) if depth < MAX_DEPTH => {
                    let name = name.value.as_str().unwrap_or(name_prefix);
                    self.router_operations(
                        *inner,
                        &route(prefix, inner_prefix),
                        name,
                        depth + 1,
                        items,
                    );
                }
                _ => items.push(self.item(Value::Unknown, place)),
            }
        }
    }
}

/// Prefix and path joined as the package joins them: braces become brackets, slashes collapse.
fn route(prefix: &str, path: &str) -> String {
    let path = path.replace('{', "<").replace('}', ">");
    let parts: Vec<_> = [prefix, &path]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    let mut joined = parts.join("/");
    while joined.contains("//") {
        joined = joined.replace("//", "/");
    }
    joined.trim_start_matches('/').to_owned()
}
