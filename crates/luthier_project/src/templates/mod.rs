//! The project's template files by the names that code calls them, and which of them a name leads to.

mod absent;
mod context;
mod libraries;
mod prints;
mod search;
mod tags;
mod unknown;
mod uses;
mod walk;

use luthier_source::{FileId, FileKind, Sources, Span, template::NodeKind, template::Template};
use rustc_hash::FxHashMap;

use crate::apps::Apps;
use crate::facts::FileFacts;
use crate::modules::Modules;
use crate::settings::Settings;

pub use absent::Absence;
pub use prints::Printed;
pub(crate) use prints::TEXT_FILTERS;
pub use search::{Resolved, SearchPath, SearchPlace};
pub(crate) use tags::{TagFunctions, TagKind};
pub use unknown::{UnknownKind, UnknownTag};
pub use uses::TemplateUse;
pub(crate) use walk::{Effect, Reader, Scope, Tag, Walk};

/// Templates by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Templates {
    /// Names in path order of their first file.
    names: Vec<Box<str>>,
    /// For each name the files that bear it, in path order: which one a loader finds first is for
    /// the settings to say.
    files: FxHashMap<Box<str>, Vec<FileId>>,
    /// The file that each name leads to, where it is known.
    chosen: FxHashMap<Box<str>, FileId>,
    /// Where production looks for templates.
    pub search_path: SearchPath,
    /// `extends` and `include` of every template whose name is spelled out, in file order.
    pub references: Vec<Reference>,
}

/// A template that another one names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub from: FileId,
    pub span: Span,
    pub name: Box<str>,
    pub is_parent: bool,
    pub to: Resolved,
}

impl Templates {
    /// Names the templates among the files `own` of one project in the folder `project`, and follows
    /// what they extend and include.
    pub fn link(
        sources: &Sources,
        facts: &[FileFacts],
        modules: &Modules,
        settings: &Settings,
        apps: &Apps,
        (project, own): (&str, &[FileId]),
    ) -> Self {
        let mut templates = Self {
            search_path: SearchPath::of(sources, modules, settings, apps, project),
            ..Self::default()
        };
        for &file in own {
            let source = sources.file(file);
            let Some(name) =
                template_name(&source.path).filter(|_| source.kind == FileKind::Template)
            else {
                continue;
            };
            let files = templates.files.entry(name.into()).or_default();
            if files.is_empty() {
                templates.names.push(name.into());
            }
            files.push(file);
        }
        for name in &templates.names {
            let found = match templates.search_path.resolve(sources, name, &[]) {
                Resolved::File(file) => Some(file),
                Resolved::Missing => None,
                Resolved::Unknown => templates.only(name),
            };
            templates
                .chosen
                .extend(found.map(|file| (name.clone(), file)));
        }
        for &file in own {
            templates.refer(sources, facts, file);
        }
        templates
    }

    /// The file that a name leads to: the one that production finds, or where that is not known
    /// the only one of the project with that name.
    pub fn file(&self, name: &str) -> Option<FileId> {
        self.chosen.get(name).copied()
    }

    /// The file that a template of the project extends or includes at a place.
    pub fn referred(&self, from: FileId, span: Span) -> Option<FileId> {
        let key = |reference: &Reference| (reference.from, reference.span.start);
        let found = self
            .references
            .binary_search_by_key(&(from, span.start), key)
            .ok()?;
        let reference = &self.references[found];
        match reference.to {
            Resolved::File(file) => Some(file),
            Resolved::Missing => None,
            Resolved::Unknown => self.only(&reference.name).filter(|file| *file != from),
        }
    }

    fn only(&self, name: &str) -> Option<FileId> {
        match self.find(name) {
            [file] => Some(*file),
            _ => None,
        }
    }

    fn refer(&mut self, sources: &Sources, facts: &[FileFacts], file: FileId) {
        let Some(template) = Self::template(facts, file) else {
            return;
        };
        for node in &template.nodes {
            let (named, is_parent) = match &node.kind {
                NodeKind::Extends(parent) => (parent, true),
                NodeKind::Include { template, .. } => (template, false),
                _ => continue,
            };
            // Names that begin with dots are relative to the template's own.
            let Some(name) = named.as_text().filter(|name| !name.starts_with('.')) else {
                continue;
            };
            let skip: &[FileId] = if is_parent { &[file] } else { &[] };
            self.references.push(Reference {
                from: file,
                span: named.span,
                name: name.into(),
                is_parent,
                to: self.search_path.resolve(sources, name, skip),
            });
        }
    }

    /// The file that a name leads to in production.
    pub fn resolve(&self, sources: &Sources, name: &str) -> Resolved {
        self.search_path.resolve(sources, name, &[])
    }

