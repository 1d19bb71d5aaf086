//! The queries that routes, tasks and commands are predicted to make, and what the fixes leave.

use luthier_diagnostics::queries::{
    EntryKind, EntryQueries, Operation, Plan, PlannedQuery, Unseen,
};
use luthier_project::Project;
use luthier_project::flows::{self, Entry, PlanEntry, QueryPlan, Rounds};
use luthier_source::{Location, Sources, Span};

/// The rules whose fixes take queries away.
pub(super) const MENDING: &[&str] = &[
    "ORM001", "ORM002", "ORM003", "ORM004", "ORM005", "ORM006", "ORM007", "ORM008", "ORM009",
];

/// What routes, tasks and commands of a project ask for, in this order.
pub(super) fn of_project(project: &Project) -> Vec<EntryQueries> {
    let entries = project.entries();
    let plans = plans(project, &entries);
    let entries = entries.into_iter().zip(plans);
    entries
        .map(|(entry, now)| described(project, entry, now))
        .collect()
}

/// The plan of each entry; `None` where its code was not seen.
fn plans(project: &Project, entries: &[Entry]) -> Vec<Option<Plan>> {
    let asked: Vec<PlanEntry> = entries
        .iter()
        .filter_map(|entry| entry.code.clone())
        .collect();
    let mut found = project.query_plans(&asked).into_iter();
    let plan = |entry: &Entry| {
        entry.code.as_ref()?;
        found.next().map(|plan| written(&plan))
    };
    entries.iter().map(plan).collect()
}

/// What code with these dotted names asks for, in the first project that has it.
pub(super) fn of_names(projects: &[Project], names: &[String]) -> Vec<EntryQueries> {
    let mut found: Vec<Option<EntryQueries>> = names.iter().map(|_| None).collect();
    for project in projects {
        let open = found
            .iter()
            .enumerate()
            .filter(|(_, known)| known.is_none());
        let here: Vec<(usize, Entry)> = open
            .filter_map(|(index, _)| Some((index, project.entry_named(&names[index])?)))
            .collect();
        let (indices, entries): (Vec<usize>, Vec<Entry>) = here.into_iter().unzip();
        let plans = plans(project, &entries);
        for ((index, entry), now) in indices.into_iter().zip(entries).zip(plans) {
            found[index] = Some(described(project, entry, now));
        }
    }
    found.into_iter().flatten().collect()
}

/// Notes what is left after the fixes where that is something else. Places are found again by their
/// file, and by their line where that has the same text.
pub(super) fn compare(
    entries: &mut [EntryQueries],
    after: Vec<EntryQueries>,
    mended: &Sources,
    sources: &Sources,
) {
    for entry in entries {
        let same = after.iter().find(|after| {
            (after.kind, &after.name, &after.methods, &after.code)
                == (entry.kind, &entry.name, &entry.methods, &entry.code)
        });
        let (Some(now), Some(Some(after))) = (&entry.now, same.map(|same| &same.now)) else {
            continue;
        };
        if after.formula() != now.formula() {
            let mut after = after.clone();
            after.move_to(|place| placed(place, mended, sources));
            entry.after = Some(after);
        }
    }
}

/// Where a place of the mended texts is in those that there are.
fn placed(place: Location, mended: &Sources, sources: &Sources) -> Location {
    let file = mended.file(place.file);
    let Some(id) = sources.find(&file.path) else {
        return place;
    };
    let before = sources.file(id);
    if before.text == file.text {
        return Location::new(id, place.span);
    }
    // Fixes add to lines and put new ones in between; the line itself stays.
    let wanted = file.line_column(place.span.start).line as usize;
    let line = |text: &str, number: usize| text.lines().nth(number - 1).map(str::to_owned);
    let text = line(&file.text, wanted);
    let near = (0..=wanted)
        .flat_map(|distance| [wanted.checked_sub(distance), wanted.checked_add(distance)]);
    let found = near
        .flatten()
        .filter(|number| *number > 0)
        .find(|number| text.is_some() && line(&before.text, *number) == text);
    let number = found.unwrap_or(wanted);
    let start: usize = before
        .text
        .split_inclusive('\n')
        .take(number - 1)
        .map(str::len)
        .sum();
    let start = u32::try_from(start.min(before.text.len())).unwrap_or_default();
    Location::new(id, Span::new(start, start))
}

fn described(project: &Project, entry: Entry, now: Option<Plan>) -> EntryQueries {
    EntryQueries {
        kind: match entry.kind {
            flows::EntryKind::Route(_) => EntryKind::Route,
            flows::EntryKind::GraphQl => EntryKind::GraphQl,
            flows::EntryKind::Task => EntryKind::Task,
            flows::EntryKind::Command => EntryKind::Command,
            flows::EntryKind::Named => EntryKind::Function,
        },
        name: entry.name,
        methods: entry.methods,
        code: entry.code.as_ref().map(|code| code.name(&project.modules)),
        location: entry.place,
        now,
        after: None,
    }
}

fn written(plan: &QueryPlan) -> Plan {
    let queries = plan.queries.iter().map(|query| PlannedQuery {
        operation: match query.operation {
            flows::Operation::Select => Operation::Select,
            flows::Operation::Count => Operation::Count,
            flows::Operation::Exists => Operation::Exists,
            flows::Operation::Insert => Operation::Insert,
            flows::Operation::Update => Operation::Update,
            flows::Operation::Delete => Operation::Delete,
        },
        table: query.shape.table.clone(),
        joins: query.shape.joins.clone(),
        filters: query.shape.filters.clone(),
        order: query.shape.order.clone(),
        relation: query.relation.clone(),
        is_prefetch: query.is_prefetch,
        location: query.place,
        calls: query.calls.clone(),
        loops: loops(&query.rounds),
        times: query.times(),
    });
    let unseen = plan.unseen.iter().map(|unseen| Unseen {
        location: unseen.place(),
        why: match unseen {
            flows::Unseen::Recursion(_) => "a function calls itself",
            flows::Unseen::Loop(_) => "it is not known how often this loop is run",
            flows::Unseen::Rows(_) => "rows of a model that is not known",
            flows::Unseen::Outside(_) => "code that was not seen",
            flows::Unseen::Template(_) => "a template that was not found",
            flows::Unseen::TooMuch(_) => "more code than is followed",
        },
    });
    Plan {
        queries: queries.collect(),
        up_to: plan.is_up_to,
        unseen: unseen.collect(),
    }
}

fn loops(rounds: &[Rounds]) -> Vec<Location> {
    let rounds = rounds.iter().filter_map(|round| match round {
        Rounds::Rows(place) => Some(*place),
        Rounds::Few(_) | Rounds::Unknown(_) => None,
    });
    rounds.collect()
}
