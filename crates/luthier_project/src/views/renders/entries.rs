//! What code puts into a context's dict.

use std::collections::BTreeMap;

use super::{assigned, is_super_call};
use crate::facts::ir::{Owner, ParamKind, Stmt};
use crate::facts::{BodyRef, Expr, ExprId, ExprRef};
use crate::flows::Held;

/// The entries of a dict that is followed to its end.
#[derive(Debug, Default)]
pub(super) struct Entries<'a> {
    all: Vec<(&'a str, ExprRef<'a>)>,
    /// Whether it goes on from what `super()` gives.
    pub(super) inherits: bool,
    steps: u32,
}

/// Dicts that lead to dicts deeper than this are not followed.
const MAX_DEPTH: u32 = 8;

/// Nor are more of them than this.
const MAX_STEPS: u32 = 200;

impl<'a> Entries<'a> {
    /// The entries of a dict; `method` is the one whose `super()` gives a dict to go on from.
    /// `None` where something may add or change entries that is not understood.
    pub(super) fn of(dict: ExprRef<'a>, method: Option<&str>) -> Option<Self> {
        let mut entries = Self::default();
        entries.add(dict, method, 0)?;
        Some(entries)
    }

    /// What each name holds; names with several values hold what all of them are.
    pub(super) fn held(&self, mut held: impl FnMut(ExprRef<'a>) -> Held) -> BTreeMap<String, Held> {
        let mut names: BTreeMap<String, Held> = BTreeMap::new();
        for &(name, value) in &self.all {
            let value = held(value);
            names
                .entry(name.to_owned())
                .and_modify(|known| *known = known.join(value))
                .or_insert(value);
        }
        names
    }

    /// Takes in what another dict has too.
    pub(super) fn extend(&mut self, other: Self) {
        self.all.extend(other.all);
        self.inherits |= other.inherits;
    }

    fn add(&mut self, dict: ExprRef<'a>, method: Option<&str>, depth: u32) -> Option<()> {
        self.steps += 1;
        if depth > MAX_DEPTH || self.steps > MAX_STEPS {
            return None;
        }
        match dict.kind() {
            Expr::None => {}
            Expr::Dict(_) => {
                for (key, value) in dict.items()? {
                    match key {
                        Some(key) => self.all.push((key.as_str()?, value)),
                        None => self.add(value, method, depth + 1)?,
                    }
                }
            }
            Expr::Call(..) => {
                let call = dict.as_call()?;
                let is_super = method.is_some_and(|method| is_super_call(call, method));
                if !is_super && call.callee.as_name() != Some("dict") {
                    return None;
                }
                self.inherits |= is_super;
                self.all.extend(call.keywords());
                for argument in call.arguments() {
                    match dict.at(argument.value).kind() {
                        Expr::DoubleStarred(inner) => {
                            self.add(dict.at(inner), method, depth + 1)?;
                        }
                        _ if argument.keyword.is_some() => {}
                        _ if is_super => return None,
                        _ => self.add(dict.at(argument.value), method, depth + 1)?,
                    }
                }
            }
            Expr::Name(_) => self.add_name(dict.body, dict.as_name()?, method, depth)?,
            _ => return None,
        }
        Some(())
    }

    /// A name's dict, with all that the scope does to it.
    fn add_name(
        &mut self,
        body: BodyRef<'a>,
        name: &'a str,
        method: Option<&str>,
        depth: u32,
    ) -> Option<()> {
        match assigned(body, name) {
            Some(values) => {
                for value in values {
                    if value.as_name() != Some(name) {
                        self.add(value, method, depth + 1)?;
                    }
                }
            }
            // What callers pass on in `**kwargs` is theirs.
            None if is_keywords(body, name) && method.is_some() => {}
            None => return None,
        }
        let mut seen: Vec<ExprId> = Vec::new();
        for statement in body.all_statements() {
            let targets = match statement.kind() {
                Stmt::Assign { targets, .. } => body.list(targets).collect(),
                _ => Vec::new(),
            };
            for target in targets {
                if target.as_name() == Some(name) {
                    seen.push(target.id);
                }
                if let Expr::Subscript(object, key) = target.kind()
                    && target.at(object).as_name() == Some(name)
                    && let Stmt::Assign { value, .. } = statement.kind()
                {
                    let key = target.at(key).as_str()?;
                    self.all.push((key, body.expr(value)));
                    seen.push(object);
                }
            }
        }
        for expr in body.exprs() {
            match expr.kind() {
                // Reading is fine.
                Expr::Subscript(object, key) if expr.at(key).as_str().is_some() => {
                    seen.push(object);
                }
                Expr::Call(..) => {
                    let call = expr.as_call()?;
                    if let Some((object, called)) = call.callee.as_attribute()
                        && object.as_name() == Some(name)
                    {
                        match called {
                            "update" => {
                                self.all.extend(call.keywords());
                                for given in call.positional() {
                                    self.add(given, method, depth + 1)?;
                                }
                            }
                            "get" => {}
                            _ => return None,
                        }
                        seen.push(object.id);
                    }
                    seen.extend(passed(expr, method));
                }
                Expr::Compare(_, _, right) => seen.push(right),
                Expr::Dict(_) => {
                    let unpacked = expr.items()?.filter(|(key, _)| key.is_none());
                    seen.extend(unpacked.map(|(_, value)| value.id));
                }
                _ => {}
            }
        }
        let returned = body
            .all_statements()
            .filter_map(|statement| match statement.kind() {
                Stmt::Return(value) => value,
                _ => None,
            });
        seen.extend(returned);
        let is_understood =
            |expr: ExprRef<'_>| expr.as_name() != Some(name) || seen.contains(&expr.id);
        body.exprs().all(is_understood).then_some(())
    }
}

/// The arguments of a call that only hand a dict on: to a template, or to `super()` in pieces.
fn passed(expr: ExprRef<'_>, method: Option<&str>) -> Vec<ExprId> {
    let Some(call) = expr.as_call() else {
        return Vec::new();
    };
    let callee = call.callee;
    let last = callee.last_name();
    let hands_on = matches!(
        last,
        Some(
            "render"
                | "render_to_string"
                | "render_to_response"
                | "TemplateResponse"
                | "SimpleTemplateResponse"
                | "dict"
                | "len"
        )
    ) || method.is_some_and(|method| last == Some(method));
    let arguments = call.arguments().iter().map(|argument| argument.value);
    arguments
        .filter_map(|value| match expr.at(value).kind() {
            // Pieces of a dict are a copy.
            Expr::DoubleStarred(inner) => Some(inner),
            Expr::Name(_) if hands_on => Some(value),
            _ => None,
        })
        .collect()
}

/// Whether a name is the function's `**kwargs`.
fn is_keywords(body: BodyRef<'_>, name: &str) -> bool {
    let Owner::Function(function) = body.owner() else {
        return false;
    };
    let mut params = body.facts.function(function).params.iter();
    params.any(|param| param.kind == ParamKind::Keywords && body.facts.text(param.name) == name)
}
