//! Lists, tuples, sets, dicts and comprehensions as they are written.

use super::values::{Dict, Environment, Item, K, SequenceKind, V};
use super::{Evaluator, Frame, Outcome, Verdict};
use crate::facts::ir::{Clause, ComprehensionKind, Expr};
use crate::facts::{ExprRef, Run};
use crate::place::Place;
use crate::settings::condition::Condition;
use crate::settings::value::Cast;

impl<'a> Evaluator<'a> {
    pub(super) fn display(
        &mut self,
        frame: &mut Frame<'a>,
        kind: SequenceKind,
        run: Run,
        expr: ExprRef<'a>,
    ) -> Outcome<V<'a>> {
        let mut items = Vec::with_capacity(run.len as usize);
        let mut spread = Vec::new();
        for element in expr.body.list(run) {
            let value = self.expr(frame, element)?;
            if matches!(element.kind(), Expr::Starred(_)) {
                items.extend(self.iterate(&value, value.place));
                spread.push(value);
            } else {
                items.push(Item::one(value));
            }
        }
        let made = self.new_distinct(kind, items, Self::place_of(frame, expr));
        if let K::Sequence(id) = made.kind {
            for value in &spread {
                self.absorb_trail(id, value);
            }
        }
        Ok(made)
    }

    pub(super) fn dict_display(
        &mut self,
        frame: &mut Frame<'a>,
        expr: ExprRef<'a>,
    ) -> Outcome<V<'a>> {
        let mut dict = Dict::default();
        let mut spread = Vec::new();
        for (key, value) in expr.items().expect("a dict display") {
            match key {
                Some(key) => {
                    let key = self.expr(frame, key)?;
                    let value = self.expr(frame, value)?;
                    dict.set(key, value);
                }
                None => {
                    let mapping = self.expr(frame, value)?;
                    self.spread_into(&mut dict, &mapping);
                    spread.push(mapping);
                }
            }
        }
        let made = self.new_dict(dict, Self::place_of(frame, expr));
        if let K::Dict(id) = made.kind {
            for value in &spread {
                self.absorb_trail(id, value);
            }
        }
        Ok(made)
    }

    pub(super) fn comprehension(
        &mut self,
        frame: &mut Frame<'a>,
        kind: ComprehensionKind,
        element: ExprRef<'a>,
        clauses: Run,
        expr: ExprRef<'a>,
    ) -> Outcome<V<'a>> {
        let place = Self::place_of(frame, expr);
        let mut inner = frame.clone();
        inner.globals.clear();
        inner.scopes.insert(0, self.state.new_scope());
        let mut made = Vec::new();
        let clauses = expr.body.clauses(clauses);
        let Some(first) = clauses.first() else {
            return Ok(V::unknown("code that is not understood", place));
        };
        let iterable = self.expr(&mut inner, expr.at(first.iter))?;
        if clauses.len() == 1
            && kind == ComprehensionKind::List
            && let K::Environment(environment) = &iterable.kind
            && let Cast::List { .. } = environment.cast
        {
            let environment = environment.clone();
            return self.list_from_variable(&mut inner, element, clauses, &environment, place);
        }
        let items = self.iterate(&iterable, iterable.place);
        self.clause(
            &mut inner,
            element,
            clauses,
            items,
            (&Condition::ALWAYS, false),
            &mut made,
        )?;
        if kind != ComprehensionKind::Dict {
            let kind = match kind {
                ComprehensionKind::Set => SequenceKind::Set,
                _ => SequenceKind::List,
            };
            let items = made.into_iter().map(|(_, item)| item).collect();
            return Ok(self.new_distinct(kind, items, place));
        }
        let mut dict = Dict::default();
        for (key, item) in made {
            match key {
                Some(key) if !item.many => {
                    dict.insert(super::values::Entry {
                        key,
                        value: item.value,
                        when: item.when,
                    });
                }
                _ => dict.open = true,
            }
        }
        Ok(self.new_dict(dict, place))
    }

    /// `[host.strip() for host in os.environ["X"].split(",") if host]`: still a list from there.
    fn list_from_variable(
        &mut self,
        frame: &mut Frame<'a>,
        element: ExprRef<'a>,
        clauses: &[Clause],
        environment: &Environment<'a>,
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        let Cast::List {
            separator,
            drops_empty,
        } = &environment.cast
        else {
            return Ok(V::unknown("no list", place));
        };
        let mut made = Vec::new();
        let empty = vec![Item::one(V::str("", None))];
        let always = (&Condition::ALWAYS, false);
        self.clause(frame, element, clauses, empty, always, &mut made)?;
        let cast = Cast::List {
            separator: separator.clone(),
            drops_empty: *drops_empty || made.is_empty(),
        };
        Ok(
            self.cast_environment(environment, cast, place, |own, unset| {
                let items = own.iterate(&unset, unset.place);
                let mut made = Vec::new();
                own.clause(frame, element, clauses, items, always, &mut made)?;
                let items = made.into_iter().map(|(_, item)| item).collect();
                Ok(own.new_list(items, place))
            }),
        )
    }

    /// What the clauses of a comprehension make of the items of the first.
    fn clause(
        &mut self,
        frame: &mut Frame<'a>,
        element: ExprRef<'a>,
        clauses: &[Clause],
        items: Vec<Item<'a>>,
        (when, many): (&Condition, bool),
        made: &mut Vec<(Option<V<'a>>, Item<'a>)>,
    ) -> Outcome<()> {
        let Some((clause, rest)) = clauses.split_first() else {
            return Ok(());
        };
        for item in items {
            let Some(mut when) = when.and_all(&item.when) else {
                continue;
            };
            let many = many || item.many;
            let place = item.value.place;
            self.assign_target(frame, element.at(clause.target), item.value, place)?;
            let mut keeps = true;
            for condition in element.body.list(clause.conditions) {
                match self.verdict_of(frame, condition)? {
                    Verdict::True => {}
                    Verdict::False => keeps = false,
                    Verdict::When(fact) => match when.and(&fact) {
                        Some(both) => when = both,
                        None => keeps = false,
                    },
                }
            }
            if !keeps {
                continue;
            }
            if let Some(next) = rest.first() {
                let iterable = self.expr(frame, element.at(next.iter))?;
                let items = self.iterate(&iterable, iterable.place);
                self.clause(frame, element, rest, items, (&when, many), made)?;
                continue;
            }
            let (key, value) = match element.kind() {
                Expr::Pair(key, value) => {
                    let key = self.expr(frame, element.at(key))?;
                    (Some(key), self.expr(frame, element.at(value))?)
                }
                _ => (None, self.expr(frame, element)?),
            };
            made.push((key, Item { value, when, many }));
        }
        Ok(())
    }
}
