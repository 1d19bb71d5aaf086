//! Whether a class is a model, a field or a manager, told by its bases.

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::evaluate::only_return;
use super::field::FieldClass;
use super::kind::{DjangoField, FieldKind, django_field};
use super::remade;
use crate::facts::ir::BindingKind;
use crate::modules::{Ancestor, ClassRef, Definition, FunctionRef, Modules};

/// What a class is to a model.
#[derive(Clone, Debug)]
pub(super) enum Nature {
    /// `django.db.models.Model` itself.
    ModelBase,
    Model,
    Field(FieldNature),
    Manager,
    QuerySet,
    Other,
    /// A base of it was not found.
    Unknown,
}

/// A field class, down to Django's own.
#[derive(Clone, Debug)]
pub(super) struct FieldNature {
    pub(super) kind: FieldKind,
    pub(super) class: Arc<FieldClass>,
    /// The classes whose constructors run before Django's own, nearest first.
    pub(super) constructors: Arc<[ClassRef]>,
    pub(super) parameters: &'static [&'static str],
    /// Whether `get_internal_type` gives each class's own name.
    names_itself: bool,
}

/// Natures worked out so far.
pub(super) struct Classes<'a> {
    pub(super) modules: &'a Modules,
    known: RefCell<FxHashMap<ClassRef, Nature>>,
}

impl<'a> Classes<'a> {
    pub(super) fn new(modules: &'a Modules) -> Self {
        Self {
            modules,
            known: RefCell::default(),
        }
    }

    pub(super) fn nature(&self, class: ClassRef) -> Nature {
        if let Some(known) = self.known.borrow().get(&class) {
            return known.clone();
        }
        let nature = self.work_out(class);
        self.known.borrow_mut().insert(class, nature.clone());
        nature
    }

    /// What a name that a call has as its callee stands for.
    pub(super) fn of_definition(&self, definition: &Definition) -> Nature {
        match definition {
            Definition::Class(class) => self.nature(*class),
            Definition::External(name) => by_name(name),
            _ => Nature::Unknown,
        }
    }

    fn work_out(&self, class: ClassRef) -> Nature {
        if self.django_name(class).is_some_and(|name| name == "Model") {
            return Nature::ModelBase;
        }
        let mro = self.modules.mro(class);
        let mut before: Vec<ClassRef> = Vec::new();
        let mut is_open = false;
        for ancestor in &mro.ancestors {
            let found = match ancestor {
                Ancestor::Class(ancestor) => {
                    let name = self.django_dotted(*ancestor);
                    let nature = name.as_deref().map_or(Nature::Other, by_name);
                    if matches!(nature, Nature::Other) {
                        before.push(*ancestor);
                    }
                    nature
                }
                Ancestor::External(name) if name.starts_with("builtins.") => Nature::Other,
                Ancestor::External(name) => by_name(name),
                Ancestor::Unknown => Nature::Unknown,
            };
            match found {
                Nature::Other => {}
                Nature::Unknown => is_open = true,
                Nature::ModelBase => return Nature::Model,
                Nature::Field(base) => return self.custom_field(class, &base, before),
                Nature::Model | Nature::Manager | Nature::QuerySet => return found,
            }
        }
        match is_open {
            true if before
                .iter()
                .any(|&class| self.has_made_manager_base(class)) =>
            {
                Nature::Manager
            }
            true => Nature::Unknown,
            false => Nature::Other,
        }
    }

    /// `class Manager(Base.from_queryset(QuerySet))`
    fn has_made_manager_base(&self, class: ClassRef) -> bool {
        let facts = self.modules.facts(class.module);
        let declared = facts.class(class.class);
        let scope = facts.body(declared.scope);
        let callees = declared.bases.iter().filter_map(|base| {
            let call = scope.expr(base.value).as_call()?;
            call.callee.as_attribute()
        });
        let mut makers = callees.filter(|(_, method)| *method == "from_queryset");
        makers.any(|(owner, _)| {
            let owner = self.modules.resolve_expr(class.module, owner);
            matches!(self.of_definition(&owner), Nature::Manager)
        })
    }

    /// The dotted name of a class of Django's or taggit's own modules.
    fn django_dotted(&self, class: ClassRef) -> Option<String> {
        let module = &self.modules.get(class.module).name;
        let is_known = module.starts_with("django.") || module.starts_with("taggit.");
        is_known.then(|| format!("{module}.{}", self.modules.class_name(class)))
    }

