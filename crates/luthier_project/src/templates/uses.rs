//! Where code and templates name the templates that they are about to show.

use luthier_source::{FileId, Location, Sources};
use rayon::prelude::*;

use crate::Project;
use crate::facts::ir::BindingKind;
use crate::facts::{CallRef, ExprRef, Name, is_test_path};
use crate::modules::{Ancestor, ClassRef, ModuleId};
use crate::projects::is_blueprint;
use crate::routes::{attempted, imported_name, leads_to};
use crate::views::template_of;

/// One place that names a template, or several of which the first that there is will do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TemplateUse {
    pub place: Location,
    pub names: Vec<String>,
}

/// Functions that load templates: the position of the name and what else it is called.
const LOADING: &[(&str, usize, &str)] = &[
    ("django.shortcuts.render", 1, "template_name"),
    ("django.template.loader.get_template", 0, "template_name"),
    (
        "django.template.loader.render_to_string",
        0,
        "template_name",
    ),
    (
        "django.template.loader.select_template",
        0,
        "template_name_list",
    ),
    (
        "django.template.response.SimpleTemplateResponse",
        0,
        "template",
    ),
    ("django.template.response.TemplateResponse", 1, "template"),
];

impl Project {
    /// Every place that names templates by literals, in file order: `extends` and `include` of the
    /// templates that production finds, calls that load, routed views, forms and widgets. Left out
    /// are tests, apps that are not installed, and who expects that there may be none.
    pub fn template_uses(&self, sources: &Sources) -> Vec<TemplateUse> {
        let modules: Vec<ModuleId> = self
            .own_modules()
            .filter(|&module| self.is_in_use(sources, module))
            .collect();
        let by_module: Vec<Vec<TemplateUse>> = modules
            .par_iter()
            .map(|&module| self.uses_in(module))
            .collect();
        let mut uses: Vec<TemplateUse> = by_module.into_iter().flatten().collect();
        uses.extend(self.uses_of_views(&modules));
        uses.extend(self.uses_of_templates(sources));
        uses.sort();
        uses.dedup();
        uses
    }

    fn is_in_use(&self, sources: &Sources, module: ModuleId) -> bool {
        let name = &self.modules.get(module).name;
        let is_below = |package: &str| {
            let rest = name.strip_prefix(package);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let mut unused = self.apps.not_installed.iter();
        let Some(file) = self.modules.get(module).file else {
            return false;
        };
        let path = &sources.file(file).path;
        !is_test_path(path) && !is_blueprint(path) && !unused.any(|app| is_below(&app.name))
    }

    fn uses_of_templates<'a>(
        &'a self,
        sources: &'a Sources,
    ) -> impl Iterator<Item = TemplateUse> + 'a {
        let is_own = |file: FileId| self.own_files().binary_search(&file).is_ok();
        let references = self.templates.references.iter();
        let live = references.filter(move |reference| {
            let path = &sources.file(reference.from).path;
            is_own(reference.from)
                && self.templates.search_path.holds(path)
                && !is_test_path(path)
                && !is_blueprint(path)
        });
        live.map(|reference| TemplateUse {
            place: Location::new(reference.from, reference.span),
            names: vec![reference.name.to_string()],
        })
    }

    fn uses_of_views(&self, modules: &[ModuleId]) -> Vec<TemplateUse> {
        let mut uses = Vec::new();
        for view in &self.views.views {
            let Some((place, name)) = template_of(self, view) else {
                continue;
            };
            let module = self.modules.of_file(place.file);
            if module.is_some_and(|module| modules.binary_search(&module).is_ok()) {
                uses.push(TemplateUse {
                    place,
                    names: vec![name],
                });
            }
        }
        uses
    }

    fn uses_in(&self, module: ModuleId) -> Vec<TemplateUse> {
        let Some(file) = self.modules.get(module).file else {
            return Vec::new();
        };
        let facts = self.modules.facts(module);
        let mut uses = Vec::new();
        let functions = || LOADING.iter().map(|(dotted, ..)| *dotted);
        let near = facts.imports.iter();
        let near = near.filter(|import| leads_to(facts, import, functions()));
        let near: Vec<Name> = near.map(|import| import.binds).collect();
        let is_near = |call: CallRef<'_>| {
            let head = call.callee.head();
            head.is_some_and(|head| near.contains(&head))
        };
        let is_library = self.modules.get(module).name.contains(".templatetags.");
        if near.is_empty() && !facts.names.mention("template_name") && !is_library {
            return uses;
        }
        for body in facts.body_ids().map(|id| facts.body(id)) {
            let expecting = attempted(body, "TemplateDoesNotExist");
            for call in body.exprs().filter_map(ExprRef::as_call) {
                let named = if is_near(call) {
                    self.loaded(module, call)
                } else {
                    let name = call.callee.as_attribute().map(|(_, name)| name);
                    match name {
                        Some("as_view") => call.keyword("template_name"),
                        Some("inclusion_tag") if is_library => call.argument(0, "filename"),
                        _ => None,
                    }
                };
                let Some(named) = named else { continue };
                if expecting.iter().any(|span| span.encloses(named.span())) {
                    continue;
                }
                uses.extend(names(named).map(|names| TemplateUse {
                    place: Location::new(file, named.span()),
                    names,
                }));
            }
        }
        for class in facts.class_ids() {
            let class = ClassRef { module, class };
            let body = self.modules.class_body(class);
            let Some(BindingKind::Value(value)) =
                body.binding("template_name").map(|found| found.kind)
            else {
                continue;
            };
            let value = body.expr(value);
            let Some(name) = value.as_str() else { continue };
            if self.is_rendered(class) {
                uses.push(TemplateUse {
                    place: Location::new(file, value.span()),
                    names: vec![name.to_owned()],
                });
            }
        }
        uses
    }

    /// Whether a class is a form, a set of forms or a widget: instances are rendered with the
    /// template that its attribute `template_name` says.
    fn is_rendered(&self, class: ClassRef) -> bool {
        let mro = self.modules.mro(class);
        mro.ancestors.iter().any(|ancestor| {
            let dotted = match ancestor {
                Ancestor::Class(class) => self.modules.qualified_class(*class),
                Ancestor::External(dotted) => dotted.clone(),
                Ancestor::Unknown => return false,
            };
            dotted.starts_with("django.forms.") && !dotted.ends_with("Field")
        })
    }

    /// What a call that loads templates says of their names; nothing where another engine is asked.
    fn loaded<'a>(&self, module: ModuleId, call: CallRef<'a>) -> Option<ExprRef<'a>> {
        if call.keyword("using").is_some() {
            return None;
        }
        let dotted = imported_name(&self.modules, module, call.callee)?;
        let found = LOADING.iter().find(|(known, ..)| *known == dotted)?;
        call.argument(found.1, found.2)
    }
}

/// A literal name, or a list of nothing else.
fn names(value: ExprRef<'_>) -> Option<Vec<String>> {
    if let Some(name) = value.as_str() {
        return Some(vec![name.to_owned()]);
    }
    let names = value
        .elements()?
        .map(|name| name.as_str().map(str::to_owned));
    let names: Vec<String> = names.collect::<Option<_>>()?;
    (!names.is_empty()).then_some(names)
}
