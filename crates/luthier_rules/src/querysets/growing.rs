//! How queries that grow with the number of rows are reported.

use luthier_diagnostics::Confidence;
use luthier_project::Project;
use luthier_project::flows::{Ask, Consumer, Growing};

use super::mend;
use crate::Context;

/// Querysets that are named with one finding at most.
const MOST_SOURCES: usize = 3;

/// Models that one finding names at most.
const MOST_NAMES: usize = 3;

/// How sure it is that a query is worth mending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    Possible,
    /// Where luthier can write the change itself.
    IfMended,
    Likely,
}

/// Reports the growing queries that `is_wanted`, each place once, with the way that leads there.
pub(super) fn report(context: &mut Context<'_>, is_wanted: impl Fn(&Growing) -> bool) {
    report_weighed(context, is_wanted, |_, growing| {
        match growing.is_conditional {
            true => Weight::Possible,
            false => Weight::Likely,
        }
    });
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

/// The same, where it is for the rule to weigh them.
pub(super) fn report_weighed(
    context: &mut Context<'_>,
    is_wanted: impl Fn(&Growing) -> bool,
    weigh: impl Fn(&Project, &Growing) -> Weight,
) {
    let project = context.project;
    let weigh = |project: &Project, growing: &Growing| match growing.doubt {
        Some(_) => Weight::Possible,
        None => weigh(project, growing),
    };
    let wanted: Vec<&Growing> = project
        .growing_queries()
        .iter()
        .filter(|growing| is_wanted(growing))
        .collect();
    for at_place in wanted.chunk_by(|a, b| a.place == b.place) {
        for mut alike in causes(at_place) {
            let weights = alike.iter().map(|growing| weigh(project, growing));
            let weight = weights.max().unwrap_or(Weight::Possible);
            alike.retain(|growing| weigh(project, growing) == weight);
            report_one(context, &alike, weight);
        }
    }
}

/// The queries of one place by what the code there does: generic code asks for many models, and
/// mending it once mends them all.
fn causes<'a>(at_place: &[&'a Growing]) -> Vec<Vec<&'a Growing>> {
    let mut causes: Vec<Vec<&Growing>> = Vec::new();
    for &growing in at_place {
        let known = causes.iter_mut();
        let mut known = known.filter(|known| is_one_cause(&known[0].ask, &growing.ask));
        match known.next() {
            Some(known) => known.push(growing),
            None => causes.push(vec![growing]),
        }
    }
    causes
}

fn is_one_cause(one: &Ask, other: &Ask) -> bool {
    match (one, other) {
        (
            Ask::Method {
                name,
                discards: false,
                ..
            },
            Ask::Method {
                name: other,
                discards: false,
                ..
            },
        )
        | (Ask::Write { name, .. }, Ask::Write { name: other, .. }) => name == other,
        _ => one == other,
    }
}

fn report_one(context: &mut Context<'_>, alike: &[&Growing], weight: Weight) {
    let first = alike[0];
    let times = if first.depth > 1 {
        "for each row of each row"
    } else {
        "for each row"
    };
    let message = format!("{} {times}", asked(context, alike));
    // Where writing at once may not come to the same, it is no mending.
    let is_mendable = weight > Weight::Possible || !matches!(first.ask, Ask::Write { .. });
    let is_one = alike.iter().all(|growing| growing.ask == first.ask);
    let fix = if is_mendable && is_one {
        let (project, sources) = (context.project, context.sources);
        mend::fix(mend::Mending { project, sources }, alike)
    } else {
        None
    };
    let is_sure = match weight {
        Weight::Possible => false,
        Weight::IfMended => fix.is_some(),
        Weight::Likely => true,
    };
    let mut reported = context.report(first.place, message);
    if let Some(help) = help(first) {
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

/// What a query asks for, as the beginning of a sentence.
fn asked(context: &Context<'_>, alike: &[&Growing]) -> String {
    let models = &context.project.models;
    let name_of = |model| &models.get(model).name;
    let mut names: Vec<&str> = Vec::new();
    for growing in alike {
        if let Ask::Method { model, .. } | Ask::Write { model, .. } = growing.ask
            && !names.contains(&&**name_of(model))
        {
            names.push(name_of(model));
        }
    }
    match &alike[0].ask {
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
        Ask::Method { name, .. } => match (&**name, names.len()) {
            ("", 1) => format!("{} is queried", listed(&names)),
            ("", _) => format!("{} are queried", listed(&names)),
            ("[]", 1) => format!("one {} is queried", listed(&names)),
            ("[]", _) => format!("one row of {} is queried", listed(&names)),
            (name, _) => format!("`{name}` queries {}", listed(&names)),
        },
        Ask::Write { name, .. } => format!("`{name}` writes to {}", listed(&names)),
    }
}

/// Names of models; of many, the first few.
fn listed(names: &[&str]) -> String {
    let quoted = |names: &[&str]| {
        let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        quoted.join(", ")
    };
    match names {
        [name] => format!("`{name}`"),
        [first @ .., last] if names.len() <= MOST_NAMES => {
            format!("{} and `{last}`", quoted(first))
        }
        names => {
            let (first, others) = names.split_at(names.len().min(MOST_NAMES - 1));
            format!("{} and {} other models", quoted(first), others.len())
        }
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
        Ask::Column { name, .. } if path.is_empty() => format!("load `{name}` with the rows"),
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

#[cfg(test)]
mod tests {
    use super::listed;
    use crate::querysets::query_in_loop::QUERY_IN_LOOP;
    use crate::testing::check;

    #[test]
    fn one_place_that_asks_for_many_models_is_one_finding() {
        let found = check(
            &QUERY_IN_LOOP,
            r"
--- shop/models.py
from django.db import models

class Customer(models.Model):
    name = models.CharField(max_length=100)

class Order(models.Model):
    number = models.CharField(max_length=20)

--- shop/copying.py
from shop.models import Customer, Order

def again(model, key):
    return model.objects.get(pk=key)  # fires

def copies():
    for customer in Customer.objects.all():
        again(Customer, customer.pk)
    for order in Order.objects.all():
        again(Order, order.pk)
",
        );
        let messages = found.findings.iter().map(|finding| &*finding.message);
        let messages: Vec<&str> = messages.collect();
        assert_eq!(
            messages,
            ["`get` queries `Customer` and `Order` for each row"]
        );
    }

    #[test]
    fn of_many_models_a_few_are_named() {
        assert_eq!(listed(&["A"]), "`A`");
        assert_eq!(listed(&["A", "B", "C"]), "`A`, `B` and `C`");
        assert_eq!(listed(&["A", "B", "C", "D"]), "`A`, `B` and 2 other models");
    }
}
