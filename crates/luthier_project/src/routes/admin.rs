//! The admin: which models are registered with which site, and the patterns that follow from it.

use std::rc::Rc;

use super::evaluate::Machine;
use super::evaluate::calls::Args;
use super::evaluate::value::{
    CodePlace, Include, Item, Kind, ObjectId, Pattern, Target, Value, View,
};
use super::pattern::Segment;
use super::surroundings::{Literal, Setting};
use crate::facts::ExprRef;
use crate::facts::ir::BindingKind;
use crate::modules::ClassRef;

/// Methods of `AdminSite` that are known here.
pub(super) const SITE_METHODS: &[&str] = &[
    "__init__",
    "admin_view",
    "app_index",
    "autocomplete_view",
    "catch_all_view",
    "get_urls",
    "i18n_javascript",
    "index",
    "login",
    "logout",
    "password_change",
    "password_change_done",
    "register",
    "unregister",
];

/// Methods of `ModelAdmin` that are known here.
pub(super) const MODEL_METHODS: &[&str] = &[
    "add_view",
    "change_view",
    "changelist_view",
    "delete_view",
    "get_urls",
    "history_view",
];

/// Route, method and name of the pages that every site has.
const SITE_PAGES: &[(&str, &str, &str)] = &[
    ("", "index", "index"),
    ("login/", "login", "login"),
    ("logout/", "logout", "logout"),
    ("password_change/", "password_change", "password_change"),
    (
        "password_change/done/",
        "password_change_done",
        "password_change_done",
    ),
    ("autocomplete/", "autocomplete_view", "autocomplete"),
    ("jsi18n/", "i18n_javascript", "jsi18n"),
];

/// Route, method and the end of the name of the pages that every registered model has.
const MODEL_PAGES: &[(&str, &str, &str)] = &[
    ("", "changelist_view", "changelist"),
    ("add/", "add_view", "add"),
    ("<path:object_id>/history/", "history_view", "history"),
    ("<path:object_id>/delete/", "delete_view", "delete"),
    ("<path:object_id>/change/", "change_view", "change"),
];

