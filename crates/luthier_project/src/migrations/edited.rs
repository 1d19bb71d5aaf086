//! Whether a migration does what it did at another commit.

use std::fmt::Write;

use crate::facts::ir::BindingKind;
use crate::facts::{BodyRef, Expr, ExprRef, PythonFacts};

/// What a migration does otherwise than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edited {
    /// Its list of operations.
    Operations,
    /// A function of its module, which is run.
    Function(String),
}

/// Arguments that change nothing in a database: what only forms, checks and Python see of a field
/// (`Field.non_db_attrs` of Django 5.2), and how an operation is undone or squashed.
const HARMLESS: &[&str] = &[
    "blank",
    "choices",
    "editable",
    "elidable",
    "error_messages",
    "help_text",
    "hints",
    "limit_choices_to",
    "related_name",
    "related_query_name",
    "reverse_code",
    "reverse_sql",
    "upload_to",
    "storage",
    "validators",
    "verbose_name",
];

/// What the code of a migration does otherwise than an earlier text of it, as far as databases are
/// concerned: comments, layout, labels and ways back do not count.
pub fn edited(before: &PythonFacts, now: &PythonFacts) -> Option<Edited> {
    if !before.problems.is_empty() || !now.problems.is_empty() {
        return None;
    }
    if operations(before)? != operations(now)? {
        return Some(Edited::Operations);
    }
    let functions = |facts: &PythonFacts| -> Vec<(String, String)> {
        let bindings = facts.module().body().bindings.iter();
        let named = bindings.filter_map(|binding| match binding.kind {
            BindingKind::Function(id) => {
                let body = facts.body(facts.function(id).body);
                Some((facts.text(binding.name).to_owned(), code_of(body)))
            }
            _ => None,
        });
        named.collect()
    };
    let after = functions(now);
    functions(before).into_iter().find_map(|(name, code)| {
        let (_, now) = after.iter().find(|(other, _)| *other == name)?;
        (code != *now).then_some(Edited::Function(name))
    })
}

/// The operations of the class in one form each, apart from what is harmless.
fn operations(facts: &PythonFacts) -> Option<Vec<String>> {
    let BindingKind::Class(class) = facts.module().binding("Migration")?.kind else {
        return None;
    };
    let body = facts.body(facts.class(class).body);
    let Some(binding) = body.binding("operations") else {
        return Some(Vec::new());
    };
    let BindingKind::Value(list) = binding.kind else {
        return None;
    };
    let elements = body.expr(list).elements()?;
    Some(elements.map(code).collect())
}

fn code(expr: ExprRef<'_>) -> String {
    let mut text = String::new();
    write(expr, &mut text);
    text
}

/// An expression in one form. Names stand for themselves, wherever they are imported from: classes and
/// functions that migrations name may move.
fn write(expr: ExprRef<'_>, out: &mut String) {
    let facts = expr.facts();
    match expr.kind() {
        Expr::Name(name) => out.push_str(own_name(facts, facts.text(name))),
        Expr::Str(text) | Expr::Bytes(text) | Expr::Number(text) => {
            let _ = write!(out, "{:?}", facts.text(text));
        }
        Expr::Attribute(_, name) => out.push_str(facts.text(name)),
        Expr::Call(callee, _) => {
            write(expr.at(callee), out);
            out.push('(');
            let has_reverse = matches!(expr.at(callee).last_name(), Some("RunPython" | "RunSQL"));
            let arguments = expr.as_call().map_or(&[][..], |call| call.arguments());
            for (position, argument) in arguments.iter().enumerate() {
                let keyword = argument.keyword.map_or("", |name| facts.text(name));
                let is_reverse = has_reverse && position == 1 && keyword.is_empty();
                if HARMLESS.contains(&keyword) || is_reverse {
                    continue;
                }
                let _ = write!(out, "{keyword}=");
                write(expr.at(argument.value), out);
                out.push(',');
            }
            out.push(')');
        }
        Expr::List(run) | Expr::Tuple(run) => all("list", expr.body.list(run), out),
        Expr::Set(run) => all("set", expr.body.list(run), out),
        Expr::Dict(run) => all("dict", expr.body.list(run), out),
        Expr::FString(run) => all("text", expr.body.list(run), out),
        Expr::And(run) => all("and", expr.body.list(run), out),
        Expr::Or(run) => all("or", expr.body.list(run), out),
        Expr::Formatted { value, .. } | Expr::Starred(value) | Expr::DoubleStarred(value) => {
            write(expr.at(value), out);
        }
        Expr::Binary(op, left, right) => {
            let parts = [expr.at(left), expr.at(right)];
            all(&format!("{op:?}"), parts.into_iter(), out);
        }
        Expr::Unary(op, value) => {
            all(&format!("{op:?}"), [expr.at(value)].into_iter(), out);
        }
        Expr::Subscript(object, index) => {
            let parts = [expr.at(object), expr.at(index)];
            all("item", parts.into_iter(), out);
        }
        Expr::Lambda(id) => out.push_str(&code_of(facts.body(facts.function(id).body))),
        // None, numbers and truths, which hold nothing; what remains is rare among operations.
        Expr::None | Expr::Bool(_) | Expr::Int(_) | Expr::Ellipsis => {
            let _ = write!(out, "{:?}", expr.kind());
        }
        _ => out.push('?'),
    }
}

/// Several expressions under one head.
fn all<'a>(head: &str, items: impl Iterator<Item = ExprRef<'a>>, out: &mut String) {
    out.push_str(head);
    out.push('(');
    for item in items {
        write(item, out);
        out.push(',');
    }
    out.push(')');
}

/// A name as it is where it is imported from.
fn own_name<'a>(facts: &'a PythonFacts, name: &'a str) -> &'a str {
    match facts.module().binding(name).map(|binding| binding.kind) {
        Some(BindingKind::Import(id)) => facts.import(id).name.map_or(name, |own| facts.text(own)),
        _ => name,
    }
}

/// What the code of a function is made of, in order.
fn code_of(body: BodyRef<'_>) -> String {
    let mut text = String::new();
    for expr in body.exprs() {
        let facts = expr.facts();
        let _ = match expr.kind() {
            Expr::Name(name)
            | Expr::Str(name)
            | Expr::Bytes(name)
            | Expr::Number(name)
            | Expr::Attribute(_, name) => write!(text, "{:?} ", facts.text(name)),
            Expr::Lambda(id) => write!(text, "{} ", code_of(facts.body(facts.function(id).body))),
            kind => write!(text, "{kind:?} "),
        };
    }
    for statement in body.all_statements() {
        let _ = write!(text, "{:?} ", std::mem::discriminant(&statement.kind()));
    }
    text
}
