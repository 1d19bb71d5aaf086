//! The findings worth fixing first.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write;

use luthier_diagnostics::review::First;
use luthier_diagnostics::{Applicability, Category, Finding};

/// As many as a team lead reads.
const MOST: usize = 10;

/// At most ten findings of different rules: by severity, confidence, how many routes go through the
/// place, how small the fix is, and how many of their kind there are.
///
/// `routes` gives nothing for findings that are not among the first whatever the others are.
pub(super) fn first(findings: &[Finding], routes: impl Fn(&Finding) -> Option<u32>) -> Vec<First> {
    let mut of_rule: BTreeMap<&str, Vec<Candidate>> = BTreeMap::new();
    for (index, finding) in findings.iter().enumerate() {
        let is_of_code = finding.category != Category::Internal || finding.name == "syntax-error";
        if let Some(routes) = routes(finding).filter(|_| is_of_code) {
            let candidate = Candidate { index, routes };
            of_rule.entry(finding.code).or_default().push(candidate);
        }
    }
    let mut ranked: Vec<(Candidate, usize)> = of_rule
        .values()
        .filter_map(|candidates| {
            let rank = |candidate: &&Candidate| rank(&findings[candidate.index], candidate.routes);
            let best = candidates.iter().min_by_key(rank)?;
            Some((*best, candidates.len()))
        })
        .collect();
    ranked.sort_by_key(|&(Candidate { index, routes }, count)| {
        let finding = &findings[index];
        (rank(finding, routes), Reverse(count), finding.code)
    });
    let chosen = ranked.into_iter().take(MOST);
    chosen
        .map(|(Candidate { index, routes }, count)| First {
            finding: index,
            why: why(&findings[index], count, routes),
            how: how(&findings[index]),
        })
        .collect()
}

#[derive(Clone, Copy)]
struct Candidate {
    index: usize,
    /// How many routes go through the place.
    routes: u32,
}

type Rank = (
    Reverse<luthier_diagnostics::Severity>,
    Reverse<luthier_diagnostics::Confidence>,
    Reverse<u32>,
    u8,
);

/// Smaller comes first.
fn rank(finding: &Finding, routes: u32) -> Rank {
    let effort = match finding.fix.as_ref().map(|fix| fix.applicability) {
        Some(Applicability::Safe) => 0,
        Some(Applicability::Unsafe) => 1,
        Some(Applicability::Display) => 2,
        None => 3,
    };
    // Twice the routes is hotter; one more is not.
    let heat = u32::BITS - routes.leading_zeros();
    (
        Reverse(finding.severity),
        Reverse(finding.confidence),
        Reverse(heat),
        effort,
    )
}

fn why(finding: &Finding, count: usize, routes: u32) -> String {
    let mut why = finding.message.clone();
    match count {
        1 => {}
        2 => why.push_str(", and 1 place more"),
        _ => {
            let _ = write!(why, ", and {} places more", count - 1);
        }
    }
    if routes > 1 {
        let _ = write!(why, "; {routes} routes go through it");
    }
    why
}

fn how(finding: &Finding) -> String {
    let title = finding.fix.as_ref().map(|fix| fix.title.clone());
    let help = finding.help.clone().or(title);
    help.unwrap_or_else(|| format!("luthier explain {}", finding.code))
}

#[cfg(test)]
mod tests {
    use luthier_diagnostics::{Confidence, Fix, Location, Severity};
    use luthier_rules::internal;
    use luthier_source::{FileId, Span};

    use super::*;

    fn finding(code: &'static str, severity: Severity, message: &str) -> Finding {
        let location = Location::new(FileId(0), Span::at(0));
        Finding {
            code,
            category: Category::Security,
            severity,
            ..internal::RULE_FAILED.finding(location, message.to_owned())
        }
    }

    #[test]
    fn the_worst_and_surest_come_first_and_each_rule_once() {
        let mut unsure = finding("SEC003", Severity::Error, "unsure");
        unsure.confidence = Confidence::Likely;
        let mut fixable = finding("SEC002", Severity::Error, "fixable");
        fixable.fix = Some(Fix::safe("mend it"));
        let mut helped = finding("SEC004", Severity::Warning, "helped");
        helped.help = Some("write that".to_owned());
        let internal = Finding {
            category: Category::Internal,
            ..finding("LUT003", Severity::Error, "of luthier's own")
        };
        let findings = [
            finding("SEC004", Severity::Info, "mild"),
            helped,
            unsure,
            finding("SEC001", Severity::Error, "plain"),
            fixable,
            internal,
        ];
        let first: Vec<_> = first(&findings, |_| Some(0))
            .into_iter()
            .map(|first| (first.finding, first.why, first.how))
            .collect();
        let expected = [
            (4, "fixable", "mend it"),
            (3, "plain", "luthier explain SEC001"),
            (2, "unsure", "luthier explain SEC003"),
            (1, "helped, and 1 place more", "write that"),
        ];
        let expected = expected.map(|(index, why, how)| (index, why.to_owned(), how.to_owned()));
        assert_eq!(first, expected);
    }

    #[test]
    fn what_more_routes_go_through_comes_first() {
        let mut cold = finding("ORM001", Severity::Warning, "cold");
        cold.fix = Some(Fix::safe("mend it"));
        let mut hot = finding("ORM002", Severity::Warning, "hot");
        hot.category = Category::Orm;
        let findings = [cold, hot];
        let routes = |finding: &Finding| Some(if finding.code == "ORM002" { 12 } else { 1 });
        let first = first(&findings, routes);
        assert_eq!(first[0].why, "hot; 12 routes go through it");
        assert_eq!(first[1].why, "cold");
    }

    #[test]
    fn there_are_ten_at_most() {
        const CODES: [&str; 12] = [
            "SEC001", "SEC002", "SEC003", "SEC004", "SEC005", "SEC006", "SEC007", "SEC008",
            "SEC009", "SEC010", "SEC011", "SEC012",
        ];
        let findings = CODES.map(|code| finding(code, Severity::Error, "x"));
        assert_eq!(first(&findings, |_| Some(0)).len(), 10);
    }
}
