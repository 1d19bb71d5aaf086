//! Loads a column that `only()` or `defer()` leaves out.

use luthier_diagnostics::Fix;
use luthier_project::facts::{CallRef, ExprRef};
use luthier_project::flows::{Ask, Growing};
use luthier_project::modules::ModuleId;
use luthier_source::Span;

use super::{Mending, calls};
use crate::layout::{Argument, Layout};
use crate::removal;

/// Names the column where the queryset says which columns it loads.
pub(super) fn fix(mending: Mending<'_>, growing: &Growing) -> Option<Fix> {
    let value = growing.built?;
    let queryset = mending.project.modules.value(value);
    let leaving = Leaving {
        mending,
        module: value.module,
        layout: mending.layout(value.module)?,
    };
    let path = match (growing.path.names(), &growing.ask) {
        // The column by which prefetched rows find their owner.
        ("", Ask::Column { name, .. }) => name,
        (path, _) => path,
    };
    leaving.named(queryset, path)
}

struct Leaving<'a> {
    mending: Mending<'a>,
    module: ModuleId,
    layout: Layout<'a>,
}

impl<'a> Leaving<'a> {
    fn named(&self, queryset: ExprRef<'a>, path: &str) -> Option<Fix> {
        if let Some((relation, rest)) = path.split_once("__")
            && let Some(inner) = self.prefetched(queryset, relation)
        {
            return self.named(inner, rest);
        }
        for call in calls(self.mending.project, self.module, queryset) {
            match call.callee.as_attribute()?.1 {
                "defer" if !call.is_open() => {
                    let mut given = call.positional();
                    if let Some(column) = given.find(|given| given.as_str() == Some(path)) {
                        return self.undeferred(call, column);
                    }
                }
                "only" => return self.asked(queryset, call, path),
                _ => {}
            }
        }
        None
    }

    /// The queryset of `Prefetch("lines", queryset=...)` in a chain.
    fn prefetched(&self, queryset: ExprRef<'a>, relation: &str) -> Option<ExprRef<'a>> {
        let mut calls = calls(self.mending.project, self.module, queryset);
        calls.find_map(|call| {
            let (_, "prefetch_related") = call.callee.as_attribute()? else {
                return None;
            };
            call.positional().find_map(|given| {
                let made = self.mending.assigned(self.module, given).as_call()?;
                let is_prefetch = made.callee.last_name() == Some("Prefetch");
                let lookup = made.argument(0, "lookup")?.as_str()?;
                let name = made.argument(2, "to_attr");
                let name = name.map_or(Some(lookup), ExprRef::as_str)?;
                let rows = made.argument(1, "queryset")?;
                let is_wanted = is_prefetch && name == relation;
                is_wanted.then(|| self.mending.assigned(self.module, rows))
            })
        })
    }

    /// One more name in `only()`.
    fn asked(&self, queryset: ExprRef<'a>, call: CallRef<'a>, path: &str) -> Option<Fix> {
        if call.is_open() {
            return None;
        }
        let quote = self.layout.quote(call.positional().last()?);
        let fix = Fix::safe(format!("Load `{path}` with the rows"));
        let argument = Argument::plain(format!("{quote}{path}{quote}"));
        self.layout
            .argument_into(fix, queryset, call, (&argument, None))
    }

    /// One name less in `defer()`.
    fn undeferred(&self, call: CallRef<'a>, column: ExprRef<'a>) -> Option<Fix> {
        let (layout, file) = (self.layout, self.layout.file);
        let fix = Fix::safe(format!("Load `{}` with the rows", column.as_str()?));
        let given: Vec<Span> = call.positional().map(ExprRef::span).collect();
        if given.len() > 1 {
            let gone = removal::without(layout.text, &given, column.span())?;
            return Some(fix.delete(file, gone));
        }
        let (rows, _) = call.callee.as_attribute()?;
        let whole = Span::new(rows.span().end, call.expr.span().end);
        if whole.text(layout.text).contains('#') {
            return None;
        }
        // A manager's own method makes the queryset that the next one is called on.
        let left = if rows.as_call().is_some() {
            ""
        } else {
            ".all()"
        };
        Some(fix.replace(file, whole, left))
    }
}
