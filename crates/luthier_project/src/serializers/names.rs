//! Names of fields that an option holds, each with the string that says it.

use std::sync::Arc;

use crate::facts::ir::BinaryOp;
use crate::facts::{Expr, ExprRef};
use crate::modules::{Definition, ModuleId, Modules, ValueRef};

/// Values are followed through this many names.
const MAX_DEPTH: u32 = 16;

/// One option that holds names of fields.
#[derive(Clone, Debug)]
pub struct NameOption {
    /// `fields`, `list_display`.
    pub name: &'static str,
    /// Its value, where it is set.
    pub place: ValueRef,
    /// Whether it is `"__all__"`.
    pub is_all: bool,
    pub names: Vec<NamedField>,
    /// Whether it holds nothing but `names` and things that are no names.
    pub is_complete: bool,
}

/// One name of an option.
#[derive(Clone, Debug)]
pub struct NamedField {
    pub name: Name,
    /// What a dict gives for it: the lookups of a filter set's field, the fields that a
    /// prepopulated one is made from.
    pub inner: Vec<Name>,
}

/// A name and the string literal that says it; its module need not be the option's.
#[derive(Clone, Debug)]
pub struct Name {
    pub text: Arc<str>,
    pub place: ValueRef,
}

/// How an option holds its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// One name alone.
    One,
    /// A sequence of names; what else is in it is no name.
    Sequence,
    /// A sequence whose elements may be sequences again: one line of a form.
    Lines,
    /// A sequence of names or of pairs that begin with one.
    Pairs,
    /// A dict by name.
    Keys,
    /// A sequence, or a dict by name.
    SequenceOrKeys,
    /// Pairs of a title and a dict whose `fields` are lines.
    Sections,
}

pub(crate) struct Reader<'a> {
    pub(crate) modules: &'a Modules,
}

struct Found {
    names: Vec<NamedField>,
    is_complete: bool,
}

impl<'a> Reader<'a> {
    /// The option that an expression gives; `None` where it is `None`.
    pub(super) fn option(
        &self,
        name: &'static str,
        holds: Holds,
        module: ModuleId,
        value: ExprRef<'a>,
        is_certain: bool,
    ) -> Option<NameOption> {
        if value.is_none() {
            return None;
        }
        let mut found = Found {
            names: Vec::new(),
            is_complete: is_certain,
        };
        let is_all = self
            .text(module, value, MAX_DEPTH)
            .is_some_and(|text| &*text.text == "__all__");
        if !is_all {
            self.collect(holds, module, value, &mut found, MAX_DEPTH);
        }
        Some(NameOption {
            name,
            place: ValueRef::of(module, value),
            is_all,
            names: found.names,
            is_complete: found.is_complete,
        })
    }

