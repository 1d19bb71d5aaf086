//! The user's models between the first release and the last one: made of their own text by edits.

use luthier_project::Project;
use luthier_project::facts::CallRef;
use luthier_project::migrations::ModelKey;
use luthier_source::{FileId, Span};

use super::recipe::{Because, Edit};
use super::subject::Subject;

/// The edit that lets a field be NULL.
pub(super) fn nullable(subject: &Subject<'_>, field: &str) -> Result<Edit, Because> {
    let not_editable = || {
        format!(
            "an earlier release needs {field} with `null=True`, and the call that makes it is not in the class of the model"
        )
    };
    let key = subject.after()?.key();
    let (file, call) = declared(subject.project, &key, field).ok_or_else(not_editable)?;
    let text = &subject.sources.file(file).text;
    if call.is_open() {
        return Err(not_editable());
    }
    Ok(match call.keyword("null") {
        Some(given) => Edit {
            file,
            span: given.span(),
            text: "True".to_owned(),
        },
        None => appended(file, text, call, "null=True"),
    })
}

/// The call in the class of a model that makes a field of its own.
fn declared<'p>(
    project: &'p Project,
    key: &ModelKey,
    field: &str,
) -> Option<(FileId, CallRef<'p>)> {
    let id = project.models.by_label(&format!("{}.{}", key.0, key.1))?;
    let model = project.models.get(id);
    let known = model.fields.iter().find(|known| *known.name == *field)?;
    let place = known.value?;
    let is_own = known.declared_in == model.class && model.class.is_some();
    let is_written_there = project.modules.is_repository(place.module)
        && model
            .class
            .is_some_and(|class| class.module == place.module);
    if !is_own || !is_written_there {
        return None;
    }
    let file = project.modules.get(place.module).file?;
    Some((file, project.modules.value(place).as_call()?))
}

/// An argument after those that a call has.
fn appended(file: FileId, text: &str, call: CallRef<'_>, argument: &str) -> Edit {
    let arguments = call.arguments();
    let last = arguments.last().map(|last| call.expr.at(last.value).span());
    let Some(last) = last else {
        let inside = call.expr.span().end - 1;
        return Edit {
            file,
            span: Span::at(inside),
            text: argument.to_owned(),
        };
    };
    // The name of a keyword stands on the line where it begins.
    let start = text[..last.start as usize]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let before = &text[start..last.start as usize];
    let keyword = arguments.last().and_then(|last| last.keyword);
    let name = keyword.map_or(String::new(), |name| {
        format!("{}=", call.expr.facts().text(name))
    });
    let indent = before.strip_suffix(&*name).unwrap_or(before);
    let text = match indent.trim().is_empty() && start > call.expr.span().start as usize {
        true => format!(",\n{indent}{argument}"),
        false => format!(", {argument}"),
    };
    Edit {
        file,
        span: Span::at(last.end),
        text,
    }
}

/// The files that hold the classes of these models, or those of their app where a class is gone.
pub(super) fn files_of(project: &Project, keys: &[ModelKey]) -> Vec<FileId> {
    let of_class = |key: &ModelKey| {
        let id = project.models.by_label(&format!("{}.{}", key.0, key.1))?;
        project
            .modules
            .get(project.models.get(id).class?.module)
            .file
    };
    let of_app = |key: &ModelKey| {
        let module = project.apps.by_label(&key.0)?.models_module?;
        project.modules.get(module).file
    };
    let files = keys
        .iter()
        .filter_map(|key| of_class(key).or_else(|| of_app(key)));
    let mut files: Vec<FileId> = files.collect();
    files.sort_unstable();
    files.dedup();
    files
}
