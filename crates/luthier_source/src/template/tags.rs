//! The built-in tags: words to node kinds. `None` when a tag does not have the form it needs.

use super::expression::bit_expression;
use super::split::Bit;
use super::{Argument, Binding, Expression, NodeKind};

/// The kind of the tag whose first word is its name.
pub(super) fn tag_kind(bits: &[Bit<'_>]) -> Option<NodeKind> {
    let (name, rest) = bits.split_first()?;
    match name.text {
        "extends" => Some(NodeKind::Extends(single(rest)?)),
        "include" => include(rest),
        "load" => Some(load(rest)),
        "url" => url(rest),
        "static" => {
            let (rest, target) = split_target(rest);
            Some(NodeKind::Static {
                path: single(rest)?,
                target,
            })
        }
        "csrf_token" => Some(NodeKind::CsrfToken),
        "block" => Some(NodeKind::Block {
            name: rest.first()?.text.to_owned(),
        }),
        "for" => for_loop(rest),
        "empty" => Some(NodeKind::Empty),
        "if" => Some(NodeKind::If {
            operands: condition(rest)?,
        }),
        "elif" => Some(NodeKind::Elif {
            operands: condition(rest)?,
        }),
        "else" => Some(NodeKind::Else),
        "with" => Some(NodeKind::With {
            bindings: bindings(rest)?,
        }),
        "trans" | "translate" => {
            let message = rest.first().copied().and_then(bit_expression)?;
            Some(NodeKind::Translate {
                message,
                target: word_after(rest, "as"),
            })
        }
        "blocktrans" | "blocktranslate" => block_translate(rest),
        other => Some(NodeKind::Other {
            name: other.to_owned(),
            arguments: rest.iter().map(|bit| argument(*bit)).collect(),
        }),
    }
}

fn single(bits: &[Bit<'_>]) -> Option<Expression> {
    match bits {
        [bit] => bit_expression(*bit),
        _ => None,
    }
}

/// The words before `as name` at the end, and the name.
fn split_target<'b, 'a>(bits: &'b [Bit<'a>]) -> (&'b [Bit<'a>], Option<String>) {
    match bits {
        [before @ .., keyword, name] if keyword.text == "as" => {
            (before, Some(name.text.to_owned()))
        }
        _ => (bits, None),
    }
}

fn word_after(bits: &[Bit<'_>], keyword: &str) -> Option<String> {
    let at = bits.iter().position(|bit| bit.text == keyword)?;
    bits.get(at + 1).map(|bit| bit.text.to_owned())
}

fn include(bits: &[Bit<'_>]) -> Option<NodeKind> {
    let (template, rest) = bits.split_first()?;
    let only = rest.iter().any(|bit| bit.text == "only");
    let with = rest.iter().position(|bit| bit.text == "with");
    let bound = with.map_or(&[][..], |with| &rest[with + 1..]);
    let bound: Vec<Bit<'_>> = bound
        .iter()
        .copied()
        .filter(|bit| bit.text != "only")
        .collect();
    let bindings = if bound.is_empty() {
        Vec::new()
    } else {
        bindings(&bound)?
    };
    Some(NodeKind::Include {
        template: bit_expression(*template)?,
        bindings,
        only,
    })
}

/// `a=x b=y`, or the old `x as a and y as b`.
fn bindings(bits: &[Bit<'_>]) -> Option<Vec<Binding>> {
    if bits.iter().all(|bit| bit.keyword().is_some()) {
        return bits
            .iter()
            .filter_map(|bit| bit.keyword())
            .map(|(name, value)| binding(name, value))
            .collect();
    }
    let pairs = bits.split(|bit| bit.text == "and");
    pairs
        .map(|pair| match pair {
            [value, keyword, name] if keyword.text == "as" => binding(name.text, *value),
            _ => None,
        })
        .collect()
}

fn binding(name: &str, value: Bit<'_>) -> Option<Binding> {
    Some(Binding {
        name: name.to_owned(),
        value: bit_expression(value)?,
    })
}

fn load(bits: &[Bit<'_>]) -> NodeKind {
    let texts = |bits: &[Bit<'_>]| bits.iter().map(|bit| bit.text.to_owned()).collect();
    match bits {
        [names @ .., keyword, library] if keyword.text == "from" => NodeKind::Load {
            libraries: vec![library.text.to_owned()],
            names: texts(names),
        },
        libraries => NodeKind::Load {
            libraries: texts(libraries),
            names: Vec::new(),
        },
    }
}

fn url(bits: &[Bit<'_>]) -> Option<NodeKind> {
    let (bits, target) = split_target(bits);
    let (name, rest) = bits.split_first()?;
    let mut arguments = Vec::new();
    let mut keywords = Vec::new();
    for bit in rest {
        match bit.keyword() {
            Some((keyword, value)) => keywords.push(binding(keyword, value)?),
            None => arguments.push(bit_expression(*bit)?),
        }
    }
    Some(NodeKind::Url {
        name: bit_expression(*name)?,
        arguments,
        keywords,
        target,
    })
}

fn for_loop(bits: &[Bit<'_>]) -> Option<NodeKind> {
    let (bits, reversed) = match bits {
        [before @ .., last] if last.text == "reversed" && before.len() >= 3 => (before, true),
        _ => (bits, false),
    };
    let [targets @ .., keyword, iterable] = bits else {
        return None;
    };
    if keyword.text != "in" {
        return None;
    }
    let targets: Vec<String> = targets
        .iter()
        .flat_map(|bit| bit.text.split(','))
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    let iterable = bit_expression(*iterable)?;
    (!targets.is_empty()).then_some(NodeKind::For {
        targets,
        iterable,
        reversed,
    })
}

const OPERATORS: [&str; 11] = [
    "or", "and", "not", "in", "is", "==", "!=", ">", ">=", "<", "<=",
];

fn condition(bits: &[Bit<'_>]) -> Option<Vec<Expression>> {
    let operands = bits.iter().filter(|bit| !OPERATORS.contains(&bit.text));
    let operands: Option<Vec<Expression>> = operands.map(|bit| bit_expression(*bit)).collect();
    operands.filter(|operands| !operands.is_empty())
}

/// Options in any order: `with a=x`, `count n=x`, `context "x"`, `trimmed`, `asvar name`.
fn block_translate(bits: &[Bit<'_>]) -> Option<NodeKind> {
    let mut bound = Vec::new();
    let mut rest = bits;
    while let [option, after @ ..] = rest {
        let taken = match option.text {
            "with" | "count" => {
                let keywords = after
                    .iter()
                    .take_while(|bit| bit.keyword().is_some())
                    .count();
                let old_form = || {
                    after
                        .iter()
                        .position(|bit| OPTIONS.contains(&bit.text))
                        .unwrap_or(after.len())
                };
                let taken = if keywords > 0 { keywords } else { old_form() };
                bound.extend(bindings(&after[..taken])?);
                taken
            }
            "context" | "asvar" => 1.min(after.len()),
            _ => 0,
        };
        rest = &after[taken..];
    }
    Some(NodeKind::BlockTranslate {
        bindings: bound,
        target: word_after(bits, "asvar"),
    })
}

const OPTIONS: [&str; 5] = ["with", "count", "context", "trimmed", "asvar"];

fn argument(bit: Bit<'_>) -> Argument {
    let (keyword, value) = bit.keyword().map_or((None, bit), |(keyword, value)| {
        (Some(keyword.to_owned()), value)
    });
    Argument {
        keyword,
        text: value.text.to_owned(),
        value: bit_expression(value),
        span: bit.span(),
    }
}
