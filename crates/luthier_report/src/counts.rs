//! How many findings of which kind.

use luthier_diagnostics::{Applicability, Finding, Severity};

use crate::plain::count;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
    pub(crate) advice: usize,
    pub(crate) fixable: usize,
    pub(crate) unsafely: usize,
}

impl Counts {
    pub(crate) fn new<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let mut counts = Self::default();
        for finding in findings {
            match finding.severity {
                Severity::Error => counts.errors += 1,
                Severity::Warning => counts.warnings += 1,
                Severity::Info => counts.advice += 1,
            }
            match finding.fix.as_ref().map(|fix| fix.applicability) {
                Some(Applicability::Safe) => counts.fixable += 1,
                Some(Applicability::Unsafe) => counts.unsafely += 1,
                Some(Applicability::Display) | None => {}
            }
        }
        counts
    }

    pub(crate) fn total(self) -> usize {
        self.errors + self.warnings + self.advice
    }

    /// `3 findings (1 error, 2 warnings)`, or that there are none.
    pub(crate) fn sentence(self) -> String {
        if self.total() == 0 {
            return "No findings.".to_owned();
        }
        let mut parts = Vec::new();
        if self.errors > 0 {
            parts.push(count(self.errors, "error"));
        }
        if self.warnings > 0 {
            parts.push(count(self.warnings, "warning"));
        }
        if self.advice > 0 {
            parts.push(format!("{} advice", self.advice));
        }
        format!("{} ({})", count(self.total(), "finding"), parts.join(", "))
    }

    /// What the fix options would do, if anything.
    pub(crate) fn fixes(self) -> Option<String> {
        match (self.fixable, self.unsafely) {
            (0, 0) => None,
            (safe, 0) => Some(format!("{safe} fixable with --fix")),
            (0, risky) => Some(format!("{risky} fixable with --unsafe-fixes")),
            (safe, risky) => Some(format!(
                "{safe} fixable with --fix, {risky} more with --unsafe-fixes"
            )),
        }
    }
}
