//! Tags and filters: which a template may use, by the libraries that it loads and those that every
//! template has.

use std::collections::{BTreeMap, BTreeSet};

use crate::Project;
use crate::facts::{BodyId, CallRef, Expr, ExprRef, PythonFacts, Stmt};
use crate::modules::{ModuleId, Modules};
use crate::routes::imported_name;
use crate::settings::{Kind, Value};

/// The tags and filters that one library has, or several together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Library {
    pub tags: BTreeSet<String>,
    pub filters: BTreeSet<String>,
    /// The modules that it is made of: what they mention may be the name of a tag within a tag.
    modules: Vec<ModuleId>,
}

/// Tags that every template has, and those that stand within them.
const TAGS: &[&str] = &[
    "autoescape",
    "block",
    "comment",
    "csrf_token",
    "cycle",
    "debug",
    "elif",
    "else",
    "empty",
    "extends",
    "filter",
    "firstof",
    "for",
    "if",
    "ifchanged",
    "include",
    "load",
    "lorem",
    "now",
    "partial",
    "partialdef",
    "plural",
    "querystring",
    "regroup",
    "resetcycle",
    "spaceless",
    "templatetag",
    "url",
    "verbatim",
    "widthratio",
    "with",
];

/// Filters that every template has.
const FILTERS: &str = "add addslashes capfirst center cut date default default_if_none dictsort \
    dictsortreversed divisibleby escape escapejs escapeseq filesizeformat first floatformat \
    force_escape get_digit iriencode join json_script last length length_is linebreaks linebreaksbr \
    linenumbers ljust lower make_list phone2numeric pluralize pprint random rjust safe safeseq slice \
    slugify stringformat striptags time timesince timeuntil title truncatechars truncatechars_html \
    truncatewords truncatewords_html unordered_list upper urlencode urlize urlizetrunc wordcount \
    wordwrap yesno";

/// Django's own libraries: their tags, then their filters.
const SHIPPED: &[(&str, &str, &str)] = &[
    (
        "admin_list",
        "admin_actions admin_list_filter change_list_object_tools date_hierarchy pagination \
         paginator_number result_list search_form",
        "",
    ),
    (
        "admin_modify",
        "change_form_object_tools prepopulated_fields_js submit_row",
        "cell_count",
    ),
    (
        "admin_urls",
        "add_preserved_filters",
        "admin_urlname admin_urlquote",
    ),
    ("cache", "cache", ""),
    ("flatpages", "get_flatpages", ""),
    (
        "humanize",
        "",
        "apnumber intcomma intword naturalday naturaltime ordinal",
    ),
    (
        "i18n",
        "blocktrans blocktranslate get_available_languages get_current_language \
         get_current_language_bidi get_language_info get_language_info_list language trans translate",
        "language_bidi language_name language_name_local language_name_translated",
    ),
    ("l10n", "localize", "localize unlocalize"),
    ("log", "get_admin_log", ""),
    ("static", "get_media_prefix get_static_prefix static", ""),
    (
        "tz",
        "get_current_timezone localtime timezone",
        "localtime timezone utc",
    ),
];

/// Methods of `template.Library` that register what they decorate or are given.
const REGISTERING: &[&str] = &[
    "assignment_tag",
    "filter",
    "inclusion_tag",
    "simple_block_tag",
    "simple_tag",
    "tag",
];

/// What code calls that changes the libraries of a running engine, or reads templates as it likes.
const CHANGING: &[&str] = &["add_to_builtins", "template_builtins", "template_libraries"];

/// Apps that give every template more when they are ready.
const GIVING: &[&str] = &["django_cotton", "slippers", "template_partials"];

/// Methods of Django's parser for tags whose contents are no tags.
const RAW: &[&str] = &["next_token", "prepend_token", "skip_past"];

