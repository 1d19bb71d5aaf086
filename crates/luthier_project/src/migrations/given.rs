//! What an operation is given: as its call has it, or as the project's own class hands it on.

use super::exact::Exact;
use super::value::Value;
use crate::constant::Constant;
use crate::facts::{CallRef, ExprRef};
use crate::models::Arguments;
use crate::modules::{ModuleId, ValueRef};

pub(super) enum Given<'a> {
    /// The call of one of Django's classes, or of one with the same constructor.
    Written(ModuleId, CallRef<'a>),
    /// What the constructor of the project's own class calls Django's with.
    Handed(Arguments),
}

/// One argument.
pub(super) enum Argument<'a> {
    Code(ModuleId, ExprRef<'a>),
    /// What no code has as it is.
    Made(Constant),
}

impl<'a> Given<'a> {
    /// Whether there may be more than is known.
    pub(super) fn is_open(&self) -> bool {
        match self {
            Self::Written(_, call) => call.is_open(),
            Self::Handed(arguments) => arguments.open,
        }
    }

    pub(super) fn argument(
        &self,
        exact: Exact<'a>,
        position: usize,
        name: &str,
    ) -> Option<Argument<'a>> {
        match self {
            Self::Written(module, call) => {
                let code = call.argument(position, name)?;
                Some(Argument::Code(*module, code))
            }
            Self::Handed(arguments) => {
                let given = arguments.positional.get(position);
                Some(match given.or_else(|| arguments.get(name))? {
                    Constant::Some(place) => {
                        Argument::Code(place.module, exact.modules.value(*place))
                    }
                    made => Argument::Made(made.clone()),
                })
            }
        }
    }
}

impl<'a> Argument<'a> {
    pub(super) fn value(&self, exact: Exact<'a>) -> Value {
        match self {
            Self::Code(module, code) => exact.value(*module, *code),
            Self::Made(constant) => exact.of_constant(constant),
        }
    }

    /// The code that makes it, where there is some.
    pub(super) fn code(&self) -> Option<(ModuleId, ExprRef<'a>)> {
        match self {
            Self::Code(module, code) => Some((*module, *code)),
            Self::Made(_) => None,
        }
    }

    pub(super) fn is_none(&self) -> bool {
        match self {
            Self::Code(_, code) => code.is_none(),
            Self::Made(constant) => constant.is_none() == Some(true),
        }
    }

    pub(super) fn place(&self) -> Option<ValueRef> {
        self.code().map(|(module, code)| ValueRef::of(module, code))
    }
}
