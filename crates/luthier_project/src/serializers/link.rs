//! Finds the shapes in a project's own modules.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::declared::declared;
use super::kind::{Member, Nature, Natures, ShapeKind, is_plain, member};
use super::names::{Holds, NameOption, Reader};
use super::registered::{Registration, registrations};
use super::{Origin, Serializers, Shape, Subject};
use crate::apps::Configured;
use crate::constant::Constant;
use crate::facts::ir::BindingKind;
use crate::facts::{CallRef, ExprRef};
use crate::models::{Evaluator, ModelGraph};
use crate::modules::{Ancestor, ClassRef, Definition, ModuleId, Modules, ValueRef};

type Options = &'static [(&'static str, Holds)];

const SERIALIZER: Options = &[
    ("fields", Holds::Sequence),
    ("exclude", Holds::Sequence),
    ("read_only_fields", Holds::Sequence),
    ("extra_kwargs", Holds::Keys),
];

const FORM: Options = &[
    ("fields", Holds::Sequence),
    ("exclude", Holds::Sequence),
    ("widgets", Holds::Keys),
    ("localized_fields", Holds::Sequence),
    ("labels", Holds::Keys),
    ("help_texts", Holds::Keys),
    ("error_messages", Holds::Keys),
    ("field_classes", Holds::Keys),
];

const FILTER_SET: Options = &[
    ("fields", Holds::SequenceOrKeys),
    ("exclude", Holds::Sequence),
];

const ADMIN: Options = &[
    ("list_display", Holds::Sequence),
    ("list_display_links", Holds::Sequence),
    ("list_filter", Holds::Pairs),
    ("list_editable", Holds::Sequence),
    ("list_select_related", Holds::Sequence),
    ("search_fields", Holds::Sequence),
    ("date_hierarchy", Holds::One),
    ("sortable_by", Holds::Sequence),
    ("ordering", Holds::Sequence),
    ("fields", Holds::Lines),
    ("fieldsets", Holds::Sections),
    ("exclude", Holds::Sequence),
    ("readonly_fields", Holds::Sequence),
    ("raw_id_fields", Holds::Sequence),
    ("autocomplete_fields", Holds::Sequence),
    ("filter_horizontal", Holds::Sequence),
    ("filter_vertical", Holds::Sequence),
    ("radio_fields", Holds::Keys),
    ("prepopulated_fields", Holds::Keys),
    ("fk_name", Holds::One),
    ("ct_field", Holds::One),
    ("ct_fk_field", Holds::One),
];

/// Methods that decide which fields there are.
const DECIDING: &[(ShapeKind, &[&str])] = &[
    (
        ShapeKind::Serializer,
        &[
            "build_field",
            "build_property_field",
            "build_unknown_field",
            "get_field_names",
            "get_fields",
            "__new__",
        ],
    ),
    (ShapeKind::Form, &["__new__"]),
    (
        ShapeKind::FilterSet,
        &[
            "get_declared_filters",
            "get_fields",
            "get_filters",
            "__new__",
        ],
    ),
    (ShapeKind::Admin, &["get_form"]),
    (ShapeKind::Inline, &["get_formset"]),
];

/// Packages whose class decorators leave a class's fields as they are.
const HARMLESS: &[&str] = &[
    "django.",
    "drf_spectacular.",
    "drf_yasg.",
    "functools.",
    "rest_framework.",
    "typing.",
];

/// Last parts of the names of factories, and the position of the model among their arguments.
const FACTORIES: &[(&str, usize)] = &[
    ("modelform_factory", 0),
    ("modelformset_factory", 0),
    ("inlineformset_factory", 1),
    ("generic_inlineformset_factory", 0),
];

pub(super) fn link(
    modules: &Modules,
    models: &ModelGraph,
    configured: &Configured,
    own: &[ModuleId],
) -> Serializers {
    let evaluator = Evaluator {
        modules,
        settings: configured,
    };
    let start = || Linker {
        modules,
        models,
        evaluator,
        natures: Natures::new(modules),
    };
    let of_module = |linker: &mut Linker<'_>, &module: &ModuleId| linker.module(module);
    let found: Vec<Found> = own.par_iter().map_init(start, of_module).collect();
    let linker = start();
    let mut registered: FxHashMap<ClassRef, Vec<Subject>> = FxHashMap::default();
    for registration in found.iter().flat_map(|found| &found.registrations) {
        let model = registration.model;
        let subject = linker.model(model.module, modules.value(model));
        let subjects = registered.entry(registration.admin).or_default();
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    let mut serializers = Serializers::default();
    for shape in found.into_iter().flat_map(|found| found.shapes) {
        let subjects = match shape.origin {
            Origin::Class(class) if shape.kind == ShapeKind::Admin => registered.get(&class),
            _ => None,
        };
        match subjects {
            Some(subjects) => {
                for &subject in subjects {
                    let shape = shape.clone();
                    serializers.add(Shape { subject, ..shape });
                }
            }
            None => serializers.add(shape),
        }
    }
    serializers
}

/// What one module holds.
#[derive(Default)]
struct Found {
    shapes: Vec<Shape>,
    registrations: Vec<Registration>,
}

struct Linker<'a> {
    modules: &'a Modules,
    models: &'a ModelGraph,
    evaluator: Evaluator<'a>,
    natures: Natures<'a>,
}

