//! Classes: members through their bases, instances, django-configurations and pydantic-settings.

use std::rc::Rc;
use std::sync::Arc;

use super::calls::{Arguments, Site};
use super::environment::{BOOLEAN_TRUE, Conversion, Empty, Fallback};
use super::state::Variable;
use super::values::{Class, Entry, Function, K, Key, Obj, ScopeId, SequenceKind, V};
use super::{Evaluator, Outcome, Raise};
use crate::facts::ir::Stmt;
use crate::place::Place;

/// Classes that one class is made of, before it is taken for a circle.
const MAX_BASES: usize = 200;

impl<'a> Evaluator<'a> {
    /// A class and its bases in the order in which members are looked up; bases outside the
    /// project by their names.
    fn lineage(class: &Rc<Class<'a>>) -> (Vec<Rc<Class<'a>>>, Vec<Arc<str>>) {
        let mut classes: Vec<Rc<Class<'a>>> = Vec::new();
        let mut outside = Vec::new();
        let mut open = vec![V::new(K::Class(class.clone()), None)];
        let mut steps = 0;
        while let Some(next) = open.pop() {
            steps += 1;
            if steps > MAX_BASES {
                break;
            }
            match next.kind {
                K::Class(class) => {
                    open.extend(class.bases.iter().rev().cloned());
                    // A base that several classes share comes after all of them.
                    classes.retain(|known| !Rc::ptr_eq(known, &class));
                    classes.push(class);
                }
                K::External(name) if &*name != "builtins.object" => outside.push(name),
                _ => {}
            }
        }
        (classes, outside)
    }

    fn class_variable(&self, class: &Rc<Class<'a>>, name: &str) -> Option<Variable<'a>> {
        if is_setting_name(name) && Self::is_configuration(class) {
            return self.configured_variable(class, name);
        }
        let (classes, _) = Self::lineage(class);
        classes
            .iter()
            .find_map(|class| self.state.name(class.scope, name).cloned())
    }

    /// Django's default of a setting, where it is a plain value.
    fn django_default(&self, name: &str, place: Option<Place>) -> V<'a> {
        use crate::settings::value::Kind;

        let django = self
            .assumptions
            .django
            .unwrap_or(crate::django::version::ASSUMED);
        let default = crate::django::settings::default(name, django);
        let kind = match default.map(|default| &default.kind) {
            Some(Kind::None) => K::None,
            Some(Kind::Bool(value)) => K::Bool(*value),
            Some(Kind::Int(value)) => K::Int(*value),
            Some(Kind::Str(text)) => K::Str(text.clone()),
            _ => return V::unknown("a default of Django's", place),
        };
        V::new(kind, place)
    }

    /// Whether a class is a `Configuration` of django-configurations.
    fn is_configuration(class: &Rc<Class<'a>>) -> bool {
        let (_, outside) = Self::lineage(class);
        outside
            .iter()
            .any(|base| base.starts_with("configurations."))
    }

