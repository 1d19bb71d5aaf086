//! Reads fields that stand outside of models, and what constructors hand on: for migrations.

use std::sync::Arc;

use super::classes::{Classes, Nature};
use super::construct::{Arguments, through_constructors};
use super::declare::Declarer;
use super::evaluate::{Bare, Evaluator};
use super::field::Field;
use crate::apps::Configured;
use crate::constant::Constant;
use crate::facts::{CallRef, ExprRef};
use crate::modules::{ClassRef, ModuleId, Modules, ValueRef};

/// Remembers what the classes are; one reader a thread.
pub(crate) struct FieldReader<'a> {
    evaluator: Evaluator<'a>,
    classes: Classes<'a>,
}

impl<'a> FieldReader<'a> {
    pub(crate) fn new(modules: &'a Modules, settings: &'a Configured) -> Self {
        Self {
            evaluator: Evaluator { modules, settings },
            classes: Classes::new(modules),
        }
    }

    /// The field that a call makes, without a name; `None` where its class is none of a field, or
    /// not known.
    pub(crate) fn field(&self, module: ModuleId, made: ExprRef<'a>) -> Option<Field> {
        let call = made.as_call()?;
        let class = self.evaluator.modules.resolve_expr(module, call.callee);
        let Nature::Field(nature) = self.classes.of_definition(&class) else {
            return None;
        };
        let arguments = Arguments::of_call(self.evaluator, module, call, &Bare);
        let place = Some(ValueRef::of(module, made));
        let declarer = Declarer {
            evaluator: self.evaluator,
            classes: &self.classes,
        };
        Some(declarer.field(None, "", &nature, arguments, place))
    }

    /// A field of a model as Django copies it (`Field.clone()`), made once more of what it is made of, where its
    /// own constructors add to a list that they are given.
    pub(crate) fn copied(&self, field: &Field) -> Option<Field> {
        let Nature::Field(nature) = self.classes.nature(field.class.class?) else {
            return None;
        };
        let given = Arguments::clone(&field.arguments);
        let again = through_constructors(self.evaluator, &nature.constructors, given);
        let mut copied = Arguments::clone(&field.arguments);
        for (name, value) in &mut copied.keywords {
            if let (Constant::List(_), Some(Constant::List(longer))) = (&*value, again.get(name)) {
                *value = Constant::List(longer.clone());
            }
        }
        (copied != *field.arguments).then(|| Field {
            arguments: Arc::new(copied),
            ..field.clone()
        })
    }

    /// The arguments of a call after the constructors of these classes, nearest first, had them.
    pub(crate) fn handed_on(
        &self,
        constructors: &[ClassRef],
        module: ModuleId,
        call: CallRef<'a>,
    ) -> Arguments {
        let arguments = Arguments::of_call(self.evaluator, module, call, &Bare);
        through_constructors(self.evaluator, constructors, arguments)
    }
}
