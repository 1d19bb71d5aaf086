//! What changed since an earlier report.

use serde::{Deserialize, Serialize};

/// A finding of an earlier report, as far as its JSON tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    pub code: String,
    pub name: String,
    pub path: String,
    pub line: u32,
    pub message: String,
    pub fingerprint: String,
}

/// Findings by what became of them, matched by fingerprint.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Indices into the new report's findings.
    pub new: Vec<usize>,
    pub fixed: Vec<Earlier>,
    pub unchanged: usize,
    /// Total score then and now, where both reports have one.
    pub score: Option<(f64, f64)>,
}
