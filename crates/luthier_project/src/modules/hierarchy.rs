//! Classes and what they inherit from.

use std::sync::Arc;

use super::{ClassRef, Definition, ModuleId, Modules};
use crate::facts::{Expr, ExprRef};

/// Inheritance deeper than this is not followed.
const MAX_DEPTH: usize = 64;

/// One entry of a method resolution order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ancestor {
    Class(ClassRef),
    /// The dotted name of a class whose code was not found.
    External(String),
    /// A base that could not be worked out: made by a call, picked at run time.
    Unknown,
}

/// A class's method resolution order, itself first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mro {
    pub ancestors: Vec<Ancestor>,
}

impl Mro {
    /// The classes whose code is known, in order.
    pub fn classes(&self) -> impl Iterator<Item = &ClassRef> {
        self.ancestors.iter().filter_map(|ancestor| match ancestor {
            Ancestor::Class(class) => Some(class),
            Ancestor::External(_) | Ancestor::Unknown => None,
        })
    }

    /// Whether the code of every ancestor is known (`object` and other builtins count as known).
    pub fn is_complete(&self) -> bool {
        self.ancestors.iter().all(|ancestor| match ancestor {
            Ancestor::Class(_) => true,
            Ancestor::External(name) => name.starts_with("builtins."),
            Ancestor::Unknown => false,
        })
    }
}

impl Modules {
    /// A class's method resolution order (C3, as Python works it out; where the bases contradict
    /// each other, depth first).
    pub fn mro(&self, class: ClassRef) -> Arc<Mro> {
        self.mro_within(class, &mut Vec::new())
    }

    /// Whether a class is or inherits from one with the given absolute dotted name, such as
    /// `django.db.models.Model`. `None` where an unknown base leaves it open.
    pub fn inherits(&self, class: ClassRef, dotted: &str) -> Option<bool> {
        let wanted = self.lookup(dotted);
        let mro = self.mro(class);
        let is_it = |ancestor: &Ancestor| match (ancestor, &wanted) {
            (Ancestor::Class(class), Definition::Class(wanted)) => class == wanted,
            (Ancestor::External(name), _) => name == dotted,
            _ => false,
        };
        if mro.ancestors.iter().any(is_it) {
            return Some(true);
        }
        mro.is_complete().then_some(false)
    }

    /// The bases as written, resolved.
    pub fn bases(&self, class: ClassRef) -> Vec<Ancestor> {
        let facts = self.facts(class.module);
        let declared = facts.class(class.class);
        let scope = facts.body(declared.scope);
        let positional = declared.bases.iter().filter(|base| base.keyword.is_none());
        let mut bases = Vec::new();
        for base in positional {
            self.add_base(class.module, scope.expr(base.value), &mut bases);
        }
        bases
    }

    fn add_base(&self, module: ModuleId, base: ExprRef<'_>, bases: &mut Vec<Ancestor>) {
        match base.kind() {
            // `Generic[T]`, `ModelAdmin[Order]`
            Expr::Subscript(value, _) => self.add_base(module, base.at(value), bases),
            Expr::Call(..) => {
                let call = base.as_call().expect("it is a call");
                let callee = self.qualified_expr(module, call.callee).unwrap_or_default();
                if callee.ends_with("with_metaclass") {
                    for real in call.positional().skip(1) {
                        self.add_base(module, real, bases);
                    }
                } else {
                    bases.push(Ancestor::Unknown);
                }
            }
            _ => bases.push(match self.resolve_expr(module, base) {
                Definition::Class(class) => Ancestor::Class(class),
                Definition::External(name) => Ancestor::External(name),
                Definition::Value(value) => return self.add_value_base(value, bases),
                Definition::Module(_) | Definition::Function(_) | Definition::Unknown => {
                    Ancestor::Unknown
                }
            }),
        }
    }

    /// `Base = Generic[T]` and `Base = with_metaclass(...)`, used as a base by name.
    fn add_value_base(&self, value: super::ValueRef, bases: &mut Vec<Ancestor>) {
        let expr = self.value(value);
        match expr.kind() {
            Expr::Subscript(inner, _) if expr.at(inner).dotted().is_some() => {
                self.add_base(value.module, expr.at(inner), bases);
            }
            _ => bases.push(Ancestor::Unknown),
        }
    }

    fn mro_within(&self, class: ClassRef, below: &mut Vec<ClassRef>) -> Arc<Mro> {
        if let Some(known) = self.mros.lock().expect("no panic while held").get(&class) {
            return Arc::clone(known);
        }
        // A class among its own ancestors is broken code; it is cut where the circle closes.
        if below.contains(&class) || below.len() >= MAX_DEPTH {
            return Arc::new(Mro {
                ancestors: vec![Ancestor::Unknown],
            });
        }
        below.push(class);
        let bases = self.bases(class);
        let mut sequences: Vec<Vec<Ancestor>> = Vec::with_capacity(bases.len() + 1);
        for base in &bases {
            sequences.push(match base {
                Ancestor::Class(base) => self.mro_within(*base, below).ancestors.clone(),
                other => vec![other.clone()],
            });
        }
        below.pop();
        sequences.push(bases);
        let mut ancestors = vec![Ancestor::Class(class)];
        merge(sequences, &mut ancestors);
        let mro = Arc::new(Mro { ancestors });
        self.mros
            .lock()
            .expect("no panic while held")
            .insert(class, Arc::clone(&mro));
        mro
    }
}

/// The C3 merge; contradictions are resolved by taking the first head.
fn merge(mut sequences: Vec<Vec<Ancestor>>, merged: &mut Vec<Ancestor>) {
    for sequence in &mut sequences {
        sequence.reverse();
    }
    loop {
        sequences.retain(|sequence| !sequence.is_empty());
        let Some(fallback) = sequences
            .first()
            .and_then(|sequence| sequence.last())
            .cloned()
        else {
            return;
        };
        let in_a_tail = |candidate: &Ancestor| {
            sequences
                .iter()
                .any(|sequence| sequence[..sequence.len() - 1].contains(candidate))
        };
        let heads = sequences.iter().filter_map(|sequence| sequence.last());
        let next = heads
            .into_iter()
            .find(|head| !in_a_tail(head))
            .cloned()
            .unwrap_or(fallback);
        for sequence in &mut sequences {
            sequence.retain(|ancestor| *ancestor != next || *ancestor == Ancestor::Unknown);
            if next == Ancestor::Unknown && sequence.last() == Some(&next) {
                sequence.pop();
            }
        }
        if !merged.contains(&next) {
            merged.push(next);
        }
    }
}
