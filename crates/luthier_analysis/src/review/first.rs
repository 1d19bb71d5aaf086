//! The findings worth fixing first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use luthier_diagnostics::review::First;
use luthier_diagnostics::{Applicability, Category, Finding};

/// As many as a team lead reads.
const MOST: usize = 10;

/// At most ten findings of different rules: by severity, confidence, how many of their kind there
/// are (what stands in many places is met most often), and how small the fix is.
pub(super) fn first(findings: &[Finding]) -> Vec<First> {
    let mut of_rule: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, finding) in findings.iter().enumerate() {
        if finding.category != Category::Internal || finding.name == "syntax-error" {
            of_rule.entry(finding.code).or_default().push(index);
        }
    }
    let mut ranked: Vec<(usize, usize)> = of_rule
        .values()
        .filter_map(|indices| {
            let best = indices
                .iter()
                .copied()
                .min_by_key(|&index| rank(&findings[index]))?;
            Some((best, indices.len()))
        })
        .collect();
    ranked.sort_by_key(|&(index, count)| {
        let finding = &findings[index];
        let (severity, confidence, effort) = rank(finding);
        (severity, confidence, Reverse(count), effort, finding.code)
    });
    let chosen = ranked.into_iter().take(MOST);
    chosen
        .map(|(index, count)| First {
            finding: index,
            why: why(&findings[index], count),
            how: how(&findings[index]),
        })
        .collect()
}

type Rank = (
    Reverse<luthier_diagnostics::Severity>,
    Reverse<luthier_diagnostics::Confidence>,
    u8,
);

/// Smaller comes first.
fn rank(finding: &Finding) -> Rank {
    let effort = match finding.fix.as_ref().map(|fix| fix.applicability) {
        Some(Applicability::Safe) => 0,
        Some(Applicability::Unsafe) => 1,
        Some(Applicability::Display) => 2,
        None => 3,
    };
    (
        Reverse(finding.severity),
        Reverse(finding.confidence),
        effort,
    )
}

fn why(finding: &Finding, count: usize) -> String {
    match count {
        1 => finding.message.clone(),
        2 => format!("{}, and 1 place more", finding.message),
        _ => format!("{}, and {} places more", finding.message, count - 1),
    }
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
        let first: Vec<_> = first(&findings)
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
    fn there_are_ten_at_most() {
        const CODES: [&str; 12] = [
            "SEC001", "SEC002", "SEC003", "SEC004", "SEC005", "SEC006", "SEC007", "SEC008",
            "SEC009", "SEC010", "SEC011", "SEC012",
        ];
        let findings = CODES.map(|code| finding(code, Severity::Error, "x"));
        assert_eq!(first(&findings).len(), 10);
    }
}
