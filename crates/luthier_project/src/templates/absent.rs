//! Which names surely lead to no template: not in the project, and not in an app outside.

use luthier_source::Sources;

use super::SearchPlace;
use crate::Project;

/// How sure it is that nothing bears a template's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// Every app was looked into.
    Certain,
    /// The code of some apps is not there, but the name begins with the label of one of the
    /// project's own, where no other app keeps its templates.
    Likely,
}

/// What files of templates end in that are read.
const ENDINGS: &[&str] = &[".html", ".htm", ".txt", ".xml"];

/// Django's own apps with what the names of their templates begin with.
const SHIPPED: &[(&str, &[&str])] = &[
    ("django.contrib.admin", &["admin/", "registration/"]),
    ("django.contrib.admindocs", &["admin_doc/"]),
    ("django.contrib.auth", &["auth/", "registration/"]),
    ("django.contrib.contenttypes", &[]),
    ("django.contrib.flatpages", &["flatpages/"]),
    ("django.contrib.gis", &["gis/"]),
    ("django.contrib.humanize", &[]),
    ("django.contrib.messages", &[]),
    ("django.contrib.postgres", &["postgres/"]),
    ("django.contrib.redirects", &[]),
    ("django.contrib.sessions", &[]),
    ("django.contrib.sitemaps", &["sitemap"]),
    ("django.contrib.sites", &[]),
    ("django.contrib.staticfiles", &[]),
    ("django.contrib.syndication", &[]),
    ("django.forms", &["django/"]),
];

impl Project {
    /// Whether surely nothing bears a template's name; `None` where something does, or may.
    pub fn absent_template(&self, sources: &Sources, name: &str) -> Option<Absence> {
        let is_plain = ENDINGS.iter().any(|ending| name.ends_with(ending))
            && !name.starts_with(['/', '.'])
            && !name.contains(['{', '%', '\\']);
        let may_be = !is_plain
            || self.templates.search_path.is_open
            || name.starts_with("django/")
            || self.is_borne(sources, name)
            || self.is_for_installations(name);
        if may_be {
            return None;
        }
        let mut is_complete = true;
        for app in self.apps.iter().filter(|app| !app.is_own) {
            match self.app_has(&app.name, name) {
                Some(true) => return None,
                Some(false) => {}
                None => is_complete = false,
            }
        }
        if is_complete {
            return Some(Absence::Certain);
        }
        self.is_below_own_label(name).then_some(Absence::Likely)
    }

    /// Whether any file of the repository may be the template, for settings of another kind perhaps.
    fn is_borne(&self, sources: &Sources, name: &str) -> bool {
        let in_templates = format!("templates/{name}");
        let is_nested = name.contains('/');
        let bears = |path: &str| {
            let ends = |end: &str| {
                let before = path.strip_suffix(end);
                before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
            };
            ends(&in_templates) || (is_nested && ends(name))
        };
        let places = self.templates.search_path.places.iter();
        let mut folders = places.filter_map(|place| match place {
            SearchPlace::Folder(folder) => Some(folder),
            SearchPlace::Outside => None,
        });
        sources.iter().any(|(_, file)| bears(&file.path))
            || folders.any(|folder| sources.has_file(&format!("{folder}/{name}")))
    }

    /// Whether those who install the project are to give the template: a base for its pages, say.
    fn is_for_installations(&self, name: &str) -> bool {
        self.is_distributed && !self.has_own_folder(name)
    }

    /// Whether the project keeps templates in the first folder of a name.
    fn has_own_folder(&self, name: &str) -> bool {
        let folder = name.split_inclusive('/').next().unwrap_or(name);
        folder.ends_with('/')
            && self
                .templates
                .names()
                .any(|known| known.starts_with(folder))
    }

    fn is_below_own_label(&self, name: &str) -> bool {
        let label = name.split('/').next().unwrap_or(name);
        let app = self.apps.by_label(label);
        app.is_some_and(|app| app.is_own) && self.has_own_folder(name)
    }

    /// Whether an app outside the repository has a template; `None` where its code is not there.
    fn app_has(&self, app: &str, name: &str) -> Option<bool> {
        let mut found = None;
        for folder in ["templates", "jinja2"] {
            let has = self.modules.package_has(app, &format!("{folder}/{name}"));
            found = found.or(has).map(|found| found || has == Some(true));
        }
        found.or_else(|| {
            let shipped = SHIPPED.iter().find(|(known, _)| *known == app);
            shipped.map(|(_, begins)| begins.iter().any(|begin| name.starts_with(begin)))
        })
    }
}
