//! What is taken out of lists, dicts and tuples, and what is put into them.

use super::Origin;
use super::follow::{At, Follower, Found};
use super::names::Given;
use crate::facts::ir::Stmt;
use crate::facts::{CallRef, Expr, ExprRef};
use crate::flows::Target;
use crate::modules::ModuleId;

impl<'a> Follower<'a> {
    /// What a way in which a name gets its value brings in.
    pub(super) fn given(&self, at: At<'a, '_>, given: Given<'a>) -> Found {
        match given {
            Given::Value(value) | Given::More(value) => self.of(at, value),
            Given::Context => Found::new(),
            Given::Element(many) => self.each(at, many),
            Given::Item(value, position) => self.item(at, value, position),
            Given::ItemOfElement(many, position) => self.item_of_each(at, many, position),
        }
    }

    /// What one of many is: of a dict its keys.
    fn each(&self, at: At<'a, '_>, many: ExprRef<'a>) -> Found {
        match self.is_keyed(at.module, many) {
            true => self.keys(at, many),
            false => self.of(at, many),
        }
    }

    /// Whether going through it gives its keys.
    fn is_keyed(&self, module: ModuleId, many: ExprRef<'a>) -> bool {
        if let Expr::Dict(_) = many.kind() {
            return true;
        }
        let is_cleaned = many
            .as_attribute()
            .is_some_and(|(_, name)| matches!(name, "cleaned_data" | "validated_data"));
        is_cleaned
            || many.as_name().is_some()
                && self
                    .only_value(module, many)
                    .is_some_and(|(module, value)| self.is_keyed(module, value))
    }

    /// The one value that a name has, wherever it is given it.
    pub(super) fn only_value(
        &self,
        module: ModuleId,
        name: ExprRef<'a>,
    ) -> Option<(ModuleId, ExprRef<'a>)> {
        let known = self.reaching(module, name);
        match known.given[..] {
            [Given::Value(value)] if !known.from_outside => Some((module, value)),
            [] if known.from_outside => self.meant(module, name),
            _ => None,
        }
    }

    /// The keys of a dict: those of a display are written there, those of forms name their fields, and
    /// a request has any.
    pub(super) fn keys(&self, at: At<'a, '_>, dict: ExprRef<'a>) -> Found {
        if !self.step() {
            return Found::new();
        }
        match dict.kind() {
            Expr::Dict(_) => {
                let items = dict.items().into_iter().flatten();
                self.all(at, items.filter_map(|(key, _)| key))
            }
            Expr::Comprehension(_, element, _) => match dict.at(element).kind() {
                Expr::Pair(key, _) => self.of(at, dict.at(key)),
                _ => Found::new(),
            },
            Expr::Name(_) => match self.only_value(at.module, dict) {
                Some((module, value)) => self.keys(At { module, ..at }, value),
                None => Found::new(),
            },
            _ => {
                let found = self.of(at, dict);
                let is_anyones = |origin: &Origin| matches!(origin, Origin::Request);
                found
                    .into_iter()
                    .filter(|it| is_anyones(&it.origin))
                    .collect()
            }
        }
    }

    /// `pair[0]` by unpacking.
    fn item(&self, at: At<'a, '_>, value: ExprRef<'a>, position: usize) -> Found {
        match value.kind() {
            Expr::Tuple(run) | Expr::List(run) => {
                let item = value.body.list(run).nth(position);
                item.map_or_else(Found::new, |item| self.of(at, item))
            }
            Expr::Call(..) => {
                let Some(call) = value.as_call() else {
                    return Found::new();
                };
                match call.callee.as_attribute() {
                    // Parts of a text.
                    Some((_, "split" | "rsplit" | "partition" | "rpartition")) => {
                        self.of(at, value)
                    }
                    _ => self.returned_item(at, call, position),
                }
            }
            Expr::Name(_) => match self.only_value(at.module, value) {
                Some((module, value)) => self.item(At { module, ..at }, value, position),
                None => Found::new(),
            },
            _ => Found::new(),
        }
    }

