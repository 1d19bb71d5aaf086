//! Expressions.

use std::rc::Rc;

use super::Machine;
use super::calls::Args;
use super::statements::Flow;
use super::value::{CodePlace, FrameId, Item, Value, When};
use crate::facts::ir::{BinaryOp, CompareOp, ComprehensionKind, UnaryOp};
use crate::facts::{Expr, ExprRef, Run};
use crate::modules::FunctionRef;

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::routes) enum Truth {
    Known(bool),
    /// Not decided: what holds when it is true, and when it is not.
    Open {
        yes: When,
        no: When,
    },
}

impl Truth {
    const MAYBE: Self = Self::Open {
        yes: When {
            debug: None,
            maybe: true,
        },
        no: When {
            debug: None,
            maybe: true,
        },
    };

    fn debug(on: bool) -> Self {
        let when = |debug| When {
            debug: Some(debug),
            maybe: false,
        };
        Self::Open {
            yes: when(on),
            no: when(!on),
        }
    }

    fn not(self) -> Self {
        match self {
            Self::Known(value) => Self::Known(!value),
            Self::Open { yes, no } => Self::Open { yes: no, no: yes },
        }
    }
}

impl<'a> Machine<'a> {
    pub(in crate::routes) fn expr(&mut self, frame: FrameId, expr: ExprRef<'a>) -> Value {
        if !self.step() {
            return Value::Unknown;
        }
        let facts = expr.facts();
        match expr.kind() {
            Expr::None => Value::None,
            Expr::Bool(value) => Value::Bool(value),
            Expr::Int(value) => Value::Int(value),
            Expr::Str(name) => Value::str(facts.text(name)),
            Expr::FString(run) => self.f_string(frame, expr, run),
            Expr::Name(name) => self.name(frame, facts.text(name)),
            Expr::Attribute(value, name) => {
                let value = self.expr(frame, expr.at(value));
                self.attribute(&value, facts.text(name))
            }
            Expr::Subscript(value, key) => {
                let value = self.expr(frame, expr.at(value));
                self.subscript(frame, &value, expr.at(key))
            }
            Expr::Call(..) => self.call(frame, expr.as_call().expect("it is a call")),
            Expr::List(run) => {
                let items = self.elements(frame, expr, run);
                self.heap.list(items)
            }
            Expr::Tuple(run) | Expr::Set(run) => {
                Value::Tuple(self.elements(frame, expr, run).into())
            }
            Expr::Dict(_) => self.dict(frame, expr),
            Expr::Binary(op, left, right) => {
                let left = self.expr(frame, expr.at(left));
                let right = self.expr(frame, expr.at(right));
                let place = self.place(frame, expr);
                self.binary(op, &left, &right, place)
            }
            Expr::Unary(UnaryOp::Minus, value) => match self.expr(frame, expr.at(value)) {
                Value::Int(value) => Value::Int(-value),
                _ => Value::Unknown,
            },
            Expr::Unary(UnaryOp::Not, _) | Expr::Compare(..) => match self.truth(frame, expr) {
                Truth::Known(value) => Value::Bool(value),
                Truth::Open { .. } => Value::Unknown,
            },
            Expr::And(run) | Expr::Or(run) => self.one_of(frame, expr, run),
            Expr::Conditional { test, body, orelse } => {
                self.conditional(frame, expr.at(test), expr.at(body), expr.at(orelse))
            }
            Expr::Lambda(function) => {
                let module = self.frame(frame).module;
                Value::Function(FunctionRef { module, function }, Some(frame))
            }
            Expr::Comprehension(kind, element, clauses) => {
                self.comprehension(frame, expr, kind, element, clauses)
            }
            Expr::Named(target, value) => {
                let value = self.expr(frame, expr.at(value));
                self.assign(frame, expr.at(target), value.clone());
                value
            }
            Expr::Yield(Some(value)) => {
                let value = self.expr(frame, expr.at(value));
                let item = self.item(value, self.place(frame, expr));
                self.frame_mut(frame).yields.push(item);
                Value::Unknown
            }
            Expr::YieldFrom(value) => {
                let value = self.expr(frame, expr.at(value));
                let items = self.iterate(&value);
                let items = items
                    .unwrap_or_else(|| vec![self.item(Value::Unknown, self.place(frame, expr))]);
                self.frame_mut(frame).yields.extend(items);
                Value::Unknown
            }
            _ => Value::Unknown,
        }
    }

