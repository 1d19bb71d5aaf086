//! Operators, and text that is put together.

use super::values::{K, V};
use super::{Evaluator, Frame, Outcome};
use crate::facts::ExprRef;
use crate::facts::ir::{BinaryOp, UnaryOp};
use crate::place::Place;
use crate::settings::value::Cast;

impl<'a> Evaluator<'a> {
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

    pub(super) fn unary(
        &mut self,
        frame: &Frame<'a>,
        op: UnaryOp,
        value: &V<'a>,
        expr: ExprRef<'a>,
    ) -> V<'a> {
        let place = Self::place_of(frame, expr);
        match (op, &value.kind) {
            (UnaryOp::Not, _) => {
                let verdict = self.verdict(frame, value, expr);
                let not = super::verdicts::negate(verdict);
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
