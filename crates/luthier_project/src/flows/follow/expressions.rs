//! Expressions.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::frame::Frame;
use super::outside::tells_of_trouble;
use super::run::{Arguments, GivenRow};
use super::value::{Callable, Dict, Growth, Row, Value};
use crate::facts::ir::{BinaryOp, Clause, CompareOp, ComprehensionKind, UnaryOp};
use crate::facts::{CallRef, Expr, ExprRef, FunctionId, Name};
use crate::flows::locals::only_value;
use crate::modules::FunctionRef;

/// Methods that change the list or dict that they are called on.
const CHANGING: &[&str] = &[
    "add",
    "append",
    "appendleft",
    "extend",
    "insert",
    "setdefault",
    "update",
];

impl<'a> Frame<'_, 'a> {
    /// What an expression gives.
    pub(super) fn value(&mut self, expr: ExprRef<'a>) -> Value {
        if !self.run.engine.burn() {
            return Value::Unknown;
        }
        match expr.kind() {
            Expr::None => Value::None,
            Expr::Bool(value) => Value::Bool(value),
            Expr::Int(number) if super::rows::is_few(number) => self.run.few(number),
            Expr::Int(_) | Expr::Number(_) | Expr::Bytes(_) | Expr::Ellipsis => Value::Plain,
            Expr::Str(_) => expr.as_str().map_or(Value::Plain, Value::text),
            Expr::FString(run) => {
                for part in expr.body.list(run) {
                    if let Expr::Formatted { value, plain } = part.kind() {
                        let value = self.value(part.at(value));
                        if plain {
                            let at = self.at(part);
                            self.run.show(&value, at);
                        }
                    }
                }
                Value::Plain
            }
            Expr::Formatted { value, .. } => self.value(expr.at(value)),
            Expr::Name(name) => self.name(name),
            Expr::Attribute(object, name) => self.attribute(expr, expr.at(object), name),
            Expr::Subscript(object, index) => self.subscript(expr, expr.at(object), expr.at(index)),
            Expr::Call(..) => {
                let call = expr.as_call().expect("it is a call");
                self.call(call)
            }
            Expr::List(run) | Expr::Tuple(run) | Expr::Set(run) => {
                let elements: Vec<ExprRef<'a>> = expr.body.list(run).collect();
                self.display(&elements)
            }
            Expr::Dict(_) => self.dict(expr),
            Expr::Comprehension(kind, element, clauses) => {
                self.comprehension(kind, expr.at(element), expr.body.clauses(clauses))
            }
            Expr::Starred(inner) | Expr::DoubleStarred(inner) => self.value(expr.at(inner)),
            Expr::Await(inner) => {
                let value = self.value(expr.at(inner));
                self.awaited(expr.at(inner));
                value
            }
            Expr::Binary(op, left, right) => self.binary(op, expr.at(left), expr.at(right)),
            Expr::Unary(op, inner) => {
                if op == UnaryOp::Not {
                    self.test(expr.at(inner));
                } else {
                    self.value(expr.at(inner));
                }
                Value::Plain
            }
            Expr::And(run) | Expr::Or(run) => {
                let mut joined = Value::Never;
                let operands: Vec<ExprRef<'a>> = expr.body.list(run).collect();
                let last = operands.len().saturating_sub(1);
                for (position, operand) in operands.into_iter().enumerate() {
                    let value = self.value(operand);
                    if position < last
                        && let Value::Rows(rows) = &value
                        && rows.manager == super::value::Manager::No
                    {
                        let at = self.at(operand);
                        self.run.fetch(rows, at);
                    }
                    joined = joined.join(value);
                }
                joined
            }
            Expr::Compare(op, left, right) => {
                let left = self.value(expr.at(left));
                let right = self.value(expr.at(right));
                if let (CompareOp::In | CompareOp::NotIn, Value::Rows(rows)) = (op, &right) {
                    let at = self.at(expr);
                    self.run.fetch(rows, at);
                }
                let is_none = match op {
                    CompareOp::Is | CompareOp::IsNot if self.run.records() => {
                        is_none(&left, &right).map(|is_none| is_none == (op == CompareOp::Is))
                    }
                    _ => None,
                };
                compared(op, &left, &right)
                    .or(is_none)
                    .map_or(Value::Plain, Value::Bool)
            }
            Expr::Conditional { test, body, orelse } => match self.known(expr.at(test)) {
                Some(true) => self.value(expr.at(body)),
                Some(false) => self.value(expr.at(orelse)),
                None => {
                    // What is there already is not asked for.
                    let is_kept = is_there(expr.at(test), expr.at(body));
                    let mut fork = self.run.fork();
                    let body = self.value(expr.at(body));
                    self.run.way(&mut fork, true);
                    self.run.caches += u32::from(is_kept);
                    let orelse = self.value(expr.at(orelse));
                    self.run.caches -= u32::from(is_kept);
                    self.run.way(&mut fork, true);
                    self.run.meet(fork);
                    body.join(orelse)
                }
            },
            Expr::Lambda(function) => self.lambda(function),
            Expr::Pair(_, value) => self.value(expr.at(value)),
            Expr::Yield(value) => {
                let value = value.map_or(Value::None, |value| self.value(expr.at(value)));
                self.yield_one(value);
                Value::Unknown
            }
            Expr::YieldFrom(inner) => {
                let many = self.value(expr.at(inner));
                let at = self.at(expr);
                let (element, growth) = self.run.elements(&many, at);
                self.yields = self.yields.max(growth);
                self.yield_one(element);
                Value::Unknown
            }
            Expr::Named(target, inner) => {
                let value = self.value(expr.at(inner));
                self.assign(expr.at(target), value.clone());
                value
            }
            Expr::Slice(..) | Expr::Unpacking | Expr::Unknown => Value::Unknown,
        }
    }

    fn yield_one(&mut self, value: Value) {
        if self.run.is_in_growing_loop() {
            self.yields = Growth::Rows;
        }
        let before = std::mem::replace(&mut self.yielded, Value::Never);
        self.yielded = before.join(super::givens::leaving(&value));
    }

    fn attribute(&mut self, expr: ExprRef<'a>, object: ExprRef<'a>, name: Name) -> Value {
        if let Expr::Name(of) = object.kind()
            && let Some(value) = self.state.attribute(of, name)
        {
            return value.clone();
        }
        let value = self.value(object);
        if super::members::is_of_request(object.last_name(), self.facts.text(name))
            && value == Value::Unknown
        {
            return Value::Input;
        }
        if object.last_name() == Some("request") && value == Value::Unknown {
            return self.run.of_request(self.facts.text(name));
        }
        let at = self.at(expr);
        self.run.site = self.site(expr);
        let found = self.run.member(&value, self.facts.text(name), at);
        self.keep(object, self.facts.text(name), &found);
        found
    }

    /// The same of a generic foreign key, which may lead to any model.
    fn keep_generic(&mut self, object: ExprRef<'a>, name: &str) {
        let Expr::Name(of) = object.kind() else {
            return;
        };
        let mut is_generic = |value: &Value| match value {
            Value::Row(row) => self.run.is_generic(row, name),
            _ => false,
        };
        let known = self.state.get(of).cloned();
        let known = known.filter(|known| known.alternatives().iter().any(&mut is_generic));
        if let Some(rows) = known {
            let rows = rows.each(|row| match row {
                Value::Row(row) => self.run.with_relation(row, name, &Value::Unknown),
                other => other.clone(),
            });
            self.state.change(of, rows);
        }
    }

    /// A relation that was followed is in memory from then on: `order.customer.city` of a name.
    fn keep(&mut self, object: ExprRef<'a>, name: &str, found: &Value) {
        let is_row = |value: &Value| matches!(value, Value::Row(_));
        if !found.alternatives().iter().any(is_row) {
            return self.keep_generic(object, name);
        }
        match object.kind() {
            Expr::Name(of) => match self.state.get(of).cloned() {
                Some(Value::Row(row)) => {
                    let row = self.run.with_relation(&row, name, found);
                    self.state.change(of, row);
                }
                // Which row of which model led to what is not told apart.
                Some(rows @ Value::Either(_)) => {
                    let rows = rows.each(|row| match row {
                        Value::Row(row) => self.run.with_relation(row, name, &Value::Unknown),
                        other => other.clone(),
                    });
                    self.state.change(of, rows);
                }
                _ => {}
            },
            Expr::Attribute(outer, inner) => {
                let outer = object.at(outer);
                let between = self.known_row(object);
                if let Some(row) = between {
                    let row = self.run.with_relation(&row, name, found);
                    self.keep(outer, self.facts.text(inner), &row);
                }
            }
            _ => {}
        }
    }

    /// A row by names and relations that are in memory.
    fn known_row(&mut self, expr: ExprRef<'a>) -> Option<Rc<Row>> {
        match expr.kind() {
            Expr::Name(name) => match self.state.get(name) {
                Some(Value::Row(row)) => Some(Rc::clone(row)),
                _ => None,
            },
            Expr::Attribute(object, name) => {
                let row = self.known_row(expr.at(object))?;
                row.loads.get(self.facts.text(name))?;
                let at = self.at(expr);
                let value = Value::Row(row);
                match self.run.member(&value, self.facts.text(name), at) {
                    Value::Row(row) => Some(row),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn subscript(&mut self, expr: ExprRef<'a>, object: ExprRef<'a>, index: ExprRef<'a>) -> Value {
        let container = self.value(object);
        let at = self.at(expr);
        if let Expr::Slice(lower, upper, _) = index.kind() {
            let lower = lower.map(|lower| self.value(index.at(lower)));
            let upper = upper.map(|upper| self.value(index.at(upper)));
            let is_few = matches!(upper, Some(Value::Few(_)));
            let limit = match (lower, upper) {
                (None, Some(Value::Few(upper))) => Some(u32::from(upper)),
                (Some(Value::Few(lower)), Some(Value::Few(upper))) => {
                    Some(u32::from(upper.saturating_sub(lower)))
                }
                _ => None,
            };
            self.run.site = self.site(expr);
            return self.run.each(&container, |run, container| match container {
                Value::Rows(rows) => run.sliced(rows, is_few, limit),
                Value::Many(many) if run.records() && limit.is_some() => {
                    let few = limit.unwrap_or_default() as usize;
                    Value::Tuple(vec![many.element.clone(); few].into())
                }
                Value::Many(many) if is_few => Value::many(many.element.clone(), Growth::No),
                Value::Many(_) | Value::Tuple(_) => container.clone(),
                _ => Value::Plain,
            });
        }
        let key = self.value(index);
        self.run.site = self.site(expr);
        self.run.each(&container, |run, container| {
            match (container, index.kind()) {
                (Value::Rows(rows), _) => run.indexed(rows, at),
                (Value::Tuple(values), Expr::Int(at)) => {
                    let at = usize::try_from(at).ok();
                    let found = at.and_then(|at| values.get(at));
                    found.cloned().unwrap_or(Value::Unknown)
                }
                (Value::Many(many), Expr::Int(_)) => many.element.clone(),
                (container, _) => run.item(container, &key),
            }
        })
    }

    fn display(&mut self, elements: &[ExprRef<'a>]) -> Value {
        let mut values: Vec<Value> = Vec::with_capacity(elements.len());
        let mut more: Option<(Value, Growth)> = None;
        for &element in elements {
            if let Expr::Starred(inner) = element.kind() {
                let many = self.value(element.at(inner));
                let at = self.at(element);
                let (element, growth) = self.run.elements(&many, at);
                let (known, grows) = more.take().unwrap_or((Value::Never, Growth::No));
                more = Some((known.join(element), grows.max(growth)));
            } else {
                values.push(self.value(element));
            }
        }
        match more {
            None => Value::Tuple(values.into()),
            Some((element, growth)) => {
                Value::many(values.into_iter().fold(element, Value::join), growth)
            }
        }
    }

    fn dict(&mut self, expr: ExprRef<'a>) -> Value {
        let mut dict = Dict::default();
        let items: Vec<_> = expr.items().into_iter().flatten().collect();
        for (key, value) in items {
            let value = self.value(value);
            match key {
                None => {
                    if let Value::Dict(other) = &value {
                        dict = dict.join(other);
                    } else {
                        dict.other.get_or_insert(Value::Unknown);
                    }
                }
                Some(key) => {
                    let key = self.value(key);
                    dict.add(&key, value, Growth::No);
                }
            }
        }
        Value::Dict(Rc::new(dict))
    }

    fn comprehension(
        &mut self,
        kind: ComprehensionKind,
        element: ExprRef<'a>,
        clauses: &'a [Clause],
    ) -> Value {
        let before = self.state.clone();
        let loops = self.run.loops.len();
        let mut growth = Growth::No;
        for clause in clauses {
            let iter = element.at(clause.iter);
            let many = self.value(iter);
            let at = self.at(iter);
            let (each, grows) = if clause.is_async {
                self.run.apart(|run| run.elements(&many, at))
            } else {
                self.run.elements(&many, at)
            };
            let grows = self.given_growth(iter, grows);
            growth = growth.max(grows);
            let each = self.run.enter_elements(&each, grows, at);
            self.assign(element.at(clause.target), each);
            for condition in element.body.list(clause.conditions) {
                self.test(condition);
            }
        }
        let value = if let Expr::Pair(key, value) = element.kind() {
            self.value(element.at(key));
            self.value(element.at(value))
        } else {
            self.value(element)
        };
        self.run.leave(loops);
        self.state.restore_names(before);
        let value = super::givens::leaving(&value);
        if kind == ComprehensionKind::Dict {
            return Value::Dict(Rc::new(Dict {
                known: BTreeMap::new(),
                other: Some(value),
                is_growing: growth == Growth::Rows,
            }));
        }
        Value::many(value, growth)
    }

    fn lambda(&mut self, function: FunctionId) -> Value {
        let body = self.facts.function(function).body;
        let captured = self.captured_by(body);
        Value::Function(Rc::new(Callable {
            function: FunctionRef {
                module: self.module,
                function,
            },
            own: None,
            captured,
            given: Rc::new([]),
        }))
    }

    fn binary(&mut self, op: BinaryOp, left: ExprRef<'a>, right: ExprRef<'a>) -> Value {
        let one = self.value(left);
        let two = self.value(right);
        let at = self.at(left);
        match (op, &one) {
            (BinaryOp::Mod, Value::Text(_)) => {
                match &two {
                    Value::Tuple(values) => {
                        for value in values.iter() {
                            self.run.show(value, at);
                        }
                    }
                    value => self.run.show(value, at),
                }
                Value::Plain
            }
            (BinaryOp::BitOr | BinaryOp::BitAnd, Value::Rows(_)) => one.join(two),
            (BinaryOp::BitOr, Value::Dict(one)) => match &two {
                Value::Dict(two) => Value::Dict(Rc::new(one.join(two))),
                _ => Value::Dict(Rc::clone(one)),
            },
            (BinaryOp::Add, Value::Many(_) | Value::Tuple(_)) => {
                let changed = self.run.changed(&one, "extend", &Arguments::of([two]), at);
                changed.unwrap_or(Value::Unknown)
            }
            (BinaryOp::Add, Value::Text(_)) => Value::Plain,
            // One of them need not hold.
            (BinaryOp::BitOr, Value::Lookups(_)) if !self.run.records() => Value::Plain,
            (BinaryOp::BitOr | BinaryOp::BitAnd, Value::Lookups(one)) => match &two {
                Value::Lookups(two) => {
                    Value::Lookups(one.iter().chain(two.iter()).cloned().collect())
                }
                _ => Value::Lookups(Rc::clone(one)),
            },
            (_, Value::Unknown) => Value::Unknown,
            _ => Value::Plain,
        }
    }

    // ---- calls ----

    fn call(&mut self, call: CallRef<'a>) -> Value {
        if let Some(own) = self.super_call(call) {
            return own;
        }
        let Some((object, name)) = call.callee.as_attribute() else {
            let callee = self.value(call.callee);
            return self.call_value(call, &callee);
        };
        let at = self.at(call.expr);
        if let Expr::Attribute(of, attribute) = call.callee.kind()
            && let Expr::Name(of) = call.callee.at(of).kind()
            && let Some(set) = self.state.attribute(of, attribute).cloned()
        {
            return self.call_value(call, &set);
        }
        let container = self.value(object);
        if let Value::Outside(_) = &container {
            let callee = self.run.member(&container, name, at);
            return self.call_value(call, &callee);
        }
        let place = self.value_ref(call.expr);
        self.run.engine.remember_call(place, &container, name);
        // What only a row that fails is asked for is not asked of each.
        let doubts = u32::from(self.run.conditions > 0 && tells_of_trouble(&container, name));
        self.run.caches += doubts;
        let given = self.arguments(call);
        self.run.site = self.site(call.expr);
        let result = self.run.call_method(&container, name, &given, at);
        self.run.caches -= doubts;
        if CHANGING.contains(&name)
            && let Some(changed) = self.run.changed(&container, name, &given, at)
        {
            self.change(object, changed);
        }
        result
    }

    /// Calls something that is no method.
    fn call_value(&mut self, call: CallRef<'a>, callee: &Value) -> Value {
        let given = self.arguments(call);
        let at = self.at(call.expr);
        self.run.site = self.site(call.expr);
        let Value::Outside(dotted) = callee else {
            return self.run.call(callee, &given, at);
        };
        if dotted.ends_with("_object_or_404") || dotted.ends_with("_list_or_404") {
            let place = self.value_ref(call.expr);
            if let Some(of) = given.positional.first() {
                self.run.engine.remember_rows(place, of);
            }
        }
        if dotted.ends_with("prefetch_related_objects") {
            self.prefetch_objects(call, &given);
        }
        let result = self.run.call(callee, &given, at);
        match &**dotted {
            "builtins.hasattr" | "builtins.getattr" => {
                let object = call.positional().next();
                if let (Some(object), [value, Value::Text(name), ..]) =
                    (object, &given.positional[..])
                {
                    let found = self.run.member(value, name, at);
                    self.keep(object, name, &found);
                }
                result
            }
            _ => result,
        }
    }

    fn arguments(&mut self, call: CallRef<'a>) -> Arguments {
        let mut given = Arguments::default();
        let facts = self.facts;
        let seeks = matches!(call.callee.as_name(), Some("all" | "any" | "next"));
        for argument in call.arguments() {
            let expr = call.expr.at(argument.value);
            let before = self.run.events.len();
            let value = self.value(expr);
            if seeks
                && matches!(
                    expr.kind(),
                    Expr::Comprehension(ComprehensionKind::Generator, ..)
                )
            {
                self.run.doubt_search_behind(before);
            }
            match (argument.keyword, expr.kind()) {
                (Some(keyword), _) => {
                    let keyword: Arc<str> = facts.text(keyword).into();
                    given.row = self.given_row(&keyword, expr).or(given.row);
                    given.keywords.push((keyword, value));
                }
                (None, Expr::Starred(_)) => match value {
                    Value::Tuple(values) => given.positional.extend(values.iter().cloned()),
                    Value::Rows(rows) if self.run.records() => {
                        let at = self.at(expr);
                        self.run.fetch(&rows, at);
                        given.is_open = true;
                    }
                    _ => given.is_open = true,
                },
                (None, Expr::DoubleStarred(_)) => match value {
                    Value::Dict(dict) => {
                        let known = dict.known.iter();
                        given
                            .keywords
                            .extend(known.map(|(name, value)| (Arc::clone(name), value.clone())));
                        given.is_open |= dict.other.is_some();
                    }
                    _ => given.is_open = true,
                },
                (None, _) => given.positional.push(value),
            }
        }
        given
    }

    /// The row that a keyword is given, or of which it is given something: `order=order`,
    /// `pk=order.customer_id`. What comes of a loop is something of a row as well.
    fn given_row(&self, keyword: &str, expr: ExprRef<'a>) -> Option<GivenRow> {
        let is_key = |name: &str| matches!(name, "id" | "pk");
        if let Expr::Attribute(object, name) = expr.kind()
            && let Expr::Name(of) = expr.at(object).kind()
            && let Some(Value::Row(row)) = self.state.get(of)
            && is_key(keyword)
            && is_key(self.facts.text(name))
        {
            return Some(GivenRow::ItsKey(row.model));
        }
        let mut root = expr;
        let name = loop {
            match root.kind() {
                Expr::Name(name) => break name,
                Expr::Attribute(object, _) | Expr::Subscript(object, _) | Expr::Call(object, _) => {
                    root = root.at(object);
                }
                _ => return None,
            }
        };
        let is_looped = self.run.depth() > 0 && !self.params.contains(&name);
        let is_row = |value: &Value| match value {
            Value::Row(_) => true,
            Value::Plain => is_looped,
            _ => false,
        };
        let value = self.state.get(name)?;
        let is_given = value.alternatives().iter().any(is_row);
        is_given.then_some(GivenRow::Otherwise)
    }

    /// `super()`, with or without arguments.
    fn super_call(&mut self, call: CallRef<'a>) -> Option<Value> {
        if call.callee.as_name() != Some("super") {
            return None;
        }
        let (_, own) = self.own.clone()?;
        let class = match call.positional().next() {
            Some(class) => match self.value(class) {
                Value::Class(class) => class,
                _ => return Some(Value::Unknown),
            },
            None => self.class?,
        };
        Some(Value::Super(class, Box::new(own)))
    }

    /// `prefetch_related_objects(rows, ...)`: the rows of a name have more loaded from here on.
    fn prefetch_objects(&mut self, call: CallRef<'a>, given: &Arguments) {
        let Some(target) = call.positional().next() else {
            return;
        };
        let Some(many) = given.positional.first() else {
            return;
        };
        let at = self.at(call.expr);
        let changed = self
            .run
            .with_prefetched(many, &given.positional[1..], given.is_open, at);
        let elements = target.elements().map(Iterator::collect::<Vec<_>>);
        match (&changed, elements) {
            (Value::Tuple(values), Some(targets)) if values.len() == targets.len() => {
                for (target, value) in targets.into_iter().zip(values.iter()) {
                    self.change(target, value.clone());
                }
            }
            _ => self.change(target, changed),
        }
    }
}

/// Whether a condition asks for the very value that it leads to: `count if count is not None else ..`.
fn is_there(test: ExprRef<'_>, value: ExprRef<'_>) -> bool {
    let asked = match test.kind() {
        Expr::Compare(CompareOp::IsNot, left, right) if test.at(right).is_none() => test.at(left),
        _ => test,
    };
    let bound = asked
        .as_name()
        .and_then(|name| only_value(asked.body, name));
    // A column with something to fall back on is no cache, but `self._known` is.
    let is_column = |(_, name): (ExprRef<'_>, &str)| !name.starts_with('_');
    let dotted = asked.dotted();
    dotted.is_some()
        && dotted == value.dotted()
        && !bound.unwrap_or(asked).as_attribute().is_some_and(is_column)
}

/// Whether a value that is compared with `None` is that.
fn is_none(left: &Value, right: &Value) -> Option<bool> {
    match (left, right) {
        (Value::None, Value::None) => Some(true),
        _ => None,
    }
}

/// What comparing texts gives: `self.action == "list"`, `self.action in ("list", "retrieve")`.
fn compared(op: CompareOp, left: &Value, right: &Value) -> Option<bool> {
    let Value::Text(text) = left else {
        return None;
    };
    match (op, right) {
        (CompareOp::Eq, Value::Text(other)) => Some(text == other),
        (CompareOp::NotEq, Value::Text(other)) => Some(text != other),
        (CompareOp::In | CompareOp::NotIn, Value::Tuple(values)) => {
            let is_text = |value: &Value| matches!(value, Value::Text(_));
            let is_in = values.contains(left);
            values
                .iter()
                .all(is_text)
                .then_some(is_in == (op == CompareOp::In))
        }
        _ => None,
    }
}
