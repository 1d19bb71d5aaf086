//! What assignments do to names, elements and attributes.

use std::rc::Rc;
use std::sync::Arc;

use super::state::Variable;
use super::values::{Item, K, Key, Reader, V};
use super::{Evaluator, Frame, Outcome};
use crate::facts::ExprRef;
use crate::facts::ir::{BinaryOp, Expr};
use crate::place::Place;
use crate::settings::What;

impl<'a> Evaluator<'a> {
    pub(super) fn assign_target(
        &mut self,
        frame: &mut Frame<'a>,
        target: ExprRef<'a>,
        value: V<'a>,
        place: Option<Place>,
    ) -> Outcome<()> {
        match target.kind() {
            Expr::Name(name) => {
                let name: Arc<str> = frame.facts.text(name).into();
                self.assign(frame.scope_for(&name), &name, value, place);
            }
            Expr::Subscript(object, index) => {
                let object = self.expr(frame, target.at(object))?;
                let index = self.expr(frame, target.at(index))?;
                self.set_item(&object, &index, value, place);
            }
            Expr::Attribute(holder, name) => {
                let object = self.expr(frame, target.at(holder))?;
                let name: Arc<str> = frame.facts.text(name).into();
                if let K::Reader(reader) = &object.kind {
                    let told = told(reader, &name, &value);
                    return self.rebind(frame, target.at(holder), told, place);
                }
                self.set_attribute(&object, &name, value, place);
            }
            Expr::Tuple(run) | Expr::List(run) => {
                let targets: Vec<_> = target.body.list(run).collect();
                self.unpack(frame, &targets, &value, place)?;
            }
            Expr::Starred(inner) => self.assign_target(frame, target.at(inner), value, place)?,
            _ => {}
        }
        Ok(())
    }

    /// A reader that was told something is another one under the same name.
    fn rebind(
        &mut self,
        frame: &mut Frame<'a>,
        holder: ExprRef<'a>,
        reader: Reader<'a>,
        place: Option<Place>,
    ) -> Outcome<()> {
        match holder.kind() {
            Expr::Name(_) => {
                let value = V::new(K::Reader(Rc::new(reader)), place);
                self.assign_target(frame, holder, value, place)
            }
            _ => Ok(()),
        }
    }

