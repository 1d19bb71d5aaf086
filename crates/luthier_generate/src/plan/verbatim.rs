//! Operations with code of their own: they keep the file that they are in, without those beside them.

use std::fmt::Write;
use std::sync::Arc;

use luthier_diagnostics::apply;
use luthier_project::Project;
use luthier_project::facts::ir::BindingKind;
use luthier_project::facts::{BodyRef, ExprRef};
use luthier_project::migrations::{Migration, Transition};
use luthier_source::{Sources, Span};

use super::neighbours::Successors;
use super::recipe::Because;

/// A migration that is there, of which some operations are kept.
#[derive(Clone, Debug)]
pub(super) struct Verbatim {
    text: String,
    /// Within the brackets of its list of operations, and what is left there.
    operations: (Span, String),
    /// The same of its dependencies; those of its own app are named when it has its place.
    dependencies: (Span, String),
}

/// The elements of a migration's list of operations that have these transitions, in order. What it comes
/// after is named by what takes its place.
pub(super) fn kept(
    project: &Project,
    sources: &Sources,
    migration: &Migration,
    transitions: &[&Transition],
    successors: &Successors,
) -> Result<Verbatim, Because> {
    let whole = format!("{}.{}", migration.app, migration.name);
    let unknown = || {
        format!(
            "{whole} has code of its own, which cannot be told from what is beside it: give that code a migration by itself"
        )
    };
    let module = project.modules.get(migration.module);
    let file = module.file.ok_or_else(unknown)?;
    let text = sources.file(file).text.to_string();
    let facts = project.modules.facts(migration.module);
    let class = facts.module().binding("Migration").ok_or_else(unknown)?;
    let BindingKind::Class(class) = class.kind else {
        return Err(unknown());
    };
    let body = facts.body(facts.class(class).body);
    let mut names = body.body().bindings.iter();
    let other = names.find(|binding| {
        let name = facts.text(binding.name);
        !matches!(name, "operations" | "dependencies" | "atomic")
    });
    if let Some(other) = other {
        return Err(format!(
            "{whole} has code of its own and sets `{}`, which its other operations would lose: give that code a migration by itself",
            facts.text(other.name)
        ));
    }
    let (operations, elements) = list(body, "operations").ok_or_else(unknown)?;
    let (dependencies, named) = list(body, "dependencies").ok_or_else(unknown)?;
    let mut wanted: Vec<Span> = Vec::new();
    for transition in transitions {
        let place = transition.step.place.ok_or_else(unknown)?;
        let place = project.modules.value(place).span();
        let mut elements = elements.iter().map(|element| element.span());
        let element = elements.find(|element| element.encloses(place));
        let element = element.ok_or_else(unknown)?;
        if !wanted.contains(&element) {
            wanted.push(element);
        }
    }
    let slice = |span: Span| text.get(span.start as usize..span.end as usize);
    let mut kept = String::from("\n");
    for span in wanted {
        let _ = writeln!(kept, "        {},", slice(span).ok_or_else(unknown)?);
    }
    kept.push_str("    ");
    let mut others = String::new();
    for element in named {
        let mut parts = element.elements().into_iter().flatten();
        let pair = [parts.next(), parts.next()].map(|part| part.and_then(|it| it.as_str()));
        if pair[0] == Some(&*migration.app) {
            continue;
        }
        let known = if let [Some(app), Some(name)] = pair {
            let (app, known) = (Arc::from(app), Arc::from(name));
            Some(successors.of(&app, &known)).filter(|(_, other)| **other != *name)
        } else {
            None
        };
        let _ = match known {
            Some((app, name)) => writeln!(others, "        (\"{app}\", \"{name}\"),"),
            None => writeln!(
                others,
                "        {},",
                slice(element.span()).ok_or_else(unknown)?
            ),
        };
    }
    others.push_str("    ");
    Ok(Verbatim {
        operations: (operations, kept),
        dependencies: (dependencies, others),
        text,
    })
}

/// The elements of a migration's list of what it comes after.
pub(super) fn dependencies<'p>(
    project: &'p Project,
    migration: &Migration,
) -> Option<Vec<ExprRef<'p>>> {
    let facts = project.modules.facts(migration.module);
    let BindingKind::Class(class) = facts.module().binding("Migration")?.kind else {
        return None;
    };
    let body = facts.body(facts.class(class).body);
    Some(list(body, "dependencies")?.1)
}

/// What is within the brackets of a list that a class has under a name, and its elements.
fn list<'a>(body: BodyRef<'a>, name: &str) -> Option<(Span, Vec<ExprRef<'a>>)> {
    let BindingKind::Value(value) = body.binding(name)?.kind else {
        return None;
    };
    let value = body.expr(value);
    let span = value.span();
    let within = Span::new(span.start + 1, span.end.checked_sub(1)?);
    Some((within, value.elements()?.collect()))
}

impl Verbatim {
    /// The file where it comes after these migrations.
    pub(super) fn after(&self, migrations: &[(Arc<str>, Arc<str>)]) -> Result<String, Because> {
        let mut named = String::from("\n");
        for (app, name) in migrations {
            let line = format!("        (\"{app}\", \"{name}\"),\n");
            if !self.dependencies.1.contains(&line) {
                named.push_str(&line);
            }
        }
        named.push_str(&self.dependencies.1);
        let edits = [
            (self.operations.0, &*self.operations.1),
            (self.dependencies.0, &*named),
        ];
        apply(&self.text, &edits).map_err(|_| "a migration cannot be taken apart".to_owned())
    }
}
