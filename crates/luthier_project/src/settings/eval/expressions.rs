//! Expressions.

use std::rc::Rc;
use std::sync::Arc;

use super::targets::position;
use super::values::{Dict, Environment, Item, K, Key, Obj, SequenceKind, Unset, V};
use super::{Evaluator, Frame, Outcome, Raise, Verdict};
use crate::facts::ir::{BinaryOp, Clause, ComprehensionKind, Expr, UnaryOp};
use crate::facts::{ExprId, ExprRef, Run};
use crate::place::Place;
use crate::settings::condition::Condition;
use crate::settings::value::Cast;

/// Room that one expression may need before the stack is grown.
const RED_ZONE: usize = 256 * 1024;
const STACK_STEP: usize = 4 * 1024 * 1024;

impl<'a> Evaluator<'a> {
    /// The value of an expression; never one of several where what was assumed decides which.
    pub(super) fn expr(&mut self, frame: &mut Frame<'a>, expr: ExprRef<'a>) -> Outcome<V<'a>> {
        if !self.step() {
            return Err(Raise {
                exception: "too many steps",
            });
        }
        let value = match self.leaf(frame, expr) {
            Some(value) => value,
            None => stacker::maybe_grow(RED_ZONE, STACK_STEP, || self.composite(frame, expr))?,
        };
        Ok(self.select(value))
    }

    fn leaf(&mut self, frame: &mut Frame<'a>, expr: ExprRef<'a>) -> Option<V<'a>> {
        let kind = match expr.kind() {
            Expr::None => K::None,
            Expr::Bool(value) => K::Bool(value),
            Expr::Int(value) => K::Int(value),
            Expr::Number(name) => match number(frame.facts.text(name)) {
                Some(value) => K::Float(value),
                None => K::Unknown("a number".into()),
            },
            Expr::Str(name) => K::Str(frame.facts.text(name).into()),
            Expr::Bytes => K::Bytes,
            Expr::Ellipsis => K::External("builtins.Ellipsis".into()),
            Expr::Name(name) => return Some(self.name(frame, frame.facts.text(name), expr)),
            _ => return None,
        };
        Some(V::new(kind, Self::place_of(frame, expr)))
    }

    fn name(&mut self, frame: &Frame<'a>, name: &str, expr: ExprRef<'a>) -> V<'a> {
        for &scope in &frame.scopes {
            if let Some(variable) = self.state.name(scope, name) {
                return variable.value.clone();
            }
        }
        let place = Self::place_of(frame, expr);
        match name {
            "__file__" => {
                let path = frame.file.map(|file| self.sources.file(file).path.clone());
                match path {
                    Some(path) => V::str(&format!("{}/{path}", crate::settings::ROOT), place),
                    None => V::unknown("the path of an installed module", place),
                }
            }
            "__name__" => V::str(&self.modules.get(frame.module).name, place),
            "__debug__" => V::bool(true, place),
            _ => {
                if let Some(why) = self.is_open(frame.module_scope()) {
                    return V::new(K::Unknown(why.clone()), place);
                }
                V::new(K::External(format!("builtins.{name}").into()), place)
            }
        }
    }

    fn composite(&mut self, frame: &mut Frame<'a>, expr: ExprRef<'a>) -> Outcome<V<'a>> {
        let place = Self::place_of(frame, expr);
        let at = |id: ExprId| expr.at(id);
        match expr.kind() {
            Expr::FString(parts) => {
                let mut values = Vec::new();
                for part in expr.body.list(parts) {
                    values.push(match part.kind() {
                        Expr::Formatted { value, plain } => {
                            let value = self.expr(frame, at(value))?;
                            let is_text = matches!(value.kind, K::Str(_) | K::Path(_));
                            if plain || is_text {
                                value
                            } else {
                                V::unknown("formatted", place)
                            }
                        }
                        _ => self.expr(frame, part)?,
                    });
                }
                Ok(self.text(values, place))
            }
            Expr::Formatted { value, .. } => self.expr(frame, at(value)),
            Expr::Attribute(value, name) => {
                let value = self.expr(frame, at(value))?;
                self.attribute(frame, &value, frame.facts.text(name), expr)
            }
            Expr::Subscript(value, index) => {
                let value = self.expr(frame, at(value))?;
                if let Expr::Slice(lower, upper, step) = at(index).kind() {
                    return self.slice(frame, &value, [lower, upper, step], expr);
                }
                let index = self.expr(frame, at(index))?;
                self.item(frame, &value, &index, expr)
            }
            Expr::Call(..) => {
                let call = expr.as_call().expect("a call");
                let value = self.call(frame, call)?;
                Ok(value)
            }
            Expr::List(run) => self.display(frame, SequenceKind::List, run, expr),
            Expr::Tuple(run) => self.display(frame, SequenceKind::Tuple, run, expr),
            Expr::Set(run) => self.display(frame, SequenceKind::Set, run, expr),
            Expr::Dict(_) => self.dict_display(frame, expr),
            Expr::Starred(value) | Expr::DoubleStarred(value) | Expr::Await(value) => {
                self.expr(frame, at(value))
            }
            Expr::Binary(op, left, right) => {
                let left = self.expr(frame, at(left))?;
                let right = self.expr(frame, at(right))?;
                self.binary(frame, op, &left, &right, expr)
            }
            Expr::Unary(op, value) => {
                let value = self.expr(frame, at(value))?;
                Ok(self.unary(frame, op, &value, expr))
            }
            Expr::And(run) => self.all_of(frame, run, expr),
            Expr::Or(run) => self.any_of(frame, run, expr),
            Expr::Compare(op, left, right) => {
                let left = self.expr(frame, at(left))?;
                let right = self.expr(frame, at(right))?;
                Ok(self.compare(frame, op, &left, &right, expr))
            }
            Expr::Conditional { test, body, orelse } => match self.verdict_of(frame, at(test))? {
                Verdict::True => self.expr(frame, at(body)),
                Verdict::False => self.expr(frame, at(orelse)),
                Verdict::When(fact) => {
                    let mut other = frame.clone();
                    self.fork(
                        &fact,
                        |own| own.expr(frame, at(body)),
                        |own| own.expr(&mut other, at(orelse)),
                    )
                }
            },
            Expr::Lambda(function) => {
                let function = self.function_value(frame, function, false)?;
                Ok(V::new(K::Function(Rc::new(function)), place))
            }
            Expr::Comprehension(kind, element, clauses) => {
                self.comprehension(frame, kind, at(element), clauses, expr)
            }
            Expr::Named(target, value) => {
                let value = self.expr(frame, at(value))?;
                self.assign_target(frame, at(target), value.clone(), place)?;
                Ok(value)
            }
            _ => Ok(V::unknown("code that is not understood", place)),
        }
    }

    // ---- displays ----

    fn display(
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

    fn dict_display(&mut self, frame: &mut Frame<'a>, expr: ExprRef<'a>) -> Outcome<V<'a>> {
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

    fn comprehension(
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

    // ---- text ----

    /// Parts joined to one string; known where all are.
    pub(super) fn text(&mut self, parts: Vec<V<'a>>, place: Option<Place>) -> V<'a> {
        let mut joined: Vec<V<'a>> = Vec::new();
        for part in parts {
            let part = match &part.kind {
                K::Text(inner) => {
                    joined.extend(inner.iter().cloned());
                    continue;
                }
                _ => match as_printed(&part) {
                    Some(text) => V::str(&text, part.place),
                    None => part,
                },
            };
            if let (Some(last), K::Str(more)) = (joined.last_mut(), &part.kind)
                && let K::Str(before) = &last.kind
            {
                last.kind = K::Str(format!("{before}{more}").into());
                continue;
            }
            joined.push(part);
        }
        match &joined[..] {
            [] => V::str("", place),
            [only] if matches!(only.kind, K::Str(_)) => V::new(only.kind.clone(), place),
            [only] => match &only.kind {
                K::Environment(environment)
                    if matches!(environment.cast, Cast::Raw | Cast::Text) =>
                {
                    V::new(only.kind.clone(), place)
                }
                _ => V::new(K::Text(joined.into()), place),
            },
            _ => V::new(K::Text(joined.into()), place),
        }
    }

    // ---- operators ----

    pub(super) fn binary(
        &mut self,
        frame: &mut Frame<'a>,
        op: BinaryOp,
        left: &V<'a>,
        right: &V<'a>,
        expr: ExprRef<'a>,
    ) -> Outcome<V<'a>> {
        let place = Self::place_of(frame, expr);
        if let K::OneOf(alternatives) = &left.kind {
            return self.each(alternatives.clone(), place, |own, value| {
                own.binary(frame, op, &value, right, expr)
            });
        }
        if let K::OneOf(alternatives) = &right.kind {
            return self.each(alternatives.clone(), place, |own, value| {
                own.binary(frame, op, left, &value, expr)
            });
        }
        if let Some(value) = self.binary_containers(op, left, right, place) {
            return Ok(value);
        }
        if let Some(value) = self.path_operator(op, left, right, place) {
            return Ok(value);
        }
        if op == BinaryOp::Mod && matches!(left.kind, K::Str(_)) {
            return Ok(self.percent_format(left, right, place));
        }
        let is_textual = |value: &V<'a>| matches!(value.kind, K::Str(_) | K::Text(_));
        if op == BinaryOp::Add && (is_textual(left) || is_textual(right)) {
            return Ok(self.text(vec![left.clone(), right.clone()], place));
        }
        if let Some(kind) = arithmetic(op, left, right) {
            return Ok(V::new(kind, place));
        }
        if op == BinaryOp::Mult
            && let (K::Str(text), Some(times)) = (&left.kind, right.as_int())
            && (0..1000).contains(&times)
        {
            return Ok(V::str(
                &text.repeat(usize::try_from(times).unwrap_or(0)),
                place,
            ));
        }
        Ok(self.derived(
            &[left, right],
            place,
            "arithmetic on what is not known",
            |own, parts| own.binary(frame, op, &parts[0], &parts[1], expr).ok(),
        ))
    }

    fn unary(&mut self, frame: &Frame<'a>, op: UnaryOp, value: &V<'a>, expr: ExprRef<'a>) -> V<'a> {
        let place = Self::place_of(frame, expr);
        match (op, &value.kind) {
            (UnaryOp::Not, _) => {
                let verdict = self.verdict(frame, value, expr);
                let not = super::compare::negate(verdict);
                self.truth_value(not, place)
            }
            (UnaryOp::Minus, K::Float(number)) => V::new(K::Float(-number), place),
            (UnaryOp::Minus, K::Duration(span)) => V::new(K::Duration(-span), place),
            (UnaryOp::Minus, _) if value.as_int().is_some() => {
                V::new(K::Int(value.as_int().unwrap_or(0).wrapping_neg()), place)
            }
            (UnaryOp::Plus, _) => value.clone(),
            _ => V::unknown("an operator on what is not known", place),
        }
    }

    /// Does the same to each alternative.
    pub(super) fn each(
        &mut self,
        alternatives: Rc<[(Condition, V<'a>)]>,
        place: Option<Place>,
        mut work: impl FnMut(&mut Self, V<'a>) -> Outcome<V<'a>>,
    ) -> Outcome<V<'a>> {
        let mut results = Vec::new();
        let mut failure = None;
        for (when, value) in alternatives.iter() {
            match self.holds(when) {
                Some(false) => continue,
                Some(true) => return work(self, value.clone()),
                None => {}
            }
            let mark = self.path.len();
            self.path.extend_from_slice(when.facts());
            let result = if value.is_unset() {
                Err(Raise {
                    exception: "NameError",
                })
            } else {
                work(self, value.clone())
            };
            self.path.truncate(mark);
            match result {
                Ok(value) => match value.kind {
                    K::OneOf(inner) => results.extend(
                        inner
                            .iter()
                            .filter_map(|(more, value)| Some((when.and_all(more)?, value.clone()))),
                    ),
                    _ => results.push((when.clone(), value)),
                },
                Err(raise) => failure = Some(raise),
            }
        }
        if results.is_empty()
            && let Some(raise) = failure
        {
            return Err(raise);
        }
        Ok(self.join_alternatives(results, place))
    }

    /// One of several values; containers of one kind become one container with conditions.
    fn join_alternatives(
        &mut self,
        results: Vec<(Condition, V<'a>)>,
        place: Option<Place>,
    ) -> V<'a> {
        let are_two = results.len() == 2 && results.iter().all(|(when, _)| when.facts().len() == 1);
        if are_two && results[0].0.facts()[0].contradicts(&results[1].0.facts()[0]) {
            let fact = results[0].0.facts()[0].clone();
            return self.merge_values(&fact, results[0].1.clone(), results[1].1.clone());
        }
        self.one_of(results, place)
    }

    /// What is made from values of which some come from the environment: still from there, with
    /// what comes out where the variables are not set.
    pub(super) fn derived(
        &mut self,
        values: &[&V<'a>],
        place: Option<Place>,
        why: &str,
        work: impl FnOnce(&mut Self, Vec<V<'a>>) -> Option<V<'a>>,
    ) -> V<'a> {
        let mut variables: Vec<Arc<str>> = Vec::new();
        let mut unset = Some(Vec::new());
        let mut fails = false;
        for value in values {
            let K::Environment(environment) = &value.kind else {
                if matches!(value.kind, K::Unknown(_) | K::Object(_)) {
                    return V::unknown(why, place);
                }
                unset = unset.map(|mut parts| {
                    parts.push((*value).clone());
                    parts
                });
                continue;
            };
            for variable in &environment.variables {
                if !variables.contains(variable) {
                    variables.push(variable.clone());
                }
            }
            match &environment.unset {
                Unset::Value(value) => {
                    unset = unset.map(|mut parts| {
                        parts.push(value.clone());
                        parts
                    });
                }
                Unset::Fails => fails = true,
                Unset::Unknown => unset = None,
            }
        }
        if variables.is_empty() {
            return V::unknown(why, place);
        }
        let unset = match unset.filter(|_| !fails) {
            _ if fails => Unset::Fails,
            Some(parts) => work(self, parts).map_or(Unset::Unknown, Unset::Value),
            None => Unset::Unknown,
        };
        V::new(
            K::Environment(Rc::new(Environment {
                variables,
                cast: Cast::Derived,
                unset,
            })),
            place,
        )
    }

    // ---- elements ----

    pub(super) fn item(
        &mut self,
        frame: &mut Frame<'a>,
        value: &V<'a>,
        index: &V<'a>,
        expr: ExprRef<'a>,
    ) -> Outcome<V<'a>> {
        let place = Self::place_of(frame, expr);
        match &value.kind {
            K::OneOf(alternatives) => self.each(alternatives.clone(), place, |own, value| {
                own.item(frame, &value, index, expr)
            }),
            K::Environ => match index.as_str() {
                Some(variable) => self.required_variable(&variable.clone(), "KeyError", place),
                None => Ok(V::unknown(
                    "an environment variable whose name is not known",
                    place,
                )),
            },
            &K::Dict(id) => {
                if let K::Environment(environment) = &index.kind {
                    return self.item_by_variable(id, &environment.clone(), index, place);
                }
                self.dict_item(id, index, place)
            }
            &K::Sequence(id) => {
                let Some(items) = self.closed_items(value) else {
                    return Ok(V::unknown("an element of a list that is not known", place));
                };
                let _ = id;
                match index.as_int() {
                    Some(at) => match position(at, items.len()) {
                        Some(at) => Ok(items[at].clone()),
                        None => Err(Raise {
                            exception: "IndexError",
                        }),
                    },
                    None => Ok(V::unknown("an element at a place that is not known", place)),
                }
            }
            K::Names(scope) => match index.as_str() {
                Some(name) => match self.state.name(*scope, name) {
                    Some(variable) => Ok(variable.value.clone()),
                    None => Err(Raise {
                        exception: "KeyError",
                    }),
                },
                None => Ok(V::unknown("a name that is not known", place)),
            },
            K::Str(text) => {
                let length = text.chars().count();
                let at = index.as_int().and_then(|at| position(at, length));
                match at.and_then(|at| text.chars().nth(at)) {
                    Some(letter) => Ok(V::str(&letter.to_string(), place)),
                    None => Err(Raise {
                        exception: "IndexError",
                    }),
                }
            }
            K::Path(path) => Ok(V::unknown(path, place)),
            K::Environment(_) => {
                Ok(self.derived(&[value, index], place, "an element", |_, _| None))
            }
            _ => Ok(V::unknown("an element of what is not known", place)),
        }
    }

    pub(super) fn dict_item(
        &mut self,
        id: super::values::ObjId,
        index: &V<'a>,
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        let dict = self.state.dict(id).clone();
        let Some(key) = index.key() else {
            return Ok(V::unknown("an entry whose key is not known", place));
        };
        match dict.get(&key) {
            Some(entry) if entry.when.is_always() => Ok(entry.value.clone()),
            Some(entry) => match self.holds(&entry.when) {
                Some(false) => Err(Raise {
                    exception: "KeyError",
                }),
                _ => Ok(entry.value.clone()),
            },
            None if dict.open => Ok(V::unknown("an entry of a dict that is not known", place)),
            None => Err(Raise {
                exception: "KeyError",
            }),
        }
    }

    /// `table[os.environ["X"]]`: one of the entries, by what the variable is.
    fn item_by_variable(
        &mut self,
        id: super::values::ObjId,
        environment: &Environment<'a>,
        index: &V<'a>,
        place: Option<Place>,
    ) -> Outcome<V<'a>> {
        let dict = self.state.dict(id).clone();
        let is_text = matches!(environment.cast, Cast::Raw | Cast::Text);
        if !is_text || dict.open || dict.entries().count() > 16 {
            return Ok(V::unknown("an entry that a variable chooses", place));
        }
        let mut chosen: Option<V<'a>> = None;
        for entry in dict.entries() {
            let Some(Key::Str(text)) = entry.key.key() else {
                continue;
            };
            let compared = self.compare_words(environment, &[text], index, place);
            let verdict = self.verdict_plain(&compared);
            let value = entry.value.clone();
            chosen = Some(match (verdict, chosen) {
                (Some(Verdict::When(fact)), Some(others)) => {
                    self.merge_values(&fact, value, others)
                }
                (_, Some(others)) => others,
                (_, None) => value,
            });
        }
        chosen.ok_or(Raise {
            exception: "KeyError",
        })
    }

    fn slice(
        &mut self,
        frame: &mut Frame<'a>,
        value: &V<'a>,
        bounds: [Option<ExprId>; 3],
        expr: ExprRef<'a>,
    ) -> Outcome<V<'a>> {
        let place = Self::place_of(frame, expr);
        let mut known = [None; 3];
        for (bound, known) in bounds.iter().zip(&mut known) {
            if let Some(id) = bound {
                let Some(at) = self.expr(frame, expr.at(*id))?.as_int() else {
                    return Ok(V::unknown("a slice whose bounds are not known", place));
                };
                *known = Some(at);
            }
        }
        let [lower, upper, step] = known;
        if step.is_some_and(|step| step != 1) {
            return Ok(V::unknown("a slice with steps", place));
        }
        let range = |length: usize| {
            let length = length as i64;
            let clamp = |at: i64| (if at < 0 { at + length } else { at }).clamp(0, length);
            let from = lower.map_or(0, clamp);
            let to = upper.map_or(length, clamp).max(from);
            usize::try_from(from).unwrap_or(0)..usize::try_from(to).unwrap_or(0)
        };
        match &value.kind {
            K::Str(text) => {
                let letters: Vec<char> = text.chars().collect();
                let part: String = letters[range(letters.len())].iter().collect();
                Ok(V::str(&part, place))
            }
            &K::Sequence(id) => {
                let kind = self.state.sequence_kind(id);
                if bounds.iter().all(Option::is_none) {
                    let items = self.state.items(id).as_ref().clone();
                    return Ok(self.new_sequence(kind, items, place));
                }
                match self.closed_items(value) {
                    Some(items) => {
                        let part = items[range(items.len())]
                            .iter()
                            .cloned()
                            .map(Item::one)
                            .collect();
                        Ok(self.new_sequence(kind, part, place))
                    }
                    None => Ok(V::unknown("a slice of a list that is not known", place)),
                }
            }
            K::OneOf(alternatives) => self.each(alternatives.clone(), place, |own, value| {
                own.slice(frame, &value, bounds, expr)
            }),
            K::Environment(_) => Ok(self.derived(&[value], place, "a slice", |_, _| None)),
            _ => Ok(V::unknown("a slice of what is not known", place)),
        }
    }

    pub(super) fn new_instance(
        &mut self,
        class: Rc<super::values::Class<'a>>,
        place: Option<Place>,
    ) -> V<'a> {
        let obj = Obj::Instance {
            class,
            attributes: Rc::default(),
        };
        V::new(K::Instance(self.state.allocate(obj, Rc::default())), place)
    }
}

/// A float or big integer as Python writes it.
fn number(text: &str) -> Option<f64> {
    let plain: String = text.chars().filter(|letter| *letter != '_').collect();
    plain.parse().ok()
}

/// What `str()` makes of a value that is known.
pub(super) fn as_printed(value: &V<'_>) -> Option<String> {
    Some(match &value.kind {
        K::Str(text) | K::Path(text) => text.to_string(),
        K::Int(number) => number.to_string(),
        K::Bool(true) => "True".to_owned(),
        K::Bool(false) => "False".to_owned(),
        K::None => "None".to_owned(),
        K::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.1}"),
        K::Float(number) => number.to_string(),
        _ => return None,
    })
}