    /// A setting of a `Configuration`: its own, else that of the first base. Every `Configuration`
    /// has all of Django's settings, so the first base that is one settles what Django has a default
    /// for, whatever the bases after it say.
    fn configured_variable(&self, class: &Rc<Class<'a>>, name: &str) -> Option<Variable<'a>> {
        if let Some(own) = self.state.name(class.scope, name) {
            return Some(own.clone());
        }
        let has_default = crate::django::settings::is_known(name);
        for base in &class.bases {
            let K::Class(base) = &base.kind else {
                continue;
            };
            let found = self.class_variable(base, name);
            if found.is_some() || (has_default && Self::is_configuration(base)) {
                return found;
            }
        }
        None
    }

    /// `object.name`
    pub(super) fn member(
        &mut self,
        object: &V<'a>,
        name: &str,
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        let class = match &object.kind {
            K::Instance(id) => {
                let key = Key::Str(name.into());
                if let Some(entry) = self.state.dict(*id).get(&key) {
                    return Ok(entry.value.clone());
                }
                match &self.state.object(*id).obj {
                    Obj::Instance { class, .. } => class.clone(),
                    _ => return Ok(V::unknown("a member", place)),
                }
            }
            K::Class(class) => class.clone(),
            _ => return Ok(V::unknown("a member", place)),
        };
        match name {
            "__name__" | "__qualname__" => return Ok(V::str(&class.name, place)),
            "__dict__" => return Ok(V::new(K::Names(class.scope), place)),
            "__class__" => return Ok(V::new(K::Class(class), place)),
            _ => {}
        }
        let Some(found) = self.class_variable(&class, name) else {
            let (_, outside) = Self::lineage(&class);
            if is_setting_name(name) && Self::is_configuration(&class) {
                return Ok(self.django_default(name, place));
            }
            return match outside.first() {
                Some(base) => Ok(V::new(K::External(format!("{base}.{name}").into()), place)),
                None => Err(Raise {
                    exception: "AttributeError",
                }),
            };
        };
        let K::Function(function) = &found.value.kind else {
            return Ok(found.value);
        };
        let bound = Function {
            receiver: Some(object.clone()),
            ..(**function).clone()
        };
        if bound.is_property {
            return self.call_function(&bound, Arguments::default(), place);
        }
        if self.is_static(function) {
            return Ok(found.value);
        }
        Ok(V::new(K::Function(Rc::new(bound)), place))
    }

    fn is_static(&self, function: &Function<'a>) -> bool {
        let declared = function.facts.function(function.id);
        let scope = function.facts.body(declared.scope);
        declared
            .decorators
            .iter()
            .any(|&decorator| scope.expr(decorator).as_name() == Some("staticmethod"))
    }

    fn new_instance(&mut self, class: Rc<Class<'a>>, place: Option<Place>) -> V<'a> {
        let obj = Obj::Instance {
            class,
            attributes: Rc::default(),
        };
        V::new(K::Instance(self.state.allocate(obj, Rc::default())), place)
    }

    pub(super) fn instantiate(
        &mut self,
        class: &Rc<Class<'a>>,
        arguments: Arguments<'a>,
        site: Site<'a>,
    ) -> Outcome<V<'a>> {
        let (classes, outside) = Self::lineage(class);
        if outside.iter().any(|base| is_pydantic_settings(base)) {
            return self.pydantic_settings(class, &classes, &arguments, site.place);
        }
        if !outside.is_empty() {
            return Ok(self.object(&class.name.clone(), arguments, site.place));
        }
        let made = self.new_instance(class.clone(), site.place);
        let is_dataclass = !class.facts.class(class.id).decorators.is_empty();
        match self
            .class_variable(class, "__init__")
            .map(|init| init.value.kind)
        {
            Some(K::Function(init)) => {
                let bound = Function {
                    receiver: Some(made.clone()),
                    ..(*init).clone()
                };
                self.call_function(&bound, arguments, site.place)?;
            }
            _ if is_dataclass => {
                if let K::Instance(id) = made.kind {
                    for (name, value) in arguments.keywords {
                        self.state
                            .dict_mut(id)
                            .set(V::str(&name, value.place), value);
                    }
                    if !arguments.positional.is_empty() || arguments.open {
                        return Ok(V::unknown("an instance that is not followed", site.place));
                    }
                }
            }
            _ => {}
        }
        Ok(made)
    }

    // ---- pydantic-settings ----

    /// Every annotated field comes from the environment.
    fn pydantic_settings(
        &mut self,
        class: &Rc<Class<'a>>,
        classes: &[Rc<Class<'a>>],
        arguments: &Arguments<'a>,
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        let made = self.new_instance(class.clone(), place);
        let K::Instance(id) = made.kind else {
            return Ok(made);
        };
        let prefix = self.pydantic_prefix(class);
        for class in classes.iter().rev() {
            let body = class.facts.body(class.facts.class(class.id).body);
            for statement in body.statements() {
                let Stmt::Annotated {
                    target,
                    annotation,
                    value,
                } = statement.kind()
                else {
                    continue;
                };
                let Some(name) = body.expr(target).as_name() else {
                    continue;
                };
                if name == "model_config" {
                    continue;
                }
                let given = arguments.keyword(name).cloned();
                let default = match value {
                    Some(_) => self
                        .state
                        .name(class.scope, name)
                        .map(|found| found.value.clone()),
                    None => None,
                };
                let (default, alias) = self.pydantic_field(default);
                let variable: Arc<str> = match alias {
                    Some(alias) => alias,
                    None => format!("{prefix}{name}").to_uppercase().into(),
                };
                let conversion =
                    conversion_of_annotation(body.expr(annotation).dotted().as_deref());
                let fallback = match (given, default) {
                    (Some(value), _) | (None, Some(value)) => Fallback::Plain(value),
                    (None, None) => Fallback::Fails("ValidationError"),
                };
                let at = self.modules.get(class.module).file;
                let at = at.map(|file| Place::new(file, statement.span()));
                let value = self.variable(&variable, &conversion, fallback, at)?;
                self.state.dict_mut(id).set(V::str(name, at), value);
            }
        }
        Ok(made)
    }

    fn pydantic_prefix(&self, class: &Rc<Class<'a>>) -> Arc<str> {
        let config = self
            .class_variable(class, "model_config")
            .map(|found| found.value);
        let nested = self
            .class_variable(class, "Config")
            .map(|found| found.value);
        let prefix = match (
            config.map(|config| config.kind),
            nested.map(|nested| nested.kind),
        ) {
            (Some(K::Object(object)), _) => {
                let prefix = object
                    .arguments
                    .iter()
                    .find(|(name, _)| name.as_deref() == Some("env_prefix"));
                prefix.and_then(|(_, value)| value.as_str().cloned())
            }
            (Some(K::Dict(id)), _) => {
                let entry = self
                    .state
                    .dict(id)
                    .get(&Key::Str("env_prefix".into()))
                    .cloned();
                entry.and_then(|Entry { value, .. }| value.as_str().cloned())
            }
            (_, Some(K::Class(config))) => self
                .class_variable(&config, "env_prefix")
                .and_then(|found| found.value.as_str().cloned()),
            _ => None,
        };
        prefix.unwrap_or_default()
    }

    /// Default and alias of a field: `Field(default=..., validation_alias="X")` or a plain value.
    fn pydantic_field(&self, default: Option<V<'a>>) -> (Option<V<'a>>, Option<Arc<str>>) {
        let Some(value) = default else {
            return (None, None);
        };
        let K::Object(object) = &value.kind else {
            return (Some(value), None);
        };
        if !object.callee.ends_with("Field") {
            return (Some(value), None);
        }
        let argument = |wanted: &str| {
            let found = object
                .arguments
                .iter()
                .find(|(name, _)| name.as_deref() == Some(wanted));
            found.map(|(_, value)| value.clone())
        };
        let alias = ["validation_alias", "alias", "env"]
            .into_iter()
            .find_map(argument);
        let alias = alias.and_then(|alias| alias.as_str().cloned());
        let first = object.arguments.first().filter(|(name, _)| name.is_none());
        let default = argument("default").or_else(|| first.map(|(_, value)| value.clone()));
        let is_required = |value: &V<'a>| matches!(&value.kind, K::External(name) if &**name == "builtins.Ellipsis");
        (default.filter(|default| !is_required(default)), alias)
    }

    // ---- django-configurations ----

    /// The settings of one class of a configuration, as variables.
    pub(super) fn class_settings(
        &mut self,
        scope: ScopeId,
        class: &str,
    ) -> Vec<(Arc<str>, Variable<'a>)> {
        let Some(Variable {
            value: V {
                kind: K::Class(class),
                place,
            },
            ..
        }) = self.state.name(scope, class).cloned()
        else {
            return Vec::new();
        };
        let object = V::new(K::Class(class.clone()), place);
        // `post_setup` runs when the settings are already taken.
        for hook in ["pre_setup", "setup"] {
            if let Some(Variable {
                value:
                    V {
                        kind: K::Function(hook),
                        ..
                    },
                ..
            }) = self.class_variable(&class, hook)
            {
                let bound = Function {
                    receiver: Some(object.clone()),
                    ..(*hook).clone()
                };
                // What a hook raises, it raises in every run.
                let _ = self.call_function(&bound, Arguments::default(), place);
            }
        }
        let (classes, outside) = Self::lineage(&class);
        if outside
            .iter()
            .any(|base| !base.starts_with("configurations."))
        {
            let why = "a base class whose source was not found";
            self.open_scopes.push((scope, why.into()));
        }
        let mut names: Vec<Arc<str>> = Vec::new();
        for class in &classes {
            for name in self.state.names(class.scope) {
                if is_setting_name(&name) && !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        let mut settings = Vec::new();
        for name in names {
            let Some(found) = self.class_variable(&class, &name) else {
                continue;
            };
            let value = self.configured(&object, &name, &found.value);
            settings.push((
                name,
                Variable {
                    value,
                    trail: found.trail,
                },
            ));
        }
        settings
    }

    /// A class attribute as a setting: properties and methods are called, values read.
    fn configured(&mut self, object: &V<'a>, name: &Arc<str>, value: &V<'a>) -> V<'a> {
        match &value.kind {
            K::Function(function) => {
                let receiver = (!self.is_static(function)).then(|| object.clone());
                let bound = Function {
                    receiver,
                    ..(**function).clone()
                };
                let result = self.call_function(&bound, Arguments::default(), value.place);
                result.unwrap_or_else(|_| V::unknown("a setting that raises", value.place))
            }
            K::Object(made) if made.callee.contains("values.") => {
                let arguments = made.arguments.clone();
                let callee = made.callee.clone();
                self.configuration_value(name, &callee, &arguments, value.place)
            }
            _ => value.clone(),
        }
    }

    /// `values.BooleanValue(True)` and its kin.
    fn configuration_value(
        &mut self,
        name: &Arc<str>,
        callee: &str,
        arguments: &[(Option<Arc<str>>, V<'a>)],
        place: Option<Place>,
    ) -> V<'a> {
        let keyword = |wanted: &str| {
            let found = arguments
                .iter()
                .find(|(name, _)| name.as_deref() == Some(wanted));
            found.map(|(_, value)| value)
        };
        let text = |value: Option<&V<'a>>| value.and_then(V::as_str).cloned();
        let positional = arguments
            .iter()
            .find(|(name, _)| name.is_none())
            .map(|(_, value)| value);
        let default = keyword("default").or(positional).cloned();
        let kind = callee.rsplit('.').next().unwrap_or("");
        if matches!(
            keyword("environ").map(|value| &value.kind),
            Some(K::Bool(false))
        ) {
            return default.unwrap_or_else(V::none);
        }
        let own = text(keyword("environ_name")).unwrap_or_else(|| name.clone());
        let is_url = kind.ends_with("URLValue") && kind != "URLValue";
        let prefix = match keyword("environ_prefix").map(|value| &value.kind) {
            Some(K::Str(prefix)) => prefix.trim_end_matches('_').to_owned(),
            Some(_) => String::new(),
            None if is_url => String::new(),
            None => "DJANGO".to_owned(),
        };
        let own = match (kind, keyword("environ_name")) {
            ("DatabaseURLValue", None) => "DATABASE_URL".into(),
            ("CacheURLValue", None) => "CACHE_URL".into(),
            ("EmailURLValue", None) => "EMAIL_URL".into(),
            ("SearchURLValue", None) => "SEARCH_URL".into(),
            _ => own,
        };
        let variable: Arc<str> = if prefix.is_empty() {
            own
        } else {
            format!("{prefix}_{own}").into()
        };
        let sequence = |kind| Conversion::Sequence {
            kind,
            separator: text(keyword("separator")).unwrap_or_else(|| ",".into()),
            empty: Empty::Dropped,
            item: None,
        };
        let (conversion, empty) = match kind {
            "BooleanValue" => (Conversion::Bool(BOOLEAN_TRUE), None),
            "IntegerValue" | "PositiveIntegerValue" => (Conversion::Int, None),
            "FloatValue" | "DecimalValue" => (Conversion::Float, None),
            "ListValue" | "BackendsValue" | "SingleNestedListValue" => {
                (sequence(SequenceKind::List), Some(SequenceKind::List))
            }
            "TupleValue" | "SingleNestedTupleValue" => {
                (sequence(SequenceKind::Tuple), Some(SequenceKind::Tuple))
            }
            "SetValue" => (sequence(SequenceKind::Set), Some(SequenceKind::Set)),
            "DictValue" => (Conversion::Dict, None),
            "PathValue" => (Conversion::Path, None),
            "DatabaseURLValue" => (Conversion::Url("database"), None),
            "CacheURLValue" => (Conversion::Url("cache"), None),
            "EmailURLValue" | "SearchURLValue" => (Conversion::Url("service"), None),
            _ => (Conversion::Text, None),
        };
        let is_required = kind == "SecretValue"
            || matches!(
                keyword("environ_required").map(|value| &value.kind),
                Some(K::Bool(true))
            );
        let fallback = match (default, empty) {
            _ if is_required => Fallback::Fails("ValueError"),
            (Some(value), Some(kind)) if matches!(value.kind, K::Sequence(_)) => {
                let items = self.iterate(&value, place);
                Fallback::Plain(self.new_sequence(kind, items, value.place))
            }
            (Some(value), _) if is_url => Fallback::Converted(value),
            (Some(value), _) => Fallback::Plain(value),
            (None, Some(kind)) => Fallback::Plain(self.new_sequence(kind, Vec::new(), place)),
            (None, None) => Fallback::Plain(V::none()),
        };
        if is_url && let Conversion::Url(kind @ ("database" | "cache")) = conversion {
            let arguments = Arguments::default();
            let config = self.url_config(kind, &variable, fallback, &arguments, place);
            let config = config.unwrap_or_else(|_| V::unknown("a URL", place));
            let mut whole = super::values::Dict::default();
            whole.set(V::str("default", place), config);
            return self.new_dict(whole, place);
        }
        let value = self.variable(&variable, &conversion, fallback, place);
        value.unwrap_or_else(|_| V::unknown("a setting that raises", place))
    }

    /// Every public name of a module.
    pub(super) fn module_settings(&mut self, scope: ScopeId) -> Vec<(Arc<str>, Variable<'a>)> {
        let names = self.state.names(scope);
        let settings = names.into_iter().filter(|name| is_setting_name(name));
        let found = settings.filter_map(|name| {
            let variable = self.state.name(scope, &name)?.clone();
            Some((name, variable))
        });
        found.collect()
    }
}

fn is_setting_name(name: &str) -> bool {
    name.chars().all(|letter| !letter.is_lowercase())
        && !name.starts_with("__")
        && name.chars().any(char::is_uppercase)
}

fn is_pydantic_settings(base: &str) -> bool {
    matches!(
        base,
        "pydantic_settings.BaseSettings" | "pydantic.BaseSettings"
    )
}

fn conversion_of_annotation<'a>(annotation: Option<&str>) -> Conversion<'a> {
    match annotation.and_then(|dotted| dotted.rsplit('.').next()) {
        Some("bool") => Conversion::Bool(BOOLEAN_TRUE),
        Some("int") => Conversion::Int,
        Some("float") => Conversion::Float,
        Some("Path") => Conversion::Path,
        Some("str" | "SecretStr" | "AnyUrl" | "PostgresDsn" | "RedisDsn") => Conversion::Text,
        // Lists, dicts and unions are given as JSON.
        _ => Conversion::Json,
    }
}
