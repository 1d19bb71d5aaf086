//! Mends queries per row.

mod actions;
mod admin;
mod attach;
mod columns;
mod hoist;
mod load;
mod loops;
mod related;
mod writes;

#[cfg(test)]
mod tests;

use luthier_diagnostics::Fix;
use luthier_project::Project;
use luthier_project::facts::{CallRef, Expr, ExprRef};
use luthier_project::flows::{Ask, Consumer, Growing};
use luthier_project::models::{FieldKind, Found};
use luthier_project::modules::{ModuleId, ValueRef};
use luthier_source::Sources;

use crate::layout::Layout;

/// What the fixes read.
#[derive(Clone, Copy)]
pub(super) struct Mending<'a> {
    pub(super) project: &'a Project,
    pub(super) sources: &'a Sources,
}

/// The fix for one query per row, asked of the rows of these querysets. The first that can be told
/// to load it is: the others may be made of it, and are seen again after that.
pub(super) fn fix(mending: Mending<'_>, alike: &[&Growing]) -> Option<Fix> {
    let mut alike = alike.to_vec();
    if is_recursive(&alike) {
        return None;
    }
    alike.sort_by_key(|growing| growing.source);
    // What an action with a branch of its own asks for is loaded there.
    if !alike
        .iter()
        .all(|growing| actions::is_asked_by_none(mending, growing))
    {
        alike.retain(|growing| !actions::is_asked_by_none(mending, growing));
    }
    let (index, mut fix) = (alike.iter().enumerate())
        .find_map(|(index, growing)| Some((index, mended(mending, growing)?)))?;
    let mut done = vec![alike[index]];
    for growing in &alike[index + 1..] {
        if done.iter().all(|other| are_apart(mending, other, growing))
            && let Some(more) = mended(mending, growing)
            && more.applicability == fix.applicability
            && !touch(&fix, &more)
        {
            fix.edits.extend(more.edits);
            done.push(growing);
        }
    }
    Some(fix)
}

/// Whether two fixes change the same text.
fn touch(one: &Fix, other: &Fix) -> bool {
    one.edits.iter().any(|edit| {
        other.edits.iter().any(|other| {
            let is_apart = edit.span.end < other.span.start || other.span.end < edit.span.start;
            edit.file == other.file && !is_apart
        })
    })
}

/// Whether the way to the same place goes over itself again: who walks down a tree loads one level
/// after the other, and no number of them is enough.
fn is_recursive(alike: &[&Growing]) -> bool {
    let Ask::Relation { name, .. } = &alike[0].ask else {
        return false;
    };
    let again = format!("{name}__{name}");
    alike
        .iter()
        .any(|growing| growing.path.names().ends_with(&*again))
}

/// Whether two querysets of one function are made of different things, so that both have to be told.
fn are_apart(mending: Mending<'_>, one: &Growing, other: &Growing) -> bool {
    let (Some(one), Some(other)) = (one.built, other.built) else {
        return false;
    };
    let modules = &mending.project.modules;
    let is_whole = |value: ValueRef| {
        let mut expr = modules.value(value);
        while let Some((object, _)) = expr.as_call().and_then(|call| call.callee.as_attribute()) {
            expr = object;
        }
        expr.as_attribute().is_some()
    };
    let (first, second) = (modules.value(one).span(), modules.value(other).span());
    (one.module, one.body) == (other.module, other.body)
        && !first.encloses(second)
        && !second.encloses(first)
        && is_whole(one)
        && is_whole(other)
}

fn mended(mending: Mending<'_>, growing: &Growing) -> Option<Fix> {
    let path = growing.path.names();
    match &growing.ask {
        Ask::Relation { is_single, .. } if !path.is_empty() => {
            let method = match *is_single && !growing.path.crosses_many() {
                true => "select_related",
                false => "prefetch_related",
            };
            let title = format!("Load `{path}` with the rows");
            let fix = match may_go_stale(mending, growing) {
                true => Fix::risky(title),
                false => Fix::safe(title),
            };
            loaded(mending, growing, method, fix)
        }
        Ask::Column { .. } => columns::fix(mending, growing),
        Ask::Method { .. } => attach::fix(mending, growing)
            .or_else(|| hoist::fix(mending, growing))
            .or_else(|| counted(mending, growing)),
        Ask::Write { .. } => writes::fix(mending, growing),
        Ask::Relation { .. } => None,
    }
}

/// Loads it where the rows come from: by the admin class, for the actions that need it, or with the
/// queryset.
fn loaded(mending: Mending<'_>, growing: &Growing, method: &'static str, fix: Fix) -> Option<Fix> {
    if growing.built.is_none() && growing.by == Consumer::Admin {
        return admin::fix(mending, growing, method, fix);
    }
    // What cannot be told to the queryset cannot be told to it under a condition either.
    let with_rows = load::fix(mending, growing, method, fix.clone())?;
    Some(actions::fix(mending, growing, method, fix).unwrap_or(with_rows))
}