    /// The files with a template's name.
    pub fn find(&self, name: &str) -> &[FileId] {
        self.files.get(name).map_or(&[], Vec::as_slice)
    }

    /// Every name, in path order of the files.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// What a template file says.
    pub fn template(files: &[FileFacts], file: FileId) -> Option<&Template> {
        match &files[file.0 as usize] {
            FileFacts::Template(template) => Some(template),
            _ => None,
        }
    }
}

/// The name by which a loader finds a file: its path below the first folder `templates` or
/// `jinja2`.
pub fn template_name(path: &str) -> Option<&str> {
    let mut offset = 0;
    for part in path.split('/') {
        offset += part.len() + 1;
        if matches!(part, "templates" | "jinja2") {
            return path.get(offset..);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Project;

    #[test]
    fn templates_are_found_by_name() {
        let sources = Sources::in_memory(&[
            (
                "shop/templates/shop/list.html",
                "{% extends 'base.html' %}{{ x }}",
            ),
            ("theme/templates/shop/list.html", ""),
            ("templates/base.html", "{% block a %}{% endblock %}"),
            ("shop/templates/shop/mail.txt", ""),
        ]);
        let project = Project::from_sources(&sources);
        let names: Vec<&str> = project.templates.names().collect();
        assert_eq!(names, ["shop/list.html", "shop/mail.txt", "base.html"]);
        let files = project.templates.find("shop/list.html");
        let paths: Vec<&str> = files
            .iter()
            .map(|file| &*sources.file(*file).path)
            .collect();
        assert_eq!(
            paths,
            [
                "shop/templates/shop/list.html",
                "theme/templates/shop/list.html"
            ]
        );
        let template = Templates::template(&project.files, files[0]).unwrap();
        assert_eq!(template.parent_name(), Some("base.html"));
        assert!(matches!(template.nodes[1].kind, NodeKind::Variable(_)));
        assert!(project.templates.find("nowhere.html").is_empty());
    }

    fn engine(rest: &str) -> String {
        format!(
            "from pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent\n\
             INSTALLED_APPS = ['shop', 'theme']\n\
             TEMPLATES = [{{'BACKEND': 'django.template.backends.django.DjangoTemplates', {rest}}}]\n"
        )
    }

    /// One line a reference: who names what, and where it leads.
    fn outline(settings: &str) -> Vec<String> {
        let sources = Sources::in_memory(&[
            (
                "manage.py",
                "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n",
            ),
            ("settings.py", settings),
            ("shop/__init__.py", ""),
            ("shop/models.py", ""),
            (
                "shop/templates/shop/list.html",
                "{% extends 'base.html' %}{% include 'shop/row.html' %}{% include name %}",
            ),
            ("shop/templates/base.html", "{% extends 'base.html' %}"),
            ("templates/base.html", "{% extends 'base.html' %}"),
            ("theme/__init__.py", ""),
            ("theme/models.py", ""),
            ("theme/templates/base.html", ""),
        ]);
        let project = Project::from_sources(&sources);
        let path = |file: FileId| sources.file(file).path.to_string();
        let references = project.templates.references.iter();
        references
            .map(|reference| {
                let to = match reference.to {
                    Resolved::File(file) => path(file),
                    other => format!("{other:?}"),
                };
                format!("{} {} -> {to}", path(reference.from), reference.name)
            })
            .collect()
    }

    #[test]
    fn names_lead_to_the_first_file_of_the_search_path() {
        let list = "shop/templates/shop/list.html";
        let settings = engine("'DIRS': [BASE_DIR / 'templates'], 'APP_DIRS': True");
        assert_eq!(
            outline(&settings),
            [
                "shop/templates/base.html base.html -> templates/base.html",
                &format!("{list} base.html -> templates/base.html"),
                &format!("{list} shop/row.html -> Missing"),
                "templates/base.html base.html -> shop/templates/base.html",
            ]
        );
    }

    #[test]
    fn loaders_and_missing_settings_leave_names_open() {
        let list = "shop/templates/shop/list.html";
        let found = outline("INSTALLED_APPS = ['shop', 'theme']\n");
        assert_eq!(found[2], format!("{list} shop/row.html -> Unknown"));
        let settings = engine("'APP_DIRS': False");
        assert_eq!(
            outline(&settings)[2],
            format!("{list} shop/row.html -> Missing")
        );
        let settings = engine(
            "'OPTIONS': {'loaders': [('django.template.loaders.cached.Loader', \
             ['django.template.loaders.app_directories.Loader', 'own.Loader'])]}",
        );
        let found = outline(&settings);
        assert_eq!(
            found[1],
            format!("{list} base.html -> shop/templates/base.html")
        );
        assert_eq!(found[2], format!("{list} shop/row.html -> Unknown"));
    }
}