    fn django_name(&self, class: ClassRef) -> Option<&str> {
        let module = &self.modules.get(class.module).name;
        module
            .starts_with("django.db.models")
            .then(|| self.modules.class_name(class))
    }

    fn custom_field(&self, class: ClassRef, base: &FieldNature, before: Vec<ClassRef>) -> Nature {
        let module = &self.modules.get(class.module).name;
        let is_djangos_own = before.is_empty();
        let dotted: Arc<str> = if is_djangos_own {
            Arc::clone(&base.class.dotted)
        } else {
            format!(
                "{module}.{}",
                self.modules.facts(class.module).class_path(class.class)
            )
            .into()
        };
        let said = before.iter().find_map(|&before| self.said_type(before));
        let internal_type = match said {
            Some(said) => said,
            None if base.names_itself => Some(self.modules.class_name(class).into()),
            None => base.class.internal_type.clone(),
        };
        Nature::Field(FieldNature {
            kind: base.kind,
            class: Arc::new(FieldClass {
                dotted,
                class: Some(class),
                internal_type,
                names_relations: before.iter().any(|&class| self.names_relations(class)),
                adds_fields: before
                    .iter()
                    .any(|&class| remade::by_field(self.modules, class)),
                reads_itself: before.iter().any(|&class| self.reads_itself(class)),
                max_length: base.class.max_length,
            }),
            constructors: before.into(),
            parameters: base.parameters,
            names_itself: base.names_itself,
        })
    }

    /// Whether a class's own code stands for the descriptor that fetches what a row leads to.
    fn reads_itself(&self, class: ClassRef) -> bool {
        const DESCRIPTORS: &[&str] = &[
            "__get__",
            "descriptor_class",
            "forward_related_accessor_class",
        ];
        let body = self.modules.class_body(class);
        DESCRIPTORS.iter().any(|name| body.binding(name).is_some())
    }

    /// Whether a class's own `contribute_to_class` sets a related name.
    fn names_relations(&self, class: ClassRef) -> bool {
        let Some(binding) = self
            .modules
            .class_body(class)
            .binding("contribute_to_class")
        else {
            return false;
        };
        let BindingKind::Function(function) = binding.kind else {
            return true;
        };
        let body = self.modules.function_body(FunctionRef {
            module: class.module,
            function,
        });
        body.exprs().any(|expr| {
            expr.as_attribute()
                .is_some_and(|(_, name)| matches!(name, "related_name" | "related_query_name"))
        })
    }

    /// What a class's own `get_internal_type` returns; the inner `None` where that is computed.
    #[expect(
        clippy::option_option,
        reason = "no such method differs from one not understood"
    )]
    fn said_type(&self, class: ClassRef) -> Option<Option<Arc<str>>> {
        let binding = self
            .modules
            .class_body(class)
            .binding("get_internal_type")?;
        let BindingKind::Function(function) = binding.kind else {
            return Some(None);
        };
        let function = FunctionRef {
            module: class.module,
            function,
        };
        let value = only_return(self.modules, function);
        Some(value.and_then(|value| value.as_str()).map(Arc::from))
    }
}

/// The nature of a class known by name alone.
fn by_name(dotted: &str) -> Nature {
    if let Some(field) = django_field(dotted) {
        return Nature::Field(django_nature(field));
    }
    let Some((module, class)) = dotted.rsplit_once('.') else {
        return Nature::Unknown;
    };
    if !module.starts_with("django.") {
        return Nature::Unknown;
    }
    match class {
        "Model" if module.starts_with("django.db.models") => Nature::ModelBase,
        "Manager" | "BaseManager" if module.starts_with("django.db.models") => Nature::Manager,
        "QuerySet" if module.starts_with("django.db.models") => Nature::QuerySet,
        _ => Nature::Other,
    }
}

fn django_nature(field: &'static DjangoField) -> FieldNature {
    FieldNature {
        kind: field.kind,
        class: Arc::new(FieldClass {
            dotted: format!("{}.{}", field.module, field.class).into(),
            class: None,
            internal_type: Some(match field.internal_type {
                "" => field.class.into(),
                other => other.into(),
            }),
            names_relations: false,
            adds_fields: false,
            reads_itself: false,
            max_length: field.max_length,
        }),
        constructors: Arc::new([]),
        parameters: field.parameters,
        names_itself: field.internal_type.is_empty(),
    }
}
