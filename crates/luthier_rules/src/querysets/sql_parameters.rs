//! Takes values out of a text of SQL and gives them as parameters.

use luthier_diagnostics::{Confidence, Fix};
use luthier_project::Project;
use luthier_project::facts::ir::BinaryOp;
use luthier_project::facts::{CallRef, Expr, ExprRef};
use luthier_project::flows::Ingredient;
use luthier_project::modules::{ModuleId, ValueRef};
use luthier_project::querysets::{Hand, HandedSql};
use luthier_source::{Sources, Span};

/// What a text is written as.
#[derive(Clone, Debug)]
enum Piece<'a> {
    /// Constant text, by its value.
    Text(String),
    Hole(ExprRef<'a>),
}

/// Operators and words behind which a value stands.
const BEFORE_VALUES: &[&str] = &["=", "<", ">", " LIKE", " ILIKE", " LIMIT", " OFFSET"];

/// The text with `%s` for its values, and these beside it; `None` where something that is brought in is no
/// plain value.
pub(super) fn fix(
    project: &Project,
    sources: &Sources,
    module: ModuleId,
    sql: &HandedSql<'_>,
    ingredients: &[(Confidence, &Ingredient)],
) -> Option<Fix> {
    let file = project.modules.get(module).file?;
    let source = &*sources.file(file).text;
    let takes_parameters =
        sql.is_djangos && matches!(sql.hand, Hand::Execute | Hand::Raw | Hand::RawSql);
    let has_none = match sql.parameters {
        None => true,
        Some(given) => given.elements().is_some_and(|elements| elements.len() == 0),
    };
    if !takes_parameters || !has_none || sql.call.is_open() {
        return None;
    }
    let here = ValueRef::of(module, sql.text);
    // What is put in elsewhere stays.
    if ingredients.iter().any(|(_, it)| it.mixed_at != Some(here)) {
        return None;
    }
    let pieces = pieces(source, sql.text)?;
    let made = with_parameters(source, pieces)?;
    let values = format!("[{}]", made.values.join(", "));
    let fix = Fix::risky("Give the values as parameters").replace(
        file,
        sql.text.span(),
        quoted(&made.text)?,
    );
    Some(match sql.parameters {
        Some(empty) => fix.replace(file, empty.span(), values),
        None => fix.insert(file, sql.text.span().end, behind(sql, &values)),
    })
}

/// The parameters as an argument: by name where the text is given by name.
fn behind(sql: &HandedSql<'_>, values: &str) -> String {
    let is_named = sql
        .call
        .keywords()
        .any(|(_, given)| given.id == sql.text.id);
    match is_named {
        true => format!(", params={values}"),
        false => format!(", {values}"),
    }
}

/// The pieces of an f-string, of `%` with a text, or of a text's `format()`.
fn pieces<'a>(source: &str, text: ExprRef<'a>) -> Option<Vec<Piece<'a>>> {
    match text.kind() {
        Expr::FString(run) => {
            let parts = text.body.list(run);
            let pieces = parts.map(|part| match part.kind() {
                Expr::Str(_) => Some(Piece::Text(part.as_str()?.replace('%', "%%"))),
                Expr::Formatted { value, plain: true } => {
                    let value = part.at(value);
                    // `{value!r}` puts in something else.
                    let behind = Span::new(value.span().end, part.span().end);
                    (behind.text(source).trim() == "}").then_some(Piece::Hole(value))
                }
                _ => None,
            });
            pieces.collect()
        }
        Expr::Binary(BinaryOp::Mod, left, right) => {
            let (left, right) = (text.at(left), text.at(right));
            let values: Vec<ExprRef<'a>> = match right.kind() {
                Expr::Tuple(run) => right.body.list(run).collect(),
                Expr::Dict(_) => return None,
                _ => vec![right],
            };
            // `%%` stays what it is: the text is a format all the same.
            let is_plain = left.as_str()?.replace("%%", "").matches('%').count()
                == left.as_str()?.matches("%s").count();
            let pieces = filled(left.as_str()?, "%s", values)?;
            is_plain.then_some(pieces)
        }
        Expr::Call(..) => {
            let call = text.as_call()?;
            let (object, "format") = call.callee.as_attribute()? else {
                return None;
            };
            let template = object.as_str()?.replace('%', "%%");
            let is_plain = !call.is_open() && call.keywords().next().is_none();
            let braces = template.matches(['{', '}']).count();
            let is_plain = is_plain && braces == 2 * template.matches("{}").count();
            let pieces = filled(&template, "{}", positional(call))?;
            is_plain.then_some(pieces)
        }
        _ => None,
    }
}

