use luthier_diagnostics::{Category, FixAvailability, Severity};

use crate::declare_rule;

declare_rule! {
    /// A suppression comment names a rule that reports nothing there.
    ///
    /// ## Why it matters
    ///
    /// A comment that silences nothing claims a flaw that is gone, and would silence the next one
    /// at that place without anybody having looked at it.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/views.py
    /// total = 1  # luthier: ignore[SEC040] not a secret  # fires
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```python file=shop/views.py
    /// total = 1
    /// ```
    ///
    /// ## Good
    ///
    /// Comments for other tools are left to them, and text that only mentions the words is no
    /// suppression.
    ///
    /// ```python file=shop/views.py
    /// total = 1  # noqa: F841
    /// text = "# luthier: ignore[SEC040]"
    /// ```
    RULE = machinery {
        code: "LUT002",
        name: "unused-suppression",
        severity: Severity::Warning,
        category: Category::Internal,
        fix: FixAvailability::Always,
    }
}
