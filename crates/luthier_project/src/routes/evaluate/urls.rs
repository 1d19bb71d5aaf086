//! What Django's own URL functions give: `path()`, `include()` and kin.

use std::rc::Rc;

use super::Machine;
use super::calls::Args;
use super::value::{
    CodePlace, Include, Item, Kind, ObjectId, Pattern, PatternId, Target, Value, View, When,
};
use crate::routes::pattern::Segment;
use crate::routes::surroundings::{Literal, Setting};

impl Machine<'_> {
    pub(in crate::routes) fn call_native(
        &mut self,
        name: &'static str,
        args: &Args,
        place: CodePlace,
    ) -> Value {
        let first = args.positional.first().cloned().unwrap_or(Value::Unknown);
        match name {
            "path" | "re_path" => self.path(name == "re_path", args, place),
            "include" => self.include(args),
            "i18n_patterns" => self.i18n_patterns(args, place),
            "static" => self.static_patterns(args.get(0, "prefix"), args, place),
            "staticfiles" => {
                let prefix = args
                    .get(0, "prefix")
                    .cloned()
                    .filter(|prefix| *prefix != Value::None);
                let prefix = prefix.unwrap_or_else(|| self.setting("STATIC_URL"));
                self.static_patterns(Some(&prefix), &Args::default(), place)
            }
            "register_converter" => {
                if let [converter, Value::Str(name), ..] = &args.positional[..] {
                    self.converters.push((Rc::clone(name), converter.clone()));
                }
                Value::None
            }
            "import_module" => match &first {
                Value::Str(dotted) if !dotted.starts_with('.') => self.lookup(&dotted.clone()),
                _ => Value::Unknown,
            },
            "same" => first,
            "second" => args.positional.get(1).cloned().unwrap_or(Value::Unknown),
            "format_lazy" => match &first {
                Value::Str(text) => {
                    let text = Rc::clone(text);
                    let rest = Args {
                        positional: args.positional[1..].to_vec(),
                        keywords: args.keywords.clone(),
                        open: args.open,
                    };
                    Self::format(&text, &rest)
                }
                _ => Value::Unknown,
            },
            "partial" => self.partial(args),
            "wraps" => match self.view_of(&first) {
                Some(view) => {
                    Value::Bound(Rc::new((Value::View(Rc::new(view)), Rc::from("wraps"))))
                }
                None => Value::Unknown,
            },
            "update_wrapper" => {
                let wrapped = args
                    .get(1, "wrapped")
                    .and_then(|wrapped| self.view_of(wrapped));
                match (wrapped, self.view_of(&first)) {
                    (Some(_), Some(outer)) if matches!(first, Value::View(_)) => {
                        Value::View(Rc::new(outer))
                    }
                    (Some(mut view), _) => {
                        view.wrappers.push(None);
                        Value::View(Rc::new(view))
                    }
                    (None, _) => Value::Unknown,
                }
            }
            "chain" => {
                let list = self.heap.list(Vec::new());
                for part in &args.positional {
                    self.extend(&list, part, place);
                }
                if args.open {
                    self.extend(&list, &Value::Unknown, place);
                }
                list
            }
            "format_suffix_patterns" => self.format_suffix_patterns(&first, args),
            "admin.register" => {
                let site = args
                    .keyword("site")
                    .cloned()
                    .unwrap_or_else(|| self.default_site());
                let given = std::iter::once(site).chain(args.positional.iter().cloned());
                let given: Vec<_> = given.map(|value| self.item(value, place)).collect();
                Value::Bound(Rc::new((
                    Value::Tuple(given.into()),
                    Rc::from("decorate_admin"),
                )))
            }
            "admin.autodiscover" => Value::None,
            "get_user_model" => self.user_model(),
            _ => Value::Unknown,
        }
    }

    fn path(&mut self, is_regex: bool, args: &Args, place: CodePlace) -> Value {
        let keyword = if is_regex { "regex" } else { "route" };
        let segment = match args.get(0, keyword).or_else(|| args.keyword("route")) {
            Some(Value::Str(text)) if is_regex => Segment::Regex(text.to_string()),
            Some(Value::Str(text)) => Segment::Route(text.to_string()),
            _ => Segment::Unknown,
        };
        let target = args.get(1, "view").cloned().unwrap_or(Value::Unknown);
        let default = if args.open {
            Value::Unknown
        } else {
            Value::None
        };
        let kwargs = args
            .get(2, "kwargs")
            .cloned()
            .unwrap_or_else(|| default.clone());
        let name = args.get(3, "name").cloned().unwrap_or(default);
        // `admin.site.urls` and such: what `include()` would make of three values.
        let target = match self.heap.items(&target) {
            Some(items) if matches!(target, Value::Tuple(_)) && items.len() == 3 => {
                let [patterns, app_name, namespace] =
                    [0, 1, 2].map(|index| items[index].value.clone());
                Value::Include(Rc::new(Include {
                    patterns,
                    app_name,
                    namespace,
                    module: None,
                    missing: None,
                }))
            }
            _ => target,
        };
        self.heap.pattern(Pattern {
            segment,
            target,
            name,
            kwargs,
            place,
        })
    }

    fn include(&mut self, args: &Args) -> Value {
        let first = args.get(0, "arg").cloned().unwrap_or(Value::Unknown);
        let mut namespace = args.get(1, "namespace").cloned().unwrap_or(Value::None);
        let mut app_name = Value::None;
        let mut target = first;
        if let Value::Tuple(items) = &target {
            let items = Rc::clone(items);
            match &items[..] {
                [patterns, app] => {
                    app_name = app.value.clone();
                    target = patterns.value.clone();
                }
                // The older form with both names.
                [patterns, app, space] => {
                    app_name = app.value.clone();
                    namespace = space.value.clone();
                    target = patterns.value.clone();
                }
                _ => {}
            }
        }
        let mut missing = None;
        if let Value::Str(dotted) = &target {
            let dotted = Rc::clone(dotted);
            target = if let Some(module) = self.modules.find(&dotted) {
                Value::Module(module)
            } else {
                missing = Some(dotted);
                Value::Unknown
            };
        }
        if let Value::External(dotted) = &target {
            missing = Some(Rc::clone(dotted));
        }
        let mut module = None;
        let mut patterns = target.clone();
        if let Value::Module(id) = target {
            module = Some(id);
            patterns = self.urlpatterns(id);
            if let Some(own) = self.member_if_any(id, "app_name") {
                app_name = own;
            }
        }
        if missing.is_some() && app_name == Value::None {
            app_name = Value::Unknown;
        }
        if namespace == Value::None {
            namespace = app_name.clone();
        }
        Value::Include(Rc::new(Include {
            patterns,
            app_name,
            namespace,
            module,
            missing,
        }))
    }

    /// What a URLconf module says, after running it.
    pub(in crate::routes) fn urlpatterns(&mut self, module: crate::modules::ModuleId) -> Value {
        self.run_module(module);
        self.member_if_any(module, "urlpatterns")
            .unwrap_or(Value::Unknown)
    }

    /// The class that `AUTH_USER_MODEL` names.
    fn user_model(&mut self) -> Value {
        let chosen = match self.world.setting("AUTH_USER_MODEL") {
            Setting::Known(Literal::Str(name)) => name.as_str(),
            Setting::Missing => "auth.User",
            _ => return Value::Unknown,
        };
        let Some((label, name)) = chosen.split_once('.') else {
            return Value::Unknown;
        };
        let app = self.world.apps.iter().find(|(_, known)| known == label);
        let Some((package, _)) = app else {
            return Value::Unknown;
        };
        match self.lookup(&format!("{package}.models.{name}")) {
            class @ Value::Class(_) => class,
            _ => Value::Unknown,
        }
    }

    fn i18n_patterns(&mut self, args: &Args, place: CodePlace) -> Value {
        let items: Vec<Item> = args
            .positional
            .iter()
            .map(|value| self.item(value.clone(), place))
            .collect();
        let list = self.heap.list(items);
        let include = Include {
            patterns: list,
            app_name: Value::None,
            namespace: Value::None,
            module: None,
            missing: None,
        };
        let segment = match self.world.setting("USE_I18N") {
            Setting::Known(Literal::Bool(false)) => Segment::Route(String::new()),
            _ => Segment::Language,
        };
        let pattern = self.heap.pattern(Pattern {
            segment,
            target: Value::Include(Rc::new(include)),
            name: Value::None,
            kwargs: Value::None,
            place,
        });
        self.list_of(vec![pattern], place)
    }

    /// Patterns that serve files while DEBUG is on.
    fn static_patterns(&mut self, prefix: Option<&Value>, args: &Args, place: CodePlace) -> Value {
        let segment = match prefix {
            Some(Value::Str(prefix)) if prefix.contains("//") => return self.heap.list(Vec::new()),
            Some(Value::Str(prefix)) => Segment::Regex(format!(
                "^{}(?P<path>.*)$",
                escape(prefix.trim_start_matches('/'))
            )),
            _ => Segment::Unknown,
        };
        let view = match args.get(1, "view") {
            Some(view) => view.clone(),
            None => Value::External(Rc::from("django.views.static.serve")),
        };
        let pattern = self.heap.pattern(Pattern {
            segment,
            target: view,
            name: Value::None,
            kwargs: Value::Unknown,
            place,
        });
        self.under(
            When {
                debug: Some(true),
                maybe: false,
            },
            |machine| machine.list_of(vec![pattern], place),
        )
    }

    fn partial(&mut self, args: &Args) -> Value {
        let Some(mut view) = args
            .positional
            .first()
            .and_then(|first| self.view_of(first))
        else {
            return Value::Unknown;
        };
        if view.target == Target::Unknown {
            return Value::Unknown;
        }
        // `partial(path, ...)` and other functions that are no views never get here.
        view.filled += args.positional.len() - 1;
        view.keywords.extend(args.keywords.iter().cloned());
        Value::View(Rc::new(view))
    }

    fn format_suffix_patterns(&mut self, patterns: &Value, args: &Args) -> Value {
        let required = args.get(1, "suffix_required") == Some(&Value::Bool(true));
        let allowed = args.get(2, "allowed").cloned().unwrap_or(Value::None);
        let allowed: Option<Vec<String>> = match self.iterate(&allowed) {
            Some(items) => items
                .iter()
                .map(|item| item.value.as_str().map(str::to_owned))
                .collect(),
            None if allowed == Value::None => Some(Vec::new()),
            None => None,
        };
        let Some(items) = self.iterate(patterns) else {
            return Value::Unknown;
        };
        let mut out = Vec::with_capacity(items.len() * 2);
        for item in items {
            let Value::Pattern(id) = item.value else {
                out.push(item);
                continue;
            };
            let pattern = self.heap.get_pattern(id).clone();
            if let Value::Include(include) = &pattern.target {
                let inner = self.format_suffix_patterns(&include.patterns, args);
                let include = Include {
                    patterns: inner,
                    ..Include::clone(include)
                };
                let value = self.heap.pattern(Pattern {
                    target: Value::Include(Rc::new(include)),
                    ..pattern
                });
                out.push(Item { value, ..item });
                continue;
            }
            if !required {
                out.push(item.clone());
            }
            let segment = suffixed(&pattern.segment, allowed.as_deref());
            let value = self.heap.pattern(Pattern { segment, ..pattern });
            out.push(Item { value, ..item });
        }
        self.heap.list(out)
    }

    // ---- patterns as values ----

    pub(in crate::routes) fn is_include(&self, pattern: PatternId) -> bool {
        let target = &self.heap.get_pattern(pattern).target;
        matches!(target, Value::Include(_) | Value::List(_))
    }

    pub(in crate::routes) fn pattern_attribute(&mut self, pattern: PatternId, name: &str) -> Value {
        let pattern = self.heap.get_pattern(pattern);
        match (name, &pattern.target) {
            ("name", _) => pattern.name.clone(),
            ("url_patterns", Value::Include(include)) => include.patterns.clone(),
            ("callback", Value::Include(_)) => Value::Unknown,
            ("callback", target) => target.clone(),
            ("app_name", Value::Include(include)) => include.app_name.clone(),
            ("namespace", Value::Include(include)) => include.namespace.clone(),
            _ => Value::Unknown,
        }
    }

    pub(in crate::routes) fn set_attribute(&mut self, object: &Value, name: &str, value: Value) {
        match object {
            Value::Object(object) => {
                self.heap
                    .get_mut(*object)
                    .attributes
                    .insert(Rc::from(name), value);
            }
            Value::Pattern(pattern) if name == "callback" => {
                self.heap.get_pattern_mut(*pattern).target = value;
            }
            _ => {}
        }
    }

    // ---- instances of known classes ----

    pub(in crate::routes) fn default_site(&mut self) -> Value {
        if let Some(site) = self.native_values.get("admin.site") {
            return site.clone();
        }
        let site = self.heap.object(Kind::Native("AdminSite"));
        self.init_site(site, &Args::default());
        let value = Value::Object(site);
        self.native_values
            .insert("admin.site".to_owned(), value.clone());
        value
    }

    pub(in crate::routes) fn init_native(
        &mut self,
        object: ObjectId,
        class: &'static str,
        args: &Args,
        place: CodePlace,
    ) {
        match class {
            "AdminSite" => self.init_site(object, args),
            "Route" | "DynamicRoute" => self.init_route(object, class, args),
            "NinjaAPI" | "NinjaRouter" => self.init_ninja(object, args),
            "BaseRouter"
            | "SimpleRouter"
            | "DefaultRouter"
            | "NestedMixin"
            | "NestedDefaultRouter"
            | "NestedSimpleRouter" => self.init_router(object, args, place),
            _ => {}
        }
    }

    /// An attribute of a known class as its instances see it.
    pub(in crate::routes) fn native_attribute(
        &mut self,
        object: ObjectId,
        class: &'static str,
        name: &str,
    ) -> Option<Value> {
        if name == "urls"
            && let Some(urls) = self.native_urls(object, class)
        {
            return Some(urls);
        }
        if let Some(value) = self.native_class_attribute(class, name) {
            return Some(value);
        }
        let methods: &[&str] = match class {
            "AdminSite" => crate::routes::admin::SITE_METHODS,
            "ModelAdmin" => crate::routes::admin::MODEL_METHODS,
            "BaseRouter" | "SimpleRouter" | "DefaultRouter" | "NestedMixin" => {
                crate::routes::routers::methods(class)
            }
            "NinjaAPI" | "NinjaRouter" => crate::routes::ninja::METHODS,
            _ => &[],
        };
        let key = if name == "__init__" {
            format!("{class}.__init__")
        } else {
            name.to_owned()
        };
        let owner = format!("{class}.{name}");
        methods.contains(&name).then(|| {
            Value::Bound(Rc::new((
                Value::Object(object),
                Rc::from(if matches!(name, "get_urls") {
                    owner
                } else {
                    key
                }),
            )))
        })
    }

    fn native_urls(&mut self, object: ObjectId, class: &'static str) -> Option<Value> {
        match class {
            "BaseRouter" | "SimpleRouter" | "DefaultRouter" | "NestedMixin" | "ModelAdmin" => {
                let get_urls = self.attribute_from(object, 0, "get_urls");
                let urls = self.call_value(get_urls, Args::default(), CodePlace::NOWHERE);
                if class != "ModelAdmin" {
                    // What is registered later is added to the list that others already hold.
                    let attributes = &mut self.heap.get_mut(object).attributes;
                    attributes.insert(Rc::from("_urls"), urls.clone());
                }
                Some(urls)
            }
            "AdminSite" => Some(self.site_urls(object)),
            "NinjaAPI" => Some(self.ninja_urls(object)),
            _ => None,
        }
    }

    /// An attribute of a known class itself.
    pub(in crate::routes) fn native_class_attribute(
        &mut self,
        class: &'static str,
        name: &str,
    ) -> Option<Value> {
        match class {
            "SimpleRouter" | "DefaultRouter" => self.router_class_attribute(class, name),
            "AdminSite" if name == "final_catch_all_view" => Some(Value::Bool(true)),
            _ => None,
        }
    }

    pub(in crate::routes) fn call_native_method(
        &mut self,
        object: ObjectId,
        name: &str,
        args: &Args,
        place: CodePlace,
    ) -> Value {
        if self.is_a(object, "BaseRouter") {
            return self.router_method(object, name, args, place);
        }
        if self.is_a(object, "AdminSite") {
            return self.site_method(object, name, args, place);
        }
        if self.is_a(object, "ModelAdmin") {
            return self.model_admin_method(object, name, place);
        }
        self.ninja_method(object, name, args, place)
    }

    /// A view that is a method of a known class, or of the project's class that overrides it.
    pub(in crate::routes) fn method_view(&mut self, object: ObjectId, name: &str) -> Value {
        let view = match self.attribute_from(object, 0, name) {
            Value::Unknown => View::new(Target::Unknown),
            method => self
                .view_of(&method)
                .unwrap_or_else(|| View::new(Target::Unknown)),
        };
        Value::View(Rc::new(view))
    }
}

/// The text that matches `text` itself, as Python's `re.escape` writes it.
pub(in crate::routes) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        if r"()[]{}?*+-|^$\.&~# ".contains(char)
            || matches!(char, '\t' | '\n' | '\r' | '\x0b' | '\x0c')
        {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    escaped
}

fn suffixed(segment: &Segment, allowed: Option<&[String]>) -> Segment {
    let Some(allowed) = allowed else {
        return Segment::Unknown;
    };
    match segment {
        Segment::Route(route) => {
            let mut converter = "drf_format_suffix".to_owned();
            for name in allowed {
                converter.push('_');
                converter.push_str(name);
            }
            let route = route.trim_end_matches('$').trim_end_matches('/');
            Segment::Route(format!("{route}<{converter}:format>"))
        }
        Segment::Regex(pattern) => {
            let suffix = match allowed {
                [] => "[a-z0-9]+".to_owned(),
                [only] => only.clone(),
                several => format!("({})", several.join("|")),
            };
            let pattern = pattern.trim_end_matches('$').trim_end_matches('/');
            Segment::Regex(format!(r"{pattern}\.(?P<format>{suffix})/?$"))
        }
        other => other.clone(),
    }
}