impl<'a> Linker<'a> {
    fn module(&self, module: ModuleId) -> Found {
        let mut found = Found::default();
        if self.modules.is_test(module) {
            return found;
        }
        let facts = self.modules.facts(module);
        for class in facts.class_ids() {
            let class = ClassRef { module, class };
            if let Nature::Shape(kind) = self.natures.nature(class) {
                found.shapes.push(self.class(kind, class));
            }
        }
        for body in facts.body_ids() {
            let calls = facts.body(body).exprs().filter_map(ExprRef::as_call);
            found
                .shapes
                .extend(calls.filter_map(|call| self.factory(module, call)));
        }
        registrations(
            self.modules,
            &self.natures,
            module,
            &mut found.registrations,
        );
        found
    }

    fn class(&self, kind: ShapeKind, class: ClassRef) -> Shape {
        let is_admin = matches!(kind, ShapeKind::Admin | ShapeKind::Inline);
        let (holder, is_meta_open) = if is_admin {
            (Some(class), false)
        } else {
            self.meta(class)
        };
        let options = match kind {
            ShapeKind::Serializer => SERIALIZER,
            ShapeKind::Form => FORM,
            ShapeKind::FilterSet => FILTER_SET,
            ShapeKind::Admin | ShapeKind::Inline => ADMIN,
        };
        let options = holder.map_or_else(Vec::new, |holder| self.options(holder, options));
        let subject = match holder {
            Some(holder) => self.subject(holder),
            None if is_meta_open => Subject::Unknown,
            None => Subject::None,
        };
        let (declared, is_open) = if is_admin {
            self.form_of(class)
        } else {
            let fields = declared(self.modules, &self.natures, kind, class);
            (fields, self.is_open(class))
        };
        Shape {
            kind,
            origin: Origin::Class(class),
            subject,
            options,
            declared,
            is_open: is_open || self.decides(kind, class),
        }
    }

    /// The `Meta` in force, and whether an unknown base may have another.
    fn meta(&self, class: ClassRef) -> (Option<ClassRef>, bool) {
        match member(self.modules, class, "Meta") {
            Member::Bound(..) => match self.modules.class_member(class, "Meta") {
                Definition::Class(meta) => (Some(meta), false),
                _ => (None, true),
            },
            Member::Absent => (None, false),
            Member::Unknown => (None, true),
        }
    }

    fn options(&self, holder: ClassRef, known: Options) -> Vec<NameOption> {
        let reader = Reader {
            modules: self.modules,
        };
        let read = |&(name, holds): &(&'static str, Holds)| {
            let Member::Bound(class, binding) = member(self.modules, holder, name) else {
                return None;
            };
            let BindingKind::Value(value) = binding.kind else {
                return None;
            };
            let value = self.modules.class_body(class).expr(value);
            reader.option(name, holds, class.module, value, !binding.conditional)
        };
        known.iter().filter_map(read).collect()
    }

    /// What `model` of a `Meta` or of an inline says.
    fn subject(&self, holder: ClassRef) -> Subject {
        match member(self.modules, holder, "model") {
            Member::Bound(class, binding) => match binding.kind {
                BindingKind::Value(value) => {
                    let value = self.modules.class_body(class).expr(value);
                    self.model(class.module, value)
                }
                _ => Subject::Unknown,
            },
            Member::Absent => Subject::None,
            Member::Unknown => Subject::Unknown,
        }
    }

    /// The model that an expression names.
    fn model(&self, module: ModuleId, value: ExprRef<'a>) -> Subject {
        let id = match self.evaluator.value(module, value) {
            Constant::None => return Subject::None,
            Constant::Class(class) => self.models.by_class(class),
            Constant::Str(label) => self.models.by_label(&label),
            _ => self
                .got(module, value)
                .or_else(|| self.between(module, value)),
        };
        id.map_or(Subject::Unknown, Subject::Model)
    }

    /// `apps.get_model("shop", "Order")`
    fn got(&self, module: ModuleId, value: ExprRef<'a>) -> Option<crate::models::ModelId> {
        let call = value.as_call()?;
        let (_, "get_model") = call.callee.as_attribute()? else {
            return None;
        };
        let text = |position, name| {
            let value = self.evaluator.value(module, call.argument(position, name)?);
            value.as_str().map(str::to_owned)
        };
        let app = text(0, "app_label")?;
        match text(1, "model_name") {
            Some(model) => self.models.by_label(&format!("{app}.{model}")),
            None if call.arguments().len() == 1 => self.models.by_label(&app),
            None => None,
        }
    }

