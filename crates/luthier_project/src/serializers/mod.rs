//! Classes that pass rows of a model to the outside or take them in by the names of its fields:
//! serializers, forms, filter sets, admin classes.
//!
//! Each is a [`Shape`]: which model it is about, which names its options hold and where each name is
//! written, and which fields it declares by itself. What a name means on the model is for
//! [`ModelGraph`](crate::ModelGraph) to say: `lookup` for paths in queries, `has_attribute`
//! for what else its class has.

mod declared;
mod empty;
pub mod graphql;
mod kind;
mod link;
mod names;
mod registered;
mod written;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::apps::Configured;
use crate::models::{ModelGraph, ModelId};
use crate::modules::{ClassRef, Definition, ModuleId, Modules, ValueRef};

pub use declared::DeclaredField;
pub use kind::ShapeKind;
pub(crate) use names::Reader;
pub use names::{Name, NameOption, NamedField};

/// All shapes of a project's own code; tests are left out.
#[derive(Debug, Default)]
pub struct Serializers {
    /// By module in path order, then by place; those that factories make after those that are
    /// classes.
    shapes: Vec<Shape>,
    by_class: FxHashMap<ClassRef, Vec<u32>>,
}

/// A serializer, form, filter set or admin class with the model that it is about.
#[derive(Clone, Debug)]
pub struct Shape {
    pub kind: ShapeKind,
    pub origin: Origin,
    pub subject: Subject,
    /// The options that hold names of fields, those inherited included; each once. An option that
    /// is not set, or is `None`, is not among them.
    pub options: Vec<NameOption>,
    /// The fields (of filter sets: the filters) that code declares by itself, those of bases
    /// included. For an admin class those of its `form`.
    pub declared: Vec<DeclaredField>,
    /// Whether there may be more in `declared` than is known: a base was not found, or a method
    /// that decides which fields there are is replaced.
    pub is_open: bool,
}

/// What makes a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A class statement. An admin class that is registered for several models has one shape for
    /// each of them.
    Class(ClassRef),
    /// A call of `modelform_factory` or one of its kind.
    Call(ValueRef),
}

/// The model that a shape is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Model(ModelId),
    /// It names none: a plain form, a base class, an admin class that nothing registers.
    None,
    /// Picked at run time, or no model of the graph.
    Unknown,
}

impl Subject {
    pub fn model(self) -> Option<ModelId> {
        match self {
            Self::Model(id) => Some(id),
            Self::None | Self::Unknown => None,
        }
    }
}

impl Serializers {
    /// Finds the shapes in the modules `own` of a project.
    pub fn link(
        modules: &Modules,
        models: &ModelGraph,
        configured: &Configured,
        own: &[ModuleId],
    ) -> Self {
        link::link(modules, models, configured, own)
    }

    pub fn all(&self) -> &[Shape] {
        &self.shapes
    }

    /// The shapes of a class: more than one only for admin classes.
    pub fn of_class(&self, class: ClassRef) -> impl Iterator<Item = &Shape> {
        let indices = self.by_class.get(&class).into_iter().flatten();
        indices.map(|&index| &self.shapes[index as usize])
    }

    /// The serializers that surely take data in, among the code of the modules `own`.
    pub fn written(modules: &Modules, own: &[ModuleId]) -> FxHashSet<ClassRef> {
        written::written(modules, own)
    }

    fn add(&mut self, shape: Shape) {
        if let Origin::Class(class) = shape.origin {
            let index = self.shapes.len() as u32;
            self.by_class.entry(class).or_default().push(index);
        }
        self.shapes.push(shape);
    }
}

impl Shape {
    /// An option by its name, such as `fields`; inner ones of `Meta` and attributes of an admin
    /// class alike.
    pub fn option(&self, name: &str) -> Option<&NameOption> {
        self.options.iter().find(|option| option.name == name)
    }

    /// Whether it declares a field of this name by itself; `None` where that is not known.
    pub fn declares(&self, name: &str) -> Option<bool> {
        match self.declared.iter().find(|field| *field.name == *name) {
            Some(field) if field.is_certain => Some(true),
            Some(_) => None,
            None if self.is_open => None,
            None => Some(false),
        }
    }

    /// Whether the class or a base of it binds an attribute of this name: a method that an admin
    /// class shows as column, say. `None` where an unknown base may. A shape made by a factory has
    /// none.
    pub fn has_attribute(&self, modules: &Modules, name: &str) -> Option<bool> {
        let Origin::Class(class) = self.origin else {
            return Some(false);
        };
        match kind::member(modules, class, name) {
            kind::Member::Bound(..) => Some(true),
            kind::Member::Absent => Some(false),
            kind::Member::Unknown => None,
        }
    }

    /// The module that it stands in.
    pub fn module(&self) -> ModuleId {
        match self.origin {
            Origin::Class(class) => class.module,
            Origin::Call(place) => place.module,
        }
    }

    /// The name of its class, or of the factory that makes it.
    pub fn name<'a>(&self, modules: &'a Modules) -> &'a str {
        match self.origin {
            Origin::Class(class) => modules.class_name(class),
            Origin::Call(place) => {
                let call = modules.value(place).as_call();
                let callee = call.map(|call| call.callee);
                let name = callee.and_then(|callee| callee.last_name());
                name.unwrap_or_default()
            }
        }
    }
}

/// The dotted name of a definition, shared.
fn qualified(modules: &Modules, definition: &Definition) -> Option<Arc<str>> {
    modules.qualified(definition).map(Arc::from)
}
