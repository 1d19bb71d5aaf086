//! What a class is to a model's rows, told by its bases.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::declared::DeclaredField;
use crate::facts::ir::Binding;
use crate::modules::{Ancestor, ClassRef, Definition, Modules};

/// What a shape is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ShapeKind {
    /// A serializer of the REST framework.
    Serializer,
    /// A form of Django's.
    Form,
    /// A filter set of django-filter.
    FilterSet,
    /// A `ModelAdmin`.
    Admin,
    /// An inline of an admin class.
    Inline,
}

/// What a class is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    Shape(ShapeKind),
    /// What serializers, forms and filter sets declare as fields.
    Field,
    Other,
    /// A base of it was not found.
    Unknown,
}

/// Classes nested deeper than this are not followed.
const MAX_DEPTH: u32 = 32;

/// Bases that declare no fields and decide nothing by themselves, by the end of their names.
const PLAIN: &[(&str, &[&str])] = &[
    (
        "rest_framework.serializers.",
        &[
            "BaseSerializer",
            "HyperlinkedModelSerializer",
            "ListSerializer",
            "ModelSerializer",
            "Serializer",
        ],
    ),
    (
        "django.forms.",
        &["BaseForm", "BaseModelForm", "Form", "ModelForm"],
    ),
    ("django_filters.", &["BaseFilterSet", "FilterSet"]),
    (
        "django.contrib.admin.",
        &[
            "InlineModelAdmin",
            "ModelAdmin",
            "StackedInline",
            "TabularInline",
        ],
    ),
    (
        "django.contrib.gis.admin.",
        &["GISModelAdmin", "OSMGeoAdmin"],
    ),
    (
        "django.contrib.contenttypes.admin.",
        &["GenericStackedInline", "GenericTabularInline"],
    ),
    ("typing.", &["Generic", "Protocol"]),
    ("abc.", &["ABC"]),
];

/// Natures worked out so far.
pub(super) struct Natures<'a> {
    modules: &'a Modules,
    known: RefCell<FxHashMap<ClassRef, Nature>>,
    /// What each binding of a class declares: children ask for their bases' again and again.
    declared: RefCell<FxHashMap<(ClassRef, ShapeKind), DeclaredOf>>,
}

type DeclaredOf = Rc<[Option<DeclaredField>]>;

impl<'a> Natures<'a> {
    pub(super) fn new(modules: &'a Modules) -> Self {
        Self {
            modules,
            known: RefCell::default(),
            declared: RefCell::default(),
        }
    }

    /// The field that each binding of a class declares; worked out when first asked for.
    pub(super) fn declared(
        &self,
        (class, kind): (ClassRef, ShapeKind),
        work_out: impl FnOnce() -> DeclaredOf,
    ) -> DeclaredOf {
        if let Some(known) = self.declared.borrow().get(&(class, kind)) {
            return Rc::clone(known);
        }
        let found = work_out();
        let mut declared = self.declared.borrow_mut();
        Rc::clone(declared.entry((class, kind)).or_insert(found))
    }

    pub(super) fn of_definition(&self, definition: &Definition) -> Nature {
        match definition {
            Definition::Class(class) => self.nature(*class),
            Definition::External(name) => by_name(name),
            _ => Nature::Unknown,
        }
    }

    pub(super) fn nature(&self, class: ClassRef) -> Nature {
        self.within(class, MAX_DEPTH)
    }

    fn within(&self, class: ClassRef, depth: u32) -> Nature {
        if let Some(known) = self.known.borrow().get(&class) {
            return *known;
        }
        let Some(depth) = depth.checked_sub(1) else {
            return Nature::Unknown;
        };
        // A class among its own ancestors is broken code.
        self.known.borrow_mut().insert(class, Nature::Unknown);
        let nature = self.work_out(class, depth);
        self.known.borrow_mut().insert(class, nature);
        nature
    }

    fn work_out(&self, class: ClassRef, depth: u32) -> Nature {
        let module = &self.modules.get(class.module).name;
        if is_framework(module) {
            let own = by_name(&self.modules.qualified_class(class));
            if own != Nature::Unknown {
                return own;
            }
        }
        let mut nature = Nature::Other;
        for base in self.modules.bases(class) {
            let base = match base {
                Ancestor::Class(base) => self.within(base, depth),
                Ancestor::External(name) => by_name(&name),
                Ancestor::Unknown => Nature::Unknown,
            };
            match base {
                Nature::Other => {}
                Nature::Unknown => nature = Nature::Unknown,
                found => return found,
            }
        }
        nature
    }
}

fn is_framework(dotted: &str) -> bool {
    ["django.", "rest_framework.", "django_filters."]
        .iter()
        .any(|package| dotted.starts_with(package))
}

/// What a class known by name alone is.
fn by_name(dotted: &str) -> Nature {
    if dotted.starts_with("builtins.") || is_plain_other(dotted) {
        return Nature::Other;
    }
    let Some((module, class)) = dotted.rsplit_once('.') else {
        return Nature::Unknown;
    };
    let ends = |ends: &[&str]| ends.iter().any(|end| class.ends_with(end));
    if module.starts_with("rest_framework.") {
        return match class {
            _ if ends(&["Serializer"]) => Nature::Shape(ShapeKind::Serializer),
            _ if ends(&["Field"]) => Nature::Field,
            _ => Nature::Unknown,
        };
    }
    if module.starts_with("django_filters") {
        return match class {
            _ if ends(&["FilterSet"]) => Nature::Shape(ShapeKind::FilterSet),
            _ if ends(&["Filter"]) => Nature::Field,
            _ => Nature::Unknown,
        };
    }
    if !module.starts_with("django.") {
        return Nature::Unknown;
    }
    let is_forms = module.starts_with("django.forms") || module.ends_with(".forms");
    let is_admin = module.starts_with("django.contrib.") && module.contains(".admin");
    match class {
        _ if is_forms && ends(&["Form"]) => Nature::Shape(ShapeKind::Form),
        _ if is_forms && ends(&["Field"]) => Nature::Field,
        _ if is_admin && ends(&["Inline", "InlineModelAdmin"]) => Nature::Shape(ShapeKind::Inline),
        _ if is_admin && ends(&["Admin"]) => Nature::Shape(ShapeKind::Admin),
        _ => Nature::Unknown,
    }
}

fn is_plain_other(dotted: &str) -> bool {
    dotted.starts_with("typing.") || dotted.starts_with("abc.")
}

/// Whether a class whose code was not found declares no fields of its own.
pub(super) fn is_plain(dotted: &str) -> bool {
    if dotted.starts_with("builtins.") {
        return true;
    }
    PLAIN.iter().any(|(package, classes)| {
        dotted.strip_prefix(package).is_some_and(|rest| {
            let class = rest.rsplit('.').next().unwrap_or(rest);
            classes.contains(&class)
        })
    })
}

/// What a class has by a name.
pub(super) enum Member {
    /// The class of its method resolution order that binds it, and how.
    Bound(ClassRef, Binding),
    Absent,
    /// A base that was not found comes first.
    Unknown,
}

pub(super) fn member(modules: &Modules, class: ClassRef, name: &str) -> Member {
    for ancestor in &modules.mro(class).ancestors {
        match ancestor {
            Ancestor::Class(ancestor) => {
                if let Some(binding) = modules.class_body(*ancestor).binding(name) {
                    return Member::Bound(*ancestor, binding);
                }
            }
            Ancestor::External(dotted) if is_plain(dotted) => {}
            Ancestor::External(_) | Ancestor::Unknown => return Member::Unknown,
        }
    }
    Member::Absent
}
