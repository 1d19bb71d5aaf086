//! One line a finding, for pipes and for reading many: `path:line:column: CODE message`. What only
//! the environment decides has no place: `environment: CODE message`.

use std::fmt::Write;

use luthier_diagnostics::{Applicability, Report};

use crate::depends;
use crate::place::Place;
use crate::plain;

/// A star after the code marks what `--fix` would mend.
pub(crate) fn render(report: &Report) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        let place = Place::new(report.sources, finding.location).to_string();
        let star = match finding.fix.as_ref().map(|fix| fix.applicability) {
            Some(Applicability::Safe) => "*",
            _ => "",
        };
        let _ = writeln!(
            out,
            "{}: {}{star} {}",
            plain::line(&place),
            finding.code,
            plain::line(&finding.message)
        );
    }
    for depends in &report.depends {
        let sentence = depends::sentence(depends);
        let _ = writeln!(
            out,
            "environment: {} {}",
            depends.code,
            plain::line(&sentence)
        );
    }
    out
}