    fn unpack(
        &mut self,
        frame: &mut Frame<'a>,
        targets: &[ExprRef<'a>],
        value: &V<'a>,
        place: Option<Place>,
    ) -> Outcome<()> {
        let items = self.closed_items(value);
        let star = targets
            .iter()
            .position(|target| matches!(target.kind(), Expr::Starred(_)));
        let fits = items.as_ref().is_some_and(|items| match star {
            None => items.len() == targets.len(),
            Some(_) => items.len() + 1 >= targets.len(),
        });
        let Some(items) = items.filter(|_| fits) else {
            for &target in targets {
                let part = V::unknown("part of a value that is not known", value.place);
                self.assign_target(frame, target, part, place)?;
            }
            return Ok(());
        };
        let many = items.len() + 1 - targets.len().min(items.len() + 1);
        let mut rest = items.into_iter();
        for (index, &target) in targets.iter().enumerate() {
            let part = if star == Some(index) {
                let taken = rest.by_ref().take(many).map(Item::one).collect();
                self.new_list(taken, place)
            } else {
                rest.next().unwrap_or_else(V::none)
            };
            self.assign_target(frame, target, part, place)?;
        }
        Ok(())
    }

    /// `target op= value`: lists, sets and dicts change in place.
    pub(super) fn augmented(
        &mut self,
        frame: &mut Frame<'a>,
        op: BinaryOp,
        target: ExprRef<'a>,
        value: ExprRef<'a>,
        place: Option<Place>,
    ) -> Outcome<()> {
        let old = self.expr(frame, target)?;
        let added = self.expr(frame, value)?;
        let in_place = self.augment_in_place(op, &old, &added, place);
        let new = if in_place {
            old
        } else {
            self.binary(frame, op, &old, &added, target)?
        };
        let Expr::Name(name) = target.kind() else {
            return if in_place {
                Ok(())
            } else {
                self.assign_target(frame, target, new, place)
            };
        };
        let name: Arc<str> = frame.facts.text(name).into();
        let scope = frame.scope_for(&name);
        let trail = self
            .state
            .name(scope, &name)
            .map(|variable| variable.trail.clone());
        let mut trail = trail.unwrap_or_default();
        Rc::make_mut(&mut trail).push(self.contribution(place, What::Extended));
        self.state
            .bind(scope, &name, Some(Variable { value: new, trail }));
        Ok(())
    }

    fn augment_in_place(
        &mut self,
        op: BinaryOp,
        old: &V<'a>,
        added: &V<'a>,
        place: Option<Place>,
    ) -> bool {
        match (op, &old.kind) {
            (BinaryOp::Add, &K::Sequence(id)) if self.is_list(id) => {
                let more = self.iterate(added, place);
                self.extend_with(id, more);
                self.absorb_trail(id, added);
                true
            }
            (BinaryOp::BitOr, &K::Sequence(id)) if self.is_set(id) => {
                let more = self.iterate(added, place);
                self.extend_with(id, more);
                true
            }
            (BinaryOp::BitOr, &K::Dict(id)) => {
                self.update_dict(id, added);
                true
            }
            _ => false,
        }
    }

    pub(super) fn set_item(
        &mut self,
        object: &V<'a>,
        index: &V<'a>,
        value: V<'a>,
        place: Option<Place>,
    ) {
        match object.kind.clone() {
            K::Dict(id) => {
                self.state.dict_mut(id).set(index.clone(), value);
                self.contribute_to(object, place, What::ItemSet);
            }
            K::Sequence(id) => {
                let length = self.state.items(id).len();
                let is_plain = self.closed_items(object).is_some();
                match index
                    .as_int()
                    .filter(|_| is_plain)
                    .and_then(|at| position(at, length))
                {
                    Some(at) => self.state.items_mut(id)[at].value = value,
                    None => {
                        let unknown = V::unknown("an element was set that is not known", place);
                        self.state.items_mut(id).push(Item::many(unknown));
                    }
                }
                self.contribute_to(object, place, What::ItemSet);
            }
            K::Environ => {
                if let Some(variable) = index.as_str() {
                    self.write_variable(variable.clone(), value, false, place);
                }
            }
            K::Names(scope) => {
                if let Some(name) = index.as_str() {
                    self.assign(scope, &name.clone(), value, place);
                } else {
                    let why = "names are set that are not known";
                    self.open_scopes.push((scope, why.into()));
                }
            }
            K::OneOf(alternatives) => {
                for (when, alternative) in alternatives.iter() {
                    let condition = when.clone();
                    self.under_condition(&condition, |own| {
                        own.set_item(alternative, index, value.clone(), place);
                    });
                }
            }
            _ => {}
        }
    }

    /// Runs `work` where a condition holds, and merges.
    pub(super) fn under_condition(
        &mut self,
        condition: &crate::settings::condition::Condition,
        work: impl FnOnce(&mut Self),
    ) {
        let open: Vec<_> = match self.holds(condition) {
            Some(true) => Vec::new(),
            Some(false) => return,
            None => condition.facts().to_vec(),
        };
        let Some((first, rest)) = open.split_first() else {
            return work(self);
        };
        let rest = crate::settings::condition::Condition::of(rest);
        if self.assumed(&first.test).is_some() {
            return self.under_condition_rest(&rest, Box::new(work));
        }
        let way = self.branch(first.clone(), |own| {
            own.under_condition_rest(&rest, Box::new(work));
        });
        self.merge(first, way.delta, Vec::new());
    }

    fn under_condition_rest<'w>(
        &mut self,
        condition: &crate::settings::condition::Condition,
        work: Box<dyn FnOnce(&mut Self) + 'w>,
    ) {
        self.under_condition(condition, work);
    }

    pub(super) fn set_attribute(
        &mut self,
        object: &V<'a>,
        name: &Arc<str>,
        value: V<'a>,
        place: Option<Place>,
    ) {
        match &object.kind {
            K::Instance(id) => {
                let key = V::str(name, place);
                self.state.dict_mut(*id).set(key, value);
            }
            K::Class(class) => self.assign(class.scope, name, value, place),
            K::Module(module) => {
                if let Some(loaded) = self.loaded.get(module) {
                    self.assign(loaded.scope, name, value, place);
                }
            }
            _ => {}
        }
    }

    pub(super) fn delete_item(&mut self, object: &V<'a>, index: &V<'a>) {
        match &object.kind {
            &K::Dict(id) => match index.key() {
                Some(key) => {
                    self.state.dict_mut(id).remove(&key);
                }
                None => self.state.dict_mut(id).open = true,
            },
            &K::Sequence(id) => {
                let length = self.state.items(id).len();
                let at = index.as_int().and_then(|at| position(at, length));
                if let Some(at) = at {
                    self.state.items_mut(id).remove(at);
                }
            }
            K::Names(scope) => {
                if let Some(Key::Str(name)) = index.key() {
                    self.state.bind(*scope, &name, None);
                }
            }
            _ => {}
        }
    }

    /// Remembers that something happened to a container.
    pub(super) fn contribute_to(&mut self, value: &V<'a>, place: Option<Place>, what: What) {
        if let K::Sequence(id) | K::Dict(id) = value.kind {
            let contribution = self.contribution(place, what);
            self.state.contribute(id, contribution);
        }
    }
}

/// A reader of the environment after one of its attributes was set.
fn told<'a>(reader: &Reader<'a>, attribute: &str, value: &V<'a>) -> Reader<'a> {
    let mut told = reader.clone();
    if let ("prefix", Some(prefix)) = (attribute, value.as_str()) {
        told.prefix = prefix.clone();
    }
    told
}

/// A Python index as a position.
pub(super) fn position(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let at = if index < 0 { index + length } else { index };
    (0..length)
        .contains(&at)
        .then(|| usize::try_from(at).ok())
        .flatten()
}
