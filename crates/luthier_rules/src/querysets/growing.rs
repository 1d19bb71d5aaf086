//! How queries that grow with the number of rows are reported.

use luthier_diagnostics::Confidence;
use luthier_project::Project;
use luthier_project::flows::{Ask, Consumer, Growing};

use super::mend;
use crate::Context;

/// Querysets that are named with one finding at most.
const MOST_SOURCES: usize = 3;

/// Reports the growing queries that `is_wanted`, each place once, with the way that leads there.
pub(super) fn report(context: &mut Context<'_>, is_wanted: impl Fn(&Growing) -> bool) {
    report_weighed(context, is_wanted, |_, growing| !growing.is_conditional);
}

/// Reports what is asked for each row by one kind of consumer: relations, and queries of any other
/// kind that do not throw away what was prefetched.
pub(super) fn report_of(context: &mut Context<'_>, by: Consumer) {
    report(context, |growing| {
        let is_asked = match growing.ask {
            Ask::Relation { .. } => true,
            Ask::Method { discards, .. } => !discards,
            Ask::Column { .. } | Ask::Write { .. } => false,
        };
        growing.by == by && is_asked
    });
}

/// The same, where it is for the rule to say which are likely, and which only possible.
pub(super) fn report_weighed(
    context: &mut Context<'_>,
    is_wanted: impl Fn(&Growing) -> bool,
    is_likely: impl Fn(&Project, &Growing) -> bool,
) {
    let project = context.project;
    let wanted: Vec<&Growing> = project
        .growing_queries()
        .iter()
        .filter(|growing| is_wanted(growing))
        .collect();
    let is_same = |a: &&Growing, b: &&Growing| a.place == b.place && a.ask == b.ask;
    for alike in wanted.chunk_by(is_same) {
        let first = alike[0];
        let times = if first.depth > 1 {
            "for each row of each row"
        } else {
            "for each row"
        };
        let message = format!("{} {times}", asked(context, &first.ask));
        let help = help(first);
        let is_sure = alike.iter().any(|growing| is_likely(project, growing));
        // Where writing at once may not come to the same, it is no mending.
        let fix = if is_sure || !matches!(first.ask, Ask::Write { .. }) {
            let sources = context.sources;
            mend::fix(mend::Mending { project, sources }, alike)
        } else {
            None
        };
        let mut reported = context.report(first.place, message);
        if let Some(help) = help {
            reported.help(help);
        }
        reported.fix(fix).confidence(if is_sure {
            Confidence::Likely
        } else {
            Confidence::Possible
        });
        for growing in alike.iter().take(MOST_SOURCES) {
            // A query of its own is built where it is made, or near it.
            let is_other = !matches!(
                growing.ask,
                Ask::Method {
                    discards: false,
                    ..
                }
            );
            if let Some(source) = growing.source.filter(|_| is_other) {
                reported.related(source, "the rows come from here");
            }
            reported.related(growing.looped, "they are gone through here");
            for &call in &growing.calls {
                reported.related(call, "which calls the code that asks");
            }
        }
    }
}

/// What a query asks for, as the beginning of a sentence.
fn asked(context: &Context<'_>, ask: &Ask) -> String {
    let models = &context.project.models;
    let name_of = |model| &models.get(model).name;
    match ask {
        Ask::Relation { model, name, .. } => {
            format!(
                "`{}.{name}` is fetched by a query of its own",
                name_of(*model)
            )
        }
        Ask::Column { model, name } => format!(
            "`{}.{name}` was left out when the rows were loaded, and is fetched by a query of its own",
            name_of(*model)
        ),
        Ask::Method {
            name,
            relation: Some(relation),
            discards: true,
            ..
        } if name.is_empty() => {
            format!("the prefetched `{relation}` is not used, and a query is made")
        }
        Ask::Method {
            name,
            relation: Some(relation),
            discards: true,
            ..
        } => format!("`{name}` does not use the prefetched `{relation}`, and makes a query"),
        Ask::Method { model, name, .. } => match &**name {
            "" => format!("`{}` is queried", name_of(*model)),
            "[]" => format!("one `{}` is queried", name_of(*model)),
            name => format!("`{name}` queries `{}`", name_of(*model)),
        },
        Ask::Write { model, name, .. } => format!("`{name}` writes to `{}`", name_of(*model)),
    }
}

fn help(growing: &Growing) -> Option<String> {
    let path = growing.path.names();
    Some(match &growing.ask {
        Ask::Relation { .. } if path.is_empty() => return None,
        Ask::Relation {
            is_single: true, ..
        } if !growing.path.crosses_many() => format!("add `select_related(\"{path}\")` to the queryset"),
        Ask::Relation { .. } => format!("add `prefetch_related(\"{path}\")` to the queryset"),
        Ask::Column { .. } => format!("load `{path}` with the rows"),
        Ask::Method { discards: true, .. } => {
            "filter and sort what was prefetched in Python, or prefetch it as it is used with \
             `Prefetch(..., queryset=..., to_attr=...)`"
                .to_owned()
        }
        Ask::Method { .. } if growing.by == Consumer::GraphQl => {
            "let a `DataLoader` ask for all of them at once, or load them with the rows".to_owned()
        }
        Ask::Method { .. } => {
            "ask for all of them at once before the loop, with `__in`, `in_bulk()` or an annotation"
                .to_owned()
        }
        Ask::Write { name, .. } => match &**name {
            "add" | "clear" | "remove" | "set" => {
                "give all of them to one call, or write the rows of the `through` model in bulk"
            }
            "create" => "collect the instances in a list and write them with one `bulk_create()`",
            "delete" => "delete them with one `delete()` of a queryset",
            "get_or_create" => {
                "ask for those that are there with one query, and `bulk_create()` the others"
            }
            "update_or_create" => {
                "collect the instances and write them with one `bulk_create(..., update_conflicts=True)`"
            }
            _ => "write them with one `update()`, or collect them and `bulk_update()` at the end",
        }
        .to_owned(),
    })
}
