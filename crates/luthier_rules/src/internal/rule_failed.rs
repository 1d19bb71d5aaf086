use luthier_diagnostics::{Category, Severity};

use crate::declare_rule;

declare_rule! {
    /// A rule broke down on this project, through a mistake in luthier.
    ///
    /// ## Why it matters
    ///
    /// What the rule would have found is missing from this run. Every other rule has run, and the
    /// mistake is luthier's: a report with the message and, if you may share it, the code it
    /// happened on gets it mended.
    ///
    /// ## Bad
    ///
    /// No code is known to cause this; code that does is a bug of luthier, as this place was once:
    ///
    /// ```python file=shop/views.py
    /// total = 1  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=shop/views.py
    /// total = 1
    /// ```
    RULE = machinery {
        code: "LUT003",
        name: "rule-failed",
        severity: Severity::Error,
        category: Category::Internal,
    }
}