    /// What stands at a position of the tuples that a function of the repository gives.
    fn returned_item(&self, at: At<'a, '_>, call: CallRef<'a>, position: usize) -> Found {
        let calls = self.project.calls(at.module);
        let Some(Target::Function(function)) = calls.target(call.expr.body.id, call.expr.id) else {
            return Found::new();
        };
        self.returned_by(at, call, function, &|inner, value| {
            self.item(inner, value, position)
        })
    }

    /// `for name, other in many`
    fn item_of_each(&self, at: At<'a, '_>, many: ExprRef<'a>, position: usize) -> Found {
        if let Some(call) = many.as_call() {
            let first = call.positional().next();
            return match (call.callee.as_attribute(), call.callee.as_name()) {
                (Some((dict, "items")), _) if position == 0 => self.keys(at, dict),
                (Some((dict, "items")), _) => self.of(at, dict),
                (_, Some("enumerate")) if position == 0 => Found::new(),
                (_, Some("enumerate")) => first.map_or_else(Found::new, |it| self.each(at, it)),
                (_, Some("zip")) => {
                    let given = call.positional().nth(position);
                    given.map_or_else(Found::new, |it| self.each(at, it))
                }
                (_, Some("list" | "sorted" | "reversed" | "tuple")) => {
                    first.map_or_else(Found::new, |it| self.item_of_each(at, it, position))
                }
                _ => Found::new(),
            };
        }
        if let Some(elements) = many.elements() {
            let items = elements.flat_map(|element| self.item(at, element, position));
            return items.collect();
        }
        match self.only_value(at.module, many) {
            Some((module, value)) if many.as_name().is_some() => {
                self.item_of_each(At { module, ..at }, value, position)
            }
            _ => Found::new(),
        }
    }

    /// `names[key]`: the key is no part of what comes of it.
    pub(super) fn element(
        &self,
        at: At<'a, '_>,
        whole: ExprRef<'a>,
        (object, key): (ExprRef<'a>, ExprRef<'a>),
    ) -> Found {
        if self.reaching(at.module, whole).is_checked {
            return Found::new();
        }
        if let Some(found) = self.named_element(at, whole, (object, key)) {
            return found;
        }
        match (object.elements(), key.as_int()) {
            (Some(mut elements), Some(index)) => {
                let element = usize::try_from(index).ok().and_then(|it| elements.nth(it));
                element.map_or_else(Found::new, |element| self.of(at, element))
            }
            _ => self.of(at, object),
        }
    }

    /// `names.get(key, default)`
    pub(super) fn element_by_call(
        &self,
        at: At<'a, '_>,
        call: CallRef<'a>,
        object: ExprRef<'a>,
    ) -> Option<Found> {
        let mut given = call.positional();
        let key = given.next();
        let default = given.next().or_else(|| call.keyword("default"));
        let known = key.and_then(|key| self.named_element(at, call.expr, (object, key)));
        let mut found = match known {
            Some(found) => found,
            None => {
                let calls = self.project.calls(at.module);
                let target = calls.target(call.expr.body.id, call.expr.id);
                if let Some(Target::Function(_)) = target {
                    return None;
                }
                self.of(at, object)
            }
        };
        found.extend(default.map_or_else(Found::new, |default| self.of(at, default)));
        Some(found)
    }

    /// What a function adds to a list of its own: `parts.append(part)`.
    pub(super) fn appended(&self, at: At<'a, '_>, name: ExprRef<'a>) -> Found {
        let Some(read) = name.as_name() else {
            return Found::new();
        };
        let body = name.body;
        let mut found = Found::new();
        for statement in body.all_statements() {
            let Stmt::Expr(value) = statement.kind() else {
                continue;
            };
            let Some(call) = body.expr(value).as_call() else {
                continue;
            };
            let Some((object, method)) = call.callee.as_attribute() else {
                continue;
            };
            let added = match method {
                "append" | "add" | "extend" | "update" => call.positional().next(),
                "insert" => call.positional().nth(1),
                _ => continue,
            };
            if object.as_name() == Some(read)
                && let Some(added) = added
            {
                found.extend(self.of(at, added));
            }
        }
        found
    }
}
