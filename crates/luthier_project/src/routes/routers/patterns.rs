//! The patterns that a router makes of what was registered.

use std::rc::Rc;

use super::actions::ExtraAction;

use crate::routes::evaluate::Machine;
use crate::routes::evaluate::calls::Args;
use crate::routes::evaluate::value::{
    CodePlace, Item, Kind, ObjectId, Pattern, Target, Value, View,
};
use crate::routes::pattern::Segment;

/// One route of a router, whose texts still have their fields.
#[derive(Clone)]
pub(super) struct RouteTemplate {
    dynamic: bool,
    url: Rc<str>,
    name: Rc<str>,
    detail: bool,
    mapping: Vec<(Rc<str>, Rc<str>)>,
}

impl Machine<'_> {
    pub(super) fn template(&mut self, value: &Value) -> Option<RouteTemplate> {
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

    pub(super) fn simple_urls(&mut self, router: ObjectId) -> Value {
        let registry = self.object_attribute(router, "registry");
        let items = self
            .iterate(&registry)
            .unwrap_or_else(|| vec![self.item(Value::Unknown, CodePlace::NOWHERE)]);
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

    pub(super) fn viewset_urls(
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
        let make_routes = self.object_attribute(router, "get_routes");
        let written = self.call_value(
            make_routes,
            Args::positional(vec![viewset.clone()]),
            item.place,
        );
        let Some(templates) = self.iterate(&written) else {
            return unknown;
        };
        let (actions, open) = self.extra_actions(*class);
        let picks = self.picks_actions(*class);
        let slash = self.object_attribute(router, "trailing_slash");
        let is_regex = self.object_attribute(router, "_use_regex") != Value::Bool(false);
        let mut urls = Vec::new();
        for route in templates {
            let Some(template) = self.template(&route.value) else {
                urls.push(Item {
                    value: Value::Unknown,
                    ..item.clone()
                });
                continue;
            };
            let mut item = item.clone();
            item.when.maybe |= template.dynamic && picks;
            for expanded in expand(&template, &actions) {
                let mapping: Vec<_> = expanded
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
                let segment = match Self::format(&expanded.url, &fields) {
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
                let name = Self::format(&expanded.name, &fields);
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

    pub(super) fn default_urls(&mut self, router: ObjectId) -> Value {
        let mut urls = match self.simple_urls(router) {
            Value::List(id) => self
                .heap
                .items(&Value::List(id))
                .map(<[Item]>::to_vec)
                .unwrap_or_default(),
            _ => return Value::Unknown,
        };
        let place = CodePlace::NOWHERE;
        if self.object_attribute(router, "include_root_view") != Value::Bool(false) {
            let get_root = self.object_attribute(router, "get_api_root_view");
            let mut view = self.call_value(get_root, Args::default(), place);
            if !matches!(view, Value::View(_)) {
                let class = self.object_attribute(router, "APIRootView");
                let as_view = self.attribute(&class, "as_view");
                view = self.call_value(as_view, Args::default(), place);
            }
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