impl Library {
    fn of_words(tags: &str, filters: &str) -> Self {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        Self {
            tags: words(tags),
            filters: words(filters),
            modules: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.tags.extend(other.tags.iter().cloned());
        self.filters.extend(other.filters.iter().cloned());
        self.modules.extend(&other.modules);
    }

    /// With only some of its names, where any are asked for.
    pub(super) fn only(&self, wanted: &[String]) -> Self {
        let is_wanted = |name: &&String| wanted.is_empty() || wanted.contains(name);
        Self {
            tags: self.tags.iter().filter(is_wanted).cloned().collect(),
            filters: self.filters.iter().filter(is_wanted).cloned().collect(),
            modules: self.modules.clone(),
        }
    }

    /// Whether a tag may be one that another looks for, such as its end.
    pub(super) fn mentions(&self, modules: &Modules, tag: &str) -> bool {
        let mut facts = self.modules.iter().map(|&module| modules.facts(module));
        facts.any(|facts| facts.names.find(tag).is_some())
    }

    /// Whether a tag may hide from the parser what stands within it.
    pub(super) fn reads_raw(&self, modules: &Modules) -> bool {
        let mut facts = self.modules.iter().map(|&module| modules.facts(module));
        facts.any(|facts| RAW.iter().any(|name| facts.names.find(name).is_some()))
    }
}

/// The libraries of a project, by the names that templates load them by.
#[derive(Debug)]
pub(super) struct Libraries<'a> {
    project: &'a Project,
    /// What every template has.
    pub(super) builtin: Library,
    /// The engine's own names for libraries.
    named: BTreeMap<String, String>,
    /// Those that were asked for; `None` where it is not known what they hold.
    known: BTreeMap<String, Option<Library>>,
}

impl<'a> Libraries<'a> {
    /// `None` where it is not known what every template has.
    pub(super) fn of(project: &'a Project) -> Option<Self> {
        let engines = project.settings.production()?.at(&["TEMPLATES"]);
        let engines = engines.items().filter(|engines| !engines.is_empty())?;
        let is_changed = project.own_modules().any(|module| {
            let names = &project.modules.facts(module).names;
            CHANGING.iter().any(|name| names.find(name).is_some())
        });
        if is_changed || project.apps.iter().any(|app| gives(project, &app.name)) {
            return None;
        }
        let mut libraries = Self {
            project,
            builtin: Library::of_words(&TAGS.join(" "), FILTERS),
            named: BTreeMap::new(),
            known: BTreeMap::new(),
        };
        for engine in engines {
            if engine.many || !engine.when.is_always() {
                return None;
            }
            libraries.add_engine(&engine.value)?;
        }
        Some(libraries)
    }

    fn add_engine(&mut self, engine: &Value) -> Option<()> {
        let loaders = engine.at(&["OPTIONS", "loaders"]);
        if loaders.kind != Kind::Unset && !are_plain(&loaders) {
            return None;
        }
        let builtins = engine.at(&["OPTIONS", "builtins"]);
        match builtins.items() {
            Some(builtins) => {
                for builtin in builtins {
                    let module = builtin.value.as_str().filter(|_| !builtin.many)?;
                    let library = self.of_module(module)?;
                    self.builtin.add(&library);
                }
            }
            None if builtins.kind == Kind::Unset => {}
            None => return None,
        }
        let named = engine.at(&["OPTIONS", "libraries"]);
        match named.as_dict() {
            Some(dict) if dict.open => return None,
            Some(dict) => {
                for entry in &dict.entries {
                    let name = entry.key.as_str()?;
                    let module = entry.value.as_str()?;
                    self.named.insert(name.to_owned(), module.to_owned());
                }
            }
            None if named.kind == Kind::Unset => {}
            None => return None,
        }
        Some(())
    }

    /// The library that a template loads by a name; `None` where it is not known what it holds.
    pub(super) fn get(&mut self, name: &str) -> Option<&Library> {
        if !self.known.contains_key(name) {
            let found = self.find(name);
            self.known.insert(name.to_owned(), found);
        }
        self.known.get(name)?.as_ref()
    }