fn arithmetic<'a>(op: BinaryOp, left: &V<'a>, right: &V<'a>) -> Option<K<'a>> {
    if let (Some(a), Some(b)) = (left.as_int(), right.as_int()) {
        return Some(match op {
            BinaryOp::Add => K::Int(a.checked_add(b)?),
            BinaryOp::Sub => K::Int(a.checked_sub(b)?),
            BinaryOp::Mult => K::Int(a.checked_mul(b)?),
            BinaryOp::Div if b != 0 => K::Float(a as f64 / b as f64),
            BinaryOp::FloorDiv if b != 0 => K::Int(a.checked_div_euclid(b).filter(|_| b > 0)?),
            BinaryOp::Mod if b > 0 => K::Int(a.rem_euclid(b)),
            BinaryOp::Pow => K::Int(a.checked_pow(u32::try_from(b).ok()?)?),
            BinaryOp::LShift => K::Int(a.checked_mul(1_i64.checked_shl(u32::try_from(b).ok()?)?)?),
            BinaryOp::BitOr => K::Int(a | b),
            BinaryOp::BitAnd => K::Int(a & b),
            _ => return None,
        });
    }
    match (&left.kind, &right.kind, op) {
        (K::Duration(a), K::Duration(b), BinaryOp::Add) => {
            return Some(K::Duration(a.checked_add(*b)?));
        }
        (K::Duration(a), K::Duration(b), BinaryOp::Sub) => {
            return Some(K::Duration(a.checked_sub(*b)?));
        }
        (K::Duration(a), _, BinaryOp::Mult) => {
            return Some(K::Duration(a.checked_mul(right.as_int()?)?));
        }
        (_, K::Duration(b), BinaryOp::Mult) => {
            return Some(K::Duration(b.checked_mul(left.as_int()?)?));
        }
        _ => {}
    }
    let (a, b) = (left.as_float()?, right.as_float()?);
    Some(K::Float(match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mult => a * b,
        BinaryOp::Div if b != 0.0 => a / b,
        _ => return None,
    }))
}
