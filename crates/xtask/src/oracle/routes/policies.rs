//! What views of the REST framework check, parse and render with, against what luthier says.

use std::collections::BTreeMap;

use luthier_project::Project;
use luthier_project::routes::Routes;
use luthier_project::views::{Combined, Listing, Policy, rest_policies};

use super::{Real, Tally, ours_line, real_line};

/// Compares every policy that luthier is sure of; the others are counted.
pub(super) fn compare(name: &str, project: &Project, routes: &Routes, real: &[Real]) -> Tally {
    let mut tally = Tally::default();
    // Nothing was written down where the REST framework is not used.
    if real.iter().all(|route| route.policies.is_none()) {
        return tally;
    }
    let mut ours: BTreeMap<String, Option<Vec<Listing>>> = BTreeMap::new();
    for route in &routes.routes {
        let line = ours_line(&project.modules, routes, route);
        ours.entry(line)
            .or_insert_with(|| rest_policies(&project.modules, &project.settings, route));
    }
    let mut unknown = 0;
    for route in real {
        let line = real_line(route);
        let Some(found) = ours.get(&line) else {
            continue;
        };
        let (found, policies) = match (found, &route.policies) {
            (Some(found), Some(policies)) => (found, policies),
            (None, Some(policies)) => {
                unknown += policies.len();
                continue;
            }
            (Some(_), None) => {
                println!("  {name}: no view of the REST framework: {line}");
                tally.failed += 1;
                continue;
            }
            (None, None) => continue,
        };
        for listing in found {
            let Some(expected) = policies.get(attribute(listing.policy)) else {
                continue;
            };
            let Some(classes) = listing.certain() else {
                unknown += 1;
                continue;
            };
            let classes: Vec<String> = classes.iter().map(|one| text(&one.what)).collect();
            if classes == *expected {
                tally.passed += 1;
            } else {
                println!(
                    "  {name}: {} of {line}: {expected:?}, not {classes:?}",
                    attribute(listing.policy)
                );
                tally.failed += 1;
            }
        }
    }
    if tally.passed + tally.failed > 0 || unknown > 0 {
        println!(
            "  {name}: {} policies agree, {unknown} are not known",
            tally.passed
        );
    }
    tally
}

fn attribute(policy: Policy) -> &'static str {
    match policy {
        Policy::Permissions => "permission_classes",
        Policy::Authentication => "authentication_classes",
        Policy::Throttles => "throttle_classes",
        Policy::Parsers => "parser_classes",
        Policy::Renderers => "renderer_classes",
        Policy::Filters => "filter_backends",
        Policy::Pagination => "pagination_class",
    }
}

fn text(combined: &Combined) -> String {
    match combined {
        Combined::Class(dotted, _) => dotted.to_string(),
        Combined::All(both) => format!("({} & {})", text(&both[0]), text(&both[1])),
        Combined::Any(both) => format!("({} | {})", text(&both[0]), text(&both[1])),
        Combined::Not(inner) => format!("~{}", text(inner)),
        Combined::Unknown => "?".to_owned(),
    }
}
