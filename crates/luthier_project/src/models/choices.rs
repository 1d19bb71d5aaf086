//! The values that a field's choices allow.

use super::field::Field;
use super::{Found, ModelId};
use crate::Project;
use crate::constant::Constant;
use crate::facts::ir::BindingKind;
use crate::facts::{Expr, ExprRef};
use crate::modules::{Ancestor, ClassRef, Definition, ModuleId};

/// One value of a choice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChoiceValue {
    Text(String),
    Number(i64),
}

/// How deep lists are looked into, and names followed.
const MAX_DEPTH: usize = 8;

/// Methods that change a list.
const CHANGING: &[&str] = &["append", "clear", "extend", "insert", "pop", "remove"];

impl ChoiceValue {
    /// The value of a literal of code.
    pub fn of(literal: ExprRef<'_>) -> Option<Self> {
        let text = literal.as_str().map(|text| Self::Text(text.to_owned()));
        text.or_else(|| literal.as_int().map(Self::Number))
    }

    fn is_alike(&self, other: &Self) -> bool {
        matches!(
            (self, other),
            (Self::Text(_), Self::Text(_)) | (Self::Number(_), Self::Number(_))
        )
    }
}

impl Project {
    /// Every value that the choices of one of Django's own fields allow, in their order; `None`
    /// where there are no choices, or not all of them are known, or they are of several types.
    pub fn choices_of(&self, field: &Field) -> Option<Vec<ChoiceValue>> {
        if field.is_open() || !field.class.dotted.starts_with("django.db.models.") {
            return None;
        }
        let mut values = Vec::new();
        match field.argument("choices")? {
            Constant::List(items) if self.is_written_once(field) => {
                add_pairs(items, &mut values)?;
            }
            Constant::Class(class) => self.add_members(*class, &mut values)?,
            _ => self.add_members(self.enumeration(field)?, &mut values)?,
        }
        let first = values.first()?;
        let is_uniform = values.iter().all(|value| value.is_alike(first));
        is_uniform.then_some(values)
    }

    /// Whether nothing changes the lists that a field's choices are written in.
    fn is_written_once(&self, field: &Field) -> bool {
        let Some(made) = field.value else {
            return false;
        };
        let call = self.modules.value(made).as_call();
        let written = call.and_then(|call| call.keyword("choices"));
        written.is_some_and(|written| {
            self.is_settled(made.module, written, MAX_DEPTH) && !self.is_overridden(field, written)
        })
    }

    /// Whether the list is an attribute of the class that declares the field, and a class below has
    /// another one: code that sets the field's choices to it when a row is made is not looked for.
    fn is_overridden(&self, field: &Field, written: ExprRef<'_>) -> bool {
        let (Some(name), Some(declared_in)) = (written.as_name(), field.declared_in) else {
            return false;
        };
        if self.modules.class_body(declared_in).binding(name).is_none() {
            return false;
        }
        let mut classes = self.models.all().filter_map(|(_, model)| model.class);
        classes.any(|class| {
            class != declared_in
                && self.modules.class_body(class).binding(name).is_some()
                && self
                    .modules
                    .mro(class)
                    .classes()
                    .any(|&it| it == declared_in)
        })
    }