    /// Of all modules that may be the library what they hold together.
    fn find(&self, name: &str) -> Option<Library> {
        if let Some(module) = self.named.get(name) {
            return self.of_module(module);
        }
        let modules = &self.project.modules;
        let shipped = SHIPPED.iter().find(|(known, ..)| *known == name);
        let mut library = shipped.map(|(_, tags, filters)| Library::of_words(tags, filters));
        let ending = format!(".templatetags.{name}");
        let of_apps = self.project.apps.iter();
        let of_apps = of_apps.filter_map(|app| modules.find(&format!("{}{ending}", app.name)));
        // Apps that only other settings install have libraries too.
        let others = modules
            .repository()
            .filter(|&module| modules.get(module).name.ends_with(&ending));
        let found: BTreeSet<ModuleId> = of_apps.chain(others).collect();
        for module in found {
            let here = registered(modules, module)?;
            library.get_or_insert_default().add(&here);
        }
        library
    }

    fn of_module(&self, dotted: &str) -> Option<Library> {
        if let Some(module) = self.project.modules.find(dotted) {
            return registered(&self.project.modules, module);
        }
        let name = dotted.rsplit('.').next()?;
        let shipped = SHIPPED.iter().find(|(known, ..)| *known == name);
        let shipped = shipped.filter(|_| dotted.starts_with("django."));
        shipped.map(|(_, tags, filters)| Library::of_words(tags, filters))
    }

    /// The names of the libraries, Django's and the project's, that have a tag or a filter.
    pub(super) fn having(&mut self, name: &str, is_filter: bool) -> Vec<String> {
        let modules = &self.project.modules;
        let mut names: BTreeSet<String> = SHIPPED.iter().map(|(name, ..)| (*name).into()).collect();
        for module in modules.repository() {
            let dotted = &modules.get(module).name;
            if let Some((app, library)) = dotted.rsplit_once(".templatetags.")
                && self.project.apps.is_installed(app)
            {
                names.insert(library.to_owned());
            }
        }
        let mut having = Vec::new();
        for library in names {
            let has = self.get(&library).is_some_and(|found| {
                let known = if is_filter {
                    &found.filters
                } else {
                    &found.tags
                };
                known.contains(name)
            });
            if has {
                having.push(library);
            }
        }
        having
    }
}

/// Whether loaders are Django's own: others may rewrite what they read.
fn are_plain(loaders: &Value) -> bool {
    let Some(items) = loaders.items() else {
        return false;
    };
    items.iter().all(|item| match item.value.as_str() {
        Some(name) => name.starts_with("django.template.loaders.") && !item.many,
        None => match item.value.items() {
            Some([name, inner]) => {
                let is_own = name.value.as_str();
                is_own.is_some_and(|name| name.starts_with("django.template.loaders."))
                    && (inner.value.as_str().is_some() || inner_is_plain(&inner.value))
            }
            _ => false,
        },
    })
}

/// What a caching loader goes to, or the folders of one that reads files.
fn inner_is_plain(inner: &Value) -> bool {
    let has_names = |name: &str| name.contains("Loader");
    let texts = inner.items().into_iter().flatten();
    let mut names = texts.filter_map(|item| item.value.as_str());
    !names.any(|name| has_names(name) && !name.starts_with("django.template.loaders."))
}

/// Whether an app's configuration changes the settings of templates.
fn gives(project: &Project, app: &str) -> bool {
    let config = project.modules.find(&format!("{app}.apps"));
    let names = config.map(|module| &project.modules.facts(module).names);
    GIVING
        .iter()
        .any(|known| *known == app.split('.').next().unwrap_or(app))
        || names.is_some_and(|names| {
            let mut said = ["TEMPLATES", "builtins"].into_iter();
            said.all(|name| names.find(name).is_some())
        })
}