impl Machine<'_> {
    pub(super) fn init_site(&mut self, site: ObjectId, args: &Args) {
        let name = args
            .get(0, "name")
            .cloned()
            .unwrap_or_else(|| Value::Str(Rc::from("admin")));
        let registry = self.heap.list(Vec::new());
        let attributes = &mut self.heap.get_mut(site).attributes;
        attributes.insert(Rc::from("name"), name);
        attributes.insert(Rc::from("_registry"), registry);
    }

    pub(super) fn site_method(
        &mut self,
        site: ObjectId,
        name: &str,
        args: &Args,
        place: CodePlace,
    ) -> Value {
        match name {
            "AdminSite.__init__" => {
                self.init_site(site, args);
                Value::None
            }
            "register" => self.register_models(site, args, place),
            "unregister" => self.unregister_models(site, args),
            "AdminSite.get_urls" => self.site_patterns(site),
            "admin_view" => match args.get(0, "view").and_then(|view| self.view_of(view)) {
                Some(mut view) => {
                    view.wrappers.push(Some(Rc::from(
                        "django.contrib.admin.sites.AdminSite.admin_view",
                    )));
                    Value::View(Rc::new(view))
                }
                None => Value::Unknown,
            },
            _ => Value::Unknown,
        }
    }

    fn register_models(&mut self, site: ObjectId, args: &Args, place: CodePlace) -> Value {
        let registry = self.object_attribute(site, "_registry");
        let admin = args.get(1, "admin_class").cloned().unwrap_or(Value::None);
        for model in self.models_of(args) {
            // Django passes over models that another one stands in for.
            if let Value::Class(class) = model
                && self.is_swapped(class)
            {
                continue;
            }
            let parts = [model, admin.clone()].map(|value| self.item(value, place));
            let entry = self.item(Value::Tuple(parts.into()), place);
            let added = self.heap.list(vec![entry]);
            self.extend(&registry, &added, place);
        }
        Value::None
    }

    /// Whether a setting names another model in this one's place.
    fn is_swapped(&self, model: ClassRef) -> bool {
        let facts = self.facts(model.module);
        let meta = self.modules.class_body(model).binding("Meta");
        let Some(BindingKind::Class(meta)) = meta.map(|binding| binding.kind) else {
            return false;
        };
        let body = facts.body(facts.class(meta).body);
        let Some(BindingKind::Value(value)) = body.binding("swappable").map(|binding| binding.kind)
        else {
            return false;
        };
        let Some(setting) = body.expr(value).as_str() else {
            return false;
        };
        let Setting::Known(Literal::Str(chosen)) = self.world.setting(setting) else {
            return false;
        };
        let own = self.world.app_label(self.modules, model);
        own.is_some_and(|label| {
            !chosen.eq_ignore_ascii_case(&format!("{label}.{}", self.modules.class_name(model)))
        })
    }

    fn models_of(&mut self, args: &Args) -> Vec<Value> {
        let models = args
            .get(0, "model_or_iterable")
            .cloned()
            .unwrap_or(Value::Unknown);
        match self.iterate(&models) {
            Some(items) => items.into_iter().map(|item| item.value).collect(),
            None => vec![models],
        }
    }

    fn unregister_models(&mut self, site: ObjectId, args: &Args) -> Value {
        let registry = self.object_attribute(site, "_registry");
        let gone = self.models_of(args);
        let kept: Vec<Item> = self
            .iterate(&registry)
            .unwrap_or_default()
            .into_iter()
            .filter(|item| {
                let entry = self.heap.items(&item.value);
                entry.is_none_or(|entry| !gone.contains(&entry[0].value))
            })
            .collect();
        let kept = self.heap.list(kept);
        self.heap
            .get_mut(site)
            .attributes
            .insert(Rc::from("_registry"), kept);
        Value::None
    }

    /// `@admin.register(Order, site=shop_site)`: what the decorator does once it gets the class.
    pub(super) fn decorate_admin(
        &mut self,
        given: &Value,
        admin: &Value,
        place: CodePlace,
    ) -> Value {
        let Some(items) = self.heap.items(given).map(<[Item]>::to_vec) else {
            return Value::Unknown;
        };
        let Some((site, models)) = items.split_first() else {
            return Value::Unknown;
        };
        let models = models.iter().map(|item| item.value.clone()).collect();
        let models = self.list_of(models, place);
        if let Value::Object(site) = site.value {
            self.register_models(site, &Args::positional(vec![models, admin.clone()]), place);
        }
        admin.clone()
    }

    /// Runs the `admin` module of each installed app, as Django does when it starts.
    fn autodiscover(&mut self) -> bool {
        let mut complete = self.world.apps_complete;
        for (app, _) in &self.world.apps {
            match self.modules.find(&format!("{app}.admin")) {
                Some(module) => {
                    self.run_module(module);
                }
                None => complete &= self.modules.find(app).is_some_and(|id| !self.is_stub(id)),
            }
        }
        complete
    }

    fn is_stub(&self, module: crate::modules::ModuleId) -> bool {
        self.modules.get(module).origin == crate::modules::Origin::Builtin
    }

    /// `site.urls`: patterns, application namespace, instance namespace.
    pub(super) fn site_urls(&mut self, site: ObjectId) -> Value {
        let place = CodePlace::NOWHERE;
        if !self.native_values.contains_key("admin.autodiscovered") {
            self.native_values
                .insert("admin.autodiscovered".to_owned(), Value::None);
            let complete = self.autodiscover();
            self.native_values
                .insert("admin.autodiscovered".to_owned(), Value::Bool(complete));
        }
        let get_urls = self.object_attribute(site, "get_urls");
        let patterns = self.call_value(get_urls, Args::default(), place);
        let name = self.object_attribute(site, "name");
        let parts =
            [patterns, Value::Str(Rc::from("admin")), name].map(|value| self.item(value, place));
        Value::Tuple(parts.into())
    }

    fn page(&mut self, route: &str, view: Value, name: Option<String>, place: CodePlace) -> Value {
        self.heap.pattern(Pattern {
            segment: Segment::Route(route.to_owned()),
            target: view,
            name: name.map_or(Value::None, |name| Value::Str(Rc::from(name))),
            kwargs: Value::None,
            place,
        })
    }

    /// The route to an object's own page: Django 5 changed its converter.
    fn shortcut_route(&self) -> String {
        let installed = self
            .modules
            .find("django.contrib.admin.sites")
            .map(|id| self.modules.facts(id));
        let written = installed.into_iter().flat_map(|facts| {
            facts
                .body_ids()
                .flat_map(move |body| facts.body(body).exprs())
        });
        let route = written
            .filter_map(ExprRef::as_str)
            .find(|text| text.starts_with("r/<"));
        route
            .unwrap_or("r/<path:content_type_id>/<path:object_id>/")
            .to_owned()
    }

    fn site_patterns(&mut self, site: ObjectId) -> Value {
        let place = CodePlace::NOWHERE;
        let mut values = Vec::new();
        for &(route, method, name) in SITE_PAGES {
            let view = self.method_view(site, method);
            values.push(self.page(route, view, Some(name.to_owned()), place));
        }
        let shortcut = Value::External(Rc::from("django.contrib.contenttypes.views.shortcut"));
        let route = self.shortcut_route();
        values.push(self.page(&route, shortcut, Some("view_on_site".to_owned()), place));
        let mut open = self.native_values.get("admin.autodiscovered") != Some(&Value::Bool(true));
        let mut labels: Vec<String> = Vec::new();
        let registry = self.object_attribute(site, "_registry");
        for item in self.iterate(&registry).unwrap_or_default() {
            let entry = self
                .heap
                .items(&item.value)
                .map(<[Item]>::to_vec)
                .unwrap_or_default();
            let [model, admin] = &entry[..] else { continue };
            let Value::Class(model) = model.value else {
                open = true;
                continue;
            };
            let Some(label) = self.world.app_label(self.modules, model) else {
                open = true;
                continue;
            };
            let name = self.modules.class_name(model).to_lowercase();
            let patterns = self.model_patterns(site, model, &admin.value, item.place);
            let include = Include {
                patterns,
                app_name: Value::None,
                namespace: Value::None,
                module: None,
                missing: None,
            };
            let target = Value::Include(Rc::new(include));
            values.push(self.page(&format!("{label}/{name}/"), target, None, item.place));
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        if !labels.is_empty() {
            let view = self.method_view(site, "app_index");
            values.push(self.heap.pattern(Pattern {
                segment: if open {
                    Segment::Unknown
                } else {
                    Segment::Regex(format!("^(?P<app_label>{})/$", labels.join("|")))
                },
                target: view,
                name: Value::Str(Rc::from("app_list")),
                kwargs: Value::None,
                place,
            }));
        }
        if self.object_attribute(site, "final_catch_all_view") != Value::Bool(false) {
            let view = self.method_view(site, "catch_all_view");
            values.push(self.heap.pattern(Pattern {
                segment: Segment::Regex("(?P<url>.*)$".to_owned()),
                target: view,
                name: Value::None,
                kwargs: Value::None,
                place,
            }));
        }
        if open {
            values.push(Value::Unknown);
        }
        self.list_of(values, place)
    }

    /// The patterns of one registered model.
    fn model_patterns(
        &mut self,
        site: ObjectId,
        model: ClassRef,
        admin: &Value,
        place: CodePlace,
    ) -> Value {
        let kind = match admin {
            Value::Class(class) => Kind::Class(*class),
            _ => Kind::Native("ModelAdmin"),
        };
        let instance = self.heap.object(kind);
        let opts = self.options(model);
        let attributes = &mut self.heap.get_mut(instance).attributes;
        attributes.insert(Rc::from("model"), Value::Class(model));
        attributes.insert(Rc::from("opts"), opts);
        attributes.insert(Rc::from("admin_site"), Value::Object(site));
        let get_urls = self.object_attribute(instance, "get_urls");
        let patterns = self.call_value(get_urls, Args::default(), place);
        if matches!(patterns, Value::List(_)) {
            return patterns;
        }
        let standard = self.model_pages(instance, place);
        self.extend(&standard, &Value::Unknown, place);
        standard
    }

    /// `Model._meta`, as far as patterns ask for it.
    pub(super) fn options(&mut self, model: ClassRef) -> Value {
        let name = self.modules.class_name(model).to_owned();
        let label = self.world.app_label(self.modules, model);
        let options = self.heap.object(Kind::Native("Options"));
        let text = |text: &str| Value::Str(Rc::from(text));
        let attributes = &mut self.heap.get_mut(options).attributes;
        attributes.insert(
            Rc::from("app_label"),
            label.as_deref().map_or(Value::Unknown, text),
        );
        attributes.insert(Rc::from("model_name"), text(&name.to_lowercase()));
        attributes.insert(Rc::from("object_name"), text(&name));
        Value::Object(options)
    }

    pub(super) fn model_admin_method(
        &mut self,
        admin: ObjectId,
        name: &str,
        place: CodePlace,
    ) -> Value {
        match name {
            "ModelAdmin.get_urls" => self.model_pages(admin, place),
            _ => Value::Unknown,
        }
    }

    fn model_pages(&mut self, admin: ObjectId, place: CodePlace) -> Value {
        let Value::Class(model) = self.object_attribute(admin, "model") else {
            return Value::Unknown;
        };
        let Some(label) = self.world.app_label(self.modules, model) else {
            return Value::Unknown;
        };
        let model_name = self.modules.class_name(model).to_lowercase();
        let mut values = Vec::new();
        for &(route, method, name) in MODEL_PAGES {
            let view = self.method_view(admin, method);
            values.push(self.page(
                route,
                view,
                Some(format!("{label}_{model_name}_{name}")),
                place,
            ));
        }
        let redirect = View::new(Target::External(Rc::from(
            "django.views.generic.base.RedirectView",
        )));
        values.push(self.page(
            "<path:object_id>/",
            Value::View(Rc::new(redirect)),
            None,
            place,
        ));
        self.list_of(values, place)
    }
}