    /// `Order.tags.through`
    fn between(&self, module: ModuleId, value: ExprRef<'a>) -> Option<crate::models::ModelId> {
        let (field, "through") = value.as_attribute()? else {
            return None;
        };
        let (model, field) = field.as_attribute()?;
        let model = self.model(module, model).model()?;
        let (_, field) = self.models.field(model, field)?;
        field.relation()?.through.as_ref()?.model()
    }

    /// The fields that an admin class's form declares, and whether there may be others.
    fn form_of(&self, class: ClassRef) -> (Vec<super::DeclaredField>, bool) {
        let form = match member(self.modules, class, "form") {
            Member::Absent => return (Vec::new(), false),
            Member::Unknown => return (Vec::new(), true),
            Member::Bound(class, binding) => match binding.kind {
                BindingKind::Value(value) => {
                    let value = self.modules.class_body(class).expr(value);
                    self.modules.resolve_expr(class.module, value)
                }
                _ => return (Vec::new(), true),
            },
        };
        self.declared_by_form(&form)
    }

    fn declared_by_form(&self, form: &Definition) -> (Vec<super::DeclaredField>, bool) {
        match form {
            Definition::Class(form) => {
                let fields = declared(self.modules, &self.natures, ShapeKind::Form, *form);
                (fields, self.is_open(*form))
            }
            Definition::External(form) => (Vec::new(), !is_plain(form)),
            _ => (Vec::new(), true),
        }
    }

    /// Whether bases that were not found, metaclasses or decorators may declare more.
    fn is_open(&self, class: ClassRef) -> bool {
        let mro = self.modules.mro(class);
        mro.ancestors.iter().any(|ancestor| match ancestor {
            Ancestor::Class(class) => {
                self.modules.is_repository(class.module) && self.is_made_otherwise(*class)
            }
            Ancestor::External(dotted) => !is_plain(dotted),
            Ancestor::Unknown => true,
        })
    }

    fn is_made_otherwise(&self, class: ClassRef) -> bool {
        let facts = self.modules.facts(class.module);
        let declared = facts.class(class.class);
        let scope = facts.body(declared.scope);
        let is_harmless = |decorator: ExprRef<'_>| {
            let callee = decorator.without_call();
            let name = self.modules.qualified_expr(class.module, callee);
            name.is_some_and(|name| HARMLESS.iter().any(|package| name.starts_with(package)))
        };
        let mut decorators = declared.decorators.iter().map(|&id| scope.expr(id));
        declared.bases.iter().any(|base| base.keyword.is_some()) || !decorators.all(is_harmless)
    }

    /// Whether the project's own code replaces a method that decides which fields there are.
    fn decides(&self, kind: ShapeKind, class: ClassRef) -> bool {
        let deciding = DECIDING.iter().filter(|(of, _)| *of == kind);
        let mut methods = deciding.flat_map(|(_, methods)| *methods);
        methods.any(|method| match member(self.modules, class, method) {
            Member::Bound(class, _) => {
                let module = &self.modules.get(class.module).name;
                !["django.", "rest_framework.", "django_filters."]
                    .iter()
                    .any(|package| module.starts_with(package))
            }
            Member::Absent => false,
            Member::Unknown => true,
        })
    }

    /// The form that a call of one of Django's factories makes.
    fn factory(&self, module: ModuleId, call: CallRef<'a>) -> Option<Shape> {
        let callee = call.callee;
        let name = callee.last_name()?;
        let &(_, position) = FACTORIES.iter().find(|(factory, _)| *factory == name)?;
        let dotted = self.modules.qualified_expr(module, callee)?;
        if !dotted.starts_with("django.") {
            return None;
        }
        let reader = Reader {
            modules: self.modules,
        };
        let read = |&(name, holds): &(&'static str, Holds)| {
            reader.option(name, holds, module, call.keyword(name)?, true)
        };
        let subject = match call.argument(position, "model") {
            Some(model) => self.model(module, model),
            None => Subject::Unknown,
        };
        let (declared, is_open) = match call.keyword("form") {
            Some(form) => self.declared_by_form(&self.modules.resolve_expr(module, form)),
            None => (Vec::new(), false),
        };
        Some(Shape {
            kind: ShapeKind::Form,
            origin: Origin::Call(ValueRef::of(module, call.expr)),
            subject,
            options: FORM.iter().filter_map(read).collect(),
            declared,
            is_open: is_open || call.is_open(),
        })
    }
}
