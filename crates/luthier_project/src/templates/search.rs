//! Where a template's name leads to: the folders that the engines of the production settings look
//! into, in their order.

use luthier_source::{FileId, Sources};

use super::template_name;
use crate::apps::Apps;
use crate::modules::Modules;
use crate::settings::{self, Kind, Settings, Truth, Value};

const DJANGO: &str = "django.template.backends.django.DjangoTemplates";
const JINJA: &str = "django.template.backends.jinja2.Jinja2";

/// The folders that templates are looked for in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchPath {
    /// In order.
    pub places: Vec<SearchPlace>,
    /// Folders whose templates are written in another language than Django's.
    pub(super) foreign: Vec<Box<str>>,
    /// Whether templates may also come from elsewhere: loaders of the project's own, engines or
    /// apps that are not known, folders outside or not there yet, no settings at all.
    pub is_open: bool,
}

/// One place to look in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SearchPlace {
    /// A folder of the repository.
    Folder(Box<str>),
    /// The templates of an installed app whose code is elsewhere.
    Outside,
}

impl SearchPlace {
    fn folder(&self) -> Option<Box<str>> {
        match self {
            Self::Folder(folder) => Some(folder.clone()),
            Self::Outside => None,
        }
    }
}

/// What a template's name leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// The first file of the repository with that name. An app outside that is asked before may
    /// have one of its own, if it bears the name of that app.
    File(FileId),
    /// Surely no file.
    Missing,
    Unknown,
}

impl SearchPath {
    /// Reads `TEMPLATES` of the production settings.
    pub(super) fn of(
        sources: &Sources,
        modules: &Modules,
        settings: &Settings,
        apps: &Apps,
        project: &str,
    ) -> Self {
        let mut path = Self::default();
        let Some(production) = settings.production() else {
            path.is_open = true;
            return path;
        };
        let engines = production.at(&["TEMPLATES"]);
        // Who has templates has an engine for them: settings without one are not those that run.
        let Some(engines) = engines.items().filter(|engines| !engines.is_empty()) else {
            path.is_open = true;
            return path;
        };
        for engine in engines {
            path.is_open |= engine.many || !engine.when.is_always();
            path.add_engine(sources, modules, apps, project, &engine.value);
        }
        path
    }

    fn add_engine(
        &mut self,
        sources: &Sources,
        modules: &Modules,
        apps: &Apps,
        project: &str,
        engine: &Value,
    ) {
        let below = match engine.at(&["BACKEND"]).as_str() {
            Some(DJANGO) => "templates",
            Some(JINJA) => "jinja2",
            _ => {
                self.is_open = true;
                return;
            }
        };
        let first = self.places.len();
        let folders = engine.at(&["DIRS"]);
        match folders.items() {
            Some(folders) => {
                for folder in folders {
                    self.is_open |= folder.many || !folder.when.is_always();
                    self.add_folder(sources, project, &folder.value);
                }
            }
            None => self.is_open |= folders.kind != Kind::Unset,
        }
        let loaders = engine.at(&["OPTIONS", "loaders"]);
        let looks_in_apps = match (&loaders.kind, engine.at(&["APP_DIRS"]).truth()) {
            (Kind::Unset, Truth::True) => true,
            (Kind::Unset, Truth::False) => false,
            (Kind::Unset, _) => {
                self.is_open = true;
                true
            }
            _ => self.add_loaders(&loaders),
        };
        if looks_in_apps {
            self.add_apps(sources, modules, apps, below);
        }
        if below == "jinja2" {
            let folders = self.places[first..].iter();
            self.foreign.extend(folders.filter_map(SearchPlace::folder));
        }
    }

    /// Whether loaders look into the apps' folders; loaders of other kinds find what they like.
    fn add_loaders(&mut self, loaders: &Value) -> bool {
        let mut looks_in_apps = false;
        let Some(items) = loaders.items() else {
            self.is_open = true;
            return false;
        };
        for item in items {
            self.is_open |= item.many || !item.when.is_always();
            let (name, inner) = match item.value.items() {
                Some([name, inner]) => (name.value.as_str(), Some(&inner.value)),
                _ => (item.value.as_str(), None),
            };
            match (name, inner) {
                (Some("django.template.loaders.filesystem.Loader"), None) => {}
                (Some("django.template.loaders.app_directories.Loader"), None) => {
                    looks_in_apps = true;
                }
                (Some("django.template.loaders.cached.Loader"), Some(inner)) => {
                    looks_in_apps |= self.add_loaders(inner);
                }
                _ => self.is_open = true,
            }
        }
        looks_in_apps
    }

    fn add_folder(&mut self, sources: &Sources, project: &str, folder: &Value) {
        let (Kind::Path(text) | Kind::Str(text)) = &folder.kind else {
            self.is_open = true;
            return;
        };
        let inside = match text.strip_prefix(settings::ROOT) {
            Some(rest) => rest.trim_matches('/').to_owned(),
            None if text.starts_with('/') => {
                self.is_open = true;
                return;
            }
            // A relative folder is one of the project's, from where manage.py is run.
            None => join(project, text.trim_end_matches('/')),
        };
        // Only files in folders of these names are known as templates.
        let is_walked = template_name(&format!("{inside}/x")).is_some();
        if is_walked {
            // What is not there may be made by a build, unless it is the usual folder beside others.
            let (parent, last) = inside.rsplit_once('/').unwrap_or(("", &inside));
            let is_usual = last == "templates" && sources.has_folder(parent);
            self.is_open |= !is_usual && !sources.has_folder(&inside);
            self.places.push(SearchPlace::Folder(inside.into()));
        } else {
            self.is_open = true;
        }
    }

    fn add_apps(&mut self, sources: &Sources, modules: &Modules, apps: &Apps, below: &str) {
        self.is_open |= !apps.is_complete;
        for app in apps.iter() {
            let file = app.package.and_then(|package| modules.get(package).file);
            let Some(file) = file else {
                self.places.push(SearchPlace::Outside);
                continue;
            };
            let path = &sources.file(file).path;
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let place = SearchPlace::Folder(join(folder, below).into());
            self.places.push(place);
        }
    }

    /// Whether Django's own engine looks for templates where a file is.
    pub(super) fn holds(&self, path: &str) -> bool {
        let is_in = |folder: &str| {
            let rest = path.strip_prefix(folder);
            folder.is_empty() || rest.is_some_and(|rest| rest.starts_with('/'))
        };
        let mut folders = self.places.iter().filter_map(SearchPlace::folder);
        folders.any(|folder| is_in(&folder)) && !self.foreign.iter().any(|folder| is_in(folder))
    }

    /// The template that a name leads to, those of `skip` passed over: a template that extends one
    /// of its own name means the next.
    pub(super) fn resolve(&self, sources: &Sources, name: &str, skip: &[FileId]) -> Resolved {
        let mut is_open = self.is_open;
        for place in &self.places {
            match place {
                SearchPlace::Folder(folder) => {
                    let found = sources.find(&join(folder, name));
                    if let Some(file) = found.filter(|file| !skip.contains(file)) {
                        return Resolved::File(file);
                    }
                }
                SearchPlace::Outside => is_open = true,
            }
        }
        if is_open {
            Resolved::Unknown
        } else {
            Resolved::Missing
        }
    }
}

fn join(folder: &str, name: &str) -> String {
    let name = name.trim_start_matches("./");
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}