    /// The elements of a sequence, each with the module that it stands in, and whether these are
    /// all.
    pub(crate) fn sequence(
        &self,
        module: ModuleId,
        value: ExprRef<'a>,
    ) -> (Vec<(ModuleId, ExprRef<'a>)>, bool) {
        let mut elements = Vec::new();
        let is_complete = self.elements(module, value, &mut elements, MAX_DEPTH);
        (elements, is_complete)
    }

    /// One string or a sequence of them; `None` where one is not known.
    pub(crate) fn strings(&self, module: ModuleId, value: ExprRef<'a>) -> Option<Vec<Name>> {
        if let Some(one) = self.text(module, value, MAX_DEPTH) {
            return Some(vec![one]);
        }
        let (elements, is_complete) = self.sequence(module, value);
        let texts = elements
            .into_iter()
            .map(|(module, element)| self.text(module, element, MAX_DEPTH));
        texts.collect::<Option<Vec<Name>>>().filter(|_| is_complete)
    }

    fn collect(
        &self,
        holds: Holds,
        module: ModuleId,
        value: ExprRef<'a>,
        found: &mut Found,
        depth: u32,
    ) {
        match holds {
            Holds::One => self.add(module, value, found, depth),
            Holds::Keys => self.entries(module, value, found, depth),
            Holds::SequenceOrKeys if self.is_dict(module, value, depth) => {
                self.entries(module, value, found, depth);
            }
            Holds::Sequence
            | Holds::Lines
            | Holds::Pairs
            | Holds::Sections
            | Holds::SequenceOrKeys => {
                let mut elements = Vec::new();
                found.is_complete &= self.elements(module, value, &mut elements, depth);
                for (module, element) in elements {
                    self.element(holds, module, element, found, depth);
                }
            }
        }
    }

    fn element(
        &self,
        holds: Holds,
        module: ModuleId,
        element: ExprRef<'a>,
        found: &mut Found,
        depth: u32,
    ) {
        let (module, element) = self.followed(module, element, depth);
        let Some(depth) = depth.checked_sub(1) else {
            found.is_complete = false;
            return;
        };
        match (holds, element.elements()) {
            (Holds::Lines, Some(_)) => self.collect(holds, module, element, found, depth),
            (Holds::Pairs, Some(mut pair)) => {
                if let Some(first) = pair.next() {
                    self.add(module, first, found, depth);
                }
            }
            (Holds::Sections, Some(pair)) => match pair.last() {
                Some(options) => self.section(module, options, found, depth),
                None => found.is_complete = false,
            },
            (Holds::Sections, None) => found.is_complete = false,
            _ => self.add(module, element, found, depth),
        }
    }

    /// `{"fields": [...], "classes": [...]}`
    fn section(&self, module: ModuleId, options: ExprRef<'a>, found: &mut Found, depth: u32) {
        let (module, options) = self.followed(module, options, depth);
        let Some(items) = options.items() else {
            found.is_complete = false;
            return;
        };
        for (key, value) in items {
            match key.map(ExprRef::as_str) {
                Some(Some("fields")) => self.collect(Holds::Lines, module, value, found, depth),
                Some(Some(_)) => {}
                Some(None) | None => found.is_complete = false,
            }
        }
    }

    /// Adds one name; what is surely no string is no name.
    fn add(&self, module: ModuleId, value: ExprRef<'a>, found: &mut Found, depth: u32) {
        if let Some(name) = self.text(module, value, depth) {
            found.names.push(NamedField {
                name,
                inner: Vec::new(),
            });
            return;
        }
        let is_no_name = matches!(value.kind(), Expr::Lambda(_) | Expr::None)
            || matches!(
                self.modules.resolve_expr(module, value),
                Definition::Class(_) | Definition::Function(_)
            );
        found.is_complete &= is_no_name;
    }

    fn text(&self, module: ModuleId, value: ExprRef<'a>, depth: u32) -> Option<Name> {
        let (module, value) = self.followed(module, value, depth);
        Some(Name {
            text: value.as_str()?.into(),
            place: ValueRef::of(module, value),
        })
    }

    /// What a name stands for; the expression itself where it is none.
    fn followed(
        &self,
        mut module: ModuleId,
        mut value: ExprRef<'a>,
        depth: u32,
    ) -> (ModuleId, ExprRef<'a>) {
        for _ in 0..depth {
            if !matches!(value.kind(), Expr::Name(_) | Expr::Attribute(..)) {
                break;
            }
            let Definition::Value(next) = self.modules.resolve_expr(module, value) else {
                break;
            };
            module = next.module;
            value = self.modules.value(next);
        }
        (module, value)
    }

    /// The elements of a sequence, put together from several where code adds them; gives whether
    /// these are all.
    fn elements(
        &self,
        module: ModuleId,
        value: ExprRef<'a>,
        into: &mut Vec<(ModuleId, ExprRef<'a>)>,
        depth: u32,
    ) -> bool {
        let (module, value) = self.followed(module, value, depth);
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        match value.kind() {
            Expr::List(_) | Expr::Tuple(_) | Expr::Set(_) => {
                let mut is_complete = true;
                for element in value.elements().into_iter().flatten() {
                    match element.kind() {
                        Expr::Starred(inner) => {
                            is_complete &= self.elements(module, element.at(inner), into, depth);
                        }
                        _ => into.push((module, element)),
                    }
                }
                is_complete
            }
            Expr::Binary(BinaryOp::Add | BinaryOp::BitOr, left, right) => {
                let left = self.elements(module, value.at(left), into, depth);
                let right = self.elements(module, value.at(right), into, depth);
                left && right
            }
            Expr::Call(..) => self
                .copied(module, value)
                .is_some_and(|copied| self.elements(module, copied, into, depth)),
            _ => false,
        }
    }

    /// The one argument of `list(...)` and the like.
    fn copied(&self, module: ModuleId, value: ExprRef<'a>) -> Option<ExprRef<'a>> {
        let call = value.as_call()?;
        let callee = self.modules.qualified_expr(module, call.callee)?;
        let is_copy = matches!(
            callee.as_str(),
            "builtins.list"
                | "builtins.tuple"
                | "builtins.set"
                | "builtins.frozenset"
                | "builtins.sorted"
                | "builtins.dict"
        );
        let mut arguments = call.positional();
        let first = arguments.next()?;
        (is_copy && call.arguments().len() == 1).then_some(first)
    }

    fn is_dict(&self, module: ModuleId, value: ExprRef<'a>, depth: u32) -> bool {
        let (module, value) = self.followed(module, value, depth);
        match value.kind() {
            Expr::Dict(_) => true,
            Expr::Binary(BinaryOp::BitOr, left, _) => {
                depth > 0 && self.is_dict(module, value.at(left), depth - 1)
            }
            Expr::Call(..) => value.as_call().is_some_and(|call| {
                let callee = self.modules.qualified_expr(module, call.callee);
                callee.as_deref() == Some("builtins.dict")
            }),
            _ => false,
        }
    }

    /// The keys of a dict, with the strings that their values hold.
    fn entries(&self, module: ModuleId, value: ExprRef<'a>, found: &mut Found, depth: u32) {
        let (module, value) = self.followed(module, value, depth);
        let Some(depth) = depth.checked_sub(1) else {
            found.is_complete = false;
            return;
        };
        match value.kind() {
            Expr::Dict(_) => {
                for (key, entry) in value.items().into_iter().flatten() {
                    match key {
                        Some(key) => self.entry(module, key, entry, found, depth),
                        None => self.entries(module, entry, found, depth),
                    }
                }
            }
            Expr::Binary(BinaryOp::BitOr, left, right) => {
                self.entries(module, value.at(left), found, depth);
                self.entries(module, value.at(right), found, depth);
            }
            Expr::Call(..) => match self.copied(module, value) {
                Some(copied) => self.entries(module, copied, found, depth),
                None => found.is_complete = false,
            },
            _ => found.is_complete = false,
        }
    }

    fn entry(
        &self,
        module: ModuleId,
        key: ExprRef<'a>,
        entry: ExprRef<'a>,
        found: &mut Found,
        depth: u32,
    ) {
        let Some(name) = self.text(module, key, depth) else {
            found.is_complete = false;
            return;
        };
        let mut elements = Vec::new();
        self.elements(module, entry, &mut elements, depth);
        let inner = elements
            .into_iter()
            .filter_map(|(module, element)| self.text(module, element, depth));
        found.names.push(NamedField {
            name,
            inner: inner.collect(),
        });
    }
}