    fn f_string(&mut self, frame: FrameId, whole: ExprRef<'a>, run: Run) -> Value {
        let mut text = String::new();
        for part in whole.body.list(run) {
            match part.kind() {
                Expr::Str(name) => text.push_str(whole.facts().text(name)),
                Expr::Formatted { value, .. } => match self.expr(frame, part.at(value)) {
                    Value::Str(value) => text.push_str(&value),
                    Value::Int(value) => text.push_str(&value.to_string()),
                    _ => return Value::Unknown,
                },
                _ => return Value::Unknown,
            }
        }
        Value::str(&text)
    }

    fn elements(&mut self, frame: FrameId, whole: ExprRef<'a>, run: Run) -> Vec<Item> {
        let mut items = Vec::with_capacity(run.len as usize);
        for element in whole.body.list(run) {
            let place = self.place(frame, element);
            if let Expr::Starred(inner) = element.kind() {
                let inner = self.expr(frame, element.at(inner));
                match self.iterate(&inner) {
                    Some(more) => items.extend(more),
                    None => items.push(self.item(Value::Unknown, place)),
                }
                continue;
            }
            let value = self.expr(frame, element);
            items.push(self.item(value, place));
        }
        items
    }

    fn dict(&mut self, frame: FrameId, expr: ExprRef<'a>) -> Value {
        let dict = self.heap.dict(Vec::new());
        for (key, value) in expr.items().expect("it is a dict display") {
            let value = self.expr(frame, value);
            match key {
                Some(key) => {
                    let key = self.expr(frame, key);
                    let entry = self.heap.dict(vec![(key, value)]);
                    self.update(&dict, &entry);
                }
                None => self.update(&dict, &value),
            }
        }
        dict
    }

    pub(in crate::routes) fn binary(
        &mut self,
        op: BinaryOp,
        left: &Value,
        right: &Value,
        place: CodePlace,
    ) -> Value {
        match (op, left, right) {
            (BinaryOp::Add, Value::Str(left), Value::Str(right)) => {
                Value::str(&format!("{left}{right}"))
            }
            (BinaryOp::Add, Value::Int(left), Value::Int(right)) => {
                left.checked_add(*right).map_or(Value::Unknown, Value::Int)
            }
            (BinaryOp::Add, Value::Tuple(left), Value::Tuple(right)) => {
                Value::Tuple(left.iter().chain(right.iter()).cloned().collect())
            }
            (BinaryOp::Add, Value::List(_), _) | (BinaryOp::Add, _, Value::List(_)) => {
                let mut items = Vec::new();
                for side in [left, right] {
                    match self.iterate(side) {
                        Some(more) => items.extend(more),
                        None => items.push(self.item(Value::Unknown, place)),
                    }
                }
                self.heap.list(items)
            }
            (BinaryOp::BitOr, Value::Dict(_), Value::Dict(_)) => {
                let dict = self.heap.dict(Vec::new());
                self.update(&dict, left);
                self.update(&dict, right);
                dict
            }
            (BinaryOp::Mod, Value::Str(format), _) => self.percent(format, right),
            _ => Value::Unknown,
        }
    }

    fn subscript(&mut self, frame: FrameId, value: &Value, key: ExprRef<'a>) -> Value {
        if let Expr::Slice(lower, upper, None) = key.kind() {
            return self.slice(
                frame,
                value,
                key,
                lower.map(|id| key.at(id)),
                upper.map(|id| key.at(id)),
            );
        }
        let key = self.expr(frame, key);
        if let (Some(entries), Value::Str(_) | Value::Int(_)) = (self.heap.entries(value), &key) {
            let found = entries.iter().find(|(known, _)| *known == key);
            return found.map_or(Value::Unknown, |(_, value)| value.clone());
        }
        let (Some(items), Value::Int(index)) = (self.heap.items(value), &key) else {
            return Value::Unknown;
        };
        if items.iter().any(|item| item.value == Value::Unknown) {
            return Value::Unknown;
        }
        let from_end = usize::try_from(index.unsigned_abs()).ok();
        let index = if *index < 0 {
            from_end.and_then(|back| items.len().checked_sub(back))
        } else {
            from_end
        };
        let item = index.and_then(|index| items.get(index));
        item.map_or(Value::Unknown, |item| item.value.clone())
    }