fn positional(call: CallRef<'_>) -> Vec<ExprRef<'_>> {
    call.positional().collect()
}

/// A text with a value in each of its holes.
fn filled<'a>(text: &str, hole: &str, values: Vec<ExprRef<'a>>) -> Option<Vec<Piece<'a>>> {
    let parts: Vec<&str> = text.split(hole).collect();
    if parts.len() != values.len() + 1 {
        return None;
    }
    let mut values = values.into_iter();
    let mut pieces = Vec::new();
    for part in parts {
        pieces.push(Piece::Text(part.to_owned()));
        pieces.extend(values.next().map(Piece::Hole));
    }
    Some(pieces)
}

/// A text with placeholders, and the values for them as code.
struct Made {
    text: String,
    values: Vec<String>,
}

fn with_parameters(source: &str, pieces: Vec<Piece<'_>>) -> Option<Made> {
    let mut made = Made {
        text: String::new(),
        values: Vec::new(),
    };
    // What stands within the quotes that are open.
    let mut open: Option<Vec<Piece<'_>>> = None;
    for piece in pieces {
        match piece {
            Piece::Text(text) => {
                let mut parts = text.split('\'');
                let mut part = parts.next();
                while let Some(text) = part {
                    match &mut open {
                        Some(within) => within.push(Piece::Text(text.to_owned())),
                        None => made.text.push_str(text),
                    }
                    part = parts.next();
                    if part.is_some() {
                        open = match open.take() {
                            Some(within) => {
                                close(source, within, &mut made)?;
                                None
                            }
                            None => Some(Vec::new()),
                        };
                    }
                }
            }
            Piece::Hole(value) => match &mut open {
                Some(within) => within.push(Piece::Hole(value)),
                None => {
                    let before = made.text.trim_end().to_uppercase();
                    if !BEFORE_VALUES.iter().any(|it| before.ends_with(it)) {
                        return None;
                    }
                    made.text.push_str("%s");
                    made.values.push(code(source, value)?);
                }
            },
        }
    }
    open.is_none().then_some(made)
}

/// The value for what stands within quotes, where anything is put in there.
fn close(source: &str, within: Vec<Piece<'_>>, made: &mut Made) -> Option<()> {
    let within: Vec<Piece<'_>> = within
        .into_iter()
        .filter(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()))
        .collect();
    let is_constant = within.iter().all(|piece| matches!(piece, Piece::Text(_)));
    if is_constant {
        made.text.push('\'');
        for piece in &within {
            if let Piece::Text(text) = piece {
                made.text.push_str(text);
            }
        }
        made.text.push('\'');
        return Some(());
    }
    // A text right before the quotes may be the first half of one with a quote in it, or `E'..'`.
    if !made.text.ends_with([' ', '\n', '(', '=', ',']) {
        return None;
    }
    made.text.push_str("%s");
    made.values.push(match &within[..] {
        [Piece::Hole(value)] => code(source, *value)?,
        pieces => {
            let mut text = String::new();
            for piece in pieces {
                match piece {
                    Piece::Text(constant) => {
                        let constant = constant.replace("%%", "%");
                        text.push_str(&constant.replace('{', "{{").replace('}', "}}"));
                    }
                    Piece::Hole(value) => {
                        text.push('{');
                        text.push_str(&code(source, *value)?);
                        text.push('}');
                    }
                }
            }
            let is_plain = !text.contains(['"', '\\', '\n']);
            is_plain.then(|| format!("f\"{text}\""))?
        }
    });
    Some(())
}

/// An expression as it is written.
fn code(source: &str, value: ExprRef<'_>) -> Option<String> {
    let text = value.span().text(source);
    let is_plain =
        !matches!(value.kind(), Expr::Starred(_) | Expr::Yield(_)) && !text.contains('\n');
    is_plain.then(|| text.to_owned())
}

/// A text as a literal.
fn quoted(text: &str) -> Option<String> {
    let text = text.replace('\\', "\\\\");
    if text.contains('\n') {
        return (!text.contains("\"\"\"") && !text.ends_with('"'))
            .then(|| format!("\"\"\"{text}\"\"\""));
    }
    match (text.contains('"'), text.contains('\'')) {
        (false, _) => Some(format!("\"{text}\"")),
        (true, false) => Some(format!("'{text}'")),
        (true, true) => Some(format!("\"{}\"", text.replace('"', "\\\""))),
    }
}
