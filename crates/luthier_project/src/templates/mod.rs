//! The project's template files by the names that code calls them.

use luthier_source::{FileId, FileKind, Sources, template::Template};
use rustc_hash::FxHashMap;

use crate::facts::FileFacts;

/// Templates by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Templates {
    /// Names in path order of their first file.
    names: Vec<Box<str>>,
    /// For each name the files that bear it, in path order: which one a loader finds first is for
    /// the settings to say.
    files: FxHashMap<Box<str>, Vec<FileId>>,
}

impl Templates {
    /// Names the templates among the files `own` of one project.
    pub fn link(sources: &Sources, own: &[FileId]) -> Self {
        let mut templates = Self::default();
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
        templates
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
    use luthier_source::template::NodeKind;

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
}
