//! Models that name a column otherwise for a release.

use luthier_diagnostics::fix::Edit;
use luthier_project::facts::{CallRef, ExprRef};
use luthier_project::migrations::{Code, ModelState};
use luthier_source::Span;

use super::recipe::Because;
use super::subject::Subject;

/// What gives a field of the models another `db_column`.
pub(super) fn with_column(
    subject: &Subject<'_>,
    model: &ModelState,
    field: &str,
    column: &str,
) -> Result<Edit, Because> {
    spelt(subject, model, field, ("db_column", column))
}

/// What gives a field of the models another name for a column (`db_column`) or a table (`db_table`).
pub(super) fn spelt(
    subject: &Subject<'_>,
    model: &ModelState,
    field: &str,
    (keyword, column): (&str, &str),
) -> Result<Edit, Because> {
    let project = subject.project;
    let graph = &project.models;
    let unknown = || {
        format!(
            "the code that makes {}.{field} is not one call in this repository, and would have to say `{keyword}=\"{column}\"` for a release",
            model.name
        )
    };
    let id = graph.by_label(&format!("{}.{}", model.app, model.name));
    let id = id.ok_or_else(unknown)?;
    let mut fields = graph.get(id).fields.iter();
    let value = fields.find(|it| *it.name == *field);
    let value = value.and_then(|it| it.value).ok_or_else(unknown)?;
    // What an abstract model declares is one of each model that is made of it.
    let others = graph.registered().filter(|(other, candidate)| {
        *other != id && candidate.fields.iter().any(|it| it.value == Some(value))
    });
    for (_, other) in others {
        if *other.app_label != *model.app {
            return Err(format!(
                "{}.{field} comes from a class that {} is made of, too, whose app would have to be planned with this one",
                model.name, other.label
            ));
        }
        // Columns may have the same name in several tables.
        if keyword != "db_column" {
            return Err(format!(
                "{}.{field} comes from a class that {} is made of, too, and each would have to say another `{keyword}` for a release",
                model.name, other.name
            ));
        }
    }
    let module = project.modules.get(value.module);
    let is_own = project.modules.is_repository(value.module);
    let file = module.file.filter(|_| is_own).ok_or_else(unknown)?;
    let call = project.modules.value(value).as_call();
    let call = call.filter(|call| !call.is_open()).ok_or_else(unknown)?;
    let text = &subject.sources.file(file).text;
    let quoted = Code::text(column).laid_out(0, 0, 0);
    let (span, text) = match call.keyword(keyword) {
        Some(given) => (given.span(), quoted),
        None => argument(text, call, &format!("{keyword}={quoted}")).ok_or_else(unknown)?,
    };
    Ok(Edit { file, span, text })
}

/// Where a call gets another keyword argument, and how it is written there: before its first one, or
/// after all others.
fn argument(text: &str, call: CallRef<'_>, given: &str) -> Option<(Span, String)> {
    if let Some((keyword, value)) = call.keywords().next() {
        let start = start_of(text, keyword, value)?;
        let line = text[..start].rsplit('\n').next().unwrap_or_default();
        let end = match line.trim().is_empty() {
            true => format!("\n{line}"),
            false => " ".to_owned(),
        };
        return Some((at(start), format!("{given},{end}")));
    }
    let end = call.expr.span().end as usize - 1;
    let within = text.get(call.callee.span().end as usize..end)?;
    // After a comment there is no telling what ends the last argument.
    if within.contains('#') {
        return None;
    }
    let start = end - (within.len() - within.trim_end().len());
    let before = match within.trim_end().chars().next_back()? {
        '(' => "",
        ',' => " ",
        _ => ", ",
    };
    Some((at(start), format!("{before}{given}")))
}

/// Where `keyword=value` starts, which may have brackets around the value.
fn start_of(text: &str, keyword: &str, value: ExprRef<'_>) -> Option<usize> {
    let before = text.get(..value.span().start as usize)?;
    let before = before.trim_end_matches(|letter: char| letter.is_whitespace() || letter == '(');
    let before = before.strip_suffix('=')?.trim_end();
    Some(before.strip_suffix(keyword)?.len())
}

fn at(offset: usize) -> Span {
    Span::new(offset as u32, offset as u32)
}