    fn slice(
        &mut self,
        frame: FrameId,
        value: &Value,
        place: ExprRef<'a>,
        lower: Option<ExprRef<'a>>,
        upper: Option<ExprRef<'a>>,
    ) -> Value {
        let bound =
            |machine: &mut Self, expr: Option<ExprRef<'a>>, length: usize, default: usize| {
                let Some(expr) = expr else {
                    return Some(default);
                };
                match machine.expr(frame, expr) {
                    Value::Int(index) => Some(position(index, length)),
                    Value::None => Some(default),
                    _ => None,
                }
            };
        if let Value::Str(text) = value {
            let chars: Vec<char> = text.chars().collect();
            let range = (
                bound(self, lower, chars.len(), 0),
                bound(self, upper, chars.len(), chars.len()),
            );
            let (Some(low), Some(high)) = range else {
                return Value::Unknown;
            };
            return Value::str(
                &chars
                    .get(low..high)
                    .unwrap_or_default()
                    .iter()
                    .collect::<String>(),
            );
        }
        let Some(items) = self.heap.items(value).map(<[Item]>::to_vec) else {
            return Value::Unknown;
        };
        let range = (
            bound(self, lower, items.len(), 0),
            bound(self, upper, items.len(), items.len()),
        );
        let has_unknown = items.iter().any(|item| item.value == Value::Unknown);
        match range {
            (Some(low), Some(high)) if !has_unknown => self
                .heap
                .list(items.get(low..high).unwrap_or_default().to_vec()),
            _ => {
                let unknown = self.item(Value::Unknown, self.place(frame, place));
                self.heap.list(vec![unknown])
            }
        }
    }

    /// `a or b`, `a and b`: the operand that decides.
    fn one_of(&mut self, frame: FrameId, whole: ExprRef<'a>, run: Run) -> Value {
        let stops_on = matches!(whole.kind(), Expr::Or(_));
        let mut last = Value::Unknown;
        for operand in whole.body.list(run) {
            last = self.expr(frame, operand);
            match self.value_truth(&last) {
                Truth::Known(value) if value == stops_on => return last,
                Truth::Known(_) => {}
                Truth::Open { .. } => return Value::Unknown,
            }
        }
        last
    }

    fn conditional(
        &mut self,
        frame: FrameId,
        test: ExprRef<'a>,
        body: ExprRef<'a>,
        orelse: ExprRef<'a>,
    ) -> Value {
        let (yes, no) = match self.truth(frame, test) {
            Truth::Known(true) => return self.expr(frame, body),
            Truth::Known(false) => return self.expr(frame, orelse),
            Truth::Open { yes, no } => (yes, no),
        };
        let first = self.under(yes, |machine| machine.expr(frame, body));
        let second = self.under(no, |machine| machine.expr(frame, orelse));
        self.either(&[(first, yes), (second, no)])
    }

    /// One of several values, by circumstances; known for lists, whose elements carry them.
    pub(in crate::routes) fn either(&mut self, values: &[(Value, When)]) -> Value {
        let mut distinct: Vec<&(Value, When)> = Vec::new();
        for entry in values {
            if !distinct.iter().any(|known| known.0 == entry.0) {
                distinct.push(entry);
            }
        }
        if let [only] = distinct[..] {
            return only.0.clone();
        }
        let mut items = Vec::new();
        for (value, when) in distinct {
            match self.heap.items(value) {
                Some(more) => items.extend(more.iter().map(|item| Item {
                    when: item.when.and(*when),
                    ..item.clone()
                })),
                None if *value == Value::None => {}
                None => return Value::Unknown,
            }
        }
        self.heap.list(items)
    }

    fn comprehension(
        &mut self,
        frame: FrameId,
        whole: ExprRef<'a>,
        kind: ComprehensionKind,
        element: crate::facts::ExprId,
        clauses: Run,
    ) -> Value {
        let module = self.frame(frame).module;
        let inner = self.frame_for(module, Some(frame));
        let mut items = Vec::new();
        self.comprehend(inner, whole, element, clauses, &mut items);
        match kind {
            ComprehensionKind::Dict => {
                let pair = |item: &Item| match &item.value {
                    Value::Tuple(pair) if pair.len() == 2 => {
                        (pair[0].value.clone(), pair[1].value.clone())
                    }
                    _ => (Value::Unknown, Value::Unknown),
                };
                let entries = items.iter().map(pair).collect();
                self.heap.dict(entries)
            }
            _ => self.heap.list(items),
        }
    }

    fn comprehend(
        &mut self,
        frame: FrameId,
        whole: ExprRef<'a>,
        element: crate::facts::ExprId,
        clauses: Run,
        items: &mut Vec<Item>,
    ) {
        let Some(clause) = whole.body.clauses(clauses).first().copied() else {
            let element = whole.at(element);
            let place = self.place(frame, element);
            let value = match element.kind() {
                Expr::Pair(key, value) => {
                    let parts = [
                        self.expr(frame, element.at(key)),
                        self.expr(frame, element.at(value)),
                    ];
                    Value::Tuple(
                        parts
                            .into_iter()
                            .map(|part| self.item(part, place))
                            .collect(),
                    )
                }
                _ => self.expr(frame, element),
            };
            let item = self.item(value, place);
            items.push(item);
            return;
        };
        let rest = Run {
            start: clauses.start + 1,
            len: clauses.len - 1,
        };
        let iter = self.expr(frame, whole.at(clause.iter));
        self.repeat(frame, whole.at(clause.target), &iter, |machine| {
            let outer = machine.when;
            for condition in whole.body.list(clause.conditions) {
                match machine.truth(frame, condition) {
                    Truth::Known(true) => {}
                    Truth::Known(false) => {
                        machine.when = outer;
                        return Flow::Next;
                    }
                    Truth::Open { yes, .. } => machine.when = machine.when.and(yes),
                }
            }
            machine.comprehend(frame, whole, element, rest, items);
            machine.when = outer;
            Flow::Next
        });
    }

    /// The elements that a loop over `value` sees; `None` where they are not known.
    pub(in crate::routes) fn iterate(&mut self, value: &Value) -> Option<Vec<Item>> {
        match value {
            Value::List(_) | Value::Tuple(_) => self.heap.items(value).map(<[Item]>::to_vec),
            Value::Dict(_) => {
                let keys: Vec<_> = self
                    .heap
                    .entries(value)?
                    .iter()
                    .map(|(key, _)| key.clone())
                    .collect();
                let nowhere = CodePlace::NOWHERE;
                Some(
                    keys.into_iter()
                        .map(|key| self.item(key, nowhere))
                        .collect(),
                )
            }
            _ => None,
        }
    }

    // ---- conditions ----

    pub(in crate::routes) fn truth(&mut self, frame: FrameId, test: ExprRef<'a>) -> Truth {
        match test.kind() {
            Expr::Unary(UnaryOp::Not, inner) => self.truth(frame, test.at(inner)).not(),
            Expr::And(run) | Expr::Or(run) => {
                let is_and = matches!(test.kind(), Expr::And(_));
                let mut all = None;
                for operand in test.body.list(run) {
                    let truth = self.truth(frame, operand);
                    all = Some(all.map_or(truth, |before| both(before, truth, is_and)));
                    if all == Some(Truth::Known(!is_and)) {
                        break;
                    }
                }
                all.unwrap_or(Truth::MAYBE)
            }
            Expr::Compare(op, left, right) => {
                let left = self.expr(frame, test.at(left));
                let right = self.expr(frame, test.at(right));
                self.compare(op, &left, &right)
            }
            _ => {
                let value = self.expr(frame, test);
                self.value_truth(&value)
            }
        }
    }

    pub(in crate::routes) fn value_truth(&self, value: &Value) -> Truth {
        match value {
            Value::Debug => Truth::debug(true),
            Value::None => Truth::Known(false),
            Value::Bool(value) => Truth::Known(*value),
            Value::Int(value) => Truth::Known(*value != 0),
            Value::Str(text) => Truth::Known(!text.is_empty()),
            Value::List(_) | Value::Tuple(_) => {
                let items = self.heap.items(value).unwrap_or_default();
                if items
                    .iter()
                    .any(|item| item.value != Value::Unknown && item.when == When::default())
                {
                    Truth::Known(true)
                } else if items.is_empty() {
                    Truth::Known(false)
                } else {
                    Truth::MAYBE
                }
            }
            Value::Dict(_) => Truth::Known(
                self.heap
                    .entries(value)
                    .is_some_and(|entries| !entries.is_empty()),
            ),
            Value::Unknown | Value::External(_) | Value::Made(_) => Truth::MAYBE,
            _ => Truth::Known(true),
        }
    }

    fn compare(&mut self, op: CompareOp, left: &Value, right: &Value) -> Truth {
        let is_known = |value: &Value| {
            matches!(
                value,
                Value::Str(_) | Value::Int(_) | Value::Bool(_) | Value::None | Value::Class(_)
            )
        };
        match op {
            CompareOp::Eq | CompareOp::Is if is_known(left) && is_known(right) => {
                Truth::Known(left == right)
            }
            CompareOp::NotEq | CompareOp::IsNot if is_known(left) && is_known(right) => {
                Truth::Known(left != right)
            }
            CompareOp::Is | CompareOp::IsNot if *right == Value::None => match left {
                Value::Unknown | Value::External(_) | Value::Made(_) | Value::Debug => Truth::MAYBE,
                _ => Truth::Known(op == CompareOp::IsNot),
            },
            CompareOp::In | CompareOp::NotIn if is_known(left) => {
                if let (Value::Str(part), Value::Str(whole)) = (left, right) {
                    return Truth::Known(whole.contains(&**part) == (op == CompareOp::In));
                }
                let Some(items) = self.iterate(right) else {
                    return Truth::MAYBE;
                };
                if items.iter().any(|item| item.value == *left) {
                    return Truth::Known(op == CompareOp::In);
                }
                if items.iter().any(|item| !is_known(&item.value)) {
                    return Truth::MAYBE;
                }
                Truth::Known(op == CompareOp::NotIn)
            }
            CompareOp::Gt | CompareOp::GtE | CompareOp::Lt | CompareOp::LtE => {
                Self::order(op, left, right)
            }
            _ => Truth::MAYBE,
        }
    }

    fn order(op: CompareOp, left: &Value, right: &Value) -> Truth {
        let ordering = match (left, right) {
            (Value::Int(left), Value::Int(right)) => left.cmp(right),
            (Value::Tuple(left), Value::Tuple(right)) => {
                let ints = |items: &Rc<[Item]>| -> Option<Vec<i64>> {
                    let int = |item: &Item| match item.value {
                        Value::Int(value) => Some(value),
                        _ => None,
                    };
                    items.iter().map(int).collect()
                };
                match (ints(left), ints(right)) {
                    (Some(left), Some(right)) => left.cmp(&right),
                    _ => return Truth::MAYBE,
                }
            }
            _ => return Truth::MAYBE,
        };
        Truth::Known(match op {
            CompareOp::Gt => ordering.is_gt(),
            CompareOp::GtE => ordering.is_ge(),
            CompareOp::Lt => ordering.is_lt(),
            _ => ordering.is_le(),
        })
    }

    fn call(&mut self, frame: FrameId, call: crate::facts::CallRef<'a>) -> Value {
        if call.callee.as_name() == Some("super") {
            return match self.receiver(frame) {
                Some((object, step)) => Value::Super {
                    object,
                    step: step + 1,
                },
                None => Value::Unknown,
            };
        }
        let callee = self.expr(frame, call.callee);
        let place = self.place(frame, call.expr);
        let mut args = Args::default();
        for argument in call.arguments() {
            let value = call.expr.at(argument.value);
            match (argument.keyword, value.kind()) {
                (Some(name), _) => {
                    let value = self.expr(frame, value);
                    args.keywords
                        .push((Rc::from(call.expr.facts().text(name)), value));
                }
                (None, Expr::Starred(inner)) => {
                    let inner = self.expr(frame, value.at(inner));
                    match self.iterate(&inner) {
                        Some(items) => args
                            .positional
                            .extend(items.into_iter().map(|item| item.value)),
                        None => args.open = true,
                    }
                }
                (None, Expr::DoubleStarred(inner)) => {
                    let inner = self.expr(frame, value.at(inner));
                    match self.heap.entries(&inner) {
                        Some(entries) => {
                            for (key, value) in entries {
                                match key {
                                    Value::Str(key) => {
                                        args.keywords.push((Rc::clone(key), value.clone()));
                                    }
                                    _ => args.open = true,
                                }
                            }
                        }
                        None => args.open = true,
                    }
                }
                (None, _) => {
                    let value = self.expr(frame, value);
                    args.positional.push(value);
                }
            }
        }
        self.call_value(callee, args, place)
    }

    /// The instance that the method around a frame was called on.
    fn receiver(&self, frame: FrameId) -> Option<(super::value::ObjectId, u32)> {
        let mut current = Some(frame);
        while let Some(id) = current {
            let frame = self.frame(id);
            if frame.receiver.is_some() {
                return frame.receiver;
            }
            current = frame.parent;
        }
        None
    }
}

fn both(first: Truth, second: Truth, is_and: bool) -> Truth {
    match (first, second) {
        (Truth::Known(value), other) | (other, Truth::Known(value)) => {
            if value == is_and {
                other
            } else {
                Truth::Known(value)
            }
        }
        (Truth::Open { yes: a, no: b }, Truth::Open { yes: c, no: d }) => {
            let maybe = When {
                debug: None,
                maybe: true,
            };
            if is_and {
                Truth::Open {
                    yes: a.and(c),
                    no: maybe,
                }
            } else {
                Truth::Open {
                    yes: maybe,
                    no: b.and(d),
                }
            }
        }
    }
}

/// Where an index of a slice points to in something of a length.
pub(super) fn position(index: i64, length: usize) -> usize {
    let distance = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
    if index < 0 {
        length.saturating_sub(distance)
    } else {
        distance.min(length)
    }
}