    fn is_settled(&self, module: ModuleId, written: ExprRef<'_>, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        match written.kind() {
            Expr::List(_) | Expr::Tuple(_) => {
                let mut elements = written.elements().into_iter().flatten();
                elements.all(|element| self.is_settled(module, element, depth))
            }
            Expr::Binary(_, left, right) => [left, right]
                .into_iter()
                .all(|side| self.is_settled(module, written.at(side), depth)),
            Expr::Name(_) | Expr::Attribute(..) => {
                let Definition::Value(value) = self.modules.resolve_expr(module, written) else {
                    return false;
                };
                let meant = self.modules.value(value);
                let Some(name) = written
                    .as_name()
                    .or(written.as_attribute().map(|(_, it)| it))
                else {
                    return false;
                };
                !is_changed(meant, name) && self.is_settled(value.module, meant, depth)
            }
            Expr::Starred(_) | Expr::Comprehension(..) => false,
            _ => true,
        }
    }

    /// The enumeration of `choices=State.choices`.
    fn enumeration(&self, field: &Field) -> Option<ClassRef> {
        let made = field.value?;
        let written = self.modules.value(made).as_call()?.keyword("choices")?;
        let (owner, name) = written.as_attribute()?;
        if name != "choices" {
            return None;
        }
        match self.modules.resolve_expr(made.module, owner) {
            Definition::Class(class) => Some(class),
            _ => None,
        }
    }

    fn add_members(&self, class: ClassRef, values: &mut Vec<ChoiceValue>) -> Option<()> {
        let mro = self.modules.mro(class);
        let is_enumeration = mro.ancestors.iter().any(|ancestor| {
            let dotted = match ancestor {
                Ancestor::Class(class) => self.modules.qualified_class(*class),
                Ancestor::External(dotted) => dotted.clone(),
                Ancestor::Unknown => return false,
            };
            dotted.starts_with("django.db.models.")
                && (dotted.ends_with(".TextChoices") || dotted.ends_with(".IntegerChoices"))
        });
        let body = self.modules.class_body(class);
        if !is_enumeration || mro.ancestors.contains(&Ancestor::Unknown) {
            return None;
        }
        for binding in &body.body().bindings {
            match body.facts.text(binding.name) {
                "__new__" | "_ignore_" | "_generate_next_value_" => return None,
                name if name.starts_with('_') => continue,
                _ => {}
            }
            match binding.kind {
                BindingKind::Value(value) => {
                    let value = body.expr(value);
                    let first = value.elements().and_then(|mut elements| elements.next());
                    values.push(ChoiceValue::of(first.unwrap_or(value))?);
                }
                BindingKind::Function(_) | BindingKind::Class(_) => {}
                BindingKind::Import(_) | BindingKind::Other(_) => return None,
            }
        }
        Some(())
    }

    /// The field that a keyword of a query asks to be equal to something, or in a list.
    pub fn field_asked(&self, model: ModelId, keyword: &str) -> Option<&Field> {
        let path = ["__in", "__exact"]
            .iter()
            .find_map(|lookup| keyword.strip_suffix(lookup))
            .unwrap_or(keyword);
        let mut model = model;
        let mut parts = path.split("__").peekable();
        while let Some(part) = parts.next() {
            let Found::Field(_, field) = self.models.lookup(model, part) else {
                return None;
            };
            if parts.peek().is_none() {
                return Some(field);
            }
            model = field.relation()?.to.model()?;
        }
        None
    }
}

/// Whether a name is bound more than once where it has a value, or the value is changed in place.
fn is_changed(value: ExprRef<'_>, name: &str) -> bool {
    let facts = value.facts();
    let bindings = value.body.body().bindings.iter();
    let count = bindings
        .filter(|binding| facts.text(binding.name) == name)
        .count();
    let mut exprs = facts.body_ids().flat_map(|id| facts.body(id).exprs());
    count != 1
        || exprs.any(|expr| {
            let method = expr.as_attribute();
            method.is_some_and(|(object, method)| {
                object.as_name() == Some(name) && CHANGING.contains(&method)
            })
        })
}

/// Pairs of value and label; of groups, what they hold.
fn add_pairs(items: &[Constant], values: &mut Vec<ChoiceValue>) -> Option<()> {
    for item in items {
        let Constant::List(pair) = item else {
            return None;
        };
        match &pair[..] {
            [_, Constant::List(group)] => add_pairs(group, values)?,
            [_, Constant::Unknown | Constant::Dict(_)] => return None,
            [Constant::Str(value), _] => values.push(ChoiceValue::Text(value.to_string())),
            [Constant::Int(value), _] => values.push(ChoiceValue::Number(*value)),
            [Constant::None, _] => {}
            _ => return None,
        }
    }
    Some(())
}
