//! Indices into one file's facts.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// A name or string of the file, by its place in [`super::Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Name(pub(super) u32);

macro_rules! index {
    ($(#[doc = $doc:expr] $name:ident),* $(,)?) => {$(
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(NonZeroU32);

        impl $name {
            #[inline]
            pub(crate) fn new(index: usize) -> Self {
                Self(NonZeroU32::MIN.saturating_add(index as u32))
            }

            #[inline]
            pub fn index(self) -> usize {
                self.0.get() as usize - 1
            }
        }
    )*};
}

index! {
    /// An expression of one [`super::Body`].
    ExprId,
    /// A statement of one [`super::Body`].
    StmtId,
    /// A scope of the file: the module, a class body, a function body.
    BodyId,
    /// A class of the file, nested ones included.
    ClassId,
    /// A function or lambda of the file, nested ones included.
    FunctionId,
    /// A name that an import statement binds.
    ImportId,
}

impl BodyId {
    /// The module's own body.
    pub const MODULE: Self = Self(NonZeroU32::MIN);
}

/// A run of entries in one of a body's side tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub start: u32,
    pub len: u32,
}

impl Run {
    #[inline]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }

    pub fn is_empty(self) -> bool {
        self.len == 0
    }
}
