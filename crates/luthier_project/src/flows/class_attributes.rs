//! What methods put on `self`.

use crate::facts::ir::{Owner, ParamKind, Stmt};
use crate::facts::{BodyId, ClassId, Expr, ExprId, Name, PythonFacts};

/// A value in a body of the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Assigned {
    pub(super) body: BodyId,
    pub(super) value: ExprId,
    /// Whether the expression is an annotation, not a value.
    pub(super) is_annotation: bool,
}

/// More values than this make an attribute not worth following.
const MOST: usize = 6;

/// The values that methods of a module's classes assign to attributes of `self`.
#[derive(Debug, Default)]
pub(super) struct ClassAttributes {
    /// By class. No value: the attribute is assigned in a way that is not followed.
    assigned: Vec<(ClassId, Name, Option<Assigned>)>,
}

impl ClassAttributes {
    pub(super) fn of(facts: &PythonFacts) -> Self {
        let mut attributes = Self::default();
        for function in &facts.functions {
            let Owner::Class(class) = facts.body(function.scope).owner() else {
                continue;
            };
            let is_first = |kind| matches!(kind, ParamKind::Ordinary | ParamKind::PositionalOnly);
            if let Some(own) = function.params.first()
                && is_first(own.kind)
            {
                attributes.method(facts, class, function.body, own.name);
            }
        }
        attributes.assigned.sort_by_key(|&(class, ..)| class);
        attributes
    }

    /// The values of an attribute; `None` where none is seen or some are not followed.
    pub(super) fn get(
        &self,
        facts: &PythonFacts,
        class: ClassId,
        name: &str,
    ) -> Option<Vec<Assigned>> {
        let start = self.assigned.partition_point(|&(of, ..)| of < class);
        let own = self.assigned[start..].iter();
        let values: Vec<Option<Assigned>> = own
            .take_while(|&&(of, ..)| of == class)
            .filter(|&&(_, named, _)| facts.text(named) == name)
            .map(|&(.., value)| value)
            .collect();
        let is_some = !values.is_empty() && values.len() <= MOST;
        is_some.then(|| values.into_iter().collect()).flatten()
    }

    fn method(&mut self, facts: &PythonFacts, class: ClassId, body: BodyId, own: Name) {
        let code = facts.body(body).body();
        let attribute = |target: ExprId| match code.exprs[target.index()] {
            Expr::Attribute(object, name) => {
                (code.exprs[object.index()] == Expr::Name(own)).then_some(name)
            }
            _ => None,
        };
        let assigned = |value, is_annotation| Assigned {
            body,
            value,
            is_annotation,
        };
        for &statement in &code.stmts {
            match statement {
                Stmt::Assign { targets, value } => {
                    for &target in &code.lists[targets.range()] {
                        if let Some(name) = attribute(target) {
                            self.assigned
                                .push((class, name, Some(assigned(value, false))));
                        } else if let Expr::Tuple(run) | Expr::List(run) =
                            code.exprs[target.index()]
                        {
                            let elements = code.lists[run.range()].iter();
                            let names = elements.filter_map(|&element| attribute(element));
                            self.assigned.extend(names.map(|name| (class, name, None)));
                        }
                    }
                }
                Stmt::Annotated {
                    target, annotation, ..
                } => {
                    if let Some(name) = attribute(target) {
                        self.assigned
                            .push((class, name, Some(assigned(annotation, true))));
                    }
                }
                _ => {}
            }
        }
    }
}
