//! What an expression is, as far as calls need it.

use super::OutsideName;
use crate::models::ModelId;
use crate::modules::{ClassRef, FunctionRef, ModuleId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Value {
    None,
    Module(ModuleId),
    Class(ClassRef),
    Function(FunctionRef),
    Instance(ClassRef),
    /// A manager, queryset or related manager: rows of a model.
    Rows(ModelId),
    /// Something outside the repository, by its dotted name.
    Outside(OutsideName),
    /// An attribute of a class outside or of its instance: it can be called; what it is, is not
    /// known.
    OutsideMember(OutsideName),
    /// An instance of a class outside the repository.
    OutsideInstance(OutsideName),
    /// `super()` within a class.
    Super(ClassRef),
    /// A name that is being looked at already: `rows = rows.filter(...)`.
    Circle,
    Unknown(Why),
}

impl Value {
    /// What both are. `None` gives way: a variable that may be `None` is used where it is not.
    pub(super) fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::None | Self::Circle, value) | (value, Self::None | Self::Circle) => value,
            (value, other) if value == other => value,
            _ => Self::Unknown(Why::Several),
        }
    }
}

/// Why it is not known what a call leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// A parameter without an annotation.
    Parameter,
    /// What an unfollowed call gives.
    Result,
    /// A name bound in several ways, or by unpacking.
    Several,
    /// An element of a container.
    Element,
    /// An attribute that no class or assignment names.
    Attribute,
    /// A base class that was not found may have it.
    Base,
    /// Arithmetic, `getattr()`, and the like.
    Computed,
    /// A name that nothing seen binds.
    Unbound,
}

impl Why {
    /// As the end of a sentence that begins with the call.
    pub fn text(self) -> &'static str {
        match self {
            Self::Parameter => "it hangs on a parameter without an annotation",
            Self::Result => "it hangs on what an unfollowed call gives",
            Self::Several => "it hangs on a name with several values",
            Self::Element => "it hangs on an element of a container",
            Self::Attribute => "it hangs on an attribute that is set at run time",
            Self::Base => "a base class that was not found may have it",
            Self::Computed => "what is called is worked out at run time",
            Self::Unbound => "nothing that was seen binds the name",
        }
    }
}