/// Whether the loop writes to rows that would be loaded before it begins.
fn may_go_stale(mending: Mending<'_>, growing: &Growing) -> bool {
    let models = &mending.project.models;
    let to = match &growing.ask {
        Ask::Relation { model, name, .. } => match models.lookup(*model, name) {
            Found::Field(_, field) => field.relation.as_ref().and_then(|to| to.to.model()),
            _ => {
                let mut ways = models.reverse(*model).into_iter();
                ways.find(|way| models.accessor(way).as_deref() == Some(&**name))
                    .map(|way| way.from)
            }
        },
        _ => None,
    };
    let mut others = mending.project.growing_queries().iter();
    others.any(|other| {
        let is_written = match &other.ask {
            Ask::Write { model, .. } => to.is_none_or(|to| to == *model),
            _ => false,
        };
        is_written && other.looped == growing.looped
    })
}

/// A relation of which is asked how many rows it has, or whether any: prefetched rows answer that.
fn counted(mending: Mending<'_>, growing: &Growing) -> Option<Fix> {
    let path = growing.path.names();
    match &growing.ask {
        Ask::Method {
            name,
            relation: Some(_),
            discards: false,
            ..
        } if !path.is_empty() && matches!(&**name, "" | "[]" | "count" | "exists") => {
            // All rows are loaded then, where the number of them was asked for.
            let fix = Fix::risky(format!("Prefetch `{path}`"));
            let method = "prefetch_related";
            loaded(mending, growing, method, fix)
        }
        _ => None,
    }
}

impl<'a> Mending<'a> {
    /// How the file of a module is written.
    fn layout(self, module: ModuleId) -> Option<Layout<'a>> {
        let file = self.project.modules.get(module).file?;
        Some(Layout::of(self.project, self.sources, file))
    }

    /// Whether a way leads over a relation to many before its last step.
    fn crosses_many_before(self, path: &str) -> bool {
        let mut steps: Vec<&str> = path.split("__").collect();
        steps.pop();
        let models = &self.project.models;
        // Any model's relation of that name will do: this only asks whether something is gained.
        steps.into_iter().any(|step| {
            models.all().any(|(id, model)| {
                let mut fields = model.fields.iter();
                fields.any(|field| {
                    let is_many = field.kind == FieldKind::ManyToMany && *field.name == *step;
                    let is_back =
                        matches!(field.kind, FieldKind::ForeignKey | FieldKind::ManyToMany)
                            && models.accessor_name(id, field).as_deref() == Some(step);
                    is_many || is_back
                })
            })
        })
    }

    /// What the one assignment of a name gives it; other expressions as they are.
    fn assigned(self, module: ModuleId, expr: ExprRef<'a>) -> ExprRef<'a> {
        assigned(self.project, module, expr).unwrap_or(expr)
    }
}

/// The value of the one assignment that a name in a function has.
fn assigned<'a>(project: &'a Project, module: ModuleId, expr: ExprRef<'a>) -> Option<ExprRef<'a>> {
    expr.as_name()?;
    if let Some(variable) = project.variable(module, expr) {
        let mut values = variable.values();
        let value = values.next().filter(|_| variable.bound.len() == 1)?;
        return Some(expr.body.expr(value));
    }
    // What is no queryset is no variable of `Project::variables`.
    let Expr::Name(name) = expr.kind() else {
        return None;
    };
    let body = expr.body;
    if body.is_param(name) {
        return None;
    }
    let mut found = None;
    for statement in body.all_statements() {
        if let Some((target, value)) = statement.assignment()
            && target.kind() == Expr::Name(name)
        {
            if found.is_some() {
                return None;
            }
            found = Some(value);
        }
    }
    let bindings = body.body().bindings.iter();
    let is_only = bindings.filter(|binding| binding.name == name).count() == 1;
    found.filter(|_| is_only)
}

/// The calls of a queryset's chain, outermost first, names followed to what is assigned to them.
fn calls<'a>(
    project: &'a Project,
    module: ModuleId,
    queryset: ExprRef<'a>,
) -> impl Iterator<Item = CallRef<'a>> {
    let mut next = Some(queryset);
    // Names may lead to each other.
    let mut steps = 64;
    std::iter::from_fn(move || {
        loop {
            steps -= 1;
            let expr = next.filter(|_| steps > 0)?;
            next = None;
            match expr.kind() {
                Expr::Call(..) => {
                    let call = expr.as_call()?;
                    let (object, _) = call.callee.as_attribute()?;
                    next = Some(object);
                    return Some(call);
                }
                Expr::Subscript(object, _) => next = Some(expr.at(object)),
                _ => next = assigned(project, module, expr),
            }
        }
    })
}