/// What a module registers; `None` where it does so in ways that are not understood.
fn registered(modules: &Modules, module: ModuleId) -> Option<Library> {
    let facts = modules.facts(module);
    let register = facts.names.find("register")?;
    let mut found = Registered {
        facts,
        library: Library {
            modules: vec![module],
            ..Library::default()
        },
        uses: 0,
    };
    for function in &facts.functions {
        let scope = facts.body(function.scope);
        for &decorator in &function.decorators {
            let decorator = scope.expr(decorator);
            let own_name = facts.text(function.name);
            if found.method(decorator).is_some() {
                found.add(found.method(decorator)?, own_name);
            } else if let Some(call) = decorator.as_call()
                && let Some(method) = found.method(call.callee)
            {
                found.add_called(method, call, Some(own_name))?;
            }
        }
    }
    let mut is_made = false;
    for body in facts.body_ids().map(|id| facts.body(id)) {
        for statement in body.all_statements() {
            if let Some((target, value)) = statement.assignment()
                && target.as_name() == Some("register")
            {
                is_made |= body.id == BodyId::MODULE && makes_library(modules, module, value);
                found.uses += 1;
            }
            let value = match statement.kind() {
                Stmt::Expr(value) => body.expr(value),
                Stmt::Assign { value, .. } => body.expr(value),
                _ => continue,
            };
            let Some(call) = value.as_call() else {
                continue;
            };
            if let Some(method) = found.method(call.callee) {
                found.add_called(method, call, None)?;
            } else if let Some(inner) = call.callee.as_call()
                && let Some(method) = found.method(inner.callee)
            {
                let function = call
                    .positional()
                    .next()
                    .and_then(|value| found.named(value));
                found.add_called(method, inner, Some(function?))?;
            }
        }
    }
    let is_use = |expr: &ExprRef<'_>| expr.kind() == Expr::Name(register);
    let exprs = facts.body_ids().flat_map(|id| facts.body(id).exprs());
    let is_understood = is_made && exprs.filter(is_use).count() == found.uses;
    is_understood.then_some(found.library)
}

fn makes_library(modules: &Modules, module: ModuleId, value: ExprRef<'_>) -> bool {
    let Some(call) = value.as_call() else {
        return false;
    };
    let dotted = imported_name(modules, module, call.callee);
    matches!(
        dotted.as_deref(),
        Some(
            "django.template.Library"
                | "django.template.base.Library"
                | "django.template.library.Library"
        )
    )
}

/// What was found so far of a module's registrations.
struct Registered<'a> {
    facts: &'a PythonFacts,
    library: Library,
    /// How often `register` was used in a way that is understood.
    uses: usize,
}

impl<'a> Registered<'a> {
    /// The method of `register.method`, where it is one that registers.
    fn method(&self, callee: ExprRef<'a>) -> Option<&'static str> {
        let (object, name) = callee.as_attribute()?;
        let known = REGISTERING.iter().copied().find(|known| *known == name);
        known.filter(|_| object.as_name() == Some("register"))
    }

    /// The name of a function that is handed over; of classes and made-up ones it is not known.
    fn named(&self, value: ExprRef<'a>) -> Option<&'a str> {
        let name = match value.kind() {
            Expr::Name(name) => self.facts.text(name),
            Expr::Attribute(_, name) => return Some(self.facts.text(name)),
            _ => return None,
        };
        let mut functions = self.facts.functions.iter();
        functions
            .any(|function| self.facts.text(function.name) == name)
            .then_some(name)
    }

    fn add(&mut self, method: &str, name: &str) {
        self.uses += 1;
        let names = if method == "filter" {
            &mut self.library.filters
        } else {
            &mut self.library.tags
        };
        names.insert(name.to_owned());
    }

    /// `register.filter("name", function)` and the like; `own_name` is that of the function which the
    /// result decorates.
    fn add_called(
        &mut self,
        method: &'static str,
        call: CallRef<'a>,
        own_name: Option<&'a str>,
    ) -> Option<()> {
        if call.is_open() {
            return None;
        }
        let first = call.positional().next();
        let name = match (call.keyword("name"), first) {
            (Some(name), _) if !name.is_none() => name.as_str()?,
            // The first argument of `inclusion_tag` is a template's name.
            (_, Some(first)) if method != "inclusion_tag" => match first.as_str() {
                Some(name) => name,
                None if own_name.is_none() => self.named(first)?,
                None => own_name?,
            },
            _ => own_name?,
        };
        self.add(method, name);
        Some(())
    }
}
