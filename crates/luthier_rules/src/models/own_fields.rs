//! What several rules ask about the project's own models.

use luthier_diagnostics::Location;
use luthier_project::Project;
use luthier_project::facts::{CallRef, ExprRef};
use luthier_project::models::{Field, Model};
use luthier_project::modules::{Definition, ModuleId, ValueRef};
use luthier_source::{FileId, Sources, Span};

/// One field where its own model declares it.
#[derive(Clone, Copy)]
pub(super) struct OwnField<'a> {
    pub(super) model: &'a Model,
    pub(super) field: &'a Field,
    pub(super) file: FileId,
    pub(super) call: CallRef<'a>,
    pub(super) module: ModuleId,
}

impl OwnField<'_> {
    /// Where a keyword argument, or else the whole call, stands.
    pub(super) fn location_of(&self, sources: &Sources, keyword: &str) -> Location {
        let span = self
            .call
            .keyword(keyword)
            .and_then(|value| keyword_span(sources.file(self.file).text.as_ref(), value, keyword));
        Location {
            file: self.file,
            span: span.unwrap_or(self.call.callee.span()),
        }
    }

    /// Whether the field's class is one of Django's own.
    pub(super) fn is_djangos(&self) -> bool {
        self.field.class.dotted.starts_with("django.")
    }

    /// `app.Model.field`
    pub(super) fn symbol(&self) -> String {
        format!("{}.{}", self.model.label, self.field.name)
    }
}

/// Every field of the project's own models, each once: where it is declared.
pub(super) fn own_fields(project: &Project) -> impl Iterator<Item = OwnField<'_>> {
    let models = project.models.all();
    models.flat_map(move |(_, model)| {
        let fields = model.fields.iter().chain(&model.private_fields);
        fields.filter_map(move |field| {
            let value = field.value?;
            let is_own = field.declared_in.is_some() && field.declared_in == model.class;
            let (file, expr) = code(project, value).filter(|_| is_own && !model.is_proxy)?;
            Some(OwnField {
                model,
                field,
                file,
                call: expr.as_call()?,
                module: value.module,
            })
        })
    })
}

/// An expression of one of the project's own files.
pub(super) fn code(project: &Project, value: ValueRef) -> Option<(FileId, ExprRef<'_>)> {
    let module = project.modules.get(value.module);
    let file = module
        .file
        .filter(|_| project.modules.is_repository(value.module))?;
    Some((file, project.modules.value(value)))
}

/// `keyword=value`, given the value: the name and the sign stand before it.
pub(super) fn keyword_span(text: &str, value: ExprRef<'_>, keyword: &str) -> Option<Span> {
    let span = value.span();
    let before = text.get(..span.start as usize)?.trim_end();
    let before = before.strip_suffix('=')?.trim_end().strip_suffix(keyword)?;
    Some(Span::new(before.len() as u32, span.end))
}

/// The name by which a module calls `django.db.models`, such as `models`.
pub(super) fn models_alias(project: &Project, module: ModuleId) -> Option<&str> {
    let facts = project.modules.facts(module);
    let mut names = facts.imports.iter().map(|import| facts.text(import.binds));
    names.find(|name| match project.modules.resolve(module, name) {
        Definition::Module(id) => project.modules.get(id).name == "django.db.models",
        Definition::External(dotted) => dotted == "django.db.models",
        _ => false,
    })
}

/// The words of a name: `unit_price` gives `unit` and `price`.
pub(super) fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split('_').filter(|word| !word.is_empty())
}
