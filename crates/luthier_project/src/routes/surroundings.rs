//! What routes depend on besides the URLconfs' own code.

use rustc_hash::FxHashMap;

use crate::apps::{App, Apps};
use crate::facts::Expr;
use crate::facts::ir::BindingKind;
use crate::modules::{ClassRef, Modules};
use crate::settings::{Kind, Settings, Value, value};

/// What settings and apps say, as far as URLconfs ask for it.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The values of `ROOT_URLCONF` in all settings modules, production first.
    pub root_urlconfs: Vec<String>,
    /// Whether a settings module may name one that is not among them.
    pub roots_open: bool,
    /// Settings whose value is known, at least in part.
    pub settings: FxHashMap<String, Literal>,
    /// Whether a setting that is not in `settings` is surely not set by the project.
    pub settings_complete: bool,
    /// Package and label of the installed apps, in order.
    pub apps: Vec<(String, String)>,
    /// Whether there are no others.
    pub apps_complete: bool,
}

/// A setting's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    Unknown,
    None,
    Bool(bool),
    Int(i64),
    Str(String),
    List(Vec<Literal>),
    Tuple(Vec<Literal>),
    Dict(Vec<(Literal, Literal)>),
}

/// What is known of one setting.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Setting<'a> {
    Known(&'a Literal),
    Missing,
    Unknown,
}

/// Defaults of Django's that URLconfs ask for.
const DEFAULTS: &[(&str, Literal)] = &[
    ("APPEND_SLASH", Literal::Bool(true)),
    ("PREPEND_WWW", Literal::Bool(false)),
    ("USE_I18N", Literal::Bool(true)),
];

impl Surroundings {
    /// What the linked settings and apps say.
    pub fn of(settings: &Settings, apps: &Apps) -> Self {
        let label = |app: &App| (app.name.to_string(), app.label.to_string());
        let mut surroundings = Self {
            apps: apps.iter().map(label).collect(),
            apps_complete: apps.is_complete,
            ..Self::default()
        };
        let production = settings.production();
        let others = settings.modules.iter();
        for module in production.into_iter().chain(others) {
            let root = module.get("ROOT_URLCONF").map(|setting| &setting.value);
            surroundings.add_root(root);
        }
        if let Some(production) = production {
            surroundings.settings_complete = production.open().is_none();
            for setting in production.settings() {
                let value = literal(&setting.value);
                surroundings
                    .settings
                    .insert(setting.name.to_string(), value);
            }
        }
        surroundings
    }

    fn add_root(&mut self, root: Option<&Value>) {
        match root.map(|root| &root.kind) {
            Some(Kind::Str(name)) => {
                if self.root_urlconfs.iter().all(|known| **known != **name) {
                    self.root_urlconfs.push(name.to_string());
                }
            }
            Some(Kind::OneOf(alternatives)) => {
                for alternative in alternatives {
                    self.add_root(Some(&alternative.value));
                }
            }
            None | Some(Kind::Unset) => {}
            Some(_) => self.roots_open = true,
        }
    }
    pub(super) fn setting(&self, name: &str) -> Setting<'_> {
        if let Some(value) = self.settings.get(name) {
            return Setting::Known(value);
        }
        match DEFAULTS.iter().find(|(known, _)| *known == name) {
            _ if !self.settings_complete => Setting::Unknown,
            Some((_, value)) => Setting::Known(value),
            None => Setting::Missing,
        }
    }

    /// The label of the app that a model belongs to: its own word for it, else the innermost app
    /// around its module.
    pub(super) fn app_label(&self, modules: &Modules, model: ClassRef) -> Option<String> {
        let facts = modules.facts(model.module);
        let meta = modules.class_body(model).binding("Meta");
        if let Some(BindingKind::Class(meta)) = meta.map(|binding| binding.kind) {
            let body = facts.body(facts.class(meta).body);
            if let Some(binding) = body.binding("app_label") {
                let BindingKind::Value(value) = binding.kind else {
                    return None;
                };
                let Expr::Str(label) = body.expr(value).kind() else {
                    return None;
                };
                return Some(facts.text(label).to_owned());
            }
        }
        let mut package = modules.get(model.module).name.as_str();
        loop {
            if let Some((_, label)) = self.apps.iter().find(|(name, _)| name == package) {
                return Some(label.clone());
            }
            package = package.rsplit_once('.')?.0;
        }
    }
}

fn literal(value: &Value) -> Literal {
    match &value.kind {
        Kind::None => Literal::None,
        Kind::Bool(value) => Literal::Bool(*value),
        Kind::Int(value) => Literal::Int(*value),
        Kind::Str(text) => Literal::Str(text.to_string()),
        Kind::List(items) => Literal::List(items.iter().map(item).collect()),
        Kind::Tuple(items) | Kind::Set(items) => Literal::Tuple(items.iter().map(item).collect()),
        Kind::Dict(dict) if !dict.open => {
            let entries = dict.entries.iter();
            Literal::Dict(
                entries
                    .map(|entry| (literal(&entry.key), literal(&entry.value)))
                    .collect(),
            )
        }
        _ => Literal::Unknown,
    }
}

fn item(item: &value::Item) -> Literal {
    if item.many || !item.when.is_always() {
        Literal::Unknown
    } else {
        literal(&item.value)
    }
}
